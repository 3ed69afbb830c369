//! Checked positions as columns: what the contract layer and the projection read.

use crate::calendar::{Date, DayCount, Period, Roll, Tenor};
use crate::formula::{Undefined, Value};
use crate::plan::{
    Accounting, DimensionId, FactorName, InArrears, InstrumentId, PremiumRelease, Side, Term,
};
use crate::quantity::{Currency, Quanta, Rate};
use std::sync::Arc;

/// The positions of a book, checked. Instruments stand in the order in which the book includes them, the positions of each
/// sorted by id, so that neither the order of rows nor that of files matters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Positions {
    /// The reporting date.
    pub date: Date,
    /// One entry an included instrument, those without positions too.
    pub instruments: Vec<InstrumentPositions>,
}

impl Positions {
    /// The positions of an instrument, if the book includes it.
    pub fn instrument(&self, id: InstrumentId) -> Option<&InstrumentPositions> {
        self.instruments.iter().find(|i| i.instrument == id)
    }

    /// The number of positions of all instruments.
    pub fn len(&self) -> usize {
        self.instruments.iter().map(InstrumentPositions::len).sum()
    }

    /// Whether there is no position.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One cell a position: stored once where all are equal.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Column<T> {
    /// Not mapped: no position has it.
    #[default]
    Absent,
    /// All positions have this one.
    Same(T),
    /// By position; `None` where a position's mapping has no such term.
    Each(Vec<Option<T>>),
}

impl<T: Copy> Column<T> {
    /// The cell of a position; `None` if it has none.
    pub fn get(&self, row: usize) -> Option<T> {
        match self {
            Column::Absent => None,
            Column::Same(value) => Some(*value),
            Column::Each(cells) => cells.get(row).copied().flatten(),
        }
    }

    /// Whether no position has it.
    pub fn is_absent(&self) -> bool {
        matches!(self, Column::Absent)
    }
}

/// The positions of an instrument, a column a term. All columns have one cell a position, in order of the ids.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentPositions {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Its side of the balance sheet.
    pub side: Side,
    /// `lots = each`.
    pub lots: bool,
    /// Unique, ascending. A position that was parted has the class behind a slash: `4711/stable_retail`.
    pub ids: Vec<Arc<str>>,
    /// What kinds of contract there are: one, unless positions given in the text differ from the files' mapping.
    pub shapes: Vec<Shape>,
    /// Index into `shapes` by position.
    pub shape: Column<u32>,
    /// The position's currency. Amounts of a position are in quanta of it.
    pub currency: Column<Currency>,
    /// Outstanding amount, not negative.
    pub principal: Column<Quanta>,
    /// Notional of a derivative, not negative.
    pub notional: Column<Quanta>,
    /// Undrawn commitment, not negative.
    pub undrawn: Column<Quanta>,
    /// Accrued interest on the book's date; of a derivative with its sign.
    pub accrued: Column<Quanta>,
    /// Nominal pledged.
    pub pledged: Column<Quanta>,
    /// Amount encumbered otherwise.
    pub encumbered: Column<Quanta>,
    /// What can be monetised per period of the shape's `capacity_period`.
    pub capacity: Column<Quanta>,
    /// Multiple to which payments are rounded.
    pub round: Column<Quanta>,
    /// Day of the last interest payment, up to the book's date.
    pub last_payment: Column<Date>,
    /// First day of accrual.
    pub start: Column<Date>,
    /// Last day; after the book's date unless the shape allows arrears.
    pub maturity: Column<Date>,
    /// Next reset of the rate.
    pub next_reset: Column<Date>,
    /// Day on which an encumbrance ends.
    pub released: Column<Date>,
    /// First repayment of a linear loan.
    pub first_repayment: Column<Date>,
    /// Up to when payments are of interest only.
    pub interest_only: Column<Date>,
    /// Up to when nothing is paid.
    pub grace: Column<Date>,
    /// What payments leave for maturity.
    pub balloon: Column<Quanta>,
    /// Term at origination.
    pub original_term: Column<Tenor>,
    /// Days until the proceeds of a sale arrive.
    pub settles: Column<Tenor>,
    /// Whether the debtor may repay early; carried.
    pub is_callable: Column<bool>,
    /// Whether the holder may ask for repayment early; carried.
    pub is_putable: Column<bool>,
    /// The index fixing of the running period.
    pub last_fixing: Column<Rate>,
    /// Customer margin in the rate.
    pub margin: Column<Rate>,
    /// Transfer price, base.
    pub ftp_base: Column<Rate>,
    /// Transfer price, liquidity.
    pub ftp_liquidity: Column<Rate>,
    /// Clean market price, share of nominal, in steps of 1e-12.
    pub price: Column<Rate>,
    /// Clean book price, share of nominal, in steps of 1e-12.
    pub book: Column<Rate>,
    /// Haircut of a deal's collateral, or of a lot when it is monetised, from 0 up to 1, in steps of 1e-12.
    pub haircut: Column<Rate>,
    /// `accrues`; empty of derivatives without it.
    pub accrues: LegColumns,
    /// The leg that a derivative pays.
    pub pays: LegColumns,
    /// The leg that it receives.
    pub receives: LegColumns,
    /// Stated repayments, where a shape's repayment is a schedule.
    pub schedule: DatedColumn<Quanta>,
    /// Stated rates, where a file gives them to the leg of a shape.
    pub stated_rates: DatedColumn<Rate>,
    /// Attributes, in the order of the mapping.
    pub dimensions: Vec<DimensionColumn>,
    /// The lot that stands behind a secured deal.
    pub pledge: Column<Pledge>,
    /// Where each position was read, for messages and `run.json`; never part of a result.
    pub origin: Vec<RowOrigin>,
    /// Names of the files or texts that `origin` points into.
    pub sources: Vec<String>,
}

