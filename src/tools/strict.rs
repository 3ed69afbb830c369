//! `check --strict`: every assumption says why, and no review is past.

use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, SourceMap, Span, codes};
use crate::plan::Plan;
use crate::syntax::tree::{BlockKind, ClauseBody, File, Item, Metadata, MetadataValue};

/// Assumptions without a `because` or `source` on their line or declaration, and reviews before the book's date.
///
/// An assumption is a literal in a behaviour, plan, table, `let`, shape, shock, `set`, limit or action.
pub fn assumptions(trees: &[File], map: &SourceMap, plan: &Plan) -> Vec<Diagnostic> {
    let book = plan.books.iter().map(|book| book.date).max();
    let mut found = Vec::new();
    for declaration in trees.iter().flat_map(|tree| &tree.declarations) {
        reviews(&declaration.metadata, book, &mut found);
        let given = has_reason(&declaration.metadata);
        let mut line = |span: Span, metadata: &[Metadata], assumes: bool| {
            reviews(metadata, book, &mut found);
            let body = before(span, metadata);
            let text = map.slice(body);
            if assumes && !given && !has_reason(metadata) && holds_literal(text) {
                let shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
                found.push(
                    Diagnostic::error(
                        codes::compile::NO_REASON,
                        format!("`{shown}` has no reason"),
                    )
                    .at(body, "an assumption")
                    .help(
                        "add `because \"…\"` or `source \"…\"` to the line or to its declaration",
                    ),
                );
            }
        };
        match &declaration.item {
            Item::Table(table) => {
                for row in &table.rows {
                    line(row.span, &row.metadata, true);
                }
            }
            Item::Binding(binding) if binding.value.is_some() => {
                line(declaration.span, &declaration.metadata, true)
            }
            Item::Shape(_) => line(declaration.span, &declaration.metadata, true),
            Item::Block(block) => {
                for clause in &block.clauses {
                    let assumes = matches!(
                        (block.kind, &clause.body),
                        (
                            BlockKind::Behaviour
                                | BlockKind::Plan
                                | BlockKind::Limit
                                | BlockKind::Action,
                            _
                        ) | (
                            BlockKind::Scenario,
                            ClauseBody::Shock(_) | ClauseBody::Set(_)
                        )
                    );
                    line(clause.span, &clause.metadata, assumes);
                }
            }
            _ => {}
        }
    }
    found
}

fn has_reason(metadata: &[Metadata]) -> bool {
    metadata.iter().any(|m| {
        matches!(
            m.value,
            MetadataValue::Because(_) | MetadataValue::Source(_)
        )
    })
}

fn reviews(metadata: &[Metadata], book: Option<Date>, found: &mut Vec<Diagnostic>) {
    for entry in metadata {
        let MetadataValue::Review(review) = &entry.value else {
            continue;
        };
        let Some((book, review)) = book
            .zip(Date::from_ymd(review.year.into(), review.month.into(), review.day.into()).ok())
        else {
            continue;
        };
        if review < book {
            found.push(
                Diagnostic::error(
                    codes::compile::REVIEW_PAST,
                    format!("the review of {review} lies before the book's date {book}"),
                )
                .at(entry.span, "past")
                .help("review the assumption and write the date of the next review"),
            );
        }
    }
}

/// The part of a line before its metadata.
fn before(span: Span, metadata: &[Metadata]) -> Span {
    let end = metadata
        .iter()
        .map(|m| m.span.start)
        .filter(|start| *start > span.start)
        .min()
        .unwrap_or(span.end);
    Span { end, ..span }
}

/// Whether a text holds a number outside of names, quotes and columns.
fn holds_literal(text: &str) -> bool {
    let mut within: Option<char> = None;
    let mut before = ' ';
    for character in text.chars() {
        match (within, character) {
            (Some(end), _) if end == character => within = None,
            (Some(_), _) => {}
            (None, '"') => within = Some('"'),
            (None, '[') => within = Some(']'),
            (None, digit)
                if digit.is_ascii_digit() && !(before.is_alphanumeric() || before == '_') =>
            {
                return true;
            }
            _ => {}
        }
        before = character;
    }
    false
}
