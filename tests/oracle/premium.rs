//! Premium and discount by the effective rate.

use chrono::NaiveDate;

use crate::contract::Course;
use crate::number::divided;

/// The effective rate of a contract that is carried at another amount than its nominal.
#[derive(Clone, Debug)]
pub struct Premium {
    /// Logarithm of the yearly growth of what is carried.
    rate: f64,
    /// The last day of a flow.
    last: NaiveDate,
}

/// The rate, continuous, at which flows (days, amount) are worth an amount: bisection.
pub fn rate_of(flows: &[(i64, i128)], worth: f64) -> f64 {
    let value = |rate: f64| -> f64 {
        flows
            .iter()
            .map(|(days, amount)| *amount as f64 * libm::exp(-rate * *days as f64 / 365.0))
            .sum()
    };
    let (mut low, mut high) = (-3.0, 10.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if value(middle) > worth {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

impl Premium {
    /// Of a course that is carried with a premium on a day.
    pub fn new(course: &Course, day: NaiveDate, premium: i128) -> Self {
        let flows: Vec<(i64, i128)> = course
            .payments
            .iter()
            .filter(|p| p.paid > day)
            .map(|p| ((p.paid - day).num_days(), p.principal + p.interest))
            .collect();
        let worth = (course.balance(day) + premium) as f64 + course.accrued(day) as f64 / 1_000.0;
        Self {
            rate: rate_of(&flows, worth),
            last: course.payments.iter().map(|p| p.paid).max().unwrap(),
        }
    }

    /// What is left of it on a day.
    pub fn at(&self, course: &Course, day: NaiveDate) -> i128 {
        if day >= self.last {
            return 0;
        }
        let carried: f64 = course
            .payments
            .iter()
            .filter(|p| p.paid > day)
            .map(|p| {
                (p.principal + p.interest) as f64
                    * libm::exp(-self.rate * (p.paid - day).num_days() as f64 / 365.0)
            })
            .sum();
        let clean = course.balance(day) + divided(course.accrued(day), 1_000);
        libm::rint(carried - clean as f64) as i128
    }
}
