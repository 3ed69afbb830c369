//! The contract's course, event by event: the one place where payments are made.

mod prepaid;

use crate::calendar::Date;
use crate::quantity::{QuantityError, Rate};

use super::error::Fault;
use super::instalment::{self, Owed};
use super::roller::Roller;
use super::running::Running;
use super::timeline::Timeline;
use super::{
    Accrual, AccrualKind, Amount, Columns, ContractError, Exposure, Floating, Fraction,
    InterestFlow, LegTerms, PrincipalFlow, Repayment, ResetUsed, Sink, Span, Term,
};
use prepaid::Standing;

/// Runs contracts of one batch one after another, with buffers kept between them.
pub(super) struct Course<'a> {
    terms: &'a LegTerms,
    columns: &'a Columns,
    span: Span,
    floating: Floating<'a>,
    roller: Roller<'a>,
    timeline: Timeline,
    interest: Running,
    margin: Running,
}

fn fault<T>(term: Term, reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        term,
        reason: reason.into(),
    })
}

fn missing<T>(term: Term) -> Result<T, Fault> {
    fault(term, format!("`{term}` is missing"))
}

/// Index rate within floor and cap, plus the spread.
pub(super) fn all_in(columns: &Columns, position: usize, index: Rate) -> Result<Rate, Fault> {
    let capped = columns
        .cap
        .get(position)
        .map_or(index, |cap| index.min(cap));
    let bounded = columns
        .floor
        .get(position)
        .map_or(capped, |floor| capped.max(floor));
    Ok(bounded.add(columns.spread.get(position).unwrap_or_default())?)
}

/// The day of the fixing for a reset: business days before it.
pub(super) fn fixing_day(terms: &LegTerms, reset: Date) -> Result<Date, Fault> {
    let Accrual::Index { lag, .. } = terms.accrual else {
        return Ok(reset);
    };
    let mut day = reset;
    for _ in 0..lag {
        day = terms.calendar.preceding(day.add_days(-1)?)?;
    }
    Ok(day)
}

/// Accrual of one kind: its rate, and what has accrued in whole events but is not yet paid.
#[derive(Clone, Copy)]
struct Line<A> {
    rate: Rate,
    fraction: Fraction,
    pending: A,
}

impl<A: Amount> Line<A> {
    fn new(rate: Rate, pending: A) -> Line<A> {
        Line {
            rate,
            fraction: Fraction::of_rate(rate),
            pending,
        }
    }
}

