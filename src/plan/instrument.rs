//! Instruments, products and the book: how rows of files and lines of text become positions.

use super::definition::Heading;
use super::expression::{Expression, Selection, Term};
use super::identifier::*;
use super::origin::Origin;
use crate::calendar::{Date, DayCount, Period, Roll, Tenor};
use crate::quantity::{Currency, Rate};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A kind of contract and how its positions are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// Name and place.
    pub heading: Heading,
    /// Which side of the balance sheet.
    pub side: Side,
    /// `lots = each`: single positions can be chosen, pledged and sold.
    pub lots: bool,
    /// The files of positions; `None`: each one is given in the text.
    pub positions: Option<PositionFiles>,
    /// What its columns mean.
    pub mapping: Mapping,
}

/// The side of a position. Balances are positive on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Owned.
    Asset,
    /// Owed.
    Liability,
    /// Neither: a swap or a forward.
    OffBalance,
    /// A derivative.
    Derivative,
}

/// Files of positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositionFiles {
    /// Path or glob relative to the project, `{at}` being the book's date.
    pub path: String,
    /// Rows that count (type bool over columns).
    pub filter: Option<Expression>,
    /// How the file is written; `None`: by its ending (`.csv` with comma, point, ISO dates, UTF-8; `.parquet`).
    pub format: Option<FileFormat>,
    /// Place of the `positions` line.
    pub origin: Origin,
}

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    /// Text in columns.
    Csv {
        /// Between cells.
        separator: char,
        /// Decimal mark.
        decimal: char,
        /// Date pattern, `yyyy-mm-dd` by default.
        date: String,
        /// Name of the encoding.
        encoding: String,
    },
    /// Parquet.
    Parquet,
}

/// The meaning of the columns of a file, or the arguments of a position in the text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// Plain terms, each a formula over columns, other terms and dimensions.
    pub terms: IndexMap<Term, Expression>,
    /// The period of `capacity … per day`.
    pub capacity_period: Option<Period>,
    /// Attributes.
    pub dimensions: IndexMap<DimensionId, DimensionMapping>,
    /// How principal is repaid.
    pub repays: Option<Repayment>,
    /// How interest accrues.
    pub accrues: Option<Accrual>,
    /// The leg that a derivative pays.
    pub pays: Option<Accrual>,
    /// The leg that it receives.
    pub receives: Option<Accrual>,
    /// How it is carried.
    pub accounting: Option<Accounting>,
    /// The lot that stands behind a secured deal: the instrument and its id.
    pub pledges: Option<(InstrumentId, Expression)>,
    /// How a premium or discount is released; absent: [`PremiumRelease`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premium: Option<PremiumRelease>,
    /// What a drawn line becomes.
    pub draws: Option<InstrumentId>,
    /// The business calendar of its payments, as a name (`TARGET`), in place of the currency's.
    pub calendar: Option<String>,
    /// How payment days roll; absent: none.
    pub roll: Option<Roll>,
    /// Dates on month ends; absent: the anchor is one.
    pub month_end: Option<bool>,
    /// Past-due rows are allowed.
    pub arrears: Option<bool>,
    /// Place of each setting by its key as written, for messages and origins.
    pub origins: IndexMap<String, Origin>,
}

impl Mapping {
    /// A term of payments that is a day or an amount of each position's own, which new business cannot have.
    pub fn own_payments(&self) -> Option<&'static str> {
        if let Some(Repayment::Linear { left, .. } | Repayment::Annuity { left, .. }) = &self.repays
        {
            if left.interest_only.is_some() {
                return Some("interest_only");
            }
            if left.grace.is_some() {
                return Some("grace");
            }
            if left.balloon.is_some() {
                return Some("balloon");
            }
        }
        let legs = [&self.accrues, &self.pays, &self.receives];
        let steps =
            |leg: &Accrual| matches!(leg, Accrual::Fixed { steps, .. } if !steps.is_empty());
        legs.into_iter().flatten().any(steps).then_some("steps")
    }

    /// The file that states rates of `accrues`, as written.
    pub fn stated_rates(&self) -> Option<&str> {
        match self.accrues.as_ref()? {
            Accrual::Fixed {
                steps: Schedule::File(path),
                ..
            } => Some(path),
            _ => None,
        }
    }

    /// The terms of another mapping in place of these.
    #[must_use]
    pub fn overlaid(&self, over: Mapping) -> Mapping {
        let mut merged = self.clone();
        merged.terms.extend(over.terms);
        merged.dimensions.extend(over.dimensions);
        merged.origins.extend(over.origins);
        merged.capacity_period = over.capacity_period.or(merged.capacity_period);
        merged.repays = over.repays.or(merged.repays);
        merged.accrues = over.accrues.or(merged.accrues);
        merged.pays = over.pays.or(merged.pays);
        merged.receives = over.receives.or(merged.receives);
        merged.accounting = over.accounting.or(merged.accounting);
        merged.pledges = over.pledges.or(merged.pledges);
        merged.premium = over.premium.or(merged.premium);
        merged.draws = over.draws.or(merged.draws);
        merged.calendar = over.calendar.or(merged.calendar);
        merged.roll = over.roll.or(merged.roll);
        merged.month_end = over.month_end.or(merged.month_end);
        merged.arrears = over.arrears.or(merged.arrears);
        merged
    }
}