impl InstrumentPositions {
    /// The term of a row's payments that only it has, a day or an amount of its own: what a new contract of the kind cannot keep.
    pub fn own_payments(&self, row: usize) -> Option<&'static str> {
        let legs = [&self.accrues, &self.pays, &self.receives];
        let steps = |leg: &LegColumns| leg.steps.iter().any(|step| step.get(row).is_some());
        if self.interest_only.get(row).is_some() {
            Some("interest_only")
        } else if self.grace.get(row).is_some() {
            Some("grace")
        } else if self.balloon.get(row).is_some() {
            Some("balloon")
        } else if legs.into_iter().any(steps) || !self.stated_rates.of(row).is_empty() {
            Some("steps")
        } else {
            None
        }
    }

    /// An instrument without positions.
    pub fn empty(instrument: InstrumentId, side: Side, lots: bool) -> Self {
        InstrumentPositions {
            instrument,
            side,
            lots,
            ids: Vec::new(),
            shapes: Vec::new(),
            shape: Column::Absent,
            currency: Column::Absent,
            principal: Column::Absent,
            notional: Column::Absent,
            undrawn: Column::Absent,
            accrued: Column::Absent,
            pledged: Column::Absent,
            encumbered: Column::Absent,
            capacity: Column::Absent,
            round: Column::Absent,
            last_payment: Column::Absent,
            start: Column::Absent,
            maturity: Column::Absent,
            next_reset: Column::Absent,
            released: Column::Absent,
            first_repayment: Column::Absent,
            interest_only: Column::Absent,
            grace: Column::Absent,
            balloon: Column::Absent,
            original_term: Column::Absent,
            settles: Column::Absent,
            is_callable: Column::Absent,
            is_putable: Column::Absent,
            last_fixing: Column::Absent,
            margin: Column::Absent,
            ftp_base: Column::Absent,
            ftp_liquidity: Column::Absent,
            price: Column::Absent,
            book: Column::Absent,
            haircut: Column::Absent,
            accrues: LegColumns::default(),
            pays: LegColumns::default(),
            receives: LegColumns::default(),
            schedule: DatedColumn::default(),
            stated_rates: DatedColumn::default(),
            dimensions: Vec::new(),
            pledge: Column::Absent,
            origin: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// The number of positions.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no position.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The kind of contract of a position.
    pub fn shape_of(&self, row: usize) -> Option<&Shape> {
        self.shapes.get(self.shape.get(row)? as usize)
    }

    /// Rates that stepped up to a day are the rates of that day.
    pub(super) fn start_with_passed_steps(&mut self, date: Date) {
        let steps = |kind: &Option<AccrualKind>| matches!(kind, Some(AccrualKind::Fixed { steps, stated, .. }) if *stated || !steps.is_empty());
        let kinds = |shape: &Shape| {
            [&shape.accrues, &shape.pays, &shape.receives]
                .into_iter()
                .any(steps)
        };
        if !self.shapes.iter().any(kinds) {
            return;
        }
        let rows = 0..self.len();
        let passed = |kind: Option<&AccrualKind>, leg: &LegColumns, row: usize| {
            let AccrualKind::Fixed { steps, stated, .. } = kind? else {
                return None;
            };
            if *stated {
                let rates = self.stated_rates.of(row).iter().rev();
                return rates.copied().find(|(day, _)| *day <= date);
            }
            let steps = steps.iter().zip(&leg.steps).rev();
            let of_row = steps.filter_map(|(day, column)| Some((*day, column.get(row)?)));
            of_row.into_iter().find(|(day, _)| *day <= date)
        };
        let rates = |leg: &LegColumns, kind: fn(&Shape) -> Option<&AccrualKind>| {
            let of_row = |row| passed(self.shape_of(row).and_then(kind), leg, row);
            let found: Vec<_> = rows.clone().map(of_row).collect();
            let any = found.iter().any(Option::is_some);
            any.then(|| {
                let rate = |(row, step): (usize, &Option<(Date, Rate)>)| {
                    step.map(|(_, rate)| rate).or(leg.rate.get(row))
                };
                Column::Each(found.iter().enumerate().map(rate).collect())
            })
        };
        let accrues = rates(&self.accrues, |shape| shape.accrues.as_ref());
        let pays = rates(&self.pays, |shape| shape.pays.as_ref());
        let receives = rates(&self.receives, |shape| shape.receives.as_ref());
        for (leg, rate) in [
            (&mut self.accrues, accrues),
            (&mut self.pays, pays),
            (&mut self.receives, receives),
        ] {
            if let Some(rate) = rate {
                leg.rate = rate;
            }
        }
    }

    /// The place of a position by its id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.ids.binary_search_by(|other| (**other).cmp(id)).ok()
    }

    /// The position's value of a dimension; `None` if the instrument does not map it. An empty cell of an open dimension is
    /// `Undefined(EmptyCell)`.
    pub fn dimension(&self, dimension: DimensionId, row: usize) -> Option<&Value> {
        self.dimensions
            .iter()
            .find(|d| d.dimension == dimension)?
            .value(row)
    }

    /// A mapped term as a formula sees it: amounts in units of the position's currency. `None` if the position has none.
    /// `Rate` is the rate of `accrues`. `Remaining`, `Age` and `Side` follow from others and are `None` here.
    pub fn term(&self, term: Term, row: usize) -> Option<Value> {
        let money = |column: &Column<Quanta>| {
            let currency = self.currency.get(row)?;
            column
                .get(row)
                .map(|amount| Value::Money(amount.to_rational(currency), currency))
        };
        let date = |column: &Column<Date>| column.get(row).map(Value::Date);
        let tenor = |column: &Column<Tenor>| column.get(row).map(Value::Tenor);
        let flag = |column: &Column<bool>| column.get(row).map(Value::Bool);
        let rate = |column: &Column<Rate>| {
            column
                .get(row)
                .map(|rate| Value::Number(rate.to_rational()))
        };
        match term {
            Term::Id => self.ids.get(row).map(|id| Value::Text(id.clone())),
            Term::Currency => self.currency.get(row).map(Value::Currency),
            Term::Principal => money(&self.principal),
            Term::Notional => money(&self.notional),
            Term::Undrawn => money(&self.undrawn),
            Term::Accrued => money(&self.accrued),
            Term::Pledged => money(&self.pledged),
            Term::Encumbered => money(&self.encumbered),
            Term::Capacity => money(&self.capacity),
            Term::Round => money(&self.round),
            Term::LastPayment => date(&self.last_payment),
            Term::Start => date(&self.start),
            Term::Maturity => date(&self.maturity),
            Term::NextReset => date(&self.next_reset),
            Term::Released => date(&self.released),
            Term::OriginalTerm => tenor(&self.original_term),
            Term::Settles => tenor(&self.settles),
            Term::IsCallable => flag(&self.is_callable),
            Term::IsPutable => flag(&self.is_putable),
            Term::LastFixing => rate(&self.last_fixing),
            Term::Margin => rate(&self.margin),
            Term::FtpBase => rate(&self.ftp_base),
            Term::FtpLiquidity => rate(&self.ftp_liquidity),
            Term::Price => rate(&self.price),
            Term::Book => rate(&self.book),
            Term::Haircut => rate(&self.haircut),
            Term::Rate => rate(&self.accrues.rate),
            Term::Cost | Term::Remaining | Term::Age | Term::Side => None,
        }
    }
}

