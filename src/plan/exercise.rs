//! Exercises and tests: what is run, on which days, and what is reported.

use super::attribution::Attribution;
use super::definition::Heading;
use super::expression::{Expression, Point, ScenarioMeasure};
use super::identifier::*;
use super::instrument::Book;
use super::market::{CurveDefinition, Market, PathDefinition};
use super::origin::Origin;
use super::scenario::Scenario;
use super::search::Search;
use crate::calendar::Tenor;
use crate::quantity::Currency;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A set of runs over one book and one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exercise {
    /// Name and place.
    pub heading: Heading,
    /// The balance sheet.
    pub book: Book,
    /// The market; `None`: nothing may read a rate.
    pub market: Option<Market>,
    /// The scenario that others stand on; also run.
    pub base: ScenarioKey,
    /// The scenarios that are run, base first, in text order.
    pub runs: Vec<ScenarioKey>,
    /// Every scenario that is run or branched to, flattened; `runs` are among them, base under its own key.
    pub scenarios: IndexMap<ScenarioKey, Scenario>,
    /// The behaviours in force, of all that stand in the project.
    pub behaviours: Vec<BehaviourId>,
    /// The hedging programmes in force in every run, in text order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hedges: Vec<HedgeId>,
    /// The cash calendar: the days on which the plug is struck. Empty: read once on the book's date (and on the dates that a test names).
    pub settle: Vec<CalendarLine>,
    /// The days that are reported.
    pub step: Vec<CalendarLine>,
    /// Dates that a test names, besides.
    pub named_points: Vec<Point>,
    /// What is reported, in text order.
    pub reports: Vec<Report>,
    /// What scenarios' changes are parted into, in text order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributions: Vec<Attribution>,
    /// What `plimsoll reverse` looks for, in text order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searches: Vec<Search>,
    /// What a command line sweeps over; never of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// The limits that hold.
    pub limits: Vec<LimitId>,
    /// What a test gives in place of what would be computed.
    pub givens: Givens,
    /// Things that it asks for and a later version evaluates, with their places: refused when run.
    pub not_yet: Vec<(String, Origin)>,
}

/// `daily until 90d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarLine {
    /// How often.
    pub frequency: Frequency,
    /// The last day.
    pub until: Point,
    /// Place.
    pub origin: Origin,
}

/// How often; months, quarters and years are calendar ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Each day.
    Daily,
    /// Each seventh day from the book's date.
    Weekly,
    /// Month ends.
    Monthly,
    /// Quarter ends.
    Quarterly,
    /// Year ends.
    Yearly,
}

/// A reported number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its name: the metric's short name if unique, else its path, else the text of the expression.
    pub name: String,
    /// What is evaluated.
    pub formula: Expression,
    /// The metric, where it is just one.
    pub metric: Option<MetricId>,
    /// The scenario of whose run it is reported (`tier1 under base`); `None`: of each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<ScenarioKey>,
    /// Broken down by these, besides the total; each combination is its own evaluation.
    pub by: Vec<ReportKey>,
    /// Place.
    pub origin: Origin,
}

/// What a report is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportKey {
    /// By currency, unconverted.
    Currency,
    /// By a dimension.
    Dimension(DimensionId),
}

/// The grid of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// What varies, with its values as the language writes them.
    pub axes: Vec<(String, Vec<String>)>,
    /// The scenario of each point, the last axis fastest.
    pub scenarios: Vec<Scenario>,
}

/// What a test gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Givens {
    /// Metrics, whole or sliced.
    pub metrics: Vec<(MetricId, Slice, Expression)>,
    /// Functions at given arguments.
    pub functions: Vec<(FunctionId, Vec<Expression>, Slice, Expression)>,
    /// Scenario measures (`net_interest`).
    pub measures: Vec<(ScenarioMeasure, Expression)>,
    /// Curves.
    pub curves: IndexMap<FactorName, CurveDefinition>,
    /// Indices and series.
    pub paths: IndexMap<FactorName, PathDefinition>,
    /// `given fx(USD) = 0.92 EUR`.
    pub fx: IndexMap<Currency, Expression>,
    /// `given swap_rate(5Y) = 2.4%`: moves with a parallel shock as any level does.
    pub swap_rates: Vec<(Tenor, Option<FactorName>, Expression)>,
}

/// A restriction to values of dimensions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The currency.
    pub currency: Option<Currency>,
    /// Values of dimensions (`Node::Member`, `Node::Text`, `Node::Bool`).
    pub members: Vec<(DimensionId, super::expression::Node)>,
}

/// An in-language test: an exercise of its own or a named one, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Name, title and place.
    pub heading: Heading,
    /// What it runs: with its givens, runs and points put in.
    pub exercise: Exercise,
    /// The exercise of the project that it reads, if it names one and gives nothing (so that runs are shared).
    pub shares: Option<String>,
    /// Its expectations.
    pub expectations: Vec<Expectation>,
}

/// `expect condition within tolerance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// A comparison (the two sides are printed where it fails), or any bool.
    pub condition: Expression,
    /// Absolute tolerance of `==`.
    pub within: Option<Expression>,
    /// As written, in canonical spelling.
    pub text: String,
    /// Place.
    pub origin: Origin,
}
