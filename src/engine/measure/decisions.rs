//! What actions decided in a run, as records for observers.

use super::Measures;
use super::place::Place;
use crate::engine::decision::{DecidedLeg, Decision};
use crate::engine::observe::{DecisionRecord, DeedRecord, Observer, SeenRecord};
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::plan::Deed;
use crate::quantity::Quanta;

impl Measures<'_> {
    /// Tells an observer every decision of a run, in the order in which they were made.
    pub fn tell_decisions(&self, run: usize, observer: &mut dyn Observer) {
        let Some(context) = self.runs.get(run) else {
            return;
        };
        for decision in &context.run.decisions {
            if let Some(record) = self.decision(run, decision) {
                observer.decision(record);
            }
        }
    }

    fn decision(&self, run: usize, decision: &Decision) -> Option<DecisionRecord> {
        let context = self.runs.get(run)?;
        let changed = context.engine.scenario.actions.get(&decision.action);
        let action = changed.or_else(|| self.plan.actions.get(decision.action.index()))?;
        let heading = &action.heading;
        let date = |day: Day| {
            let date = self.exercise.book.date.add_days(day);
            date.map_or_else(|_| String::new(), |date| date.to_string())
        };
        let place = Place::of(run, Reading::Day(decision.day));
        let seen = decision.seen.iter().map(|(metric, value)| {
            let ty = self.plan.metrics.get(metric.index()).map(|m| &m.ty);
            SeenRecord {
                metric: self.metric_name(*metric),
                value: self.observed(value),
                unit: self.unit(value, ty.unwrap_or(&crate::plan::Type::Unknown), place),
            }
        });
        Some(DecisionRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.scenario_name(run),
            action: heading.short.clone(),
            title: heading
                .title
                .clone()
                .unwrap_or_else(|| heading.short.clone()),
            place: super::record::place_of(&heading.origin),
            decided: date(decision.day),
            settles: date(decision.settles),
            settled: decision.is_settled,
            refused: decision.refused.clone(),
            seen: seen.collect(),
            deeds: action
                .deeds
                .iter()
                .zip(&decision.legs)
                .map(|(deed, leg)| told(deed, leg, decision))
                .collect(),
        })
    }
}

fn told(deed: &Deed, leg: &DecidedLeg, decision: &Decision) -> DeedRecord {
    let amount = |quanta| Quanta(quanta).display(leg.currency).to_string();
    let done = decision.is_settled || decision.refused.is_some();
    DeedRecord {
        text: deed.text.clone(),
        currency: leg.currency.to_string(),
        asked: leg.is_sized.then(|| amount(leg.asked)),
        filled: (leg.is_sized && done).then(|| amount(leg.filled)),
        rest: (leg.is_sized && done).then(|| amount(leg.asked - leg.filled)),
        cash: amount(leg.cash),
        reason: leg.reason.clone(),
    }
}
