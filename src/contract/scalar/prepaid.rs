//! Prepayment beside the schedule: a share of the contract leaves with its accrued interest, the payments stay.

use super::{Course, Line, fault};
use crate::calendar::{AccrualContext, Date};
use crate::contract::error::Fault;
use crate::contract::timeline::Timeline;
use crate::contract::{
    AccrualKind, Amount, InterestFlow, Prepayment, PrincipalFlow, ResetUsed, Sink, Term,
};

/// The prefix of one that shares are counted in.
const ONE: i64 = 1_000_000_000_000_000;

/// Where a contract stands between two events.
pub(super) struct Standing<'t> {
    pub timeline: &'t Timeline,
    /// Since when interest accrues on the balance.
    pub last: Date,
    /// The first day of interest that is not paid.
    pub unpaid_from: Date,
    pub used: Option<ResetUsed>,
}

impl Course<'_> {
    /// A share of the balance is paid back on a day, and the interest that has accrued on it is paid with it: what stays goes on
    /// as if it had been all there was since the last event.
    #[allow(clippy::too_many_arguments, reason = "the state of one contract")]
    pub(super) fn prepay<S: Sink>(
        &mut self,
        position: usize,
        prepayment: Prepayment,
        standing: &Standing<'_>,
        balance: &mut S::Amount,
        line: &mut Line<S::Amount>,
        margin: Option<&mut Line<S::Amount>>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let day = prepayment.day;
        let stays = balance.share(prepayment.left, ONE)?;
        let gone = balance.minus(stays)?;
        if gone.is_nothing() {
            return Ok(());
        }
        let paid = PrincipalFlow {
            due: day,
            paid: day,
            amount: gone,
        };
        sink.prepayment(position, &paid);
        let flow = InterestFlow {
            start: standing.unpaid_from,
            due: day,
            paid: day,
            amount: S::Amount::default(),
            reset: standing.used,
        };
        *balance = stays;
        let interest = self.part(line, gone, prepayment.left, standing, day)?;
        if !interest.is_nothing() {
            let flow = InterestFlow {
                amount: interest,
                ..flow
            };
            sink.interest(position, &flow);
        }
        self.go_on(
            position,
            AccrualKind::Interest,
            line,
            stays,
            standing,
            day,
            sink,
        )?;
        if let Some(margin) = margin {
            let interest = self.part(margin, gone, prepayment.left, standing, day)?;
            if !interest.is_nothing() {
                let flow = InterestFlow {
                    amount: interest,
                    ..flow
                };
                sink.margin_interest(position, &flow);
            }
            self.go_on(
                position,
                AccrualKind::Margin,
                margin,
                stays,
                standing,
                day,
                sink,
            )?;
        }
        Ok(())
    }

    /// What has accrued on the part that leaves; of what was pending only the other part stays.
    fn part<A: Amount>(
        &self,
        line: &mut Line<A>,
        gone: A,
        left: i64,
        standing: &Standing<'_>,
        day: Date,
    ) -> Result<A, Fault> {
        let pending = line.pending.share(left, ONE)?;
        let mut interest = line.pending.minus(pending)?;
        line.pending = pending;
        if day > standing.last {
            let context = AccrualContext {
                coupons: standing.timeline.coupons,
                ..AccrualContext::default()
            };
            let year = self
                .terms
                .day_count
                .year_fraction(standing.last, day, &context)?;
            let (numerator, denominator) = (year.numerator, year.denominator);
            let accrued = gone.interest(line.fraction, numerator, denominator, self.unit())?;
            interest = interest.plus(accrued)?;
        }
        Ok(interest)
    }

    /// Accrual from the last event on what stays, told on the day.
    #[allow(clippy::too_many_arguments, reason = "one change, told once")]
    fn go_on<S: Sink>(
        &mut self,
        position: usize,
        kind: AccrualKind,
        line: &Line<S::Amount>,
        stays: S::Amount,
        standing: &Standing<'_>,
        day: Date,
        sink: &mut S,
    ) -> Result<(), Fault> {
        if !S::ACCRUALS {
            return Ok(());
        }
        let (rate, pending) = (
            stays.times(i128::from(line.rate.0))?,
            line.pending.times(1)?,
        );
        let day_count = self.terms.day_count;
        let coupons = standing.timeline.coupons.as_ref();
        let running = match kind {
            AccrualKind::Interest => &mut self.interest,
            AccrualKind::Margin => &mut self.margin,
        };
        if running.has_changed_class(day) {
            return fault(
                Term::Repays,
                "payments are kept through a long period of act/actICMA, which has two coupon periods: state another day count",
            );
        }
        running.restart(
            position,
            standing.last,
            day,
            rate,
            pending,
            day_count,
            coupons,
            sink,
        )
    }
}
