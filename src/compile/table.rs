//! Tables: headers, rows spread over a closed last key, patterns, and whether every key finds a row.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::{DefId, Found, ScopeId};
use super::suggest;
use super::typing::Typed;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    DimensionId, Domain, Expression, Node, Pattern, Table, TableKey, TableRow, Type,
};
use crate::quantity::Currency;
use crate::syntax::tree::{self, EdgeKind, Key, Reference, Row};

impl Compiler<'_> {
    /// The type of a table's cells and the types of its keys.
    pub(super) fn table_header(&mut self, id: DefId, table: &tree::Table) -> (Type, Vec<TableKey>) {
        if let Some(header) = self.table_headers.get(&id) {
            return header.clone();
        }
        let scope = self.scope_of(id);
        let ty = self.header_type(&table.value_type, scope);
        let mut keys = Vec::new();
        for key in &table.keys {
            keys.push(match key.text().as_str() {
                "text" => TableKey::Text,
                "currency" => TableKey::Currency,
                "tenor" => TableKey::Tenor,
                "bool" => TableKey::Bool,
                "date" => TableKey::Date,
                name => {
                    let called = self.names.dimensions_called(scope, name);
                    let found = match called.as_slice() {
                        [only] => Some(*only),
                        _ => self.dimension_by_path(key, scope),
                    };
                    match found {
                        Some(dimension) => {
                            self.named.insert(dimension);
                            TableKey::Dimension(self.dimension_id(dimension))
                        }
                        None => {
                            let error = Diagnostic::error(code::UNKNOWN_TYPE, format!("`{name}` is no dimension"))
                                .at(key.span, "");
                            let near = suggest::nearest(name, self.dimension_names(scope)).map(str::to_owned);
                            let error = match near {
                                Some(near) => error.help(format!("did you mean `{near}`?")),
                                None => error.help("a key of a table is a dimension, `text`, `currency`, `tenor`, `bool` or `date`"),
                            };
                            // A name that could not be brought in was reported where it is.
                            let told = self.names.scope(scope).is_some_and(|s| s.broken.contains(name));
                            if !told && !self.in_broken_line(name) {
                                self.report(error);
                            }
                            self.broken_tables.insert(id);
                            TableKey::Text
                        }
                    }
                }
            });
        }
        self.table_headers.insert(id, (ty.clone(), keys.clone()));
        (ty, keys)
    }

    /// The dimension that a path names, if it names one.
    fn dimension_by_path(&self, path: &tree::Path, scope: ScopeId) -> Option<DefId> {
        let segments: Vec<&str> = path
            .segments
            .iter()
            .map(|part| part.text.as_str())
            .collect();
        match self.names.find(scope, &segments) {
            Found::Definition(id, used)
                if used == segments.len() && self.names.is_dimension(id) =>
            {
                Some(id)
            }
            _ => None,
        }
    }

    /// The names of the dimensions that a scope declares or brings in.
    fn dimension_names(&self, scope: ScopeId) -> Vec<&str> {
        let Some(scope) = self.names.scope(scope) else {
            return Vec::new();
        };
        scope
            .own
            .iter()
            .chain(&scope.members)
            .filter(|(_, id)| self.names.is_dimension(**id))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The type of a key in a formula.
    pub(super) fn key_type(&self, key: &TableKey) -> Type {
        match key {
            TableKey::Dimension(id) => self.dimension_type(*id),
            TableKey::Text => Type::Text,
            TableKey::Currency => Type::Currency,
            TableKey::Tenor => Type::Tenor,
            TableKey::Bool => Type::Bool,
            TableKey::Date => Type::Date,
        }
    }

    /// `outflow_rate(outflow_class)`.
    pub(super) fn table_cell(
        &mut self,
        id: DefId,
        table: &tree::Table,
        reference: &Reference,
        cx: &Context,
    ) -> Typed {
        let (ty, keys) = self.table_header(id, table);
        if self.broken_tables.contains(&id) {
            return Typed::unknown(reference.span);
        }
        let Some(arguments) = &reference.arguments else {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{}` is a table: a cell is due here", reference.path.text()),
                )
                .at(reference.span, "")
                .help(format!(
                    "name its keys: `{}({})`",
                    reference.path.text(),
                    table
                        .keys
                        .iter()
                        .map(tree::Path::text)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            );
            return Typed::unknown(reference.span);
        };
        if arguments.len() != keys.len() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!(
                        "`{}` has {}, here {}",
                        reference.path.text(),
                        counted(keys.len(), "key"),
                        are(arguments.len())
                    ),
                )
                .at(reference.span, "")
                .help(format!(
                    "name its keys: `{}({})`",
                    reference.path.text(),
                    table
                        .keys
                        .iter()
                        .map(tree::Path::text)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            );
            return Typed::unknown(reference.span);
        }
        let mut values = Vec::new();
        for ((argument, key), path) in arguments.iter().zip(&keys).zip(&table.keys) {
            let expected = Expected::because(
                self.key_type(key),
                path.span,
                format!("this key of `{}`", reference.path.text()),
            );
            values.push(self.expect(&argument.value, &expected, cx));
        }
        Typed::fixed(Node::Table(self.table_id(id), values), ty, reference.span)
    }

    pub(super) fn lower_table(&mut self, id: DefId, table: &tree::Table) -> Table {
        let heading = self.heading(id);
        let (ty, keys) = self.table_header(id, table);
        let cx = Context::new(self.scope_of(id));
        let expected = Expected::because(ty.clone(), table.value_type.span, "the table's type");
        let mut rows: Vec<TableRow> = Vec::new();
        let understood = !self.broken_tables.contains(&id);
        let mut whole = understood && table.broken.is_empty();
        for row in table.rows.iter().filter(|_| understood) {
            whole &= self.lower_row(&keys, row, &expected, &cx, &mut rows);
        }
        for row in &rows {
            self.hold_to_share(&table.value_type, &row.value);
        }
        for (index, row) in rows.iter().enumerate() {
            let twin = rows
                .iter()
                .take(index)
                .find(|other| other.patterns == row.patterns);
            if let (Some(twin), Some(span)) = (twin, row.origin.span) {
                let mut error = Diagnostic::error(code::TABLE_ROWS, "two rows match equally well")
                    .at(span, "the second");
                if let Some(first) = twin.origin.span {
                    error = error.also(first, "the first");
                }
                self.diagnostics.push(error.help("leave one of them out"));
            }
        }
        if whole {
            self.check_rows(&heading.short, table, &keys, &rows);
        }
        Table {
            heading,
            ty,
            is_share: super::share::is_share(&table.value_type),
            keys,
            rows,
        }
    }

    /// Lowers one row; false if it could not be understood.
    fn lower_row(
        &mut self,
        keys: &[TableKey],
        row: &Row,
        expected: &Expected,
        cx: &Context,
        rows: &mut Vec<TableRow>,
    ) -> bool {
        let mut patterns = Vec::new();
        for (key, ty) in row.keys.iter().zip(keys) {
            match self.pattern(key, ty) {
                Some(pattern) => patterns.push(pattern),
                None => return false,
            }
        }
        let origin = self.origin(row.span, &row.metadata);
        if row.keys.len() == 1
            && keys.len() > 1
            && row.values.len() == 1
            && matches!(row.keys.first(), Some(Key::Else(_)))
        {
            patterns = keys.iter().map(|_| Pattern::Else).collect();
        }
        if let [value] = row.values.as_slice()
            && patterns.len() == keys.len()
            && row.keys.len() <= keys.len()
        {
            let value = self.expect(value, expected, cx);
            rows.push(TableRow {
                patterns,
                value,
                origin,
            });
            return true;
        }
        let last = keys.last().cloned();
        let members = last.as_ref().and_then(|key| self.closed_values(key));
        match members {
            Some(members) if patterns.len() + 1 == keys.len() && members.len() == row.values.len() => {
                for (value, member) in row.values.iter().zip(members) {
                    let mut patterns = patterns.clone();
                    patterns.push(Pattern::Exactly(member));
                    let value = self.expect(value, expected, cx);
                    rows.push(TableRow { patterns, value, origin: origin.clone() });
                }
                return true;
            }
            Some(members) if patterns.len() + 1 == keys.len() => {
                let named = match &last {
                    Some(TableKey::Dimension(id)) => self.member_names(*id),
                    _ => String::new(),
                };
                self.report(
                    Diagnostic::error(code::TABLE_ROWS, format!("this row lists {}, the last key has {}", counted(row.values.len(), "value"), members.len()))
                        .at(row.span, "")
                        .help(format!("one value each, in this order: {named}")),
                );
            }
            _ => self.report(
                Diagnostic::error(code::TABLE_ROWS, format!("this row has {} and {}, the table has {}", counted(row.keys.len(), "key"), counted(row.values.len(), "value"), counted(keys.len(), "key")))
                    .at(row.span, "")
                    .help("a row names each key and one value, or leaves out a closed last key and lists its values"),
            ),
        }
        false
    }

    /// The values of a closed key in their order.
    pub(super) fn closed_values(&self, key: &TableKey) -> Option<Vec<Node>> {
        match key {
            TableKey::Dimension(id) => match &self.dimensions.get(id.index())?.domain {
                Domain::Closed { members, .. } => Some(
                    (0..members.len() as u32)
                        .map(|m| Node::Member(*id, m))
                        .collect(),
                ),
                Domain::Bands(bands) => Some(
                    (0..bands.len() as u32)
                        .map(|m| Node::Member(*id, m))
                        .collect(),
                ),
                Domain::Open(Type::Bool) => Some(vec![Node::Bool(true), Node::Bool(false)]),
                Domain::Open(_) => None,
            },
            TableKey::Bool => Some(vec![Node::Bool(true), Node::Bool(false)]),
            _ => None,
        }
    }

    /// What a key of a row matches.
    pub(super) fn pattern(&mut self, key: &Key, ty: &TableKey) -> Option<Pattern> {
        let span = key.span();
        let dimension = match ty {
            TableKey::Dimension(id) => Some(*id),
            _ => None,
        };
        match key {
            Key::Else(_) => Some(Pattern::Else),
            Key::Text(text) => {
                if let Some(id) = dimension
                    && let Some(Domain::Closed { members, .. }) =
                        self.dimensions.get(id.index()).map(|d| &d.domain)
                {
                    let position = members
                        .iter()
                        .position(|m| m.spelling.as_ref().unwrap_or(&m.name) == &text.value);
                    if let Some(position) = position {
                        return Some(Pattern::Exactly(Node::Member(id, position as u32)));
                    }
                    return self.no_pattern(span, ty);
                }
                match self.key_type(ty) {
                    Type::Text => Some(Pattern::Exactly(Node::Text(text.value.clone()))),
                    _ => self.no_pattern(span, ty),
                }
            }
            Key::Path(path) => {
                let name = path.text();
                let name = name.as_str();
                if let Some(id) = dimension
                    && let Some(member) = self.member(id, name)
                {
                    return Some(Pattern::Exactly(Node::Member(id, member)));
                }
                match self.key_type(ty) {
                    Type::Bool if name == "true" || name == "false" => {
                        Some(Pattern::Exactly(Node::Bool(name == "true")))
                    }
                    Type::Currency => match name.parse::<Currency>() {
                        Ok(currency) => Some(Pattern::Exactly(Node::Currency(currency))),
                        Err(_) => self.no_pattern(span, ty),
                    },
                    _ => {
                        if let Some(id) = dimension
                            && matches!(
                                self.dimensions.get(id.index()).map(|d| &d.domain),
                                Some(Domain::Closed { .. })
                            )
                        {
                            self.unknown_name(
                                name,
                                span,
                                Some(&Type::Member(id)),
                                &Context::new(super::names::PROJECT),
                            );
                            return None;
                        }
                        self.no_pattern(span, ty)
                    }
                }
            }
            Key::Edge(edge) => {
                match (&edge.kind, dimension) {
                    (EdgeKind::OrBetter(name) | EdgeKind::OrWorse(name), Some(id)) => {
                        let ordered = matches!(
                            self.dimensions.get(id.index()).map(|d| &d.domain),
                            Some(Domain::Closed { ordered: true, .. })
                        );
                        let Some(member) = self.member(id, &name.text) else {
                            self.unknown_name(
                                &name.text,
                                name.span,
                                Some(&Type::Member(id)),
                                &Context::new(super::names::PROJECT),
                            );
                            return None;
                        };
                        if !ordered {
                            self.report(
                            Diagnostic::error(code::NOT_ORDERED, format!("`{}` has no order", self.dimension_name(id)))
                                .at(span, "")
                                .help("an order is declared with `>` between the values, better to worse"),
                        );
                            return None;
                        }
                        Some(if matches!(edge.kind, EdgeKind::OrBetter(_)) {
                            Pattern::OrBetter(id, member)
                        } else {
                            Pattern::OrWorse(id, member)
                        })
                    }
                    (EdgeKind::OrBetter(_) | EdgeKind::OrWorse(_), None) => {
                        self.no_pattern(span, ty)
                    }
                    (_, Some(id)) => {
                        let (end, holds_end) = self.tenor_edge(edge)?;
                        match self.band(id, end, holds_end) {
                            Some(member) => Some(Pattern::Exactly(Node::Member(id, member))),
                            None if self.key_type(ty) == Type::Tenor => {
                                Some(Pattern::Edge { end, holds_end })
                            }
                            None => self.no_pattern(span, ty),
                        }
                    }
                    (_, None) if *ty == TableKey::Tenor => {
                        let (end, holds_end) = self.tenor_edge(edge)?;
                        Some(Pattern::Edge { end, holds_end })
                    }
                    _ => self.no_pattern(span, ty),
                }
            }
        }
    }

    /// The number of the band with an edge.
    pub(super) fn band(
        &self,
        id: DimensionId,
        end: Option<crate::calendar::Tenor>,
        holds_end: bool,
    ) -> Option<u32> {
        let Some(Domain::Bands(bands)) = self.dimensions.get(id.index()).map(|d| &d.domain) else {
            return None;
        };
        let position = bands
            .iter()
            .position(|band| band.end == end && (band.holds_end == holds_end || end.is_none()))?;
        u32::try_from(position).ok()
    }

    fn no_pattern(&mut self, span: Span, ty: &TableKey) -> Option<Pattern> {
        let text = self.written(span);
        let due = self.key_type(ty);
        let a = self.a_type(&due);
        let error = Diagnostic::error(
            code::TABLE_ROWS,
            format!("`{text}` is no key here: {a} is due"),
        )
        .at(span, "");
        let error = match ty {
            TableKey::Dimension(id) => {
                error.help(format!("its values are {}", self.member_names(*id)))
            }
            TableKey::Text => error.help(format!("write \"{text}\"")),
            _ => error,
        };
        self.report(error);
        None
    }

    pub(super) fn dimension_name(&self, id: DimensionId) -> &str {
        self.dimensions
            .get(id.index())
            .map_or("this dimension", |dimension| {
                dimension.heading.short.as_str()
            })
    }

    /// The patterns of a `set` or `given` cell: `outflow_rate(stable_retail)`, `row_weight("7")`.
    pub(super) fn cell_patterns(
        &mut self,
        arguments: &[tree::Argument],
        keys: &[TableKey],
        cx: &Context,
        span: Span,
    ) -> Option<Vec<Pattern>> {
        if arguments.len() != keys.len() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!(
                        "the table has {}, here {}",
                        counted(keys.len(), "key"),
                        are(arguments.len())
                    ),
                )
                .at(span, ""),
            );
            return None;
        }
        let mut patterns = Vec::new();
        for (argument, key) in arguments.iter().zip(keys) {
            let expected = Expected::new(self.key_type(key));
            let value: Expression = self.expect(&argument.value, &expected, cx);
            match value.node {
                Node::Member(..)
                | Node::Text(_)
                | Node::Currency(_)
                | Node::Bool(_)
                | Node::Date(_)
                | Node::Tenor(_)
                    if value.ty != Type::Unknown =>
                {
                    patterns.push(Pattern::Exactly(value.node));
                }
                _ => {
                    if value.ty != Type::Unknown {
                        self.report(
                            Diagnostic::error(
                                code::LITERAL_DUE,
                                "a cell is named by values that stand in the text",
                            )
                            .at(argument.span, "")
                            .help("write the value itself: `set outflow_rate(stable_retail) = 7%`"),
                        );
                    }
                    return None;
                }
            }
        }
        Some(patterns)
    }
}

/// `one key`, `2 keys`.
fn counted(count: usize, word: &str) -> String {
    match count {
        1 => format!("one {word}"),
        _ => format!("{count} {word}s"),
    }
}

/// `is one`, `are 3`.
fn are(count: usize) -> String {
    match count {
        1 => "is one".to_owned(),
        _ => format!("are {count}"),
    }
}
