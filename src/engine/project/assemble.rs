//! One group from its positions.

use super::kernel::{Beside, LegBatch, Projected};
use super::key::{KeyTerms, Rows};
use super::{Source, place, premium};
use crate::book::{AccrualKind, InstrumentPositions, RepaymentKind};
use crate::calendar::{BusinessCalendar, Date, DayCount, Period};
use crate::contract::{Compounding, Floating as Rates, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::group::{
    Client, Floating, Group, GroupKind, InterestLeg, InterestTerms, Leg, Member, Opening, Release,
    Withdrawal,
};
use crate::engine::reads::Reads;
use crate::engine::series::{Amount, Series};
use crate::plan::{Accounting, InstrumentId, PremiumRelease, Side};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rate, multiply_divide_half_even};
use std::sync::Arc;

pub(super) struct Assembly<'a> {
    pub source: Source<'a>,
    pub reads: &'a Reads,
    pub date: Date,
    /// The day from which contracts run: the book's date, or the first day of a new contract.
    pub start: Date,
    pub horizon: Date,
    pub surplus: Option<InstrumentId>,
    /// Whether the contracts are new business.
    pub is_new: bool,
    /// The days of the loop.
    pub days: &'a [crate::engine::series::Day],
}

impl Assembly<'_> {
    fn too_large(&self, positions: &InstrumentPositions) -> Vec<Diagnostic> {
        let name = self.instrument_name(positions.instrument);
        vec![Diagnostic::error(
            codes::run::AMOUNT_TOO_LARGE,
            format!("the amounts of `{name}` add up to more than can be counted"),
        )]
    }

    fn instrument_name(&self, id: InstrumentId) -> &str {
        self.source
            .plan
            .instruments
            .get(id.index())
            .map_or("", |i| i.heading.short.as_str())
    }

    fn contract_errors(
        &self,
        positions: &InstrumentPositions,
        rows: &[usize],
        projected: &Projected,
    ) -> Vec<Diagnostic> {
        let name = self.instrument_name(positions.instrument);
        projected
            .errors
            .iter()
            .map(|error| {
                let row = rows.get(error.position).copied().unwrap_or(0);
                let id = positions.ids.get(row).map_or("", |id| id);
                Diagnostic::error(
                    codes::run::TERM_MISSING,
                    format!("`{name}` position `{id}`: {}", error.reason),
                )
                .note(format!("read from {}", place(positions, row)))
            })
            .collect()
    }

    /// The group of some rows of one leg.
    pub(super) fn group(
        &self,
        positions: &InstrumentPositions,
        key: &KeyTerms,
        rows: &Rows,
    ) -> Result<Group, Vec<Diagnostic>> {
        let first = rows.rows.first().copied().unwrap_or(0);
        let Some(batch) = self
            .source
            .batch(positions, first, rows.leg.leg, rows.leg.currency)
        else {
            return Err(Vec::new());
        };
        let shape = batch.shape;
        let span = Span {
            valuation: self.start,
            horizon: self.horizon,
        };
        let run = |beside: Beside| -> Result<Projected, Vec<Diagnostic>> {
            let projected = batch
                .project(&rows.rows, span, beside, Rates::Exposures)
                .ok_or_else(|| self.too_large(positions))?;
            if projected.errors.is_empty() {
                Ok(projected)
            } else {
                Err(self.contract_errors(positions, &rows.rows, &projected))
            }
        };
        let is_contracts = batch.is_class_p();
        let projected = if is_contracts {
            Projected::default()
        } else {
            run(if self.reads.margins {
                Beside::Margin
            } else {
                Beside::Nothing
            })?
        };
        let leg = InterestLeg {
            interest: projected.interest,
            margin: projected.margin,
            ..InterestLeg::default()
        };
        let columns = batch.columns_of_leg();
        let interest = match batch.kind() {
            _ if is_contracts => {
                let at_once = Span {
                    horizon: self.start,
                    ..span
                };
                let again = batch.recalculated(&rows.rows, at_once);
                InterestTerms::Contracts(Arc::new(again.ok_or_else(|| self.too_large(positions))?))
            }
            Some(AccrualKind::Index {
                index,
                reset,
                rounding,
                ..
            }) => {
                let in_arrears = batch.compounding();
                self.has_business_days(positions, in_arrears.as_ref(), rows.leg.currency)?;
                InterestTerms::Floating(Arc::new(Floating {
                    index: index.clone(),
                    reset: *reset,
                    floor: columns.floor.get(first),
                    cap: columns.cap.get(first),
                    rounding: *rounding,
                    in_arrears,
                    round: batch.terms(first).round,
                    known: leg,
                    exposures: projected.exposures,
                }))
            }
            Some(AccrualKind::Client { daycount, .. }) if !batch.is_dated() => {
                InterestTerms::Client(Arc::new(Client {
                    rate: columns.rate.get(first).unwrap_or(Rate::ZERO),
                    daycount: *daycount,
                    frozen: leg,
                    periods: batch
                        .periods(&rows.rows, span)
                        .ok_or_else(|| self.too_large(positions))?,
                }))
            }
            Some(AccrualKind::Fixed { .. } | AccrualKind::Client { .. }) => {
                InterestTerms::Fixed(Arc::new(leg))
            }
            _ => InterestTerms::None,
        };
        // what is paid out later is no balance yet
        let nominal_of = |row: usize| {
            if positions
                .start
                .get(row)
                .is_some_and(|start| start > self.start)
            {
                0
            } else {
                batch.nominal(row)
            }
        };
        let members: Vec<Member> = rows
            .rows
            .iter()
            .map(|row| Member {
                row: *row as u32,
                nominal: nominal_of(*row),
            })
            .collect();
        let nominal = members
            .iter()
            .try_fold(0 as Amount, |sum, m| sum.checked_add(m.nominal))
            .ok_or_else(|| self.too_large(positions))?;
        let withdrawal = match shape.repays {
            Some(RepaymentKind::OnDemand) => Withdrawal::OnDemand,
            Some(RepaymentKind::Notice(tenor)) => Withdrawal::Notice(tenor),
            Some(RepaymentKind::Never) => Withdrawal::Never,
            _ => Withdrawal::Dated,
        };
        let is_cash = self.surplus == Some(positions.instrument)
            && withdrawal == Withdrawal::OnDemand
            && rows.leg.leg == Leg::Only;
        let mut group = Group {
            kind: if is_cash {
                GroupKind::Cash
            } else {
                GroupKind::Contract
            },
            instrument: positions.instrument,
            currency: rows.leg.currency,
            side: positions.side,
            leg: rows.leg.leg,
            accounting: shape.accounting.unwrap_or(Accounting::Memo),
            lot: if positions.lots {
                positions.ids.get(first).cloned()
            } else {
                None
            },
            birth: None,
            dimensions: key
                .dimensions
                .iter()
                .filter_map(|id| Some((*id, positions.dimension(*id, first)?.clone())))
                .collect(),
            terms: key
                .terms
                .iter()
                .filter_map(|term| Some((*term, positions.term(*term, first)?)))
                .collect(),
            members,
            opening: Opening {
                is_bounded: columns.floor.get(first).is_some() || columns.cap.get(first).is_some(),
                ..self.opening(positions, rows, nominal)
            },
            withdrawal,
            maturity: rows
                .rows
                .iter()
                .filter_map(|row| positions.maturity.get(*row))
                .max()
                .map(|day| day.days_since(self.date)),
            principal: projected.principal,
            amortisation: Series::default(),
            release: self.release(&batch, first),
            interest,
            daycount: batch.daycount(),
            contracts: None,
        };
        group.amortisation = self
            .amortised(&group)
            .ok_or_else(|| self.too_large(positions))?;
        Ok(group)
    }

    /// Overnight rates are fixed on business days, and which days these are is told.
    fn has_business_days(
        &self,
        positions: &InstrumentPositions,
        compounding: Option<&Compounding>,
        currency: Currency,
    ) -> Result<(), Vec<Diagnostic>> {
        if compounding.is_none_or(|terms| terms.calendar != BusinessCalendar::None) {
            return Ok(());
        }
        let name = self.instrument_name(positions.instrument);
        Err(vec![no_business_days(name, currency)])
    }

    /// How the premium of a group is released.
    pub(super) fn amortised(&self, group: &Group) -> Option<Series> {
        let from = self.start.days_since(self.date);
        premium::amortisation(group, group.fixed_interest(), self.date, from, self.days)
    }

    /// By which method, and over years of which day count.
    fn release(&self, batch: &LegBatch<'_>, row: usize) -> Release {
        // no rate is effective before it is fixed
        if matches!(batch.kind(), Some(AccrualKind::Index { .. })) {
            return Release::Linear;
        }
        let daycount = match batch.shape.premium {
            Some(PremiumRelease::Linear) => return Release::Linear,
            Some(PremiumRelease::Effective(daycount)) => daycount,
            // a bond that is issued counts the years that its coupons count
            None if self.is_new && batch.daycount() == Some(DayCount::ActActIcma) => {
                DayCount::ActActIcma
            }
            None => DayCount::Act365,
        };
        Release::Effective(daycount, batch.accrual_context(row))
    }

    fn opening(&self, positions: &InstrumentPositions, rows: &Rows, nominal: Amount) -> Opening {
        let first = rows.rows.first().copied().unwrap_or(0);
        let sum = |cells: &crate::book::Column<Quanta>| {
            rows.rows
                .iter()
                .filter_map(|row| cells.get(*row))
                .map(|q| q.0)
                .sum::<Amount>()
        };
        let on_balance = rows.leg.leg == Leg::Only && positions.side != Side::Derivative;
        let premium = rows
            .rows
            .iter()
            .filter(|_| on_balance)
            .filter_map(|row| {
                let (principal, book) = (positions.principal.get(*row)?, positions.book.get(*row)?);
                share(principal.0, book.0 - RATE_SCALE)
            })
            .sum();
        let encumbered = rows.rows.iter().filter_map(|row| {
            let release = positions
                .released
                .get(*row)
                .map(|day| day.days_since(self.date));
            positions
                .encumbered
                .get(*row)
                .map(|amount| (amount.0, release))
        });
        let weights: i128 = rows
            .rows
            .iter()
            .filter_map(|row| weight(positions, *row))
            .sum();
        let margin = (nominal != 0 && !positions.margin.is_absent())
            .then(|| multiply_divide_half_even(weights, 1, nominal).ok())
            .flatten()
            .and_then(|rate| i64::try_from(rate).ok())
            .map(Rate);
        Opening {
            nominal,
            premium,
            undrawn: sum(&positions.undrawn),
            clean_price: positions.price.get(first).filter(|_| on_balance),
            spread: 0.0,
            margin,
            encumbered: encumbered.collect(),
            haircut: positions.haircut.get(first).unwrap_or(Rate::ZERO),
            capacity_per_day: self.capacity(positions, first),
            settles: positions.settles.get(first),
            is_bounded: false,
            transfer_rule: None,
        }
    }

    /// What a lot can be monetised a day; longer periods are spread over 7, 30, 91 or 365 days.
    fn capacity(&self, positions: &InstrumentPositions, row: usize) -> Option<Amount> {
        let days = match positions.shape_of(row)?.capacity_period? {
            Period::Day => 1,
            Period::Week => 7,
            Period::Month => 30,
            Period::Quarter => 91,
            Period::Year => 365,
        };
        positions
            .capacity
            .get(row)
            .and_then(|amount| multiply_divide_half_even(amount.0, 1, days).ok())
    }
}

/// What is said where an overnight rate is compounded and no calendar tells the days on which it is fixed.
pub(super) fn no_business_days(name: &str, currency: Currency) -> Diagnostic {
    Diagnostic::error(
        codes::run::MARKET_MISSING,
        format!("`{name}` compounds an overnight rate, and no calendar tells the business days of {currency}"),
    )
    .help(format!(
        "add `calendar {currency} = …` to the market, or `calendar = …` to the instrument"
    ))
}

fn share(amount: Amount, rate: i64) -> Option<Amount> {
    multiply_divide_half_even(amount, i128::from(rate), i128::from(RATE_SCALE)).ok()
}

/// Principal × margin, quanta × 1e-12.
fn weight(positions: &InstrumentPositions, row: usize) -> Option<i128> {
    positions
        .principal
        .get(row)?
        .0
        .checked_mul(i128::from(positions.margin.get(row)?.0))
}
