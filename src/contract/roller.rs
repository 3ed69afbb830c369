//! When what is due is paid.

use crate::calendar::{BusinessCalendar, CalendarError, Date, Roll};

/// Paid days of due days, remembered.
pub(super) struct Roller<'a> {
    calendar: &'a BusinessCalendar,
    roll: Roll,
    valuation: Date,
    /// By days after the valuation day; 0 = not yet looked up, else paid - due + OFFSET.
    known: Vec<i16>,
}

const OFFSET: i32 = 10_000;

impl<'a> Roller<'a> {
    pub fn new(calendar: &'a BusinessCalendar, roll: Roll, valuation: Date) -> Roller<'a> {
        Roller {
            calendar,
            roll,
            valuation,
            known: Vec::new(),
        }
    }

    /// The valuation day, on or before which nothing is paid.
    pub fn valuation(&self) -> Date {
        self.valuation
    }

    /// The paid day. A day that rolls back to the valuation day or before is still owed, so it is paid on the first business
    /// day after.
    pub fn paid(&mut self, due: Date) -> Result<Date, CalendarError> {
        if self.roll == Roll::None || *self.calendar == BusinessCalendar::None {
            return Ok(due);
        }
        let place = usize::try_from(due - self.valuation).map_err(|_| CalendarError::OutOfRange)?;
        if place >= self.known.len() {
            self.known.resize(place + 1, 0);
        }
        if let Some(known) = self.known.get(place)
            && *known != 0
        {
            return due.add_days(i32::from(*known) - OFFSET);
        }
        let rolled = self.calendar.roll(due, self.roll)?;
        let paid = if rolled > self.valuation {
            rolled
        } else {
            self.calendar.following(self.valuation.add_days(1)?)?
        };
        if let (Some(slot), Ok(shift)) = (
            self.known.get_mut(place),
            i16::try_from(paid - due + OFFSET),
        ) {
            *slot = shift;
        }
        Ok(paid)
    }
}
