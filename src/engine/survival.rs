//! Static survival S: what prepayment, withdrawal, default and decay leave of a group, known before the loop.

use super::behaviour::{Effective, reads_state};
use super::context::{Context, checked_share};
use super::events::Anchor;
use super::group::{Group, ONE};
use super::hazard::compile;
use super::series::Day;
use super::state::{StepPath, mul_div};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Refusal, Value, evaluate};
use crate::plan::{Decay, Expression};

/// S of a group, and what default alone leaves in each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survival {
    /// After all hazards of a day.
    pub after: StepPath,
    /// After default of the day and before the other hazards; only where something can default.
    pub after_default: Option<StepPath>,
}

/// The share left of one a year, for a part of a year, as an integer at 1e-15: (1 - share)^part.
pub fn remaining(share: f64, part: f64) -> i128 {
    libm::rint(libm::pow(1.0 - share, part) * ONE as f64) as i128
}

/// A product of shares at 1e-15, rounded half to even.
pub fn times(a: i128, b: i128) -> i128 {
    if b == ONE { a } else { mul_div(a, b, ONE) }
}

/// The part of a year from the behaviour's last day to this one: whole months count a twelfth, a first part month its days of that month;
/// of a hazard that acts each day, days over 365.
pub fn part_of_year(anchor: Anchor, daily: bool, from: Day, day: Day) -> f64 {
    if daily {
        return f64::from(day - from) / 365.0;
    }
    let Some((before, date)) = anchor.date_of(from).zip(anchor.date_of(day)) else {
        return 0.0;
    };
    if date.is_month_end()
        && before.is_month_end()
        && (date.ymd().0 * 12 + date.ymd().1 as i32) - (before.ymd().0 * 12 + before.ymd().1 as i32)
            == 1
    {
        return 1.0 / 12.0;
    }
    let length = date.month_end().ymd().2;
    f64::from(day - from) / f64::from(length) / 12.0
}

/// The days on which hazards act in (from, until], with their dates and the parts of a year that they stand for: month ends,
/// or each day.
///
/// # Errors
/// A day beyond the calendar.
pub fn hazard_days(
    context: &Context<'_>,
    daily: bool,
    from: Day,
    until: Day,
) -> Result<Vec<(Day, Date, f64)>, Diagnostic> {
    if daily {
        return (from + 1..=until)
            .map(|day| Ok((day, context.date(day)?, 1.0 / 365.0)))
            .collect();
    }
    let known = context.month_ends(until);
    let first = known.partition_point(|(day, _)| *day <= from);
    let anchor = context.anchor();
    let acting = known
        .iter()
        .skip(first)
        .take_while(|(day, _)| *day <= until);
    Ok(acting
        .enumerate()
        .map(|(place, (day, date))| {
            // between two month ends lies a whole month
            let part = if place > 0 {
                1.0 / 12.0
            } else {
                part_of_year(anchor, false, from, *day)
            };
            (*day, *date, part)
        })
        .collect())
}

/// What hazards leave of one on a day (1e-15).
struct Stays {
    day: Day,
    default: i128,
    prepay: i128,
    withdraw: i128,
}

/// The hazards of a group that do not read the state, day by day, and whether it can default; `None` where it has none.
fn hazards(
    context: &Context<'_>,
    group: &Group,
    effective: &Effective<'_>,
    from: Day,
    until: Day,
) -> Result<Option<(Vec<Stays>, bool)>, Diagnostic> {
    let settings = [effective.default, effective.prepay, effective.withdraw].map(|setting| {
        let known = setting.map(|(_, e)| e);
        known.filter(|e| !reads_state(context, e)).cloned()
    });
    if settings.iter().all(Option::is_none) {
        return Ok(None);
    }
    let programs = settings
        .each_ref()
        .map(|setting| setting.as_ref().and_then(|e| compile(context, group, e)));
    // hazards mostly stay as they are from month to month: the last one of each is kept
    let mut kept = [(f64::NAN, f64::NAN, ONE); 3];
    let days = hazard_days(context, effective.daily, from, until)?;
    let mut stays = Vec::with_capacity(days.len());
    for (day, date, part) in days {
        let mut hazard = |place: usize, what: &str| -> Result<i128, Diagnostic> {
            let Some(Some(expression)) = settings.get(place) else {
                return Ok(ONE);
            };
            if let Some(Some(program)) = programs.get(place) {
                let share = program
                    .on(context, day, date)
                    .map_err(|error| Refusal::from(error).at(expression.span).into_diagnostic())?;
                let share = checked_share(share, what, expression)
                    .map_err(|error| context.with_values(error, expression, group, day))?;
                return Ok(match kept.get_mut(place) {
                    Some((last, over, left)) if *last == share && *over == part => *left,
                    Some(slot) => {
                        *slot = (share, part, remaining(share, part));
                        slot.2
                    }
                    None => remaining(share, part),
                });
            }
            Ok(remaining(
                context.share(expression, group, day, what)?,
                part,
            ))
        };
        stays.push(Stays {
            day,
            default: hazard(0, "default")?,
            prepay: hazard(1, "prepay")?,
            withdraw: hazard(2, "withdraw")?,
        });
    }
    Ok(Some((stays, settings.first().is_some_and(Option::is_some))))
}

