//! Cash, plug and unmet need: interest inside the cell, and who covers what on a day of the cash calendar.

use super::Steer;
use crate::calendar::DayCount;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::context::Context;
use crate::engine::events::Anchor;
use crate::engine::group::{ACCRUED_SCALE, GroupKind, InterestTerms};
use crate::engine::ledger::OwnAccrued;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, mul_div, round_accrued};
use crate::formula::Value;
use crate::plan::{Accrual, Expression, InstrumentId, Product, Term};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rate};
use std::collections::BTreeMap;

/// What the book says about spare cash and needs.
pub(super) struct Funding {
    pub has_equity: bool,
    convert: bool,
    /// Cash that is kept, by currency.
    minimum: BTreeMap<Currency, Amount>,
    /// How much the plug lends; `None`: the product has no limit.
    capacity: Option<(Currency, Option<Amount>)>,
    plug_instrument: InstrumentId,
    plug_daycount: DayCount,
    /// Rates of the plug as struck last.
    plug_rates: BTreeMap<Currency, Rate>,
    unmet_rate: Rate,
}

fn product<'a>(context: &Context<'a>) -> Option<&'a Product> {
    let id = context.exercise.book.shortfall?;
    context
        .scenario
        .products
        .get(&id)
        .or_else(|| context.plan.products.get(id.index()))
}

fn amount(value: Value, currency: Currency) -> Result<(Currency, Amount), Diagnostic> {
    match value {
        Value::Money(units, currency) => Quanta::from_rational(&units, currency)
            .map(|quanta| (currency, quanta.0))
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())),
        Value::Number(number) if number.is_zero() => Ok((currency, 0)),
        other => Err(Diagnostic::error(
            codes::run::WRONG_KIND,
            format!("{} stands where an amount is due", other.kind()),
        )),
    }
}

fn rate(value: Value) -> Result<Rate, Diagnostic> {
    match value {
        Value::Number(number) => Rate::from_rational(&number)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())),
        other => Err(Diagnostic::error(
            codes::run::WRONG_KIND,
            format!("{} stands where a rate is due", other.kind()),
        )),
    }
}

impl Funding {
    /// Reads the book.
    pub(super) fn of(context: &Context<'_>) -> Result<Self, Diagnostic> {
        let book = &context.exercise.book;
        let plain = |expression: &Expression| {
            context
                .plain(expression, book.currency, 0)
                .map_err(|r| r.at(expression.span).into_diagnostic())
        };
        let mut minimum = BTreeMap::new();
        if let Some(expression) = &book.minimum_cash {
            let (currency, kept) = amount(plain(expression)?, book.currency)?;
            minimum.insert(currency, kept);
        }
        let product = product(context);
        let mut capacity = None;
        let mut plug_daycount = DayCount::Act365;
        if let Some(product) = product {
            let limit = product
                .mapping
                .terms
                .get(&Term::Capacity)
                .map(|e| plain(e).and_then(|v| amount(v, book.currency)))
                .transpose()?;
            let named = match product
                .mapping
                .terms
                .get(&Term::Currency)
                .map(&plain)
                .transpose()?
            {
                Some(Value::Currency(currency)) => Some(currency),
                _ => None,
            };
            let currency = named
                .or(limit.map(|(currency, _)| currency))
                .unwrap_or(book.currency);
            capacity = Some((currency, limit.map(|(_, amount)| amount)));
            plug_daycount = match accrual(context, product) {
                Some(
                    Accrual::Fixed { daycount, .. }
                    | Accrual::Index { daycount, .. }
                    | Accrual::Client { daycount, .. },
                ) => *daycount,
                _ => DayCount::Act365,
            };
        }
        Ok(Self {
            has_equity: book.equity.is_some(),
            convert: book.convert,
            minimum,
            capacity,
            plug_instrument: product.map_or(InstrumentId(0), |p| p.of),
            plug_daycount,
            plug_rates: BTreeMap::new(),
            unmet_rate: book
                .unmet_rate
                .as_ref()
                .map(|e| plain(e).and_then(rate))
                .transpose()?
                .unwrap_or(Rate::ZERO),
        })
    }

