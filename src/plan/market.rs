//! The market: curves, spreads, indices, discounting, series, FX and calendars.

use super::definition::Heading;
use super::expression::Expression;
use super::identifier::FactorName;
use super::origin::Origin;
use crate::calendar::{Date, DayCount, Tenor};
use crate::quantity::Currency;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A market of a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Market {
    /// Name and place.
    pub heading: Heading,
    /// Curves and spreads, in text order; a derived curve stands after its parts.
    pub curves: IndexMap<FactorName, Curve>,
    /// Indices.
    pub indices: IndexMap<FactorName, Index>,
    /// The discount curve of each currency.
    pub discounts: IndexMap<Currency, (CurveDefinition, Origin)>,
    /// Other series.
    pub series: IndexMap<FactorName, (PathDefinition, Origin)>,
    /// The value of one unit of a currency, as money in another (`0.9214 EUR`).
    pub fx: IndexMap<Currency, (Expression, Origin)>,
    /// Business calendars by currency: `TARGET`, `NEW_YORK`, `LONDON`, `WEEKENDS` or a file of holidays.
    pub calendars: IndexMap<Currency, (CalendarDefinition, Origin)>,
    /// Volatilities of indices, by the index or by the curve that it is read from.
    pub volatilities: IndexMap<FactorName, (Volatility, Origin)>,
}

/// How far the fixings of an index may spread in a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volatility {
    /// Which closed form it goes into.
    pub model: VolatilityModel,
    /// A rate for the normal model, a share for the lognormal one; both a year.
    pub value: Expression,
}

/// The closed forms of caps and floors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolatilityModel {
    /// Bachelier: the fixing is normal around its forward.
    Normal,
    /// Black: the fixing is lognormal; forward and strike are positive.
    Lognormal,
}

/// A curve or a spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Its currency.
    pub currency: Currency,
    /// A spread only adds to a curve.
    pub is_spread: bool,
    /// How it is made.
    pub definition: CurveDefinition,
    /// Place and reasons.
    pub origin: Origin,
}

/// How a curve is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CurveDefinition {
    /// From a file of pillars `tenor,value`.
    File(CurveFile),
    /// The same zero rate everywhere, continuously compounded.
    Flat {
        /// The rate, a fraction a year.
        rate: Expression,
        /// The day count.
        daycount: DayCount,
    },
    /// Svensson's formula.
    Svensson(SvenssonCurve),
    /// Smith and Wilson's formula.
    SmithWilson(SmithWilsonCurve),
    /// Another curve or spread by name.
    Named(FactorName),
    /// The sum of curves, spreads and shifts (the first is a curve).
    Sum(Vec<CurveDefinition>),
    /// A shift over t.
    Shift(Expression),
}

/// A curve by Svensson's six parameters; continuously compounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SvenssonCurve {
    /// Where they stand.
    pub parameters: SvenssonParameters,
    /// Day count of the curve's time; absent: act/365.
    pub daycount: Option<DayCount>,
}

/// Where Svensson's parameters stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SvenssonParameters {
    /// In the text: `beta0` to `beta3` as rates, `tau1` and `tau2` in years.
    Stated(Box<[Expression; 6]>),
    /// In a file with columns of these names: its one row, or that of the book's date where it has a column `date`.
    File {
        /// Path relative to the project, `{at}` being the book's date.
        path: String,
        /// What the betas are counted in; absent: fractions.
        unit: Option<Expression>,
    },
}

/// A curve that meets its quotes and whose forwards tend to an ultimate one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmithWilsonCurve {
    /// A file `tenor,value`; path relative to the project, `{at}` being the book's date.
    pub path: String,
    /// What the values are.
    pub quotes: SmithWilsonQuotes,
    /// The ultimate forward rate, a yearly fraction.
    pub ultimate: Expression,
    /// The speed of convergence.
    pub alpha: Expression,
    /// Compounding of zero rates; absent: continuous.
    pub compounding: Option<Compounding>,
    /// Day count of the curve's time; absent: act/365.
    pub daycount: Option<DayCount>,
}

