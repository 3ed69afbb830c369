//! Contracts against a slow evaluator in exact fractions, and the fast ways of the kernel against its plain one.

mod agreement;
mod generate;
mod oracle;
