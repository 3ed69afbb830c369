//! Which groups a selection holds.

use super::Measures;
use super::classes::GroupScope;
use super::place::Place;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{Group, GroupKind};
use crate::formula::{Refusal, Value, evaluate_with};
use crate::plan::{Selection, Side};

impl Measures<'_> {
    /// Whether a group belongs to a selection at a place.
    pub(super) fn selects(
        &self,
        selection: &Selection,
        index: usize,
        group: &Group,
        place: Place,
        locals: &[Value],
    ) -> Result<bool, Refusal> {
        Ok(match selection {
            Selection::All => true,
            Selection::Assets => group.side == Side::Asset,
            // Own ones, the plug and unmet need.
            Selection::Liabilities => group.side == Side::Liability,
            Selection::Derivatives => group.side == Side::Derivative,
            Selection::OffBalance => group.opening.undrawn != 0 || group.side == Side::OffBalance,
            Selection::Equity => false,
            Selection::Instrument(id) => {
                group.instrument == *id && !matches!(group.kind, GroupKind::Plug | GroupKind::Unmet)
            }
            Selection::Lot(id, lot) => {
                group.instrument == *id && group.lot.as_deref() == Some(lot.as_str())
            }
            Selection::Union(a, b) => {
                self.selects(a, index, group, place, locals)?
                    || self.selects(b, index, group, place, locals)?
            }
            Selection::Difference(a, b) => {
                self.selects(a, index, group, place, locals)?
                    && !self.selects(b, index, group, place, locals)?
            }
            Selection::Where(of, condition) => {
                if !self.selects(of, index, group, place, locals)? {
                    return Ok(false);
                }
                let scope = GroupScope {
                    measures: self,
                    place,
                    index,
                    group,
                };
                match evaluate_with(condition, &scope, locals)? {
                    Value::Bool(holds) => holds,
                    // A condition without a value holds for nobody.
                    Value::Undefined(_) => false,
                    other => {
                        return Err(Refusal::new(
                            codes::WRONG_KIND,
                            format!("{} stands where a condition is due", other.kind()),
                        )
                        .at(condition.span));
                    }
                }
            }
        })
    }

    /// Whether a group belongs to the slice of a place.
    pub(super) fn in_slice(&self, group: &Group, place: Place) -> Result<bool, Refusal> {
        if place.slice == 0 {
            return Ok(true);
        }
        let slice = self.slice(place);
        if slice
            .currency
            .is_some_and(|currency| currency != group.currency)
        {
            return Ok(false);
        }
        for (dimension, value) in &slice.members {
            match group.dimension(*dimension) {
                Some(own) if own == value => {}
                Some(_) => return Ok(false),
                None => {
                    self.without_dimension(group, *dimension)?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
