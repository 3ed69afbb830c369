//! Observers of the evaluator, records, digests, the bundle, explain and verify.

pub mod digest;
