//! Results for people: the terminal summary.

mod figure;
mod limits;
mod metrics;
mod summary;

pub use figure::figure;
pub use summary::{Card, Style, summary};
