//! What the groups of a run pay: as it comes about, and as it stands on a day for whoever looks ahead from there.

use super::group::{Group, GroupKind, InterestLeg};
use super::series::{Amount, Day, Series};
use super::share::scale;
use super::state::{Reading, Run};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Flows of a group under one scenario's market.
#[derive(Clone, Debug, Default)]
pub struct ScenarioFlows {
    /// Principal, where it depends on rates (class P).
    pub principal: Option<Series>,
    /// Interest.
    pub interest: InterestLeg,
}

/// A dated flow of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The paid day.
    pub day: Day,
    /// Principal.
    pub principal: Amount,
    /// Interest.
    pub interest: Amount,
    /// The margin part of the interest.
    pub margin: Amount,
}

impl Flow {
    fn on(day: Day) -> Self {
        Self {
            day,
            principal: 0,
            interest: 0,
            margin: 0,
        }
    }
}

impl Run {
    /// Scheduled principal by paid day (S = D = 1) under this run's market, as it comes about.
    pub fn principal(&self, index: usize) -> Option<&Series> {
        match self.flows.get(index) {
            Some(Some(flows)) if flows.principal.is_some() => flows.principal.as_ref(),
            _ => self.group(index).map(|g| &g.principal),
        }
    }

    /// Flows of a group as the contracts stand on a day: nothing that leaves later, no rate that is set later. `None`: those of the
    /// group itself.
    pub fn standing(&self, index: usize, day: Day) -> Option<&Arc<ScenarioFlows>> {
        if let Some(kept) = self.kept.get(&index) {
            return kept.standing(day);
        }
        let mut later = self.repriced.get(&index).into_iter().flatten();
        match later.find(|(on, _)| *on > day) {
            Some((_, flows)) => flows.as_ref(),
            None => self.flows.get(index)?.as_ref(),
        }
    }

    /// Principal of a group as its contracts stand on a day, what left before included.
    pub fn principal_on(&self, index: usize, day: Day) -> Option<&Series> {
        match self.standing(index, day).map(|flows| &flows.principal) {
            Some(Some(principal)) => Some(principal),
            _ => self.group(index).map(|g| &g.principal),
        }
    }

    /// Interest of a group as its contracts stand on a day.
    pub fn interest_on(&self, index: usize, day: Day) -> Option<&InterestLeg> {
        match self.standing(index, day) {
            Some(flows) => Some(&flows.interest),
            None => self.group(index).and_then(Group::fixed_interest),
        }
    }

    /// Puts other interest in place of that of a group from a day on. Before that day nobody knows better.
    pub fn reprice(&mut self, index: usize, day: Day, interest: InterestLeg) {
        if let Some(slot) = self.flows.get_mut(index) {
            let before = slot.replace(Arc::new(ScenarioFlows {
                principal: None,
                interest,
            }));
            let list = self.repriced.entry(index).or_default();
            if list.last().is_none_or(|(last, _)| *last < day) {
                list.push((day, before));
            }
        }
    }

    /// Contractual stock B(t): what the opening nominal has come down to by what was paid until the day (S = D = 1), quanta.
    pub fn contractual_balance(&self, index: usize, day: Day) -> Amount {
        let scheduled = self
            .principal(index)
            .map_or(0, |principal| principal.through(day));
        let paid = scheduled
            + self
                .prepaid(index)
                .map_or(0, |prepaid| prepaid.through(day));
        match self.group(index) {
            Some(group)
                if group.is_derivative() && group.maturity.is_some_and(|last| last <= day) =>
            {
                0
            }
            Some(group) => group.opening.nominal - paid,
            None => 0,
        }
    }

    /// What leaves beside the schedule of contracts whose payments stay, by day.
    pub fn prepaid(&self, index: usize) -> Option<&Series> {
        self.kept.get(&index).map(|kept| &kept.realised.prepaid)
    }

    /// The interest leg of a group under this run's market.
    pub fn interest_leg(&self, index: usize) -> Option<&InterestLeg> {
        if let Some(Some(flows)) = self.flows.get(index) {
            return Some(&flows.interest);
        }
        self.group(index).and_then(Group::fixed_interest)
    }

    /// Contractual principal of the stock outstanding at the reading that is due in (t, until], survival frozen at t.
    pub fn due(&self, index: usize, reading: Reading, until: Day) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        if group.is_derivative() || self.unborn(group, reading) {
            return 0;
        }
        match group.kind {
            GroupKind::Contract => scale(
                self.factor(index, reading),
                self.principal_on(index, reading.day())
                    .map_or(0, |p| p.between(reading.day(), until)),
            ),
            // the plug is taken anew on each day of the cash calendar, unmet need is owed at once
            GroupKind::Plug if until > reading.day() => self.balance(index, reading),
            _ => 0,
        }
    }

    /// Contractual interest of the stock outstanding at the reading that is paid in (t, until], survival frozen at t.
    pub fn interest_due(&self, index: usize, reading: Reading, until: Day) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        if self.unborn(group, reading) {
            return 0;
        }
        self.interest_on(index, reading.day()).map_or(0, |leg| {
            scale(
                self.earning_factor(index, reading),
                leg.interest.paid.between(reading.day(), until),
            )
        })
    }

    /// Contractual flows of the stock outstanding at the reading, by day after it: day, principal, interest, and the margin part of the interest.
    /// Survival is frozen at the reading. A derivative's legs are positive; the sign is the leg's.
    pub fn flows_after(&self, index: usize, reading: Reading) -> Vec<Flow> {
        let Some(group) = self.group(index) else {
            return Vec::new();
        };
        if self.unborn(group, reading) {
            return Vec::new();
        }
        let day = reading.day();
        let factor = self.factor(index, reading);
        let mut flows: BTreeMap<Day, Flow> = BTreeMap::new();
        let principal = self.principal_on(index, day);
        for (on, amount) in principal.into_iter().flat_map(|p| p.after(day)) {
            flows.entry(on).or_insert_with(|| Flow::on(on)).principal += scale(factor, amount);
        }
        if let Some(leg) = self.interest_on(index, day) {
            let earning = self.earning_factor(index, reading);
            for (on, amount) in leg.interest.paid.after(day) {
                flows.entry(on).or_insert_with(|| Flow::on(on)).interest += scale(earning, amount);
            }
            for (on, amount) in leg.margin.iter().flat_map(|margin| margin.paid.after(day)) {
                flows.entry(on).or_insert_with(|| Flow::on(on)).margin += scale(earning, amount);
            }
        }
        flows.into_values().collect()
    }
}
