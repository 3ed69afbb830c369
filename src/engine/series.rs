//! Amounts by day, sparse, with prefix sums: a window is two look-ups.

/// A day as an index: days after the book's date, which is day 0. Days before it are negative.
pub type Day = i32;

/// An amount in quanta of its currency, exact. Positive on both sides of the balance sheet.
pub type Amount = i128;

/// An entry of a list in order of its days.
pub trait Dated {
    /// Its day.
    fn day(&self) -> Day;
}

impl Dated for Day {
    #[inline(always)]
    fn day(&self) -> Day {
        *self
    }
}

impl<T> Dated for (Day, T) {
    #[inline(always)]
    fn day(&self) -> Day {
        self.0
    }
}

/// How many entries of an ascending list stand on or before a day. Payments come at even distances, so the place is guessed from
/// the ends of the list and mended from there; where the guess is far off, the list is halved.
#[inline]
pub fn place_after<T: Dated>(list: &[T], day: Day) -> usize {
    let (Some(first), Some(last)) = (list.first(), list.last()) else {
        return 0;
    };
    let (first, last) = (first.day(), last.day());
    if day < first {
        return 0;
    }
    if day >= last {
        return list.len();
    }
    place_between(list, (first, last), day)
}

/// The same where `first <= day < last`: the guess is inside.
#[inline]
fn place_between<T: Dated>(list: &[T], (first, last): (Day, Day), day: Day) -> usize {
    let distance = |from: Day, to: Day| i64::from(to) - i64::from(from);
    let gaps = list.len() as i64 - 1;
    let mut at = (distance(first, day) * gaps / distance(first, last)) as usize;
    for _ in 0..4 {
        match (list.get(at), list.get(at + 1)) {
            (Some(here), _) if here.day() > day => at = at.saturating_sub(1),
            (_, Some(next)) if next.day() <= day => at += 1,
            _ => return at + 1,
        }
    }
    list.partition_point(|entry| entry.day() <= day)
}

/// Dated amounts, summed by day. Immutable once made; the order in which amounts were added leaves no trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    days: Vec<Day>,
    /// The sum of all amounts up to and including the day at the same place.
    sums: Vec<Amount>,
    /// The first and the last day, at hand without a look into the list.
    ends: (Day, Day),
}

impl Series {
    /// Sums amounts by day. `None` where a sum overflows.
    pub fn from_amounts(mut amounts: Vec<(Day, Amount)>) -> Option<Self> {
        amounts.sort_unstable_by_key(|(day, _)| *day);
        let mut series = Self {
            days: Vec::with_capacity(amounts.len()),
            sums: Vec::with_capacity(amounts.len()),
            ends: (0, 0),
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
        if let (Some(first), Some(last)) = (series.days.first(), series.days.last()) {
            series.ends = (*first, *last);
        }
        Some(series)
    }

    /// How many days there are up to and including `day`.
    #[inline]
    fn place(&self, day: Day) -> usize {
        if self.days.is_empty() || day < self.ends.0 {
            0
        } else if day >= self.ends.1 {
            self.days.len()
        } else {
            place_between(&self.days, self.ends, day)
        }
    }

    /// The first day with an amount after `day`.
    pub fn next_after(&self, day: Day) -> Option<Day> {
        self.days.get(self.place(day)).copied()
    }

    /// The sum of what falls on days up to and including `day`.
    pub fn through(&self, day: Day) -> Amount {
        self.place(day)
            .checked_sub(1)
            .and_then(|at| self.sums.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// As [`Series::through`], for a series that mostly has the days of another: `place` is the other's count of days on or before
    /// `day`.
    pub fn through_beside(&self, place: usize, day: Day) -> Amount {
        let fits = place
            .checked_sub(1)
            .is_none_or(|at| self.days.get(at).is_some_and(|d| *d <= day))
            && self.days.get(place).is_none_or(|d| *d > day);
        if fits {
            place
                .checked_sub(1)
                .and_then(|at| self.sums.get(at))
                .copied()
                .unwrap_or(0)
        } else {
            self.through(day)
        }
    }

    /// How many days with an amount there are up to and including `day`, and their sum.
    pub fn counted_through(&self, day: Day) -> (usize, Amount) {
        let place = self.place(day);
        let sum = place.checked_sub(1).and_then(|at| self.sums.get(at));
        (place, sum.copied().unwrap_or(0))
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
        (!self.days.is_empty()).then_some(self.ends.1)
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
        let from = self.place(after);
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

    #[test]
    fn places_are_those_of_halving() {
        let lists: [&[Day]; 5] = [
            &[],
            &[7],
            &[1, 2, 3, 4, 5, 6, 7, 1_000],
            &[-1_000, 30, 60, 91, 121, 152],
            &[0, 500, 501, 502, 503, 504, 505, 506, 507, 508],
        ];
        for list in lists {
            for day in -1_002..1_002 {
                assert_eq!(
                    place_after(list, day),
                    list.partition_point(|d| *d <= day),
                    "{list:?} {day}"
                );
            }
        }
    }
}