/// What the file of a Smith-Wilson curve holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmithWilsonQuotes {
    /// Zero rates.
    Zero,
    /// Par swap rates of yearly payments.
    ParSwap,
    /// The weights of the formula, as published.
    Weights,
}

/// A file of pillars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveFile {
    /// Path relative to the project, `{at}` being the book's date.
    pub path: String,
    /// What the values are.
    pub quotes: Quotes,
    /// Between pillars.
    pub interpolate: Interpolation,
    /// Day count of the curve's time; absent: act/365.
    pub daycount: Option<DayCount>,
    /// Compounding of zero rates; absent: continuous.
    pub compounding: Option<Compounding>,
    /// Beyond the pillars; absent: an error.
    pub extrapolate_flat: bool,
    /// How many pillars there must be.
    pub pillars: Option<u32>,
}

/// What the values of a curve file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Zero rates.
    Zero,
    /// Discount factors.
    DiscountFactors,
    /// Par swap rates, bootstrapped.
    ParSwap,
    /// Spreads, added to zero rates.
    Spreads,
}

/// Between pillars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Zero rates are linear in time.
    LinearZero,
    /// Logarithms of discount factors are linear: forwards are constant.
    LogLinearDf,
    /// Forwards step.
    StepForward,
    /// Monotone convex (Hagan and West).
    MonotoneConvex,
}

/// Compounding of quoted zero rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compounding {
    /// e^(rt).
    Continuous,
    /// Once a year.
    Annual,
    /// Twice a year.
    SemiAnnual,
    /// Four times a year.
    Quarterly,
    /// 1 + rt.
    Simple,
}

/// An index: fixings up to the book's date, forwards of a curve after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its currency.
    pub currency: Currency,
    /// Its tenor, read off its name (`EURIBOR_3M`); `None` for overnight indices.
    pub tenor: Option<Tenor>,
    /// How it is made.
    pub definition: IndexDefinition,
    /// Place and reasons.
    pub origin: Origin,
}

/// How an index is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IndexDefinition {
    /// `forward(curve, fixings = "file")`; the file has the columns `date,value`.
    Forward {
        /// The curve, by name.
        curve: FactorName,
        /// Past fixings.
        fixings: Option<String>,
    },
    /// Stated levels.
    Path(PathDefinition),
}

/// Levels over time of a series, index, FX rate or curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PathDefinition {
    /// `path(date, value, …)`: each value holds from its date; before the first: the first.
    Inline(Vec<(Date, Expression)>),
    /// `levels("file", …)`.
    Levels(Box<LevelsFile>),
}

/// `levels(…)`: a wide or long file read as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelsFile {
    /// Path relative to the project.
    pub path: String,
    /// Rows that count.
    pub filter: Option<Expression>,
    /// How its dates are read.
    pub date: DateReading,
    /// The column of the dates.
    pub date_column: String,
    /// What one unit of the file is (`1%`).
    pub unit: Option<Expression>,
    /// A single value a row: a formula over columns.
    pub value: Option<Expression>,
    /// Nodes of a curve: tenor and formula over columns.
    pub nodes: Vec<(Tenor, Expression)>,
    /// `quotes = par`: par yields, else zero rates.
    pub par: bool,
    /// Between nodes.
    pub interpolate: Option<Interpolation>,
    /// Beyond the nodes; absent: an error.
    pub extrapolate_flat: bool,
    /// The day to which the first row moves.
    pub begins: Option<Date>,
}

/// How the dates of a levels file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateReading {
    /// As days; linear between them.
    Day,
    /// A quarter's value holds for the whole quarter.
    QuarterHeld,
    /// A quarter's value stands at its middle, linear between.
    QuarterAverage,
    /// A quarter's value stands on its last day, linear between.
    QuarterEnd,
}

/// A business calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarDefinition {
    /// `TARGET`, `NEW_YORK`, `LONDON`, `WEEKENDS`.
    Named(String),
    /// A file of holidays, one ISO date a line.
    Holidays(String),
}
