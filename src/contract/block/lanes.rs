//! State and steps of the lanes.

use crate::calendar::Date;
use crate::quantity::{RATE_SCALE, Rate};

use super::super::error::Fault;
use super::super::instalment::level_payment;
use super::super::scalar::all_in;
use super::super::{
    Accrual, AccrualChange, AccrualClass, AccrualKind, Amount, Fraction, Repayment, ResetUsed, Sink,
};
use super::calendar::{Calendar, Day, Lane, Reset, Shape};
use super::{Block, BlockExposure};

/// Lanes looked over at once for a doubtful rounding.
const LOOK: usize = 32;
/// Adding and taking away 1.5 * 2^52 rounds to the nearest whole number, half to even.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// Relative error of a product of three rounded factors, with room.
const DOUBT: f64 = 8.881_784_197_001_252e-16;

/// The lanes of one chunk.
#[derive(Default)]
pub(super) struct Lanes {
    positions: Vec<u32>,
    last: Vec<i32>,
    balance: Vec<f64>,
    /// As a number, for the estimate.
    rate: Vec<f64>,
    /// As it is, for the doubtful.
    exact: Vec<Rate>,
    margin: Vec<f64>,
    exact_margin: Vec<Rate>,
    /// Level payment or instalment.
    payment: Vec<f64>,
    /// Interest and margin of the first period where accrual has a start of its own or interest in hand.
    first: Vec<Option<(f64, f64)>>,
    interest: Vec<f64>,
    margin_interest: Vec<f64>,
    principal: Vec<f64>,
    /// Running class and K, of interest and margin,
    running: Vec<[(AccrualClass, i128); 2]>,
    /// and R.
    told: Vec<[i128; 2]>,
}

fn rate_number(rate: Rate) -> f64 {
    rate.0 as f64 / RATE_SCALE as f64
}

/// Interest of the living lanes in a period.
fn accrue<const EXACT: bool>(
    balance: &[f64],
    rate: &[f64],
    exact: &[Rate],
    day: &Day,
    out: &mut [f64],
) -> Result<(), Fault> {
    let part = day.numerator as f64 / day.denominator as f64;
    if !EXACT {
        for ((balance, rate), out) in balance.iter().zip(rate).zip(out) {
            *out = balance * (rate * part);
        }
        return Ok(());
    }
    let chunks = balance
        .chunks(LOOK)
        .zip(rate.chunks(LOOK))
        .zip(exact.chunks(LOOK))
        .zip(out.chunks_mut(LOOK));
    for (((balance, rate), exact), out) in chunks {
        let mut nearest = f64::INFINITY;
        for ((balance, rate), out) in balance.iter().zip(rate).zip(out.iter_mut()) {
            let product = balance * rate * part;
            let whole = (product + MAGIC) - MAGIC;
            let room = 0.5 - (product - whole).abs() - product.abs() * DOUBT;
            nearest = if room < nearest { room } else { nearest };
            *out = whole;
        }
        if nearest <= 0.0 {
            for (((balance, rate), exact), out) in
                balance.iter().zip(rate).zip(exact).zip(out.iter_mut())
            {
                let product = balance * rate * part;
                let whole = (product + MAGIC) - MAGIC;
                if 0.5 - (product - whole).abs() - product.abs() * DOUBT <= 0.0 {
                    let balance = i128::from(*balance as i64);
                    let quanta = balance.interest(
                        Fraction::of_rate(*exact),
                        day.numerator,
                        day.denominator,
                        1,
                    )?;
                    *out = quanta as f64;
                }
            }
        }
    }
    Ok(())
}

impl Lanes {
    fn clear(&mut self) {
        self.positions.clear();
        self.last.clear();
        self.balance.clear();
        self.rate.clear();
        self.exact.clear();
        self.margin.clear();
        self.exact_margin.clear();
        self.payment.clear();
        self.first.clear();
        self.running.clear();
        self.told.clear();
    }

