//! A scenario day by day: every position by itself, then cash, the plug and what stays unmet.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::bank::lines::{Accrues, Line, Row};
use crate::contract::{Course, Terms, course};
use crate::number::{ONE, RATE, divided, is_month_end, month_end, part, share};
use crate::world::World;

/// What is read at the end of a day of the loop. Amounts of interest in thousandths of a quantum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// By line and currency: balance and accrued interest.
    pub held: BTreeMap<(String, String), (i128, i128)>,
    /// By currency: cash, plug, unmet, defaulted.
    pub accounts: BTreeMap<String, [i128; 4]>,
    /// By currency: accrued on cash, on the plug, on unmet need.
    pub accrued: BTreeMap<String, [i128; 3]>,
    /// By currency, of the stretch that ends here: net interest, impairment, fees.
    pub result: BTreeMap<String, [i128; 3]>,
    /// By line and currency: principal and interest due in the thirty days after.
    pub ahead: BTreeMap<(String, String), (i128, i128)>,
    /// On some days: value, and lowest headroom of sixty days; quanta of euro.
    pub outlook: Option<(i64, i64)>,
}

/// One contract on its way.
#[derive(Clone, Debug)]
pub struct Deal {
    pub name: &'static str,
    pub asset: bool,
    pub currency: &'static str,
    pub segment: &'static str,
    pub margin: i128,
    pub term: i32,
    pub floor: Option<i128>,
    pub line: usize,
    pub terms: Terms,
    pub course: Course,
    /// Day of birth; `None`: of the opening book.
    pub born: Option<i64>,
    pub nominal: i128,
    pub accrued: i128,
    /// Of hazards, of decay, of shocks.
    pub hazards: i128,
    pub decay: i128,
    pub shocks: i128,
    pub factor: i128,
    /// The last day on which hazards acted.
    pub acted: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Books {
    pub cash: i128,
    pub plug: i128,
    pub unmet: i128,
    pub defaulted: i128,
    pub accrued: [i128; 3],
    pub result: [i128; 3],
    /// Cash flows since the last stop, by day.
    pub flows: BTreeMap<i64, i128>,
    /// Cash at the last stop.
    pub opening: i128,
}

impl Books {
    fn pay(&mut self, day: i64, amount: i128) {
        self.cash += amount;
        *self.flows.entry(day).or_default() += amount;
    }
}

pub struct Evaluator<'w> {
    pub world: &'w World,
    pub stressed: bool,
    pub deals: Vec<Deal>,
    pub books: BTreeMap<&'static str, Books>,
    recoveries: Vec<(i64, &'static str, i128)>,
    /// What came back on a day, to be replaced: by kind, amount and amount times margin.
    returned: BTreeMap<(usize, &'static str, i32, Option<i128>), (i128, i128)>,
}

/// A part of a year's share that stays.
fn staying(percent: i64, part: f64) -> i128 {
    libm::rint(libm::pow(1.0 - percent as f64 / 100.0, part) * ONE as f64) as i128
}

fn calendar(currency: &str) -> &'static str {
    if currency == "EUR" {
        "TARGET"
    } else {
        "NEW_YORK"
    }
}

impl<'w> Evaluator<'w> {
    pub fn new(world: &'w World, stressed: bool) -> Self {
        let bank = &world.bank;
        let mut books: BTreeMap<&'static str, Books> = BTreeMap::new();
        for (currency, cash) in [("EUR", bank.cash[0]), ("USD", bank.cash[1])] {
            let rows = bank.lines.iter().flat_map(|line| &line.rows);
            if currency == "EUR" || cash != 0 || rows.clone().any(|row| row.currency == currency) {
                books.entry(currency).or_default().cash = i128::from(cash) * 100;
            }
        }
        let mut evaluator = Self {
            world,
            stressed,
            deals: Vec::new(),
            books,
            recoveries: Vec::new(),
            returned: BTreeMap::new(),
        };
        for (at, line) in bank.lines.iter().enumerate() {
            for row in &line.rows {
                let deal = evaluator.opening(at, line, row);
                evaluator.deals.push(deal);
            }
        }
        evaluator
    }

    pub fn date(&self, day: i64) -> NaiveDate {
        self.world.bank.date + Days::new(day.unsigned_abs())
    }

    /// The last day of the loop.
    pub fn end(&self) -> i64 {
        let date = self.world.bank.date;
        let end = date + Months::new(6);
        let end = if is_month_end(date) {
            month_end(end)
        } else {
            end
        };
        (end - date).num_days()
    }

