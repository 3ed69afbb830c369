//! What customers do: hazards, decay, rates that follow an index, and the outflows of a shock.

use chrono::{Datelike, Months, NaiveDate};

use crate::bank::lines::{Line, Row};
use crate::deal::Deal;
use crate::evaluator::Evaluator;
use crate::number::{ONE, divided, is_month_end, month_end, share};

/// What is repaid early.
pub const PREPAID: [&str; 4] = [
    "annuity_loan",
    "bullet_loan",
    "variable_loan",
    "special_loan",
];

/// A part of a year's share that stays.
fn staying(percent: i64, part: f64) -> i128 {
    libm::rint(libm::pow(1.0 - percent as f64 / 100.0, part) * ONE as f64) as i128
}

impl Evaluator<'_> {
    /// What accounts get of the index, month end by month end: the shadow rate goes on below the floor.
    pub fn moves(&self, line: &Line, row: &Row) -> Vec<(NaiveDate, i128)> {
        let world = self.world;
        let Some(beta) = world.beta.filter(|_| world.behaves && line.name == "sight") else {
            return Vec::new();
        };
        let milli = |x: i64| i128::from(x) * 10_000_000;
        let mut shadow = milli(row.rate);
        let mut rate = shadow;
        let mut moves = Vec::new();
        for day in 1..1_300 {
            let end = self.date(day);
            if !is_month_end(end) {
                continue;
            }
            let ago = |months: u32| month_end(end - Months::new(months));
            let moved = world.index(ago(beta.lag)) - world.index(ago(beta.lag + 1));
            let part = if moved > 0 { beta.up } else { beta.down };
            shadow += divided(moved * i128::from(part), 100);
            if shadow.max(milli(beta.floor)) != rate {
                rate = shadow.max(milli(beta.floor));
                moves.push((end, rate));
            }
        }
        moves
    }

    /// Survival of a deal after a day on which the loop stops: hazards, and those of default alone.
    pub fn hazards(&self, deal: &Deal, day: i64) -> (i128, Option<i128>) {
        let world = self.world;
        let daily = deal.name == "term_deposit" && world.daily;
        let acts =
            matches!(deal.name, "linear_loan" | "term_deposit") || PREPAID.contains(&deal.name);
        let date = self.date(day);
        if !world.behaves || !acts || !(daily || is_month_end(date)) {
            return (deal.hazards, None);
        }
        // nobody is left to leave once all has been paid, though interest paid ahead may still run
        if deal.course.balance(self.date(day - 1)) == 0 {
            return (deal.hazards, None);
        }
        let before = self.date(deal.acted);
        let part = if daily {
            (day - deal.acted) as f64 / 365.0
        } else if is_month_end(before) {
            1.0 / 12.0
        } else {
            (day - deal.acted) as f64 / f64::from(date.day()) / 12.0
        };
        match deal.name {
            "linear_loan" => {
                let default = share(deal.hazards, staying(world.default, part));
                (share(default, staying(5, part)), Some(default))
            }
            "term_deposit" => (share(deal.hazards, staying(world.withdraw, part)), None),
            _ => (share(deal.hazards, staying(world.prepay, part)), None),
        }
    }

    /// What decay leaves of an account.
    pub fn decay(&self, deal: &Deal, day: i64) -> i128 {
        let world = self.world;
        if deal.name != "sight" || !world.behaves || world.is_constant() {
            return ONE;
        }
        let core = i128::from(world.core) * ONE / 100;
        let rest = if world.overnight { 0 } else { ONE - core };
        let mut ends = 0;
        for past in 1..=day {
            ends += i128::from(is_month_end(self.date(past)));
        }
        let slices = i128::from(world.decay);
        if ends == 0 {
            return if day >= 1 && world.overnight {
                core
            } else {
                ONE
            };
        }
        rest + divided(core * (slices - ends).max(0), slices)
    }

    /// What outflow shocks leave of a position of the opening book.
    pub fn shocks(&self, deal: &Deal, day: i64) -> i128 {
        if !self.scenario.stressed || deal.born.is_some() {
            return ONE;
        }
        let world = self.world;
        match (deal.name, deal.segment) {
            ("sight", "retail") => {
                let (to, over) = world.run_on_accounts;
                let days = i128::from(day.min(over));
                ONE - divided(i128::from(to) * days * ONE, i128::from(over) * 100)
            }
            ("term_deposit", _) => ONE - i128::from(world.run_on_deposits) * ONE / 100,
            _ => ONE,
        }
    }

    pub fn acts_today(&self, deal: &Deal, day: i64) -> bool {
        let daily = deal.name == "term_deposit" && self.world.daily;
        daily || is_month_end(self.date(day))
    }
}
