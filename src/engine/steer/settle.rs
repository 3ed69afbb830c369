//! Settlement: what was decided is done on its day, in the order of `allow`, each seeing what the ones before posted.

use super::Steer;
use super::dispose::Target;
use super::offer::part_of;
use super::secured::Secured;
use crate::diagnostic::Diagnostic;
use crate::engine::decision::DecidedLeg;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause};
use crate::plan::{Action, Expression, ProductId, Side, Verb};
use crate::quantity::{RATE_SCALE, Rate};

/// What a line of `do` came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// Done, in the currency of what was asked for.
    pub filled: Amount,
    /// Cash received (+) or paid (-).
    pub cash: Amount,
    /// Why it is less than was asked for.
    pub reason: Option<String>,
}

/// A line of `do` on its day.
pub(super) struct Dealing<'d> {
    pub action: &'d Action,
    pub leg: &'d DecidedLeg,
    pub day: Day,
    pub cause: Cause,
    /// The name of what is born of it.
    pub id: String,
}

impl<'a> Steer<'_, 'a> {
    /// Settles everything that is due on a day.
    pub(super) fn settle(&mut self, day: Day) -> Result<(), Vec<Diagnostic>> {
        let order = |id| self.armed.iter().position(|armed| armed.id == id);
        let mut due: Vec<usize> = (0..self.run.decisions.len())
            .filter(|at| {
                self.run
                    .decisions
                    .get(*at)
                    .is_some_and(|d| d.counts() && !d.is_settled && d.settles == day)
            })
            .collect();
        due.sort_by_key(|at| {
            let decision = self.run.decisions.get(*at);
            (decision.and_then(|d| order(d.action)), *at)
        });
        for at in due {
            self.settle_one(at, day)?;
        }
        Ok(())
    }

    fn settle_one(&mut self, at: usize, day: Day) -> Result<(), Vec<Diagnostic>> {
        let Some(mut decision) = self.run.decisions.get(at).cloned() else {
            return Ok(());
        };
        let armed = self.armed.iter().find(|armed| armed.id == decision.action);
        let Some(action) = armed.map(|armed| armed.action) else {
            return Ok(());
        };
        let deeds = action.deeds.len();
        for (place, (deed, leg)) in action.deeds.iter().zip(&mut decision.legs).enumerate() {
            let line = if deeds == 1 {
                String::new()
            } else {
                format!(" line {}", place + 1)
            };
            let date = self.context.date(day).map_err(|e| vec![e])?;
            // what an earlier line began may stand in a pool, or behind one
            self.enrol(day).map_err(|e| vec![e])?;
            let outcome = self.perform(
                &deed.verb,
                &Dealing {
                    action,
                    leg,
                    day,
                    cause: Cause::Action(u32::try_from(at).unwrap_or(u32::MAX)),
                    id: format!("{} {date}{line}", action.heading.short),
                },
            )?;
            leg.filled = outcome.filled;
            leg.cash = outcome.cash;
            if let Some(reason) = outcome.reason {
                leg.reason = Some(match leg.reason.take() {
                    Some(before) => format!("{before}; {reason}"),
                    None => reason,
                });
            }
        }
        decision.is_settled = true;
        if let Some(slot) = self.run.decisions.get_mut(at) {
            *slot = decision;
        }
        Ok(())
    }

    fn perform(
        &mut self,
        verb: &'a Verb,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let one = |error: Diagnostic| vec![error];
        match verb {
            Verb::Issue { product, .. } => self.issue(*product, dealing),
            Verb::Sell {
                selection,
                size,
                order,
            } => self
                .dispose(selection, Target::of(size), *order, Side::Asset, dealing)
                .map_err(one),
            Verb::BuyBack {
                selection,
                size,
                order,
            } => self
                .dispose(
                    selection,
                    Target::of(size),
                    *order,
                    Side::Liability,
                    dealing,
                )
                .map_err(one),
            Verb::Buy { what, size } => self.buy(what, size, dealing),
            Verb::Repo {
                selection,
                term,
                haircut,
                rate,
                roll,
                of: Some(of),
                ..
            }
            | Verb::ReverseRepo {
                selection,
                term,
                haircut,
                rate,
                roll,
                of: Some(of),
                ..
            } => {
                let secured = Secured {
                    selection,
                    term: *term,
                    haircut,
                    rate: rate.as_ref(),
                    roll: *roll,
                    reused: matches!(
                        verb,
                        Verb::ReverseRepo {
                            rehypothecate: true,
                            ..
                        }
                    ),
                    of: *of,
                    side: match verb {
                        Verb::Repo { .. } => Side::Liability,
                        _ => Side::Asset,
                    },
                };
                self.secure(secured, dealing)
            }
            Verb::Hedge { product, .. } => self.hedge(*product, dealing),
            Verb::Unwind {
                selection,
                amortise,
            } => self.unwind(selection, *amortise, dealing).map_err(one),
            Verb::Draw { selection, .. } => self.draw_lines(selection, dealing).map_err(one),
            Verb::IssueEquity { .. } => {
                Ok(self.equity_cash(Account::Capital, dealing.leg.granted, dealing))
            }
            Verb::PayDividend { .. } | Verb::PayTax { .. } => {
                Ok(self.equity_cash(Account::Distributed, -dealing.leg.granted, dealing))
            }
            Verb::Reprice { selection, rate } => {
                let by = self.share(rate, dealing.day).map_err(one)?;
                self.reprice(selection, by, dealing).map_err(one)
            }
            Verb::Scale { product, ratio } => {
                let share = self.share(ratio, dealing.day).map_err(one)?;
                Ok(self.scale_business(*product, share, dealing))
            }
            Verb::Stop { product } => Ok(self.scale_business(*product, Rate::ZERO, dealing)),
            // the compiler names the instrument of a deal, or refuses it
            Verb::Repo { of: None, .. } | Verb::ReverseRepo { of: None, .. } => {
                Ok(Outcome::default())
            }
        }
    }

    /// What a deal costs, share of its amount: the action's, else the product's.
    pub(super) fn cost_of(
        &self,
        action: &Action,
        of_product: Rate,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        let Some(cost) = &action.cost else {
            return Ok(of_product);
        };
        self.share(cost, day)
    }

    /// A ratio that is about no position.
    pub(super) fn share(&self, formula: &Expression, day: Day) -> Result<Rate, Diagnostic> {
        let book = self.context.exercise.book.currency;
        let value = self.context.plain(formula, book, day);
        match value.map_err(|r| r.at(formula.span).into_diagnostic())? {
            crate::formula::Value::Number(number) => {
                Rate::from_rational(&number).map_err(super::offer::out_of_range)
            }
            other => Err(Diagnostic::error(
                crate::diagnostic::codes::run::WRONG_KIND,
                format!("{} stands where a ratio is due", other.kind()),
            )),
        }
    }

    /// Money taken on a product's terms: at its price, else at par.
    fn issue(
        &mut self,
        product: ProductId,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let day = dealing.day;
        let offer = self.offer(product, day).map_err(one)?;
        let asked = dealing.leg.granted;
        let nominal = self
            .exchanged(asked, dealing.leg.currency, offer.currency, day)
            .map_err(one)?;
        if nominal <= 0 {
            return Ok(Outcome::default());
        }
        let price = offer.price.unwrap_or(Rate(RATE_SCALE));
        let cost = self.cost_of(dealing.action, offer.cost, day).map_err(one)?;
        let received = part_of(nominal, price) - part_of(nominal, cost);
        let begun = self.begin(&offer, &dealing.id, nominal, received - nominal, day)?;
        let begun = self.priced(begun, offer.price, day).map_err(one)?;
        self.take_up(begun, day, dealing.cause).map_err(one)?;
        Ok(Outcome {
            filled: asked,
            cash: self
                .exchanged(received, offer.currency, dealing.leg.currency, day)
                .map_err(one)?,
            reason: None,
        })
    }
}
