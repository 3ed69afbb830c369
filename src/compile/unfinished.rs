//! What this version checks and does not run: hedges.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Heading, Type};
use crate::syntax::tree::{self, Block, BlockKind, ClauseBody, ExpressionKind, Item};

impl Compiler<'_> {
    /// Reads a declaration that has no number of its own, to find its errors.
    pub(super) fn check_unnumbered(&mut self, id: DefId) {
        let Some(definition) = self.definition(id) else {
            return;
        };
        match &definition.declaration.item {
            Item::Binding(binding) if binding.value_type.name.text == "selection" => {
                self.let_selection(id, binding, definition.declaration.name.span);
            }
            Item::Block(block) => match block.kind {
                BlockKind::Book => {
                    self.book(id);
                }
                BlockKind::Market => {
                    self.market(id);
                }
                BlockKind::Plan => {
                    self.new_business(id);
                }
                BlockKind::Ftp => self.transfer_rule(id, block),
                BlockKind::Hedge => self.check_programme(id, block),
                _ => {}
            },
            _ => {}
        }
    }

    /// Hedging programmes.
    fn check_programme(&mut self, id: DefId, block: &Block) {
        let cx = Context::new(self.scope_of(id));
        for selection in &block.head.on {
            self.selection(selection, &cx);
        }
        let keys: &[&str] = &["product", "measure", "ratio", "every"];
        let required = keys;
        let mut said: Vec<String> = Vec::new();
        for clause in &block.clauses {
            let ClauseBody::Setting(setting) = &clause.body else {
                self.misplaced(&clause.body, clause.span, block.kind);
                continue;
            };
            let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
                self.unknown_setting(setting, block.kind, keys);
                continue;
            };
            let key = path.text();
            said.push(key.clone());
            match (block.kind, key.as_str()) {
                (BlockKind::Hedge, "ratio") => {
                    self.expect(value, &Expected::new(Type::Ratio), &cx);
                }
                (BlockKind::Hedge, "product") => {
                    self.product_named(value, &cx);
                }
                (BlockKind::Hedge, "every") => {
                    self.literal_tenor(value, "`every`", &cx);
                }
                (BlockKind::Hedge, "measure") => {
                    let inner = cx.at(super::context::Place::Fold(super::context::Members::Open));
                    self.expression(value, None, &inner);
                }
                _ => self.unknown_setting(setting, block.kind, keys),
            }
        }
        let missing: Vec<&str> = required
            .iter()
            .filter(|key| !said.iter().any(|s| s == *key))
            .copied()
            .collect();
        if !missing.is_empty() && block.broken.is_empty() {
            let heading = self.heading(id);
            self.lacks_settings(&heading, &missing);
        }
    }

    pub(super) fn lacks_settings(&mut self, heading: &Heading, missing: &[&str]) {
        let listed = super::suggest::listed(missing);
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

    pub(super) fn is_product(&self, value: &tree::Expression, cx: &Context) -> bool {
        let ExpressionKind::Reference(reference) = &value.kind else {
            return false;
        };
        let segments: Vec<&str> = reference
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        match self.names.find(cx.scope, &segments) {
            super::names::Found::Definition(id, _) => {
                self.definition(id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Product))
            }
            _ => false,
        }
    }
}
