//! The event calendar: the days on which the loop stops, from the text alone, before anything is projected.

use super::action_calendar::{observation_days, rebalancing_days, rolled_days, settlement_day};
use super::series::Day;
use super::state::EventCalendar;
use crate::calendar::{BusinessCalendar, Date, Period, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Action, CalendarLine, Exercise, Frequency, Point};
use std::collections::BTreeSet;

/// What the loop must stop for, besides the calendars of the exercise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// A behaviour acts on month ends.
    pub month_ends: bool,
    /// A behaviour acts each day.
    pub daily: bool,
    /// Days on which something strikes, such as the day after a jump on the book's date.
    pub days: Vec<Day>,
    /// Actions that are armed: the loop stops to read their triggers, and to settle.
    pub actions: Vec<Action>,
    /// How often each hedging programme is rebalanced.
    pub hedges: Vec<Tenor>,
    /// The business days on which actions settle.
    pub business: Option<BusinessCalendar>,
}

/// Resolves points of an exercise to days.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    /// The book's date.
    pub date: Date,
    /// The last contractual payment of the opening book.
    pub last_payment: Day,
}

impl Anchor {
    /// The day of a point; `None` for `end` and `previous`, which the calendar knows.
    pub fn day(self, point: &Point) -> Option<Day> {
        match point {
            Point::Date(date) => Some(*date - self.date),
            Point::Tenor(tenor) => tenor.point_after(self.date).ok().map(|day| day - self.date),
            Point::Start | Point::Shocked => Some(0),
            Point::Maturity => Some(self.last_payment.max(0)),
            Point::Previous | Point::End => None,
        }
    }

    /// The date of a day.
    pub fn date_of(self, day: Day) -> Option<Date> {
        self.date.add_days(day).ok()
    }

    /// The ends of calendar periods after `after`, up to and including `until`.
    fn period_ends(self, period: Period, after: Day, until: Day) -> Vec<Day> {
        let mut days = Vec::new();
        let mut day = after + 1;
        while day <= until {
            let Some(end) = self
                .date_of(day)
                .and_then(|date| period.end_of(date).ok())
                .map(|end| end - self.date)
            else {
                break;
            };
            if end > until {
                break;
            }
            days.push(end);
            day = end + 1;
        }
        days
    }

    /// Month ends after `after`, up to and including `until`.
    pub fn month_ends(self, after: Day, until: Day) -> Vec<Day> {
        self.period_ends(Period::Month, after, until)
    }

    pub(super) fn line(self, frequency: Frequency, after: Day, until: Day) -> Vec<Day> {
        match frequency {
            Frequency::Daily => (after + 1..=until).collect(),
            Frequency::Weekly => (after + 1..=until).filter(|day| day % 7 == 0).collect(),
            Frequency::Monthly => self.period_ends(Period::Month, after, until),
            Frequency::Quarterly => self.period_ends(Period::Quarter, after, until),
            Frequency::Yearly => self.period_ends(Period::Year, after, until),
        }
    }

    /// The days of calendar lines, each from the end of the one before; the last goes on to `end`.
    fn lines(self, lines: &[CalendarLine], end: Option<Day>) -> BTreeSet<Day> {
        let mut days = BTreeSet::from([0]);
        let mut after = 0;
        for (at, line) in lines.iter().enumerate() {
            let until = self.day(&line.until).or(end).unwrap_or(after);
            let last = at + 1 == lines.len();
            let until = if last {
                until.max(end.unwrap_or(until))
            } else {
                until
            };
            days.extend(self.line(line.frequency, after, until));
            after = after.max(until);
        }
        days
    }
}

