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
        let days = match self.days_of_fold(body, until, place)? {
            Ok(days) => days,
            Err(undefined) => return Ok(Value::Undefined(undefined)),
        };
        let today = place.reading.day();
        let at = |day: Day| {
            let there = self.place_in_fold(body, place, day);
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

    /// The days that a fold over time runs over; or why it has none.
    fn days_of_fold(
        &self,
        body: &Expression,
        until: &Point,
        place: Place,
    ) -> Result<Result<Vec<Day>, Undefined>, Refusal> {
        let today = place.reading.day();
        let last = self.day_of(place, until, today)?;
        let run = self.run(place)?;
        let ladder = analysis::is_ladder(self.plan, body);
        let flow = analysis::is_flow(self.plan, body);
        if !ladder && last > run.calendar.last() {
            return Ok(Err(Undefined::BeyondHorizon));
        }
        let settles = |day: Day| run.calendar.cash_days(day - 1, day).next().is_some();
        if flow && last > today && !settles(last) {
            // The flows of a part of a cell are not known.
            return Ok(Err(Undefined::BetweenDays));
        }
        Ok(Ok(if ladder {
            (today + 1..=last).collect()
        } else {
            run.calendar.cash_days(today, last).collect()
        }))
    }

    /// Where the body of a fold over time is read for a day.
    fn place_in_fold(&self, body: &Expression, place: Place, day: Day) -> Place {
        folded_day(place, analysis::is_ladder(self.plan, body), day)
    }

    /// The day that decides a fold over time, and where its body is read: the first or last on which the condition holds, the
    /// first of the least or the greatest value. Where no day decides, the last that was looked at; and whether one decided. `None`
    /// where there is no day to look at.
    pub(super) fn deciding_day(
        &self,
        kind: Fold,
        body: &Expression,
        until: &Point,
        place: Place,
        locals: &[Value],
    ) -> Result<Option<(Day, Place, bool)>, Refusal> {
        let Ok(days) = self.days_of_fold(body, until, place)? else {
            return Ok(None);
        };
        let mut decided: Option<(Day, Place, Value)> = None;
        let last = days.last().copied();
        for day in days {
            let there = self.place_in_fold(body, place, day);
            let value = evaluate_with(body, &RunScope::new(self, there), locals)?;
            let before = decided.as_ref().and_then(|(_, _, value)| value.number());
            let decides = match (kind, &value, before, value.number()) {
                (_, Value::Undefined(_), _, _) => false,
                (Fold::First | Fold::Last, value, _, _) => *value == Value::Bool(true),
                (Fold::Min, _, Some(before), Some(now)) => now < before,
                (Fold::Max, _, Some(before), Some(now)) => now > before,
                (Fold::Min | Fold::Max, _, None, Some(_)) => true,
                _ => false,
            };
            if decides {
                decided = Some((day, there, value));
                if kind == Fold::First {
                    break;
                }
            }
        }
        Ok(match (decided, last) {
            (Some((day, there, _)), _) => Some((day, there, true)),
            (None, Some(day)) => Some((day, self.place_in_fold(body, place, day), false)),
            (None, None) => None,
        })
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
