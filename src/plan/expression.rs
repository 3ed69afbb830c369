//! Formulas as typed trees. Names are resolved, units are checked; what is left is to evaluate them.

use super::identifier::*;
use super::scenario::ShockPath;
use super::types::Type;
use crate::calendar::{Date, DayCount, Period, Tenor};
use crate::diagnostic::Span;
use crate::quantity::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A formula with its type and its place in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expression {
    /// What it does.
    pub node: Node,
    /// What it yields.
    pub ty: Type,
    /// Where it stands; `None` for what the compiler made.
    pub span: Option<Span>,
}

/// The kinds of formula. A `Box` holds an operand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// A number, ratio or rate, exact, in base units (`5%` is 0.05).
    Number(Decimal),
    /// An amount in units of its currency; `None` takes the currency of its place (`0`).
    Money(Decimal, Option<Currency>),
    /// A length of time.
    Tenor(Tenor),
    /// A day.
    Date(Date),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// A value of a closed dimension: its position in the dimension's list.
    Member(DimensionId, u32),
    /// A currency.
    Currency(Currency),
    /// A day count.
    Daycount(DayCount),
    /// A scenario, by its key in the exercise.
    Scenario(ScenarioKey),
    /// A selection as a value (argument of type `selection`).
    Selection(Box<Selection>),

    /// `-x`.
    Negate(Box<Expression>),
    /// `not x`.
    Not(Box<Expression>),
    /// `a + b` and its like.
    Arithmetic(Operator, Box<Expression>, Box<Expression>),
    /// `a <= b`; exactly one comparison.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `a and b and …`.
    And(Vec<Expression>),
    /// `a or b or …`.
    Or(Vec<Expression>),
    /// `x in (a, b)`.
    OneOf(Box<Expression>, Vec<Expression>),
    /// `if c then a else b`; only the branch taken is evaluated.
    If(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `x per month`: ratios become yearly by 1-(1-m)^12 (months) resp. the period's count a year, money by multiplication.
    Per(Box<Expression>, Period),
    /// `x in CUR`: converted at the rate of the point; under `base` at base's.
    InCurrency(Box<Expression>, Currency),

    /// A parameter (`let` with a value, or a demand answered by the book): the scenario's overlay, then the book's answer, then the definition.
    Parameter(ParameterId),
    /// A metric at the current point, scenario and slice.
    Metric(MetricId),
    /// A cell of a table.
    Table(TableId, Vec<Expression>),
    /// A function of the language; arguments are evaluated first, the body sees them as `Local`.
    Call(FunctionId, Vec<Expression>),
    /// Argument number n of the function or shape whose body this is.
    Local(u32),
    /// A shape as a shift, with its arguments.
    Shape(ShapeId, Vec<Expression>),
    /// `t` of a shape, in years.
    ShapeTime,
    /// `zero` in a shape: the zero rate at t before this shock.
    ShapeZero,
    /// `currency`: of the curve in a shape, of the position in a fold, of the slice in `sum(currency: …)`.
    CurrentCurrency,
    /// `value(shape, currency, t)`: a shape read as a rate.
    ShapeValue {
        /// The shape as a shift.
        shift: Box<Expression>,
        /// The currency that it is in.
        currency: Box<Expression>,
        /// The time in years.
        years: Box<Expression>,
    },
    /// `shifts("file")`: a shift by tenor from a file, path as written.
    ShiftFile(String),
    /// The level of an inherited shock path on the day (`inherited + 50bp` over a path with legs).
    InheritedPath(Box<ShockPath>),

    /// A column of the row of a file: `[coupon]`.
    Column(String),
    /// `value([x], otherwise = …)`.
    ColumnOr(Box<Expression>, Box<Expression>),
    /// `date([x], "dd.mm.yyyy")`.
    ColumnDate(String, String),
    /// A mapped term of the position: `rate`, `remaining`, `maturity`, …
    Term(Term),
    /// The position's value of a dimension; inside a fold over a band dimension, the band.
    Dimension(DimensionId),

    /// A measure of the position's group, inside a fold.
    Measure(Measure),
    /// A measure of the whole scenario: `cash`, `headroom`, …
    ScenarioMeasure(ScenarioMeasure),
    /// `sum(selection: body)` and the other folds over positions.
    FoldPositions {
        /// How the values become one.
        fold: Fold,
        /// Over which positions.
        selection: Box<Selection>,
        /// What is evaluated for each.
        body: Box<Expression>,
    },
    /// `sum(currency: body)`: once for each value that occurs.
    FoldDimension {
        /// How the values become one.
        fold: Fold,
        /// What it runs over.
        over: Over,
        /// What is evaluated for each.
        body: Box<Expression>,
    },
    /// `min(lcr during P)`, `first(headroom < 0 during 12M, otherwise = 12M)`.
    FoldTime {
        /// How the values become one.
        fold: Fold,
        /// What is evaluated for each.
        body: Box<Expression>,
        /// The last point of the stretch.
        until: Point,
        /// The value where none is found.
        otherwise: Option<Box<Expression>>,
    },
    /// `min(a, b, c)`, `max(…)`, `sum(…)` over plain arguments.
    FoldArguments {
        /// How the values become one.
        fold: Fold,
        /// The values.
        arguments: Vec<Expression>,
    },
    /// `horizon` as a tenor: from the current point to the end of the run (`first(… during horizon, otherwise = horizon)`).
    Horizon,
    /// `x under S`: x at this point in the run of S.
    Under(Box<Expression>, Box<Expression>),
    /// `x at P`.
    At(Box<Expression>, Point),
    /// `branch(x, S)`: the same state if the shocks and settings of S struck now.
    Branch(Box<Expression>, Box<Expression>),
    /// The value of a series (`UNEMPLOYMENT`) or index on the current day.
    Factor(FactorName),
    /// `swap_rate(tenor[, curve])` of the discount curve of the position's currency (or the report's), or of a named curve, on the current day.
    SwapRate {
        /// The term of the swap.
        tenor: Box<Expression>,
        /// The curve, by name.
        curve: Option<FactorName>,
    },
    /// A function of the fixed library.
    Builtin(Builtin, Vec<Expression>),
    /// `found(family)`: the answer of the exercise's search over the family, by its full name.
    Found(String),
    /// `quantile(x, 1%)`, `mean(x)`: of the values of a formula over the simulated paths of the run.
    OverPaths(PathFold, Box<Expression>),
    /// Something that a later version evaluates (a plan, …): parsed and typed, refused when a run reaches it.
    NotYet(String, Vec<Expression>),
}

