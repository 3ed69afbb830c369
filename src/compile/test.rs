//! Tests: an exercise of their own or a named one, what is given, what is expected.

use super::book::{BOOK_KEYS, empty_book};
use super::compiler::Compiler;
use super::context::Context;
use super::exercise::{Draft, no_date};
use super::names::DefId;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Book, Exercise, Givens, Inclusion, Test};
use crate::quantity::Currency;
use crate::syntax::tree::{
    self, Block, BlockKind, Clause, ClauseBody, ExpressionKind, Item, LiteralValue,
};

impl Compiler<'_> {
    /// Lowers a project's test.
    pub(super) fn test_root(&mut self, id: DefId) {
        let Some(definition) = self.definition(id) else {
            return;
        };
        let Item::Block(block) = &definition.declaration.item else {
            return;
        };
        if block.kind != BlockKind::Test {
            return;
        }
        let heading = self.heading(id);
        let name_span = definition.declaration.name.span;
        let scope = definition.scope;
        let mut draft = Draft::new(heading.clone(), scope);
        draft.behaviours = Some(Vec::new());
        let named = self.named_exercise(block, scope);
        let date = block
            .head
            .at
            .and_then(|(date, span)| self.date(date?, span));
        let currency = block
            .head
            .currency
            .as_ref()
            .and_then(|name| self.currency(&name.text, name.span));
        let mut own = empty_book(
            date.unwrap_or_else(no_date),
            currency.or_else(|| stated(block)).unwrap_or(Currency::EUR),
        );
        own.heading = heading.clone();
        // The book first: positions in the text take its currency and follow its own.
        for clause in &block.clauses {
            if setting(clause) == Some("book") {
                self.exercise_line(&mut draft, clause);
            }
        }
        let mut book = match draft.book.take() {
            Some(book) => book,
            None => own,
        };
        if let (Some(date), true) = (date, block.head.at.is_some()) {
            book.date = date;
        }
        let mut expects: Vec<(&tree::Expect, &Clause)> = Vec::new();
        for clause in &block.clauses {
            match &clause.body {
                ClauseBody::Given(given) => self.given_line(&mut draft, given, clause),
                ClauseBody::Expect(expect) => expects.push((expect, clause)),
                _ if matches!(setting(clause), Some("book" | "exercise")) => {}
                _ => {
                    let known = self.exercise_line(&mut draft, clause)
                        || self.book_line(&mut book, clause, scope);
                    if !known {
                        match &clause.body {
                            ClauseBody::Setting(setting) => {
                                let mut keys = vec![
                                    "exercise",
                                    "book",
                                    "market",
                                    "base",
                                    "behaviours",
                                    "hedges",
                                ];
                                keys.extend(BOOK_KEYS);
                                self.unknown_setting(setting, BlockKind::Test, &keys);
                            }
                            body => self.misplaced(body, clause.span, BlockKind::Test),
                        }
                    }
                }
            }
        }
        self.check_test(&heading.short, block, &book, name_span, named.is_some());
        let expectations: Vec<_> = expects
            .into_iter()
            .map(|(expect, clause)| self.expectation(expect, clause, scope))
            .collect();
        self.drain();
        let (exercise, shares) = match named {
            Some((id, exercise)) => {
                self.read_exercise(id, exercise, draft, &expectations, name_span)
            }
            None => {
                self.check_closing(&book, name_span, id);
                draft.book = Some(book);
                (self.finish(draft, &expectations, name_span), None)
            }
        };
        self.tests.push(Test {
            heading,
            exercise,
            shares,
            expectations,
        });
    }

    fn check_test(&mut self, name: &str, block: &Block, book: &Book, span: Span, named: bool) {
        if !block.broken.is_empty() {
            return;
        }
        if !block
            .clauses
            .iter()
            .any(|clause| matches!(clause.body, ClauseBody::Expect(_)))
        {
            self.report(
                Diagnostic::error(code::MISSING_SETTING, format!("`{name}` expects nothing"))
                    .at(span, "")
                    .help("write `expect lcr at 3M >= 100%`"),
            );
        }
        let own_positions = book
            .includes
            .iter()
            .any(|inclusion| matches!(inclusion, Inclusion::Position { .. }));
        let has_book = block
            .clauses
            .iter()
            .any(|clause| setting(clause) == Some("book"));
        if own_positions && !has_book && !named && block.head.at.is_none() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{name}` has positions and no date"),
                )
                .at(span, "")
                .help(format!("write `test {name} at 2026-09-30 in EUR {{`")),
            );
        }
    }

    /// The exercise that a test names.
    fn named_exercise(
        &mut self,
        block: &Block,
        scope: super::names::ScopeId,
    ) -> Option<(DefId, Exercise)> {
        let clause = block
            .clauses
            .iter()
            .find(|clause| setting(clause) == Some("exercise"))?;
        let ClauseBody::Setting(line) = &clause.body else {
            return None;
        };
        let value = line.values.first()?;
        let ExpressionKind::Reference(reference) = &value.kind else {
            self.report(
                Diagnostic::error(code::TYPES, "the name of an exercise is due here")
                    .at(value.span, ""),
            );
            return None;
        };
        let id = self.find_definition(reference, &Context::new(scope))?;
        if !self.expect_kind(id, BlockKind::Exercise, value.span) {
            return None;
        }
        let index = self.exercise_names.get(&id).copied()?;
        let exercise = self.exercises.get(index)?.clone();
        Some((id, exercise))
    }

    /// A test on a named exercise: its runs are shared unless something is given.
    fn read_exercise(
        &mut self,
        id: DefId,
        exercise: Exercise,
        mut draft: Draft,
        expectations: &[crate::plan::Expectation],
        span: Span,
    ) -> (Exercise, Option<String>) {
        let mut plain = draft.givens == Givens::default()
            && draft.overlays.is_empty()
            && draft.runs.is_empty()
            && draft.searches.is_empty()
            && draft.settle.is_empty()
            && draft.step.is_empty()
            && draft.hedges.is_none();
        draft.book = Some(exercise.book.clone());
        draft.market = draft.market.or_else(|| exercise.market.clone());
        draft.base = draft.base.or_else(|| Some(exercise.base.clone()));
        let mut runs: Vec<_> = exercise
            .runs
            .iter()
            .filter(|key| **key != exercise.base)
            .map(|key| (key.clone(), span))
            .collect();
        runs.append(&mut draft.runs);
        draft.runs = runs;
        if draft.behaviours.as_ref().is_none_or(Vec::is_empty) {
            draft.behaviours = Some(exercise.behaviours.clone());
        }
        draft.hedges.get_or_insert_with(|| exercise.hedges.clone());
        if draft.settle.is_empty() {
            draft.settle.clone_from(&exercise.settle);
        }
        if draft.step.is_empty() {
            draft.step.clone_from(&exercise.step);
        }
        let mut searches = self.searched.get(&id).cloned().unwrap_or_default();
        searches.append(&mut draft.searches);
        draft.searches = searches;
        draft.not_yet.extend(exercise.not_yet.clone());
        let finished = self.finish(draft, expectations, span);
        // A scenario that only the test branches to is no run of the exercise.
        plain &= finished
            .scenarios
            .keys()
            .all(|key| exercise.scenarios.contains_key(key));
        (finished, plain.then_some(exercise.heading.name))
    }
}

/// The key of a setting line with one name.
fn setting(clause: &Clause) -> Option<&str> {
    match &clause.body {
        ClauseBody::Setting(setting) => setting
            .path()
            .and_then(tree::Path::single)
            .map(|name| name.text.as_str()),
        _ => None,
    }
}

/// The currency of the first amount that a test states, for one that names none.
fn stated(block: &Block) -> Option<Currency> {
    let amount = |expression: &tree::Expression| match &expression.kind {
        ExpressionKind::Literal(literal) => match &literal.value {
            LiteralValue::Money { currency, .. } => currency.parse().ok(),
            _ => None,
        },
        _ => None,
    };
    block.clauses.iter().find_map(|clause| match &clause.body {
        ClauseBody::Given(given) => amount(&given.value),
        ClauseBody::Expect(expect) => match &expect.condition.kind {
            ExpressionKind::Compare { right, .. } => amount(right),
            _ => None,
        },
        _ => None,
    })
}