impl<'a> Course<'a> {
    pub fn new(
        terms: &'a LegTerms,
        columns: &'a Columns,
        span: Span,
        floating: Floating<'a>,
    ) -> Course<'a> {
        Course {
            terms,
            columns,
            span,
            floating,
            roller: Roller::new(&terms.calendar, terms.roll, span.valuation),
            timeline: Timeline::default(),
            interest: Running::new(AccrualKind::Interest),
            margin: Running::new(AccrualKind::Margin),
        }
    }

    /// Runs one contract.
    pub fn run<S: Sink>(&mut self, position: usize, sink: &mut S) -> Result<(), ContractError> {
        self.try_run(position, sink)
            .map_err(|Fault { term, reason }| ContractError::new(position, term, reason))
    }

    fn try_run<S: Sink>(&mut self, position: usize, sink: &mut S) -> Result<(), Fault> {
        let principal = self.columns.principal.get(position).copied().unwrap_or(0);
        if principal < 0 {
            return fault(Term::Principal, "`principal` is negative");
        }
        if self.terms.round.is_some_and(|unit| unit <= 0) {
            return fault(Term::Round, "`round` is not positive");
        }
        self.timeline.lay_out(
            self.terms,
            self.columns,
            position,
            self.span,
            &mut self.roller,
        )?;
        self.interest.clear();
        self.margin.clear();
        let balance = S::Amount::of_quanta(principal);
        let opening = S::Amount::of_quanta(self.columns.accrued.get(position).unwrap_or(0));
        self.play(position, balance, opening, sink)
    }

    /// The rate of the running period and, of an index, the fixing that it was made with.
    fn opening_rate(&self, position: usize) -> Result<(Rate, Option<ResetUsed>), Fault> {
        match self.terms.accrual {
            // of a contract past its maturity: what it owes is stated, and no more accrues
            Accrual::Index {
                in_arrears: true, ..
            }
            | Accrual::None => Ok((Rate::ZERO, None)),
            Accrual::Fixed { .. } | Accrual::Client { .. } => {
                let steps = self.columns.steps.get(position);
                let start = self.columns.start.get(position);
                // a contract that starts later may start behind a step
                let stepped = steps.zip(start).and_then(|(steps, start)| {
                    let before = steps.iter().rev().find(|step| step.day <= start);
                    before
                        .filter(|step| step.day > self.span.valuation)
                        .map(|step| step.rate)
                });
                match stepped.or(self.columns.rate.get(position)) {
                    Some(rate) => Ok((rate, None)),
                    None => missing(Term::Rate),
                }
            }
            Accrual::Index { .. } => match self.columns.last_fixing.get(position) {
                Some(rate) => {
                    let used = ResetUsed {
                        fixing: self.span.valuation,
                        rate,
                    };
                    Ok((all_in(self.columns, position, rate)?, Some(used)))
                }
                None => missing(Term::LastFixing),
            },
        }
    }

    /// The rate of a period that starts with a reset, in arrears of the stretch of it; `None` where it is left to an exposure.
    fn reset_rate(
        &self,
        position: usize,
        period: (Date, Date),
        stretch: (Date, Date),
    ) -> Result<Option<(Rate, ResetUsed)>, Fault> {
        let (
            Floating::Rates(fixings),
            Accrual::Index {
                index,
                rounding,
                in_arrears,
                ..
            },
        ) = (self.floating, self.terms.accrual)
        else {
            return Ok(None);
        };
        let (fixing, used) = if in_arrears {
            // nothing happens any more: the end of what is looked at of a contract without maturity
            if stretch.1 <= stretch.0 {
                return Ok(None);
            }
            (stretch.1, fixings.compounded(index, period, stretch))
        } else {
            let fixing = fixing_day(self.terms, period.0)?;
            let rate = fixings.rate(index, fixing, period.0, period.1);
            (fixing, rate.map(|rate| ResetUsed { fixing, rate }))
        };
        let Some(ResetUsed { fixing, rate }) = used else {
            return fault(
                Term::Accrues,
                format!("there is no rate of the index for {fixing}"),
            );
        };
        let rate = rounding.map_or(rate, |multiple| rate.rounded_to(multiple));
        Ok(Some((
            all_in(self.columns, position, rate)?,
            ResetUsed { fixing, rate },
        )))
    }

    /// The rate to which a fixed one steps on a day.
    fn stepped(&self, position: usize, day: Date) -> Option<Rate> {
        let steps = self.columns.steps.get(position)?;
        let step = steps.iter().find(|step| step.day == day)?;
        Some(step.rate)
    }

    fn unit(&self) -> i64 {
        self.terms.round.unwrap_or(1)
    }

    fn play<S: Sink>(
        &mut self,
        position: usize,
        mut balance: S::Amount,
        opening: S::Amount,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let unit = self.unit();
        let valuation = self.span.valuation;
        let timeline = std::mem::take(&mut self.timeline);
        let result = self.play_events(
            position,
            &mut balance,
            opening,
            unit,
            valuation,
            &timeline,
            sink,
        );
        self.timeline = timeline;
        result
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one contract")]
    fn play_events<S: Sink>(
        &mut self,
        position: usize,
        balance: &mut S::Amount,
        opening: S::Amount,
        unit: i64,
        valuation: Date,
        timeline: &Timeline,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let terms = self.terms;
        let day_count = terms.day_count;
        let coupons = timeline.coupons.as_ref();
        let nothing = S::Amount::default();
        let start = timeline.accrual_start.unwrap_or(valuation);
        let margin_rate = if S::MARGIN {
            self.columns.margin.get(position)
        } else {
            None
        };
        let mut margin = Line::new(margin_rate.unwrap_or_default(), nothing);
        // the reset day and last day of the period of an exposure
        let mut open_period: Option<(Date, Date)> = None;
        let mut used;
        let mut line;
        let opening = if timeline.drawn.is_some() || terms.accrual == Accrual::None {
            nothing
        } else {
            opening
        };
        if let Some((reset, end)) = timeline.opening_period {
            let until = timeline.events.first().map_or(end, |event| event.due);
            match self.reset_rate(position, (reset, end), (start, until))? {
                Some((rate, reset)) => (line, used) = (Line::new(rate, opening), Some(reset)),
                None => {
                    (line, used) = (
                        Line::new(
                            self.columns.spread.get(position).unwrap_or_default(),
                            opening,
                        ),
                        None,
                    );
                    open_period = Some((reset, end));
                }
            }
        } else {
            let (rate, reset) = self.opening_rate(position)?;
            (line, used) = (Line::new(rate, opening), reset);
        }
        if let Some((drawn, paid)) = timeline.drawn {
            self.draw(position, *balance, drawn, paid, sink)?;
        }
        if let Some((numerator, denominator)) = timeline.overdue {
            let accrued = balance.interest(line.fraction, numerator, denominator, unit)?;
            line = Line::new(Rate::ZERO, line.pending.plus(accrued)?);
            margin.rate = Rate::ZERO;
        }
        if matches!(terms.repayment, Repayment::Annuity { .. })
            && matches!(terms.accrual, Accrual::Index { .. })
            && matches!(self.floating, Floating::Exposures)
        {
            return fault(
                Term::Repays,
                "a floating annuity can be projected with the rates of a scenario only",
            );
        }
        let payments = |from: usize| {
            let left = timeline
                .events
                .iter()
                .skip(from)
                .filter(|event| event.happens.principal)
                .count();
            i64::try_from(left).unwrap_or(i64::MAX)
        };
        let balloon = S::Amount::of_quanta(self.columns.balloon.get(position).unwrap_or(0));
        if balance.less_than(balloon) {
            return fault(Term::Repays, "`balloon` is more than `principal`");
        }
        // the level payment from an event on
        let level = |from: usize, balance: S::Amount, line: &Line<S::Amount>| {
            let owed = Owed {
                balance,
                pending: line.pending,
                balloon,
                rate: line.rate,
            };
            let rest = timeline.events.get(from..).unwrap_or_default();
            instalment::level(terms, owed, rest)
        };
        let (mut pay, instalment) = match terms.repayment {
            Repayment::Annuity { .. } => (level(0, *balance, &line)?, nothing),
            Repayment::Linear { .. } => {
                let repaid = balance.minus(balloon)?;
                (nothing, repaid.part(payments(0).max(1), unit)?)
            }
            _ => (nothing, nothing),
        };
        if S::ACCRUALS {
            let rate = balance.times(i128::from(line.rate.0))?;
            let pending = line.pending.times(1)?;
            self.interest.restart(
                position, start, valuation, rate, pending, day_count, coupons, sink,
            )?;
            if margin_rate.is_some() {
                let rate = balance.times(i128::from(margin.rate.0))?;
                self.margin.restart(
                    position, start, valuation, rate, 0, day_count, coupons, sink,
                )?;
            }
        }
        let dated = terms.repayment.is_dated();
        let mut amounts = timeline.amounts.iter().peekable();
        let mut last = start;
        let mut unpaid_from = start;
        let columns = self.columns;
        let mut prepayments = columns.prepayments.iter().peekable();
        for (place, event) in timeline.events.iter().enumerate() {
            // what is prepaid on the day of an event follows it
            while let Some(prepayment) = prepayments.next_if(|next| next.day < event.due) {
                let standing = Standing {
                    timeline,
                    last,
                    unpaid_from,
                    used,
                };
                let margin = margin_rate.is_some().then_some(&mut margin);
                self.prepay(
                    position,
                    *prepayment,
                    &standing,
                    balance,
                    &mut line,
                    margin,
                    sink,
                )?;
            }
            let final_event = dated && place + 1 == timeline.events.len();
            // the spread of a period to come is paid with its index
            if open_period.is_none() {
                let accrued =
                    balance.interest(line.fraction, event.numerator, event.denominator, unit)?;
                line.pending = line.pending.plus(accrued)?;
            }
            if margin_rate.is_some() {
                let accrued =
                    balance.interest(margin.fraction, event.numerator, event.denominator, unit)?;
                margin.pending = margin.pending.plus(accrued)?;
            }
            if let (Some((period_start, period_end)), Accrual::Index { index, .. }) =
                (open_period, terms.accrual)
            {
                let payment = timeline
                    .events
                    .iter()
                    .skip(place)
                    .find(|event| event.happens.interest)
                    .unwrap_or(event);
                sink.exposure(
                    position,
                    &Exposure {
                        index,
                        fixing: fixing_day(self.terms, period_start)?,
                        period_start,
                        period_end,
                        start: last,
                        end: event.due,
                        numerator: event.numerator,
                        denominator: event.denominator,
                        due: payment.due,
                        paid: payment.paid,
                        balance: *balance,
                        spread: line.rate,
                    },
                );
            }
            let mut interest_paid = nothing;
            if event.happens.interest {
                interest_paid = line.pending;
                let mut flow = InterestFlow {
                    start: unpaid_from,
                    due: event.due,
                    paid: event.paid,
                    amount: line.pending,
                    reset: used,
                };
                if !line.pending.is_nothing() {
                    sink.interest(position, &flow);
                }
                if margin_rate.is_some() && !margin.pending.is_nothing() {
                    flow.amount = margin.pending;
                    sink.margin_interest(position, &flow);
                }
                (line.pending, margin.pending, unpaid_from) = (nothing, nothing, event.due);
            }
            if event.happens.principal {
                let due = match terms.repayment {
                    _ if final_event => *balance,
                    Repayment::Linear { .. } => instalment,
                    Repayment::Annuity { .. } => pay.minus(interest_paid)?,
                    Repayment::Schedule => {
                        let mut sum = nothing;
                        while let Some(row) = amounts.next_if(|row| row.day <= event.due) {
                            sum = sum.plus(S::Amount::of_quanta(row.amount))?;
                        }
                        sum
                    }
                    _ => nothing,
                };
                let amount = if balance.less_than(due) {
                    *balance
                } else {
                    due
                };
                if terms.exchanges_principal && !amount.is_nothing() {
                    sink.principal(
                        position,
                        &PrincipalFlow {
                            due: event.due,
                            paid: event.paid,
                            amount,
                        },
                    );
                }
                *balance = balance.minus(amount)?;
            }
            if event.happens.reset && !final_event {
                let stepped = self.stepped(position, event.due).map(|rate| (rate, None));
                let reset = match stepped {
                    Some(stepped) => Some(stepped),
                    None => {
                        let until = timeline.events.get(place + 1);
                        let until = until.map_or(event.due, |next| next.due);
                        let period = (event.period_start, event.period_end);
                        self.reset_rate(position, period, (event.due, until))?
                            .map(|(rate, reset)| (rate, Some(reset)))
                    }
                };
                match reset {
                    Some((rate, reset)) => {
                        (line, used) = (Line::new(rate, line.pending), reset);
                        if matches!(terms.repayment, Repayment::Annuity { .. }) {
                            pay = level(place + 1, *balance, &line)?;
                        }
                    }
                    None => {
                        let spread = self.columns.spread.get(position).unwrap_or_default();
                        (line, used) = (Line::new(spread, line.pending), None);
                        open_period = Some((event.period_start, event.period_end));
                    }
                }
            }
            if S::ACCRUALS {
                self.accrue(
                    position,
                    event.due,
                    valuation,
                    timeline,
                    balance,
                    &line,
                    AccrualKind::Interest,
                    sink,
                )?;
                if margin_rate.is_some() {
                    self.accrue(
                        position,
                        event.due,
                        valuation,
                        timeline,
                        balance,
                        &margin,
                        AccrualKind::Margin,
                        sink,
                    )?;
                }
            }
            last = event.due;
        }
        Ok(())
    }

    /// A forward-starting contract is paid out.
    fn draw<S: Sink>(
        &self,
        position: usize,
        balance: S::Amount,
        due: Date,
        paid: Date,
        sink: &mut S,
    ) -> Result<(), QuantityError> {
        if self.terms.exchanges_principal {
            let amount = S::Amount::default().minus(balance)?;
            sink.principal(position, &PrincipalFlow { due, paid, amount });
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "one change, told once")]
    fn accrue<S: Sink>(
        &mut self,
        position: usize,
        day: Date,
        valuation: Date,
        timeline: &Timeline,
        balance: &S::Amount,
        line: &Line<S::Amount>,
        kind: AccrualKind,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let coupons = timeline.coupons.as_ref();
        let day_count = self.terms.day_count;
        let rate = balance.times(i128::from(line.rate.0))?;
        let pending = line.pending.times(1)?;
        let running = match kind {
            AccrualKind::Interest => &mut self.interest,
            AccrualKind::Margin => &mut self.margin,
        };
        running.advance(position, day, valuation, day_count, coupons, sink)?;
        running.restart(
            position, day, valuation, rate, pending, day_count, coupons, sink,
        )
    }
}
