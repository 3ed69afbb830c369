//! Measure: metrics over the runs of an exercise, as formulas say.
//!
//! A formula is read at a [`Place`]: a run, a reading of it (a day, or `start`), a slice of the book, perhaps a scenario that
//! strikes there (`branch`), perhaps a day of the ladder. Groups give integers; sums over groups are exact; only values that leave
//! for a report are rounded.

mod amount;
mod analysis;
mod binding;
mod breakdown;
mod classes;
mod cover;
mod decisions;
mod dimension_fold;
mod equity_fold;
mod exposure;
mod income;
mod lacking;
mod ladder;
mod market_reading;
mod metric;
mod option;
mod over_paths;
mod place;
mod position_fold;
mod recalculated;
mod reconcile;
mod record;
mod report;
mod repricing;
mod run_off;
mod scenario_measure;
mod scope;
mod selection;
mod shared_sum;
mod time_fold;
mod value;
mod view;

pub(crate) use analysis::selection_changes;
pub use binding::Binding;
pub use lacking::Lacking;
pub use metric::{Measures, RunInput, Striking};
pub use over_paths::{PathValues, Wanted};
pub use place::{Place, Slice};
pub use reconcile::{ControlKind, ControlTotal};
pub use record::{Apart, place_of};
pub use report::Texts;