    fn opening(&self, at: usize, line: &Line, row: &Row) -> Deal {
        let milli = |x: i64| i128::from(x) * 10_000_000;
        let floor = line.floored.then(|| milli(row.floor));
        let terms = Terms {
            family: line.family,
            accrues: line.accrues,
            daycount: line.daycount,
            roll: if line.is_dated() { line.roll } else { "none" },
            calendar: calendar(row.currency),
            principal: i128::from(row.principal) * 100,
            rate: milli(row.rate),
            spread: milli(row.margin),
            floor,
            start: self.world.bank.date,
            end: if line.is_dated() {
                row.maturity
            } else {
                self.world.bank.date + Months::new(40)
            },
            accrued: i128::from(row.accrued) * 100,
            moves: self.moves(line, row),
        };
        let course = course(&terms, &|day| self.world.index(day));
        Deal {
            name: line.name,
            asset: line.asset,
            currency: row.currency,
            segment: row.segment,
            margin: milli(row.margin),
            term: row.term,
            floor,
            line: at,
            nominal: terms.principal,
            accrued: course.accrued(self.world.bank.date),
            course,
            terms,
            born: None,
            hazards: ONE,
            decay: ONE,
            shocks: ONE,
            factor: ONE,
            acted: 0,
        }
    }

    /// What accounts get of the index, month end by month end: the shadow rate goes on below the floor.
    fn moves(&self, line: &Line, row: &Row) -> Vec<(NaiveDate, i128)> {
        let world = self.world;
        let Some(up) = world.beta.filter(|_| world.behaves && line.name == "sight") else {
            return Vec::new();
        };
        let mut shadow = i128::from(row.rate) * 10_000_000;
        let mut moves = Vec::new();
        for day in 1..1_300 {
            let end = self.date(day);
            if !is_month_end(end) {
                continue;
            }
            let before = end.with_day(1).unwrap().pred_opt().unwrap();
            let earlier = before.with_day(1).unwrap().pred_opt().unwrap();
            let moved = world.index(before) - world.index(earlier);
            let beta = if moved > 0 { up } else { up / 2 };
            if moved != 0 {
                shadow += divided(moved * i128::from(beta), 100);
                moves.push((end, shadow.max(0)));
            }
        }
        moves
    }

    fn is_cash_day(&self, day: i64) -> bool {
        day <= 40 || day == self.end() || is_month_end(self.date(day))
    }

    /// The loop stops where cash settles, and where a behaviour acts.
    pub fn stops(&self, day: i64) -> bool {
        self.is_cash_day(day) || (self.world.behaves && self.world.daily)
    }

    /// Runs the scenario; what is read as booked, after the shocks of the first day, and at each stop.
    pub fn run(mut self) -> Vec<(i64, Snapshot)> {
        let mut read = Vec::new();
        self.strike(0);
        read.push((0, self.snapshot(0)));
        self.begin();
        let mut last = 0;
        for day in 1..=self.end() {
            let stop = self.stops(day);
            for at in 0..self.deals.len() {
                self.advance(at, day, stop);
            }
            let due: Vec<_> = self
                .recoveries
                .iter()
                .filter(|r| r.0 == day)
                .copied()
                .collect();
            for (_, currency, amount) in due {
                let books = self.books.get_mut(currency).unwrap();
                books.pay(day, amount);
                books.defaulted -= amount;
            }
            self.renew(day);
            if stop {
                self.fund(last, day);
                if self.is_cash_day(day) {
                    self.strike(day);
                }
                read.push((day, self.snapshot(day)));
                self.begin();
                last = day;
            }
        }
        read
    }

    fn begin(&mut self) {
        for books in self.books.values_mut() {
            books.opening = books.cash;
            books.flows.clear();
            books.result = [0; 3];
        }
    }

