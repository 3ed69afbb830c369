//! Whether the rows of a table over closed keys cover every key, once.

use std::cmp::Ordering;

use super::compiler::Compiler;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Domain, Node, Pattern, TableKey, TableRow};
use crate::syntax::tree;

impl Compiler<'_> {
    /// Each combination of closed keys has a row (error), and no `else` stands idle (warning).
    pub(super) fn check_rows(
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
        self.check_ties(name, &combinations, rows);
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

    /// No two rows match a combination equally well: names count first, then edges, the narrower before the wider.
    fn check_ties(&mut self, name: &str, combinations: &[Vec<Node>], rows: &[TableRow]) {
        let mut told: Vec<(usize, usize)> = Vec::new();
        for combination in combinations {
            let mut best: Vec<usize> = Vec::new();
            for (index, row) in rows.iter().enumerate() {
                let matching = row
                    .patterns
                    .iter()
                    .zip(combination)
                    .all(|(pattern, value)| matches_node(pattern, value));
                if !matching {
                    continue;
                }
                let against = best
                    .first()
                    .and_then(|first| rows.get(*first))
                    .map_or(Ordering::Less, |first| self.preference(row, first));
                match against {
                    Ordering::Less => best = vec![index],
                    Ordering::Equal => best.push(index),
                    Ordering::Greater => {}
                }
            }
            let [first, second, ..] = best.as_slice() else {
                continue;
            };
            let (Some(a), Some(b)) = (rows.get(*first), rows.get(*second)) else {
                continue;
            };
            if a.patterns == b.patterns || told.contains(&(*first, *second)) {
                continue;
            }
            told.push((*first, *second));
            let labels: Vec<String> = combination
                .iter()
                .map(|node| self.node_label(node))
                .collect();
            let error = Diagnostic::error(
                code::TABLE_ROWS,
                format!(
                    "two rows of `{name}` match `{}` equally well",
                    labels.join(", ")
                ),
            )
            .help(format!(
                "add a row that names it, `{} = …`, or make one of the two narrower",
                labels.join(", ")
            ));
            if let (Some(a), Some(b)) = (a.origin.span, b.origin.span) {
                self.report(error.at(b, "the second").also(a, "the first"));
            }
        }
    }

    /// `Less`: the first row is preferred.
    fn preference(&self, one: &TableRow, other: &TableRow) -> Ordering {
        // A name leaves nothing open, an edge its members, `else` everything.
        let openness = |pattern: &Pattern| match pattern {
            Pattern::OrBetter(_, last) => i64::from(*last) + 1,
            Pattern::OrWorse(id, first) => {
                let members = match self.dimensions.get(id.index()).map(|d| &d.domain) {
                    Some(Domain::Closed { members, .. }) => members.len() as i64,
                    _ => 0,
                };
                members - i64::from(*first)
            }
            Pattern::Else => i64::MAX,
            Pattern::Exactly(_) | Pattern::Edge { .. } => 0,
        };
        let rank = |row: &TableRow| {
            let named = row.patterns.iter().filter(|p| openness(p) == 0).count();
            let open = row.patterns.iter().filter(|p| **p == Pattern::Else).count();
            (std::cmp::Reverse(named), open)
        };
        let by_count = rank(one).cmp(&rank(other));
        if by_count != Ordering::Equal {
            return by_count;
        }
        let pairs = one.patterns.iter().zip(&other.patterns);
        let (mut narrower, mut wider) = (false, false);
        for (a, b) in pairs {
            match openness(a).cmp(&openness(b)) {
                Ordering::Less => narrower = true,
                Ordering::Greater => wider = true,
                Ordering::Equal => {}
            }
        }
        match (narrower, wider) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => Ordering::Equal,
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
