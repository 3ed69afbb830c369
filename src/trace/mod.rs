//! Observers of the evaluator, records, digests, the bundle, explain and verify.

pub mod bundle;
pub mod chain;
pub mod columnar;
pub mod digest;
pub mod explain;
pub mod row;
