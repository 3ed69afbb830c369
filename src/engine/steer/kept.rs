//! Loans whose payments stay when part of them is prepaid: which they are, and what is refused of them.

use super::Steer;
use crate::book::InstrumentPositions;
use crate::calendar::Date;
use crate::contract::Span;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::behaviour::{Effective, reads_state};
use crate::engine::group::{Group, InterestTerms, Withdrawal};
use crate::engine::kept::KeptPayments;
use crate::engine::project::contracts::Contracts;
use crate::engine::project::kernel::Beside;
use crate::engine::series::Day;
use crate::engine::survival::leaving;
use std::sync::Arc;

impl<'a> Steer<'_, 'a> {
    /// Whether any behaviour of the scenario keeps payments.
    pub(super) fn keeps_payments(&self) -> bool {
        let behaviours = self.context.scenario.behaviours.values();
        behaviours
            .into_iter()
            .any(|behaviour| behaviour.settings.keeps_payment == Some(true))
    }

    /// The contracts of a group run with what leaves of them, where a behaviour keeps their payments.
    pub(super) fn kept(
        &self,
        group: &Group,
        found: &Effective<'a>,
        from: Day,
    ) -> Result<Option<Arc<KeptPayments>>, Diagnostic> {
        let hazards = [found.prepay, found.withdraw];
        if !found.keeps_payment
            || hazards.iter().all(Option::is_none)
            || group.withdrawal != Withdrawal::Dated
            || group.is_derivative()
            || group.is_account()
        {
            return Ok(None);
        }
        let Some(contracts) = self.contracts_of(group) else {
            return Ok(None);
        };
        if !contracts.have_payments() {
            return Ok(None);
        }
        let mut acting = hazards.iter().flatten();
        let refused = match &group.interest {
            InterestTerms::Floating(_) | InterestTerms::Contracts(_) => {
                Some("of loans at a rate that floats")
            }
            _ if acting.any(|(_, hazard)| reads_state(self.context, hazard)) => {
                Some("where what leaves reads a metric of the run")
            }
            _ if found.accrued_forfeited => Some("together with `accrued_on_exit = forfeited`"),
            _ if group.opening.premium != 0 => Some("of loans with a premium or discount"),
            _ if group.opening.transfer_rule.is_some() => Some("of loans with a mirror (`ftp`)"),
            _ => None,
        };
        if let Some(where_) = refused {
            let name = self.instrument_name(group.instrument);
            return Err(Diagnostic::error(
                codes::run::NOT_AVAILABLE,
                format!("`keeps = payment` is not evaluated {where_} by this version: `{name}`"),
            )
            .help("write `keeps = term`: whole contracts leave, the term stays"));
        }
        let last = group.principal.last_day().unwrap_or(from);
        let path = leaving(self.context, group, found, from, last)?;
        KeptPayments::of(contracts, path).map(|kept| Some(Arc::new(kept)))
    }

    /// The contracts of a group: those of its positions, or the one that it began as.
    fn contracts_of(&self, group: &Group) -> Option<Arc<Contracts>> {
        if group.birth.is_some() {
            return group.contracts.clone();
        }
        let positions = self.source.positions.instrument(group.instrument)?;
        let rows: Vec<usize> = group.members.iter().map(|m| m.row as usize).collect();
        let begun = self.context.projection.date;
        self.contracts_in(group, positions, &rows, begun)
    }

    /// Some rows of positions as contracts, run from a day on.
    pub(super) fn contracts_in(
        &self,
        group: &Group,
        positions: &InstrumentPositions,
        rows: &[usize],
        begun: Date,
    ) -> Option<Arc<Contracts>> {
        let batch = self
            .source
            .batch(positions, *rows.first()?, group.leg, group.currency)?;
        let span = Span {
            valuation: begun,
            horizon: begun,
        };
        Some(Arc::new(batch.contracts(rows, span, Beside::Margin)))
    }
}
