//! Dimensions, tables, parameters, functions, shapes, metrics and limits.

use super::expression::{Expression, Node};
use super::identifier::*;
use super::origin::Origin;
use super::types::Type;
use crate::calendar::Tenor;
use serde::{Deserialize, Serialize};

/// Name, title and place of any definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// Full name: `std.lcr.outflow_rate`, or the bare name in the project.
    pub name: String,
    /// Last part of the name.
    pub short: String,
    /// Title in quotes.
    pub title: Option<String>,
    /// `///` documentation.
    pub documentation: String,
    /// Place and reasons.
    pub origin: Origin,
}

/// An attribute of positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// Name and place.
    pub heading: Heading,
    /// Which values it takes.
    pub domain: Domain,
}

/// The values of a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Domain {
    /// A closed list; `ordered`: better to worse.
    Closed {
        /// The values in their order.
        members: Vec<Member>,
        /// From better to worse.
        ordered: bool,
    },
    /// Bands of time, each from the end of the one before.
    Bands(Vec<Band>),
    /// Any value of a type: text, bool, date, number, …
    Open(Type),
}

/// A value of a closed dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name in the language.
    pub name: String,
    /// Its spelling in files, if another.
    pub spelling: Option<String>,
}

/// A band of time: `up to 1M` holds its end, `below 6M` does not, `beyond` is the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// As written: `up to 1M`.
    pub label: String,
    /// The upper edge; `None` for `beyond`.
    pub end: Option<Tenor>,
    /// Whether the edge belongs to the band.
    pub holds_end: bool,
}

/// A table of values by keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Name and place.
    pub heading: Heading,
    /// Type of a cell.
    pub ty: Type,
    /// Whether a cell lies between nothing and all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_share: bool,
    /// The types of its keys.
    pub keys: Vec<TableKey>,
    /// Its rows in text order; a row that lists values over a closed last key is already spread.
    pub rows: Vec<TableRow>,
}

/// What a key column of a table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableKey {
    /// A dimension.
    Dimension(DimensionId),
    /// `text`.
    Text,
    /// `currency`.
    Currency,
    /// `tenor`, by edges.
    Tenor,
    /// `bool`.
    Bool,
    /// `date`.
    Date,
}

/// A row: one pattern a key, and the cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The patterns, one a key.
    pub patterns: Vec<Pattern>,
    /// The value.
    pub value: Expression,
    /// Place and reasons of the row.
    pub origin: Origin,
}

/// What a key must be for a row to match. A name counts more than an edge, the narrower edge more than the wider, `else` least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// One value (`Node::Member`, `Node::Text`, `Node::Currency`, `Node::Bool`, `Node::Date`).
    Exactly(Node),
    /// `AA or better`: members from the first to this one of an ordered dimension.
    OrBetter(DimensionId, u32),
    /// `BB or worse`.
    OrWorse(DimensionId, u32),
    /// `up to 1Y` or `below 1Y`; `None`: `beyond`.
    Edge {
        /// The edge.
        end: Option<Tenor>,
        /// Whether it belongs to the row.
        holds_end: bool,
    },
    /// `else`.
    Else,
}

/// A named value: `let`. Without a value it is a demand that the book answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name and place.
    pub heading: Heading,
    /// Its type.
    pub ty: Type,
    /// Whether it lies between nothing and all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_share: bool,
    /// Its value; `None`: a demand.
    pub value: Option<Expression>,
}

/// A function of the language; not recursive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Name and place.
    pub heading: Heading,
    /// Names and types of its arguments.
    pub parameters: Vec<(String, Type)>,
    /// Type of its value.
    pub ty: Type,
    /// Its body, over `Node::Local`.
    pub body: Expression,
}

/// A shift of a curve as a function of t, in years.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Name and place.
    pub heading: Heading,
    /// Names and types of its arguments.
    pub parameters: Vec<(String, Type)>,
    /// Its body (type rate), over `Node::ShapeTime`, `Node::ShapeZero`, `Node::Local`, `Node::CurrentCurrency`.
    pub body: Expression,
}

/// A number that is reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Name and place.
    pub heading: Heading,
    /// Its type.
    pub ty: Type,
    /// What it reads.
    pub kind: MetricKind,
    /// Its formula.
    pub formula: Expression,
}

/// What a metric is made of; a trigger may read `State`, `Ladder` and past `Path` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// Of the state at t.
    State,
    /// Run-off from the state at t.
    Ladder,
    /// Made of flows; stands in `sum(… during …)` only.
    Flow,
    /// What was realised over a stretch of the path.
    Path,
}

/// Conditions that every run and the base are held to, on every day of the cash calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Name and place.
    pub heading: Heading,
    /// Its lines.
    pub requirements: Vec<Requirement>,
}

/// One `require` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// What must hold.
    pub condition: Expression,
    /// The condition as written, in canonical spelling.
    pub text: String,
    /// What it means if it does not.
    pub severity: LimitSeverity,
    /// Place and reasons.
    pub origin: Origin,
}

/// How bad a broken limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSeverity {
    /// Reported.
    Warning,
    /// Reported, and the exit code is 2.
    Breach,
}