    /// Survival of a deal after a day on which the loop stops: hazards, and those of default alone.
    pub fn hazards(&self, deal: &Deal, day: i64) -> (i128, Option<i128>) {
        let world = self.world;
        let daily = deal.name == "term_deposit" && world.daily;
        let acts = matches!(
            deal.name,
            "annuity_loan" | "bullet_loan" | "linear_loan" | "term_deposit"
        );
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
        if !self.stressed || deal.born.is_some() {
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

    /// One day of one deal.
    fn advance(&mut self, at: usize, day: i64, stop: bool) {
        let date = self.date(day);
        let yesterday = self.date(day - 1);
        let deal = self.deals[at].clone();
        let before = deal.factor;
        let stock = deal.course.balance(date);
        let sign = if deal.asset { 1 } else { -1 };
        let mut next = deal.clone();
        // the contract's flows of the day
        let mut scheduled = 0;
        if stock != deal.course.balance(yesterday) {
            next.nominal = share(before, stock);
            scheduled = deal.nominal - next.nominal;
        }
        let interest: i128 = deal
            .course
            .payments
            .iter()
            .filter(|p| p.paid == date)
            .map(|p| p.interest)
            .sum();
        let interest = share(before, interest);
        let running = deal.course.accrued(date);
        let grown = share(before, running);
        let income = grown - deal.accrued + interest * 1_000;
        next.accrued = grown;
        let (mut exit, mut outflow, mut defaulted) = (0, 0, 0);
        let (mut exit_accrued, mut defaulted_accrued) = (0, 0);
        if stop {
            let (hazards, default) = self.hazards(&deal, day);
            if (hazards, default) != (deal.hazards, None) || self.acts_today(&deal, day) {
                next.acted = day;
            }
            next.hazards = hazards;
            next.decay = self.decay(&deal, day);
            next.shocks = self.shocks(&deal, day);
            let fixed = share(next.hazards, next.decay);
            next.factor = share(next.shocks, fixed);
            let end = share(next.factor, stock);
            let mut left = next.nominal;
            if next.factor != before {
                if let Some(default) = default {
                    let stays = share(deal.shocks, default);
                    let target = share(stays, stock).max(end).min(left);
                    defaulted = left - target;
                    left = target;
                    defaulted_accrued = grown - share(stays, running);
                }
                let target = share(share(deal.shocks, fixed), stock).max(end).min(left);
                exit = left - target;
                left = target;
            }
            outflow = left - end;
            next.nominal = end;
            next.accrued = share(next.factor, running);
            exit_accrued = grown - next.accrued - defaulted_accrued;
        }
        let behaves = self.world.behaves;
        let prepays = behaves && matches!(deal.name, "annuity_loan" | "bullet_loan");
        let fee = if prepays {
            share(i128::from(self.world.fee) * ONE / 100, exit)
        } else {
            0
        };
        let exit_paid = if prepays && self.world.forfeited {
            0
        } else {
            divided(exit_accrued, 1_000)
        };
        let lost = share(i128::from(self.world.loss) * ONE / 100, defaulted);
        let books = self.books.get_mut(deal.currency).unwrap();
        books.pay(
            day,
            sign * (scheduled + interest + exit + outflow + exit_paid) + fee,
        );
        books.result[0] += sign * (income - exit_accrued + exit_paid * 1_000);
        books.result[1] -= sign * (lost * 1_000 + defaulted_accrued);
        books.result[2] += fee * 1_000;
        books.defaulted += sign * (defaulted - lost);
        if defaulted != lost {
            let back = date + Months::new(self.world.recovered);
            self.recoveries.push((
                (back - self.world.bank.date).num_days(),
                deal.currency,
                sign * (defaulted - lost),
            ));
        }
        let line = &self.world.bank.lines[deal.line];
        if self.world.is_constant() && line.is_dated() && scheduled + exit > 0 {
            let kind = (deal.line, deal.currency, deal.term, deal.floor);
            let entry = self.returned.entry(kind).or_default();
            entry.0 += scheduled + exit;
            entry.1 += (scheduled + exit) * deal.margin;
        }
        self.deals[at] = next;
    }

    pub fn acts_today(&self, deal: &Deal, day: i64) -> bool {
        let daily = deal.name == "term_deposit" && self.world.daily;
        daily || is_month_end(self.date(day))
    }

    /// What came back today is lent or borrowed again.
    fn renew(&mut self, day: i64) {
        let date = self.date(day);
        for ((at, currency, term, floor), (amount, weight)) in std::mem::take(&mut self.returned) {
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
            };
            let course = course(&terms, &|day| self.world.index(day));
            let sign = if line.asset { 1 } else { -1 };
            self.books
                .get_mut(currency)
                .unwrap()
                .pay(day, -sign * amount);
            self.deals.push(Deal {
                name: line.name,
                asset: line.asset,
                currency,
                segment: "",
                margin,
                term,
                floor,
                line: at,
                course,
                terms,
                born: Some(day),
                nominal: amount,
                accrued: 0,
                hazards: ONE,
                decay: ONE,
                shocks: ONE,
                factor: ONE,
                acted: day,
            });
        }
    }

    /// Interest on cash, plug and unmet need since the last stop.
    fn fund(&mut self, from: i64, to: i64) {
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
            books.result[0] += interest;
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
                books.result[0] -= interest;
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
    fn strike(&mut self, day: i64) {
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

    fn snapshot(&self, day: i64) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let date = self.date(day);
        if [0, 17, 40].contains(&day) {
            snapshot.outlook = Some((self.value(day) as i64, self.lowest(day, 60) as i64));
        }
        for deal in &self.deals {
            let of = snapshot
                .held
                .entry((deal.name.to_owned(), deal.currency.to_owned()))
                .or_default();
            of.0 += deal.nominal;
            of.1 += deal.accrued;
            let until = date + Days::new(30);
            let inside = deal
                .course
                .payments
                .iter()
                .filter(|p| p.paid > date && p.paid <= until);
            let (principal, interest) =
                inside.fold((0, 0), |sum, p| (sum.0 + p.principal, sum.1 + p.interest));
            let ahead = snapshot
                .ahead
                .entry((deal.name.to_owned(), deal.currency.to_owned()))
                .or_default();
            ahead.0 += share(deal.factor, principal);
            ahead.1 += share(deal.factor, interest);
        }
        for (currency, books) in &self.books {
            let key = (*currency).to_owned();
            snapshot.accounts.insert(
                key.clone(),
                [books.cash, books.plug, books.unmet, books.defaulted],
            );
            snapshot.accrued.insert(key.clone(), books.accrued);
            snapshot.result.insert(key, books.result);
        }
        snapshot
    }
}
