//! Hedging programmes: swaps that a block holds against the exposure of a selection.

use super::definition::Heading;
use super::expression::{Expression, Selection};
use super::identifier::ProductId;
use super::origin::Origin;
use crate::calendar::Tenor;
use serde::{Deserialize, Serialize};

/// `hedge … on … { product = …; measure = …; ratio = …; every = … }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hedge {
    /// Name and place.
    pub heading: Heading,
    /// The positions whose exposure is hedged; the swaps that the block holds are never among them.
    pub on: Selection,
    /// The derivative that it is hedged with.
    pub product: ProductId,
    /// What is measured, of the positions and of the swaps (type money, about a position).
    pub measure: HedgeMeasure,
    /// How much of the exposure is hedged (type ratio; no state is read).
    pub ratio: HedgeRatio,
    /// How often the swaps are brought to the ratio, from the book's date on.
    pub every: Tenor,
}

/// `measure = key_rate(5Y)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HedgeMeasure {
    /// The formula.
    pub formula: Expression,
    /// As written, in canonical spelling.
    pub text: String,
}

/// `ratio = 60%`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HedgeRatio {
    /// The formula.
    pub formula: Expression,
    /// Place, chain of replaced values, reasons.
    pub origin: Origin,
}
