//! From the grammar's pairs to the tree. Nothing here panics: a shape that the grammar should not give becomes a
//! diagnostic about Plimsoll itself.

mod clause;
mod declaration;
mod expression;
mod literal;

pub(super) use declaration::name_of_broken;

use std::iter::Peekable;

use pest::iterators::{Pair, Pairs};

use super::grammar::Rule;
use super::scan::Token;
use super::tree::{Doc, File, Name, Path, Text, Use};
use crate::diagnostic::{Code, Diagnostic, FileId, Span, codes};

pub(super) type Node<'t> = Pair<'t, Rule>;

/// What lowering carries along.
pub(super) struct Lowering<'t> {
    file: FileId,
    source: &'t str,
    /// The tokens of the program, in order: they make spans tight.
    tokens: &'t [Token],
    /// Pieces that the grammar could not read, to be explained by what they hold.
    pub(super) junk: Vec<Junk>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A piece that the grammar could not read.
#[derive(Clone, Debug)]
pub(super) struct Junk {
    pub(super) place: JunkPlace,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Where an unreadable piece stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JunkPlace {
    /// Between declarations.
    File,
    /// In the block that this word opens.
    Block(&'static str),
}

impl<'t> Lowering<'t> {
    /// A lowering of `source`, whose program tokens are `tokens`.
    pub(super) fn new(file: FileId, source: &'t str, tokens: &'t [Token]) -> Self {
        Lowering {
            file,
            source,
            tokens,
            junk: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The whole file.
    pub(super) fn file(&mut self, pairs: Pairs<'t, Rule>) -> File {
        let mut file = File {
            module_doc: None,
            uses: Vec::new(),
            declarations: Vec::new(),
            broken: Vec::new(),
            span: Span::new(self.file, 0, self.source.len()),
        };
        let mut docs = Vec::new();
        for node in pairs.flat_map(Pair::into_inner) {
            match node.as_rule() {
                Rule::module_doc => docs.push(node),
                Rule::use_line => {
                    self.column_zero(&node);
                    file.uses.extend(self.use_line(node));
                }
                Rule::item => self.item(node, &mut file),
                Rule::EOI => {}
                _ => self.surprise(&node),
            }
        }
        file.module_doc = self.doc(docs, "//!");
        file
    }

    /// `use std.lcr as l: hqla`
    fn use_line(&mut self, node: Node<'t>) -> Option<Use> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let path = parts.path(self)?;
        let alias = if parts.take(Rule::k_as).is_some() {
            Some(parts.name(self)?)
        } else {
            None
        };
        let members = match parts.take(Rule::names) {
            Some(names) => self.names(names),
            None => Vec::new(),
        };
        Some(Use {
            path,
            alias,
            members,
            span,
        })
    }

    fn names(&mut self, node: Node<'t>) -> Vec<Path> {
        node.into_inner()
            .filter(|part| part.as_rule() == Rule::path)
            .map(|part| self.path(&part))
            .collect()
    }

    /// Joins documentation lines.
    fn doc(&self, nodes: Vec<Node<'t>>, mark: &str) -> Option<Doc> {
        let span = self.raw(nodes.first()?).to(self.raw(nodes.last()?));
        let lines: Vec<&str> = nodes
            .iter()
            .map(|node| {
                let line = node.as_str().strip_prefix(mark).unwrap_or("");
                line.strip_prefix(' ').unwrap_or(line).trim_end()
            })
            .collect();
        Some(Doc {
            text: lines.join("\n"),
            span,
        })
    }

    fn name(&self, node: &Node<'t>) -> Name {
        Name {
            text: node.as_str().to_string(),
            span: self.raw(node),
        }
    }

    fn path(&self, node: &Node<'t>) -> Path {
        let span = self.raw(node);
        let mut start = node.as_span().start();
        let segments = node
            .as_str()
            .split('.')
            .map(|part| {
                let name = Name {
                    text: part.to_string(),
                    span: Span::new(self.file, start, start + part.len()),
                };
                start += part.len() + 1;
                name
            })
            .collect();
        Path { segments, span }
    }

    fn text(&self, node: &Node<'t>) -> Text {
        let quoted = node.as_str();
        let value = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(quoted);
        Text {
            value: value.to_string(),
            span: self.raw(node),
        }
    }

    /// The span of a node without the blanks and comments that the grammar lets it end with.
    fn span(&self, node: &Node<'t>) -> Span {
        let span = node.as_span();
        let first = self
            .tokens
            .partition_point(|token| token.start < span.start());
        let last = self.tokens.partition_point(|token| token.end <= span.end());
        let start = self
            .tokens
            .get(first)
            .map_or(span.start(), |token| token.start);
        let end = last
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(span.end(), |token| token.end);
        if start < end {
            Span::new(self.file, start, end)
        } else {
            Span::new(self.file, span.start(), span.start())
        }
    }

    /// The span of a node that is one token.
    fn raw(&self, node: &Node<'t>) -> Span {
        Span::new(self.file, node.as_span().start(), node.as_span().end())
    }

    fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        self.diagnostics
            .push(Diagnostic::error(code, message).at(span, label).help(help));
    }

    /// The grammar gave a shape that nobody thought of.
    fn surprise(&mut self, node: &Node<'t>) {
        let span = self.span(node);
        self.diagnostics.push(
            Diagnostic::error(
                codes::internal::INTERNAL,
                "this text was read in a way that Plimsoll does not understand itself",
            )
            .at(span, "here")
            .note(format!("grammar rule {:?}", node.as_rule())),
        );
    }

    /// A declaration begins in column 0.
    fn column_zero(&mut self, node: &Node<'t>) {
        let span = self.span(node);
        let before = self.source.get(..span.start as usize).unwrap_or("");
        let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
        if indent > 0 {
            let word = node.as_str().split_whitespace().next().unwrap_or("");
            self.error(
                codes::syntax::INDENTED_DECLARATION,
                Span::new(
                    self.file,
                    span.start as usize,
                    span.start as usize + word.len(),
                ),
                format!("`{word}` is a declaration and does not stand at the start of its line"),
                "declarations begin in column 0",
                "remove the blanks before it",
            );
        }
    }
}

/// The children of a node, taken one by one.
struct Parts<'t> {
    whole: Node<'t>,
    inner: Peekable<Pairs<'t, Rule>>,
}

impl<'t> Parts<'t> {
    /// The children of `node`; leading keywords are skipped by asking for what comes after them.
    fn of(node: Node<'t>) -> Self {
        Parts {
            whole: node.clone(),
            inner: node.into_inner().peekable(),
        }
    }

    fn next(&mut self) -> Option<Node<'t>> {
        self.inner.next()
    }

    /// The next child if it is of this rule.
    fn take(&mut self, rule: Rule) -> Option<Node<'t>> {
        self.inner.next_if(|node| node.as_rule() == rule)
    }

    /// The next child of this rule; others before it are passed over.
    fn find(&mut self, rule: Rule, lowering: &mut Lowering<'t>) -> Option<Node<'t>> {
        let found = self.inner.find(|node| node.as_rule() == rule);
        if found.is_none() {
            lowering.surprise(&self.whole);
        }
        found
    }

    fn name(&mut self, lowering: &mut Lowering<'t>) -> Option<Name> {
        let node = self.find(Rule::name, lowering)?;
        Some(lowering.name(&node))
    }

    fn path(&mut self, lowering: &mut Lowering<'t>) -> Option<Path> {
        let node = self.find(Rule::path, lowering)?;
        Some(lowering.path(&node))
    }

    fn title(&mut self, lowering: &mut Lowering<'t>) -> Option<Text> {
        let node = self.take(Rule::title)?.into_inner().next()?;
        Some(lowering.text(&node))
    }
}
