//! An exercise put together: what its formulas reach, its scenarios flattened, and the checks that need both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use indexmap::IndexMap;

use super::attribution::AttributionDraft;
use super::book::empty_book;
use super::compiler::Compiler;
use super::exercise::{Draft, no_date};
use super::overlay::{Flat, Ground};
use super::reach::Reached;
use super::scenario_key::ScenarioRef;
use super::search::SearchDraft;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BehaviourId, Exercise, Expectation, Expression, HedgeId, MetricId, Origin, Point, Scenario,
    ScenarioKey, Slice,
};
use crate::quantity::Currency;
use crate::syntax::tree::BlockKind;

/// What the formulas of an exercise lead to.
struct Reaches {
    /// By reports, limits, expectations, behaviours and hedges.
    told: Reached,
    /// What only a search reads: missed by the search alone.
    sought: Reached,
    /// Metrics that a test gives: nothing behind them is read.
    given: BTreeSet<MetricId>,
    /// Names that this version does not run, and where they stand.
    not_yet: Vec<(String, Origin)>,
}

impl Compiler<'_> {
    /// Flattens the scenarios and puts the exercise together.
    pub(super) fn finish(
        &mut self,
        draft: Draft,
        expectations: &[Expectation],
        name_span: Span,
    ) -> Exercise {
        self.drain();
        self.check_ends(&draft);
        let behaviours = match draft.behaviours.clone() {
            Some(list) => list,
            None => self.behaviours_of(draft.scope),
        };
        // without a market nothing can be measured
        let hedges = match (draft.hedges.clone(), &draft.market) {
            (Some(list), _) => list,
            (None, Some(_)) => self.hedges_of(draft.scope, draft.book.as_ref()),
            (None, None) => Vec::new(),
        };
        self.drain();
        self.check_overlaps(&behaviours);
        let mut reaches = self.reaches(&draft, expectations, &behaviours, &hedges);
        let base = draft.base.clone().unwrap_or_else(ScenarioKey::base);
        let ran: Vec<ScenarioKey> = std::iter::once(base.clone())
            .chain(draft.runs.iter().map(|(key, _)| key.clone()))
            .collect();
        self.check_compared(&draft, &reaches, &ran, name_span);
        let market = draft.market.clone();
        let ground = Ground {
            base: draft.base.clone(),
            market: market.as_ref(),
            given_curves: draft.givens.curves.keys().cloned().collect(),
            dry: false,
        };
        let mut done: BTreeMap<ScenarioKey, Rc<Flat>> = BTreeMap::new();
        let mut keys: VecDeque<(ScenarioKey, Option<Span>)> =
            VecDeque::from([(base.clone(), Some(draft.base_at.unwrap_or(name_span)))]);
        let runs = draft.runs.iter();
        keys.extend(runs.map(|(key, span)| (key.clone(), Some(*span))));
        let scenarios =
            self.flattened_scenarios(&draft, &ground, &mut done, keys, &behaviours, &mut reaches);
        if expectations.is_empty() && draft.has_positions() {
            self.check_book(&draft, &reaches.told, &ran, &scenarios);
        }
        let mut attributions = Vec::new();
        for attributed in draft.attributions.clone() {
            let key = attributed.scenario().0.clone();
            let base = self.flatten(&base, &ground, &mut Vec::new(), &mut done);
            let whole = self.flatten(&key, &ground, &mut Vec::new(), &mut done);
            attributions.push(self.attribution(attributed, &base, &whole, &behaviours));
        }
        let has_positions = draft.has_positions();
        let searches = self.searches(&draft, &ground, &behaviours, has_positions);
        let sweep = draft
            .sweep
            .clone()
            .map(|sweep| self.sweep(sweep, &ground, &behaviours, has_positions, draft.scope));
        self.check_found(&reaches.told, &searches, &draft.heading.short, name_span);
        let points = [reaches.told.points, reaches.sought.points].concat();
        let named_points = named_points(expectations, &points);
        let book = draft
            .book
            .unwrap_or_else(|| empty_book(no_date(), Currency::EUR));
        Exercise {
            heading: draft.heading,
            book,
            market: draft.market,
            base,
            runs: ran,
            scenarios,
            behaviours,
            hedges,
            settle: draft.settle,
            step: draft.step,
            named_points,
            reports: draft.reports,
            attributions,
            searches,
            sweep,
            limits: draft.limits,
            givens: draft.givens,
            not_yet: reaches.not_yet,
        }
    }

    /// Follows all formulas that an exercise evaluates.
    fn reaches(
        &self,
        draft: &Draft,
        expectations: &[Expectation],
        behaviours: &[BehaviourId],
        hedges: &[HedgeId],
    ) -> Reaches {
        let given: BTreeSet<MetricId> = draft
            .givens
            .metrics
            .iter()
            .filter(|(_, slice, _)| *slice == Slice::default())
            .map(|(id, _, _)| *id)
            .collect();
        let mut formulas: Vec<&Expression> =
            draft.reports.iter().map(|report| &report.formula).collect();
        formulas.extend(draft.attributions.iter().map(AttributionDraft::metric));
        formulas.extend(
            expectations
                .iter()
                .flat_map(|e| std::iter::once(&e.condition).chain(e.within.as_ref())),
        );
        formulas.extend(self.requirements_of(draft));
        for behaviour in behaviours
            .iter()
            .filter_map(|id| self.behaviours.get(id.index()))
        {
            let s = &behaviour.settings;
            let read = [
                &s.prepay,
                &s.withdraw,
                &s.default,
                &s.draw,
                &s.renew,
                &s.fee,
                &s.loss,
                &s.core,
            ];
            formulas.extend(read.into_iter().flatten());
        }
        for hedge in hedges.iter().filter_map(|id| self.hedges.get(id.index())) {
            formulas.extend([&hedge.measure.formula, &hedge.ratio.formula]);
        }
        let told = self.reach(&formulas, &given);
        let sought: Vec<&Expression> = draft.searches.iter().map(SearchDraft::condition).collect();
        let mut not_yet = draft.not_yet.clone();
        for name in &told.not_yet {
            not_yet.push((name.clone(), draft.heading.origin.clone()));
        }
        Reaches {
            sought: self.reach(&sought, &given),
            told,
            given,
            not_yet,
        }
    }

    /// The conditions of the limits of an exercise.
    fn requirements_of(&self, draft: &Draft) -> impl Iterator<Item = &Expression> {
        draft
            .limits
            .iter()
            .filter_map(|id| self.limits.get(id.index()))
            .flat_map(|limit| &limit.requirements)
            .map(|requirement| &requirement.condition)
    }

    /// Reports runs that formulas read and the exercise does not have.
    fn check_compared(
        &mut self,
        draft: &Draft,
        reaches: &Reaches,
        ran: &[ScenarioKey],
        name_span: Span,
    ) {
        if self.has_gaps() || self.any_broken(&[BlockKind::Exercise, BlockKind::Test]) {
            return;
        }
        let lacks = |key: &ScenarioKey| *key != ScenarioKey::base() && !ran.contains(key);
        let name = &draft.heading.short;
        let mut missing: Vec<(String, &ScenarioKey, Option<Span>)> = Vec::new();
        for (key, span) in reaches.told.under.iter().chain(&reaches.sought.under) {
            let message = format!(
                "`under {key}` reads a run of `{key}`, which `{name}` does not have",
                key = key.0
            );
            missing.push((message, key, *span));
        }
        for (key, span) in draft.attributions.iter().map(AttributionDraft::scenario) {
            let message = format!(
                "an attribution is of the run of `{}`, which `{name}` does not have",
                key.0
            );
            missing.push((message, key, Some(span)));
        }
        for (message, key, span) in missing.into_iter().filter(|(_, key, _)| lacks(key)) {
            let error = Diagnostic::error(code::NOT_RUN, message)
                .also(name_span, "this exercise")
                .help(format!("add `run {}`", key.0));
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }

    /// The scenarios that run, then those that their formulas and the triggers of armed actions name, each flattened.
    fn flattened_scenarios(
        &mut self,
        draft: &Draft,
        ground: &Ground<'_>,
        done: &mut BTreeMap<ScenarioKey, Rc<Flat>>,
        mut keys: VecDeque<(ScenarioKey, Option<Span>)>,
        behaviours: &[BehaviourId],
        reaches: &mut Reaches,
    ) -> IndexMap<ScenarioKey, Scenario> {
        let base = draft.base.clone().unwrap_or_else(ScenarioKey::base);
        let mut scenarios: IndexMap<ScenarioKey, Scenario> = IndexMap::new();
        let mut armed_read = false;
        loop {
            let Some((key, run_at)) = keys.pop_front() else {
                if armed_read {
                    return scenarios;
                }
                // What runs arm says what their triggers read; then follow the scenarios that are only named.
                armed_read = true;
                self.drain();
                self.read_armed(&scenarios, reaches);
                let named = reaches.told.scenarios.iter();
                let named = named.chain(&reaches.sought.scenarios);
                let others = named.filter(|key| **key != ScenarioKey::base());
                keys.extend(others.map(|key| (key.clone(), None)));
                continue;
            };
            if scenarios.contains_key(&key) {
                continue;
            }
            let mut flat = (*self.flatten(&key, ground, &mut Vec::new(), done)).clone();
            self.mark_flattened(&key);
            for clause in &draft.overlays {
                flat = self.overlay_given(clause, &key, flat, draft.scope);
            }
            self.drain();
            let scenario = self.scenario(&key, &flat, behaviours);
            if let (Some(span), true) = (run_at, draft.has_positions()) {
                if draft.base.is_some() || key != base {
                    self.check_runnable(&scenario, span);
                }
                self.check_sizes(&scenario, &flat);
                self.check_renewals(&scenario);
            }
            scenarios.insert(key, scenario);
        }
    }

    /// Reports what the book does not answer and whom it leaves unclassified.
    fn check_book(
        &mut self,
        draft: &Draft,
        told: &Reached,
        ran: &[ScenarioKey],
        scenarios: &IndexMap<ScenarioKey, Scenario>,
    ) {
        let Some(book) = &draft.book else {
            return;
        };
        self.check_answers(book, &told.parameters, ran, scenarios);
        if self.has_gaps() || self.any_broken(&[BlockKind::Instrument, BlockKind::Book]) {
            return;
        }
        let mut read: Vec<Expression> = draft.reports.iter().map(|r| r.formula.clone()).collect();
        read.extend(self.requirements_of(draft).cloned());
        self.check_classified(book, &read.iter().collect::<Vec<_>>());
    }

    /// What the actions that the runs arm reach, and which of their lines this version does not run.
    fn read_armed(&self, scenarios: &IndexMap<ScenarioKey, Scenario>, reaches: &mut Reaches) {
        let (told, not_yet) = (&mut reaches.told, &mut reaches.not_yet);
        for scenario in scenarios.values() {
            for id in &scenario.allows {
                let own = scenario.actions.get(id);
                let Some(action) = own.or_else(|| self.actions.get(id.index())) else {
                    continue;
                };
                let found = self.reach(&action.formulas(), &reaches.given);
                told.scenarios.extend(found.scenarios);
                told.parameters.extend(found.parameters);
                told.points.extend(found.points);
                for name in found.not_yet {
                    not_yet.push((name, action.heading.origin.clone()));
                }
            }
        }
    }

    pub(super) fn mark_flattened(&mut self, key: &ScenarioKey) {
        match self.scenario_refs.get(key).cloned() {
            Some(ScenarioRef::Named(id, _)) => {
                self.flattened.insert(id);
            }
            Some(ScenarioRef::Sum(members)) => members
                .iter()
                .for_each(|member| self.mark_flattened(member)),
            _ => {}
        }
    }
}

/// The days that an own exercise of a test has to reach.
fn named_points(expectations: &[Expectation], reached: &[Point]) -> Vec<Point> {
    if expectations.is_empty() {
        return Vec::new();
    }
    let mut points: Vec<Point> = Vec::new();
    for point in reached {
        if matches!(point, Point::Date(_) | Point::Tenor(_)) && !points.contains(point) {
            points.push(point.clone());
        }
    }
    points.sort_by_key(|point| format!("{point:?}"));
    points
}
