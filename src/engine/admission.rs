//! How a run begins, and how groups are taken into it.

use super::group::{Group, Projection};
use super::income::Incomes;
use super::kept::KeptPayments;
use super::state::{EventCalendar, Run, ScenarioFlows, StepPath};
use crate::plan::ScenarioKey;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of a group when a run takes it in; each `None` as in the run's own lists.
#[derive(Clone, Debug, Default)]
pub struct Admitted {
    /// Flows that depend on the scenario's market.
    pub flows: Option<Arc<ScenarioFlows>>,
    /// Payments that stay when part is prepaid.
    pub kept: Option<Arc<KeptPayments>>,
    /// Static survival.
    pub survival: Option<Arc<StepPath>>,
    /// What default alone leaves.
    pub defaulting: Option<Arc<StepPath>>,
    /// Dynamic survival.
    pub dynamic: Option<Arc<StepPath>>,
    /// Undrawn share that is left.
    pub undrawn: Option<Arc<StepPath>>,
}

impl Run {
    /// A run over the groups of a projection, before its first day and before any of them is taken in.
    pub fn before_first_day(
        key: ScenarioKey,
        projection: Arc<Projection>,
        calendar: Arc<EventCalendar>,
        is_constant: bool,
    ) -> Self {
        Self {
            key,
            projection,
            calendar,
            births: Vec::new(),
            flows: Vec::new(),
            survival: Vec::new(),
            defaulting: Vec::new(),
            earning: Vec::new(),
            dynamic: Vec::new(),
            superseded: BTreeMap::new(),
            kept: BTreeMap::new(),
            repriced: BTreeMap::new(),
            undrawn: Vec::new(),
            market_values: Vec::new(),
            opening_values: Vec::new(),
            accounts: BTreeMap::new(),
            equity: Vec::new(),
            encumbrances: Vec::new(),
            received: Vec::new(),
            covers: Vec::new(),
            idle_shocks: Vec::new(),
            decisions: Vec::new(),
            rebalancings: Vec::new(),
            results: BTreeMap::new(),
            postings: Vec::new(),
            incomes: Incomes::default(),
            is_constant,
            done: 0,
            columns: Vec::new(),
        }
    }

    /// The same book's date and calendar without any group: what stands alone in it is measured alone.
    pub fn emptied(&self) -> Self {
        let projection = Projection {
            groups: Vec::new(),
            ..*self.projection
        };
        let mut run = Self::before_first_day(
            self.key.clone(),
            Arc::new(projection),
            Arc::clone(&self.calendar),
            self.is_constant,
        );
        run.done = self.done;
        run
    }

    /// Takes a group in: the next one of the projection (`None`), or one beyond it.
    pub fn admit(&mut self, group: Option<Group>, admitted: Admitted) {
        let index = self.flows.len();
        self.births.extend(group);
        self.flows.push(admitted.flows);
        if let Some(kept) = admitted.kept {
            self.kept.insert(index, kept);
        }
        self.defaulting.push(admitted.defaulting);
        self.survival.push(admitted.survival);
        self.earning.push(None);
        self.dynamic.push(admitted.dynamic);
        self.undrawn.push(admitted.undrawn);
        self.market_values.push(None);
        self.opening_values.push(None);
    }
}
