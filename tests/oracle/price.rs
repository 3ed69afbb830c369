//! What the market pays: values on the curve of a day, and the par rates that new business is struck at.

use chrono::{Months, NaiveDate};

use crate::deal::Deal;
use crate::evaluator::Evaluator;
use crate::number::ONE;
use crate::premium::rate_of;

impl Evaluator<'_> {
    /// The zero rate of a currency before any shock, the same for every term.
    pub fn unshocked(&self, currency: &str) -> f64 {
        if currency == "EUR" {
            self.world.bank.curve[0].1 as f64 / 100_000.0
        } else {
            0.035
        }
    }

    /// The zero rate of a currency in the scenario.
    pub fn zero(&self, currency: &str) -> f64 {
        let shock = if currency == "EUR" && self.is_struck {
            self.scenario.rates as f64 / 10_000.0
        } else {
            0.0
        };
        self.unshocked(currency) + shock
    }

    /// The spread at which the flows of a contract after a day are worth an amount, over a zero rate.
    pub fn spread(flows: &[(i64, i128)], worth: i128, zero: f64) -> f64 {
        rate_of(flows, worth as f64) - zero
    }

    /// The value of what is left of a deal on a day, with the interest that has accrued; quanta.
    pub fn market_value(&self, deal: &Deal, day: NaiveDate) -> i128 {
        let rate = self.zero(deal.currency) + deal.spread;
        let whole: f64 = deal
            .flows_after(day)
            .iter()
            .map(|(days, amount)| *amount as f64 * libm::exp(-rate * *days as f64 / 365.0))
            .sum();
        let shock = if deal.name == "bond" {
            1.0 + self.scenario.price as f64 / 100.0
        } else {
            1.0
        };
        libm::rint(whole * shock * deal.factor as f64 / ONE as f64) as i128
    }

    /// The par rate of a term in euro on a day, at 1e-12: yearly days counted back from the end, a short first one.
    pub fn par(&self, start: NaiveDate, end: NaiveDate) -> i128 {
        let time = |day: NaiveDate| (day - start).num_days() as f64 / 365.0;
        let discount = |day: NaiveDate| libm::exp(-self.zero("EUR") * time(day));
        let one_year = start + Months::new(12);
        let rate = if end <= one_year {
            (1.0 / discount(end) - 1.0) / time(end)
        } else {
            let days = (0..).map(|years| end - Months::new(12 * years));
            let mut days: Vec<NaiveDate> = days.take_while(|day| *day > start).collect();
            days.reverse();
            let (mut annuity, mut last) = (0.0, start);
            for day in days {
                annuity += (time(day) - time(last)) * discount(day);
                last = day;
            }
            (1.0 - discount(end)) / annuity
        };
        libm::rint(rate * 1e12) as i128
    }
}
