//! When triggers are read, and when what they decide is settled: days that are known before anything is projected.

use super::events::Anchor;
use super::series::Day;
use crate::calendar::{BusinessCalendar, Tenor};
use crate::plan::{Action, Frequency, Observation, Point, Verb};

/// The days up to `end` on which the trigger of an action is read, or on which it is decided by its date. The book's date is one
/// where the calendar has it. Without `observed` a trigger is read at month ends, as behaviours are.
pub fn observation_days(anchor: Anchor, action: &Action, end: Day) -> Vec<Day> {
    if let Some(date) = action.on_date {
        let day = date.days_since(anchor.date);
        return (0..=end)
            .contains(&day)
            .then_some(day)
            .into_iter()
            .collect();
    }
    let frequency = match action.observed.unwrap_or(Observation::MonthEnd) {
        Observation::Daily => Frequency::Daily,
        Observation::Weekly => Frequency::Weekly,
        Observation::MonthEnd => Frequency::Monthly,
        Observation::QuarterEnd => Frequency::Quarterly,
    };
    // from the day before, so that the book's date is one if it is an end
    let mut days = anchor.line(frequency, -1, end);
    days.retain(|day| *day >= 0);
    days
}

/// The day on which a decision settles: `lead` later, rolled to the next business day. A decision settles after the day on which
/// its trigger is read; one that is made by date without a lead settles on that date.
pub fn settlement_day(
    anchor: Anchor,
    action: &Action,
    business: Option<&BusinessCalendar>,
    decided: Day,
) -> Option<Day> {
    let date = anchor.date_of(decided)?;
    let due = match action.lead {
        Some(lead) => lead.after(date).ok()?,
        None => date,
    };
    let same_day = action.on_date.is_some() && action.when.is_none() && decided > 0;
    let earliest = if same_day { decided } else { decided + 1 };
    let due = due.max(anchor.date_of(earliest)?);
    let settled = match business {
        Some(calendar) => calendar.following(due).ok()?,
        None => due,
    };
    Some(settled.days_since(anchor.date))
}

/// The days up to `end` on which a hedging programme is rebalanced: `every` so often from the book's date on, without that date,
/// each rolled to the next business day.
pub fn rebalancing_days(
    anchor: Anchor,
    every: Tenor,
    business: Option<&BusinessCalendar>,
    end: Day,
) -> Vec<Day> {
    let mut days = Vec::new();
    for count in 1.. {
        let due = every
            .times(count)
            .and_then(|term| anchor.day(&Point::Tenor(term)));
        let Some(due) = due.filter(|day| *day <= end && *day > 0) else {
            break;
        };
        let rolled = match business {
            Some(calendar) => anchor
                .date_of(due)
                .and_then(|date| calendar.following(date).ok()),
            None => anchor.date_of(due),
        };
        days.extend(
            rolled
                .map(|date| date.days_since(anchor.date))
                .filter(|day| *day <= end),
        );
    }
    days.dedup();
    days
}

/// The days on which the secured deals of an action that settled on a day are made anew, each a business day.
pub fn rolled_days(
    anchor: Anchor,
    action: &Action,
    business: Option<&BusinessCalendar>,
    settled: Day,
    end: Day,
) -> Vec<Day> {
    let mut days = Vec::new();
    for deed in &action.deeds {
        let term = match &deed.verb {
            Verb::Repo {
                term, roll: true, ..
            }
            | Verb::ReverseRepo {
                term, roll: true, ..
            } => *term,
            _ => continue,
        };
        let mut day = settled;
        while let Some(due) = anchor.date_of(day).and_then(|date| term.after(date).ok()) {
            let due = match business {
                Some(calendar) => calendar.following(due).ok(),
                None => Some(due),
            };
            let Some(next) = due.map(|due| due.days_since(anchor.date)) else {
                break;
            };
            if next > end || next <= day {
                break;
            }
            days.push(next);
            day = next;
        }
    }
    days
}
