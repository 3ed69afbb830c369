//! Market values of lots and of what is carried at fair value: contractual flows discounted on the curve of the day plus the calibrated spread.

use super::context::Context;
use super::group::{Floating, Group, InterestTerms, ONE};
use super::rates::floating_interest;
use super::series::{Amount, Day, Series};
use super::state::{StepPath, mul_div, round_accrued, scale};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Side;
use crate::quantity::{RATE_SCALE, Rational};
use std::collections::BTreeMap;

/// Whether the loop keeps the market value of a group: it has a price, or is carried at it.
pub fn is_valued(group: &Group) -> bool {
    !group.is_account()
        && (group.opening.clean_price.is_some()
            || group.is_at_fair_value()
            || group.side == Side::Derivative)
}

/// Contractual flows after a day (S = D = 1), principal and interest together, by paid day. Floating periods are seen from the day.
fn flows_after(
    context: &Context<'_>,
    group: &Group,
    principal: &Series,
    interest: &Series,
    day: Day,
) -> Result<Vec<(Day, Amount)>, Diagnostic> {
    let mut flows: BTreeMap<Day, Amount> = principal.after(day).collect();
    let seen;
    let interest = match &group.interest {
        InterestTerms::Floating(floating) => {
            seen = seen_from(context, group, floating, day)?;
            &seen
        }
        _ => interest,
    };
    for (on, amount) in interest.after(day) {
        *flows.entry(on).or_default() += amount;
    }
    Ok(flows.into_iter().collect())
}

/// Interest by paid day with forwards as they stand on a day; what was fixed by then stays.
fn seen_from(
    context: &Context<'_>,
    group: &Group,
    floating: &Floating,
    day: Day,
) -> Result<Series, Diagnostic> {
    let daycount = group.daycount.unwrap_or(crate::calendar::DayCount::Act360);
    let leg = floating_interest(context, floating, daycount, |fixing, period| {
        context.index_rate(&floating.index, fixing, day, period)
    })?;
    Ok(leg.interest.paid)
}

/// Present value at a day of flows after it, quanta: one rounding, at the end. `spread` is continuously compounded, act/365.
///
/// # Errors
/// A curve that is missing.
pub fn present_value(
    context: &Context<'_>,
    group: &Group,
    flows: &[(Day, Amount)],
    day: Day,
    spread: f64,
) -> Result<Amount, Diagnostic> {
    let days: Vec<Day> = flows.iter().map(|(on, _)| *on).collect();
    let factors = context.discounts(group.currency, day, &days)?;
    let mut sum: i128 = 0;
    for ((on, amount), factor) in flows.iter().zip(factors) {
        let factor = if spread == 0.0 {
            i128::from(factor)
        } else {
            libm::rint(factor as f64 * libm::exp(-spread * f64::from(on - day) / 365.0)) as i128
        };
        sum = amount
            .checked_mul(factor)
            .and_then(|part| sum.checked_add(part))
            .ok_or_else(|| {
                Diagnostic::error(
                    codes::run::AMOUNT_TOO_LARGE,
                    "a present value is larger than can be counted",
                )
            })?;
    }
    Ok(mul_div(sum, 1, ONE))
}

/// The spread at which a group's flows are worth its stated price on a day, the book's date or its first: Newton, to 1e-15.
///
/// # Errors
/// A curve that is missing.
pub fn calibrate(
    context: &Context<'_>,
    group: &Group,
    principal: &Series,
    interest: &Series,
    target: Amount,
    day: Day,
) -> Result<f64, Diagnostic> {
    let flows = flows_after(context, group, principal, interest, day)?;
    let days: Vec<Day> = flows.iter().map(|(on, _)| *on).collect();
    let factors = context.discounts(group.currency, day, &days)?;
    let mut spread = 0.0_f64;
    for _ in 0..100 {
        let (mut value, mut slope) = (0.0, 0.0);
        for ((on, amount), factor) in flows.iter().zip(&factors) {
            let time = f64::from(*on - day) / 365.0;
            let part = *amount as f64 * (*factor as f64 / ONE as f64) * libm::exp(-spread * time);
            value += part;
            slope -= time * part;
        }
        if slope == 0.0 {
            break;
        }
        let step = (value - target as f64) / slope;
        if !step.is_finite() {
            break;
        }
        spread -= step.clamp(-1.0, 1.0);
        if step.abs() < 1e-15 {
            break;
        }
    }
    Ok(spread)
}

/// What the loop knows of a group when it values it.
pub struct Valued<'s> {
    /// The group.
    pub group: &'s Group,
    /// Contractual principal under the run's market.
    pub principal: &'s Series,
    /// Contractual interest under the run's market.
    pub interest: &'s super::group::Accruing,
    /// S × D on the day.
    pub factor: i128,
    /// The calibrated spread.
    pub spread: f64,
    /// Price shock on the day, 1 + x, as an exact number; `None`: none.
    pub shock: Option<Rational>,
}

/// Dirty market value at a day, quanta, signed for legs of derivatives. Without a curve of the currency the clean price stays.
///
/// # Errors
/// A fixing or curve that is missing.
pub fn market_value(
    context: &Context<'_>,
    valued: &Valued<'_>,
    day: Day,
) -> Result<Amount, Diagnostic> {
    let group = valued.group;
    let whole = if context.has_curve(group.currency) {
        let flows = flows_after(context, group, valued.principal, &valued.interest.paid, day)?;
        present_value(context, group, &flows, day, valued.spread)?
    } else if let Some(price) = group.opening.clean_price {
        let stock = group.opening.nominal - valued.principal.through(day);
        mul_div(stock, i128::from(price.0), i128::from(RATE_SCALE))
            + round_accrued(valued.interest.accrued(day, context.projection.date))
    } else {
        let what = if group.side == Side::Derivative {
            format!("derivatives in {} need a discount curve", group.currency)
        } else {
            format!(
                "positions in {} that are carried at fair value need a price or a discount curve",
                group.currency
            )
        };
        return Err(
            Diagnostic::error(codes::run::MARKET_MISSING, what).help(format!(
                "add a line `discount {} = …` to the market",
                group.currency
            )),
        );
    };
    let value = scale(valued.factor, whole);
    let value = match &valued.shock {
        Some(shock) => (&Rational::integer(value) * shock)
            .to_scaled(0)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?,
        None => value,
    };
    Ok(if group.side == Side::Derivative {
        value * group.sign()
    } else {
        value
    })
}

/// The value of a path of shares on a day, or one.
pub fn at(path: Option<&StepPath>, day: Day) -> i128 {
    path.map_or(ONE, |path| path.at(day))
}
