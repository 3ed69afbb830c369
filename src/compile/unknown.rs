//! Names that mean nothing where they stand: what was probably meant, and no second error for what follows from a first.

use super::compiler::Compiler;
use super::context::{Context, Place};
use super::names::{DefId, PROJECT};
use super::reference::{MEASURES, SELECTION_WORDS, TERMS, WINDOWED, measure};
use super::suggest;
use super::vocabulary::{FOLDS, FUNCTIONS};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Domain, Type};
use crate::syntax::tree::{self, BlockKind, Item};

/// How the language writes what other tools call by another name.
fn habit(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "maximum" | "greatest" => "`max(a, b)`",
        "minimum" | "least" => "`min(a, b)`",
        "avg" | "mean" => "`average(… during 12M)`",
        "round" | "mround" => "`rounded(x, 1bp)`",
        "iif" | "ifs" | "case" | "switch" => "`if … then … else …`",
        "sumif" | "sumifs" | "sumproduct" => "`sum(selection where condition: measure)`",
        "vlookup" | "xlookup" | "lookup" => {
            "as a table that is called with its key, `outflow_rate(outflow_class)`"
        }
        "today" | "now" => "as the book's date: `at 2026-09-30` in its header",
        "npv" | "xnpv" => "`sum(selection: pv)`",
        "pow" => "`power(x, n)`",
        "ln" => "`log(x)`",
        "null" | "none" | "nan" | "na" => {
            "as a stated value: `otherwise = …` says what stands for a missing one"
        }
        _ => return None,
    })
}

/// Whether lines of a block could not be read at all.
fn has_gaps(item: &Item) -> bool {
    match item {
        Item::Block(block) => !block.broken.is_empty(),
        Item::Table(table) => !table.broken.is_empty(),
        _ => false,
    }
}

/// A call of a measure that runs over a window, as it should be.
fn windowed_example(name: &str) -> String {
    match name {
        "maturing" | "repricing" | "repricing_flow" | "unrepriced" | "encumbered_share" => {
            format!("{name}(residual)")
        }
        "key_rate" => "key_rate(5Y)".to_owned(),
        _ => format!("{name}(30d)"),
    }
}

