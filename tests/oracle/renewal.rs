//! What comes back in a constant balance sheet is lent or borrowed again.

use chrono::Months;

use crate::bank::lines::Accrues;
use crate::contract::{Special, Terms};
use crate::deal::Deal;
use crate::evaluator::{Evaluator, calendar};
use crate::number::divided;

impl Evaluator<'_> {
    /// Keeps what came back of a deal, to be replaced on its day.
    pub fn came_back(&mut self, deal: &Deal, amount: i128) {
        let Some(line) = deal.line else { return };
        if !self.world.is_constant() || !self.world.bank.lines[line].is_dated() || amount <= 0 {
            return;
        }
        let cap = deal.terms.special.cap;
        let kind = (line, deal.currency, deal.term, deal.floor, cap);
        let entry = self.returned.entry(kind).or_default();
        entry.0 += amount;
        entry.1 += amount * deal.margin;
    }

    /// What came back today is lent or borrowed again.
    pub fn renew(&mut self, day: i64) {
        let date = self.date(day);
        for ((at, currency, term, floor, cap), (amount, weight)) in
            std::mem::take(&mut self.returned)
        {
            let line = &self.world.bank.lines[at];
            let margin = divided(weight, amount);
            let floats = matches!(line.accrues, Accrues::Index(_));
            let terms = Terms {
                family: line.family,
                accrues: line.accrues,
                daycount: line.daycount,
                roll: line.roll,
                calendar: calendar(currency),
                principal: amount,
                rate: if floats {
                    self.world.index(date)
                } else {
                    i128::from(self.world.renewed_at) * 10_000_000
                },
                spread: margin,
                floor,
                start: date,
                end: date + Months::new(term.unsigned_abs()),
                accrued: 0,
                moves: Vec::new(),
                special: Special {
                    cap,
                    ..Special::default()
                },
            };
            let sign = if line.asset { 1 } else { -1 };
            self.books
                .get_mut(currency)
                .unwrap()
                .pay(day, -sign * amount);
            let mut deal = self.contract(line.name, line.asset, currency, terms);
            deal.line = Some(at);
            deal.margin = margin;
            deal.term = term;
            deal.floor = floor;
            deal.born = Some(day);
            deal.acted = day;
            deal.accounting = line.accounting;
            self.deals.push(deal);
        }
    }
}