    fn limit(&self, currency: Currency) -> Amount {
        match self.capacity {
            Some((own, limit)) if own == currency => limit.unwrap_or(Amount::MAX / 4),
            _ => 0,
        }
    }
}

fn accrual<'a>(context: &Context<'a>, product: &'a Product) -> Option<&'a Accrual> {
    product.mapping.accrues.as_ref().or_else(|| {
        context
            .plan
            .instruments
            .get(product.of.index())?
            .mapping
            .accrues
            .as_ref()
    })
}

/// Interest on a balance between two days, thousandths of a quantum.
fn grown(
    context: &Context<'_>,
    balance: Amount,
    rate: Rate,
    daycount: DayCount,
    from: Day,
    to: Day,
) -> Result<i128, Diagnostic> {
    let n = daycount.plain_fraction(context.date(from)?, context.date(to)?, None);
    let base = balance
        .checked_mul(i128::from(rate.0))
        .and_then(|base| base.checked_mul(i128::from(n.numerator)))
        .ok_or_else(|| {
            Diagnostic::error(
                codes::run::AMOUNT_TOO_LARGE,
                "interest on cash is more than can be counted",
            )
        })?;
    Ok(mul_div(
        base,
        1,
        i128::from(n.denominator) * i128::from(RATE_SCALE) / ACCRUED_SCALE,
    ))
}

impl Steer<'_, '_> {
    /// Interest of the cell on cash, plug and unmet need.
    pub(super) fn funding_interest(
        &mut self,
        from: Day,
        to: Day,
        strike: bool,
    ) -> Result<(), Diagnostic> {
        let context = self.context;
        let Some(surplus) = context.exercise.book.surplus else {
            return Ok(());
        };
        for currency in self.ledger.currencies() {
            let flows: Vec<(Day, Amount)> = self.ledger.cash_flows(currency).collect();
            let moved: Amount = flows.iter().map(|(_, amount)| amount).sum();
            let opening = self.ledger.quanta(currency, Account::Cash) - moved;
            let idle = opening == 0
                && flows.is_empty()
                && *self.ledger.own_accrued(currency, OwnAccrued::Cash) == 0;
            let (rate, daycount, pays) = if idle {
                (Rate::ZERO, DayCount::Act365, false)
            } else {
                self.cash_terms(currency, from, to)?
            };
            let mut interest = grown(context, opening, rate, daycount, from, to)?;
            for (day, amount) in flows {
                interest += grown(context, amount, rate, daycount, day.clamp(from, to), to)?;
            }
            let accrued = (Account::Accrued, Some(surplus));
            self.ledger.post(
                currency,
                accrued,
                (Account::NetInterest, None),
                interest,
                Cause::CashInterest,
            );
            let place = self.run.done;
            self.run
                .incomes
                .on_account(currency, GroupKind::Cash, place, interest);
            *self.ledger.own_accrued(currency, OwnAccrued::Cash) += interest;
            if pays {
                let paid = round_accrued(*self.ledger.own_accrued(currency, OwnAccrued::Cash));
                self.ledger
                    .cash(currency, to, accrued, paid, Cause::CashInterest);
                *self.ledger.own_accrued(currency, OwnAccrued::Cash) -= paid * ACCRUED_SCALE;
            }
            if !self.funding.has_equity {
                continue;
            }
            let plug_rate = self
                .funding
                .plug_rates
                .get(&currency)
                .copied()
                .unwrap_or(Rate::ZERO);
            let owed = [
                (
                    OwnAccrued::Plug,
                    -self.ledger.quanta(currency, Account::Plug),
                    plug_rate,
                ),
                (
                    OwnAccrued::Unmet,
                    -self.ledger.quanta(currency, Account::Unmet),
                    self.funding.unmet_rate,
                ),
            ];
            let (of, daycount) = (
                (Account::Accrued, Some(self.funding.plug_instrument)),
                self.funding.plug_daycount,
            );
            for (which, balance, rate) in owed {
                let interest = grown(context, balance, rate, daycount, from, to)?;
                self.ledger.post(
                    currency,
                    (Account::NetInterest, None),
                    of,
                    interest,
                    Cause::CashInterest,
                );
                let kind = match which {
                    OwnAccrued::Plug => GroupKind::Plug,
                    _ => GroupKind::Unmet,
                };
                self.run.incomes.on_account(currency, kind, place, interest);
                *self.ledger.own_accrued(currency, which) += interest;
                if strike {
                    let paid = round_accrued(*self.ledger.own_accrued(currency, which));
                    self.ledger
                        .cash(currency, to, of, -paid, Cause::CashInterest);
                    *self.ledger.own_accrued(currency, which) -= paid * ACCRUED_SCALE;
                }
            }
        }
        Ok(())
    }

