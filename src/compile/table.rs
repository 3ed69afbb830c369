//! Tables: headers, rows spread over a closed last key, patterns, and whether every key finds a row.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
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
                        _ => self.find_path(key, &Context::new(scope)).filter(|id| self.names.is_dimension(*id)),
                    };
                    match found {
                        Some(dimension) => {
                            self.named.insert(dimension);
                            TableKey::Dimension(self.dimension_id(dimension))
                        }
                        None => {
                            self.report(
                                Diagnostic::error(code::UNKNOWN_TYPE, format!("`{name}` is no key of a table"))
                                    .at(key.span, "")
                                    .help("a key is a dimension, `text`, `currency`, `tenor`, `bool` or `date`"),
                            );
                            TableKey::Text
                        }
                    }
                }
            });
        }
        self.table_headers.insert(id, (ty.clone(), keys.clone()));
        (ty, keys)
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
                        "`{}` has {} key(s), here are {}",
                        reference.path.text(),
                        keys.len(),
                        arguments.len()
                    ),
                )
                .at(reference.span, "")
                .help(format!(
                    "its keys are {}",
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
        for row in &table.rows {
            self.lower_row(&keys, row, &expected, &cx, &mut rows);
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
        if table.broken.is_empty() {
            self.check_rows(&heading.short, table, &keys, &rows);
        }
        Table {
            heading,
            ty,
            keys,
            rows,
        }
    }

    fn lower_row(
        &mut self,
        keys: &[TableKey],
        row: &Row,
        expected: &Expected,
        cx: &Context,
        rows: &mut Vec<TableRow>,
    ) {
        let mut patterns = Vec::new();
        for (key, ty) in row.keys.iter().zip(keys) {
            match self.pattern(key, ty) {
                Some(pattern) => patterns.push(pattern),
                None => return,
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
        {
            let value = self.expect(value, expected, cx);
            rows.push(TableRow {
                patterns,
                value,
                origin,
            });
            return;
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
            }
            Some(members) if patterns.len() + 1 == keys.len() => {
                let named = match &last {
                    Some(TableKey::Dimension(id)) => self.member_names(*id),
                    _ => String::new(),
                };
                self.report(
                    Diagnostic::error(code::TABLE_ROWS, format!("this row lists {} value(s), the last key has {}", row.values.len(), members.len()))
                        .at(row.span, "")
                        .help(format!("one value each, in this order: {named}")),
                );
            }
            _ => self.report(
                Diagnostic::error(code::TABLE_ROWS, format!("this row has {} key(s) and {} value(s), the table has {} key(s)", row.keys.len(), row.values.len(), keys.len()))
                    .at(row.span, "")
                    .help("a row names each key and one value, or leaves out a closed last key and lists its values"),
            ),
        }
    }

    /// The values of a closed key in their order.
    fn closed_values(&self, key: &TableKey) -> Option<Vec<Node>> {
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
            Key::Edge(edge) => match (&edge.kind, dimension) {
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
                            Diagnostic::error(code::NOT_ORDERED, "this dimension has no order")
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
                (EdgeKind::OrBetter(_) | EdgeKind::OrWorse(_), None) => self.no_pattern(span, ty),
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
            },
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

    /// Each combination of closed keys has a row (error), and no `else` stands idle (warning).
    fn check_rows(
        &mut self,
        name: &str,
        table: &tree::Table,
        keys: &[TableKey],
        rows: &[TableRow],
    ) {
        let mut combinations: Vec<Vec<Node>> = vec![Vec::new()];
        for key in keys {
            let Some(values) = self.closed_values(key) else {
                return;
            };
            combinations = combinations
                .into_iter()
                .flat_map(|start| {
                    values.iter().map(move |value| {
                        let mut next = start.clone();
                        next.push(value.clone());
                        next
                    })
                })
                .collect();
            if combinations.len() > 20_000 {
                return;
            }
        }
        let covered = |combination: &[Node], row: &TableRow| {
            row.patterns
                .iter()
                .zip(combination)
                .all(|(p, v)| matches_node(p, v))
        };
        let missing: Vec<String> = combinations
            .iter()
            .filter(|combination| !rows.iter().any(|row| covered(combination, row)))
            .map(|combination| {
                combination
                    .iter()
                    .map(|node| self.node_label(node))
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .collect();
        if let Some(first) = missing.first() {
            let place = table
                .keys
                .first()
                .map_or(table.value_type.span, |key| key.span);
            let home = keys.iter().find_map(|key| match key {
                TableKey::Dimension(id) => self
                    .dimensions
                    .get(id.index())
                    .and_then(|d| d.heading.origin.span),
                _ => None,
            });
            let shown: Vec<&String> = missing.iter().take(5).collect();
            let more = if missing.len() > 5 {
                format!(" and {} more", missing.len() - 5)
            } else {
                String::new()
            };
            let listed = super::suggest::listed(&shown);
            let mut error = Diagnostic::error(
                code::MISSING_ROW,
                format!("`{name}` has no row for {listed}{more}"),
            )
            .at(place, "")
            .help(format!("add `{first} = …`, or `else = …`"));
            if let Some(home) = home {
                error = error.also(home, "the dimension");
            }
            self.report(error);
        }
        for row in rows {
            let is_else = row.patterns.iter().all(|p| *p == Pattern::Else);
            let idle = is_else
                && combinations.iter().all(|c| {
                    rows.iter()
                        .any(|other| !std::ptr::eq(other, row) && covered(c, other))
                });
            if let (true, Some(span)) = (idle, row.origin.span) {
                self.report(
                    Diagnostic::warning(crate::diagnostic::codes::warning::IDLE_ELSE, format!("every value of `{name}` has a row, so `else` is never read"))
                        .at(span, "")
                        .help("leave it out: a value added to the dimension is then an error here, not a silent default"),
                );
            }
        }
    }

    fn node_label(&self, node: &Node) -> String {
        match node {
            Node::Member(id, member) => match self.dimensions.get(id.index()).map(|d| &d.domain) {
                Some(Domain::Closed { members, .. }) => {
                    members.get(*member as usize).map(|m| m.name.clone())
                }
                Some(Domain::Bands(bands)) => bands.get(*member as usize).map(|b| b.label.clone()),
                _ => None,
            }
            .unwrap_or_default(),
            Node::Bool(value) => value.to_string(),
            _ => String::new(),
        }
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
                        "the table has {} key(s), here are {}",
                        keys.len(),
                        arguments.len()
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
                            .at(argument.span, ""),
                        );
                    }
                    return None;
                }
            }
        }
        Some(patterns)
    }
}

fn matches_node(pattern: &Pattern, node: &Node) -> bool {
    match (pattern, node) {
        (Pattern::Else, _) => true,
        (Pattern::Exactly(a), b) => a == b,
        (Pattern::OrBetter(d, last), Node::Member(e, m)) => d == e && m <= last,
        (Pattern::OrWorse(d, first), Node::Member(e, m)) => d == e && m >= first,
        _ => false,
    }
}
