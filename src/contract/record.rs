//! The scalar mode: every flow as a record, from the same code.

use crate::calendar::Date;

use super::{
    AccrualChange, AccruedBalance, Exposure, InterestFlow, PrincipalFlow, ResetUsed, Sink,
};

/// What a recorded flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowKind {
    /// Principal.
    Principal,
    /// Interest.
    Interest,
    /// The part of interest that is margin.
    Margin,
}

/// One flow of one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow<A> {
    /// The position's place in its columns.
    pub position: usize,
    /// When it is due.
    pub due: Date,
    /// When it is paid.
    pub paid: Date,
    /// What it is.
    pub kind: FlowKind,
    /// How much.
    pub amount: A,
    /// The reset of a floating payment.
    pub reset: Option<ResetUsed>,
}

/// A sink that keeps everything: for explaining, for tests and for single contracts.
#[derive(Clone, Debug)]
pub struct Recorder<A> {
    /// Flows in the order of their events.
    pub flows: Vec<Flow<A>>,
    /// Floating periods without a rate, with their position.
    pub exposures: Vec<(usize, Exposure<A>)>,
    /// Accrual changes, with their position.
    pub accruals: Vec<(usize, AccrualChange)>,
}

impl<A> Default for Recorder<A> {
    fn default() -> Recorder<A> {
        Recorder {
            flows: Vec::new(),
            exposures: Vec::new(),
            accruals: Vec::new(),
        }
    }
}

impl<A> Recorder<A> {
    /// The accrued interest of a position at a day, without the index part of exposures.
    pub fn accrued(
        &self,
        position: usize,
        kind: super::AccrualKind,
        day: Date,
    ) -> crate::quantity::Rational {
        let mut balance = AccruedBalance::default();
        for (_, change) in self
            .accruals
            .iter()
            .filter(|(p, c)| *p == position && c.kind == kind && c.day <= day)
        {
            balance.add(change);
        }
        balance.at(day)
    }
}

impl<A: super::Amount> Sink for Recorder<A> {
    type Amount = A;

    fn principal(&mut self, position: usize, flow: &PrincipalFlow<A>) {
        let PrincipalFlow { due, paid, amount } = *flow;
        self.flows.push(Flow {
            position,
            due,
            paid,
            kind: FlowKind::Principal,
            amount,
            reset: None,
        });
    }

    fn interest(&mut self, position: usize, flow: &InterestFlow<A>) {
        let InterestFlow {
            due,
            paid,
            amount,
            reset,
            ..
        } = *flow;
        self.flows.push(Flow {
            position,
            due,
            paid,
            kind: FlowKind::Interest,
            amount,
            reset,
        });
    }

    fn margin_interest(&mut self, position: usize, flow: &InterestFlow<A>) {
        let InterestFlow {
            due,
            paid,
            amount,
            reset,
            ..
        } = *flow;
        self.flows.push(Flow {
            position,
            due,
            paid,
            kind: FlowKind::Margin,
            amount,
            reset,
        });
    }

    fn exposure(&mut self, position: usize, exposure: &Exposure<A>) {
        self.exposures.push((position, *exposure));
    }

    fn accrual(&mut self, position: usize, change: &AccrualChange) {
        self.accruals.push((position, *change));
    }
}
