//! Cover pools along a run: what each is to hold, what it holds, and what falls on each of its assets.
//!
//! An asset counts at what `free` and `encumbered` count it at: its market value, else its amortised cost; and only as far as no
//! deal or other encumbrance holds it. Every asset of a pool bears the same share. Groups bear it, not positions.

use super::series::{Amount, Day};
use super::state::{Encumbrance, Reading, Run, mul_div};
use crate::plan::CoverPoolId;
use crate::quantity::Currency;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// A pool in a run.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The pool.
    pub pool: CoverPoolId,
    /// How it stood, at `Start` and on each event day, in their order.
    pub stands: Vec<Stand>,
    /// Whether the same assets belong to it on all days.
    pub is_fixed: bool,
}

/// How a pool stands at a reading. Amounts without a currency are quanta of the book's.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The reading.
    pub since: Reading,
    /// The groups of its assets, ascending.
    pub members: Arc<Vec<usize>>,
    /// What is outstanding of the debt.
    pub secured: Amount,
    /// What it is to hold: the debt and the overcollateral.
    pub required: Amount,
    /// What its assets come to that nothing else encumbers.
    pub available: Amount,
    /// What is encumbered of what is there, by currency of the assets, in quanta of that.
    pub held: BTreeMap<Currency, Held>,
    /// The debt by the day on which it is due: the remaining terms of the encumbrance. `None`, last: no day.
    pub terms: Vec<(Option<Day>, Amount)>,
    /// What falls on each member; found when first asked for.
    parts: OnceLock<Vec<Amount>>,
}

/// The assets of a pool in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Encumbered for the pool.
    pub encumbered: Amount,
    /// All that nothing else encumbers.
    pub available: Amount,
}

impl Stand {
    /// A pool at a reading, before it is known what falls on each asset.
    pub fn new(since: Reading, members: Arc<Vec<usize>>) -> Self {
        Self {
            since,
            members,
            secured: 0,
            required: 0,
            available: 0,
            held: BTreeMap::new(),
            terms: Vec::new(),
            parts: OnceLock::new(),
        }
    }

    /// What the pool lacks of what it is to hold; to the last quantum, so that a pool of which all was sold that is free does not
    /// lack its own rounding.
    pub fn shortfall(&self) -> Amount {
        match self.required - self.available {
            lacks if lacks > 1 => lacks,
            _ => 0,
        }
    }

    /// An amount encumbered for the pool, by the remaining terms of the debt; the parts add up to it.
    pub fn by_term(&self, amount: Amount) -> Vec<(Option<Day>, Amount)> {
        let whole: Amount = self.terms.iter().map(|(_, debt)| debt).sum();
        if amount == 0 {
            return Vec::new();
        }
        if whole == 0 {
            return vec![(None, amount)];
        }
        let (mut debt, mut done) = (0, 0);
        let part = |(day, due): &(Option<Day>, Amount)| {
            debt += due;
            let until = mul_div(amount, debt, whole);
            let part = until - done;
            done = until;
            (*day, part)
        };
        self.terms.iter().map(part).collect()
    }

    /// What falls on a member; 0 where the group is none. `values` finds what the members come to, in their order.
    pub fn part_of(&self, index: usize, values: impl Fn() -> Vec<(Currency, Amount)>) -> Amount {
        let Ok(place) = self.members.binary_search(&index) else {
            return 0;
        };
        let parts = self.parts.get_or_init(|| self.shared(&values()));
        parts.get(place).copied().unwrap_or(0)
    }

