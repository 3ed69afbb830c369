//! Money against bonds: what is pledged, for how long, and the calls that keep it covered.

use crate::bank::lines::{Accrues, Family};
use crate::contract::{Special, Terms, rolled};
use crate::deal::Deal;
use crate::evaluator::{Evaluator, calendar};
use crate::number::divided;
use crate::premium::Premium;

/// The terms of a repo: cents, days, percent, thousandths of a percent.
#[derive(Clone, Copy, Debug)]
pub struct Repo {
    pub cash: i64,
    pub term: i64,
    pub haircut: i64,
    pub rate: i64,
    pub rolls: bool,
}

/// Nominal of a lot that stands behind a deal until a day.
#[derive(Clone, Debug)]
pub struct Pledge {
    lot: usize,
    deal: usize,
    nominal: i128,
    since: i64,
    release: i64,
}

/// A deal that is kept covered.
#[derive(Clone, Debug)]
pub struct Secured {
    deal: usize,
    lot: usize,
    /// Percent.
    haircut: i64,
    /// Cash that was paid as margin, quanta.
    margin: i128,
}

/// A deal that is made again when it is due.
#[derive(Clone, Copy, Debug)]
pub struct Rolling {
    terms: Repo,
    cash: i128,
    due: i64,
}

impl Evaluator<'_> {
    /// The repo that stands in the book, against its first bond.
    pub fn pledge_opening(&mut self) {
        let Some(standing) = self.world.treasury.standing else {
            return;
        };
        let lot = self.deals.iter().position(|d| d.name == "bond").unwrap();
        let cash = i128::from(standing.terms.cash) * 100;
        let due = self.world.bank.date + chrono::Days::new(standing.terms.term.unsigned_abs());
        let deal = self.repo(cash, standing.terms.rate, 0, due);
        self.pledges.push(Pledge {
            lot,
            deal,
            nominal: i128::from(standing.pledged) * 100,
            since: 0,
            release: self.day(due),
        });
        self.secured.push(Secured {
            deal,
            lot,
            haircut: standing.terms.haircut,
            margin: 0,
        });
    }

    /// A new contract of the instrument `repo`.
    fn repo(&mut self, cash: i128, rate: i64, cost: i128, due: chrono::NaiveDate) -> usize {
        let terms = Terms {
            family: Family::Bullet,
            accrues: Accrues::Fixed(1_200),
            daycount: "act/360",
            roll: "none",
            calendar: calendar("EUR"),
            principal: cash,
            rate: i128::from(rate) * 10_000_000,
            spread: 0,
            floor: None,
            start: self.today,
            end: due,
            accrued: 0,
            moves: Vec::new(),
            special: Special::default(),
        };
        let mut deal = self.contract("repo", false, "EUR", terms);
        deal.born = Some(self.day(self.today));
        deal.premium = -cost;
        if cost != 0 {
            deal.amortising = Some(Premium::new(&deal.course, self.today, deal.premium));
        }
        self.deals.push(deal);
        self.deals.len() - 1
    }

    /// Takes cash against what is free, bond after bond by name: how much of what is asked for.
    fn borrow(&mut self, terms: Repo, asked: i128, cost: i64) -> i128 {
        let (date, day) = (self.today, self.day(self.today));
        let stays = 100 - terms.haircut - self.scenario.haircut;
        let due = self.due(terms);
        let mut left = asked;
        for lot in self.choice(&["bond"]) {
            let value = self.market_value(&self.deals[lot], date);
            let free = self.free_nominal(lot);
            let worth = divided(value * free, self.deals[lot].nominal);
            let room = divided(worth * i128::from(stays), 100);
            if left <= 0 || room <= 0 {
                continue;
            }
            let cash = left.min(room);
            left -= cash;
            let held = divided(cash * 100, i128::from(stays));
            let nominal = if cash == room {
                free
            } else {
                divided(self.deals[lot].nominal * held, value).min(free)
            };
            let charge = divided(cash * i128::from(cost), 10_000);
            let deal = self.repo(cash, terms.rate, charge, due);
            self.pledges.push(Pledge {
                lot,
                deal,
                nominal,
                since: day,
                release: self.day(due),
            });
            self.secured.push(Secured {
                deal,
                lot,
                haircut: terms.haircut,
                margin: 0,
            });
            self.slack += 3;
        }
        asked - left
    }

    /// Lends cash: what is received against it is nobody's asset.
    pub fn lend(&mut self, terms: Repo, cash: i128) {
        let due = self.due(terms);
        let at = self.repo(cash, terms.rate, 0, due);
        self.deals[at].name = "lent";
        self.deals[at].asset = true;
    }

    /// The business day on which a deal that begins today is due.
    fn due(&self, terms: Repo) -> chrono::NaiveDate {
        let after = self.today + chrono::Days::new(terms.term.unsigned_abs());
        rolled(after, "TARGET", "following")
    }

    /// A repo as an action asks for it, made again when it is due if it says so.
    pub fn borrow_and_roll(&mut self, terms: Repo, asked: i128, cost: i64) -> i128 {
        let cash = self.borrow(terms, asked, cost);
        if terms.rolls && cash > 0 {
            let due = self.day(self.due(terms));
            self.rolling.push(Rolling { terms, cash, due });
        }
        cash
    }

    /// Makes deals again that are due, in the order in which they were first made.
    pub fn roll(&mut self, day: i64) {
        for at in 0..self.rolling.len() {
            let Rolling { terms, cash, due } = self.rolling[at];
            if due != day || cash == 0 {
                continue;
            }
            let cash = self.borrow(terms, cash, 0);
            let due = self.day(self.due(terms));
            self.rolling[at] = Rolling { terms, cash, due };
            self.books.get_mut("EUR").unwrap().pay(day, cash);
        }
    }

    /// The nominal of a lot that stands behind deals.
    fn pledged(&self, pledge: &Pledge, day: chrono::NaiveDate) -> i128 {
        let lot = &self.deals[pledge.lot];
        let then = lot.course.balance(self.date(pledge.since));
        if pledge.release <= self.day(day) || then == 0 {
            return 0;
        }
        divided(pledge.nominal * lot.course.balance(day), then)
    }

    /// The nominal of a deal that nothing encumbers.
    pub fn free_nominal(&self, at: usize) -> i128 {
        let held: i128 = self
            .pledges
            .iter()
            .filter(|p| p.lot == at)
            .map(|p| self.pledged(p, self.today))
            .sum();
        (self.deals[at].nominal - held).max(0)
    }

    /// The market value behind a pledge.
    fn pledged_value(&self, pledge: &Pledge) -> i128 {
        let lot = &self.deals[pledge.lot];
        if lot.nominal == 0 {
            return 0;
        }
        let nominal = self.pledged(pledge, self.today).min(lot.nominal);
        divided(self.market_value(lot, self.today) * nominal, lot.nominal)
    }

    /// The market value of a deal that nothing encumbers.
    pub fn free_value(&self, at: usize) -> i128 {
        let of = self.pledges.iter().filter(|p| p.lot == at);
        self.market_value(&self.deals[at], self.today)
            - of.map(|p| self.pledged_value(p)).sum::<i128>()
    }

    /// Brings back the margin of deals that were repaid today.
    pub fn return_margins(&mut self, day: i64) {
        for at in 0..self.secured.len() {
            let secured = &mut self.secured[at];
            if self.deals[secured.deal].nominal == 0 && secured.margin != 0 {
                let margin = std::mem::take(&mut secured.margin);
                let books = self.books.get_mut("EUR").unwrap();
                books.margin -= margin;
                books.pay(day, margin);
            }
        }
    }

    /// Covers each deal with more of its lot, then with cash.
    pub fn margin_calls(&mut self, day: i64) {
        for at in 0..self.secured.len() {
            let secured = self.secured[at].clone();
            let owed = self.deals[secured.deal].nominal;
            let stays = i128::from(100 - secured.haircut - self.scenario.haircut);
            let behind = self.pledges.iter().filter(|p| p.deal == secured.deal);
            let release = behind.clone().map(|p| p.release).max().unwrap();
            let value: i128 = behind.map(|p| self.pledged_value(p)).sum();
            let short = owed - secured.margin - divided(value * stays, 100);
            // a deal that is covered to the last quantum is covered
            if owed == 0 || short <= 1 {
                continue;
            }
            let free = self.free_value(secured.lot).max(0);
            let more = divided(short * 100, stays).min(free);
            if more > 0 {
                let lot: &Deal = &self.deals[secured.lot];
                let whole = self.market_value(lot, self.today);
                self.pledges.push(Pledge {
                    lot: secured.lot,
                    deal: secured.deal,
                    nominal: divided(lot.nominal * more, whole),
                    since: day,
                    release,
                });
            }
            let left = short - divided(more * stays, 100);
            if left > 1 {
                self.secured[at].margin += left;
                let books = self.books.get_mut("EUR").unwrap();
                books.margin += left;
                books.pay(day, -left);
                self.slack += 4;
            }
        }
    }
}
