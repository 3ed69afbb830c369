//! Identifiers of the plan's definitions: positions in the plan's own lists.

use serde::{Deserialize, Serialize};

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in the plan's list of such definitions.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

identifiers! {
    /// Index into `Plan::dimensions`.
    DimensionId,
    /// Index into `Plan::tables`.
    TableId,
    /// Index into `Plan::parameters`.
    ParameterId,
    /// Index into `Plan::functions`.
    FunctionId,
    /// Index into `Plan::shapes`.
    ShapeId,
    /// Index into `Plan::metrics`.
    MetricId,
    /// Index into `Plan::instruments`.
    InstrumentId,
    /// Index into `Plan::products`.
    ProductId,
    /// Index into `Plan::books`.
    BookId,
    /// Index into `Plan::markets`.
    MarketId,
    /// Index into `Plan::behaviours`.
    BehaviourId,
    /// Index into `Plan::limits`.
    LimitId,
    /// Index into `Plan::actions`.
    ActionId,
}

/// The identity of a scenario within an exercise: its name, with the values of its parameters
/// (`parallel(size = -200bp)`), as it stands in every report and digest. `base` resolves to the exercise's base.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScenarioKey(pub String);

impl ScenarioKey {
    /// The key by which formulas name the exercise's base scenario, whatever it is called.
    pub fn base() -> Self {
        Self("base".to_owned())
    }
}

/// The name of a curve, spread, index, series or currency pair in a market.
pub type FactorName = String;