/// What all positions of one mapping share: the kind of contract without its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// How it is carried.
    pub accounting: Option<Accounting>,
    /// How principal comes back; `None`: not said (derivatives, undrawn lines).
    pub repays: Option<RepaymentKind>,
    /// How interest accrues.
    pub accrues: Option<AccrualKind>,
    /// The leg that a derivative pays.
    pub pays: Option<AccrualKind>,
    /// The leg that it receives.
    pub receives: Option<AccrualKind>,
    /// The period of `capacity`.
    pub capacity_period: Option<Period>,
    /// How a premium is released, where it is stated.
    pub premium: Option<PremiumRelease>,
    /// What a drawn line becomes.
    pub draws: Option<InstrumentId>,
    /// The business calendar by name, in place of the currency's.
    pub calendar: Option<String>,
    /// How payment days roll; absent: none.
    pub roll: Option<Roll>,
    /// Dates on month ends; absent: the anchor is one.
    pub month_end: Option<bool>,
    /// Past-due rows are allowed.
    pub arrears: bool,
}

/// How principal comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepaymentKind {
    /// At maturity.
    Bullet,
    /// Equal parts; the first on `first_repayment` where there is one.
    Linear {
        /// How often.
        every: Tenor,
    },
    /// Equal payments of principal and interest.
    Annuity {
        /// How often.
        every: Tenor,
        /// The payment is level under the day count.
        exact: bool,
    },
    /// Stated amounts, in `schedule`.
    Schedule,
    /// Any day.
    OnDemand,
    /// After notice.
    Notice(Tenor),
    /// Never.
    Never,
}

