//! Triggers: what is decided on an observation day, when it settles, and what capacity leaves of it.

use chrono::{Datelike, Months};

use crate::contract::rolled;
use crate::evaluator::Evaluator;
use crate::number::{RATE, divided, is_month_end, share};
use crate::treasury::{Action, Leg, Size, When};

/// A line of `do` of a decision: quanta.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub asked: i128,
    pub granted: i128,
    pub filled: i128,
    pub cash: i128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub action: usize,
    pub day: i64,
    pub settles: i64,
    pub parts: Vec<Part>,
    pub is_settled: bool,
}

impl Evaluator<'_> {
    fn action(&self, at: usize) -> &Action {
        &self.world.treasury.actions[at]
    }

    /// Whether the trigger of an action is read on a day.
    fn observes(&self, action: &Action, day: i64) -> bool {
        if action.on.is_some() {
            return false;
        }
        let date = self.date(day);
        match action.observed {
            "daily" => true,
            "weekly" => day % 7 == 0,
            "month_end" => is_month_end(date),
            "quarter_end" => is_month_end(date) && date.month().is_multiple_of(3),
            other => panic!("{other}"),
        }
    }

    /// Whether any trigger is read, or anything decided, on a day.
    pub fn is_read(&self, day: i64) -> bool {
        self.scenario.allows.iter().any(|at| {
            let action = self.action(*at);
            action.on == Some(day) || self.observes(action, day)
        })
    }

    /// Whether a decision settles on a day.
    pub fn settles(&self, day: i64) -> bool {
        self.decisions.iter().any(|d| d.settles == day)
    }

    /// Cash of all currencies in quanta of euro over `RATE`.
    fn all_cash(&self) -> i128 {
        let books = self.books.iter();
        books.map(|(c, b)| b.cash * self.rate(c)).sum()
    }

    /// Euro for one unit of a currency today, at 1e-12.
    pub fn rate(&self, currency: &str) -> i128 {
        if currency == "EUR" {
            return RATE;
        }
        let (to, over) = if self.is_struck {
            self.scenario.dollar
        } else {
            (0, 0)
        };
        let past = i128::from(self.day(self.today).min(over));
        let (part, whole) = if over == 0 {
            (1, 1)
        } else {
            (past, i128::from(over))
        };
        divided(
            9_214 * (100 * whole + i128::from(to) * part) * RATE,
            10_000 * 100 * whole,
        )
    }

    /// Free bonds and cash over what is due in thirty days and a tenth of what is callable: both in tenths of a quantum over `RATE`.
    pub fn cover(&self, day: i64) -> (i128, i128) {
        let date = self.date(day);
        let until = date + chrono::Days::new(30);
        let mut above = self.all_cash() * 10;
        let mut below = 1_000 * 10_000 * 10 * RATE;
        for (at, deal) in self.deals.iter().enumerate() {
            let rate = self.rate(deal.currency);
            if deal.name == "bond" {
                above += self.free_value(at) * rate * 10;
            }
            if deal.asset {
                continue;
            }
            if deal.name == "sight" {
                below += deal.nominal * rate;
                continue;
            }
            let inside = deal.course.payments.iter();
            let due = inside
                .filter(|p| p.paid > date && p.paid <= until)
                .map(|p| p.principal)
                .sum();
            below += share(deal.factor, due) * rate * 10;
        }
        for (currency, books) in &self.books {
            // the plug is due tomorrow, unmet need on demand
            below += (books.plug * 10 + books.unmet) * self.rate(currency);
        }
        (above, below)
    }

    fn holds(&self, when: When, day: i64) -> bool {
        let money = |cents: i64| i128::from(cents) * 100 * RATE;
        match when {
            When::CashBelow(cents) => self.all_cash() < money(cents),
            When::CashAbove(cents) => self.all_cash() >= money(cents),
            When::CoverBelow(percent) => {
                let (above, below) = self.cover(day);
                above * 100 < below * i128::from(percent)
            }
            When::CoverAbove(percent) => {
                let (above, below) = self.cover(day);
                above * 100 >= below * i128::from(percent)
            }
            When::Unmet => self.books.values().any(|books| books.unmet > 0),
        }
    }

    /// Reads the triggers of a day, in the order of `allow`.
    pub fn decide(&mut self, day: i64) {
        for at in self.scenario.allows.clone() {
            let action = self.action(at).clone();
            if action.on == Some(day) && self.settlement(&action, day) != day {
                self.consider(at, day);
            }
            if !self.observes(&action, day) {
                continue;
            }
            // after a decision: not before the other condition was true
            if let Some(again) = action.again {
                if self.waiting.contains(&at) && self.holds(again, day) {
                    self.waiting.remove(&at);
                }
                if self.waiting.contains(&at) {
                    continue;
                }
            }
            if self.holds(action.when, day) {
                self.consider(at, day);
            }
        }
    }

    /// What is decided by its date and settles on it.
    pub fn decide_by_date(&mut self, day: i64) {
        for at in self.scenario.allows.clone() {
            let action = self.action(at);
            if action.on == Some(day) && self.settlement(action, day) == day {
                self.consider(at, day);
            }
        }
    }

    fn consider(&mut self, at: usize, day: i64) {
        let action = self.action(at).clone();
        let earlier = || self.decisions.iter().filter(|d| d.action == at);
        if action.times.is_some_and(|times| earlier().count() >= times) {
            return;
        }
        if let (Some(months), Some(last)) = (action.apart, earlier().next_back())
            && self.date(day) < self.date(last.day) + Months::new(months)
        {
            return;
        }
        if !action.available {
            return;
        }
        let settles = self.settlement(&action, day);
        let mut room = action.capacity.map(|cents| {
            let quarter = |day: i64| (self.date(day).year(), self.date(day).month0() / 3);
            let used: i128 = self
                .decisions
                .iter()
                .filter(|d| d.action == at && quarter(d.settles) == quarter(settles))
                .flat_map(|d| {
                    d.parts
                        .iter()
                        .map(|p| if d.is_settled { p.filled } else { p.granted })
                })
                .sum();
            (i128::from(cents) * 100 - used).max(0)
        });
        let mut parts = Vec::new();
        for leg in &action.legs {
            let asked = self.asked(leg);
            let granted = room.map_or(asked, |left| asked.min(left));
            room = room.map(|left| left - granted);
            parts.push(Part {
                asked,
                granted,
                ..Part::default()
            });
        }
        let unwinds = action.legs.iter().any(|leg| matches!(leg, Leg::Unwind(_)));
        if !unwinds && parts.iter().all(|part| part.granted == 0) {
            return;
        }
        self.waiting.insert(at);
        self.decisions.push(Decision {
            action: at,
            day,
            settles,
            parts,
            is_settled: false,
        });
    }

    /// The lead later, on a business day; after the day of a trigger, on the day of a date.
    fn settlement(&self, action: &Action, day: i64) -> i64 {
        let least = if action.on.is_some() { day } else { day + 1 };
        let due = self.date((day + action.lead).max(least));
        self.day(rolled(due, "TARGET", "following"))
    }

    fn asked(&self, leg: &Leg) -> i128 {
        let quanta = |cents: i64| i128::from(cents) * 100;
        match leg {
            Leg::Issue(_, cents)
            | Leg::Buy(_, cents)
            | Leg::BuyBack(_, cents)
            | Leg::Equity(cents)
            | Leg::Dividend(cents)
            | Leg::Tax(cents)
            | Leg::Hedge(_, cents)
            | Leg::Sell(_, Size::Nominal(cents) | Size::Proceeds(cents), _) => quanta(*cents),
            Leg::Repo(terms) | Leg::Lend(terms) => quanta(terms.cash),
            // all there is, whatever it is by then
            Leg::Unwind(_) => 0,
            Leg::IssueUpTo(_, cents) => {
                let short = quanta(*cents) * RATE - self.all_cash();
                divided(short.max(0), RATE)
            }
        }
    }
}
