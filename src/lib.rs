//! Plimsoll: a scenario language for bank balance sheets.

// What pest derives for a grammar names it: pest is taken without `std`, whose stack probe at each rule costs a tenth of
// reading a text; `syntax::guard` bounds the depth before pest begins.
extern crate alloc;

pub mod book;
pub mod calendar;
pub mod cli;
pub mod compile;
pub mod contract;
pub mod diagnostic;
pub mod engine;
pub mod formula;
pub mod market;
pub mod plan;
pub mod quantity;
pub mod report;
pub mod syntax;
pub mod tabular;
pub mod tools;
pub mod trace;
