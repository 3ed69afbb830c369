//! A contract on its way: what is carried of it today.

use std::rc::Rc;

use chrono::{Days, NaiveDate};

use crate::contract::{Course, Terms};
use crate::number::{divided, share};
use crate::premium::Premium;

/// One contract on its way. Amounts in quanta, accrued interest in thousandths of a quantum, shares at 1e-15.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Its instrument.
    pub name: &'static str,
    pub id: String,
    pub asset: bool,
    pub currency: &'static str,
    pub segment: &'static str,
    pub margin: i128,
    /// Months.
    pub term: i32,
    pub floor: Option<i128>,
    /// Its place among the lines of the book; of what actions bring none.
    pub line: Option<usize>,
    pub terms: Rc<Terms>,
    pub course: Rc<Course>,
    /// Day of birth; `None`: of the opening book.
    pub born: Option<i64>,
    pub nominal: i128,
    pub accrued: i128,
    /// Unamortised premium (+) or discount (-).
    pub premium: i128,
    pub amortising: Option<Premium>,
    pub fair: i128,
    pub accounting: &'static str,
    /// Clean market price at the opening, in basis points of the nominal.
    pub price: Option<i64>,
    /// Over the curve, a year, so that the price is met.
    pub spread: f64,
    /// Of hazards, of decay, of shocks, of what actions left.
    pub hazards: i128,
    pub decay: i128,
    pub shocks: i128,
    pub kept: i128,
    /// All of them together.
    pub factor: i128,
    /// The last day on which hazards acted.
    pub acted: i64,
}

impl Deal {
    pub fn sign(&self) -> i128 {
        if self.asset { 1 } else { -1 }
    }

    pub fn is_at_fair_value(&self) -> bool {
        matches!(self.accounting, "fvoci" | "fvtpl")
    }

    /// The premium of the whole contract on a day.
    pub fn contractual_premium(&self, day: NaiveDate) -> i128 {
        self.amortising
            .as_ref()
            .map_or(0, |premium| premium.at(&self.course, day))
    }

    /// What survival, shocks and actions leave of it together.
    pub fn left(&self) -> i128 {
        share(
            share(self.shocks, self.kept),
            share(self.hazards, self.decay),
        )
    }

    /// What it is carried at without accrued interest.
    pub fn carried(&self) -> i128 {
        self.nominal + self.premium + self.fair
    }

    /// Flows of the whole contract after a day, by days after it.
    pub fn flows_after(&self, day: NaiveDate) -> Vec<(i64, i128)> {
        let after = self.course.payments.iter().filter(|p| p.paid > day);
        after
            .map(|p| ((p.paid - day).num_days(), p.principal + p.interest))
            .collect()
    }

    /// What is due and accrued on a day of the whole contract, in quanta.
    pub fn accrued_on(&self, day: NaiveDate) -> i128 {
        divided(self.course.accrued(day), 1_000)
    }
}

pub fn day_after(date: NaiveDate, day: i64) -> NaiveDate {
    date + Days::new(day.unsigned_abs())
}