/// How the values of the paths become one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PathFold {
    /// The smallest value that at least this share of the paths does not exceed.
    Quantile(Box<Expression>),
    /// The mean.
    Mean,
}

/// `+ - * /`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; by zero gives `undefined`.
    Divide,
}

/// The comparisons, exact on the rounded values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fold {
    /// The sum; of nothing: missing in a test, zero in a run.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The mean.
    Average,
    /// The first point at which the condition holds, as a tenor from the current point.
    First,
    /// The last such point.
    Last,
    /// How many.
    Count,
}

/// What a fold over a dimension runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Over {
    /// The currencies that occur; amounts stay in their currency inside, the result converts at the base rate of the book's date.
    Currency,
    /// A dimension: each value of a closed one, the occurring values of an open one; bands restrict nothing.
    Dimension(DimensionId),
}

/// A point in time of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Point {
    /// A day.
    Date(Date),
    /// A tenor from the book's date (in `during`: from the current point).
    Tenor(Tenor),
    /// As booked, before anything struck.
    Start,
    /// After instantaneous shocks, before any flow.
    Shocked,
    /// The day before in the cash calendar.
    Previous,
    /// The latest day of the exercise's calendars; `during horizon` is to this day.
    End,
    /// The last contractual payment of the opening book.
    Maturity,
}

