//! Cover pools: which assets stand behind which debt, and by how much more than it is worth.

use super::definition::Heading;
use super::expression::{Expression, Selection};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::origin::Origin;

/// `collateral … on … { secures = …  overcollateral = 12% }`: a pool of assets that lasts as long as the debt that it secures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverPool {
    /// Name and place.
    pub heading: Heading,
    /// The assets of the pool.
    pub on: Vec<Selection>,
    /// The debt that they stand behind.
    pub secures: Vec<Selection>,
    /// What the pool is to hold beyond the debt, a share of it, not negative.
    pub overcollateral: Expression,
    /// Place of each setting by its key.
    pub origins: IndexMap<String, Origin>,
}
