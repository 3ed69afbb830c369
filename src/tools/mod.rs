//! What reads plans and traces but is no run.
pub mod coverage;
pub mod sample;
pub mod strict;
pub mod test;
pub mod unused;
