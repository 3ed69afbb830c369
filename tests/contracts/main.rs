//! Contracts against a slow evaluator in exact fractions, and the fast ways of the kernel against its plain one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod agreement;
mod derivatives;
mod events;
mod generate;
mod oracle;
mod properties;
mod terms;
