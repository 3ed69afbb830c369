//! What was decided is done: postings of each line of `do`.

use chrono::Months;

use crate::bank::lines::{Accrues, Family};
use crate::contract::{Special, Terms};
use crate::evaluator::{Evaluator, calendar};
use crate::number::{ONE, divided, share};
use crate::premium::Premium;
use crate::treasury::{Leg, PRODUCTS, Rate, Size};

/// A part of a deal that is sold or bought back.
struct Taken {
    deal: usize,
    nominal: i128,
    /// In the measure of what was asked for.
    part: i128,
}

impl Evaluator<'_> {
    /// Settles what is due on a day: in the order of `allow`, each action's decisions as they were taken.
    pub fn settle(&mut self, day: i64) {
        for at in self.scenario.allows.clone() {
            for place in 0..self.decisions.len() {
                let decision = &self.decisions[place];
                if decision.action == at && decision.settles == day && !decision.is_settled {
                    self.carry_out(place, day);
                }
            }
        }
    }

    fn carry_out(&mut self, place: usize, day: i64) {
        let action = &self.world.treasury.actions[self.decisions[place].action];
        for (at, leg) in action.legs.iter().enumerate() {
            let granted = self.decisions[place].parts[at].granted;
            let (filled, cash) = match leg {
                Leg::Issue(product, _) | Leg::IssueUpTo(product, _) | Leg::Buy(product, _) => (
                    granted,
                    self.begin_deal(*product, granted, action.cost, day),
                ),
                Leg::BuyBack(name, _) => {
                    let taken = self.pro_rata(&[name], Size::Nominal(0), granted, None);
                    self.part_with(&taken, action.cost, day)
                }
                Leg::Sell(names, size, order) => {
                    let taken = match order {
                        None => self.pro_rata(names, *size, granted, action.cost),
                        Some(order) => self.in_order(names, *size, granted, order, action.cost),
                    };
                    self.part_with(&taken, action.cost, day)
                }
                Leg::Repo(terms) => {
                    let cost = action.cost.unwrap_or(0);
                    let filled = self.borrow_and_roll(*terms, granted, cost);
                    (filled, filled - divided(filled * i128::from(cost), 10_000))
                }
                Leg::Hedge(product, _) => (granted, self.enter(*product, granted)),
                Leg::Unwind(name) => (0, self.unwind(name)),
                Leg::Equity(_) => (granted, granted),
                Leg::Dividend(_) | Leg::Tax(_) => (granted, -granted),
                Leg::Lend(terms) => {
                    self.lend(*terms, granted);
                    (granted, -granted)
                }
            };
            self.books.get_mut("EUR").unwrap().pay(day, cash);
            let part = &mut self.decisions[place].parts[at];
            (part.filled, part.cash) = (filled, cash);
        }
        self.decisions[place].is_settled = true;
    }

    /// A new contract on a product's terms; the cash that it brings.
    fn begin_deal(&mut self, at: usize, nominal: i128, cost: Option<i64>, day: i64) -> i128 {
        let product = PRODUCTS[at];
        let start = self.date(day);
        let end = start + Months::new(product.term);
        let milli = |x: i64| i128::from(x) * 10_000_000;
        let rate = match product.rate {
            Rate::Fixed(rate) => milli(rate),
            Rate::Par(more) => self.par(start, end) + milli(more),
        };
        let terms = Terms {
            family: Family::Bullet,
            accrues: Accrues::Fixed(product.every),
            daycount: product.daycount,
            roll: "none",
            calendar: calendar("EUR"),
            principal: nominal,
            rate,
            spread: 0,
            floor: None,
            start,
            end,
            accrued: 0,
            moves: Vec::new(),
            special: Special::default(),
        };
        let mut deal = self.contract(product.instrument, product.asset, "EUR", terms);
        deal.born = Some(day);
        deal.accounting = product.accounting;
        let price = product.price.unwrap_or(10_000);
        let worth = divided(nominal * i128::from(price), 10_000);
        let cost = divided(nominal * i128::from(cost.unwrap_or(product.cost)), 10_000);
        deal.premium = worth - nominal + deal.sign() * cost;
        if deal.premium != 0 {
            deal.amortising = Some(Premium::new(&deal.course, start, deal.premium));
        }
        deal.price = Some(price);
        deal.spread = Self::spread(&deal.flows_after(start), worth, self.zero("EUR"));
        let cash = -deal.sign() * worth - cost;
        self.deals.push(deal);
        self.slack += 1;
        cash
    }

    /// What may be disposed of, in euro.
    pub fn choice(&self, names: &[&'static str]) -> Vec<usize> {
        let deals = self.deals.iter().enumerate();
        deals
            .filter(|(_, d)| names.contains(&d.name) && d.currency == "EUR" && d.nominal > 0)
            .map(|(at, _)| at)
            .collect()
    }

    /// How much of a deal may be given away, in the measure of what is asked for: nominal, or cash after the cost.
    fn room(&self, at: usize, size: Size, cost: Option<i64>) -> i128 {
        match size {
            Size::Nominal(_) => self.free_nominal(at),
            Size::Proceeds(_) => {
                let value = self.free_value(at);
                value - divided(value * i128::from(cost.unwrap_or(0)), 10_000)
            }
        }
    }

    /// The same share of everything that is free.
    fn pro_rata(
        &self,
        names: &[&'static str],
        size: Size,
        asked: i128,
        cost: Option<i64>,
    ) -> Vec<Taken> {
        let choice = self.choice(names);
        let mut open: i128 = choice.iter().map(|at| self.room(*at, size, cost)).sum();
        let mut left = asked.min(open);
        let mut taken = Vec::new();
        // the last takes what rounding left
        for deal in choice {
            let room = self.room(deal, size, cost);
            if room <= 0 {
                continue;
            }
            let part = divided(left * room, open);
            (left, open) = (left - part, open - room);
            taken.push(Taken {
                deal,
                nominal: divided(self.free_nominal(deal) * part, room),
                part,
            });
        }
        taken
    }

    /// One lot after the other.
    fn in_order(
        &self,
        names: &[&'static str],
        size: Size,
        asked: i128,
        order: &str,
        cost: Option<i64>,
    ) -> Vec<Taken> {
        let mut choice = self.choice(names);
        let mark = |at: &usize| {
            let deal = &self.deals[*at];
            let accrued = divided(deal.accrued, 1_000);
            let value = self.market_value(deal, self.today);
            match order {
                // what is carried at market value has lost what there was to lose
                "smallest_loss" if deal.accounting == "fvtpl" => 0.0,
                "smallest_loss" => {
                    (deal.nominal + deal.premium + accrued - value) as f64 / value as f64
                }
                "highest_price" => -(value - accrued) as f64 / deal.nominal as f64,
                other => panic!("{other}"),
            }
        };
        choice.sort_by(|a, b| {
            let name = |at: &usize| (self.deals[*at].name, self.deals[*at].id.clone());
            (mark(a), name(a)).partial_cmp(&(mark(b), name(b))).unwrap()
        });
        let mut left = asked;
        let mut taken = Vec::new();
        for deal in choice {
            let room = self.room(deal, size, cost);
            let part = left.min(room);
            if part > 0 {
                left -= part;
                taken.push(Taken {
                    deal,
                    nominal: divided(self.free_nominal(deal) * part, room),
                    part,
                });
            }
        }
        taken
    }

    /// Gives parts of deals away at market value: how much is done, and the cash, which is paid for liabilities.
    fn part_with(&mut self, taken: &[Taken], cost: Option<i64>, day: i64) -> (i128, i128) {
        let date = self.date(day);
        let (mut done, mut cash) = (0, 0);
        for Taken {
            deal: at,
            nominal,
            part,
        } in taken
        {
            let value = self.market_value(&self.deals[*at], date);
            self.mark(*at, value);
            let deal = self.deals[*at].clone();
            let mut next = deal.clone();
            next.kept = share(
                deal.kept,
                divided((deal.nominal - nominal) * ONE, deal.nominal),
            );
            next.factor = next.left();
            next.nominal = share(next.factor, deal.course.balance(date));
            next.accrued = share(next.factor, deal.course.accrued(date));
            next.premium = share(next.factor, deal.contractual_premium(date));
            next.fair = divided(deal.fair * (deal.nominal - nominal), deal.nominal);
            let price = value - self.market_value(&next, date);
            let fee = divided(price * i128::from(cost.unwrap_or(0)), 10_000);
            let sign = deal.sign();
            let recycled = if deal.accounting == "fvoci" {
                (deal.fair - next.fair) * 1_000
            } else {
                0
            };
            let given = (deal.carried() - next.carried()) * 1_000 + deal.accrued - next.accrued;
            let books = self.books.get_mut("EUR").unwrap();
            books.disposals += sign * (price * 1_000 - given + recycled) - fee * 1_000;
            books.oci -= sign * recycled;
            done += part;
            cash += sign * price - fee;
            self.deals[*at] = next;
            self.slack += 4;
        }
        (done, cash)
    }
}
