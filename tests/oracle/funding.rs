//! Cash, the plug and what stays unmet.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::evaluator::Evaluator;
use crate::number::{RATE, divided, is_month_end, part};
use crate::world::World;

impl Evaluator<'_> {
    /// Interest on cash, plug and unmet need since the last stop.
    pub fn fund(&mut self, from: i64, to: i64) {
        let (start, end) = (self.date(from), self.date(to));
        let pays = (from + 1..=to).any(|day| is_month_end(self.date(day)));
        let cash_day = self.is_cash_day(to);
        let milli = |x: i64| i128::from(x) * 10_000_000;
        let (cash_rate, plug_rate) = (
            milli(self.world.bank.cash_rate),
            milli(self.world.plug_rate),
        );
        let dates: Vec<NaiveDate> = (0..=to).map(|day| self.date(day)).collect();
        let grown = |balance: i128, rate: i128, since: NaiveDate| {
            let (n, d) = part("act/360", since, end, None);
            divided(balance * rate * n * 1_000, d * RATE)
        };
        for books in self.books.values_mut() {
            let mut interest = grown(books.opening, cash_rate, start);
            for (day, amount) in &books.flows {
                interest += grown(*amount, cash_rate, dates[usize::try_from(*day).unwrap()]);
            }
            books.interest += interest;
            books.accrued[0] += interest;
            if pays {
                let paid = divided(books.accrued[0], 1_000);
                books.accrued[0] -= paid * 1_000;
                books.pay(to, paid);
            }
            for (place, balance, rate) in
                [(1, books.plug, plug_rate), (2, books.unmet, RATE * 8 / 100)]
            {
                let interest = grown(balance, rate, start);
                books.interest -= interest;
                books.accrued[place] += interest;
                if cash_day {
                    let paid = divided(books.accrued[place], 1_000);
                    books.accrued[place] -= paid * 1_000;
                    books.pay(to, -paid);
                }
            }
        }
    }

    /// Spare cash repays what is unmet, fills up to the minimum, repays the plug; a need takes what is above the minimum, what
    /// other currencies can spare, the plug to its capacity, then the minimum, and is unmet beyond.
    pub fn strike(&mut self, day: i64) {
        let before: BTreeMap<_, i128> = self.books.iter().map(|(c, b)| (*c, b.cash)).collect();
        for (currency, books) in &mut self.books {
            let (_, minimum) = limits(self.world, currency);
            let repaid = books.cash.clamp(0, books.unmet);
            books.cash -= repaid;
            books.unmet -= repaid;
            let repaid = (books.cash - minimum).clamp(0, books.plug);
            books.cash -= repaid;
            books.plug -= repaid;
        }
        if self.world.bank.converts {
            self.convert();
        }
        for (currency, books) in &mut self.books {
            let (capacity, minimum) = limits(self.world, currency);
            if books.cash < minimum {
                let drawn = (minimum - books.cash).min(capacity - books.plug);
                books.cash += drawn;
                books.plug += drawn;
            }
            if books.cash < 0 {
                books.unmet -= books.cash;
                books.cash = 0;
            }
            let moved = books.cash - before[currency];
            *books.flows.entry(day).or_default() += moved;
        }
    }

    /// What a currency can spare meets the need of another at the rate of the day. Unmet need and the plug, which is due each day,
    /// are needs of today.
    fn convert(&mut self) {
        let all: Vec<&'static str> = self.books.keys().copied().collect();
        for needy in &all {
            for rich in &all {
                let own = &self.books[needy];
                let short = (limits(self.world, needy).1 - own.cash).max(0);
                let need = own.unmet + short + own.plug;
                let spare = self.books[rich].cash - limits(self.world, rich).1;
                if needy == rich || need <= 0 || spare <= 0 {
                    continue;
                }
                let (of, to) = (self.rate(rich), self.rate(needy));
                let price = divided(need * to, of);
                let (paid, got) = if price <= spare {
                    (price, need)
                } else {
                    (spare, divided(spare * of, to))
                };
                self.books.get_mut(rich).unwrap().cash -= paid;
                let own = self.books.get_mut(needy).unwrap();
                let repaid = got.min(own.unmet);
                own.unmet -= repaid;
                let kept = (got - repaid).min(short);
                own.cash += kept;
                own.plug -= got - repaid - kept;
                self.slack += 1;
            }
        }
    }
}

/// The capacity of the plug and the least cash of a currency.
fn limits(world: &World, currency: &str) -> (i128, i128) {
    let bank = &world.bank;
    if currency == "EUR" {
        (
            i128::from(bank.capacity) * 100,
            i128::from(bank.minimum) * 100,
        )
    } else {
        (0, 0)
    }
}
