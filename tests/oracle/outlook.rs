//! What the state of a day pays from then on if nothing new comes: its value, and the lowest headroom.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bank::lines::Family;
use crate::contract::course;
use crate::deal::Deal;
use crate::evaluator::Evaluator;
use crate::number::{ONE, RATE, divided, is_month_end, share};

/// What a reader of flows wants of accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Core in slices at the rate of today, the rest at once or at face.
    Value,
    /// What leaves the balance sheet, and what is paid on it.
    Ladder,
}

impl Evaluator<'_> {
    /// Assets less liabilities, plug and unmet need included, discounted to a day; quanta of euro.
    pub fn value(&self, today: i64) -> f64 {
        let mut value = 0.0;
        for deal in &self.deals {
            let sign = if deal.asset { 1.0 } else { -1.0 };
            let zero = self.zero(deal.currency);
            for (day, amount) in self.flows(deal, today, View::Value) {
                let factor = libm::exp(-zero * (day - today) as f64 / 365.0);
                value += sign * amount as f64 * factor * self.euros(deal.currency);
            }
        }
        for (currency, books) in &self.books {
            let own = books.cash - books.plug - books.unmet;
            let accrued = divided(books.accrued[0], 1_000)
                - divided(books.accrued[1], 1_000)
                - divided(books.accrued[2], 1_000);
            value += (own + accrued) as f64 * self.euros(currency);
        }
        value
    }

    /// The lowest sum of cash and flows over the days to come; quanta of euro.
    pub fn lowest(&self, today: i64, ahead: i64) -> f64 {
        let mut flows: BTreeMap<i64, f64> = BTreeMap::new();
        for deal in &self.deals {
            let sign = if deal.asset { 1.0 } else { -1.0 };
            for (day, amount) in self.flows(deal, today, View::Ladder) {
                *flows.entry(day).or_default() += sign * amount as f64 * self.euros(deal.currency);
            }
        }
        let mut cash = 0.0;
        for (currency, books) in &self.books {
            cash += books.cash as f64 * self.euros(currency);
            *flows.entry(today + 1).or_default() -=
                (books.plug + books.unmet) as f64 * self.euros(currency);
        }
        let mut lowest = f64::MAX;
        for day in today + 1..=today + ahead {
            cash += flows.get(&day).copied().unwrap_or(0.0);
            lowest = lowest.min(cash);
        }
        lowest
    }

    fn euros(&self, currency: &str) -> f64 {
        self.rate(currency) as f64 / RATE as f64
    }

    fn flows(&self, deal: &Deal, today: i64, view: View) -> Vec<(i64, i128)> {
        let world = self.world;
        let account = deal.terms.family == Family::OnDemand;
        if account && view == View::Value && !world.behaves {
            return vec![(today, deal.nominal + divided(deal.accrued, 1_000))];
        }
        let mut deal = deal.clone();
        if account && view == View::Value {
            // the rate of today stays
            let date = self.date(today);
            Rc::make_mut(&mut deal.terms)
                .moves
                .retain(|(from, _)| *from <= date);
            deal.course = Rc::new(course(&deal.terms, &|day| self.world.index(day)));
        }
        let now = deal.factor;
        let then = share(deal.hazards, deal.decay);
        let shocks = deal.shocks;
        // core deposits of a constant balance sheet run off from today on in the value view
        let anew = account && view == View::Value && world.is_constant();
        let core = i128::from(world.core) * ONE / 100;
        let rest = if world.overnight { 0 } else { ONE - core };
        let forever = match (account, view) {
            (true, View::Value) if anew => share(now, rest),
            (true, View::Value) => {
                if then == 0 {
                    0
                } else {
                    divided(now * rest, then)
                }
            }
            _ => 0,
        };
        let mut flows = Vec::new();
        if forever != 0 {
            let stock = deal.course.balance(self.date(today));
            let accrued = divided(share(forever, deal.course.accrued(self.date(today))), 1_000);
            flows.push((today, share(forever, stock) + accrued));
        }
        let last = match account {
            true => today + world.decay * 31 + 62,
            false => deal
                .course
                .payments
                .iter()
                .map(|p| (p.paid - world.bank.date).num_days())
                .max()
                .unwrap(),
        };
        let mut before = now;
        let mut ends = 0;
        let mut shocked = shocks;
        for day in today + 1..=last {
            let date = self.date(day);
            ends += i128::from(is_month_end(date));
            let (hazards, default) = self.hazards(&deal, day);
            if self.acts_today(&deal, day) {
                deal.acted = day;
            }
            deal.hazards = hazards;
            let after = if anew {
                let slices = i128::from(world.decay);
                let left = if ends == 0 {
                    if world.overnight { core } else { ONE }
                } else {
                    rest + divided(core * (slices - ends).max(0), slices)
                };
                share(now, left)
            } else {
                let decay = if account { self.decay(&deal, day) } else { ONE };
                let path = share(hazards, decay);
                if then == 0 {
                    0
                } else {
                    divided(now * path, then)
                }
            };
            let mut amount = 0;
            for payment in deal.course.payments.iter().filter(|p| p.paid == date) {
                amount += share(before - forever, payment.principal)
                    + share(before - forever, payment.interest);
            }
            let stock = deal.course.balance(date);
            let accrued = deal.course.accrued(date);
            if let Some(default) = default {
                // what defaults pays what is recovered, later
                let stays = if then == 0 {
                    0
                } else {
                    divided(now * default, then)
                };
                let lost = share(before, stock) - share(stays, stock);
                let back = lost - share(i128::from(world.loss) * ONE / 100, lost);
                let back = if view == View::Ladder && shocks != 0 {
                    divided(back * shocked, shocks)
                } else {
                    back
                };
                let on = date + chrono::Months::new(world.recovered);
                flows.push(((on - world.bank.date).num_days(), back));
                before = stays;
            }
            if after != before {
                amount += share(before, stock) - share(after, stock)
                    + divided(accrued * (before - after), ONE * 1_000);
            }
            if view == View::Ladder && shocks != 0 {
                // the shock of the day comes last, and has had its share of all before
                amount = divided(amount * shocked, shocks);
                let next = if self.stops_for_shocks(day) {
                    self.shocks(&deal, day)
                } else {
                    shocked
                };
                let (old, new) = (
                    divided(after * shocked, shocks),
                    divided(after * next, shocks),
                );
                amount += share(old, stock) - share(new, stock)
                    + divided(accrued * (old - new), ONE * 1_000);
                shocked = next;
            }
            flows.push((day, amount));
            before = after;
        }
        flows
    }

    /// Shocks move on days of the loop.
    fn stops_for_shocks(&self, day: i64) -> bool {
        day <= self.end() && self.stops(day)
    }
}
