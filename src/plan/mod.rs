//! The plan (IR): plain serde data with the origin of every value. Knows no syntax and no engine.

mod action;
mod attribution;
mod cover_pool;
mod definition;
mod digest;
mod exercise;
mod expression;
mod hedge;
mod identifier;
mod instrument;
mod market;
mod new_business;
mod origin;
mod paths;
mod scenario;
mod search;
mod transfer;
mod types;
mod unclassified;

pub use action::*;
pub use attribution::*;
pub use cover_pool::*;
pub use definition::*;
pub use digest::{Digests, digests};
pub use exercise::*;
pub use expression::*;
pub use hedge::*;
pub use identifier::*;
pub use instrument::*;
pub use market::*;
pub use new_business::*;
pub use origin::*;
pub use paths::*;
pub use scenario::*;
pub use search::Search;
pub use transfer::*;
pub use types::*;

use serde::{Deserialize, Serialize};

/// Everything that a project says, resolved and typed. Identifiers are positions in these lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Recipe of the canonical form: `plan/1`.
    pub version: String,
    /// Name of the project.
    pub project: String,
    /// Edition of the language.
    pub edition: String,
    /// Dimensions, the library's and the project's.
    pub dimensions: Vec<Dimension>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Parameters and demands.
    pub parameters: Vec<Parameter>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Shapes.
    pub shapes: Vec<Shape>,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Instruments.
    pub instruments: Vec<Instrument>,
    /// Products.
    pub products: Vec<Product>,
    /// Books.
    pub books: Vec<Book>,
    /// Markets.
    pub markets: Vec<Market>,
    /// Behaviours as defined, before any scenario.
    pub behaviours: Vec<Behaviour>,
    /// Transfer prices.
    pub transfer_rules: Vec<TransferRule>,
    /// Cover pools as defined, before any scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cover_pools: Vec<CoverPool>,
    /// Hedging programmes as defined, before any scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hedges: Vec<Hedge>,
    /// Limits.
    pub limits: Vec<Limit>,
    /// Actions as defined, before any scenario.
    pub actions: Vec<Action>,
    /// Exercises, complete: each holds its book, market and flattened scenarios.
    pub exercises: Vec<Exercise>,
    /// Tests.
    pub tests: Vec<Test>,
}
