//! Declarations: what begins in column 0.

use super::{Clause, Date, Doc, Edge, Expression, Key, Name, Path, Period, Reference, Text};
use crate::diagnostic::Span;

/// A declaration with what all of them share.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The `///` lines above it.
    pub doc: Option<Doc>,
    /// Its name.
    pub name: Name,
    /// Its title: `"Liquidity coverage ratio"`.
    pub title: Option<Text>,
    /// What is declared.
    pub item: Item,
    /// Reasons and owners of the whole declaration: of its header, and the lines of its block that hold nothing else.
    pub metadata: Vec<Metadata>,
    /// From its own word to its last character, without the `///` lines.
    pub span: Span,
}

/// The kinds of declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `dimension segment = retail | sme`.
    Dimension(Dimension),
    /// `table outflow_rate: ratio by outflow_class { … }`.
    Table(Table),
    /// `metric lcr: ratio = hqla / net_outflows`.
    Metric(Metric),
    /// `let stressed_beta: ratio = 60%`.
    Binding(Binding),
    /// `fn net_after_cap(outflow: money, inflow: money): money = …`.
    Function(Function),
    /// `shape short_up_shift at t = …`.
    Shape(Shape),
    /// Everything that is a header and a block of clauses: `scenario squeeze extends baseline { … }`.
    Block(Block),
}

impl Item {
    /// The word that opens the declaration: `metric`, `scenario`, ….
    pub fn word(&self) -> &'static str {
        match self {
            Item::Dimension(_) => "dimension",
            Item::Table(_) => "table",
            Item::Metric(_) => "metric",
            Item::Binding(_) => "let",
            Item::Function(_) => "fn",
            Item::Shape(_) => "shape",
            Item::Block(block) => block.kind.word(),
        }
    }
}

/// A dimension: a list of values, an order, bands, or a type whose values the data bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// `: text`, `: bool`, `: tenor`.
    pub value_type: Option<Type>,
    /// The values, in the order of the text; none: they come with the data.
    pub values: Vec<DimensionValue>,
    /// The values are parted by `>`: better to worse.
    pub ordered: bool,
}

/// One value of a dimension: `AA_plus "AA+"`, `up to 3M`.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionValue {
    /// A name, or the edge of a band.
    pub name: ValueName,
    /// How it is spelt in files or reports.
    pub text: Option<Text>,
    /// The value with its text.
    pub span: Span,
}

/// What a value of a dimension is called.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueName {
    /// `retail`.
    Name(Name),
    /// `up to 3M`, `below 6M`, `beyond`.
    Edge(Edge),
}

/// A table of cells by keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The type of its cells.
    pub value_type: Type,
    /// The dimensions (or types) of its keys, in order.
    pub keys: Vec<Path>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Lines that could not be read; each has a diagnostic.
    pub broken: Vec<Span>,
}

/// One row: `"sovereign", AA or better = level_1   source "…"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The `///` lines above it.
    pub doc: Option<Doc>,
    /// The keys, at least one.
    pub keys: Vec<Key>,
    /// The cell, or one cell for each value of the last key.
    pub values: Vec<Expression>,
    /// The row's own reasons.
    pub metadata: Vec<Metadata>,
    /// From the first key to the end of the line.
    pub span: Span,
}

/// `metric name: type = expression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The type of its value.
    pub value_type: Type,
    /// The formula.
    pub body: Expression,
}

/// `let name: type = expression`; without a value it is a demand that the book answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The type of its value.
    pub value_type: Type,
    /// The value; absent: a demand.
    pub value: Option<Expression>,
}

/// `fn name(parameters): type = expression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The parameters, perhaps none.
    pub parameters: Vec<Parameter>,
    /// The type of its result.
    pub value_type: Type,
    /// The formula.
    pub body: Expression,
}

/// `shape name(parameters) at t = expression`: a shift over time to maturity.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The parameters, perhaps none.
    pub parameters: Vec<Parameter>,
    /// The name of the time in years, after `at`.
    pub variable: Name,
    /// The formula.
    pub body: Expression,
}

/// `size: rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: Name,
    /// The type.
    pub value_type: Type,
    /// Both.
    pub span: Span,
}

