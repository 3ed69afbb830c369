//! Results for people: the terminal summary.

mod actions;
mod attribution;
mod cover;
mod figure;
mod hedges;
pub mod impact;
mod limits;
mod metrics;
mod reverse;
mod summary;
mod sweep;

pub use actions::told as decisions_told;
pub use figure::figure;
pub use reverse::{Searched, reverse, shown_value};
pub use summary::{Card, Style, summary};
pub use sweep::{Swept, sweep};
