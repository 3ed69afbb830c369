//! Identifiers of the plan's definitions: positions in the plan's own lists.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Written as `#metrics/12`, so that whoever reads a plan, and the digest, can tell what a number points to.
macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident in $list:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in the plan's list of such definitions.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&format_args!(concat!("#", $list, "/{}"), self.0))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.strip_prefix(concat!("#", $list, "/"))
                    .and_then(|number| number.parse().ok())
                    .map(Self)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` points to none of the plan's {}", $list)))
            }
        }
    )*};
}

identifiers! {
    /// Index into `Plan::dimensions`.
    DimensionId in "dimensions",
    /// Index into `Plan::tables`.
    TableId in "tables",
    /// Index into `Plan::parameters`.
    ParameterId in "parameters",
    /// Index into `Plan::functions`.
    FunctionId in "functions",
    /// Index into `Plan::shapes`.
    ShapeId in "shapes",
    /// Index into `Plan::metrics`.
    MetricId in "metrics",
    /// Index into `Plan::instruments`.
    InstrumentId in "instruments",
    /// Index into `Plan::products`.
    ProductId in "products",
    /// Index into `Plan::books`.
    BookId in "books",
    /// Index into `Plan::markets`.
    MarketId in "markets",
    /// Index into `Plan::behaviours`.
    BehaviourId in "behaviours",
    /// Index into `Plan::hedges`.
    HedgeId in "hedges",
    /// Index into `Plan::limits`.
    LimitId in "limits",
    /// Index into `Plan::actions`.
    ActionId in "actions",
    /// Index into `Plan::cover_pools`.
    CoverPoolId in "cover_pools",
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
