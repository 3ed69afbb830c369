//! Runs the contract layer over the positions of a group.

pub(super) use super::collect::Collected;
pub(crate) use super::collect::Projected;
use crate::book::{
    AccrualKind, Column as Cells, InstrumentPositions, LegColumns, RepaymentKind, Shape,
};
use crate::calendar::{
    AccrualContext, BusinessCalendar, CouponGrid, Date, DayCount, Roll, Tenor, schedule_date,
};
use crate::contract::{
    Accrual, Column, Columns, Compounding, ContractError, Floating as Source, IndexId, LegTerms,
    RateStep, Recorder, Repayment, ScheduledAmount, Span, project, project_one,
};
use crate::engine::group::{Accruing, Leg};
use crate::engine::series::Amount;
use crate::plan::InArrears;
use crate::quantity::{Currency, Rate};

/// Which rate stands in the kernel's column `margin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    Nothing,
    Margin,
}

/// A contract that begins later, on the terms of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewContract {
    pub amount: Amount,
    pub start: Date,
    pub maturity: Date,
    /// The fixed rate, or the spread over the index.
    pub rate: Rate,
    pub margin: Option<Rate>,
}

/// The terms of a leg that its positions share, and where their numbers stand.
pub(crate) struct LegBatch<'a> {
    pub positions: &'a InstrumentPositions,
    pub shape: &'a Shape,
    pub leg: Leg,
    pub currency: Currency,
    pub calendar: BusinessCalendar,
    /// The book's date.
    pub origin: Date,
}

