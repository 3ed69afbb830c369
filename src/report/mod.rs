//! Results for people: the terminal summary.

mod figure;
mod limits;
mod metrics;
mod reverse;
mod summary;
mod sweep;

pub use figure::figure;
pub use reverse::{Searched, reverse, shown_value};
pub use summary::{Card, Style, summary};
pub use sweep::{Swept, sweep};
