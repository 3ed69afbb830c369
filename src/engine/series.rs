//! Amounts by day, sparse, with prefix sums: a window is two look-ups.

/// A day as an index: days after the book's date, which is day 0. Days before it are negative.
pub type Day = i32;

/// An amount in quanta of its currency, exact. Positive on both sides of the balance sheet.
pub type Amount = i128;

/// Dated amounts, summed by day. Immutable once made; the order in which amounts were added leaves no trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    days: Vec<Day>,
    /// The sum of all amounts up to and including the day at the same place.
    sums: Vec<Amount>,
}

impl Series {
    /// Sums amounts by day. `None` where a sum overflows.
    pub fn from_amounts(mut amounts: Vec<(Day, Amount)>) -> Option<Self> {
        amounts.sort_unstable_by_key(|(day, _)| *day);
        let mut series = Self {
            days: Vec::with_capacity(amounts.len()),
            sums: Vec::with_capacity(amounts.len()),
        };
        let mut sum: Amount = 0;
        for (day, amount) in amounts {
            sum = sum.checked_add(amount)?;
            match (series.days.last(), series.sums.last_mut()) {
                (Some(last), Some(total)) if *last == day => *total = sum,
                _ => {
                    series.days.push(day);
                    series.sums.push(sum);
                }
            }
        }
        Some(series)
    }

    /// The sum of what falls on days up to and including `day`.
    pub fn through(&self, day: Day) -> Amount {
        let count = self.days.partition_point(|d| *d <= day);
        count
            .checked_sub(1)
            .and_then(|at| self.sums.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// The sum of what falls in (after, until].
    pub fn between(&self, after: Day, until: Day) -> Amount {
        if until <= after {
            0
        } else {
            self.through(until) - self.through(after)
        }
    }

    /// The sum of everything.
    pub fn total(&self) -> Amount {
        self.sums.last().copied().unwrap_or(0)
    }

    /// The last day with an amount.
    pub fn last_day(&self) -> Option<Day> {
        self.days.last().copied()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// How many days have an amount.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// What falls on days after `after`, in order.
    pub fn after(&self, after: Day) -> impl Iterator<Item = (Day, Amount)> + '_ {
        self.window(after, Day::MAX)
    }

    /// What falls in (after, until], by day, in order.
    pub fn window(&self, after: Day, until: Day) -> impl Iterator<Item = (Day, Amount)> + '_ {
        let from = self.days.partition_point(|d| *d <= after);
        let mut before = from
            .checked_sub(1)
            .and_then(|at| self.sums.get(at))
            .copied()
            .unwrap_or(0);
        self.days
            .iter()
            .zip(&self.sums)
            .skip(from)
            .take_while(move |(day, _)| **day <= until)
            .map(move |(day, sum)| {
                let amount = sum - before;
                before = *sum;
                (*day, amount)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_open_before_and_closed_after() {
        let series = Series::from_amounts(vec![(30, 5), (1, 2), (30, 1), (31, 4)]).unwrap();
        assert_eq!(series.through(0), 0);
        assert_eq!(series.between(1, 30), 6);
        assert_eq!(series.between(0, 31), 12);
        assert_eq!(
            series.window(1, 31).collect::<Vec<_>>(),
            vec![(30, 6), (31, 4)]
        );
        assert_eq!(series.total(), 12);
    }
}
