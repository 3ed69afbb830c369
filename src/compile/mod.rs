//! Tree to plan: names, types and units, lowering, overlays.
//!
//! The passes, in this order, a file each:
//! 1. [`names`]: who is called what in the project and in each library module; `use` lines; duplicates.
//! 2. [`factor`]: the names of curves, indices and series, since formulas read them whatever the market.
//! 3. [`compiler`]: definitions are lowered on demand, so that of the library only what is reached is read:
//!    [`dimension`], [`table`] with [`rows`], [`definition`] (parameters, functions, shapes, metrics, limits), [`instrument`] with
//!    [`mapping`] and [`constructor`], [`product`], [`book`], [`market`] with [`curve`] and [`levels`], [`behaviour`], [`transfer`],
//!    [`hedge`], [`new_business`].
//!    Formulas are typed in [`expression`], [`operator`], [`reference`], [`call`], [`fold`], [`selection`] over [`typing`];
//!    [`unknown`] tells what was meant by a name that means nothing.
//! 4. [`kind`]: circles among definitions; the kind of each metric (it needs all formulas).
//! 5. [`exercise`] and [`test`]: each with its book, market and scenarios, flattened in [`overlay`] from [`statement`]s with [`balance_sheet`]
//!    (it needs the market: `rates EUR` names the curves); [`reach`] finds the scenarios that formulas branch to, [`overlap`] the
//!    behaviours that meet, [`calendar_line`] the calendars that do not grow.
//!    [`search`] reads the lists of `for … in` and what `plimsoll reverse` looks for, [`sweep`] the grid
//!    that `plimsoll sweep` asks for.
//! 6. [`unnumbered`]: declarations that nothing points to by number.
//!
//! Errors never cascade: what could not be understood has the type `Type::Unknown`, which fits everywhere.

mod action;
mod answers;
mod attribution;
mod balance_sheet;
mod behaviour;
mod book;
mod calendar_line;
mod call;
mod compiler;
mod complete;
mod constructor;
mod context;
mod cover_pool;
mod curve;
mod deed;
mod definition;
mod dimension;
mod exercise;
mod expression;
mod factor;
mod floating;
mod fold;
mod formula_curve;
mod given;
mod hedge;
mod instrument;
mod kind;
mod levels;
mod literal;
mod lookup;
mod mapping;
mod market;
mod measure_call;
mod names;
mod new_business;
mod operator;
mod overlap;
mod overlay;
mod paths;
mod premium;
mod product;
mod reach;
mod reference;
mod report_line;
mod rows;
mod scenario_key;
mod search;
mod selection;
mod set;
mod settings;
mod share;
mod shock;
mod spelling;
mod statement;
mod suggest;
mod sweep;
mod table;
mod test;
mod transfer;
mod typing;
mod unclassified;
mod unknown;
mod unnumbered;
mod vocabulary;
mod volatility;

pub use reach::children as parts;
pub use sweep::{Axis, Sweeping};
pub use vocabulary::{Words, vocabulary};

use crate::diagnostic::{Diagnostic, FileId, SourceMap};
use crate::plan::Plan;
use crate::syntax::tree;

/// A parsed file of the project or of the library.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its number in the source map.
    pub file: FileId,
    /// Its path as messages name it: `scenarios/squeeze.plim`, `std/lcr.plim`.
    pub path: String,
    /// The module that it is, `std.lcr`; `None` for a file of the project.
    pub module: Option<String>,
    /// What it says.
    pub tree: tree::File,
}

/// What `plimsoll.toml` says about the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectHeader {
    /// The project's name.
    pub name: String,
    /// The edition of the language.
    pub edition: String,
}

/// Turns trees into a plan, with everything that is wrong. The plan may be run only if no diagnostic is an error.
///
/// All files of the library are given; what nothing in the project reaches is not read. Without a file of the project
/// the library itself is the project: all of it is checked and its tests are in the plan.
pub fn compile(
    sources: &[Source],
    map: &SourceMap,
    project: &ProjectHeader,
) -> (Plan, Vec<Diagnostic>) {
    compile_sweeping(sources, map, project, None)
}

/// The same with the scenarios that a command line asks an exercise to sweep over.
pub fn compile_sweeping(
    sources: &[Source],
    map: &SourceMap,
    project: &ProjectHeader,
    sweep: Option<&Sweeping>,
) -> (Plan, Vec<Diagnostic>) {
    let mut compiler = compiler::Compiler::new(sources, map);
    compiler.sweeping = sweep.cloned();
    compiler.run(project)
}
