//! Loans whose payments stay when part of them is prepaid (`keeps = payment`): the term shortens, and no share of the contract as
//! it was tells what is left. Every contract is run with what leaves of it.

use super::behaviour::Effective;
use super::group::InterestLeg;
use super::project::contracts::Contracts;
use super::project::kernel::Projected;
use super::series::{Day, Series};
use super::state::ScenarioFlows;
use crate::contract::Floating;
use crate::diagnostic::{Diagnostic, codes};
use std::sync::{Arc, OnceLock};

/// What contracts pay if part of them leaves along a path.
#[derive(Clone, Debug, Default)]
pub struct KeptFlows {
    /// Scheduled principal and interest; interest that is paid with what leaves is part of it.
    pub flows: ScenarioFlows,
    /// Principal that leaves beside the schedule, by day.
    pub prepaid: Series,
}

/// The contracts of a group, and the shares that leave of them in a run.
#[derive(Clone, Debug)]
pub struct KeptPayments {
    contracts: Arc<Contracts>,
    /// By day, what stays of one (1e-15).
    path: Vec<(Day, i64)>,
    /// As the run goes.
    pub realised: Arc<KeptFlows>,
    /// As the contracts stand after so many days of the path, with nothing more to leave.
    standing: Vec<OnceLock<Arc<ScenarioFlows>>>,
}

fn too_large() -> Diagnostic {
    Diagnostic::error(
        codes::run::AMOUNT_TOO_LARGE,
        "amounts add up to more than can be counted",
    )
}

fn flows(projected: Projected) -> KeptFlows {
    KeptFlows {
        flows: ScenarioFlows {
            principal: Some(projected.principal),
            interest: InterestLeg {
                interest: projected.interest,
                margin: projected.margin,
                ..InterestLeg::default()
            },
        },
        prepaid: projected.prepaid,
    }
}

impl KeptPayments {
    /// Runs contracts along the path of a scenario.
    ///
    /// # Errors
    /// A contract whose terms contradict each other, or an amount that cannot be counted.
    pub(crate) fn of(contracts: Arc<Contracts>, path: Vec<(Day, i64)>) -> Result<Self, Diagnostic> {
        let projected = contracts
            .run(&path, Floating::Exposures)
            .ok_or_else(too_large)?;
        if let Some(error) = projected.errors.first() {
            return Err(Diagnostic::error(
                codes::run::TERM_MISSING,
                format!("payments cannot be kept: {}", error.reason),
            ));
        }
        Ok(Self {
            contracts,
            standing: vec![OnceLock::new(); path.len() + 1],
            path,
            realised: Arc::new(flows(projected)),
        })
    }

    /// The contracts as they stand on a day: what has left until then is principal paid, and nothing more leaves.
    pub fn standing(&self, day: Day) -> Option<&Arc<ScenarioFlows>> {
        let gone = self.path.partition_point(|(on, _)| *on <= day);
        let slot = self.standing.get(gone)?;
        Some(slot.get_or_init(|| {
            let left = self.path.get(..gone).unwrap_or_default();
            let kept = self
                .contracts
                .run(left, Floating::Exposures)
                .map(flows)
                .unwrap_or_default();
            let scheduled = kept.flows.principal.iter();
            let amounts = scheduled
                .chain([&kept.prepaid])
                .flat_map(|s| s.after(Day::MIN));
            Arc::new(ScenarioFlows {
                principal: Series::from_amounts(amounts.collect()),
                ..kept.flows
            })
        }))
    }

    /// What they pay from a day on if from then on another path is followed.
    ///
    /// # Errors
    /// An amount that cannot be counted.
    pub fn onwards(&self, day: Day, path: &[(Day, i64)]) -> Result<KeptFlows, Diagnostic> {
        let until = self.path.iter().filter(|(on, _)| *on <= day);
        let after = path.iter().filter(|(on, _)| *on > day);
        let whole: Vec<(Day, i64)> = until.chain(after).copied().collect();
        self.contracts
            .run(&whole, Floating::Exposures)
            .map(flows)
            .ok_or_else(too_large)
    }
}

/// The hazards that act on the whole of a group alike: where payments are kept, what prepays does not.
pub(crate) fn without_kept<'a>(effective: &Effective<'a>, is_kept: bool) -> Effective<'a> {
    let mut homogeneous = effective.clone();
    if is_kept {
        (homogeneous.prepay, homogeneous.withdraw) = (None, None);
    }
    homogeneous
}