    /// What is encumbered in each currency falls on the members pro rata to what they come to, by running totals, so that the parts
    /// add up to the last quantum.
    pub fn shared(&self, values: &[(Currency, Amount)]) -> Vec<Amount> {
        let mut wholes: BTreeMap<Currency, Amount> = BTreeMap::new();
        for (currency, value) in values {
            *wholes.entry(*currency).or_default() += value;
        }
        let mut running: BTreeMap<Currency, (Amount, Amount)> = BTreeMap::new();
        let share = |(currency, value): &(Currency, Amount)| {
            let whole = wholes.get(currency).copied().unwrap_or(0);
            let held = self.held.get(currency).map_or(0, |held| held.encumbered);
            if whole == 0 {
                return 0;
            }
            let (value_so_far, part_so_far) = running.entry(*currency).or_default();
            *value_so_far += value;
            let until = mul_div(held.min(whole), *value_so_far, whole);
            let part = until - *part_so_far;
            *part_so_far = until;
            part
        };
        values.iter().map(share).collect()
    }
}

impl Cover {
    /// How it stands at a reading: as of the last event day by then.
    pub fn at(&self, reading: Reading) -> Option<&Stand> {
        let after = self.stands.partition_point(|stand| stand.since <= reading);
        self.stands.get(after.checked_sub(1)?)
    }

    /// The groups that belong to it on some day, ascending.
    pub fn members(&self) -> Vec<usize> {
        let mut members: Vec<usize> = match (self.is_fixed, self.stands.last()) {
            (true, Some(last)) => last.members.to_vec(),
            _ => {
                let all = self.stands.iter().flat_map(|s| s.members.iter().copied());
                all.collect()
            }
        };
        members.sort_unstable();
        members.dedup();
        members
    }
}

impl Run {
    /// What a group comes to for a pool: market value, else amortised cost, less what is encumbered otherwise.
    fn uncommitted(&self, index: usize, reading: Reading) -> Amount {
        self.unpledged(index, reading).max(0)
    }

    /// What is encumbered of a group for cover pools, by the remaining terms of the debt.
    pub fn covering(&self, index: usize, reading: Reading) -> Vec<(Option<Day>, Amount)> {
        let mut parts = Vec::new();
        for stand in self.covers.iter().filter_map(|cover| cover.at(reading)) {
            let values = || {
                let value = |index: &usize| {
                    let currency = self.group(*index).map(|group| group.currency);
                    Some((currency?, self.uncommitted(*index, stand.since)))
                };
                stand.members.iter().filter_map(value).collect()
            };
            parts.extend(stand.by_term(stand.part_of(index, values)));
        }
        parts
    }

    /// What a pool encumbers of its assets in a currency, by the remaining terms of the debt, and all of them.
    pub fn pool_parts(
        &self,
        pool: usize,
        currency: Currency,
        reading: Reading,
    ) -> (Vec<(Option<Day>, Amount)>, Amount) {
        let stand = self.covers.get(pool).and_then(|cover| cover.at(reading));
        let held = stand.and_then(|stand| Some((stand, stand.held.get(&currency)?)));
        held.map_or((Vec::new(), 0), |(stand, held)| {
            (stand.by_term(held.encumbered), held.available)
        })
    }

    /// The groups that something encumbers at some time, ascending.
    pub fn ever_encumbered(&self) -> Vec<usize> {
        let pledged = self.encumbrances.iter().map(|e| e.lot);
        let mut all: Vec<usize> = pledged
            .chain(self.covers.iter().flat_map(Cover::members))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The groups that one pool alone encumbers, on all days, with its place among the pools.
    pub fn in_one_pool_only(&self) -> Vec<(usize, usize)> {
        let pledged: BTreeSet<usize> = self.encumbrances.iter().map(|e| e.lot).collect();
        let fixed = self.covers.iter().enumerate();
        fixed
            .filter(|(_, cover)| cover.is_fixed)
            .flat_map(|(place, cover)| cover.members().into_iter().map(move |m| (m, place)))
            .filter(|(member, _)| !pledged.contains(member))
            .collect()
    }

    /// Nominal of a lot that an encumbrance holds on a day: a lot that runs down takes its pledge with it.
    pub fn pledged_nominal(&self, index: usize, pledge: &Encumbrance, day: Day) -> Amount {
        let before = self.contractual_balance(index, pledge.since.day());
        if before == 0 {
            0
        } else {
            mul_div(pledge.nominal, self.contractual_balance(index, day), before)
        }
    }
}
