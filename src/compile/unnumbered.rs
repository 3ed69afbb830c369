//! Declarations without a number of their own, and what blocks lack.

use super::compiler::Compiler;
use super::context::Context;
use super::names::DefId;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::Heading;
use crate::syntax::tree::{self, BlockKind, ExpressionKind, Item};

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
                _ => {}
            },
            _ => {}
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
