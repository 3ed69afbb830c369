//! Simulated paths of rates: the model of a scenario, with its parameters.

use super::expression::Expression;
use super::origin::Origin;
use crate::calendar::Tenor;
use serde::{Deserialize, Serialize};

/// `rates = paths(model, count = 1_000, seed = 20260930, …)`. The scenario's own run goes along the forwards; paths are read by
/// `quantile` and `mean`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathsDefinition {
    /// How the paths are made.
    pub model: PathModel,
    /// How many there are.
    pub count: u32,
    /// What the draws depend on, besides path, factor and step.
    pub seed: u64,
    /// Place and reasons.
    pub origin: Origin,
}

/// How simulated paths are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PathModel {
    /// One factor for the curves of each currency, fitted to the curve of the book's date.
    HullWhite {
        /// Speed at which the short rate comes back to its forward, a year.
        mean_reversion: Expression,
        /// Of the short rate, of a year; `currency` is the curve's.
        volatility: Expression,
        /// Between each two currencies; needed where there are several.
        correlation: Option<Expression>,
    },
    /// Changes of zero rates drawn from a history.
    HistoricalBootstrap {
        /// The file `date,tenor,value`, and `currency` where the market has curves in several.
        history: String,
        /// The time between two of its dates.
        every: Tenor,
        /// How many changes that follow each other are drawn together.
        block: u32,
    },
}
