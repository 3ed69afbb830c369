//! Selections: sets of positions, put in where they are named.

use std::collections::{BTreeMap, BTreeSet};

use super::compiler::Compiler;
use super::context::{Context, Members, Place};
use super::names::{DefId, Found};
use super::typing::Typed;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Node, Selection, Type};
use crate::syntax::tree::{
    self, ArgumentName, Binding, BlockKind, ClauseBody, ExpressionKind, Item, Key, ListingKind,
    Reference,
};

impl Compiler<'_> {
    /// A selection; reports what is none.
    pub(super) fn selection(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<Selection> {
        match &expression.kind {
            ExpressionKind::Where { of, condition } => {
                let selection = self.selection(of, cx);
                let members = selection
                    .as_ref()
                    .map(|s| self.members_of(s))
                    .unwrap_or_default();
                let condition = self.condition(condition, &cx.at(Place::Position(members)));
                Some(Selection::Where(Box::new(selection?), Box::new(condition)))
            }
            ExpressionKind::Sum { first, rest } => {
                let mut all = self.selection(first, cx);
                for addend in rest {
                    let next = self.selection(&addend.value, cx);
                    all = match (all, next) {
                        (Some(all), Some(next)) if addend.negative => {
                            Some(Selection::Difference(Box::new(all), Box::new(next)))
                        }
                        (Some(all), Some(next)) => {
                            Some(Selection::Union(Box::new(all), Box::new(next)))
                        }
                        _ => None,
                    };
                }
                all
            }
            ExpressionKind::Broken => None,
            _ => {
                let typed =
                    self.expression(expression, Some(&Type::Selection), &cx.at(Place::Plain));
                match typed.expression.node {
                    Node::Selection(selection) => Some(*selection),
                    _ if typed.is_unknown() => None,
                    // The body of a function before a call puts its selection in.
                    Node::Local(_) if *typed.ty() == Type::Selection => Some(Selection::All),
                    _ => {
                        let a = self.a_type(typed.ty());
                        self.report(
                            Diagnostic::error(code::TYPES, format!("a selection of positions is due here, this is {a}"))
                                .at(expression.span, "")
                                .help("a selection is an instrument, `all`, `assets`, `liabilities`, `derivatives`, `off_balance` or a `let … : selection`"),
                        );
                        None
                    }
                }
            }
        }
    }

    /// A selection as a value.
    pub(super) fn selection_value(&mut self, expression: &tree::Expression, cx: &Context) -> Typed {
        match self.selection(expression, cx) {
            Some(selection) => Typed::fixed(
                Node::Selection(Box::new(selection)),
                Type::Selection,
                expression.span,
            ),
            None => Typed::unknown(expression.span),
        }
    }

    pub(super) fn selection_word(&self, name: &str) -> Option<Selection> {
        Some(match name {
            "all" => Selection::All,
            "assets" => Selection::Assets,
            "liabilities" => Selection::Liabilities,
            "derivatives" => Selection::Derivatives,
            "off_balance" => Selection::OffBalance,
            "equity" => Selection::Equity,
            _ => return None,
        })
    }

    /// The positions of an instrument, or one lot of it.
    pub(super) fn instrument_selection(
        &mut self,
        id: DefId,
        reference: &Reference,
    ) -> Option<Selection> {
        let instrument = self.instrument_id(id);
        let Some(arguments) = &reference.arguments else {
            return Some(Selection::Instrument(instrument));
        };
        if let [only] = arguments.as_slice()
            && let ExpressionKind::Text(text) = &only.value.kind
        {
            return Some(Selection::Lot(instrument, text.value.clone()));
        }
        self.report(
            Diagnostic::error(
                code::ARGUMENTS,
                format!("`{}` takes the id of one position", reference.path.text()),
            )
            .at(reference.span, "")
            .help(format!(
                "`{0}(\"…\")` is one position, `{0} where …` some of them",
                reference.path.text()
            )),
        );
        None
    }

    /// A `let` of type selection, read in the scope in which it stands.
    pub(super) fn let_selection(
        &mut self,
        id: DefId,
        binding: &Binding,
        span: Span,
    ) -> Option<Selection> {
        let Some(value) = &binding.value else {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "a selection is no demand: it needs a value",
                )
                .at(span, "")
                .help("write `let x: selection = …`"),
            );
            return None;
        };
        if let Some(start) = self.inlining.iter().position(|other| *other == id) {
            let circle: Vec<String> = self
                .inlining
                .iter()
                .skip(start)
                .map(|id| self.names.full_name(*id))
                .collect();
            let told = circle.iter().any(|name| self.circles_told.contains(name));
            self.circles_told.extend(circle.iter().cloned());
            if !told {
                let first = self.names.full_name(id);
                self.report(
                    Diagnostic::error(code::CIRCULAR, format!("`{first}` is defined by itself"))
                        .at(span, "")
                        .note(format!("the circle: {} → {first}", circle.join(" → ")))
                        .help("a selection is made of instruments and of selections that do not hold it"),
                );
            }
            return None;
        }
        self.inlining.push(id);
        let scope = self.scope_of(id);
        let selection = self.selection(value, &Context::new(scope));
        self.inlining.pop();
        selection
    }

    /// The instruments that a selection can hold.
    pub(super) fn members_of(&self, selection: &Selection) -> Members {
        match selection {
            Selection::Instrument(id) | Selection::Lot(id, _) => match self.instrument_def(*id) {
                Some(def) => Members::Only(vec![def]),
                None => Members::Open,
            },
            Selection::Union(a, b) => match (self.members_of(a), self.members_of(b)) {
                (Members::Only(mut a), Members::Only(b)) => {
                    a.extend(b);
                    a.sort_unstable();
                    a.dedup();
                    Members::Only(a)
                }
                _ => Members::Open,
            },
            Selection::Difference(a, _) | Selection::Where(a, _) => self.members_of(a),
            _ => Members::Open,
        }
    }

    /// Whether positions of an instrument have a term or dimension: mapped in it, or given where a position is included.
    pub(super) fn has_term(&self, instrument: DefId, name: &str) -> bool {
        self.given_terms
            .get(&instrument)
            .is_some_and(|terms| terms.contains(name))
    }

    /// Notes which terms each instrument maps, and which its positions in the text give.
    pub(super) fn collect_given_terms(&mut self) {
        let mut terms: BTreeMap<DefId, BTreeSet<String>> = BTreeMap::new();
        for (index, definition) in self.names.definitions.iter().enumerate() {
            let Item::Block(block) = &definition.declaration.item else {
                continue;
            };
            let id = DefId(index as u32);
            match block.kind {
                BlockKind::Instrument => {
                    let own = terms.entry(id).or_default();
                    for clause in &block.clauses {
                        if let ClauseBody::Setting(setting) = &clause.body {
                            for key in &setting.keys {
                                if let Key::Path(path) = key {
                                    own.extend(path.segments.last().map(|s| s.text.clone()));
                                }
                            }
                        }
                    }
                }
                BlockKind::Book | BlockKind::Test => {
                    for clause in &block.clauses {
                        let ClauseBody::Listing(listing) = &clause.body else {
                            continue;
                        };
                        if listing.kind != ListingKind::Include {
                            continue;
                        }
                        for item in &listing.items {
                            let ExpressionKind::Reference(reference) = &item.kind else {
                                continue;
                            };
                            let segments: Vec<&str> = reference
                                .path
                                .segments
                                .iter()
                                .map(|s| s.text.as_str())
                                .collect();
                            let Found::Definition(id, _) =
                                self.names.find(definition.scope, &segments)
                            else {
                                continue;
                            };
                            let given =
                                reference.arguments.iter().flatten().filter_map(|argument| {
                                    match &argument.name {
                                        Some(ArgumentName::Name(name)) => Some(name.text.clone()),
                                        _ => None,
                                    }
                                });
                            terms.entry(id).or_default().extend(given);
                        }
                    }
                }
                _ => {}
            }
        }
        self.given_terms = terms;
    }
}
