//! A scenario day by day: every position by itself, in the order of the steps.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{Months, NaiveDate};

use crate::bank::lines::{Line, Row};
use crate::contract::{Special, Terms, course};
use crate::customers::PREPAID;
use crate::deal::{Deal, day_after};
use crate::decide::Decision;
use crate::number::{ONE, divided, is_month_end, month_end, share};
use crate::premium::Premium;
use crate::secured::{Pledge, Rolling, Secured};
use crate::snapshot::Snapshot;
use crate::swap::Swap;
use crate::treasury::Scenario;
use crate::world::World;

/// The accounts of a currency. Accrued interest and results in thousandths of a quantum.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub cash: i128,
    pub plug: i128,
    pub unmet: i128,
    pub defaulted: i128,
    /// Cash posted as margin.
    pub margin: i128,
    /// On cash, on the plug, on unmet need.
    pub accrued: [i128; 3],
    /// Results since the last stop.
    pub interest: i128,
    pub impairment: i128,
    pub fees: i128,
    pub disposals: i128,
    pub fair: i128,
    /// Since the opening.
    pub oci: i128,
    /// Cash flows since the last stop, by day.
    pub flows: BTreeMap<i64, i128>,
    /// Cash at the last stop.
    pub opening: i128,
}

impl Books {
    pub fn pay(&mut self, day: i64, amount: i128) {
        self.cash += amount;
        *self.flows.entry(day).or_default() += amount;
    }
}

/// Line, currency, months, floor and cap of what came back, which is replaced alike.
pub type Kind = (usize, &'static str, i32, Option<i128>, Option<i128>);

pub struct Evaluator<'w> {
    pub world: &'w World,
    pub scenario: &'w Scenario,
    pub deals: Vec<Deal>,
    pub books: BTreeMap<&'static str, Books>,
    pub recoveries: Vec<(i64, &'static str, i128)>,
    /// What came back on a day, to be replaced: by kind, amount and amount times margin.
    pub returned: BTreeMap<Kind, (i128, i128)>,
    pub decisions: Vec<Decision>,
    pub pledges: Vec<Pledge>,
    pub secured: Vec<Secured>,
    pub rolling: Vec<Rolling>,
    pub swaps: Vec<Swap>,
    /// Actions that wait for their condition before they are decided again.
    pub waiting: BTreeSet<usize>,
    /// The day that is under way.
    pub today: NaiveDate,
    /// Whether the scenario's shocks have struck: not yet as booked.
    pub is_struck: bool,
    /// Assets less liabilities as booked.
    pub net_at_start: i128,
    /// What values and headroom are wanted of.
    pub looks_ahead: bool,
    /// How far amounts that were made of discount factors may be from exact ones, quanta.
    pub slack: i128,
}

pub fn calendar(currency: &str) -> &'static str {
    if currency == "EUR" {
        "TARGET"
    } else {
        "NEW_YORK"
    }
}

