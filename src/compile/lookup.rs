//! What a name in the text stands for: definitions, blocks of a kind, curves and calendars.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::Context;
use super::names::{DefId, Found, PROJECT};
use super::reference::segment_span;
use super::suggest::{listed, nearest};
use super::vocabulary;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Type;
use crate::syntax::tree::{self, ExpressionKind, Item, Reference};

impl Compiler<'_> {
    /// The name of a curve or spread of a market.
    pub(super) fn curve_name(&mut self, expression: &tree::Expression) -> Option<String> {
        let typed = match &expression.kind {
            ExpressionKind::Reference(reference) if reference.arguments.is_none() => {
                let name = reference.path.text();
                if let Some(factor) = self.factors.get_mut(&name) {
                    factor.read = true;
                    if factor.ty == Type::Curve {
                        return Some(name);
                    }
                }
                name
            }
            ExpressionKind::Broken => return None,
            _ => self.written(expression.span),
        };
        if self.in_broken_line(&typed) {
            return None;
        }
        let curves: Vec<String> = self
            .factors
            .iter()
            .filter(|(_, f)| f.ty == Type::Curve)
            .map(|(name, _)| name.clone())
            .collect();
        let near = nearest(&typed, curves.iter().map(String::as_str)).map(str::to_owned);
        let error = Diagnostic::error(
            code::UNKNOWN_NAME,
            format!("`{typed}` is no curve of a market"),
        )
        .at(expression.span, "");
        self.report(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("name a `curve` or `spread` of the market"),
        });
        None
    }

    /// A business calendar by name.
    pub(super) fn calendar_name(&mut self, expression: &tree::Expression) -> Option<String> {
        match word_of(expression) {
            Some(word) if vocabulary::CALENDARS.contains(&word) => Some(word.to_owned()),
            _ => {
                self.one_of_words("calendar", &vocabulary::CALENDARS, expression.span);
                None
            }
        }
    }

    /// The full name of a family and the type of its parameter, for `found(family)`.
    pub(super) fn family_of(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<(String, Type)> {
        let ExpressionKind::Reference(reference) = &expression.kind else {
            return None;
        };
        let id = self.find_definition(reference, cx)?;
        self.named.insert(id);
        let definition = self.definition(id)?;
        if let Item::Block(block) = &definition.declaration.item
            && let Some(parameter) = block.parameters.as_ref().and_then(|p| p.first())
        {
            let ty = self.header_type(&parameter.value_type, definition.scope);
            return Some((self.names.full_name(id), ty));
        }
        self.report(
            Diagnostic::error(code::TYPES, "`found` names a family of scenarios")
                .at(expression.span, "")
                .help("a family has a parameter: `scenario parallel(size: rate)`"),
        );
        None
    }

    /// The definition that a plain reference names; reports what is unknown.
    pub(super) fn find_definition(&mut self, reference: &Reference, cx: &Context) -> Option<DefId> {
        self.find_path(&reference.path, cx)
    }

    /// The definition that a path names; reports what is unknown.
    pub(super) fn find_path(&mut self, path: &tree::Path, cx: &Context) -> Option<DefId> {
        let segments: Vec<&str> = path.segments.iter().map(|s| s.text.as_str()).collect();
        match self.names.find(cx.scope, &segments) {
            Found::Definition(id, used) if used == segments.len() => {
                self.named.insert(id);
                Some(id)
            }
            Found::Broken => None,
            Found::NoMember(module, used) => {
                let name = segments.get(used).copied().unwrap_or_default();
                let span = segment_span(path, used);
                let error = self.names.no_member(module, name, span);
                self.report(error);
                None
            }
            _ => {
                self.unknown_path(path, None, cx);
                None
            }
        }
    }

    /// The project's blocks of a kind, the first few.
    pub(super) fn names_of_kind(&self, kind: tree::BlockKind) -> Vec<&str> {
        self.names
            .of_scope(PROJECT)
            .filter_map(|id| self.names.definitions.get(id.0 as usize))
            .filter(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == kind))
            .map(|d| d.declaration.name.text.as_str())
            .take(6)
            .collect()
    }

    /// Whether a definition is a block of a kind; reports it if not.
    pub(super) fn expect_kind(&mut self, id: DefId, kind: tree::BlockKind, span: Span) -> bool {
        let Some(definition) = self.definition(id) else {
            return false;
        };
        let item = &definition.declaration.item;
        if matches!(item, Item::Block(block) if block.kind == kind) {
            return true;
        }
        let article = |word: &str| {
            if word.starts_with(['a', 'e', 'i']) {
                "an"
            } else {
                "a"
            }
        };
        let (is, due) = (item.word(), kind.word());
        let known = self.names_of_kind(kind);
        let error = Diagnostic::error(
            code::TYPES,
            format!(
                "{} {due} is due here, `{}` is {} {is}",
                article(due),
                definition.declaration.name.text,
                article(is)
            ),
        )
        .at(span, "")
        .also(definition.declaration.name.span, "defined here");
        self.report(match known.as_slice() {
            [] => error,
            [only] => error.help(format!("there is one: `{only}`")),
            _ => error.help(format!("there are {}", listed(&known))),
        });
        false
    }
}
