//! What the one evaluator tells its observers: plain records and the trait that takes them.
//!
//! Trace, report, explain and coverage are observers. Records hold no row numbers, no file digests, no absolute paths
//! and no times, so that equal runs give equal records for any number of threads and any order of rows.
//! The evaluator hands them over in one order: exercise, scenario (the base first, then as the text runs them), then
//! metrics in text order, date, member; scenarios that ran in parallel are handed over one after the other.

use serde::{Deserialize, Serialize};

/// A value at full precision as decimal text, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Decimal text such as `-1234.5678`, unrounded beyond the evaluator's own rule. Money in units of its currency,
    /// ratios and rates as fractions, tenors in days, truth values as 0 or 1.
    Number(String),
    /// `undefined`, and why.
    Undefined(String),
}

/// A place in the text: the name of the file within the project or `std/…`, and the line from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Name of the file, relative to the project, `std/…` for the library.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// One value of one metric: what `explain` and the rows of `metrics.csv` go by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MetricKey {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario with its arguments, as in every report: `parallel(size = -200bp)`.
    pub scenario: String,
    /// ISO date of the point.
    pub date: String,
    /// Short name where unique in the plan, else its path.
    pub metric: String,
    /// Names of the dimensions that it is broken down by, `currency` or `currency,gap`; empty for the total.
    pub dimension: String,
    /// The values of these dimensions in the same order, `EUR` or `EUR,up to 1M`; empty for the total.
    pub member: String,
}

/// How the terms of a node give its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The terms' values add up to the node's value exactly.
    Sum,
    /// The formula says how; the terms are what it read.
    #[default]
    Formula,
}

/// A part of a value: another metric, a fold, a group, a contract, a market value, a literal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// What it is, in the words of the text: `hqla`, `sum(liabilities: due(30d) * …)`, `mortgage EUR 3.6%`.
    pub label: String,
    /// Its value with its sign in the sum.
    pub amount: Value,
    /// `EUR`, `ratio`, `d`, …; empty where it is that of the node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The other metric, where it is one; its record stands before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricKey>,
    /// How `terms` give `amount`.
    #[serde(default)]
    pub combine: Combine,
    /// Its own parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
}

/// The value of a metric at a point, with what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricRecord {
    /// Which value.
    #[serde(flatten)]
    pub key: MetricKey,
    /// The value.
    pub value: Value,
    /// `EUR` and other currencies, `ratio`, `rate`, `d` (tenors in days), `number`, `bool`.
    pub unit: String,
    /// Whether a `report` line asks for it: then it is a row of `metrics.csv`.
    pub reported: bool,
    /// Where the metric is defined.
    pub place: Place,
    /// The formula as its author wrote it, on one line.
    pub formula: String,
    /// How `terms` give `value`.
    #[serde(default)]
    pub combine: Combine,
    /// Its parts.
    pub terms: Vec<Term>,
    /// Number of undefined values that a fold over time skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// The value of a formula on one simulated path of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRecord {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// ISO date of the point.
    pub date: String,
    /// The formula as its author wrote it, on one line.
    pub formula: String,
    /// The path, from 1; with the scenario's seed it is all that the path depends on.
    pub path: u32,
    /// The value.
    pub value: Value,
    /// Its unit.
    pub unit: String,
}

/// What a limit says of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Held on every day.
    Held,
    /// A `warning` requirement failed on some day.
    Warning,
    /// The value is undefined on some day and never failed where it is defined; fails `--strict`.
    Undefined,
    /// A `breach` requirement failed on some day: exit code 2.
    Breach,
}

/// One `require` line of a limit over a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRecord {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the limit.
    pub limit: String,
    /// Its title, or the name again.
    pub title: String,
    /// The requirement as written: `lcr >= 100%`.
    pub requirement: String,
    /// Where it stands.
    pub place: Place,
    /// What came out.
    pub verdict: Verdict,
    /// ISO date of the first day on which it failed.
    pub first: Option<String>,
    /// ISO date of the last day on which it failed.
    pub last: Option<String>,
    /// On how many days it failed,
    pub failed: u64,
    /// of how many.
    pub checked: u64,
    /// ISO date of the worst value.
    pub worst_date: Option<String>,
    /// The left side of the comparison on that day.
    pub worst: Option<Value>,
    /// Unit of `worst`.
    pub unit: String,
}

/// One posting of the ledger. The postings of one cause, day and currency sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingRecord {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// ISO date.
    pub date: String,
    /// ISO code of the account's currency.
    pub currency: String,
    /// Name of the account: `cash`, `mortgage/nominal`, `retained/interest`.
    pub account: String,
    /// Debit positive, in thousandths of a quantum of the currency (a quantum is its minor unit / 100), as accrued interest is kept.
    pub amount: i128,
    /// The amount in thousandths of a quantum of the reporting currency, at the rate of the day.
    pub reporting_amount: i128,
    /// What caused it: `interest`, `scheduled principal`, `outflow`, `fx revaluation`, …
    pub cause: String,
    /// The group, shock, behaviour or action behind it, with its place where it has one.
    pub origin: String,
}