/// A set of positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Selection {
    /// Every position.
    All,
    /// `assets`.
    Assets,
    /// `liabilities`: own ones, the plug and unmet need.
    Liabilities,
    /// `derivatives`.
    Derivatives,
    /// `off_balance`: every position with an undrawn amount, whatever its side.
    OffBalance,
    /// `equity`, for transfer prices.
    Equity,
    /// The positions of an instrument, born ones included.
    Instrument(InstrumentId),
    /// One lot of an instrument: `liquidity_bond("DE0001102580")`.
    Lot(InstrumentId, String),
    /// `a + b`.
    Union(Box<Selection>, Box<Selection>),
    /// `a - b`.
    Difference(Box<Selection>, Box<Selection>),
    /// `a where condition`; the condition is of type bool over dimensions, terms and parameters.
    Where(Box<Selection>, Box<Expression>),
}

/// What a formula may read of a position, per group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// Nominal outstanding.
    Balance,
    /// Undrawn commitment.
    Undrawn,
    /// Accrued interest.
    Accrued,
    /// N + U.
    AmortisedCost,
    /// Carrying amount without accrued interest: N + U + F.
    Book,
    /// Market value, dirty.
    MarketValue,
    /// Market value not encumbered (cash at face).
    Free,
    /// Market value encumbered, of a band by remaining term of the encumbrance if given.
    Encumbered(Option<Box<Expression>>),
    /// Free over all; 1 for an empty group.
    FreeShare,
    /// Encumbered in the band over all; 0 for an empty group.
    EncumberedShare(Box<Expression>),
    /// Contractual principal of the outstanding stock due in the window.
    Due(Tenor),
    /// On demand or withdrawable within the window.
    Callable(Tenor),
    /// Interest paid in the window.
    Interest(Tenor),
    /// Derivatives: received less paid in the window.
    NetFlow(Tenor),
    /// Of a lot: what comes back less what leaves if secured deals maturing in the window were undone; all of them, or those against
    /// a lot of the selection.
    Unwound(Tenor, Option<Box<Expression>>),
    /// `book` by the residual maturity of its principal, in the band.
    Maturing(Box<Expression>),
    /// `book` by the principal due or repricing in the band.
    Repricing(Box<Expression>),
    /// Principal due or repricing in the band, with the interest on what is neither repaid nor repriced; the margin is in it if the
    /// second formula is true.
    RepricingFlow(Box<Expression>, Box<Expression>),
    /// Principal that at the start of the band is neither repaid nor repriced.
    Unrepriced(Box<Expression>),
    /// Present value.
    Value(Valuation),
    /// (PV(-1bp) - PV(+1bp)) / 2 on the discount curve, and the projection curves with it.
    Pv01,
    /// The same for a triangular bump at one pillar tenor.
    KeyRate(Tenor),
    /// Accrual of the day or cell: earned on assets, owed on liabilities, both positive. A flow.
    InterestIncome,
    /// The margin part of it. A flow.
    MarginIncome,
    /// Transfer price accrual, base. A flow.
    FtpBaseIncome,
    /// Transfer price accrual, liquidity. A flow.
    FtpLiquidityIncome,
    /// What mirrors that end early are settled at. A flow.
    FtpBreakageIncome,
}

impl Measure {
    /// The formulas that stand in its brackets.
    pub fn operands(&self) -> Vec<&Expression> {
        match self {
            Self::Encumbered(Some(band))
            | Self::Unwound(_, Some(band))
            | Self::EncumberedShare(band)
            | Self::Maturing(band)
            | Self::Repricing(band)
            | Self::Unrepriced(band) => vec![band],
            Self::RepricingFlow(band, margin) => vec![band, margin],
            Self::Value(valuation) => valuation.volatility.iter().map(Box::as_ref).collect(),
            _ => Vec::new(),
        }
    }
}

/// The tenors of key rates: neighbours of each other, so that their sensitivities add up to the whole. In months.
const KEY_TENORS: [i32; 10] = [3, 12, 24, 36, 60, 84, 120, 180, 240, 360];

/// The key tenors before and after a tenor, in months: the bump of `key_rate(tenor)` falls to nothing there. `None`: it does not fall.
pub fn neighbours_of_key_rate(tenor: Tenor) -> (Option<i32>, Option<i32>) {
    let Some(months) = tenor.in_months() else {
        return (None, None);
    };
    let tenors = || KEY_TENORS.iter().copied();
    (
        tenors().filter(|m| *m < months).max(),
        tenors().filter(|m| *m > months).min(),
    )
}

