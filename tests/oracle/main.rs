//! The slow evaluator: one position after another, one day after another, in exact integers and fractions, written from the
//! semantics alone. No groups, no sums over days, no classes: the engine is held to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod agreement;
#[path = "../bank/mod.rs"]
mod bank;
mod contract;
mod customers;
mod deal;
mod decide;
mod evaluator;
mod funding;
mod loans;
mod number;
mod outlook;
mod playbook;
mod premium;
mod price;
mod renewal;
mod secured;
mod settle;
mod snapshot;
mod swap;
mod treasury;
mod world;
