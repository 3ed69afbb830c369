//! Transfer prices: what treasury asks for money on a day, and which rule prices a group.

use super::context::Context;
use super::events::Anchor;
use super::group::{Group, GroupKind};
use super::series::Day;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::Value;
use crate::plan::{Expression, Selection, TransferPrice, TransferRule};
use crate::quantity::{Currency, Rate, multiply_divide_half_even};

/// The market of a run, and the same market before any shock: mirrors of the opening book and the tranches of a mean that
/// are older than the run were concluded in it.
#[derive(Clone, Copy)]
pub struct Pricing<'c, 'a> {
    /// The scenario's market.
    pub context: &'c Context<'a>,
    /// The same before any shock.
    pub start: &'c Context<'a>,
}

/// The two parts of a price; the charge for options is in the base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Base, a rate a year.
    pub base: Rate,
    /// Liquidity, a rate a year.
    pub liquidity: Rate,
}

/// The deal whose price is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    /// Its currency.
    pub currency: Currency,
    /// For how long its rate is fixed; `None`: it has no term.
    pub fixed_for: Option<Tenor>,
    /// How long the money is tied up; `None`: it has no term.
    pub until: Option<Tenor>,
}

fn out_of_range(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(codes::run::OUT_OF_RANGE, error.to_string())
}

/// From one day to another: in months where it is whole months, else in days.
pub fn term_between(from: Date, to: Date) -> Tenor {
    let (from_year, from_month, _) = from.ymd();
    let (to_year, to_month, _) = to.ymd();
    let months = (to_year - from_year) * 12 + to_month as i32 - from_month as i32;
    let whole = Tenor::months(months);
    if months > 0 && whole.after(from).is_ok_and(|end| end == to) {
        whole
    } else {
        Tenor::days(to.days_since(from))
    }
}

/// The sum of two rates.
///
/// # Errors
/// Where it leaves the range.
pub fn plus(a: Rate, b: Rate) -> Result<Rate, Diagnostic> {
    a.add(b).map_err(out_of_range)
}

/// The difference of two rates.
///
/// # Errors
/// Where it leaves the range.
pub fn less(a: Rate, b: Rate) -> Result<Rate, Diagnostic> {
    a.0.checked_sub(b.0)
        .map(Rate)
        .ok_or_else(|| out_of_range("a transfer price beyond what can be counted"))
}

/// The rule of a group, as its place in the plan's list.
///
/// # Errors
/// Two rules that do not override each other, and a rule for what is treasury's own.
pub fn rule_of(context: &Context<'_>, group: &Group) -> Result<Option<usize>, Diagnostic> {
    let mut found: Vec<(usize, &TransferRule)> = Vec::new();
    for (place, rule) in context.plan.transfer_rules.iter().enumerate() {
        for selection in &rule.on {
            if context
                .selects(selection, group, 0)
                .map_err(|r| r.into_diagnostic())?
            {
                found.push((place, rule));
                break;
            }
        }
    }
    let overridden: Vec<&str> = found
        .iter()
        .flat_map(|(_, rule)| rule.overrides.iter().map(String::as_str))
        .collect();
    found.retain(|(_, rule)| !overridden.contains(&rule.heading.name.as_str()));
    let instrument = || {
        context
            .plan
            .instruments
            .get(group.instrument.index())
            .map_or("", |i| i.heading.short.as_str())
    };
    match found.as_slice() {
        [] => Ok(None),
        [(_, one), (_, other), ..] => Err(priced_twice(one, other, &format!("`{}`", instrument()))),
        [(place, rule)] => {
            let own = if group.is_derivative() {
                "a derivative is"
            } else if group.kind == GroupKind::Contract {
                return Ok(Some(*place));
            } else {
                "the account that takes spare cash is"
            };
            let error = Diagnostic::error(
                codes::run::WRONG_KIND,
                format!("`{}` prices `{}`: {own} treasury's own", rule.heading.short, instrument()),
            )
            .help("treasury deals with the business lines; leave what it holds itself out of the selection");
            Err(match rule.heading.origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            })
        }
    }
}

fn priced_twice(one: &TransferRule, other: &TransferRule, what: &str) -> Diagnostic {
    let error = Diagnostic::error(
        codes::run::BEHAVIOURS_OVERLAP,
        format!(
            "`{}` and `{}` both price {what}",
            one.heading.short, other.heading.short
        ),
    )
    .help(format!(
        "say `overrides {}`, or part them with `where not …`",
        one.heading.short
    ));
    match other.heading.origin.span {
        Some(span) => error.at(span, ""),
        None => error,
    }
}

/// The rule of equity.
///
/// # Errors
/// Two of them.
pub fn equity_rule<'a>(context: &Context<'a>) -> Result<Option<&'a TransferRule>, Diagnostic> {
    let mut rules = context
        .plan
        .transfer_rules
        .iter()
        .filter(|rule| rule.on.contains(&Selection::Equity));
    match (rules.next(), rules.next()) {
        (Some(one), Some(other)) => Err(priced_twice(one, other, "equity")),
        (found, _) => Ok(found),
    }
}