/// How a leg accrues, without its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccrualKind {
    /// A fixed rate, in `rate`.
    Fixed {
        /// Paid so often; absent: with the principal.
        every: Option<Tenor>,
        /// Day count.
        daycount: DayCount,
        /// Days on which the rate changes to one of `steps`, ascending.
        steps: Vec<Date>,
        /// A file states days and rates of each position, in `stated_rates`.
        stated: bool,
    },
    /// An index with `spread`, `floor` and `cap`.
    Index {
        /// Name of the index in the market.
        index: FactorName,
        /// Reset and payment period; absent: the index is read each day that interest is due.
        reset: Option<Tenor>,
        /// Day count.
        daycount: DayCount,
        /// Business days from a fixing to its reset.
        lag: u32,
        /// The multiple to which the index is rounded, before floor and cap.
        rounding: Option<Rate>,
        /// The index is an overnight rate, compounded in arrears over `reset`.
        in_arrears: Option<InArrears>,
    },
    /// A rate that the bank sets, in `rate`.
    Client {
        /// Paid so often; absent: with the principal.
        every: Option<Tenor>,
        /// Day count.
        daycount: DayCount,
    },
    /// One dated amount at maturity, in `amount`.
    CashFlow {
        /// The leg's own currency.
        currency: Currency,
    },
    /// No interest.
    None,
}

/// The numbers of a leg.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegColumns {
    /// Fixed or client rate a year.
    pub rate: Column<Rate>,
    /// Fixed rates from later days on, in the order of the days of the kind.
    pub steps: Vec<Column<Rate>>,
    /// Added to the index.
    pub spread: Column<Rate>,
    /// Floor of the index.
    pub floor: Column<Rate>,
    /// Cap of the index.
    pub cap: Column<Rate>,
    /// Of a cash flow, in quanta of the leg's currency, not negative.
    pub amount: Column<Quanta>,
}

/// Stated repayments or rates by position.
#[derive(Clone, Debug, PartialEq)]
pub struct DatedColumn<T> {
    /// Row `i` has the rows `starts[i] .. starts[i + 1]`; empty if no position has any.
    pub starts: Vec<usize>,
    /// Day and value, by position and then day. Days of repayments are after the book's date, their amounts positive.
    pub rows: Vec<(Date, T)>,
}

impl<T> Default for DatedColumn<T> {
    fn default() -> Self {
        DatedColumn {
            starts: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl<T> DatedColumn<T> {
    /// The rows of a position, by day.
    pub fn of(&self, row: usize) -> &[(Date, T)] {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The values of a dimension: each that occurs once, and which one a position has.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionColumn {
    /// Which dimension.
    pub dimension: DimensionId,
    /// The values that occur, in order of the first position that has them.
    pub values: Vec<Value>,
    /// Index into `values` by position; [`UNMAPPED`] where a position's mapping lacks the dimension.
    pub index: Vec<u32>,
}

/// In [`DimensionColumn::index`]: the position has no such dimension.
pub const UNMAPPED: u32 = u32::MAX;

impl DimensionColumn {
    /// The column of one position.
    pub fn of_one(dimension: DimensionId, value: Value) -> Self {
        Self {
            dimension,
            values: vec![value],
            index: vec![0],
        }
    }

    /// The value of a position.
    pub fn value(&self, row: usize) -> Option<&Value> {
        self.values.get(*self.index.get(row)? as usize)
    }

    /// Whether the value of a position is an empty cell.
    pub fn is_missing(&self, row: usize) -> bool {
        matches!(
            self.value(row),
            Some(Value::Undefined(Undefined::EmptyCell))
        )
    }
}

/// The lot behind a secured deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pledge {
    /// The instrument of the lot.
    pub instrument: InstrumentId,
    /// Its place among the positions of that instrument.
    pub row: u32,
}

/// Where a position was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOrigin {
    /// Index into `InstrumentPositions::sources`.
    pub source: u32,
    /// Row of the file (of a CSV file the header is row 1), or line of the text.
    pub row: u64,
}
