//! Interest-rate swaps: two legs without principal, carried at what they are worth or with their accrued interest alone.

use std::rc::Rc;

use chrono::{Days, Months, NaiveDate};

use crate::bank::lines::{Accrues, Family, decimal};
use crate::contract::{Course, Special, Terms, course};
use crate::deal::day_after;
use crate::evaluator::{Evaluator, calendar};
use crate::number::{ONE, divided, is_month_end, month_end, share};
use crate::treasury::HEDGES;

/// A swap of the book. Cents, thousandths of a percent, months; days from the book's date on, or back.
#[derive(Clone, Debug)]
pub struct Quoted {
    pub is_payer: bool,
    pub notional: i64,
    pub rate: i64,
    pub every: i32,
    pub daycount: &'static str,
    pub reset: i32,
    pub spread: i64,
    pub fixing: i64,
    pub maturity: i64,
    /// Days since the last payment of both legs.
    pub since: i64,
    pub is_carried: bool,
}

impl Quoted {
    pub fn instrument(&self) -> &'static str {
        if self.is_carried {
            "swap"
        } else {
            "booked_swap"
        }
    }

    /// The day up to which both legs are paid: not before either should have been.
    fn paid(&self, date: NaiveDate) -> NaiveDate {
        let end = day_after(date, self.maturity);
        let due = [self.every, self.reset].map(|every| {
            let mut days = (1..).map(|back| {
                let day = end - Months::new(every.unsigned_abs() * back);
                if is_month_end(end) {
                    month_end(day)
                } else {
                    day
                }
            });
            days.find(|day| *day <= date).unwrap()
        });
        let since = date - Days::new(self.since.unsigned_abs());
        since.max(due[0]).max(due[1])
    }

    /// Its line of the book.
    pub fn text(&self, at: usize, date: NaiveDate) -> String {
        let fixed = format!(
            "fixed({}%, every = {}M, daycount = {})",
            decimal(self.rate, 3),
            self.every,
            self.daycount
        );
        let floating = format!(
            "index(EURIBOR_3M, reset = {}M, spread = {}%, daycount = act/360)",
            self.reset,
            decimal(self.spread, 3)
        );
        let (pays, receives) = if self.is_payer {
            (fixed, floating)
        } else {
            (floating, fixed)
        };
        format!(
            "  include {}(id = \"W{at}\", currency = EUR, notional = {} EUR, maturity = {}, pays = {pays}, receives = {receives}, last_fixing = {}%, last_payment = {})\n",
            self.instrument(),
            decimal(self.notional, 2),
            day_after(date, self.maturity),
            decimal(self.fixing, 3),
            self.paid(date),
        )
    }
}

/// One on its way.
#[derive(Clone, Debug)]
pub struct Swap {
    pub name: &'static str,
    /// What is received, and what is paid.
    pub legs: [Rc<Course>; 2],
    /// In thousandths of a quantum.
    pub accrued: [i128; 2],
    /// What actions left, at 1e-15.
    pub kept: i128,
    pub end: NaiveDate,
    pub fair: i128,
    pub is_carried: bool,
}

impl Swap {
    /// Received less paid, in thousandths of a quantum.
    pub fn net_accrued(&self) -> i128 {
        self.accrued[0] - self.accrued[1]
    }

    /// Received less paid on a day.
    pub fn flow(&self, day: NaiveDate) -> i128 {
        let paid = |leg: &Course| {
            let on_day = leg.payments.iter().filter(|p| p.paid == day);
            share(self.kept, on_day.map(|p| p.interest).sum())
        };
        paid(&self.legs[0]) - paid(&self.legs[1])
    }
}

/// The two legs as contracts: interest on a notional that is never paid.
struct Legs {
    is_payer: bool,
    notional: i128,
    /// At 1e-12.
    rate: i128,
    every: i32,
    daycount: &'static str,
    reset: i32,
    spread: i128,
    fixing: i128,
    start: NaiveDate,
    since: NaiveDate,
    end: NaiveDate,
}

