//! The periods of interest of a contract whose rate is compounded in arrears.

use crate::calendar::{Date, Tenor};

use super::Columns;
use super::error::Fault;
use super::timeline::{Anchor, Timeline, day_before};

impl Timeline {
    /// The first day of the period of interest that runs on the valuation day.
    pub fn period_of(
        &self,
        columns: &Columns,
        position: usize,
        valuation: Date,
        anchor: Anchor,
        every: Option<Tenor>,
    ) -> Result<Date, Fault> {
        if let Some(last) = columns.last_payment.get(position) {
            return Ok(last);
        }
        let regular = match every {
            Some(every) => day_before(anchor, every, valuation)?,
            None => valuation,
        };
        Ok(columns
            .start
            .get(position)
            .map_or(regular, |start| regular.max(start)))
    }

    /// Of an overnight rate in arrears each stretch between two events has a rate of its own, inside its period of interest.
    pub fn in_arrears(&mut self, from: Date) {
        let last = self.events.last().map_or(from, |event| event.due);
        let mut period_start = from;
        let ends: Vec<Date> = self
            .events
            .iter()
            .filter(|event| event.happens.interest)
            .map(|event| event.due)
            .collect();
        let end_after = |day: Date| ends.iter().copied().find(|end| *end > day).unwrap_or(last);
        self.opening_period = Some((from, end_after(from)));
        for event in &mut self.events {
            event.happens.reset = true;
            if event.happens.interest {
                period_start = event.due;
            }
            event.period_start = period_start;
            event.period_end = end_after(event.due);
        }
    }
}
