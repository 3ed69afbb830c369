//! Cash, the plug and what stays unmet.

use chrono::NaiveDate;

use crate::evaluator::Evaluator;
use crate::number::{RATE, divided, is_month_end, part};

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

    /// Spare cash repays what is unmet, fills up to the minimum, repays the plug; a need takes what is above the minimum, the
    /// plug to its capacity, then the minimum, and is unmet beyond.
    pub fn strike(&mut self, day: i64) {
        for (currency, books) in &mut self.books {
            let (capacity, minimum) = if *currency == "EUR" {
                (
                    i128::from(self.world.bank.capacity) * 100,
                    i128::from(self.world.bank.minimum) * 100,
                )
            } else {
                (0, 0)
            };
            let mut cash = books.cash;
            let repaid = cash.clamp(0, books.unmet);
            (cash, books.unmet) = (cash - repaid, books.unmet - repaid);
            if cash > minimum {
                let repaid = (cash - minimum).min(books.plug);
                (cash, books.plug) = (cash - repaid, books.plug - repaid);
            } else {
                let drawn = (minimum - cash).min(capacity - books.plug);
                (cash, books.plug) = (cash + drawn, books.plug + drawn);
            }
            if cash < 0 {
                books.unmet -= cash;
                cash = 0;
            }
            let moved = cash - books.cash;
            books.pay(day, moved);
        }
    }
}