/// How a position gets its value of a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DimensionMapping {
    /// A formula.
    Formula(Expression),
    /// The position is parted: amounts by value, the rest to `otherwise`. Values are members (or bands, or bools) as expressions.
    Split {
        /// Values and their amounts.
        parts: Vec<(Expression, Expression)>,
        /// The value where none is found.
        otherwise: Option<Expression>,
    },
}

/// How principal comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Repayment {
    /// At maturity.
    Bullet,
    /// Equal parts.
    Linear {
        /// The time between two payments.
        every: Tenor,
        /// The day of the first payment.
        first: Option<Expression>,
        /// What the payments leave.
        #[serde(default, skip_serializing_if = "Left::is_nothing")]
        left: Left,
    },
    /// Equal payments of principal and interest.
    Annuity {
        /// The time between two payments.
        every: Tenor,
        /// `payment = exact`: level under the day count, not by payments a year.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        exact: bool,
        /// What the payments leave.
        #[serde(default, skip_serializing_if = "Left::is_nothing")]
        left: Left,
    },
    /// Stated amounts: rows keyed by position in a file, or in the text.
    Schedule(Schedule),
    /// Any day.
    OnDemand,
    /// After notice.
    Notice(Tenor),
    /// Never.
    Never,
}

/// When and how much is left out of regular payments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// Up to and on this day payments are of interest only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest_only: Option<Expression>,
    /// Nothing is paid before this day; interest accrues up to it and is paid on it, principal after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Expression>,
    /// This much is paid at maturity, beside the last regular payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balloon: Option<Expression>,
}

impl Left {
    /// Whether all of it is paid regularly.
    pub fn is_nothing(&self) -> bool {
        *self == Left::default()
    }
}

/// Stated amounts or rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// A file with the columns `id,date,amount` (or `rate`).
    File(String),
    /// Dates and values.
    Inline(Vec<(Date, Expression)>),
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule::Inline(Vec::new())
    }
}

impl Schedule {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Schedule::default()
    }

    /// Dates and values that stand in the text.
    pub fn inline(&self) -> &[(Date, Expression)] {
        match self {
            Schedule::Inline(rows) => rows,
            Schedule::File(_) => &[],
        }
    }

    /// The dates that stand in the text.
    pub fn days(&self) -> impl Iterator<Item = Date> + '_ {
        self.inline().iter().map(|(day, _)| *day)
    }
}

/// How interest accrues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Accrual {
    /// A fixed rate, paid `every` so often (absent: with the principal).
    Fixed {
        /// The rate, a fraction a year.
        rate: Expression,
        /// The time between two payments.
        every: Option<Tenor>,
        /// The day count.
        daycount: DayCount,
        /// Rates from later days on, ascending; a file has the columns `id,date,rate`.
        #[serde(default, skip_serializing_if = "Schedule::is_empty")]
        steps: Schedule,
    },
    /// An index plus spread, floored and capped on the index.
    Index {
        /// Name of the index in the market.
        index: FactorName,
        /// Reset and payment period; absent: the index is read each day that interest is due.
        reset: Option<Tenor>,
        /// Added to the index.
        spread: Option<Expression>,
        /// Of the index.
        floor: Option<Expression>,
        /// Of the index.
        cap: Option<Expression>,
        /// Day count.
        daycount: DayCount,
        /// Business days from a fixing to its reset.
        #[serde(default, skip_serializing_if = "is_zero")]
        lag: u32,
        /// The multiple to which the index is rounded, before floor and cap.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rounding: Option<Rate>,
        /// The index is an overnight rate that is compounded in arrears over `reset`, the period of interest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_arrears: Option<InArrears>,
    },
    /// A rate that the bank sets, moved by behaviour.
    Client {
        /// The rate, a fraction a year.
        rate: Expression,
        /// The time between two payments.
        every: Option<Tenor>,
        /// The day count.
        daycount: DayCount,
    },
    /// One dated amount at maturity.
    CashFlow {
        /// The amount.
        amount: Expression,
        /// The currency that it is in.
        currency: Currency,
    },
    /// No interest.
    None,
}