/// A metric as a trigger saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRecord {
    /// Name of the metric.
    pub metric: String,
    /// Its value on the day of the decision.
    pub value: Value,
    /// Its unit.
    pub unit: String,
}

/// One line of `do` of a decision. Amounts are decimal text in units of the currency; lines without an amount have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedRecord {
    /// The line as written: `issue(covered_5y, nominal = 750mn EUR)`.
    pub text: String,
    /// ISO code of the amounts' currency.
    pub currency: String,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What was done of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<String>,
    /// What was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
    /// Cash received (+) or paid (-).
    pub cash: String,
    /// Why less was done than asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A decision of an action, what a hedging programme did, or an attempt that was refused, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the action or of the hedging programme.
    pub action: String,
    /// Its title, or the name again.
    pub title: String,
    /// Whether it is of a hedging programme.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hedge: bool,
    /// Where it stands.
    pub place: Place,
    /// ISO date of the decision; of a refusal the first day.
    pub decided: String,
    /// ISO date of the settlement; of a refusal the last day on which it was refused for this reason.
    pub settles: String,
    /// Whether it settled within the run.
    pub settled: bool,
    /// Why nothing was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What the trigger saw; of a hedging programme its exposure, that of its swaps, and what this is to be.
    pub seen: Vec<SeenRecord>,
    /// The lines of `do`; of a hedging programme what it entered or unwound.
    pub deeds: Vec<DeedRecord>,
}

/// A stretch of event days on which a cover pool held less than it is to. Amounts are decimal text in units of the book's currency, on
/// the worst day; nothing is done about them but what an action does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverRecord {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the pool.
    pub pool: String,
    /// Its title, or the name again.
    pub title: String,
    /// Where it stands.
    pub place: Place,
    /// ISO date of the first day; `start`: as booked.
    pub first: String,
    /// ISO date of the last event day.
    pub last: String,
    /// ISO date of the first day on which it lacks most.
    pub worst: String,
    /// ISO code of the amounts' currency.
    pub currency: String,
    /// What is outstanding of the debt that it secures.
    pub secured: String,
    /// The debt and the overcollateral.
    pub required: String,
    /// What its assets come to that nothing else encumbers.
    pub held: String,
    /// What is lacking.
    pub shortfall: String,
}

/// A row of a position file that was quarantined. Sorted by instrument and position id; the row number stands in `run.json` only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExceptionRecord {
    /// Name of the instrument.
    pub instrument: String,
    /// Id of the position; empty where the row has none.
    pub position: String,
    /// The column or term.
    pub column: String,
    /// The cell as it stands, cut to 80 characters.
    pub value: String,
    /// Why it was not taken.
    pub reason: String,
}

/// What watches a run. Every method does nothing by default, so an observer implements what it wants.
pub trait Observer {
    /// A value of a metric, after the values that it was made of.
    fn metric(&mut self, _record: MetricRecord) {}
    /// A requirement of a limit over a whole run.
    fn limit(&mut self, _record: LimitRecord) {}
    /// A posting, in the order of the ledger.
    fn posting(&mut self, _record: PostingRecord) {}
    /// A decision, in the order in which a run made them.
    fn decision(&mut self, _record: DecisionRecord) {}
    /// A stretch of days on which a cover pool lacked something, in the order of pool and day.
    fn cover(&mut self, _record: CoverRecord) {}
    /// A value on one simulated path, in the order of formula and path.
    fn path(&mut self, _record: PathRecord) {}
    /// A quarantined row, in the order of instrument and position id.
    fn exception(&mut self, _record: ExceptionRecord) {}
    /// `done` of `total` steps of the work called `what` are finished.
    fn progress(&mut self, _what: &str, _done: u64, _total: u64) {}
}

/// An observer that watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Observer for Nobody {}

/// An observer that keeps every record in memory, in the order in which it came.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    /// Values of metrics.
    pub metrics: Vec<MetricRecord>,
    /// Verdicts of limits.
    pub limits: Vec<LimitRecord>,
    /// Postings.
    pub postings: Vec<PostingRecord>,
    /// Decisions.
    pub decisions: Vec<DecisionRecord>,
    /// What cover pools lacked.
    pub covers: Vec<CoverRecord>,
    /// Quarantined rows.
    pub exceptions: Vec<ExceptionRecord>,
    /// Values on simulated paths.
    pub paths: Vec<PathRecord>,
}

impl Observer for Recorder {
    fn metric(&mut self, record: MetricRecord) {
        self.metrics.push(record);
    }
    fn limit(&mut self, record: LimitRecord) {
        self.limits.push(record);
    }
    fn posting(&mut self, record: PostingRecord) {
        self.postings.push(record);
    }
    fn decision(&mut self, record: DecisionRecord) {
        self.decisions.push(record);
    }
    fn cover(&mut self, record: CoverRecord) {
        self.covers.push(record);
    }
    fn exception(&mut self, record: ExceptionRecord) {
        self.exceptions.push(record);
    }
    fn path(&mut self, record: PathRecord) {
        self.paths.push(record);
    }
}
