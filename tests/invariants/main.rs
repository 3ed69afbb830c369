//! The invariants of the evaluator as properties of random small banks. Numbers are those of the list in the design.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod actions;
#[path = "../bank/mod.rs"]
mod bank;
mod books;
mod cover;
mod groups;
mod headroom;
mod kept;
mod ledger;
mod library;
mod order;
mod schedules;
mod time;
mod transfer;

use books::books_hold;
