//! Interest that depends on a scenario's market: floating periods, client rates that follow an index, contracts of class P.

use super::behaviour::Effective;
use super::context::Context;
use super::events::Anchor;
use super::group::{AccrualSums, Accruing, Client, Exposure, Floating, Group, InterestLeg};
use super::overnight::stretch;
use super::series::{Amount, Day, Series};
use crate::calendar::{DayCount, Tenor};
use crate::contract::{AccrualClass, Compounding};
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Value, evaluate};
use crate::plan::{Beta, Expression};
use crate::quantity::{RATE_SCALE, Rate, Rational, multiply_divide_half_even};
use std::collections::BTreeMap;

fn too_large() -> Diagnostic {
    Diagnostic::error(
        codes::run::AMOUNT_TOO_LARGE,
        "interest adds up to more than can be counted",
    )
}

/// The interest of a floating group: what is known, and each period to come at the rate of the index, rounded, floored and
/// capped, and the spread on top. `fixing` gives the rate of a day, fixed for a period; it is not asked for where no balance is
/// exposed. Amounts are rounded half to even once for each group and period.
///
/// # Errors
/// A fixing that is missing.
pub fn floating_interest(
    context: &Context<'_>,
    floating: &Floating,
    daycount: DayCount,
    mut fixing: impl FnMut(Day, Option<Tenor>) -> Result<Rate, Diagnostic>,
) -> Result<InterestLeg, Diagnostic> {
    let mut builder = Builder::of(&floating.known.interest);
    for exposure in &floating.exposures {
        let (index, mut parts) = match (&floating.in_arrears, exposure.within) {
            _ if exposure.balance == 0 => (Rate::ZERO, Vec::new()),
            (Some(compounding), Some(period)) => {
                in_arrears(context, compounding, period, exposure, &mut fixing)?
            }
            _ => (fixing(exposure.fixing, floating.reset)?, Vec::new()),
        };
        let rounded = floating
            .rounding
            .map_or(index, |multiple| index.rounded_to(multiple));
        let capped = floating.cap.map_or(rounded, |cap| rounded.min(cap));
        let rate = floating.floor.map_or(capped, |floor| capped.max(floor));
        let base_of = |rate: Rate| {
            let base = exposure.balance.checked_mul(i128::from(rate.0));
            base.ok_or_else(too_large)
        };
        let base = base_of(rate)?;
        // at a bound interest accrues evenly
        if parts.is_empty() || rate != rounded {
            parts = vec![(exposure.start, rate)];
        }
        let parts: Vec<(Day, i128)> = parts
            .into_iter()
            .map(|(day, rate)| Ok((day, base_of(rate)?)))
            .collect::<Result<_, Diagnostic>>()?;
        let unit = i128::from(floating.round.unwrap_or(1));
        let paid = base.checked_add(exposure.spread).ok_or_else(too_large)?;
        let interest = multiply_divide_half_even(
            paid,
            i128::from(exposure.numerator),
            i128::from(exposure.denominator) * i128::from(RATE_SCALE) * unit,
        )
        .ok()
        .and_then(|units| units.checked_mul(unit))
        .ok_or_else(too_large)?;
        builder.period(
            context,
            daycount,
            exposure.start,
            exposure.end,
            exposure.paid,
            &parts,
            interest,
        )?;
    }
    Ok(InterestLeg {
        interest: builder.finish()?,
        ..floating.known.clone()
    })
}

/// The rate of an exposure over which an overnight rate is compounded, and those of its parts by day.
fn in_arrears(
    context: &Context<'_>,
    compounding: &Compounding,
    (from, until): (Day, Day),
    exposure: &Exposure,
    fixing: &mut impl FnMut(Day, Option<Tenor>) -> Result<Rate, Diagnostic>,
) -> Result<(Rate, Vec<(Day, Rate)>), Diagnostic> {
    let origin = context.projection.date;
    let made = stretch(
        compounding,
        (context.date(from)?, context.date(until)?),
        (context.date(exposure.start)?, context.date(exposure.end)?),
        |day, tenor| fixing(day.days_since(origin), Some(tenor)),
    )?;
    let parts = made.parts.into_iter();
    Ok((
        made.rate,
        parts
            .map(|(day, rate)| (day.days_since(origin), rate))
            .collect(),
    ))
}