impl<'a> Pricing<'_, 'a> {
    /// A rule of the plan.
    pub fn rule(&self, place: Option<usize>) -> Option<&'a TransferRule> {
        self.context.plan.transfer_rules.get(place?)
    }

    /// The price of a mirror that is concluded on a day; on the book's date before any shock.
    ///
    /// # Errors
    /// A curve that is missing, or a deal without the term that the rule asks for.
    pub fn price(&self, rule: &TransferRule, deal: Deal, day: Day) -> Result<Price, Diagnostic> {
        let base = self.part(rule, &rule.base, deal.currency, deal.fixed_for, day)?;
        let liquidity = match &rule.liquidity {
            Some(part) => self.part(rule, part, deal.currency, deal.until, day)?,
            None => Rate::ZERO,
        };
        Ok(Price {
            base: plus(base, self.option(rule, deal.currency, day)?)?,
            liquidity,
        })
    }

    /// The charge for the options of a deal.
    ///
    /// # Errors
    /// A formula without an answer.
    pub fn option(
        &self,
        rule: &TransferRule,
        currency: Currency,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        match &rule.option {
            Some(option) => self.stated(option, currency, day),
            None => Ok(Rate::ZERO),
        }
    }

    /// One part of a price.
    ///
    /// # Errors
    /// As [`Self::price`].
    pub fn part(
        &self,
        rule: &TransferRule,
        part: &TransferPrice,
        currency: Currency,
        term: Option<Tenor>,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        match part {
            TransferPrice::Fixed(rate) => self.stated(rate, currency, day),
            TransferPrice::Matched(curve) => match term {
                Some(term) => self.level(curve, currency, term, day),
                None => {
                    let error = Diagnostic::error(
                        codes::run::TERM_MISSING,
                        format!(
                            "`{}` matches a curve to positions that have no maturity",
                            rule.heading.short
                        ),
                    )
                    .help(format!(
                        "write `rolling({curve}, tenor = 5Y, window = 60M)`, or `fixed(…)`"
                    ));
                    Err(match rule.heading.origin.span {
                        Some(span) => error.at(span, ""),
                        None => error,
                    })
                }
            },
            TransferPrice::Rolling {
                curve,
                tenor,
                months,
            } => {
                let before = self.level(curve, currency, *tenor, 0)?;
                self.mean(curve, *tenor, *months, currency, before, day)
            }
        }
    }

    /// The mean over a window of months that ends on a day: a tranche was renewed at each month end of the run, those that are
    /// older stand at `before`.
    ///
    /// # Errors
    /// A curve that is missing.
    pub fn mean(
        &self,
        curve: &str,
        tenor: Tenor,
        months: u32,
        currency: Currency,
        before: Rate,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        let anchor = Anchor {
            date: self.context.projection.date,
            last_payment: 0,
        };
        let renewed = anchor.month_ends(0, day);
        let window = i128::from(months.max(1));
        let (mut sum, mut left) = (0i128, window);
        for end in renewed.into_iter().rev() {
            if left == 0 {
                break;
            }
            sum += i128::from(self.level(curve, currency, tenor, end)?.0);
            left -= 1;
        }
        sum += i128::from(before.0) * left;
        multiply_divide_half_even(sum, 1, window)
            .ok()
            .and_then(|mean| i64::try_from(mean).ok())
            .map(Rate)
            .ok_or_else(|| out_of_range("a transfer price beyond what can be counted"))
    }

    /// The par rate of a curve at a term on a day, or the level of a spread; on the book's date before any shock.
    ///
    /// # Errors
    /// A curve that is missing, or a term beyond its pillars.
    pub fn level(
        &self,
        curve: &str,
        currency: Currency,
        term: Tenor,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        let context = if day <= 0 { self.start } else { self.context };
        level(context, curve, currency, term, day)
    }

    fn stated(&self, rate: &Expression, currency: Currency, day: Day) -> Result<Rate, Diagnostic> {
        let context = if day <= 0 { self.start } else { self.context };
        let value = context
            .plain(rate, currency, day)
            .map_err(|r| r.at(rate.span).into_diagnostic())?;
        match value {
            Value::Number(number) => Rate::from_rational(&number).map_err(out_of_range),
            other => Err(Diagnostic::error(
                codes::run::WRONG_KIND,
                format!("{} stands where a transfer price is due", other.kind()),
            )),
        }
    }

    /// The price of equity from each month end on: day, base, liquidity. Empty where no rule is for equity.
    ///
    /// # Errors
    /// As [`Self::price`].
    pub fn equity(&self, until: Day) -> Result<Vec<(Day, Price)>, Diagnostic> {
        let Some(rule) = equity_rule(self.context)? else {
            return Ok(Vec::new());
        };
        let deal = Deal {
            currency: self.context.exercise.book.currency,
            fixed_for: None,
            until: None,
        };
        self.month_ends(until)
            .into_iter()
            .map(|day| Ok((day, self.price(rule, deal, day)?)))
            .collect()
    }

    /// The book's date and the month ends after it.
    pub fn month_ends(&self, until: Day) -> Vec<Day> {
        let anchor = Anchor {
            date: self.context.projection.date,
            last_payment: 0,
        };
        let mut days = vec![0];
        days.extend(anchor.month_ends(0, until));
        days
    }
}

/// The par rate of a curve at a term on a day, or the level of a spread.
///
/// # Errors
/// A curve that is missing, or a term beyond its pillars.
pub fn level(
    context: &Context<'_>,
    curve: &str,
    currency: Currency,
    term: Tenor,
    day: Day,
) -> Result<Rate, Diagnostic> {
    let is_spread = context
        .exercise
        .market
        .as_ref()
        .and_then(|market| market.curves.get(curve))
        .is_some_and(|curve| curve.is_spread);
    if !is_spread {
        let rate = context.swap_rate(currency, Some(curve), term, day)?;
        return Rate::from_rational(&rate).map_err(out_of_range);
    }
    let today = context.date(day)?;
    let end = term.after(today).map_err(out_of_range)?;
    let spread = context.market.curve(curve, today)?.zero(end)?;
    Rate::from_f64(spread).map_err(out_of_range)
}
