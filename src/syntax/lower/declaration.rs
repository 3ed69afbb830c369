//! Declarations.

use super::{Junk, JunkPlace, Lowering, Node, Parts};
use crate::diagnostic::{Span, codes};
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Binding, Block, BlockKind, Broken, Clause, ClauseBody, Declaration, Dimension, DimensionValue,
    Expression, File, Function, Head, Item, Metadata, MetadataValue, Metric, Parameter, Period,
    Row, ScenarioSum, Shape, Table, Type, ValueName,
};

/// What a block holds.
pub(super) struct Body {
    pub(super) clauses: Vec<Clause>,
    pub(super) metadata: Vec<Metadata>,
    pub(super) broken: Vec<Span>,
}

/// The second word of a declaration that could not be read.
pub(in crate::syntax) fn name_of_broken(text: &str) -> Option<String> {
    let line = (text.lines()).find(|line| !line.trim_start().starts_with("//"))?;
    let word = line.split_whitespace().nth(1)?;
    let end = word
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(word.len());
    word.get(..end)
        .filter(|name| !name.is_empty())
        .map(str::to_string)
}

impl<'t> Lowering<'t> {
    /// A declaration with its documentation, or what could not be read.
    pub(super) fn item(&mut self, node: Node<'t>, file: &mut File) {
        let mut docs = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::doc => docs.push(part),
                Rule::decl => {
                    self.column_zero(&part);
                    let span = self.span(&part);
                    let doc = self.doc(std::mem::take(&mut docs), "///");
                    let Some(inner) = part.into_inner().next() else {
                        continue;
                    };
                    match self.declaration(inner, span) {
                        Some(declaration) => {
                            file.declarations.push(Declaration { doc, ..declaration })
                        }
                        None => file.broken.push(Broken { name: None, span }),
                    }
                }
                Rule::junk_item => {
                    let span = self.span(&part);
                    let name = name_of_broken(part.as_str());
                    file.broken.push(Broken { name, span });
                    self.junk.push(Junk {
                        place: JunkPlace::File,
                        start: part.as_span().start(),
                        end: part.as_span().end(),
                    });
                }
                _ => self.surprise(&part),
            }
        }
    }

    fn declaration(&mut self, node: Node<'t>, span: Span) -> Option<Declaration> {
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        if rule == Rule::block_decl {
            return self.block_declaration(parts, span);
        }
        let name = parts.name(self)?;
        let mut metadata = Vec::new();
        let mut title = None;
        let mut parameters = Vec::new();
        while let Some(part) = parts.inner.peek() {
            match part.as_rule() {
                Rule::title => title = parts.title(self),
                Rule::params => {
                    if let Some(params) = parts.next() {
                        parameters = self.parameters(params);
                    }
                }
                _ => break,
            }
        }
        let item = match rule {
            Rule::dimension => Item::Dimension(self.dimension(&mut parts)?),
            Rule::table => {
                let value_type = self.type_of(&mut parts)?;
                let names = parts.find(Rule::names, self)?;
                let keys = self.names(names);
                metadata = self.metadata(&mut parts);
                let block = parts.find(Rule::block, self)?;
                let body = self.body(block, "table");
                metadata.extend(body.metadata);
                let rows = body
                    .clauses
                    .into_iter()
                    .filter_map(|clause| self.row(clause))
                    .collect();
                Item::Table(Table {
                    value_type,
                    keys,
                    rows,
                    broken: body.broken,
                })
            }
            Rule::metric => Item::Metric(Metric {
                value_type: self.type_of(&mut parts)?,
                body: self.next_expression(&mut parts)?,
            }),
            Rule::binding => {
                let value_type = self.type_of(&mut parts)?;
                let value = parts.take(Rule::selection).map(|node| self.selection(node));
                Item::Binding(Binding { value_type, value })
            }
            Rule::function => {
                let value_type = self.type_of(&mut parts)?;
                Item::Function(Function {
                    parameters,
                    value_type,
                    body: self.next_expression(&mut parts)?,
                })
            }
            Rule::shape => {
                let variable = parts.name(self)?;
                Item::Shape(Shape {
                    parameters,
                    variable,
                    body: self.next_expression(&mut parts)?,
                })
            }
            _ => {
                self.surprise(&parts.whole);
                return None;
            }
        };
        metadata.extend(self.metadata(&mut parts));
        Some(Declaration {
            doc: None,
            name,
            title,
            item,
            metadata,
            span,
        })
    }

    fn block_declaration(&mut self, mut parts: Parts<'t>, span: Span) -> Option<Declaration> {
        let word = parts.find(Rule::kind, self)?;
        let Some(kind) = BlockKind::from_word(word.as_str()) else {
            self.surprise(&word);
            return None;
        };
        let name = parts.name(self)?;
        let parameters = parts.take(Rule::params).map(|node| self.parameters(node));
        let title = parts.title(self);
        let mut head = Head::default();
        while let Some(node) = parts.take(Rule::head) {
            self.head(node, &mut head);
        }
        let mut metadata = self.metadata(&mut parts);
        let mut body = Body {
            clauses: Vec::new(),
            metadata: Vec::new(),
            broken: Vec::new(),
        };
        if let Some(block) = parts.take(Rule::block) {
            body = self.body(block, kind.word());
        }
        metadata.append(&mut body.metadata);
        let block = Block {
            kind,
            parameters,
            head,
            clauses: body.clauses,
            broken: body.broken,
        };
        Some(Declaration {
            doc: None,
            name,
            title,
            item: Item::Block(block),
            metadata,
            span,
        })
    }

    fn dimension(&mut self, parts: &mut Parts<'t>) -> Option<Dimension> {
        let value_type = parts.take(Rule::type_).and_then(|node| self.type_(node));
        let mut dimension = Dimension {
            value_type,
            values: Vec::new(),
            ordered: false,
        };
        loop {
            if let Some(node) = parts.take(Rule::value) {
                let span = self.span(&node);
                let mut inner = node.into_inner();
                let first = inner.next()?;
                let name = match first.as_rule() {
                    Rule::edge => ValueName::Edge(self.edge(first)?),
                    _ => ValueName::Name(self.name(&first)),
                };
                let text = inner.next().map(|node| self.text(&node));
                dimension.values.push(DimensionValue { name, text, span });
            } else if parts.take(Rule::better).is_some() {
                dimension.ordered = true;
            } else {
                return Some(dimension);
            }
        }
    }

    fn row(&mut self, clause: Clause) -> Option<Row> {
        let Clause {
            doc,
            body,
            metadata,
            span,
        } = clause;
        if let ClauseBody::Setting(setting) = body {
            return Some(Row {
                doc,
                keys: setting.keys,
                values: setting.values,
                metadata,
                span,
            });
        }
        let verb = body.verb().unwrap_or("");
        self.error(
            codes::syntax::NOT_A_ROW,
            Span::new(
                span.file,
                span.start as usize,
                span.start as usize + verb.len(),
            ),
            format!("`{verb}` is no row of a table"),
            "",
            "a table holds rows: `key = value`, `key, key = value`, `else = value`",
        );
        None
    }

    /// The clauses of a block, with the metadata of the block's own lines.
    fn body(&mut self, node: Node<'t>, word: &'static str) -> Body {
        let mut body = Body {
            clauses: Vec::new(),
            metadata: Vec::new(),
            broken: Vec::new(),
        };
        let mut open = self.raw(&node);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::open => open = self.raw(&part),
                Rule::clause => self.clause(part, word, &mut body),
                Rule::unclosed => self.unclosed(&part, open),
                Rule::line_in | Rule::close => {}
                _ => self.surprise(&part),
            }
        }
        body
    }

    fn unclosed(&mut self, node: &Node<'t>, open: Span) {
        let at = node.as_span().start();
        let next = self
            .tokens
            .get(self.tokens.partition_point(|token| token.start < at));
        let message = "this `{` is never closed";
        let diagnostic =
            crate::diagnostic::Diagnostic::error(codes::syntax::UNCLOSED_BLOCK, message)
                .at(open, "opened here");
        let diagnostic = match next {
            Some(token) => {
                let word = token.text(self.source);
                let line_end = self
                    .source
                    .get(token.start..)
                    .and_then(|rest| rest.find(['\n', '{']))
                    .unwrap_or(token.end - token.start);
                let header: Vec<&str> = self
                    .source
                    .get(token.start..token.start + line_end)
                    .unwrap_or(word)
                    .split_whitespace()
                    .take(2)
                    .collect();
                let span = Span::new(self.file, token.start, token.end);
                diagnostic
                    .also(span, format!("`{}` starts here", header.join(" ")))
                    .help("add `}` above")
            }
            None => diagnostic.help("add `}` at the end of the block"),
        };
        self.diagnostics.push(diagnostic);
    }

    fn head(&mut self, node: Node<'t>, head: &mut Head) {
        let span = self.span(&node);
        head.span = Some(head.span.map_or(span, |before| before.to(span)));
        let word = node
            .as_str()
            .split_whitespace()
            .next()
            .unwrap_or("")
            .to_string();
        let mut parts = Parts::of(node);
        let Some(keyword) = parts.next() else { return };
        let twice = match keyword.as_rule() {
            Rule::k_extends => {
                let sum = parts
                    .find(Rule::scenario_sum, self)
                    .map(|node| self.scenario_sum(node));
                head.extends
                    .replace(match sum {
                        Some(sum) => sum,
                        None => return,
                    })
                    .is_some()
            }
            Rule::k_on => {
                let twice = !head.on.is_empty();
                head.on = self.selections(&mut parts);
                twice
            }
            Rule::k_overrides => {
                let twice = !head.overrides.is_empty();
                if let Some(names) = parts.take(Rule::names) {
                    head.overrides = self.names(names);
                }
                twice
            }
            Rule::k_of => {
                let path = parts.path(self);
                let twice = head.of.is_some();
                head.of = path;
                twice
            }
            Rule::k_at => {
                let twice = head.at.is_some();
                head.at = parts
                    .find(Rule::date, self)
                    .map(|node| (self.date(&node), self.raw(&node)));
                twice
            }
            Rule::k_in => {
                let twice = head.currency.is_some();
                head.currency = parts
                    .find(Rule::currency, self)
                    .map(|node| self.name(&node));
                twice
            }
            _ => {
                self.surprise(&keyword);
                false
            }
        };
        if twice {
            self.error(
                codes::syntax::SAID_TWICE,
                span,
                format!("`{word}` stands twice in one header"),
                "again here",
                "keep one of them",
            );
        }
    }

    /// `squeeze + irrbb.parallel_up`
    pub(super) fn scenario_sum(&mut self, node: Node<'t>) -> ScenarioSum {
        let span = self.span(&node);
        let members = node
            .into_inner()
            .filter_map(|part| self.reference(part))
            .collect();
        ScenarioSum { members, span }
    }

    fn parameters(&mut self, node: Node<'t>) -> Vec<Parameter> {
        node.into_inner()
            .filter_map(|part| {
                let span = self.span(&part);
                let mut parts = Parts::of(part);
                let name = parts.name(self)?;
                Some(Parameter {
                    name,
                    value_type: self.type_of(&mut parts)?,
                    span,
                })
            })
            .collect()
    }

    fn type_of(&mut self, parts: &mut Parts<'t>) -> Option<Type> {
        let node = parts.find(Rule::type_, self)?;
        self.type_(node)
    }

    fn type_(&mut self, node: Node<'t>) -> Option<Type> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let name = parts.name(self)?;
        let per = if parts.take(Rule::k_per).is_some() {
            self.period(parts.next())
        } else {
            None
        };
        Some(Type { name, per, span })
    }

    /// `month`
    pub(super) fn period(&mut self, node: Option<Node<'t>>) -> Option<Period> {
        let node = node?;
        let found = Period::ALL
            .into_iter()
            .find(|period| period.word() == node.as_str());
        if found.is_none() {
            self.surprise(&node);
        }
        found
    }

    fn next_expression(&mut self, parts: &mut Parts<'t>) -> Option<Expression> {
        let node = parts.find(Rule::expr, self)?;
        Some(self.expression(node))
    }

    /// The metadata that stands next.
    pub(super) fn metadata(&mut self, parts: &mut Parts<'t>) -> Vec<Metadata> {
        let mut metadata = Vec::new();
        while let Some(node) = parts.take(Rule::meta) {
            metadata.extend(self.one_metadata(node));
        }
        metadata
    }

    /// `because "…"`
    pub(super) fn one_metadata(&mut self, node: Node<'t>) -> Option<Metadata> {
        let span = self.span(&node);
        let mut inner = node.clone().into_inner();
        let (keyword, value) = (inner.next()?, inner.next()?);
        let value = match keyword.as_rule() {
            Rule::k_because => MetadataValue::Because(self.text(&value)),
            Rule::k_source => MetadataValue::Source(self.text(&value)),
            Rule::k_owner => MetadataValue::Owner(self.text(&value)),
            Rule::k_review => MetadataValue::Review(self.date(&value)?),
            _ => {
                self.surprise(&node);
                return None;
            }
        };
        Some(Metadata { value, span })
    }
}
