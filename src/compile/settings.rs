//! The head and the settings of a block that holds settings alone: for what it is, and `key = value`, each once.

use super::compiler::Compiler;
use super::context::Context;
use super::mapping::article;
use super::suggest::{listed, nearest};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Heading, Selection};
use crate::syntax::tree::{self, Block, BlockKind, Clause, ClauseBody, Key, Setting};

/// One setting of a block.
pub(super) struct PlainSetting<'b> {
    /// One of the keys that the block has.
    pub(super) key: &'static str,
    /// What it is set to; the first where several are listed.
    pub(super) value: &'b tree::Expression,
    pub(super) setting: &'b Setting,
    pub(super) clause: &'b Clause,
}

impl Compiler<'_> {
    /// The settings of a block in text order. What is no setting, has no such key, is said twice or is needed and not there is
    /// reported.
    pub(super) fn plain_settings<'b>(
        &mut self,
        block: &'b Block,
        heading: &Heading,
        keys: &[&'static str],
        needed: &[&'static str],
    ) -> Vec<PlainSetting<'b>> {
        let mut found: Vec<PlainSetting<'b>> = Vec::new();
        for clause in &block.clauses {
            let ClauseBody::Setting(setting) = &clause.body else {
                self.misplaced(&clause.body, clause.span, block.kind);
                continue;
            };
            let key = setting.path().map(tree::Path::text);
            let key = key.and_then(|text| keys.iter().find(|key| **key == text));
            let (Some(key), Some(value)) = (key, setting.values.first()) else {
                self.unknown_setting(setting, block.kind, keys);
                continue;
            };
            if let Some(first) = found.iter().find(|other| other.key == *key) {
                self.said_twice(key, setting.span, first.setting.span);
            }
            found.push(PlainSetting {
                key,
                value,
                setting,
                clause,
            });
        }
        let missing: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|key| !found.iter().any(|setting| setting.key == *key))
            .collect();
        if !missing.is_empty() && block.broken.is_empty() {
            self.lacks_settings(heading, &missing);
        }
        found
    }

    /// The selections that stand after `on`; a block that has none is told.
    pub(super) fn headed_selections(
        &mut self,
        block: &Block,
        heading: &Heading,
        cx: &Context,
    ) -> Vec<Selection> {
        let example = format!("{} {} on mortgage {{", block.kind.word(), heading.short);
        self.need_selections(block, heading, "for which positions it is", &example);
        let on = block.head.on.iter();
        on.filter_map(|selection| self.selection(selection, cx))
            .collect()
    }

    /// Reports a block that has no `on`; `what` ends the sentence that it does not say so, `example` is how it begins.
    pub(super) fn need_selections(
        &mut self,
        block: &Block,
        heading: &Heading,
        what: &str,
        example: &str,
    ) {
        if !block.head.on.is_empty() {
            return;
        }
        let error = Diagnostic::error(
            code::MISSING_SETTING,
            format!("`{}` does not say {what}", heading.short),
        )
        .help(format!("write `{example}`"));
        self.report(match heading.origin.span {
            Some(span) => error.at(span, ""),
            None => error,
        });
    }

    /// Reports the settings that a block needs and does not have.
    pub(super) fn lacks_settings(&mut self, heading: &Heading, missing: &[&str]) {
        let listed = listed(missing);
        let error = Diagnostic::error(
            code::MISSING_SETTING,
            format!("`{}` lacks {listed}", heading.short),
        );
        let example = match missing.first() {
            Some(&"do") => {
                "write what is done: `do sell(bond, proceeds = 300mn EUR, order = smallest_loss)`"
            }
            Some(&"when") => "write when it is done: `when lcr < 110%`",
            Some(&"base") => "write a price of money: `base = matched(EUR_OIS)`",
            _ => "there is no default for them",
        };
        let error = error.help(example);
        self.report(match heading.origin.span {
            Some(span) => error.at(span, ""),
            None => error,
        });
    }

    /// Reports a line that says again what another says.
    pub(super) fn said_twice(&mut self, name: &str, second: Span, first: Span) {
        self.report(
            Diagnostic::error(code::DEFINED_TWICE, format!("`{name}` is said twice"))
                .at(second, "again here")
                .also(first, "first here")
                .help("leave one of them out"),
        );
    }

    /// Reports a setting that a block does not take, with the nearest that it does.
    pub(super) fn unknown_setting(&mut self, setting: &Setting, kind: BlockKind, keys: &[&str]) {
        let Some(first) = setting.keys.first() else {
            return;
        };
        let span = first.span();
        let name = match first {
            Key::Path(path) => path.text(),
            _ => self.written(span),
        };
        let word = kind.word();
        let error = Diagnostic::error(
            code::UNKNOWN_SETTING,
            format!("{} {word} has no `{name}`", article(word)),
        )
        .at(span, "");
        self.report(match nearest(&name, keys.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if keys.is_empty() => error,
            None => error.help(format!("it takes {}", listed(keys))),
        });
    }

    /// Reports a verb in a block that does not take it.
    pub(super) fn misplaced(&mut self, body: &ClauseBody, span: Span, kind: BlockKind) {
        let Some(verb) = body.verb() else {
            if let ClauseBody::Setting(setting) = body {
                self.unknown_setting(setting, kind, &[]);
            }
            return;
        };
        let home = match verb {
            "shock" | "set" | "allow" | "forbid" => "a scenario",
            "when" | "do" => "an action",
            "require" => "a limit",
            "run" | "report" | "step" | "settle" | "search" => "an exercise",
            "given" | "expect" => "a test",
            "include" | "exclude" | "reconcile" => "a book",
            "new" | "replace" | "grow" | "target" => "a plan",
            _ => "a market",
        };
        let word = kind.word();
        let error = Diagnostic::error(
            code::WRONG_PLACE,
            format!(
                "`{verb}` belongs in {home}, this is {} {word}",
                article(word)
            ),
        )
        .at(
            Span {
                end: span.start.saturating_add(verb.len() as u32),
                ..span
            },
            "",
        );
        self.report(match (verb, kind) {
            ("shock", BlockKind::Behaviour) => {
                error.help("to change the assumption in a stress: `set … = …` in a scenario")
            }
            ("shock" | "set", BlockKind::Exercise) => error.help("write a scenario and `run` it"),
            _ => error.help(format!("put the line into {home}")),
        });
    }
}
