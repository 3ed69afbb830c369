//! Plimsoll: a scenario language for bank balance sheets.

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
