//! Declarations without a number of their own.

use super::compiler::Compiler;
use super::context::Context;
use super::names::DefId;
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