/// The hazards of a group that do not read the state, under the market of the context, from a day on (where S is one) to its last flow.
///
/// # Errors
/// A formula without an answer, or a share outside 0 to 1.
pub fn static_survival(
    context: &Context<'_>,
    group: &Group,
    effective: &Effective<'_>,
    from: Day,
    until: Day,
) -> Result<Option<Survival>, Diagnostic> {
    let Some((days, can_default)) = hazards(context, group, effective, from, until)? else {
        return Ok(None);
    };
    let mut survival = Survival {
        after: StepPath::default(),
        after_default: can_default.then(StepPath::default),
    };
    let mut left = ONE;
    for stays in days {
        left = times(left, stays.default);
        if let Some(path) = &mut survival.after_default {
            path.steps.push((stays.day, clamp(left)));
        }
        left = times(times(left, stays.prepay), stays.withdraw);
        survival.after.steps.push((stays.day, clamp(left)));
    }
    Ok(Some(survival))
}

/// What prepayment and withdrawal leave of one on each of their days, by themselves (1e-15): loans whose payments stay are run
/// with it contract by contract.
///
/// # Errors
/// As `static_survival`.
pub fn leaving(
    context: &Context<'_>,
    group: &Group,
    effective: &Effective<'_>,
    from: Day,
    until: Day,
) -> Result<Vec<(Day, i64)>, Diagnostic> {
    let alone = Effective {
        default: None,
        ..effective.clone()
    };
    let days = hazards(context, group, &alone, from, until)?;
    let days = days.map_or_else(Vec::new, |(days, _)| days).into_iter();
    let shares = days.map(|stays| (stays.day, clamp(times(stays.prepay, stays.withdraw))));
    Ok(shares
        .filter(|(_, left)| i128::from(*left) != ONE)
        .collect())
}

fn clamp(share: i128) -> i64 {
    share.clamp(0, ONE) as i64
}

/// What decay leaves of a deposit, from a day on: its core runs off, the rest leaves overnight if the behaviour says so.
///
/// # Errors
/// A formula without an answer, or a share outside 0 to 1.
pub fn decay(
    context: &Context<'_>,
    group: &Group,
    effective: &Effective<'_>,
    from: Day,
) -> Result<Option<StepPath>, Diagnostic> {
    let (Some(core), Some(decay)) = (effective.core, effective.decay) else {
        return Ok(None);
    };
    let anchor = context.anchor();
    let share = |expression: &Expression, what: &str| -> Result<i128, Diagnostic> {
        let share = context.share(expression, group, from, what)?;
        Ok(libm::rint(share * ONE as f64) as i128)
    };
    let core = share(core, "core")?;
    let rest = if effective.rest_overnight {
        0
    } else {
        ONE - core
    };
    let mut steps = Vec::new();
    if effective.rest_overnight && core < ONE {
        steps.push((from + 1, clamp(core)));
    }
    let months = |expression: &Expression| -> Result<i32, Diagnostic> {
        match evaluate(expression, &context.scope(group, from))? {
            Value::Tenor(tenor) if tenor.is_positive() => Ok(tenor
                .in_months()
                .unwrap_or_else(|| (tenor.in_days().unwrap_or(30) / 30).max(1))),
            _ => {
                let error = Refusal::new(
                    codes::run::OUT_OF_RANGE,
                    "a decay needs a length of time above nothing",
                )
                .at(expression.span)
                .help("`linear(term = 9Y)`; what leaves at once is no core: `core = 0%`");
                Err(context.with_values(error.into_diagnostic(), expression, group, from))
            }
        }
    };
    let far = |months: i32| {
        context
            .date(from)?
            .add_months(months + 1)
            .map(|d| d.days_since(anchor.date))
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
    };
    match decay {
        Decay::Linear { term } => {
            let slices = months(term)?;
            for (at, day) in anchor
                .month_ends(from, far(slices)?)
                .into_iter()
                .take(slices as usize)
                .enumerate()
            {
                let left = i128::from(slices) - 1 - at as i128;
                steps.push((day, clamp(rest + mul_div(core, left, i128::from(slices)))));
            }
        }
        Decay::Exponential { half_life } => {
            let half = months(half_life)?;
            // after forty half-lives less than a millionth of a millionth is left: the rest leaves
            let count = half.saturating_mul(40).min(1_200);
            let days = anchor.month_ends(from, far(count)?);
            let last = days.len().saturating_sub(1);
            for (at, day) in days.into_iter().enumerate() {
                let left = if at == last {
                    0
                } else {
                    remaining(0.5, (at + 1) as f64 / f64::from(half))
                };
                steps.push((day, clamp(rest + times(core, left))));
            }
        }
        Decay::Schedule(shares) => {
            let mut left = ONE;
            for (tenor, gone) in shares {
                let day = tenor
                    .after(context.date(from)?)
                    .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?;
                left -= share(gone, "decay")?;
                steps.push((
                    day.days_since(anchor.date),
                    clamp(rest + times(core, left.max(0))),
                ));
            }
        }
    }
    // where the rest and the first slice leave on one day, they are one step
    steps.sort_by_key(|(day, left)| (*day, std::cmp::Reverse(*left)));
    steps.reverse();
    steps.dedup_by_key(|(day, _)| *day);
    steps.reverse();
    Ok(Some(StepPath { steps }))
}

/// The product of two paths.
pub fn product(a: &StepPath, b: &StepPath) -> StepPath {
    let mut days: Vec<Day> = a
        .steps
        .iter()
        .chain(&b.steps)
        .map(|(day, _)| *day)
        .collect();
    days.sort_unstable();
    days.dedup();
    StepPath {
        steps: days
            .into_iter()
            .map(|day| (day, clamp(times(a.at(day), b.at(day)))))
            .collect(),
    }
}
