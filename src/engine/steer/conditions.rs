//! Conditions of business: client rates that move, and new business that is scaled or stopped.

use super::Steer;
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::group::{Group, InterestTerms};
use crate::engine::rates::{client_interest, client_rates};
use crate::engine::series::Day;
use crate::engine::state::mul_div;
use crate::plan::{BalanceSheet, InstrumentId, ProductId, Selection};
use crate::quantity::{RATE_SCALE, Rate};

/// A move of client rates: the rates of accounts, and the margins of new business.
#[derive(Clone, Debug)]
pub(super) struct Repricing<'a> {
    on: &'a Selection,
    by: Rate,
    from: Day,
}

/// New business of a product from a day on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling {
    product: ProductId,
    instrument: InstrumentId,
    share: Rate,
    from: Day,
}

impl<'a> Steer<'_, 'a> {
    /// Moves the client rates of a selection by so much from the day on.
    pub(super) fn reprice(
        &mut self,
        on: &'a Selection,
        by: Rate,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Diagnostic> {
        let day = dealing.day;
        self.repricings.push(Repricing { on, by, from: day });
        let mut moved = 0;
        for index in 0..self.states.len() {
            moved += usize::from(self.reprice_group(index, day)?);
        }
        Ok(Outcome {
            reason: (moved == 0).then(|| {
                "no account of the selection has a client rate; new business is priced anew"
                    .to_owned()
            }),
            ..Outcome::default()
        })
    }

    /// Makes the interest of an account anew with every move of its client rate so far, from a day on.
    fn reprice_group(&mut self, index: usize, day: Day) -> Result<bool, Diagnostic> {
        let context = self.context;
        let Some(group) = self.run.group(index) else {
            return Ok(false);
        };
        let InterestTerms::Client(client) = &group.interest else {
            return Ok(false);
        };
        let mut shifts = Vec::new();
        for repricing in &self.repricings {
            let selected = context.selects(repricing.on, group, repricing.from);
            if selected.map_err(|refusal| refusal.into_diagnostic())? {
                shifts.push((repricing.from, repricing.by));
            }
        }
        if shifts.is_empty() {
            return Ok(false);
        }
        let until = client.periods.last().map_or(0, |period| period.end);
        let effective = self.states.get(index).and_then(|s| s.effective.as_ref());
        let base = match effective.and_then(|effective| effective.reprice) {
            Some(beta) => client_rates(context, group, client, beta, until)?,
            None => vec![(Day::MIN, client.rate)],
        };
        let rates = shifted(&base, &shifts);
        let interest = client_interest(context, client, &rates)?;
        // the mirror is not the client's: its price moves by its own rule
        let interest = self
            .client_mirror(group, client, Some(interest.clone()))?
            .unwrap_or(interest);
        self.run.reprice(index, day, interest);
        if let Some(state) = self.states.get_mut(index) {
            state.next = Day::MIN;
        }
        Ok(true)
    }

    /// What moves of client rates add to the margin of new business on a group's terms.
    pub(super) fn repriced_margin(&self, group: &Group, day: Day) -> Result<Rate, Diagnostic> {
        let mut added = 0;
        for repricing in &self.repricings {
            let selected = self.context.selects(repricing.on, group, day);
            if repricing.from <= day && selected.map_err(|refusal| refusal.into_diagnostic())? {
                added += repricing.by.0;
            }
        }
        Ok(Rate(added))
    }

    /// Scales new business of a product from the day on; 0 stops it.
    pub(super) fn scale_business(
        &mut self,
        product: ProductId,
        share: Rate,
        dealing: &Dealing<'_>,
    ) -> Outcome {
        let Some(instrument) = self.product(product).map(|product| product.of) else {
            return Outcome::default();
        };
        self.scalings.push(Scaling {
            product,
            instrument,
            share,
            from: dealing.day,
        });
        Outcome {
            reason: self.no_business_of(product, instrument),
            ..Outcome::default()
        }
    }

    /// Why there is no new business of a product that could be scaled.
    fn no_business_of(&self, product: ProductId, instrument: InstrumentId) -> Option<String> {
        let name = || self.instrument_name(instrument);
        match self.sheet {
            Some(BalanceSheet::Plan(plan)) if plan.may_begin(product) => None,
            Some(BalanceSheet::Plan(_)) => Some("the plan makes no business of it".to_owned()),
            Some(BalanceSheet::Constant { .. }) => {
                let mut groups = self.context.projection.groups.iter();
                let replaced = groups.any(|group| group.instrument == instrument);
                (!replaced).then(|| format!("the book holds no `{}` to replace", name()))
            }
            _ => Some("the balance sheet runs off: there is no new business".to_owned()),
        }
    }

    /// The share of new business that is made on a day: of a product, or of what replaces an instrument's contracts like for like.
    pub(super) fn made_of(
        &self,
        product: Option<ProductId>,
        instrument: InstrumentId,
        day: Day,
    ) -> Rate {
        let concerns = |scaling: &&Scaling| {
            scaling.from <= day
                && match product {
                    Some(product) => scaling.product == product,
                    None => scaling.instrument == instrument,
                }
        };
        let scalings = self.scalings.iter().filter(concerns);
        scalings.fold(Rate(RATE_SCALE), |share, scaling| {
            let scaled = mul_div(
                i128::from(share.0),
                i128::from(scaling.share.0),
                i128::from(RATE_SCALE),
            );
            Rate(i64::try_from(scaled).unwrap_or(i64::MAX))
        })
    }
}

/// Rates by day with moves added, each from its day on.
fn shifted(base: &[(Day, Rate)], shifts: &[(Day, Rate)]) -> Vec<(Day, Rate)> {
    let mut days: Vec<Day> = base.iter().chain(shifts).map(|(day, _)| *day).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .map(|day| {
            let own = base.iter().rev().find(|(from, _)| *from <= day);
            let added: i64 = shifts
                .iter()
                .filter(|(from, _)| *from <= day)
                .map(|(_, by)| by.0)
                .sum();
            (day, Rate(own.map_or(0, |(_, rate)| rate.0) + added))
        })
        .collect()
}
