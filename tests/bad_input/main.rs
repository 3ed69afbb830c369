//! Bad input from end to end, with the command itself: what is broken is refused with exit code 1 and a diagnostic that names
//! the place, and nothing is written: no bundle, no half of one, nothing beside it. The bank is `tests/mini_bank`, which reads
//! every kind of input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod bank;
mod market;
mod place;
mod positions;
mod texts;