impl Compiler<'_> {
    /// Whether an error was already reported inside a place: what follows from it is not told as well.
    pub(super) fn wrong_within(&self, span: Span) -> bool {
        self.errors_within(span).next().is_some()
    }

    fn errors_within(&self, span: Span) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |d| {
            d.is_error()
                && d.primary.as_ref().is_some_and(|label| {
                    label.span.file == span.file
                        && span.start <= label.span.start
                        && label.span.end <= span.end
                })
        })
    }

    /// Whether something in a declaration is wrong already.
    pub(super) fn is_broken(&self, id: DefId) -> bool {
        self.definition(id)
            .is_some_and(|d| has_gaps(&d.declaration.item) || self.wrong_within(d.declaration.span))
    }

    /// Whether a line of a declaration is not understood: it may be the one that seems to be missing.
    pub(super) fn is_misread(&self, id: DefId) -> bool {
        self.definition(id).is_some_and(|d| {
            has_gaps(&d.declaration.item)
                || self
                    .errors_within(d.declaration.span)
                    .any(|error| error.code == code::UNKNOWN_SETTING)
        })
    }

    /// Whether a block of one of these kinds is wrong already, so that a run of it means little.
    pub(super) fn any_broken(&self, kinds: &[BlockKind]) -> bool {
        self.names.of_scope(PROJECT).any(|id| {
            self.definition(id).is_some_and(|d| {
                matches!(&d.declaration.item, Item::Block(block) if kinds.contains(&block.kind))
            }) && self.is_broken(id)
        })
    }

    /// Whether a declaration of the project could not be read at all: what seems to be missing may be there.
    pub(super) fn has_gaps(&self) -> bool {
        let mut own = self.sources.iter().filter(|source| source.module.is_none());
        own.any(|source| !source.tree.broken.is_empty())
    }

    /// Whether a name stands in a declaration, or in a line of a market, that could not be read: it may be defined there.
    pub(super) fn in_broken_line(&self, name: &str) -> bool {
        let blocks = self
            .names
            .definitions
            .iter()
            .filter_map(|d| match &d.declaration.item {
                Item::Block(block) if block.kind == BlockKind::Market => Some(block),
                _ => None,
            });
        let own = self.sources.iter().filter(|source| source.module.is_none());
        let items = own.flat_map(|source| source.tree.broken.iter().map(|broken| &broken.span));
        blocks
            .flat_map(|block| &block.broken)
            .chain(items)
            .any(|span| {
                let text = self.map.slice(*span);
                text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .any(|word| word == name)
            })
    }

    /// Reports a path that means nothing: its first part, since nothing is known beyond that.
    pub(super) fn unknown_path(&mut self, path: &tree::Path, hint: Option<&Type>, cx: &Context) {
        match path.segments.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                self.unknown_name(&first.text, first.span, hint, cx)
            }
            _ => self.unknown_name(&path.text(), path.span, hint, cx),
        }
    }

    /// Reports a name that has a meaning, but not in this place.
    fn known_elsewhere(&mut self, name: &str, span: Span, cx: &Context) -> bool {
        let error = if matches!(cx.place, Place::Fold(_)) && WINDOWED.contains(&name) {
            Diagnostic::error(
                code::ARGUMENTS,
                format!("`{name}` says nothing of its window"),
            )
            .help(format!("write `{}`", windowed_example(name)))
        } else if matches!(cx.place, Place::Position(_))
            && (measure(name).is_some() || WINDOWED.contains(&name))
        {
            Diagnostic::error(
                code::WRONG_PLACE,
                format!("`{name}` is a measure, positions are chosen by their terms and dimensions"),
            )
            .help("compare a term, such as `principal` or `remaining`, or a dimension, such as `rating`")
        } else {
            return false;
        };
        self.report(error.at(span, ""));
        true
    }

    /// Reports a name that means nothing here, with the nearest that would.
    pub(super) fn unknown_name(
        &mut self,
        name: &str,
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) {
        // Where it is not known what is due, the name may be a value of it.
        if hint == Some(&Type::Unknown) || self.in_broken_line(name) {
            return;
        }
        if self.known_elsewhere(name, span, cx) {
            return;
        }
        let mut error =
            Diagnostic::error(code::UNKNOWN_NAME, format!("`{name}` is not known")).at(span, "");
        let mut candidates: Vec<(String, Option<Span>)> = Vec::new();
        if let Some(Type::Member(id)) = hint {
            let known = match self
                .dimensions
                .get(id.index())
                .map(|d| (&d.domain, &d.heading))
            {
                Some((Domain::Closed { members, .. }, heading)) => {
                    let names: Vec<String> = members.iter().map(|m| m.name.clone()).collect();
                    Some((names, heading.short.clone()))
                }
                _ => None,
            };
            if let Some((names, dimension)) = known {
                error = Diagnostic::error(
                    code::UNKNOWN_NAME,
                    format!("`{name}` is no value of `{dimension}`"),
                )
                .at(span, "");
                let near =
                    suggest::nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
                let listed = self.member_names(*id);
                self.report(match near {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("its values are {listed}")),
                });
                return;
            }
        }
        if let Some(scope) = self.names.scope(cx.scope) {
            for (own, id) in scope.own.iter().chain(scope.members.iter()) {
                candidates.push((
                    own.clone(),
                    self.definition(*id).map(|d| d.declaration.name.span),
                ));
            }
            candidates.extend(scope.aliases.keys().map(|alias| (alias.clone(), None)));
        }
        candidates.extend(
            self.factors
                .iter()
                .map(|(name, factor)| (name.clone(), Some(factor.span))),
        );
        candidates.extend(cx.locals.iter().map(|(name, _)| (name.clone(), None)));
        if matches!(cx.place, Place::Fold(_)) {
            candidates.extend(WINDOWED.iter().map(|name| ((*name).to_owned(), None)));
        }
        // In a condition a measure is refused, with what may stand there; that is told next.
        if matches!(cx.place, Place::Fold(_) | Place::Position(_)) {
            candidates.extend(MEASURES.iter().map(|name| ((*name).to_owned(), None)));
        }
        if !matches!(cx.place, Place::Plain | Place::Rows) {
            candidates.extend(TERMS.iter().map(|(name, _, _)| ((*name).to_owned(), None)));
        }
        for name in FUNCTIONS.iter().chain(&FOLDS).chain(&SELECTION_WORDS) {
            candidates.push(((*name).to_owned(), None));
        }
        if hint == Some(&Type::Currency) {
            let known = [
                "EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "CAD", "AUD", "SGD",
            ];
            candidates.extend(known.map(|code| (code.to_owned(), None)));
        }
        let near = suggest::nearest(name, candidates.iter().map(|(name, _)| name.as_str()));
        let place = near
            .and_then(|near| candidates.iter().find(|(n, _)| n == near))
            .and_then(|(_, span)| *span);
        let error = match (near, place) {
            (Some(near), Some(place)) => error.help(format!(
                "did you mean `{near}` ({})?",
                super::names::at_line(self.map, place)
            )),
            (Some(near), None) => error.help(format!("did you mean `{near}`?")),
            _ => {
                // The name may be a value of some dimension that its place does not ask for.
                let owner = self
                    .dimensions
                    .0
                    .iter()
                    .flatten()
                    .find(|d| match &d.domain {
                        Domain::Closed { members, .. } => members.iter().any(|m| m.name == name),
                        _ => false,
                    });
                match owner {
                    _ if matches!(cx.place, Place::Mapping) && !name.contains('.') => error.help(
                        format!("a column of the file stands in square brackets: `[{name}]`"),
                    ),
                    Some(dimension) => error.help(format!(
                        "it is a value of `{}`: write `{} == {name}`",
                        dimension.heading.short, dimension.heading.short
                    )),
                    None => match habit(name) {
                        Some(ours) => error.help(format!("here it is written {ours}")),
                        None => error.help("define it, or bring it in with `use`"),
                    },
                }
            }
        };
        self.report(error);
    }
}