/// The rates of a client group from the book's date on, as the beta moves them at month ends (E03): the shadow rate runs on below the floor.
///
/// # Errors
/// A fixing that is missing, or a setting that is no ratio or rate.
pub fn client_rates(
    context: &Context<'_>,
    group: &Group,
    client: &Client,
    beta: &Beta,
    until: Day,
) -> Result<Vec<(Day, Rate)>, Diagnostic> {
    client_rates_seen(context, group, client, beta, until, &|day| {
        context.index_rate(&beta.index, day, day, None)
    })
}

/// The same at fixings that `index` gives.
///
/// # Errors
/// As `client_rates`.
pub fn client_rates_seen(
    context: &Context<'_>,
    group: &Group,
    client: &Client,
    beta: &Beta,
    until: Day,
    index: &dyn Fn(Day) -> Result<Rate, Diagnostic>,
) -> Result<Vec<(Day, Rate)>, Diagnostic> {
    let number = |expression: &Expression| -> Result<Rational, Diagnostic> {
        match evaluate(expression, &context.scope(group, 0))
            .map_err(|r| r.at(expression.span).into_diagnostic())?
        {
            Value::Number(number) => Ok(number),
            other => Err(Diagnostic::error(
                codes::run::WRONG_KIND,
                format!("{} stands where a beta needs a number", other.kind()),
            )),
        }
    };
    let (up, down) = (number(&beta.up)?, number(&beta.down)?);
    let out = |e: crate::quantity::QuantityError| {
        Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())
    };
    let floor = beta
        .floor
        .as_ref()
        .map(number)
        .transpose()?
        .map(|f| Rate::from_rational(&f))
        .transpose()
        .map_err(out)?;
    let anchor = Anchor {
        date: context.projection.date,
        last_payment: 0,
    };
    let mut shadow = client.rate.to_rational();
    let mut last = client.rate;
    let mut rates = vec![(Day::MIN, last)];
    // a product's rate is that of the day of its birth
    let from = match &group.birth {
        Some(birth) if birth.product.is_some() => birth.day,
        _ => 0,
    };
    for day in anchor.month_ends(from, until) {
        let (now, before) = observed_days(context, beta.lag, day)?;
        let moved = &index(now)?.to_rational() - &index(before)?.to_rational();
        let share = if moved.signum() > 0 { &up } else { &down };
        shadow = Rate::from_rational(&(&shadow + &(&moved * share)))
            .map_err(out)?
            .to_rational();
        let rate = Rate::from_rational(&shadow).map_err(out)?;
        // every month end is one on which the floor holds, whether or not the index moved
        let rate = floor.map_or(rate, |floor| rate.max(floor));
        if rate != last {
            last = rate;
            rates.push((day, rate));
        }
    }
    Ok(rates)
}

/// The two days of whose fixings a move is made that is passed on at a month end: the month end less the lag, and the month end before that.
fn observed_days(context: &Context<'_>, lag: Tenor, day: Day) -> Result<(Day, Day), Diagnostic> {
    let out = |e: crate::calendar::CalendarError| {
        Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())
    };
    let end = context.date(day)?;
    let before = end.add_months(-1).map_err(out)?.month_end();
    let lagged = |date: crate::calendar::Date| match lag.in_months() {
        Some(months) => date
            .add_months(-months)
            .map(crate::calendar::Date::month_end),
        None => date.add_days(-lag.in_days().unwrap_or(0)),
    };
    let origin = context.projection.date;
    Ok((
        lagged(end).map_err(out)?.days_since(origin),
        lagged(before).map_err(out)?.days_since(origin),
    ))
}

/// The interest of a client group at rates that change by day (from each day on).
///
/// # Errors
/// An amount too large to be counted.
pub fn client_interest(
    context: &Context<'_>,
    client: &Client,
    rates: &[(Day, Rate)],
) -> Result<InterestLeg, Diagnostic> {
    let mut builder = Builder::default();
    for period in &client.periods {
        let mut parts: Vec<(Day, i128)> = Vec::new();
        let mut interest = Rational::ZERO;
        let inside: Vec<(Day, Rate)> = rates
            .iter()
            .enumerate()
            .filter_map(|(at, (from, rate))| {
                let until = rates.get(at + 1).map_or(Day::MAX, |(next, _)| *next);
                (*from < period.end && until > period.start)
                    .then_some(((*from).max(period.start), *rate))
            })
            .collect();
        for (at, (from, rate)) in inside.iter().enumerate() {
            let until = inside.get(at + 1).map_or(period.end, |(next, _)| *next);
            let base = period
                .balance
                .checked_mul(i128::from(rate.0))
                .ok_or_else(too_large)?;
            let n =
                client
                    .daycount
                    .plain_fraction(context.date(*from)?, context.date(until)?, None);
            let part = Rational::new(base, i128::from(n.denominator) * i128::from(RATE_SCALE))
                .map_err(|_| too_large())?;
            interest = &interest + &(&part * &Rational::integer(i128::from(n.numerator)));
            parts.push((*from, base));
        }
        let interest = interest
            .to_scaled(0)
            .map_err(|_| too_large())?
            .checked_add(period.stated)
            .ok_or_else(too_large)?;
        if period.stated != 0 {
            builder.standing.push((period.start, period.stated));
            builder.standing.push((period.end, -period.stated));
        }
        builder.period(
            context,
            client.daycount,
            period.start,
            period.end,
            period.paid,
            &parts,
            interest,
        )?;
    }
    Ok(InterestLeg {
        interest: builder.finish()?,
        ..InterestLeg {
            margin: client.frozen.margin.clone(),
            ftp_base: client.frozen.ftp_base.clone(),
            ftp_liquidity: client.frozen.ftp_liquidity.clone(),
            ftp_unit: client.frozen.ftp_unit.clone(),
            ..InterestLeg::default()
        }
    })
}

