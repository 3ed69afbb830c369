//! Exercises: book, market, base, runs, calendars, reports, limits, and the scenarios flattened for them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use indexmap::IndexMap;

use super::attribution::{AttributionDraft, attributed};
use super::book::empty_book;
use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Local};
use super::names::{DefId, ScopeId};
use super::overlay::{Flat, Ground};
use super::scenario_key::ScenarioRef;
use super::search::SearchDraft;
use super::sweep::SweepDraft;
use crate::calendar::Date;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BehaviourId, Book, CalendarLine, Exercise, Expectation, Expression, Frequency, Givens, Heading,
    HedgeId, Market, Node, Origin, Point, Report, ReportKey, Scenario, ScenarioKey, Type,
};
use crate::quantity::Currency;
use crate::syntax::tree::{
    self, BlockKind, Clause, ClauseBody, ExpressionKind, Item, ListingKind, Run, Setting, StepKind,
};

/// An exercise (or the one of a test) while its lines are read.
pub(super) struct Draft {
    pub(super) heading: Heading,
    pub(super) scope: ScopeId,
    pub(super) book: Option<Book>,
    pub(super) market: Option<Market>,
    pub(super) base: Option<ScenarioKey>,
    /// Where the base is named.
    pub(super) base_at: Option<Span>,
    pub(super) runs: Vec<(ScenarioKey, Span)>,
    pub(super) behaviours: Option<Vec<BehaviourId>>,
    pub(super) hedges: Option<Vec<HedgeId>>,
    pub(super) settle: Vec<CalendarLine>,
    pub(super) step: Vec<CalendarLine>,
    /// The ends of the lines of both calendars, where they are written.
    pub(super) ends: Vec<(StepKind, Point, Span)>,
    pub(super) reports: Vec<Report>,
    pub(super) attributions: Vec<AttributionDraft>,
    pub(super) searches: Vec<SearchDraft>,
    pub(super) sweep: Option<SweepDraft>,
    pub(super) limits: Vec<crate::plan::LimitId>,
    pub(super) givens: Givens,
    /// `given` lines on what a scenario may set.
    pub(super) overlays: Vec<Clause>,
    pub(super) not_yet: Vec<(String, Origin)>,
}

impl Draft {
    pub(super) fn new(heading: Heading, scope: ScopeId) -> Self {
        Draft {
            heading,
            scope,
            book: None,
            market: None,
            base: None,
            runs: Vec::new(),
            behaviours: None,
            hedges: None,
            settle: Vec::new(),
            step: Vec::new(),
            reports: Vec::new(),
            attributions: Vec::new(),
            searches: Vec::new(),
            sweep: None,
            limits: Vec::new(),
            givens: Givens::default(),
            overlays: Vec::new(),
            not_yet: Vec::new(),
            base_at: None,
            ends: Vec::new(),
        }
    }
}

pub(super) const EXERCISE_KEYS: [&str; 5] = ["book", "market", "base", "behaviours", "hedges"];

