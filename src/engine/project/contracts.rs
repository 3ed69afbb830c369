//! Contracts kept as they are, to be run again: under another market, or with what leaves of them while their payments stay.

use super::kernel::{Beside, Collected, LegBatch, NewContract, Projected};
use crate::calendar::Date;
use crate::contract::{
    Columns, ContractError, Fixings, Floating as Source, LegTerms, Prepayment, Recorder, Repayment,
    Span, project, project_one,
};
use crate::engine::recalculated::Recalculated;
use crate::engine::series::Day;
use crate::quantity::Rate;

/// The contracts of a group, one row each.
#[derive(Clone, Debug)]
pub(crate) struct Contracts {
    /// What they share.
    terms: LegTerms,
    /// Their numbers.
    columns: Columns,
    /// From the day on which they stand in the book, or begin.
    span: Span,
    /// The book's date: day 0.
    pub origin: Date,
    beside: Beside,
}

impl Contracts {
    /// Whether there are payments that could stay: what is due at once, or on demand, has none.
    pub(crate) fn have_payments(&self) -> bool {
        matches!(
            self.terms.repayment,
            Repayment::Annuity { .. } | Repayment::Linear { .. } | Repayment::Schedule
        )
    }

    /// What they pay if shares of them leave: the day and what stays of one, at 1e-15, ascending. `None` where a day or a sum is
    /// beyond what can be counted.
    pub(crate) fn run(&self, leaving: &[(Day, i64)], rates: Source<'_>) -> Option<Projected> {
        let mut columns = self.columns.clone();
        columns.prepayments = leaving
            .iter()
            .map(|(day, left)| {
                let day = self.origin.add_days(*day).ok()?;
                Some(Prepayment { day, left: *left })
            })
            .collect::<Option<_>>()?;
        let mut sink = Collected::new(self.origin, &self.terms);
        let errors = project(&self.terms, &columns, self.span, rates, &mut sink);
        sink.finish(self.beside, errors)
    }

    /// What each of them owes at the beginning.
    pub(crate) fn principal(&self) -> &[i128] {
        &self.columns.principal
    }

    /// One of them, every flow of it.
    pub(crate) fn one(
        &self,
        position: usize,
        fixings: &dyn Fixings,
    ) -> Result<Recorder<i128>, ContractError> {
        let rates = Source::Rates(fixings);
        project_one(&self.terms, &self.columns, position, self.span, rates)
    }

    /// The same contracts with the spread in place of the margin, to see what it pays on their balances.
    pub(crate) fn with_spread_beside(&self) -> Self {
        let mut contracts = self.clone();
        contracts.columns.margin = self.columns.spread.clone();
        contracts
    }
}

impl LegBatch<'_> {
    /// The contracts of some rows as the book has them.
    pub(crate) fn contracts(&self, rows: &[usize], span: Span, beside: Beside) -> Contracts {
        let balances: Vec<_> = rows.iter().map(|row| self.nominal(*row)).collect();
        Contracts {
            terms: self.terms(rows.first().copied().unwrap_or(0)),
            columns: self.columns(rows, &balances, beside),
            origin: self.origin,
            span,
            beside,
        }
    }

    /// One that begins later, on the terms of a kind.
    pub(crate) fn new_contracts(
        &self,
        row: usize,
        contract: &NewContract,
        fixing: Option<Rate>,
        span: Span,
        beside: Beside,
    ) -> Contracts {
        Contracts {
            terms: self.terms(row),
            columns: self.columns_of_new(row, contract, fixing, beside),
            origin: self.origin,
            span,
            beside,
        }
    }

    /// What it takes to run the contracts of some rows under one market after the other; `None` without an index.
    pub(crate) fn recalculated(&self, rows: &[usize], span: Span) -> Option<Recalculated> {
        self.at_each_reset(self.contracts(rows, span, Beside::Margin))
    }

    /// The same of a contract that begins later.
    pub(crate) fn recalculated_new(
        &self,
        row: usize,
        contract: &NewContract,
        fixing: Option<Rate>,
        span: Span,
    ) -> Option<Recalculated> {
        self.at_each_reset(self.new_contracts(row, contract, fixing, span, Beside::Margin))
    }

    fn at_each_reset(&self, contracts: Contracts) -> Option<Recalculated> {
        let (index, reset) = self.index()?;
        Some(Recalculated {
            index: index.to_owned(),
            reset,
            contracts,
        })
    }
}
