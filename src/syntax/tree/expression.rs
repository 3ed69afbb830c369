//! Expressions. Chains are flat, so the depth of a tree is the depth of its brackets and of its `if`s, which is bounded.

use super::{Date, Literal, Name, Path, Text};
use crate::diagnostic::Span;

/// An expression. Brackets leave no node; the span of a bracketed expression is that of what is inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression, loosest first.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `selection where condition`.
    Where {
        /// What is narrowed.
        of: Box<Expression>,
        /// What its members have to meet.
        condition: Box<Expression>,
    },
    /// `if condition then a else b`.
    Choice {
        /// What decides.
        condition: Box<Expression>,
        /// The value if it holds.
        then: Box<Expression>,
        /// The value if it does not.
        otherwise: Box<Expression>,
    },
    /// `a and b and c`: two members at least.
    And(Vec<Expression>),
    /// `a or b or c`: two members at least.
    Or(Vec<Expression>),
    /// `not a`.
    Not(Box<Expression>),
    /// `a <= b`.
    Compare {
        /// The left side.
        left: Box<Expression>,
        /// The comparison.
        operator: Comparison,
        /// The sign itself.
        operator_span: Span,
        /// The right side.
        right: Box<Expression>,
    },
    /// `a in (b, c)`.
    In {
        /// What is looked for.
        value: Box<Expression>,
        /// Where it is looked for, at least one.
        members: Vec<Expression>,
    },
    /// `a + b - c`: a first member and at least one more.
    Sum {
        /// The first member.
        first: Box<Expression>,
        /// The others.
        rest: Vec<Addend>,
    },
    /// `a * b / c`: a first member and at least one more, from left to right.
    Product {
        /// The first member.
        first: Box<Expression>,
        /// The others.
        rest: Vec<Multiplier>,
    },
    /// `-a`, `+a`. Binds looser than a tail: `-a at start` is `-(a at start)`.
    Unary {
        /// `-`; else `+`.
        negative: bool,
        /// What it is before.
        of: Box<Expression>,
    },
    /// `lcr under base at 3M`: one tail at least, in the order of the text.
    Tail {
        /// What the tails are about.
        of: Box<Expression>,
        /// The tails.
        tails: Vec<Tail>,
    },
    /// `750mn EUR`, `25bp`, `3M`, `2026-09-30`, `act/360`.
    Literal(Literal),
    /// `"PB"`.
    Text(Text),
    /// `[Outstanding (EUR)]`.
    Column(Column),
    /// `outflow_rate(stable_retail)`, `irrbb.parallel_up`, `currency`.
    Reference(Reference),
    /// Not understood; a diagnostic says why. A later stage passes over it in silence.
    Broken,
}

/// The signs that compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<=`.
    AtMost,
    /// `>=`.
    AtLeast,
    /// `<`.
    Less,
    /// `>`.
    Greater,
}

impl Comparison {
    /// The sign as written.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::AtMost => "<=",
            Comparison::AtLeast => ">=",
            Comparison::Less => "<",
            Comparison::Greater => ">",
        }
    }
}

/// A further member of a sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Addend {
    /// It is taken off.
    pub negative: bool,
    /// The sign.
    pub operator_span: Span,
    /// The member.
    pub value: Expression,
    /// The member with its brackets, if it has some.
    pub value_span: Span,
}

/// A further member of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Multiplier {
    /// It divides.
    pub divides: bool,
    /// The sign.
    pub operator_span: Span,
    /// The member.
    pub value: Expression,
    /// The member with its brackets, if it has some.
    pub value_span: Span,
}

/// What follows a name or bracket.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// Which one.
    pub kind: TailKind,
    /// From its word to its end.
    pub span: Span,
}

/// The tails.
#[derive(Clone, Debug, PartialEq)]
pub enum TailKind {
    /// `under base`: in another run.
    Under(Reference),
    /// `at 3M`: at another point of the same run.
    At(Point),
    /// `in EUR`: converted.
    In(Name),
    /// `per month`.
    Per(Period),
}

/// A point in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// A date, a tenor or a name.
    pub kind: PointKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a point in time.
#[derive(Clone, Debug, PartialEq)]
pub enum PointKind {
    /// `2026-09-30`.
    Date(Date),
    /// `3M`, a tenor.
    Tenor(Literal),
    /// `start`, `shocked`, `horizon`, `maturity`, a name.
    Reference(Reference),
}

/// What `per` is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A year.
    Year,
    /// Three months.
    Quarter,
    /// A month.
    Month,
    /// Seven days.
    Week,
    /// A day.
    Day,
}

impl Period {
    /// All periods, longest first.
    pub const ALL: [Period; 5] = [
        Period::Year,
        Period::Quarter,
        Period::Month,
        Period::Week,
        Period::Day,
    ];

    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            Period::Year => "year",
            Period::Quarter => "quarter",
            Period::Month => "month",
            Period::Week => "week",
            Period::Day => "day",
        }
    }
}

/// A column of a file: `[Outstanding (EUR)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The name of the column, as in the file.
    pub name: String,
    /// With the brackets.
    pub span: Span,
}

/// A name, perhaps called with arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name.
    pub path: Path,
    /// The arguments; `None` without brackets.
    pub arguments: Option<Vec<Argument>>,
    /// Both.
    pub span: Span,
}

/// One argument: `every = 1M`, `lcr during horizon`, `assets where performing: balance`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The name before `=`.
    pub name: Option<ArgumentName>,
    /// The value; of a fold: what it runs over, or what is folded over time.
    pub value: Expression,
    /// `during 12M`: the window of a fold over time.
    pub during: Option<Point>,
    /// After `:`, what a fold takes of each group.
    pub body: Option<Expression>,
    /// The whole argument.
    pub span: Span,
}

/// The name of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentName {
    /// `every`.
    Name(Name),
    /// `below 6M`: a value of a dimension of bands.
    Edge(Edge),
}

/// The edge of a band of tenors or of an ordered dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Which edge.
    pub kind: EdgeKind,
    /// The whole of it.
    pub span: Span,
}

/// The edges.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeKind {
    /// `up to 3M`: holds its end.
    UpTo(Literal),
    /// `below 6M`: does not hold its end.
    Below(Literal),
    /// `beyond`: all that is left.
    Beyond,
    /// `AA or better`.
    OrBetter(Name),
    /// `BB or worse`.
    OrWorse(Name),
}