/// `money`, `ratio per month`.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// The name of a type or of a dimension.
    pub name: Name,
    /// `per month`.
    pub per: Option<Period>,
    /// Both.
    pub span: Span,
}

/// A header and a block of clauses.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its kind.
    pub kind: BlockKind,
    /// The parameters of a family: `scenario parallel(size: rate)`; `None` without brackets.
    pub parameters: Option<Vec<Parameter>>,
    /// The tails of the header.
    pub head: Head,
    /// The clauses, in the order of the text; lines of metadata alone are in [`Declaration::metadata`].
    pub clauses: Vec<Clause>,
    /// Clauses that could not be read; each has a diagnostic. A setting that seems to be missing may be one of them.
    pub broken: Vec<Span>,
}

/// The kinds of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockKind {
    /// The terms of a family of positions.
    Instrument,
    /// A contract to be made.
    Product,
    /// The positions, at a date.
    Book,
    /// Curves, indices, series, rates of exchange.
    Market,
    /// What customers do.
    Behaviour,
    /// Assets that secure liabilities.
    Collateral,
    /// A hedging programme.
    Hedge,
    /// Funds transfer pricing.
    Ftp,
    /// New business and growth.
    Plan,
    /// What happens.
    Scenario,
    /// What management does.
    Action,
    /// A floor or ceiling that is watched.
    Limit,
    /// What is run and reported.
    Exercise,
    /// What is expected.
    Test,
}

impl BlockKind {
    /// All kinds, in the order in which a reader meets them.
    pub const ALL: [BlockKind; 14] = [
        BlockKind::Instrument,
        BlockKind::Product,
        BlockKind::Book,
        BlockKind::Market,
        BlockKind::Behaviour,
        BlockKind::Collateral,
        BlockKind::Hedge,
        BlockKind::Ftp,
        BlockKind::Plan,
        BlockKind::Scenario,
        BlockKind::Action,
        BlockKind::Limit,
        BlockKind::Exercise,
        BlockKind::Test,
    ];

    /// The word that opens the block.
    pub fn word(self) -> &'static str {
        match self {
            BlockKind::Instrument => "instrument",
            BlockKind::Product => "product",
            BlockKind::Book => "book",
            BlockKind::Market => "market",
            BlockKind::Behaviour => "behaviour",
            BlockKind::Collateral => "collateral",
            BlockKind::Hedge => "hedge",
            BlockKind::Ftp => "ftp",
            BlockKind::Plan => "plan",
            BlockKind::Scenario => "scenario",
            BlockKind::Action => "action",
            BlockKind::Limit => "limit",
            BlockKind::Exercise => "exercise",
            BlockKind::Test => "test",
        }
    }

    /// The kind that a word opens.
    pub fn from_word(word: &str) -> Option<BlockKind> {
        BlockKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The tails of a block's header. Each stands once at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// `extends squeeze + irrbb.parallel_up`.
    pub extends: Option<ScenarioSum>,
    /// `on mortgage where pool == "A", other`: the selections that the policy is for.
    pub on: Vec<Expression>,
    /// `overrides sight_retail`.
    pub overrides: Vec<Path>,
    /// `of own_bond`.
    pub of: Option<Path>,
    /// `at 2026-09-30`; without a date where it is none, which has been told.
    pub at: Option<(Option<Date>, Span)>,
    /// `in EUR`.
    pub currency: Option<Name>,
    /// All tails together; `None` without any.
    pub span: Option<Span>,
}

/// Scenarios put together: `squeeze + irrbb.parallel_up`, often one alone.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioSum {
    /// The members, at least one.
    pub members: Vec<Reference>,
    /// All of them.
    pub span: Span,
}

/// A reason, a citation, an owner, a date of review.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// What it says.
    pub value: MetadataValue,
    /// From its word to its end.
    pub span: Span,
}

/// What a piece of metadata says.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataValue {
    /// `because "Refit on 2014-2025 cohorts"`.
    Because(Text),
    /// `source "BCBS 238, paragraph 75"`.
    Source(Text),
    /// `owner "alm-models"`.
    Owner(Text),
    /// `review 2027-03-31`.
    Review(Date),
}
