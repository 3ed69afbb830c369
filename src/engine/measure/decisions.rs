//! What actions decided and hedging programmes did in a run, as records for observers.

use super::Measures;
use super::place::Place;
use crate::engine::decision::{DecidedLeg, Decision, Rebalanced, Rebalancing};
use crate::engine::observe::{DecisionRecord, DeedRecord, Observer, SeenRecord};
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::Value;
use crate::plan::Heading;
use crate::quantity::Quanta;

impl Measures<'_> {
    /// Tells an observer every decision of a run and what its hedging programmes did, day by day; of one day the programmes come
    /// first, as in the loop.
    pub fn tell_decisions(&self, run: usize, observer: &mut dyn Observer) {
        let Some(context) = self.runs.get(run) else {
            return;
        };
        let hedges = &context.run.rebalancings;
        let hedges = hedges
            .iter()
            .map(|made| (made.day, self.rebalancing(run, made)));
        let decisions = &context.run.decisions;
        let decisions = decisions
            .iter()
            .map(|made| (made.day, self.decision(run, made)));
        let mut told: Vec<(Day, Option<DecisionRecord>)> = hedges.chain(decisions).collect();
        told.sort_by_key(|(day, _)| *day);
        for record in told.into_iter().filter_map(|(_, record)| record) {
            observer.decision(record);
        }
    }

    fn rebalancing(&self, run: usize, made: &Rebalancing) -> Option<DecisionRecord> {
        let context = self.runs.get(run)?;
        let changed = context.engine.scenario.hedges.get(&made.hedge);
        let hedge = changed.or_else(|| self.plan.hedges.get(made.hedge.index()))?;
        let place = Place::of(run, Reading::Day(made.day));
        let seen = |metric: &str, value: &Value| SeenRecord {
            metric: metric.to_owned(),
            value: self.observed(value),
            unit: self.unit(value, &hedge.measure.formula.ty, place),
        };
        let product = self.plan.products.get(hedge.product.index());
        let product = product.map_or("", |product| product.heading.short.as_str());
        let deed = made.done.as_ref().map(|done| match done {
            Rebalanced::Entered(leg) => (format!("hedge({product})"), leg),
            Rebalanced::Unwound(leg) => (format!("unwind({product})"), leg),
        });
        Some(DecisionRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.scenario_name(run),
            action: hedge.heading.short.clone(),
            title: title(&hedge.heading),
            is_hedge: true,
            place: super::record::place_of(&hedge.heading.origin),
            decided: self.day_as_text(made.day),
            settles: self.day_as_text(made.until),
            settled: made.refused.is_none(),
            refused: made.refused.clone(),
            seen: vec![
                seen(&hedge.measure.text, &made.exposure),
                seen("of its swaps", &made.held),
                seen("to be", &made.target),
            ],
            deeds: deed
                .map(|(text, leg)| told(text, leg, true))
                .into_iter()
                .collect(),
        })
    }

    fn day_as_text(&self, day: Day) -> String {
        let date = self.exercise.book.date.add_days(day);
        date.map_or_else(|_| String::new(), |date| date.to_string())
    }

    fn decision(&self, run: usize, decision: &Decision) -> Option<DecisionRecord> {
        let context = self.runs.get(run)?;
        let changed = context.engine.scenario.actions.get(&decision.action);
        let action = changed.or_else(|| self.plan.actions.get(decision.action.index()))?;
        let heading = &action.heading;
        let place = Place::of(run, Reading::Day(decision.day));
        let seen = decision.seen.iter().map(|(metric, value)| {
            let ty = self.plan.metrics.get(metric.index()).map(|m| &m.ty);
            SeenRecord {
                metric: self.metric_name(*metric),
                value: self.observed(value),
                unit: self.unit(value, ty.unwrap_or(&crate::plan::Type::Unknown), place),
            }
        });
        let done = decision.is_settled || decision.refused.is_some();
        Some(DecisionRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.scenario_name(run),
            action: heading.short.clone(),
            title: title(heading),
            is_hedge: false,
            place: super::record::place_of(&heading.origin),
            decided: self.day_as_text(decision.day),
            settles: self.day_as_text(decision.settles),
            settled: decision.is_settled,
            refused: decision.refused.clone(),
            seen: seen.collect(),
            deeds: action
                .deeds
                .iter()
                .zip(&decision.legs)
                .map(|(deed, leg)| told(deed.text.clone(), leg, done))
                .collect(),
        })
    }
}

fn title(heading: &Heading) -> String {
    heading
        .title
        .clone()
        .unwrap_or_else(|| heading.short.clone())
}

/// A line of what was done; `done`: nothing more will come of it.
fn told(text: String, leg: &DecidedLeg, done: bool) -> DeedRecord {
    let amount = |quanta| Quanta(quanta).display(leg.currency).to_string();
    DeedRecord {
        text,
        currency: leg.currency.to_string(),
        asked: leg.is_sized.then(|| amount(leg.asked)),
        filled: (leg.is_sized && done).then(|| amount(leg.filled)),
        rest: (leg.is_sized && done).then(|| amount(leg.asked - leg.filled)),
        cash: amount(leg.cash),
        reason: leg.reason.clone(),
    }
}
