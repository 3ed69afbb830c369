//! Curves, indices, FX, the shocks applied to them, and their paths.
//!
//! `load` reads the market of the book's date; `strike` makes a scenario's shocks into a layer; `ScenarioMarket` reads
//! curves, forwards, rates of exchange and series on any day under layers.

mod bootstrap;
mod curve_of_day;
mod data;
mod fault;
mod fixings;
mod formula_curve;
mod levels;
mod load;
mod lower_shift;
mod option;
mod par_rate;
mod parametric;
mod path;
mod plausible;
mod random;
mod root;
mod scenario;
mod shift;
mod simulation;
mod source;
mod strike;
mod term_structure;

pub use bootstrap::{ParQuote, bootstrap};
pub use curve_of_day::{Bump, CurveOfDay};
pub use data::{IndexSource, LoadedIndex, MarketData, Quote};
pub use levels::DatedValues;
pub use load::{load, tenor_of_name};
pub use par_rate::{par_payments, par_rate};
pub use parametric::{Payments, SmithWilson, Svensson};
pub use path::{LevelPath, PathLeg};
pub use root::{Composition, Root};
pub use scenario::{Layer, ScenarioMarket, UNIT, rational_level};
pub use simulation::{Motion, Simulation};
pub use source::Reading;
pub use strike::{numbers, strike};
pub use term_structure::{CurveError, TermStructure};

#[cfg(test)]
mod tests;
