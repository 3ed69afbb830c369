//! How days that are no business days are rolled, and whether interest counts to the rolled day.

use super::Moment;
use crate::calendar::{BusinessCalendar, CalendarError};

/// To which business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Following,
    Preceding,
}

/// The business-day convention of a contract.
#[derive(Clone, Debug, Default)]
pub struct RollConvention {
    calendar: BusinessCalendar,
    direction: Option<Direction>,
    /// Not across the end of a month.
    modified: bool,
    /// Shift, then calculate: interest counts to the rolled day.
    shifts_first: bool,
}

impl RollConvention {
    /// Reads `SCF CSMP NOS NULL…`: calculation first (`CS`) or shift first (`SC`), then `F MF P MP`.
    pub fn parse(text: &str, calendar: BusinessCalendar) -> Option<RollConvention> {
        let none = RollConvention {
            calendar,
            ..RollConvention::default()
        };
        if matches!(text, "" | "NOS" | "NULL") {
            return Some(none);
        }
        let (shifts_first, rest) = match (text.strip_prefix("SC"), text.strip_prefix("CS")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return None,
        };
        let (direction, modified) = match rest {
            "F" => (Direction::Following, false),
            "MF" => (Direction::Following, true),
            "P" => (Direction::Preceding, false),
            "MP" => (Direction::Preceding, true),
            _ => return None,
        };
        Some(RollConvention {
            direction: Some(direction),
            modified,
            shifts_first,
            ..none
        })
    }

    /// The rolled instant: when an event of the schedule happens.
    pub fn shift(&self, moment: Moment) -> Result<Moment, CalendarError> {
        let Some(direction) = self.direction else {
            return Ok(moment);
        };
        let roll = |direction| match direction {
            Direction::Following => self.calendar.following(moment.day),
            Direction::Preceding => self.calendar.preceding(moment.day),
        };
        let mut day = roll(direction)?;
        if self.modified && (day.year(), day.month()) != (moment.day.year(), moment.day.month()) {
            day = roll(match direction {
                Direction::Following => Direction::Preceding,
                Direction::Preceding => Direction::Following,
            })?;
        }
        Ok(moment.on(day))
    }

    /// The instant that year fractions count to: rolled where the shift comes first.
    pub fn calculated(&self, moment: Moment) -> Moment {
        if self.shifts_first {
            self.shift(moment).unwrap_or(moment)
        } else {
            moment
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modified_stays_in_the_month() {
        for (text, day, shifted, calculated) in [
            ("SCF", "2013-03-30", "2013-04-01", "2013-04-01"),
            ("CSMF", "2013-03-30", "2013-03-29", "2013-03-30"),
            ("SCP", "2013-06-01", "2013-05-31", "2013-05-31"),
            ("CSMP", "2013-06-01", "2013-06-03", "2013-06-01"),
            ("NULL", "2013-06-01", "2013-06-01", "2013-06-01"),
        ] {
            let roll = RollConvention::parse(text, BusinessCalendar::Weekends).unwrap();
            let moment = Moment::parse(day).unwrap();
            assert_eq!(roll.shift(moment).unwrap().day.to_string(), shifted);
            assert_eq!(roll.calculated(moment).day.to_string(), calculated);
        }
        assert!(RollConvention::parse("SCX", BusinessCalendar::None).is_none());
    }
}
