//! Position files to checked columns: mapping, bad rows, control totals.

mod positions;

pub use positions::*;
