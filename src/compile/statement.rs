//! The statements of a scenario: each with its key, its value, and what it replaced.

use indexmap::IndexMap;

use super::compiler::Compiler;
use super::context::Context;
use super::overlay::{Entry, Flat, Stage, Value};
use super::spelling;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Origin, RatesAssumption, Replaced};
use crate::syntax::tree::{self, BlockKind, Clause, ClauseBody, Setting};

/// What one line of a scenario says.
pub(super) struct Said {
    /// What it is about: a second line of the same key replaces the first.
    pub(super) key: String,
    pub(super) value: Value,
    /// The value as it is written, for people.
    pub(super) text: String,
    /// The part of the line that names what it is about.
    pub(super) span: Span,
    /// What stood before any scenario said it, as written, and where.
    pub(super) original: Option<(String, Span)>,
}

impl Compiler<'_> {
    /// Reads one line of a scenario into the stage.
    pub(super) fn statement(&mut self, clause: &Clause, cx: &Context, stage: &mut Stage<'_>) {
        match &clause.body {
            ClauseBody::Setting(setting) => self.assumption(setting, clause, cx, stage),
            ClauseBody::Shock(shock) => self.shock_statement(shock, clause, cx, stage),
            ClauseBody::Set(set) => self.set_statement(&set.target, &set.value, clause, cx, stage),
            ClauseBody::Arm(arm) => {
                for path in &arm.actions {
                    let Some(id) = self.find_path(path, cx) else {
                        continue;
                    };
                    if !self.expect_kind(id, BlockKind::Action, path.span) {
                        continue;
                    }
                    let action = self.action_id(id);
                    let key = format!("allow {}", self.names.full_name(id));
                    let word = if arm.allowed { "allow" } else { "forbid" };
                    let value = if arm.allowed {
                        Value::Allow(action)
                    } else {
                        Value::Forbid
                    };
                    let said = Said {
                        key,
                        value,
                        text: word.to_owned(),
                        span: path.span,
                        original: None,
                    };
                    self.put(stage, clause, said);
                }
            }
            body => self.misplaced(body, clause.span, BlockKind::Scenario),
        }
    }

    /// `balance_sheet = constant`, `rates = forwards`.
    fn assumption(
        &mut self,
        setting: &Setting,
        clause: &Clause,
        cx: &Context,
        stage: &mut Stage<'_>,
    ) {
        let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
            self.unknown_setting(setting, BlockKind::Scenario, &["balance_sheet", "rates"]);
            return;
        };
        let key = path.text();
        let assumed = match key.as_str() {
            "balance_sheet" => self.balance_sheet(value, cx).map(Value::BalanceSheet),
            "rates" => self.rates_assumption(value, clause, cx),
            _ => {
                self.unknown_setting(setting, BlockKind::Scenario, &["balance_sheet", "rates"]);
                None
            }
        };
        let Some(assumed) = assumed else {
            return;
        };
        let said = Said {
            key,
            value: assumed,
            text: spelling::with_values(&spelling::expression(value), cx),
            span: path.span,
            original: None,
        };
        self.put(stage, clause, said);
    }

    /// `forwards`, `constant` or `paths(…)`.
    fn rates_assumption(
        &mut self,
        value: &tree::Expression,
        clause: &Clause,
        cx: &Context,
    ) -> Option<Value> {
        let words = ["forwards", "constant", "paths"];
        let (word, parted, _) = self.constructor(value, "rates", &words)?;
        Some(match word {
            "forwards" => Value::Rates(RatesAssumption::Forwards),
            "constant" => Value::Rates(RatesAssumption::Constant),
            _ => Value::Paths(Box::new(self.paths(&parted, clause, value.span, cx)?)),
        })
    }

    /// Puts a statement on the stage: over what lies below, once in the scenario's own text.
    pub(super) fn put(&mut self, stage: &mut Stage<'_>, clause: &Clause, said: Said) {
        let Said {
            key,
            value,
            text,
            span,
            original,
        } = said;
        let mut origin: Origin = self.origin(clause.span, &clause.metadata);
        if origin.reasons.because.is_none() && origin.reasons.source.is_none() {
            let declared = stage.reasons.clone();
            origin.reasons.because = declared.because;
            origin.reasons.source = declared.source;
        }
        origin.reasons.owner = origin.reasons.owner.or_else(|| stage.reasons.owner.clone());
        origin.reasons.review = origin.reasons.review.or(stage.reasons.review);
        let mut chain = Vec::new();
        match stage.below.get(&key) {
            Some(entry) => {
                chain.clone_from(&entry.chain);
                chain.push(entry.statement);
                origin.replaced.clone_from(&entry.origin.replaced);
                origin.replaced.push(Replaced {
                    value: entry.text.clone(),
                    file: entry.origin.file.clone(),
                    line: entry.origin.line,
                });
            }
            None => {
                if let Some((text, span)) = original {
                    let place = self.place(span);
                    origin.replaced.push(Replaced {
                        value: text,
                        file: place.file,
                        line: place.line,
                    });
                }
            }
        }
        if let Some(first) = stage.own.get(&key).copied() {
            let what = key.strip_prefix("shock ").unwrap_or(&key).to_owned();
            let twice = if key.starts_with("shock ") {
                format!("{what} is shocked twice in `{}`", stage.name)
            } else {
                format!("`{what}` is said twice in `{}`", stage.name)
            };
            self.report(
                Diagnostic::error(code::SHOCKED_TWICE, twice)
                    .at(span, "again here")
                    .also(first, "first here")
                    .help(if key.starts_with("shock ") {
                        "add the two in one line, or name them apart"
                    } else {
                        "leave one of them out"
                    }),
            );
            return;
        }
        stage.own.insert(key.clone(), span);
        let statement = self.next_statement(stage.key.as_str(), &key);
        stage.flat.insert(
            key,
            Entry {
                statement,
                chain,
                value,
                text,
                origin,
                span,
            },
        );
    }

    fn next_statement(&mut self, scenario: &str, key: &str) -> u32 {
        let next = self.statements.len() as u32;
        *self
            .statements
            .entry(format!("{scenario} / {key}"))
            .or_insert(next)
    }
}

/// An empty flat scenario.
pub(super) fn empty() -> Flat {
    IndexMap::new()
}