impl Compiler<'_> {
    /// Lowers a project's exercise.
    pub(super) fn exercise_root(&mut self, id: DefId) {
        let Some(definition) = self.definition(id) else {
            return;
        };
        let Item::Block(block) = &definition.declaration.item else {
            return;
        };
        if block.kind != BlockKind::Exercise {
            return;
        }
        let name_span = definition.declaration.name.span;
        let mut draft = Draft::new(self.heading(id), definition.scope);
        for clause in &block.clauses {
            if !self.exercise_line(&mut draft, clause) {
                match &clause.body {
                    ClauseBody::Setting(setting) => {
                        self.unknown_setting(setting, BlockKind::Exercise, &EXERCISE_KEYS)
                    }
                    body => self.misplaced(body, clause.span, BlockKind::Exercise),
                }
            }
        }
        let said = |name: &str| {
            block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == name)))
        };
        let mut missing = Vec::new();
        for name in ["book", "base"] {
            if !said(name) {
                missing.push(name);
            }
        }
        if !block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Listing(listing) if listing.kind == ListingKind::Report)) {
            missing.push("report");
        }
        if !missing.is_empty() && !self.is_misread(id) {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!(
                        "`{}` lacks {}",
                        draft.heading.short,
                        super::suggest::listed(&missing)
                    ),
                )
                .at(name_span, "")
                .help("write `book = …`, `base = …` for the scenario to compare with, and `report lcr, nsfr`"),
            );
        }
        draft.limits = self.limits_of(definition.scope);
        self.searched.insert(id, draft.searches.clone());
        draft.sweep = self.sweep_lines(&draft);
        let exercise = self.finish(draft, &[], name_span);
        self.exercise_names.insert(id, self.exercises.len());
        self.exercises.push(exercise);
    }

    /// The limits of the project, and those of the library that a `use` line names.
    fn limits_of(&mut self, scope: ScopeId) -> Vec<crate::plan::LimitId> {
        let mut found: Vec<DefId> = self.names.of_scope(scope).collect();
        if let Some(scope) = self.names.scope(scope) {
            found.extend(scope.members.values().copied());
        }
        let limits: Vec<DefId> = found
            .into_iter()
            .filter(|id| self.definition(*id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Limit)))
            .collect();
        let ids = limits.into_iter().map(|id| self.limit_id(id)).collect();
        self.drain();
        ids
    }

    /// One line that an exercise or a test may have; false if it is none.
    pub(super) fn exercise_line(&mut self, draft: &mut Draft, clause: &Clause) -> bool {
        let cx = Context::new(draft.scope);
        match &clause.body {
            ClauseBody::Setting(setting) => self.exercise_setting(draft, setting, &cx),
            ClauseBody::Run(run) => {
                self.run_line(draft, run, &cx);
                true
            }
            ClauseBody::Search(search) => {
                self.search_line(draft, search, clause, &cx);
                true
            }
            ClauseBody::Step(step) => {
                let frequency = match step.frequency {
                    tree::Frequency::Daily => Frequency::Daily,
                    tree::Frequency::Weekly => Frequency::Weekly,
                    tree::Frequency::Monthly => Frequency::Monthly,
                    tree::Frequency::Quarterly => Frequency::Quarterly,
                    tree::Frequency::Yearly => Frequency::Yearly,
                };
                if let Some(until) = self.point(&step.until, &cx) {
                    let line = CalendarLine {
                        frequency,
                        until,
                        origin: self.origin(clause.span, &clause.metadata),
                    };
                    draft
                        .ends
                        .push((step.kind, line.until.clone(), step.until.span));
                    match step.kind {
                        StepKind::Step => draft.step.push(line),
                        StepKind::Settle => draft.settle.push(line),
                    }
                }
                true
            }
            ClauseBody::Listing(listing) if listing.kind == ListingKind::Report => {
                self.report_line(draft, listing, clause, &cx);
                true
            }
            _ => false,
        }
    }

    fn exercise_setting(&mut self, draft: &mut Draft, setting: &Setting, cx: &Context) -> bool {
        let Some(path) = setting.path() else {
            return false;
        };
        let key = path.text();
        match key.as_str() {
            "behaviours" => {
                let named = self.listed_blocks(setting, BlockKind::Behaviour, cx);
                draft.behaviours = Some(named.iter().map(|id| self.behaviour_id(*id)).collect());
                return true;
            }
            "hedges" => {
                let named = self.listed_blocks(setting, BlockKind::Hedge, cx);
                draft.hedges = Some(named.iter().map(|id| self.hedge_id(*id)).collect());
                return true;
            }
            _ => {}
        }
        let Some(value) = setting.values.first() else {
            return false;
        };
        if !EXERCISE_KEYS.contains(&key.as_str()) {
            return false;
        }
        let tree::ExpressionKind::Reference(reference) = &value.kind else {
            self.report(
                Diagnostic::error(code::TYPES, format!("`{key}` names a definition"))
                    .at(value.span, "")
                    .help(format!(
                        "write the name of a {}",
                        if key == "base" {
                            "scenario"
                        } else {
                            key.as_str()
                        }
                    )),
            );
            return true;
        };
        match key.as_str() {
            "base" => {
                let typed = self.reference(reference, Some(&crate::plan::Type::Scenario), cx);
                match typed.expression.node {
                    Node::Scenario(key) if key == ScenarioKey::base() => self.report(
                        Diagnostic::error(
                            code::CIRCULAR,
                            "the base is named here, it cannot be `base`",
                        )
                        .at(value.span, "")
                        .help("name the scenario itself: `base = baseline`"),
                    ),
                    Node::Scenario(key) => {
                        draft.base = Some(key);
                        draft.base_at = Some(value.span);
                    }
                    _ if typed.is_unknown() => {}
                    _ => self.report(
                        Diagnostic::error(code::TYPES, "the name of a scenario is due here")
                            .at(value.span, "")
                            .help("write `base = baseline`"),
                    ),
                }
            }
            "book" => {
                if let Some(id) = self.find_definition(reference, cx)
                    && self.expect_kind(id, BlockKind::Book, value.span)
                {
                    draft.book = self.book(id);
                }
            }
            _ => {
                if let Some(id) = self.find_definition(reference, cx)
                    && self.expect_kind(id, BlockKind::Market, value.span)
                {
                    draft.market = self.market(id);
                }
            }
        }
        true
    }

    /// `behaviours = sight_retail, prepayment`, `hedges = none`: the blocks of a kind that are named.
    fn listed_blocks(&mut self, setting: &Setting, kind: BlockKind, cx: &Context) -> Vec<DefId> {
        let mut list = Vec::new();
        for value in &setting.values {
            match (word_of(value), &value.kind) {
                (Some("none"), _) => {}
                (_, tree::ExpressionKind::Reference(reference)) => {
                    if let Some(id) = self.find_definition(reference, cx)
                        && self.expect_kind(id, kind, value.span)
                    {
                        list.push(id);
                    }
                }
                _ => {
                    let message = format!("the name of a {} is due here, or `none`", kind.word());
                    let example = match kind {
                        BlockKind::Hedge => "write `hedges = payer_5y`",
                        _ => "write `behaviours = sight_retail, prepayment`",
                    };
                    self.report(
                        Diagnostic::error(code::TYPES, message)
                            .at(value.span, "")
                            .help(example),
                    );
                }
            }
        }
        list
    }

    fn run_line(&mut self, draft: &mut Draft, run: &Run, cx: &Context) {
        let mut push = |compiler: &mut Self, cx: &Context| {
            for scenario in &run.scenarios {
                if let Some(key) = compiler.sum_key(scenario, cx) {
                    match draft.runs.iter().find(|(other, _)| *other == key) {
                        Some((_, first)) => {
                            let first = *first;
                            compiler.said_twice(&key.0, scenario.span, first);
                        }
                        None => draft.runs.push((key, scenario.span)),
                    }
                }
            }
        };
        let Some(each) = &run.each else {
            push(self, cx);
            return;
        };
        for typed in self.listed(each, cx) {
            // What is wrong with one value of a range is wrong with all.
            if self.wrong_within(each.span) && each.values.len() == 1 {
                break;
            }
            let mut inner = cx.clone();
            inner.locals.push((
                each.variable.text.clone(),
                Local::Open(Box::new(typed.expression), typed.flex),
            ));
            push(self, &inner);
        }
    }

    fn report_line(
        &mut self,
        draft: &mut Draft,
        listing: &tree::Listing,
        clause: &Clause,
        cx: &Context,
    ) {
        let mut by = Vec::new();
        for path in &listing.by {
            if path.text() == "currency" {
                by.push(ReportKey::Currency);
                continue;
            }
            let called = self.names.dimensions_called(cx.scope, &path.text());
            let id = match called.as_slice() {
                [only] => Some(*only),
                _ => self.find_path(path, cx),
            };
            match id {
                Some(id) if self.names.is_dimension(id) => {
                    self.named.insert(id);
                    by.push(ReportKey::Dimension(self.dimension_id(id)));
                }
                Some(_) => self.report(
                    Diagnostic::error(code::TYPES, format!("`{}` is no dimension", path.text()))
                        .at(path.span, "")
                        .help("a report is broken down by `currency` and dimensions"),
                ),
                None => {}
            }
        }
        let mut inner = cx.clone();
        inner.over.extend(by.iter().map(|key| match key {
            ReportKey::Currency => crate::plan::Over::Currency,
            ReportKey::Dimension(id) => crate::plan::Over::Dimension(*id),
        }));
        for item in &listing.items {
            if let Some(reference) = attributed(item) {
                self.attribution_item(draft, reference, !by.is_empty(), clause, &inner);
                continue;
            }
            let typed = self.expression(item, None, &inner);
            if typed.is_unknown() {
                continue;
            }
            if matches!(
                typed.ty(),
                Type::Selection | Type::Scenario | Type::Curve | Type::Shift | Type::Daycount
            ) {
                let a = self.a_type(typed.ty());
                let text = self.written(item.span);
                let error = Diagnostic::error(
                    code::TYPES,
                    format!("a figure is due here, `{text}` is {a}"),
                )
                .at(item.span, "");
                self.report(error.help(if *typed.ty() == Type::Selection {
                    format!("report a metric or a fold: `sum({text}: balance)`")
                } else {
                    "report a metric: `report lcr, nsfr`".to_owned()
                }));
                continue;
            }
            self.drain();
            let (formula, under) = of_one_run(typed.expression);
            let metric = metric_of(&formula);
            let name = match metric.and_then(|id| self.metrics.get(id.index())) {
                Some(metric)
                    if !draft.reports.iter().any(|r| {
                        r.name == metric.heading.short
                            && r.metric
                                .is_some_and(|other| Some(other) != metric_of(&formula))
                    }) =>
                {
                    metric.heading.short.clone()
                }
                Some(metric) => metric.heading.name.clone(),
                None if under.is_some() => super::spelling::expression(&without_tail(item)),
                None => super::spelling::expression(item),
            };
            draft.reports.push(Report {
                name,
                formula,
                metric,
                under,
                by: by.clone(),
                origin: self.origin(item.span, &clause.metadata),
            });
        }
    }

    /// All behaviours of a scope, in text order.
    fn behaviours_of(&mut self, scope: ScopeId) -> Vec<BehaviourId> {
        let found: Vec<DefId> = self
            .names
            .of_scope(scope)
            .filter(|id| self.definition(*id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Behaviour)))
            .collect();
        found.into_iter().map(|id| self.behaviour_id(id)).collect()
    }

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
        let given: BTreeSet<crate::plan::MetricId> = draft
            .givens
            .metrics
            .iter()
            .filter(|(_, slice, _)| *slice == crate::plan::Slice::default())
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
        for limit in &draft.limits {
            if let Some(limit) = self.limits.get(limit.index()) {
                formulas.extend(
                    limit
                        .requirements
                        .iter()
                        .map(|requirement| &requirement.condition),
                );
            }
        }
        for id in &behaviours {
            if let Some(behaviour) = self.behaviours.get(id.index()) {
                let s = &behaviour.settings;
                formulas.extend(
                    [
                        &s.prepay,
                        &s.withdraw,
                        &s.default,
                        &s.draw,
                        &s.renew,
                        &s.fee,
                        &s.loss,
                        &s.core,
                    ]
                    .into_iter()
                    .flatten(),
                );
            }
        }
        for hedge in hedges.iter().filter_map(|id| self.hedges.get(id.index())) {
            formulas.extend([&hedge.measure.formula, &hedge.ratio.formula]);
        }
        let mut reached = self.reach(&formulas, &given);
        let sought: Vec<&Expression> = draft.searches.iter().map(SearchDraft::condition).collect();
        // What only a search reads is missed by the search alone.
        let sought = self.reach(&sought, &given);
        let base = draft.base.clone().unwrap_or_else(ScenarioKey::base);
        let mut not_yet = draft.not_yet.clone();
        for name in &reached.not_yet {
            not_yet.push((name.clone(), draft.heading.origin.clone()));
        }
        let ran: Vec<ScenarioKey> = std::iter::once(base.clone())
            .chain(draft.runs.iter().map(|(key, _)| key.clone()))
            .collect();
        let runs_known =
            !self.has_gaps() && !self.any_broken(&[BlockKind::Exercise, BlockKind::Test]);
        let compared = reached.under.iter().chain(&sought.under);
        for (key, span) in compared.filter(|_| runs_known) {
            if *key != ScenarioKey::base() && !ran.contains(key) {
                let error = Diagnostic::error(
                    code::NOT_RUN,
                    format!(
                        "`under {0}` reads a run of `{0}`, which `{1}` does not have",
                        key.0, draft.heading.short
                    ),
                )
                .also(name_span, "this exercise")
                .help(format!("add `run {}`", key.0));
                self.report(match span {
                    Some(span) => error.at(*span, ""),
                    None => error,
                });
            }
        }
        for (key, span) in draft.attributions.iter().map(AttributionDraft::scenario) {
            if runs_known && !ran.contains(key) && *key != ScenarioKey::base() {
                let message = format!(
                    "an attribution is of the run of `{}`, which `{}` does not have",
                    key.0, draft.heading.short
                );
                self.report(
                    Diagnostic::error(code::NOT_RUN, message)
                        .at(span, "")
                        .also(name_span, "this exercise")
                        .help(format!("add `run {}`", key.0)),
                );
            }
        }
        let market = draft.market.clone();
        let ground = Ground {
            base: draft.base.clone(),
            market: market.as_ref(),
            given_curves: draft.givens.curves.keys().cloned().collect(),
            dry: false,
        };
        let mut done: BTreeMap<ScenarioKey, Rc<Flat>> = BTreeMap::new();
        let base_at = draft.base_at.unwrap_or(name_span);
        let mut keys: Vec<(ScenarioKey, Option<Span>)> = vec![(base.clone(), Some(base_at))];
        keys.extend(
            draft
                .runs
                .iter()
                .map(|(key, span)| (key.clone(), Some(*span))),
        );
        let mut scenarios: IndexMap<ScenarioKey, Scenario> = IndexMap::new();
        let has_positions = draft
            .book
            .as_ref()
            .is_some_and(|book| !book.includes.is_empty());
        let mut keys: VecDeque<(ScenarioKey, Option<Span>)> = keys.into();
        let mut armed_read = false;
        loop {
            let Some((key, run_at)) = keys.pop_front() else {
                if armed_read {
                    break;
                }
                // What runs arm says what their triggers read; then follow the scenarios that are only named.
                armed_read = true;
                self.drain();
                self.read_armed(&scenarios, &given, &mut reached, &mut not_yet);
                let named = reached.scenarios.iter().chain(&sought.scenarios);
                keys.extend(
                    named
                        .filter(|key| **key != ScenarioKey::base())
                        .map(|key| (key.clone(), None)),
                );
                continue;
            };
            if scenarios.contains_key(&key) {
                continue;
            }
            let mut flat = (*self.flatten(&key, &ground, &mut Vec::new(), &mut done)).clone();
            self.mark_flattened(&key);
            for clause in &draft.overlays {
                flat = self.overlay_given(clause, &key, flat, draft.scope);
            }
            self.drain();
            let scenario = self.scenario(&key, &flat, &behaviours);
            if let (Some(span), true) = (run_at, has_positions) {
                if draft.base.is_some() || key != base {
                    self.check_runnable(&scenario, span);
                }
                self.check_sizes(&scenario, &flat);
                self.check_renewals(&scenario);
            }
            scenarios.insert(key, scenario);
        }
        if expectations.is_empty()
            && let Some(book) = draft.book.as_ref().filter(|_| has_positions)
        {
            self.check_answers(book, &reached.parameters, &ran, &scenarios);
            if !self.has_gaps() && !self.any_broken(&[BlockKind::Instrument, BlockKind::Book]) {
                let mut read: Vec<Expression> =
                    draft.reports.iter().map(|r| r.formula.clone()).collect();
                read.extend(
                    draft
                        .limits
                        .iter()
                        .filter_map(|id| self.limits.get(id.index()))
                        .flat_map(|limit| &limit.requirements)
                        .map(|requirement| requirement.condition.clone()),
                );
                let book = book.clone();
                let formulas: Vec<&Expression> = read.iter().collect();
                self.check_classified(&book, &formulas);
            }
        }
        let mut attributions = Vec::new();
        for attributed in draft.attributions.clone() {
            let key = attributed.scenario().0.clone();
            let base = self.flatten(&base, &ground, &mut Vec::new(), &mut done);
            let whole = self.flatten(&key, &ground, &mut Vec::new(), &mut done);
            attributions.push(self.attribution(attributed, &base, &whole, &behaviours));
        }
        let searches = self.searches(&draft, &ground, &behaviours, has_positions);
        let sweep = draft
            .sweep
            .clone()
            .map(|sweep| self.sweep(sweep, &ground, &behaviours, has_positions, draft.scope));
        self.check_found(&reached, &searches, &draft.heading.short, name_span);
        let points = [reached.points, sought.points].concat();
        let named_points = self.named_points(expectations, &points);
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
            not_yet,
        }
    }

    /// What the actions that the runs arm reach, and which of their lines this version does not run.
    fn read_armed(
        &self,
        scenarios: &IndexMap<ScenarioKey, Scenario>,
        given: &BTreeSet<crate::plan::MetricId>,
        reached: &mut super::reach::Reached,
        not_yet: &mut Vec<(String, crate::plan::Origin)>,
    ) {
        for scenario in scenarios.values() {
            for id in &scenario.allows {
                let own = scenario.actions.get(id);
                let Some(action) = own.or_else(|| self.actions.get(id.index())) else {
                    continue;
                };
                let found = self.reach(&action.formulas(), given);
                reached.scenarios.extend(found.scenarios);
                reached.parameters.extend(found.parameters);
                reached.points.extend(found.points);
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

    /// The days that an own exercise of a test has to reach.
    fn named_points(&self, expectations: &[Expectation], reached: &[Point]) -> Vec<Point> {
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

    /// A flow stands in `sum(… during …)` only.
    pub(super) fn check_flows(&mut self) {
        let mut bare = Vec::new();
        for exercise in &self.exercises {
            for report in &exercise.reports {
                if self.reads_here(&report.formula) == super::kind::Reads::Flow {
                    bare.push((report.name.clone(), report.origin.span));
                }
            }
        }
        for limit in self.limits.0.iter().flatten() {
            for requirement in &limit.requirements {
                if self.reads_here(&requirement.condition) == super::kind::Reads::Flow {
                    bare.push((requirement.text.clone(), requirement.origin.span));
                }
            }
        }
        for test in &self.tests {
            if test.exercise.givens.metrics.is_empty() && test.exercise.givens.measures.is_empty() {
                for expectation in &test.expectations {
                    if self.reads_here(&expectation.condition) == super::kind::Reads::Flow {
                        bare.push((expectation.text.clone(), expectation.origin.span));
                    }
                }
            }
        }
        for (name, span) in bare {
            let error = Diagnostic::error(
                code::BARE_FLOW,
                format!("`{name}` is made of flows, it has no value at a point"),
            )
            .help("flows are added up over a window: `sum(… during 12M)`");
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }
}

/// What `x under S` reports, and the scenario of whose run: it is told of that run alone, for it is the same seen from others.
fn of_one_run(expression: Expression) -> (Expression, Option<ScenarioKey>) {
    if let Node::Under(body, scenario) = &expression.node
        && let Node::Scenario(key) = &scenario.node
    {
        return ((**body).clone(), Some(key.clone()));
    }
    (expression, None)
}

/// An expression without its last tail, which is `under S`.
fn without_tail(item: &tree::Expression) -> tree::Expression {
    let mut item = item.clone();
    if let ExpressionKind::Tail { of, tails } = &mut item.kind {
        tails.pop();
        if tails.is_empty() {
            return (**of).clone();
        }
    }
    item
}

fn metric_of(expression: &Expression) -> Option<crate::plan::MetricId> {
    match expression.node {
        Node::Metric(id) => Some(id),
        _ => None,
    }
}

/// The day of a test that has none and reads none.
pub(super) fn no_date() -> Date {
    Date::from_ymd(2000, 1, 1).unwrap_or(Date::MIN)
}