impl Accrual {
    /// The index and the period that its fixings are for: of an overnight rate in arrears a day.
    pub fn index(&self) -> Option<(&FactorName, Option<Tenor>)> {
        match self {
            Accrual::Index {
                index,
                in_arrears: Some(_),
                ..
            } => Some((index, Some(Tenor::days(1)))),
            Accrual::Index { index, reset, .. } => Some((index, *reset)),
            _ => None,
        }
    }

    /// A rate of the index as it is rounded.
    pub fn rounded(&self, rate: Rate) -> Rate {
        match self {
            Accrual::Index {
                rounding: Some(multiple),
                ..
            } => rate.rounded_to(*multiple),
            _ => rate,
        }
    }
}

/// How an overnight rate is compounded in arrears; days are business days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InArrears {
    /// From a fixing to the day that it counts for.
    pub lookback: u32,
    /// At the end of a period, all at the rate of the last day before them.
    pub lockout: u32,
    /// Whether a rate counts for the days that it was fixed for, not for those of the period of interest.
    pub observation_shift: bool,
}

fn is_zero(days: &u32) -> bool {
    *days == 0
}

/// How a position is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accounting {
    /// At amortised cost.
    Amortised,
    /// At fair value through other comprehensive income.
    Fvoci,
    /// At fair value through profit or loss.
    Fvtpl,
    /// Off the ledger.
    Memo,
}

/// How the difference of what a position is carried at to its nominal goes to interest. Where none is stated: by the effective
/// rate over years of 365 days, or over coupon years for new business whose interest is by act/actICMA; of an index, linear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PremiumRelease {
    /// By the rate at which the payments are worth what is carried, over years of this day count.
    Effective(DayCount),
    /// In proportion to outstanding nominal times days.
    Linear,
}

/// A template of new business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Name and place.
    pub heading: Heading,
    /// The instrument that it becomes.
    pub of: InstrumentId,
    /// Term from its birth.
    pub maturity: Option<Tenor>,
    /// Its terms and dimensions over the instrument's; `Term::Capacity`, `Term::Cost`, `Term::Price` among them.
    pub mapping: Mapping,
}

/// A balance sheet on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Name and place.
    pub heading: Heading,
    /// The reporting date.
    pub date: Date,
    /// The reporting currency.
    pub currency: Currency,
    /// What it holds.
    pub includes: Vec<Inclusion>,
    /// Instruments taken out again.
    pub excludes: Vec<InstrumentId>,
    /// Stated equity; `None`: a partial book.
    pub equity: Option<Expression>,
    /// Where spare cash goes.
    pub surplus: Option<InstrumentId>,
    /// The plug.
    pub shortfall: Option<ProductId>,
    /// Rate of unmet need.
    pub unmet_rate: Option<Expression>,
    /// What happens to bad rows; `None`: refused where files are read.
    pub bad_rows: Option<BadRows>,
    /// Cash that is kept, per currency.
    pub minimum_cash: Option<Expression>,
    /// A surplus of one currency meets a need in another.
    pub convert: bool,
    /// Answers to demands, by parameter.
    pub answers: IndexMap<ParameterId, (Expression, Origin)>,
    /// Control totals.
    pub reconciliations: Vec<Reconciliation>,
}

/// What a bad row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadRows {
    /// The run stops.
    Reject,
    /// The row is set aside, counted and totalled.
    Quarantine,
}

/// A line of `include`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inclusion {
    /// All positions of an instrument's files.
    Files(InstrumentId),
    /// One position given in the text: the instrument's mapping with the arguments put in place; its id may be the order of the line.
    Position {
        /// The instrument.
        instrument: InstrumentId,
        /// The name of the position.
        id: String,
        /// Its terms.
        mapping: Box<Mapping>,
        /// Its line.
        origin: Origin,
    },
}

/// A control total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// What is added up: opening carrying amounts with accrued interest of a selection.
    pub selection: Selection,
    /// The text of the selection.
    pub text: String,
    /// The stated total.
    pub total: Expression,
    /// Tolerance: money, or a ratio of the total.
    pub within: Expression,
    /// Place and reasons.
    pub origin: Origin,
}
