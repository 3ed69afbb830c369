//! Results for people: the terminal summary.

mod figure;
mod limits;
mod summary;

pub use figure::{change, figure};
pub use summary::{Card, Style, summary};