/// The flows of a client group under a scenario, where a behaviour moves its rate.
///
/// # Errors
/// As `client_rates`.
pub fn moved_client(
    context: &Context<'_>,
    group: &Group,
    client: &Client,
    effective: &Effective<'_>,
) -> Result<Option<InterestLeg>, Diagnostic> {
    let Some(beta) = effective.reprice else {
        return Ok(None);
    };
    let until = client.periods.last().map_or(0, |p| p.end);
    let rates = client_rates(context, group, client, beta, until)?;
    client_interest(context, client, &rates).map(Some)
}

/// Adds up periods of interest.
#[derive(Default)]
struct Builder {
    paid: Vec<(Day, Amount)>,
    standing: Vec<(Day, Amount)>,
    sums: BTreeMap<AccrualClass, (Vec<(Day, i128)>, Vec<(Day, i128)>)>,
}

impl Builder {
    fn of(known: &Accruing) -> Self {
        let series = |series: &Series| series.after(Day::MIN).collect::<Vec<_>>();
        Self {
            paid: series(&known.paid),
            standing: series(&known.standing),
            sums: known
                .sums
                .iter()
                .map(|s| (s.class, (series(&s.rate), series(&s.offset))))
                .collect(),
        }
    }

    /// A period that accrues on `parts` (from each day on, balance × rate) and pays `interest`.
    #[allow(
        clippy::too_many_arguments,
        reason = "a period has three days, its parts and its amount"
    )]
    fn period(
        &mut self,
        context: &Context<'_>,
        daycount: DayCount,
        start: Day,
        end: Day,
        paid: Day,
        parts: &[(Day, i128)],
        interest: Amount,
    ) -> Result<(), Diagnostic> {
        let out = |e: crate::calendar::CalendarError| {
            Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())
        };
        self.paid.push((paid, interest));
        if paid != end {
            self.standing.push((end, interest));
            self.standing.push((paid, -interest));
        }
        // act/actICMA of a floating leg counts by calendar years, which floating bonds on month grids agree with
        let daycount = if daycount == DayCount::ActActIcma {
            DayCount::ActActIsda
        } else {
            daycount
        };
        let (class, _) =
            AccrualClass::starting(daycount, context.date(start)?, None).map_err(out)?;
        let (rates, offsets) = self.sums.entry(class).or_default();
        let (mut running, mut offset) = (0i128, 0i128);
        for (from, base) in parts {
            let number = i128::from(class.number(context.date(*from)?));
            let change = base - running;
            let moved = change.checked_mul(number).ok_or_else(too_large)?;
            rates.push((*from, change));
            offsets.push((*from, moved));
            running = *base;
            offset = offset.checked_add(moved).ok_or_else(too_large)?;
        }
        rates.push((end, -running));
        offsets.push((end, -offset));
        Ok(())
    }

    fn finish(self) -> Result<Accruing, Diagnostic> {
        let mut sums = Vec::with_capacity(self.sums.len());
        for (class, (rate, offset)) in self.sums {
            sums.push(AccrualSums {
                class,
                rate: Series::from_amounts(rate).ok_or_else(too_large)?,
                offset: Series::from_amounts(offset).ok_or_else(too_large)?,
            });
        }
        Ok(Accruing {
            paid: Series::from_amounts(self.paid).ok_or_else(too_large)?,
            standing: Series::from_amounts(self.standing).ok_or_else(too_large)?,
            sums,
        })
    }
}