impl<'a> LegBatch<'a> {
    pub(crate) fn kind(&self) -> Option<&'a AccrualKind> {
        match self.leg {
            Leg::Only => self.shape.accrues.as_ref(),
            Leg::Pays => self.shape.pays.as_ref(),
            Leg::Receives => self.shape.receives.as_ref(),
        }
    }

    pub(crate) fn columns_of_leg(&self) -> &'a LegColumns {
        match self.leg {
            Leg::Only => &self.positions.accrues,
            Leg::Pays => &self.positions.pays,
            Leg::Receives => &self.positions.receives,
        }
    }

    pub(crate) fn daycount(&self) -> Option<DayCount> {
        match self.kind()? {
            AccrualKind::Fixed { daycount, .. }
            | AccrualKind::Index { daycount, .. }
            | AccrualKind::Client { daycount, .. } => Some(*daycount),
            _ => None,
        }
    }

    /// What day counts read beside two days, of the contract of a row: its coupons are counted back from its last day, yearly
    /// where it has none of months.
    pub(super) fn accrual_context(&self, row: usize) -> AccrualContext {
        let maturity = self.positions.maturity.get(row);
        let stated = self.terms(row).interest_every();
        let every = stated.filter(|every| every.in_months().is_some());
        let coupons = maturity.map(|anchor| CouponGrid {
            anchor,
            every: every.unwrap_or(Tenor::years(1)),
            month_end: self.shape.month_end.unwrap_or(anchor.is_month_end()),
        });
        AccrualContext { maturity, coupons }
    }

    /// A payment that is recalculated at each reset: no group can share it.
    pub(crate) fn is_class_p(&self) -> bool {
        matches!(self.kind(), Some(AccrualKind::Index { .. }))
            && matches!(self.shape.repays, Some(RepaymentKind::Annuity { .. }))
    }

    /// Whether the contract has a last day.
    pub(crate) fn is_dated(&self) -> bool {
        !matches!(
            self.shape.repays,
            Some(RepaymentKind::OnDemand | RepaymentKind::Notice(_) | RepaymentKind::Never)
        )
    }

    /// A rate of the index as it is rounded.
    pub(crate) fn rounded(&self, rate: Rate) -> Rate {
        match self.kind() {
            Some(AccrualKind::Index {
                rounding: Some(multiple),
                ..
            }) => rate.rounded_to(*multiple),
            _ => rate,
        }
    }

    /// How the overnight rate of the leg is compounded, on the business days of its calendar.
    pub(crate) fn compounding(&self) -> Option<Compounding> {
        let Some(AccrualKind::Index {
            daycount,
            in_arrears:
                Some(InArrears {
                    lookback,
                    lockout,
                    observation_shift,
                }),
            ..
        }) = self.kind()
        else {
            return None;
        };
        Some(Compounding {
            calendar: self.calendar.clone(),
            basis: if *daycount == DayCount::Act365 {
                365
            } else {
                360
            },
            look_back: *lookback,
            lock_out: *lockout,
            observation_shift: *observation_shift,
        })
    }

    fn is_cash_flow(&self) -> bool {
        matches!(self.kind(), Some(AccrualKind::CashFlow { .. }))
    }

    /// Whether the leg is a derivative's, whose notional is memo.
    pub(crate) fn is_memo_notional(&self) -> bool {
        self.leg != Leg::Only && !self.is_cash_flow()
    }

    /// Amount that flows or accrues: principal, notional, or the stated cash flow.
    pub(crate) fn nominal(&self, row: usize) -> Amount {
        let amount = if self.is_cash_flow() {
            self.columns_of_leg().amount.get(row)
        } else if self.leg == Leg::Only {
            self.positions
                .principal
                .get(row)
                .or_else(|| self.positions.notional.get(row))
        } else {
            self.positions
                .notional
                .get(row)
                .or_else(|| self.positions.principal.get(row))
        };
        amount.map_or(0, |quanta| quanta.0)
    }

    pub(super) fn terms(&self, first: usize) -> LegTerms {
        let repayment = match self.shape.repays {
            Some(RepaymentKind::Linear { every }) => Repayment::Linear { every },
            Some(RepaymentKind::Annuity { every, .. }) => Repayment::Annuity { every },
            Some(RepaymentKind::Schedule) => Repayment::Schedule,
            Some(RepaymentKind::OnDemand) => Repayment::OnDemand,
            Some(RepaymentKind::Notice(tenor)) => Repayment::Notice(tenor),
            Some(RepaymentKind::Never) => Repayment::Never,
            Some(RepaymentKind::Bullet) | None => Repayment::Bullet,
        };
        let accrual = match self.kind() {
            Some(AccrualKind::Fixed { every, .. }) => Accrual::Fixed { every: *every },
            Some(AccrualKind::Index {
                reset,
                lag,
                rounding,
                in_arrears,
                ..
            }) => Accrual::Index {
                index: IndexId(0),
                reset: reset.unwrap_or(Tenor::months(1)),
                lag: *lag,
                every: None,
                rounding: *rounding,
                in_arrears: in_arrears.is_some(),
            },
            Some(AccrualKind::Client {
                every: Some(every), ..
            }) => Accrual::Client { every: *every },
            Some(AccrualKind::Client { every: None, .. }) if repayment.is_dated() => {
                Accrual::Fixed { every: None }
            }
            Some(AccrualKind::Client { every: None, .. }) => Accrual::Client {
                every: Tenor::months(1),
            },
            Some(AccrualKind::CashFlow { .. } | AccrualKind::None) | None => Accrual::None,
        };
        let mut terms = LegTerms::new(
            self.currency,
            repayment,
            accrual,
            self.daycount().unwrap_or(DayCount::Act365),
        );
        terms.calendar = self.calendar.clone();
        terms.roll = self.shape.roll.unwrap_or(Roll::None);
        terms.month_end = self.shape.month_end;
        terms.arrears = self.shape.arrears;
        terms.round = self
            .positions
            .round
            .get(first)
            .and_then(|unit| i64::try_from(unit.0).ok());
        terms.exact_payment = matches!(
            self.shape.repays,
            Some(RepaymentKind::Annuity { exact: true, .. })
        );
        terms.exchanges_principal = !self.is_memo_notional();
        terms
    }

    /// Runs the contracts of some rows.
    pub(crate) fn project(
        &self,
        rows: &[usize],
        span: Span,
        beside: Beside,
        source: Source<'_>,
    ) -> Option<Projected> {
        let balances: Vec<Amount> = rows.iter().map(|row| self.nominal(*row)).collect();
        let columns = self.columns(rows, &balances, beside);
        let terms = self.terms(rows.first().copied().unwrap_or(0));
        let mut sink = Collected::new(self.origin, &terms);
        let errors = project(&terms, &columns, span, source, &mut sink);
        sink.finish(beside, errors)
    }

    /// What rates of one's own, a row each, accrue on the balances of the contracts.
    pub(crate) fn accrual_at(
        &self,
        rows: &[usize],
        rates: Vec<Rate>,
        span: Span,
        source: Source<'_>,
    ) -> Option<Accruing> {
        let balances: Vec<Amount> = rows.iter().map(|row| self.nominal(*row)).collect();
        let mut columns = self.columns(rows, &balances, Beside::Nothing);
        columns.margin = Column::of(rates);
        let terms = self.terms(rows.first().copied().unwrap_or(0));
        let mut sink = Collected::new(self.origin, &terms);
        let errors = project(&terms, &columns, span, source, &mut sink);
        sink.finish(Beside::Margin, errors)?.margin
    }

    /// One contract, every flow of it.
    pub(crate) fn one(
        &self,
        row: usize,
        span: Span,
        source: Source<'_>,
    ) -> Result<Recorder<i128>, ContractError> {
        let columns = self.columns(&[row], &[self.nominal(row)], Beside::Nothing);
        project_one(&self.terms(row), &columns, 0, span, source)
    }

    pub(super) fn columns(&self, rows: &[usize], balances: &[Amount], beside: Beside) -> Columns {
        let leg = self.columns_of_leg();
        let positions = self.positions;
        let margin = match beside {
            Beside::Nothing => Column::Absent,
            Beside::Margin => pick(&positions.margin, rows),
        };
        Columns {
            principal: balances.to_vec(),
            rate: pick(&leg.rate, rows),
            maturity: pick(&positions.maturity, rows),
            start: pick(&positions.start, rows),
            first: pick(&positions.first_repayment, rows),
            interest_only: pick(&positions.interest_only, rows),
            grace: pick(&positions.grace, rows),
            balloon: match &positions.balloon {
                Cells::Absent => Column::Absent,
                cells => Column::Each(
                    rows.iter()
                        .map(|row| cells.get(*row).map(|amount| amount.0))
                        .collect(),
                ),
            },
            steps: self.steps(rows),
            accrued: self.accrued(rows),
            last_payment: self.last_payment(rows),
            margin,
            spread: pick(&leg.spread, rows),
            floor: pick(&leg.floor, rows),
            cap: pick(&leg.cap, rows),
            last_fixing: pick(&positions.last_fixing, rows),
            next_reset: pick(&positions.next_reset, rows),
            schedules: match self.shape.repays {
                Some(RepaymentKind::Schedule) => rows
                    .iter()
                    .map(|row| {
                        positions
                            .schedule
                            .of(*row)
                            .iter()
                            .map(|(day, amount)| ScheduledAmount {
                                day: *day,
                                amount: amount.0,
                            })
                            .collect()
                    })
                    .collect(),
                _ => Vec::new(),
            },
            prepayments: Vec::new(),
        }
    }

    /// The days and rates to which fixed rates step.
    fn steps(&self, rows: &[usize]) -> Vec<Vec<RateStep>> {
        let Some(AccrualKind::Fixed {
            steps: days,
            stated,
            ..
        }) = self.kind()
        else {
            return Vec::new();
        };
        if *stated {
            let step = |(day, rate): &(Date, Rate)| RateStep {
                day: *day,
                rate: *rate,
            };
            let of = |row: &usize| {
                let rates = self.positions.stated_rates.of(*row);
                rates.iter().map(step).collect()
            };
            return rows.iter().map(of).collect();
        }
        if days.is_empty() {
            return Vec::new();
        }
        let columns = &self.columns_of_leg().steps;
        let of = |row: &usize| {
            let pairs = days.iter().zip(columns);
            pairs
                .filter_map(|(day, column)| {
                    let rate = column.get(*row)?;
                    Some(RateStep { day: *day, rate })
                })
                .collect()
        };
        rows.iter().map(of).collect()
    }

    /// The last day of payment: as stated; of a leg of a derivative the day before in its own schedule.
    fn last_payment(&self, rows: &[usize]) -> Column<Date> {
        if self.leg == Leg::Only || self.is_cash_flow() {
            return pick(&self.positions.last_payment, rows);
        }
        let Some(step) = self
            .terms(rows.first().copied().unwrap_or(0))
            .interest_every()
        else {
            return pick(&self.positions.last_payment, rows);
        };
        let before = |row: &usize| -> Option<Date> {
            if let Some(stated) = self.positions.last_payment.get(*row) {
                return Some(stated);
            }
            let maturity = self.positions.maturity.get(*row)?;
            let month_end = self.shape.month_end.unwrap_or(maturity.is_month_end());
            let start = self.positions.start.get(*row);
            (0..)
                .map(|k| schedule_date(maturity, step, -k, month_end).ok())
                .take_while(Option::is_some)
                .flatten()
                .find_map(|day| {
                    let day = start.map_or(day, |start| day.max(start));
                    (day <= self.origin).then_some(day)
                })
        };
        Column::Each(rows.iter().map(before).collect())
    }

    /// The index and the time between resets: of an overnight rate in arrears a day.
    pub(crate) fn index(&self) -> Option<(&'a str, Option<Tenor>)> {
        match self.kind()? {
            AccrualKind::Index {
                index,
                in_arrears: Some(_),
                ..
            } => Some((index, Some(Tenor::days(1)))),
            AccrualKind::Index { index, reset, .. } => Some((index, *reset)),
            _ => None,
        }
    }

    /// Runs a contract of the batch's kind that begins on the span's valuation day; `row` gives what the kinds share.
    pub(crate) fn new_contract(
        &self,
        row: usize,
        contract: &NewContract,
        fixing: Option<Rate>,
        span: Span,
        beside: Beside,
        source: Source<'_>,
    ) -> Option<Projected> {
        let columns = self.columns_of_new(row, contract, fixing, beside);
        let terms = self.terms(row);
        let mut sink = Collected::new(self.origin, &terms);
        let errors = project(&terms, &columns, span, source, &mut sink);
        sink.finish(beside, errors)
    }

    /// The columns of a contract that begins later.
    pub(super) fn columns_of_new(
        &self,
        row: usize,
        contract: &NewContract,
        fixing: Option<Rate>,
        beside: Beside,
    ) -> Columns {
        let leg = self.columns_of_leg();
        let same = |rate: Option<Rate>| rate.map_or(Column::Absent, Column::Same);
        Columns {
            principal: vec![contract.amount],
            rate: Column::Same(contract.rate),
            maturity: Column::Same(contract.maturity),
            last_payment: Column::Same(contract.start),
            margin: if beside == Beside::Nothing {
                Column::Absent
            } else {
                same(contract.margin)
            },
            spread: Column::Same(contract.rate),
            floor: same(leg.floor.get(row)),
            cap: same(leg.cap.get(row)),
            last_fixing: same(fixing),
            schedules: if matches!(self.shape.repays, Some(RepaymentKind::Schedule)) {
                vec![Vec::new()]
            } else {
                Vec::new()
            },
            ..Columns::default()
        }
    }

    /// Opening accrued interest: of a derivative it is stated for the contract and belongs to the leg that is not told apart.
    fn accrued(&self, rows: &[usize]) -> Column<i128> {
        match self.leg {
            Leg::Only => match &self.positions.accrued {
                Cells::Absent => Column::Absent,
                cells => Column::Each(
                    rows.iter()
                        .map(|row| cells.get(*row).map(|a| a.0))
                        .collect(),
                ),
            },
            _ => Column::Absent,
        }
    }
}

fn pick<T: Copy>(cells: &Cells<T>, rows: &[usize]) -> Column<T> {
    match cells {
        Cells::Absent => Column::Absent,
        Cells::Same(value) => Column::Same(*value),
        Cells::Each(_) => Column::Each(rows.iter().map(|row| cells.get(*row)).collect()),
    }
}