/// The calendar of an exercise.
///
/// # Errors
/// A reported day, or one that a formula names, on which the plug is not struck.
pub fn event_calendar(
    exercise: &Exercise,
    last_payment: Day,
    demand: &Demand,
) -> Result<EventCalendar, Vec<Diagnostic>> {
    let anchor = Anchor {
        date: exercise.book.date,
        last_payment,
    };
    let named: BTreeSet<Day> = exercise
        .named_points
        .iter()
        .filter_map(|point| anchor.day(point))
        .filter(|day| *day >= 0)
        .collect();
    let end = exercise
        .settle
        .iter()
        .chain(&exercise.step)
        .filter_map(|line| anchor.day(&line.until))
        .chain(named.iter().copied())
        .max()
        .unwrap_or(0);
    let step = anchor.lines(&exercise.step, None);
    let mut cash = anchor.lines(&exercise.settle, Some(end));
    if exercise.settle.is_empty() {
        cash.extend(step.iter().chain(&named));
    } else {
        cash.insert(end);
    }
    // a day that a formula names is looked for by the formula, which says where it stands
    if let Some(day) = step.difference(&cash).next() {
        let day = *day;
        let holds = |line: &&CalendarLine| anchor.day(&line.until).is_none_or(|end| day <= end);
        let lines = exercise.step.iter();
        let line = lines.clone().find(holds).or(lines.last());
        return Err(vec![off_calendar(anchor, &cash, day, line)]);
    }
    let month_ends: BTreeSet<Day> = anchor.month_ends(0, end).into_iter().collect();
    let mut days = cash.clone();
    if demand.month_ends {
        days.extend(&month_ends);
    }
    if demand.daily {
        days.extend(0..=end);
    }
    days.extend(demand.days.iter().filter(|day| (0..=end).contains(*day)));
    let before_actions = days.clone();
    let business = demand.business.as_ref();
    for every in &demand.hedges {
        days.extend(rebalancing_days(anchor, *every, business, end));
    }
    for action in &demand.actions {
        for decided in observation_days(anchor, action, end) {
            days.insert(decided);
            let settles = settlement_day(anchor, action, business, decided);
            if let Some(settled) = settles.filter(|day| (1..=end).contains(day)) {
                days.insert(settled);
                days.extend(rolled_days(anchor, action, business, settled, end));
            }
        }
    }
    let days: Vec<Day> = days.into_iter().collect();
    Ok(EventCalendar {
        is_for_actions: days
            .iter()
            .map(|day| !before_actions.contains(day))
            .collect(),
        is_cash: days.iter().map(|day| cash.contains(day)).collect(),
        is_step: days.iter().map(|day| step.contains(day)).collect(),
        is_month_end: days.iter().map(|day| month_ends.contains(day)).collect(),
        days,
    })
}

fn off_calendar(
    anchor: Anchor,
    cash: &BTreeSet<Day>,
    day: Day,
    line: Option<&CalendarLine>,
) -> Diagnostic {
    let date = |day: Day| {
        anchor
            .date_of(day)
            .map_or_else(|| format!("day {day}"), |date| date.to_string())
    };
    let mut diagnostic = Diagnostic::error(
        codes::run::OFF_CASH_CALENDAR,
        format!(
            "{} is a reported day, but cash is not settled on it",
            date(day)
        ),
    )
    .help("write `settle daily`, or `step` by days on which cash is settled");
    if let Some(before) = cash.range(..day).next_back() {
        diagnostic = diagnostic.note(format!(
            "the day before in the cash calendar is {}",
            date(*before)
        ));
    }
    if let Some(after) = cash.range(day..).next() {
        diagnostic = diagnostic.note(format!(
            "the day after in the cash calendar is {}",
            date(*after)
        ));
    }
    match line.and_then(|line| line.origin.span) {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor() -> Anchor {
        Anchor {
            date: "2026-09-30".parse().unwrap(),
            last_payment: 3653,
        }
    }

    fn line(frequency: Frequency, until: &str) -> CalendarLine {
        CalendarLine {
            frequency,
            until: Point::Tenor(until.parse().unwrap()),
            origin: Default::default(),
        }
    }

    #[test]
    fn each_line_goes_on_from_the_one_before() {
        let lines = [line(Frequency::Daily, "3d"), line(Frequency::Monthly, "3M")];
        let days: Vec<Day> = anchor().lines(&lines, None).into_iter().collect();
        assert_eq!(days, vec![0, 1, 2, 3, 31, 61, 92]);
        let days: Vec<Day> = anchor().lines(&lines, Some(123)).into_iter().collect();
        assert_eq!(days, vec![0, 1, 2, 3, 31, 61, 92, 123]);
    }

    #[test]
    fn months_of_a_month_end_are_month_ends() {
        assert_eq!(anchor().day(&Point::Tenor("3M".parse().unwrap())), Some(92));
        assert_eq!(anchor().month_ends(0, 92), vec![31, 61, 92]);
    }
}
