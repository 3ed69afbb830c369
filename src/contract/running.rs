//! Accrual of one contract as it runs: what it has told the sink, and how to change it.

use crate::calendar::{CouponGrid, Date, DayCount};
use crate::quantity::{QuantityError, RATE_SCALE};

use super::error::Fault;
use super::{AccrualChange, AccrualClass, AccrualKind, Sink};

/// The sums R and K of one contract and kind, as they stand.
pub(super) struct Running {
    kind: AccrualKind,
    active: Option<Active>,
    /// Classes whose accrual has stopped before the payment: long act/actICMA periods.
    stopped: Vec<(AccrualClass, i128)>,
}

#[derive(Clone, Copy)]
struct Active {
    class: AccrualClass,
    /// First day on which the class no longer holds.
    until: Option<Date>,
    rate: i128,
    offset: i128,
}

fn scaled(quanta: i128, class: AccrualClass) -> Result<i128, QuantityError> {
    quanta
        .checked_mul(i128::from(class.basis()))
        .and_then(|x| x.checked_mul(i128::from(RATE_SCALE)))
        .ok_or(QuantityError::Overflow)
}

fn product(a: i128, b: i64) -> Result<i128, QuantityError> {
    a.checked_mul(i128::from(b)).ok_or(QuantityError::Overflow)
}

impl Running {
    pub fn new(kind: AccrualKind) -> Running {
        Running {
            kind,
            active: None,
            stopped: Vec::new(),
        }
    }

    /// Forgets the contract before.
    pub fn clear(&mut self) {
        self.active = None;
        self.stopped.clear();
    }

    /// Tells the sink of class changes up to a day (a long act/actICMA period runs through several coupon periods). Changes
    /// before the valuation day are told on it.
    pub fn advance<S: Sink>(
        &mut self,
        position: usize,
        to: Date,
        valuation: Date,
        day_count: DayCount,
        coupons: Option<&CouponGrid>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        while let Some(Active {
            class,
            until: Some(until),
            rate,
            offset,
        }) = self.active
            && until < to
        {
            let day = until.max(valuation);
            let at = product(rate, class.number(until))?;
            self.tell(position, day, class, -rate, -at, sink);
            let left = offset.checked_sub(at).ok_or(QuantityError::Overflow)?;
            self.stopped.push((class, left));
            let (class, end) = AccrualClass::starting(day_count, until, coupons)?;
            let offset = product(rate, class.number(until))?;
            self.tell(position, day, class, rate, offset, sink);
            self.active = Some(Active {
                class,
                until: end,
                rate,
                offset,
            });
        }
        Ok(())
    }

    /// Whether a day lies in another class than the one in which accrual began.
    pub fn has_changed_class(&self, day: Date) -> bool {
        let until = self.active.and_then(|active| active.until);
        !self.stopped.is_empty() || until.is_some_and(|until| until < day)
    }

    /// On `day` (told on the valuation day, if earlier): accrual goes on at `rate` from `from` with `pending` quanta in hand.
    /// A rate of zero with nothing in hand ends it.
    #[allow(clippy::too_many_arguments, reason = "one change, told once")]
    pub fn restart<S: Sink>(
        &mut self,
        position: usize,
        from: Date,
        valuation: Date,
        rate: i128,
        pending: i128,
        day_count: DayCount,
        coupons: Option<&CouponGrid>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let day = from.max(valuation);
        let next = if rate == 0 && pending == 0 {
            None
        } else {
            let (class, until) = AccrualClass::starting(day_count, from, coupons)?;
            let offset = product(rate, class.number(from))?
                .checked_sub(scaled(pending, class)?)
                .ok_or(QuantityError::Overflow)?;
            Some(Active {
                class,
                until,
                rate,
                offset,
            })
        };
        match (self.active, next) {
            (Some(old), Some(new)) if old.class == new.class => {
                let offset = new
                    .offset
                    .checked_sub(old.offset)
                    .ok_or(QuantityError::Overflow)?;
                self.tell(position, day, new.class, new.rate - old.rate, offset, sink);
            }
            (old, new) => {
                if let Some(old) = old {
                    self.tell(position, day, old.class, -old.rate, -old.offset, sink);
                }
                if let Some(new) = new {
                    self.tell(position, day, new.class, new.rate, new.offset, sink);
                }
            }
        }
        while let Some((class, offset)) = self.stopped.pop() {
            self.tell(position, day, class, 0, -offset, sink);
        }
        self.active = next;
        Ok(())
    }

    fn tell<S: Sink>(
        &self,
        position: usize,
        day: Date,
        class: AccrualClass,
        rate: i128,
        offset: i128,
        sink: &mut S,
    ) {
        if rate != 0 || offset != 0 {
            sink.accrual(
                position,
                &AccrualChange {
                    day,
                    kind: self.kind,
                    class,
                    rate,
                    offset,
                },
            );
        }
    }
}