    /// Loads a chunk; `None` where the scalar course has to say what is wrong.
    pub fn fill<S: Sink>(
        &mut self,
        shape: &Shape<'_>,
        calendar: &Calendar,
        chunk: &[Lane],
    ) -> Option<()> {
        self.clear();
        let Shape {
            terms,
            columns,
            span,
            step,
            reset,
            ..
        } = shape;
        let first_day = calendar.days.first()?;
        for lane in chunk {
            let position = lane.position as usize;
            let principal = columns.principal.get(position).copied()?;
            let rate = match (reset, calendar.opening) {
                (None, _) => columns.rate.get(position)?,
                (Some(_), None) => {
                    all_in(columns, position, columns.last_fixing.get(position)?).ok()?
                }
                (
                    Some(_),
                    Some(Reset {
                        rate: Some(rate), ..
                    }),
                ) => all_in(columns, position, rate).ok()?,
                (Some(_), Some(_)) => columns.spread.get(position).unwrap_or_default(),
            };
            let margin = if S::MARGIN {
                columns.margin.get(position).unwrap_or_default()
            } else {
                Rate::ZERO
            };
            let amount = S::Amount::of_quanta(principal);
            let payments = i64::from((lane.last - first_day.month) / step + 1);
            let payment = match terms.repayment {
                Repayment::Annuity { .. } => {
                    level_payment(terms, amount, Fraction::of_rate(rate), payments).ok()?
                }
                Repayment::Linear { .. } => amount.part(payments, 1).ok()?,
                _ => S::Amount::default(),
            };
            let pending = columns.accrued.get(position).unwrap_or(0);
            let start = columns.last_payment.get(position).unwrap_or(span.valuation);
            let own = start != calendar.before || pending != 0;
            // the rate of a period to come is told as an exposure, with the spread
            let earned = match calendar.opening {
                Some(Reset { rate: None, .. }) => Rate::ZERO,
                _ => rate,
            };
            let first = if own {
                let part = terms
                    .day_count
                    .year_fraction(start, first_day.due, &calendar.context)
                    .ok()?;
                let of = |rate: Rate| {
                    amount.interest(Fraction::of_rate(rate), part.numerator, part.denominator, 1)
                };
                let interest = of(earned)
                    .and_then(|x| x.plus(S::Amount::of_quanta(pending)))
                    .ok()?;
                Some((interest.to_lane()?, of(margin).ok()?.to_lane()?))
            } else {
                None
            };
            if S::ACCRUALS {
                let class = AccrualClass::starting(
                    terms.day_count,
                    start,
                    calendar.context.coupons.as_ref(),
                )
                .ok()?
                .0;
                let offset = |rate: Rate| {
                    (principal * i128::from(rate.0)).checked_mul(i128::from(class.number(start)))
                };
                let held = pending
                    .checked_mul(i128::from(class.basis()))?
                    .checked_mul(i128::from(RATE_SCALE))?;
                self.told.push([
                    principal * i128::from(rate.0),
                    principal * i128::from(margin.0),
                ]);
                self.running.push([
                    (class, offset(rate)?.checked_sub(held)?),
                    (class, offset(margin)?),
                ]);
            }
            self.positions.push(lane.position);
            self.last.push(lane.last);
            self.balance.push(principal as f64);
            self.rate.push(rate_number(rate));
            self.exact.push(rate);
            self.margin.push(rate_number(margin));
            self.exact_margin.push(margin);
            self.payment.push(payment.to_lane()?);
            self.first.push(first);
        }
        for lanes in [
            &mut self.interest,
            &mut self.margin_interest,
            &mut self.principal,
        ] {
            lanes.resize(self.positions.len(), 0.0);
        }
        Some(())
    }

    /// Plays the days of a loaded chunk.
    pub fn play<S: Sink>(
        &mut self,
        shape: &Shape<'_>,
        calendar: &Calendar,
        sink: &mut S,
    ) -> Result<(), Fault> {
        if S::Amount::EXACT {
            self.days::<true, S>(shape, calendar, sink)
        } else {
            self.days::<false, S>(shape, calendar, sink)
        }
    }

