//! The lines of an exercise: book, market, base, runs and calendars.

use super::attribution::AttributionDraft;
use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Local};
use super::names::{DefId, ScopeId};
use super::search::SearchDraft;
use super::sweep::SweepDraft;
use crate::calendar::Date;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BehaviourId, Book, CalendarLine, Frequency, Givens, Heading, HedgeId, Market, Node, Origin,
    Point, Report, ScenarioKey,
};
use crate::syntax::tree::{
    self, BlockKind, Clause, ClauseBody, Item, ListingKind, Run, Setting, StepKind,
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

    /// Whether its book has instruments, so that it can be run.
    pub(super) fn has_positions(&self) -> bool {
        let book = self.book.as_ref();
        book.is_some_and(|book| !book.includes.is_empty())
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

    /// All behaviours of a scope, in text order.
    pub(super) fn behaviours_of(&mut self, scope: ScopeId) -> Vec<BehaviourId> {
        let found: Vec<DefId> = self
            .names
            .of_scope(scope)
            .filter(|id| self.definition(*id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Behaviour)))
            .collect();
        found.into_iter().map(|id| self.behaviour_id(id)).collect()
    }
}

/// The day of a test that has none and reads none.
pub(super) fn no_date() -> Date {
    Date::from_ymd(2000, 1, 1).unwrap_or(Date::MIN)
}
