//! Sums over the groups of a class that several formulas of one place ask for: the NSFR spreads the same assets over its bands once
//! free and once for each band of their encumbrance.

use super::Measures;
use super::amount::{Leaf, Window};
use super::classes::Class;
use super::place::Place;
use crate::diagnostic::codes::run as codes;
use crate::engine::state::Reading;
use crate::formula::Refusal;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Below this number of groups a sum is made as fast as it is found.
const WORTH_KEEPING: usize = 8;

/// What amounts depend on of a place: run, scenario that strikes, reading.
type Seen = (usize, Option<usize>, Reading);

/// A class by its first group and its size, and the band.
type Key = (usize, usize, Window);

/// The sums of the last place that was looked at.
#[derive(Default)]
pub(super) struct SharedSums {
    seen: RefCell<Option<Seen>>,
    sums: RefCell<FxHashMap<Key, (Vec<usize>, i128)>>,
}

impl Measures<'_> {
    /// A measure summed over a class, in the leaf's units.
    pub(super) fn sum_of_class(
        &self,
        leaf: &Leaf,
        class: &Class,
        place: Place,
    ) -> Result<i128, Refusal> {
        let window = match leaf {
            Leaf::Maturing(window) if class.members.len() >= WORTH_KEEPING => *window,
            _ => return self.summed_anew(leaf, class, place),
        };
        let seen = (place.run, place.branch, place.reading);
        if self.shared_sums.seen.replace(Some(seen)) != Some(seen) {
            self.shared_sums.sums.borrow_mut().clear();
        }
        let key = (class.first, class.members.len(), window);
        if let Some((members, sum)) = self.shared_sums.sums.borrow().get(&key)
            && *members == class.members
        {
            return Ok(*sum);
        }
        let sum = self.summed_anew(leaf, class, place)?;
        let kept = (class.members.clone(), sum);
        self.shared_sums.sums.borrow_mut().insert(key, kept);
        Ok(sum)
    }

    fn summed_anew(&self, leaf: &Leaf, class: &Class, place: Place) -> Result<i128, Refusal> {
        let mut sum: i128 = 0;
        for index in &class.members {
            let amount = self.amount(leaf, *index, place)?;
            sum = sum.checked_add(amount).ok_or_else(|| {
                Refusal::new(
                    codes::OUT_OF_RANGE,
                    "a sum of amounts beyond what can be counted",
                )
            })?;
        }
        Ok(sum)
    }
}