    fn days<const EXACT: bool, S: Sink>(
        &mut self,
        shape: &Shape<'_>,
        calendar: &Calendar,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let terms = shape.terms;
        let margins = S::MARGIN && !shape.columns.margin.is_absent();
        if S::ACCRUALS {
            self.open_accruals(shape.span.valuation, margins, sink);
        }
        let mut open = calendar.opening;
        let mut start = calendar.before;
        let mut living = self.positions.len();
        for (place, day) in calendar.days.iter().enumerate() {
            while living > 0
                && self
                    .last
                    .get(living - 1)
                    .is_some_and(|last| *last < day.month)
            {
                living -= 1;
            }
            let mut staying = living;
            while shape.dated
                && staying > 0
                && self
                    .last
                    .get(staying - 1)
                    .is_some_and(|last| *last <= day.month)
            {
                staying -= 1;
            }
            let (Some(positions), Some(balance), Some(rate), Some(exact), Some(payment)) = (
                self.positions
                    .get(..living)
                    .filter(|living| !living.is_empty()),
                self.balance.get_mut(..living),
                self.rate.get(..living),
                self.exact.get(..living),
                self.payment.get(..living),
            ) else {
                break;
            };
            let (Some(interest), Some(principal), Some(margin)) = (
                self.interest.get_mut(..living),
                self.principal.get_mut(..living),
                self.margin_interest.get_mut(..living),
            ) else {
                break;
            };
            let exposed = open.filter(|reset| reset.rate.is_none());
            match exposed {
                Some(_) => interest.fill(0.0),
                None => accrue::<EXACT>(balance, rate, exact, day, interest)?,
            }
            if margins
                && let (Some(rate), Some(exact)) =
                    (self.margin.get(..living), self.exact_margin.get(..living))
            {
                accrue::<EXACT>(balance, rate, exact, day, margin)?;
            }
            if place == 0 {
                for ((first, interest), margin) in self
                    .first
                    .iter()
                    .zip(interest.iter_mut())
                    .zip(margin.iter_mut())
                {
                    if let Some(first) = first {
                        (*interest, *margin) = *first;
                    }
                }
            }
            repay(terms.repayment, balance, payment, interest, principal);
            for (principal, balance) in principal.iter_mut().zip(balance.iter()).skip(staying) {
                *principal = *balance;
            }
            let index = match terms.accrual {
                Accrual::Index { index, .. } => Some(index),
                _ => None,
            };
            sink.block(&Block {
                positions,
                start,
                due: day.due,
                paid: day.paid,
                interest,
                margin: if margins { margin } else { &[] },
                principal: if terms.exchanges_principal {
                    principal
                } else {
                    &[]
                },
                balance,
                reset: open.and_then(|reset| {
                    reset.rate.map(|rate| ResetUsed {
                        fixing: reset.fixing,
                        rate,
                    })
                }),
                exposure: exposed.zip(index).map(|(reset, index)| BlockExposure {
                    index,
                    fixing: reset.fixing,
                    period_start: reset.from,
                    period_end: reset.end,
                    numerator: day.numerator,
                    denominator: day.denominator,
                }),
                spread: exact,
            });
            for (balance, principal) in balance.iter_mut().zip(principal.iter()) {
                *balance -= principal;
            }
            if day.reset.is_some() && staying > 0 {
                open = day.reset;
                self.reset::<S>(shape, day, staying)?;
            }
            if S::ACCRUALS {
                self.accruals(day, living, margins, sink);
            }
            start = day.due;
        }
        Ok(())
    }

    /// Sets the rates of a new reset period, and with them the level payments.
    fn reset<S: Sink>(
        &mut self,
        shape: &Shape<'_>,
        day: &Day,
        staying: usize,
    ) -> Result<(), Fault> {
        let index = day.reset.and_then(|reset| reset.rate);
        let lanes = self.positions.iter().zip(&self.last).zip(&self.balance);
        let rates = self
            .rate
            .iter_mut()
            .zip(&mut self.exact)
            .zip(&mut self.payment);
        for (((position, last), balance), ((rate, exact), payment)) in
            lanes.zip(rates).take(staying)
        {
            let position = *position as usize;
            *exact = match index {
                Some(index) => all_in(shape.columns, position, index)?,
                None => shape.columns.spread.get(position).unwrap_or_default(),
            };
            *rate = rate_number(*exact);
            if matches!(shape.terms.repayment, Repayment::Annuity { .. }) {
                let payments = i64::from((last - day.month) / shape.step);
                let balance = S::Amount::of_lane(*balance);
                let level =
                    level_payment(shape.terms, balance, Fraction::of_rate(*exact), payments)?;
                *payment = level
                    .to_lane()
                    .ok_or(crate::quantity::QuantityError::Overflow)?;
            }
        }
        Ok(())
    }