impl<'w> Evaluator<'w> {
    pub fn new(world: &'w World, scenario: &'w Scenario) -> Self {
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
            scenario,
            deals: Vec::new(),
            books,
            recoveries: Vec::new(),
            returned: BTreeMap::new(),
            decisions: Vec::new(),
            pledges: Vec::new(),
            secured: Vec::new(),
            rolling: Vec::new(),
            swaps: Vec::new(),
            waiting: BTreeSet::new(),
            today: bank.date,
            is_struck: false,
            net_at_start: 0,
            looks_ahead: false,
            slack: 0,
        };
        for (at, line) in bank.lines.iter().enumerate() {
            for row in &line.rows {
                let deal = evaluator.opening(at, line, row);
                evaluator.deals.push(deal);
            }
        }
        evaluator.pledge_opening();
        evaluator.open_swaps();
        evaluator.net_at_start = evaluator.net_assets();
        evaluator.is_struck = true;
        evaluator
    }

    pub fn date(&self, day: i64) -> NaiveDate {
        day_after(self.world.bank.date, day)
    }

    pub fn day(&self, date: NaiveDate) -> i64 {
        (date - self.world.bank.date).num_days()
    }

    /// The last day of the loop.
    pub fn end(&self) -> i64 {
        let date = self.world.bank.date;
        let end = date + Months::new(6);
        self.day(if is_month_end(date) {
            month_end(end)
        } else {
            end
        })
    }

    /// A deal that begins, at par.
    pub fn contract(
        &self,
        name: &'static str,
        asset: bool,
        currency: &'static str,
        terms: Terms,
    ) -> Deal {
        let course = course(&terms, &|day| self.world.index(day));
        Deal {
            name,
            id: String::new(),
            asset,
            currency,
            segment: "",
            margin: 0,
            term: 0,
            floor: None,
            line: None,
            nominal: terms.principal,
            accrued: course.accrued(terms.start),
            premium: 0,
            amortising: None,
            fair: 0,
            accounting: "amortised",
            price: None,
            spread: 0.0,
            course: Rc::new(course),
            terms: Rc::new(terms),
            born: None,
            hazards: ONE,
            decay: ONE,
            shocks: ONE,
            kept: ONE,
            factor: ONE,
            acted: 0,
        }
    }

    fn opening(&self, at: usize, line: &Line, row: &Row) -> Deal {
        let milli = |x: i64| i128::from(x) * 10_000_000;
        let date = self.world.bank.date;
        let floor = line.floored.then(|| milli(row.floor));
        let steps = line.forms.steps.iter().copied();
        let (past, steps): (Vec<_>, Vec<_>) = steps.partition(|step| step.0 <= date);
        let stepped = past.last().map(|step| step.1);
        let terms = Terms {
            family: line.family,
            accrues: line.accrues,
            daycount: line.daycount,
            roll: if line.is_dated() { line.roll } else { "none" },
            calendar: calendar(row.currency),
            principal: i128::from(row.principal) * 100,
            rate: milli(stepped.unwrap_or(row.rate)),
            spread: milli(row.margin),
            floor,
            start: date,
            end: if line.is_dated() {
                row.maturity
            } else {
                date + Months::new(40)
            },
            accrued: i128::from(row.accrued) * 100,
            moves: self.moves(line, row),
            special: Special {
                since: None,
                steps: steps
                    .iter()
                    .map(|(day, rate)| (*day, milli(*rate)))
                    .collect(),
                cap: line.forms.capped.then(|| milli(row.cap)),
                first_principal: line.forms.interest_only.then_some(row.first_principal),
                grace: line.forms.grace.then_some(row.grace),
                balloon: if line.forms.balloon {
                    i128::from(row.balloon) * 100
                } else {
                    0
                },
            },
        };
        let mut deal = self.contract(line.name, line.asset, row.currency, terms);
        deal.id.clone_from(&row.id);
        deal.segment = row.segment;
        deal.margin = milli(row.margin);
        deal.term = row.term;
        deal.floor = floor;
        deal.line = Some(at);
        deal.accounting = line.accounting;
        if line.priced {
            deal.premium = divided(deal.nominal * i128::from(row.book - 10_000), 10_000);
            if deal.premium != 0 {
                deal.amortising = Some(Premium::new(&deal.course, date, deal.premium));
            }
        }
        if line.quoted {
            deal.price = Some(row.price);
            let accrued = deal.accrued_on(date);
            let worth = divided(deal.nominal * i128::from(row.price), 10_000) + accrued;
            let zero = self.unshocked(row.currency);
            deal.spread = Self::spread(&deal.flows_after(date), worth, zero);
            if deal.is_at_fair_value() {
                deal.fair = worth - deal.nominal - accrued - deal.premium;
            }
        }
        deal
    }

    pub fn is_cash_day(&self, day: i64) -> bool {
        day <= self.world.daily_until || day == self.end() || is_month_end(self.date(day))
    }

    /// The loop stops where cash settles, and where a behaviour acts.
    pub fn stops(&self, day: i64) -> bool {
        self.is_cash_day(day) || (self.world.behaves && self.world.daily)
    }

    /// Runs the scenario; what is read as booked, after the shocks of the first day, and at each stop.
    pub fn run(&mut self) -> Vec<(i64, Snapshot)> {
        let mut read = Vec::new();
        self.margin_calls(0);
        self.fair_values(0);
        self.strike(0);
        read.push((0, self.snapshot(0)));
        self.begin();
        self.decide(0);
        let mut last = 0;
        for day in 1..=self.end() {
            self.today = self.date(day);
            let stop = self.stops(day);
            for at in 0..self.deals.len() {
                self.advance(at, day, stop);
            }
            self.swap_day(day);
            self.recover(day);
            self.return_margins(day);
            if stop {
                self.margin_calls(day);
            }
            self.decide_by_date(day);
            self.settle(day);
            self.roll(day);
            self.renew(day);
            if stop {
                self.fund(last, day);
            }
            if stop || self.is_read(day) || self.settles(day) {
                self.fair_values(day);
            }
            if self.is_cash_day(day) {
                self.strike(day);
            }
            if stop {
                read.push((day, self.snapshot(day)));
                self.begin();
                last = day;
            }
            self.decide(day);
        }
        read
    }

    fn begin(&mut self) {
        for books in self.books.values_mut() {
            books.opening = books.cash;
            books.flows.clear();
            (books.interest, books.impairment, books.fees) = (0, 0, 0);
            (books.disposals, books.fair) = (0, 0);
        }
    }

    fn recover(&mut self, day: i64) {
        let due: Vec<_> = self.recoveries.iter().filter(|r| r.0 == day).collect();
        for (_, currency, amount) in due {
            let books = self.books.get_mut(currency).unwrap();
            books.pay(day, *amount);
            books.defaulted -= amount;
        }
    }

    /// Assets less liabilities, in thousandths of a quantum of euro over `RATE`.
    pub fn net_assets(&self) -> i128 {
        let mut net = 0;
        for deal in &self.deals {
            net += deal.sign() * (deal.carried() * 1_000 + deal.accrued) * self.rate(deal.currency);
        }
        for swap in &self.swaps {
            net += (swap.fair * 1_000 + swap.net_accrued()) * self.rate("EUR");
        }
        for (currency, books) in &self.books {
            let own = books.cash - books.plug - books.unmet + books.defaulted + books.margin;
            let accrued = books.accrued[0] - books.accrued[1] - books.accrued[2];
            net += (own * 1_000 + accrued) * self.rate(currency);
        }
        net
    }

    /// What is carried at fair value is carried at market value.
    fn fair_values(&mut self, day: i64) {
        self.mark_swaps();
        let date = self.date(day);
        for at in 0..self.deals.len() {
            if self.deals[at].is_at_fair_value() {
                self.mark(at, self.market_value(&self.deals[at], date));
            }
        }
    }

    /// Carries a deal at a value, if it is one that is.
    pub fn mark(&mut self, at: usize, value: i128) {
        let deal = &mut self.deals[at];
        if !deal.is_at_fair_value() {
            return;
        }
        let fair = value - deal.nominal - divided(deal.accrued, 1_000) - deal.premium;
        let moved = deal.sign() * (fair - deal.fair) * 1_000;
        deal.fair = fair;
        let books = self.books.get_mut(deal.currency).unwrap();
        if deal.accounting == "fvoci" {
            books.oci += moved;
        } else {
            books.fair += moved;
        }
    }

    /// One day of one deal.
    fn advance(&mut self, at: usize, day: i64, stop: bool) {
        let date = self.date(day);
        let deal = self.deals[at].clone();
        let before = deal.factor;
        let stock = deal.course.balance(date);
        let sign = deal.sign();
        let mut next = deal.clone();
        // the contract's flows of the day
        let mut scheduled = 0;
        if stock != deal.course.balance(self.date(day - 1)) {
            next.nominal = share(before, stock);
            scheduled = deal.nominal - next.nominal;
        }
        let paid = deal.course.payments.iter().filter(|p| p.paid == date);
        let interest = share(before, paid.map(|p| p.interest).sum());
        let running = deal.course.accrued(date);
        let grown = share(before, running);
        let unamortised = deal.contractual_premium(date);
        let amortised = share(before, unamortised) - deal.premium;
        let income = grown - deal.accrued + (interest + amortised) * 1_000;
        next.accrued = grown;
        next.premium = share(before, unamortised);
        let (mut exit, mut outflow, mut defaulted) = (0, 0, 0);
        let (mut exit_accrued, mut defaulted_accrued) = (0, 0);
        let mut released = 0;
        if stop {
            let (hazards, default) = self.hazards(&deal, day);
            if (hazards, default) != (deal.hazards, None) || self.acts_today(&deal, day) {
                next.acted = day;
            }
            next.hazards = hazards;
            next.decay = self.decay(&deal, day);
            next.shocks = self.shocks(&deal, day);
            let fixed = share(next.hazards, next.decay);
            let dynamic = share(deal.shocks, deal.kept);
            next.factor = next.left();
            let end = share(next.factor, stock);
            let mut left = next.nominal;
            if next.factor != before {
                if let Some(default) = default {
                    let stays = share(dynamic, default);
                    let target = share(stays, stock).max(end).min(left);
                    defaulted = left - target;
                    left = target;
                    defaulted_accrued = grown - share(stays, running);
                }
                let target = share(share(dynamic, fixed), stock).max(end).min(left);
                exit = left - target;
                left = target;
            }
            outflow = left - end;
            next.nominal = end;
            next.accrued = share(next.factor, running);
            exit_accrued = grown - next.accrued - defaulted_accrued;
            // what leaves takes its premium with it, into income
            let premium = share(next.factor, unamortised);
            released = premium - next.premium;
            next.premium = premium;
        }
        let behaves = self.world.behaves;
        let prepays = behaves && PREPAID.contains(&deal.name);
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
        books.interest += sign * (income - exit_accrued + (exit_paid + released) * 1_000);
        books.impairment -= sign * (lost * 1_000 + defaulted_accrued);
        books.fees += fee * 1_000;
        books.defaulted += sign * (defaulted - lost);
        if defaulted != lost {
            let back = date + Months::new(self.world.recovered);
            self.recoveries
                .push((self.day(back), deal.currency, sign * (defaulted - lost)));
        }
        self.came_back(&deal, scheduled + exit);
        self.deals[at] = next;
    }
}