/// The arguments of `pv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Valuation {
    /// The curve to discount with, in place of the currency's.
    pub curve: Option<FactorName>,
    /// `margin = excluded`.
    pub margin_excluded: bool,
    /// `options = true`: with time value.
    pub options: bool,
    /// `options = excluded`: as if caps and floors were not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub options_excluded: bool,
    /// Scales the volatility; absent: 100 %.
    pub volatility: Option<Box<Expression>>,
    /// `pass_through = true`: deposits by their repriced path.
    pub pass_through: bool,
}

/// What a formula may read of the scenario as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ScenarioMeasure {
    /// Cash of the surplus instrument.
    Cash,
    /// Unmet need.
    Unmet,
    /// Capital, retained result and OCI.
    Equity,
    /// Cash plus flows to the day plus what can be monetised: a ladder.
    Headroom,
    /// Net interest income. A flow.
    NetInterest,
    /// `accrual(money per year[, daycount])`: a yearly amount earned day by day. A flow.
    Accrual(Box<Expression>, Option<DayCount>),
    /// How often an action was decided up to the point.
    Decisions(ActionId),
    /// How much of an action's amounts was settled up to the point.
    Filled(ActionId),
    /// Whether every decision of an action has been settled.
    NoPending(ActionId),
    /// What a cover pool lacks of what it is to hold.
    Uncovered(CoverPoolId),
}

/// Functions of the fixed library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Builtin {
    /// e^x.
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// 1 / (1 + e^-x).
    Logistic,
    /// x^y for numbers and ratios.
    Power,
    /// |x|.
    Abs,
    /// Half to even, to a multiple.
    Rounded,
    /// `year_fraction(from, to, daycount)`.
    YearFraction,
    /// `following(date, calendar)`.
    Following,
    /// `modified_following(date, calendar)`.
    ModifiedFollowing,
    /// `preceding(date, calendar)`.
    Preceding,
    /// `zero_rate(currency, years)`: of the discount curve on the current day.
    ZeroRate,
}

/// A mapped term of a position, or what follows from one on the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Unique name in the instrument.
    Id,
    /// Currency of the position.
    Currency,
    /// Outstanding amount.
    Principal,
    /// Notional of a derivative.
    Notional,
    /// Undrawn commitment.
    Undrawn,
    /// Accrued interest on the book's date.
    Accrued,
    /// Day of the last payment.
    LastPayment,
    /// Nominal pledged.
    Pledged,
    /// Amount encumbered otherwise.
    Encumbered,
    /// What can be monetised per period (lots), or lent (products); yearly amounts are never meant: see `capacity_period`.
    Capacity,
    /// First day of accrual.
    Start,
    /// Last day.
    Maturity,
    /// Next reset of the rate.
    NextReset,
    /// Day on which an encumbrance ends.
    Released,
    /// Term at origination.
    OriginalTerm,
    /// Days until the proceeds of a sale arrive.
    Settles,
    /// Whether the issuer or debtor may repay before maturity: carried, it moves no flow.
    IsCallable,
    /// Whether the holder may ask for repayment before maturity: carried, it moves no flow.
    IsPutable,
    /// The index fixing of the running period.
    LastFixing,
    /// Customer margin in the rate.
    Margin,
    /// Transfer price, base.
    FtpBase,
    /// Transfer price, liquidity.
    FtpLiquidity,
    /// Clean market price, share of nominal.
    Price,
    /// Clean book price, share of nominal.
    Book,
    /// Haircut of a deal's collateral, or of a lot when it is monetised.
    Haircut,
    /// Multiple to which payments are rounded.
    Round,
    /// Cost of a product's issue, share of nominal.
    Cost,
    /// Client rate now.
    Rate,
    /// Time to maturity, in whole months (rounded to the nearest day count of months by the calendar).
    Remaining,
    /// Time since start.
    Age,
    /// Side as text; only in conditions.
    Side,
}
