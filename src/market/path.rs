//! Paths of levels over time: a shock starts at 0, moves by legs and stays where the last one ends.

use crate::calendar::{CalendarError, Date, Tenor};

/// Legs with levels of any kind (numbers, shifts).
#[derive(Clone, Debug)]
pub struct LevelPath<L> {
    legs: Vec<PathLeg<L>>,
}

/// A leg as `plan::Leg` has it, its level computed.
#[derive(Clone, Debug)]
pub enum PathLeg<L> {
    /// `to L over T from D`; a jump without `over`.
    To {
        /// The level that is reached.
        level: L,
        /// The time that the way takes; absent: a jump.
        over: Option<Tenor>,
        /// The day on which it begins; absent: where the leg before ends.
        from: Option<Date>,
    },
    /// The level stays.
    Hold(Tenor),
}

/// Between two levels on a day.
#[derive(Clone, Copy, Debug)]
pub struct Blend<'a, L> {
    /// The level left behind; `None`: zero.
    pub before: Option<&'a L>,
    /// The level under way to.
    pub after: &'a L,
    /// Calendar days gone.
    pub weight_units: i32,
    /// Calendar days of the leg.
    pub weight_of: i32,
}

impl<L> Blend<'_, L> {
    /// How much of the way is gone, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.weight_of <= 0 {
            1.0
        } else {
            f64::from(self.weight_units) / f64::from(self.weight_of)
        }
    }
}

impl<L> LevelPath<L> {
    /// A path of the legs in their order.
    pub fn new(legs: Vec<PathLeg<L>>) -> Self {
        Self { legs }
    }

    /// The legs.
    pub fn legs(&self) -> &[PathLeg<L>] {
        &self.legs
    }

    /// Where the path stands on `day` if the scenario struck on `strike`; `None`: nothing has begun, the level is zero.
    pub fn blend(&self, strike: Date, day: Date) -> Option<Blend<'_, L>> {
        self.walk(strike, day).ok().flatten()
    }

    fn walk(&self, strike: Date, day: Date) -> Result<Option<Blend<'_, L>>, CalendarError> {
        let mut clock = strike;
        let mut level: Option<&L> = None;
        let mut standing: Option<Blend<'_, L>> = None;
        for leg in &self.legs {
            match leg {
                PathLeg::Hold(tenor) => clock = tenor.after(clock)?,
                PathLeg::To {
                    level: target,
                    over,
                    from,
                } => {
                    let start = from.map_or(clock, |date| date.max(strike));
                    if day < start {
                        return Ok(standing);
                    }
                    let end = match over {
                        Some(tenor) => tenor.after(start)?,
                        None => start,
                    };
                    if day < end {
                        return Ok(Some(Blend {
                            before: level,
                            after: target,
                            weight_units: day.days_since(start),
                            weight_of: end.days_since(start),
                        }));
                    }
                    level = Some(target);
                    standing = Some(Blend {
                        before: None,
                        after: target,
                        weight_units: 1,
                        weight_of: 1,
                    });
                    clock = end;
                }
            }
        }
        Ok(standing)
    }

    /// The days on which the path turns: starts and ends of its legs, for the event calendar.
    pub fn turning_days(&self, strike: Date) -> Vec<Date> {
        let mut days = Vec::new();
        let mut clock = strike;
        for leg in &self.legs {
            match leg {
                PathLeg::Hold(tenor) => clock = tenor.after(clock).unwrap_or(clock),
                PathLeg::To { over, from, .. } => {
                    let start = from.map_or(clock, |date| date.max(strike));
                    days.push(start);
                    clock = over.map_or(start, |tenor| tenor.after(start).unwrap_or(start));
                    days.push(clock);
                }
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn legs_are_levels_and_linear_by_calendar_days() {
        // to 12% over 30d, then to 27% over 5M
        let path = LevelPath::new(vec![
            PathLeg::To {
                level: 0.12,
                over: Some(Tenor::days(30)),
                from: None,
            },
            PathLeg::To {
                level: 0.27,
                over: Some(Tenor::months(5)),
                from: None,
            },
        ]);
        let strike = day("2026-09-30");
        let level = |text: &str| {
            path.blend(strike, day(text)).map_or(0.0, |blend| {
                let before = blend.before.copied().unwrap_or(0.0);
                before + (blend.after - before) * blend.share()
            })
        };
        assert_eq!(level("2026-09-30"), 0.0);
        assert!((level("2026-10-15") - 0.06).abs() < 1e-15);
        assert_eq!(level("2026-10-30"), 0.12);
        assert_eq!(level("2027-03-30"), 0.27);
        assert_eq!(level("2030-01-01"), 0.27);
    }

    #[test]
    fn a_bare_level_jumps_at_once_and_a_dated_one_waits() {
        let at_once = LevelPath::new(vec![PathLeg::To {
            level: 1.0,
            over: None,
            from: None,
        }]);
        assert!(
            at_once
                .blend(day("2026-09-30"), day("2026-09-30"))
                .is_some()
        );
        let later = LevelPath::new(vec![PathLeg::To {
            level: 1.0,
            over: None,
            from: Some(day("2026-10-15")),
        }]);
        assert!(later.blend(day("2026-09-30"), day("2026-10-14")).is_none());
        assert!(later.blend(day("2026-09-30"), day("2026-10-15")).is_some());
    }
}