impl Evaluator<'_> {
    fn legs(&self, legs: &Legs) -> [Rc<Course>; 2] {
        let of = |accrues, daycount, rate| {
            let terms = Terms {
                family: Family::Bullet,
                accrues,
                daycount,
                roll: "none",
                calendar: calendar("EUR"),
                principal: legs.notional,
                rate,
                spread: legs.spread,
                floor: None,
                start: legs.start,
                end: legs.end,
                accrued: 0,
                moves: Vec::new(),
                special: Special {
                    since: Some(legs.since),
                    ..Special::default()
                },
            };
            Rc::new(course(&terms, &|day| self.world.index(day)))
        };
        let fixed = of(Accrues::Fixed(legs.every), legs.daycount, legs.rate);
        let floating = of(Accrues::Index(legs.reset), "act/360", legs.fixing);
        if legs.is_payer {
            [floating, fixed]
        } else {
            [fixed, floating]
        }
    }

    fn swap(&self, name: &'static str, is_carried: bool, legs: &Legs) -> Swap {
        let courses = self.legs(legs);
        let accrued = courses.each_ref().map(|leg| leg.accrued(legs.start));
        Swap {
            name,
            accrued,
            legs: courses,
            kept: ONE,
            end: legs.end,
            fair: 0,
            is_carried,
        }
    }

    /// The swaps of the book.
    pub fn open_swaps(&mut self) {
        let date = self.world.bank.date;
        for quoted in &self.world.swaps {
            let milli = |x: i64| i128::from(x) * 10_000_000;
            let mut swap = self.swap(
                quoted.instrument(),
                quoted.is_carried,
                &Legs {
                    is_payer: quoted.is_payer,
                    notional: i128::from(quoted.notional) * 100,
                    rate: milli(quoted.rate),
                    every: quoted.every,
                    daycount: quoted.daycount,
                    reset: quoted.reset,
                    spread: milli(quoted.spread),
                    fixing: milli(quoted.fixing),
                    start: date,
                    since: quoted.paid(date),
                    end: day_after(date, quoted.maturity),
                },
            );
            if swap.is_carried {
                swap.fair = self.worth(&swap) - divided(swap.net_accrued(), 1_000);
            }
            self.swaps.push(swap);
        }
    }

    /// Enters one on a product's terms of the day; what it is worth, off par, is paid for: the cash.
    pub fn enter(&mut self, at: usize, notional: i128) -> i128 {
        let hedge = HEDGES[at];
        let start = self.today;
        let end = start + Months::new(hedge.term);
        let mut swap = self.swap(
            "swap",
            true,
            &Legs {
                is_payer: hedge.is_payer,
                notional,
                rate: self.par(start, end),
                every: 12,
                daycount: hedge.daycount,
                reset: hedge.reset,
                spread: 0,
                fixing: self.world.index(start),
                start,
                since: start,
                end,
            },
        );
        swap.fair = self.worth(&swap);
        let cash = -swap.fair;
        self.swaps.push(swap);
        self.slack += 2;
        cash
    }

    /// What is to come of a swap, on the curve of the day.
    pub fn worth(&self, swap: &Swap) -> i128 {
        let zero = self.zero("EUR");
        let value = |leg: &Course| -> f64 {
            let later = leg.payments.iter().filter(|p| p.paid > self.today);
            later
                .map(|p| {
                    p.interest as f64
                        * libm::exp(-zero * (p.paid - self.today).num_days() as f64 / 365.0)
                })
                .sum()
        };
        let whole = value(&swap.legs[0]) - value(&swap.legs[1]);
        libm::rint(whole * swap.kept as f64 / ONE as f64) as i128
    }

    /// One day of every swap.
    pub fn swap_day(&mut self, day: i64) {
        let date = self.date(day);
        for swap in &mut self.swaps {
            let flow = swap.flow(date);
            let before = swap.net_accrued();
            for (accrued, leg) in swap.accrued.iter_mut().zip(&swap.legs) {
                *accrued = share(swap.kept, leg.accrued(date));
            }
            let income = swap.net_accrued() - before + flow * 1_000;
            let books = self.books.get_mut("EUR").unwrap();
            books.pay(day, flow);
            books.interest += income;
        }
    }

    /// Carries what is carried at its worth.
    pub fn mark_swaps(&mut self) {
        for at in 0..self.swaps.len() {
            if !self.swaps[at].is_carried {
                continue;
            }
            let worth = self.worth(&self.swaps[at]);
            let swap = &mut self.swaps[at];
            let fair = worth - divided(swap.net_accrued(), 1_000);
            let moved = fair - swap.fair;
            swap.fair = fair;
            self.books.get_mut("EUR").unwrap().fair += moved * 1_000;
        }
    }

    /// Closes every swap of an instrument at its value: the cash.
    pub fn unwind(&mut self, name: &str) -> i128 {
        self.mark_swaps();
        let mut cash = 0;
        for at in 0..self.swaps.len() {
            let swap = &self.swaps[at];
            if swap.name != name || swap.kept == 0 || swap.end <= self.today {
                continue;
            }
            let worth = self.worth(swap);
            let result = worth * 1_000 - swap.net_accrued() - swap.fair * 1_000;
            cash += worth;
            let swap = &mut self.swaps[at];
            (swap.kept, swap.fair, swap.accrued) = (0, 0, [0, 0]);
            self.books.get_mut("EUR").unwrap().disposals += result;
            self.slack += 2;
        }
        cash
    }
}
