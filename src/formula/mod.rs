//! Formulas to values: one evaluator of typed expressions for rows of files, shapes of curves, behaviours and metrics.
//!
//! Arithmetic is exact on rationals; functions like `exp` come from one fixed library and are rounded to 15 digits before they
//! meet an exact number. A division by zero yields `undefined`, which spreads. What is missing is a [`Refusal`], never a default.

mod arithmetic;
mod builtin;
mod evaluate;
mod overlay;
mod refusal;
mod scope;
mod spelling;
mod table;
mod value;
mod witness;

use crate::diagnostic::codes::run as codes;

pub use arithmetic::{compare, fold};
pub use evaluate::{coerce, evaluate, evaluate_with};
pub use overlay::Overlay;
pub use refusal::Refusal;
pub use scope::{Scope, absent};
pub use spelling::{decimal, member, spell};
pub use value::{Undefined, Value};
pub use witness::Witness;

#[cfg(test)]
mod tests;