    /// The rate on cash at the start of a cell, weighted over the groups of the surplus instrument, its day count, and whether it pays in the cell.
    fn cash_terms(
        &self,
        currency: Currency,
        from: Day,
        to: Day,
    ) -> Result<(Rate, DayCount, bool), Diagnostic> {
        let (mut base, mut nominal) = (0i128, 0i128);
        let mut daycount = DayCount::Act365;
        let mut pays = false;
        let mut stated = None;
        for (index, group) in self
            .run
            .groups()
            .filter(|(_, g)| g.kind == GroupKind::Cash && g.currency == currency)
        {
            nominal += group.opening.nominal;
            let Some(leg) = self.run.interest_leg(index) else {
                continue;
            };
            base += leg
                .interest
                .sums
                .iter()
                .map(|sums| sums.rate.through(from))
                .sum::<i128>();
            daycount = group.daycount.unwrap_or(daycount);
            pays |= match &group.interest {
                InterestTerms::Client(client) => {
                    stated = stated.or(Some(client.rate));
                    client.periods.iter().any(|p| p.paid > from && p.paid <= to)
                }
                _ => leg.interest.paid.window(from, to).next().is_some(),
            };
        }
        if nominal != 0 {
            let rate = i64::try_from(mul_div(base, 1, nominal)).unwrap_or(0);
            return Ok((Rate(rate), daycount, pays));
        }
        // an empty account has its rate all the same, and where there is no account the surplus instrument says it
        let context = self.context;
        let surplus = context.exercise.book.surplus;
        let instrument = surplus.and_then(|id| context.plan.instruments.get(id.index()));
        let Some(
            Accrual::Fixed {
                rate: text,
                every,
                daycount,
                ..
            }
            | Accrual::Client {
                rate: text,
                every,
                daycount,
            },
        ) = instrument.and_then(|i| i.mapping.accrues.as_ref())
        else {
            return Ok((stated.unwrap_or(Rate::ZERO), daycount, pays));
        };
        let rate = match stated {
            Some(rate) => rate,
            None => context.plain(text, currency, from).map_err(|_| {
                let name = instrument.map_or("", |i| i.heading.short.as_str());
                let message = format!("`{name}` takes cash in {currency}, and its rate is not known there: the book has no such account");
                Diagnostic::error(codes::run::TERM_MISSING, message)
                    .help(format!("include `{name}` in {currency} with a principal of 0, or state the rate without a column"))
            })
            .and_then(rate)?,
        };
        let anchor = Anchor {
            date: context.projection.date,
            last_payment: context.projection.last_payment,
        };
        let months = every.and_then(|every| every.in_months()).unwrap_or(0);
        let pays = anchor
            .month_ends(from, to)
            .into_iter()
            .filter_map(|day| anchor.date_of(day))
            .any(|end| months > 0 && i64::from(end.ymd().1) % i64::from(months) == 0);
        Ok((rate, *daycount, pays))
    }