    fn open_accruals<S: Sink>(&self, day: Date, margins: bool, sink: &mut S) {
        let rates = self.exact.iter().zip(&self.exact_margin);
        for (((position, balance), (rate, margin)), running) in self
            .positions
            .iter()
            .zip(&self.balance)
            .zip(rates)
            .zip(&self.running)
        {
            let kinds = [(AccrualKind::Interest, rate), (AccrualKind::Margin, margin)];
            for ((kind, rate), (class, offset)) in kinds
                .into_iter()
                .zip(running)
                .take(1 + usize::from(margins))
            {
                let rate = balance_rate(*balance, *rate);
                tell(
                    sink,
                    *position,
                    AccrualChange {
                        day,
                        kind,
                        class: *class,
                        rate,
                        offset: *offset,
                    },
                );
            }
        }
    }

    /// After the payments and resets of a day: R and K of each lane start anew.
    fn accruals<S: Sink>(&mut self, day: &Day, living: usize, margins: bool, sink: &mut S) {
        let number = i128::from(day.class.number(day.due));
        let lanes = self
            .positions
            .iter()
            .zip(&self.balance)
            .zip(&mut self.running);
        let rates = self
            .exact
            .iter()
            .zip(&self.exact_margin)
            .zip(&mut self.told);
        for (((position, balance), running), ((rate, margin), told)) in
            lanes.zip(rates).take(living)
        {
            let kinds = [(AccrualKind::Interest, rate), (AccrualKind::Margin, margin)];
            let states = running.iter_mut().zip(told.iter_mut());
            for ((kind, rate), ((class, offset), told)) in
                kinds.into_iter().zip(states).take(1 + usize::from(margins))
            {
                let next = balance_rate(*balance, *rate);
                let next_offset = next * number;
                if *class == day.class {
                    let change = (next - *told, next_offset - *offset);
                    tell(
                        sink,
                        *position,
                        AccrualChange {
                            day: day.due,
                            kind,
                            class: *class,
                            rate: change.0,
                            offset: change.1,
                        },
                    );
                } else {
                    tell(
                        sink,
                        *position,
                        AccrualChange {
                            day: day.due,
                            kind,
                            class: *class,
                            rate: -*told,
                            offset: -*offset,
                        },
                    );
                    tell(
                        sink,
                        *position,
                        AccrualChange {
                            day: day.due,
                            kind,
                            class: day.class,
                            rate: next,
                            offset: next_offset,
                        },
                    );
                }
                (*class, *offset, *told) = (day.class, next_offset, next);
            }
        }
    }
}

/// R of a lane.
fn balance_rate(balance: f64, rate: Rate) -> i128 {
    i128::from(balance as i64) * i128::from(rate.0)
}

fn tell<S: Sink>(sink: &mut S, position: u32, change: AccrualChange) {
    if change.rate != 0 || change.offset != 0 {
        sink.accrual(position as usize, &change);
    }
}

/// Principal of a day that is not the last.
fn repay(
    repayment: Repayment,
    balance: &[f64],
    payment: &[f64],
    interest: &[f64],
    principal: &mut [f64],
) {
    match repayment {
        Repayment::Annuity { .. } => {
            for (((balance, payment), interest), principal) in
                balance.iter().zip(payment).zip(interest).zip(principal)
            {
                let due = payment - interest;
                *principal = if *balance < due { *balance } else { due };
            }
        }
        Repayment::Linear { .. } => {
            for ((balance, payment), principal) in balance.iter().zip(payment).zip(principal) {
                *principal = if balance < payment {
                    *balance
                } else {
                    *payment
                };
            }
        }
        _ => principal.fill(0.0),
    }
}
