//! Folds over time: `min(lcr during horizon)`, `first(headroom < 0 during 12M)`, `sum(net_interest during 12M)`.

use super::Measures;
use super::analysis;
use super::place::Place;
use super::scope::RunScope;
use crate::calendar::Tenor;
use crate::diagnostic::codes::run as codes;
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Undefined, Value, evaluate_with, fold};
use crate::plan::{Expression, Fold, Point};

impl Measures<'_> {
    /// A fold over the days after the place, up to and including the point: every calendar day of a ladder, else every day of the cash calendar.
    pub(super) fn fold_time(
        &self,
        kind: Fold,
        body: &Expression,
        until: &Point,
        otherwise: Option<&Expression>,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        let today = place.reading.day();
        let last = self.day_of(place, until, today)?;
        let run = self.run(place)?;
        let ladder = analysis::is_ladder(self.plan, body);
        let flow = analysis::is_flow(self.plan, body);
        if !ladder && last > run.calendar.last() {
            return Ok(Value::Undefined(Undefined::BeyondHorizon));
        }
        let settles = |day: Day| run.calendar.cash_days(day - 1, day).next().is_some();
        if flow && last > today && !settles(last) {
            // The flows of a part of a cell are not known.
            return Ok(Value::Undefined(Undefined::BetweenDays));
        }
        let days: Vec<Day> = if ladder {
            (today + 1..=last).collect()
        } else {
            run.calendar.cash_days(today, last).collect()
        };
        let at = |day: Day| {
            let there = folded_day(place, ladder, day);
            evaluate_with(body, &RunScope::new(self, there), locals)
        };
        let scope = RunScope::new(self, place);
        if matches!(kind, Fold::First | Fold::Last) {
            let mut hit = None;
            for day in &days {
                match at(*day)? {
                    Value::Bool(true) => {
                        hit = Some(*day);
                        if kind == Fold::First {
                            break;
                        }
                    }
                    Value::Bool(false) | Value::Undefined(_) => {}
                    other => {
                        return Err(Refusal::new(
                            codes::WRONG_KIND,
                            format!("{} stands where a condition is due", other.kind()),
                        )
                        .at(body.span));
                    }
                }
            }
            return match (hit, otherwise) {
                (Some(day), _) => Ok(Value::Tenor(Tenor::days(day - today))),
                (None, Some(otherwise)) => evaluate_with(otherwise, &scope, locals),
                (None, None) => Ok(Value::Undefined(Undefined::NoHit)),
            };
        }
        let mut values = Vec::with_capacity(days.len());
        for day in days {
            values.push(at(day)?);
        }
        let skipped = values.iter().filter(|v| v.is_undefined()).count();
        if skipped > 0 && kind != Fold::Sum {
            let key = (std::ptr::from_ref(body) as usize, place);
            self.skipped
                .borrow_mut()
                .insert(key, u64::try_from(skipped).unwrap_or(u64::MAX));
        }
        // Undefined days are skipped, but a sum of flows without one of them is no sum.
        match (fold(kind, values.into_iter(), &scope)?, otherwise) {
            (Value::Undefined(Undefined::Nothing), Some(otherwise)) => {
                evaluate_with(otherwise, &scope, locals)
            }
            (value, _) => Ok(value),
        }
    }
}

/// The place at which the body of a fold is read on a day.
pub(super) fn folded_day(place: Place, ladder: bool, day: Day) -> Place {
    if ladder {
        Place {
            ladder: Some(day),
            ..place
        }
    } else {
        Place {
            reading: Reading::Day(day),
            ladder: None,
            ..place
        }
    }
}