    /// Strikes the plug: surplus repays unmet need, fills cash to its minimum, then repays the plug; a need takes cash above the minimum,
    /// another currency's surplus if the book converts, the plug to its capacity, the minimum cash, and is unmet beyond (E21).
    pub(super) fn strike_plug(&mut self, day: Day, _place: usize) -> Result<(), Diagnostic> {
        if !self.funding.has_equity {
            return Ok(());
        }
        let currencies = self.ledger.currencies();
        let mut net: BTreeMap<Currency, Amount> = BTreeMap::new();
        for currency in &currencies {
            let quanta = |account| self.ledger.quanta(*currency, account);
            net.insert(
                *currency,
                quanta(Account::Cash) + quanta(Account::Plug) + quanta(Account::Unmet),
            );
        }
        if self.funding.convert {
            self.convert(day, &mut net)?;
        }
        for currency in currencies {
            let worth = net.get(&currency).copied().unwrap_or(0);
            let kept = self.funding.minimum.get(&currency).copied().unwrap_or(0);
            let need = (kept - worth).max(0);
            let plug = need.min(self.funding.limit(currency));
            let beyond = need - plug;
            let unmet = (beyond - kept).max(0);
            let plug_before = -self.ledger.quanta(currency, Account::Plug);
            let unmet_before = -self.ledger.quanta(currency, Account::Unmet);
            self.ledger.cash(
                currency,
                day,
                (Account::Plug, None),
                plug - plug_before,
                Cause::Plug,
            );
            self.ledger.cash(
                currency,
                day,
                (Account::Unmet, None),
                unmet - unmet_before,
                Cause::Plug,
            );
            if plug > 0 {
                let rate = self.plug_rate(currency, day)?;
                self.funding.plug_rates.insert(currency, rate);
            }
        }
        Ok(())
    }

    fn plug_rate(&self, currency: Currency, day: Day) -> Result<Rate, Diagnostic> {
        let context = self.context;
        let Some(accrual) = product(context).and_then(|p| accrual(context, p)) else {
            return Ok(Rate::ZERO);
        };
        let plain = |e: &Expression| {
            context
                .plain(e, currency, day)
                .map_err(|r| r.at(e.span).into_diagnostic())
                .and_then(rate)
        };
        match accrual {
            Accrual::Fixed { rate, .. } | Accrual::Client { rate, .. } => plain(rate),
            Accrual::Index { index, spread, .. } => {
                let period = accrual.index().and_then(|(_, period)| period);
                let index = context.index_rate(index, day, day, period)?;
                let index = accrual.rounded(index);
                let spread = spread
                    .as_ref()
                    .map(plain)
                    .transpose()?
                    .unwrap_or(Rate::ZERO);
                index
                    .add(spread)
                    .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
            }
            Accrual::CashFlow { .. } | Accrual::None => Ok(Rate::ZERO),
        }
    }

    /// Buys what a currency needs with what another has above its minimum, at the day's rate; currencies in their order.
    fn convert(
        &mut self,
        day: Day,
        net: &mut BTreeMap<Currency, Amount>,
    ) -> Result<(), Diagnostic> {
        let currencies: Vec<Currency> = net.keys().copied().collect();
        let kept = |funding: &Funding, currency: Currency| {
            funding.minimum.get(&currency).copied().unwrap_or(0)
        };
        for needing in &currencies {
            for spare in &currencies {
                let need = kept(&self.funding, *needing) - net.get(needing).copied().unwrap_or(0);
                let surplus = net.get(spare).copied().unwrap_or(0) - kept(&self.funding, *spare);
                if needing == spare || need <= 0 || surplus <= 0 {
                    continue;
                }
                let (bought, sold) = (
                    self.to_book(self.context, *needing, day)?,
                    self.to_book(self.context, *spare, day)?,
                );
                let out = |e: crate::quantity::QuantityError| {
                    Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())
                };
                let price = bought.divide(&sold).map_err(out)?;
                let asked = (&crate::quantity::Rational::integer(need) * &price)
                    .to_scaled(0)
                    .map_err(out)?;
                let (give, take) = if asked <= surplus {
                    (asked, need)
                } else {
                    let take = crate::quantity::Rational::integer(surplus)
                        .divide(&price)
                        .and_then(|t| t.to_scaled(0))
                        .map_err(out)?;
                    (surplus, take)
                };
                let position = (Account::FxPosition, None);
                self.ledger
                    .cash(*spare, day, position, -give, Cause::Conversion);
                self.ledger
                    .cash(*needing, day, position, take, Cause::Conversion);
                *net.entry(*spare).or_default() -= give;
                *net.entry(*needing).or_default() += take;
            }
        }
        Ok(())
    }
}
