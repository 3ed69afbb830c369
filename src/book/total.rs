//! Control totals of what was read.

use super::positions::{Column, InstrumentPositions, Positions};
use crate::plan::InstrumentId;
use crate::quantity::{Currency, Quanta, QuantityError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was read of an instrument in a currency, in quanta.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotal {
    /// How many positions.
    pub positions: u64,
    /// Principal.
    pub principal: Quanta,
    /// Notional.
    pub notional: Quanta,
    /// Undrawn.
    pub undrawn: Quanta,
    /// Accrued interest that was stated.
    pub accrued: Quanta,
}

/// Totals by instrument (in the order of the book) and currency; an error where a sum is too large to be counted.
pub fn control_totals(
    positions: &Positions,
) -> Result<Vec<(InstrumentId, Currency, ControlTotal)>, QuantityError> {
    let mut all = Vec::new();
    for instrument in &positions.instruments {
        for (currency, total) in totals_of(instrument)? {
            all.push((instrument.instrument, currency, total));
        }
    }
    Ok(all)
}

fn totals_of(
    instrument: &InstrumentPositions,
) -> Result<BTreeMap<Currency, ControlTotal>, QuantityError> {
    let mut totals: BTreeMap<Currency, ControlTotal> = BTreeMap::new();
    for row in 0..instrument.len() {
        let Some(currency) = instrument.currency.get(row) else {
            continue;
        };
        let total = totals.entry(currency).or_default();
        total.positions += 1;
        let add = |sum: &mut Quanta, column: &Column<Quanta>| -> Result<(), QuantityError> {
            if let Some(amount) = column.get(row) {
                *sum = sum.add(amount)?;
            }
            Ok(())
        };
        add(&mut total.principal, &instrument.principal)?;
        add(&mut total.notional, &instrument.notional)?;
        add(&mut total.undrawn, &instrument.undrawn)?;
        add(&mut total.accrued, &instrument.accrued)?;
    }
    Ok(totals)
}
