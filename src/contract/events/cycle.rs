//! Cycles, `P1ML0`, and the schedules that they make.

use super::Moment;
use crate::calendar::{Date, Tenor, schedule_date};

/// What becomes of a last period that is shorter than the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stub {
    /// It joins the one before: a long last period.
    Long,
    /// It stands on its own.
    Short,
}

/// A step between dates and its stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The step; longer than nothing.
    pub step: Tenor,
    /// The last period.
    pub stub: Stub,
}

/// Reads a period of ISO 8601, in days and weeks or in months, quarters, half-years and years: `P31D`, `P1Y6M`.
pub fn parse_period(text: &str) -> Option<Tenor> {
    let body = text.trim().strip_prefix('P')?;
    let (mut months, mut days) = (0i32, 0i32);
    let (mut count, mut digits, mut parts) = (0i32, 0, 0);
    for c in body.chars() {
        if let Some(digit) = c.to_digit(10) {
            count = count.checked_mul(10)?.checked_add(digit as i32)?;
            digits += 1;
            continue;
        }
        let (sum, factor) = match c {
            'Y' => (&mut months, 12),
            'H' => (&mut months, 6),
            'Q' => (&mut months, 3),
            'M' => (&mut months, 1),
            'W' => (&mut days, 7),
            'D' => (&mut days, 1),
            _ => return None,
        };
        if digits == 0 {
            return None;
        }
        *sum = sum.checked_add(count.checked_mul(factor)?)?;
        (count, digits) = (0, 0);
        parts += 1;
    }
    match (months, days) {
        _ if digits > 0 || parts == 0 => None,
        (0, days) => Some(Tenor::days(days)),
        (months, 0) => Some(Tenor::months(months)),
        _ => None,
    }
}

impl Cycle {
    /// Reads a cycle: a period with the stub `L0` (long) or `L1` (short); without one the stub is short.
    pub fn parse(text: &str) -> Option<Cycle> {
        let text = text.trim();
        let (period, stub) = match text.split_once('L') {
            Some((period, "0")) => (period, Stub::Long),
            Some((period, "1")) => (period, Stub::Short),
            Some(_) => return None,
            None => (text, Stub::Short),
        };
        let step = parse_period(period)?;
        step.is_positive().then_some(Cycle { step, stub })
    }
}

/// An anchor, maybe a cycle, and whether month ends beget month ends.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From where all dates are counted.
    pub anchor: Moment,
    /// The cycle; without one the anchor is the only date.
    pub cycle: Option<Cycle>,
    /// With an anchor on a month end, a cycle of months goes from month end to month end.
    pub month_end: bool,
    /// The first date is one cycle after the anchor, not the anchor.
    pub after_anchor: bool,
    /// The anchor is the contract's own, not the day of its initial exchange.
    pub anchored: bool,
}

impl Run {
    /// One date.
    pub const fn once(anchor: Moment) -> Run {
        Run {
            anchor,
            cycle: None,
            month_end: false,
            after_anchor: false,
            anchored: true,
        }
    }

    /// The date `k` steps from the anchor; `None` beyond the calendar's range.
    pub fn date(&self, k: i32) -> Option<Moment> {
        let Some(cycle) = self.cycle else {
            return (k == 0).then_some(self.anchor);
        };
        let day: Date = self.anchor.day;
        let ends = self.month_end && day.is_month_end();
        let day = schedule_date(day, cycle.step, k, ends).ok()?;
        Some(self.anchor.on(day))
    }

    /// All dates before the end, and the end itself if it is asked for. A long stub takes away the last date before an end
    /// that is no date of the cycle.
    pub fn dates(&self, end: Moment, with_end: bool) -> Vec<Moment> {
        let (mut dates, mut on_cycle) = (Vec::new(), false);
        let mut k = i32::from(self.after_anchor && self.cycle.is_some());
        while let Some(date) = self.date(k) {
            if date >= end {
                on_cycle = date == end;
                break;
            }
            dates.push(date);
            k += 1;
        }
        let long = self.cycle.is_some_and(|cycle| cycle.stub == Stub::Long);
        let members = dates.len() + usize::from(with_end);
        if long && !on_cycle && members > 2 {
            dates.pop();
        }
        if with_end {
            dates.push(end);
        }
        dates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(anchor: &str, cycle: &str, end: &str, with_end: bool, month_end: bool) -> String {
        let run = Run {
            anchor: Moment::parse(anchor).unwrap(),
            cycle: Cycle::parse(cycle),
            month_end,
            after_anchor: false,
            anchored: true,
        };
        let dates = run.dates(Moment::parse(end).unwrap(), with_end);
        let dates: Vec<String> = dates.iter().map(|d| d.day.to_string()).collect();
        dates.join(" ")
    }

    #[test]
    fn stubs_and_month_ends() {
        for (anchor, cycle, end, with_end, month_end, want) in [
            (
                "2013-01-31",
                "P1ML1",
                "2013-04-15",
                true,
                false,
                "2013-01-31 2013-02-28 2013-03-31 2013-04-15",
            ),
            (
                "2013-01-31",
                "P1ML0",
                "2013-04-15",
                true,
                false,
                "2013-01-31 2013-02-28 2013-04-15",
            ),
            (
                "2013-01-31",
                "P1ML0",
                "2013-03-31",
                true,
                false,
                "2013-01-31 2013-02-28 2013-03-31",
            ),
            (
                "2013-02-28",
                "P1ML1",
                "2013-04-30",
                false,
                true,
                "2013-02-28 2013-03-31",
            ),
            (
                "2013-02-28",
                "P2WL1",
                "2013-03-20",
                false,
                true,
                "2013-02-28 2013-03-14",
            ),
            (
                "2013-02-01",
                "",
                "2013-03-20",
                true,
                false,
                "2013-02-01 2013-03-20",
            ),
            ("2013-03-20", "P1ML0", "2013-03-20", false, false, ""),
        ] {
            assert_eq!(dates(anchor, cycle, end, with_end, month_end), want);
        }
        for text in ["P0DL1", "1ML0", "P1M1DL0", "PML0", "P1ML2", "P1", "P"] {
            assert_eq!(Cycle::parse(text), None, "{text}");
        }
        assert_eq!(parse_period("P0D"), Some(Tenor::days(0)));
        assert_eq!(parse_period("P1Q"), Some(Tenor::months(3)));
    }
}
