//! What tests reach of a text: table cells, branches, functions, shapes, values and metrics whose value entered one that an `expect` or a
//! `report` used.

use crate::compile::parts;
use crate::diagnostic::Span;
use crate::formula::{Value, spell};
use crate::plan::{DimensionId, Expression, Node, Origin, Pattern, Plan, Type};
use std::collections::BTreeSet;

/// The kinds of clause, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A cell of a table.
    Cell,
    /// One arm of an `if`.
    Branch,
    /// A function.
    Function,
    /// A shape.
    Shape,
    /// A `let` with a value.
    Value,
    /// A metric.
    Metric,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Cell,
        Kind::Branch,
        Kind::Function,
        Kind::Shape,
        Kind::Value,
        Kind::Metric,
    ];

    /// Its name for people, in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Cell => "table rows",
            Kind::Branch => "branches",
            Kind::Function => "functions",
            Kind::Shape => "shapes",
            Kind::Value => "values",
            Kind::Metric => "metrics",
        }
    }
}

/// A clause of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// What it is.
    pub kind: Kind,
    /// Its name: of a cell with its row, of a branch with the definition that it stands in.
    pub name: String,
    /// The file as shown.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Whether a test reached it.
    pub reached: bool,
}

/// What was found, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every clause of the files asked for.
    pub clauses: Vec<Clause>,
}

impl Coverage {
    /// How many clauses of a kind there are, and how many were reached.
    pub fn of(&self, kind: Kind) -> (usize, usize) {
        let all = self.clauses.iter().filter(|clause| clause.kind == kind);
        let reached = all.clone().filter(|clause| clause.reached).count();
        (all.count(), reached)
    }

    /// Clauses that no test reached.
    pub fn missed(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().filter(|clause| !clause.reached)
    }
}

/// The clauses of the definitions in some files, held against the formulas that were evaluated. `is_own` says of a file whether it counts;
/// `line` gives the line of a place.
pub fn coverage(
    plan: &Plan,
    seen: &BTreeSet<Span>,
    is_own: &dyn Fn(&str) -> bool,
    line: &dyn Fn(Span) -> u32,
) -> Coverage {
    let mut found = Found {
        seen,
        line,
        clauses: Vec::new(),
    };
    for table in &plan.tables {
        for row in &table.rows {
            let place = Definition {
                name: &cell_name(plan, &table.heading.short, &row.patterns),
                origin: &row.origin,
            };
            if is_own(&row.origin.file) {
                found.clause(Kind::Cell, &place, &row.value);
            }
        }
    }
    let mut definitions: Vec<(Kind, &crate::plan::Heading, &Expression)> = Vec::new();
    definitions.extend(
        plan.functions
            .iter()
            .filter(|f| !f.parameters.iter().any(|(_, ty)| is_put_in(ty)))
            .map(|f| (Kind::Function, &f.heading, &f.body)),
    );
    definitions.extend(
        plan.shapes
            .iter()
            .map(|s| (Kind::Shape, &s.heading, &s.body)),
    );
    definitions.extend(
        plan.parameters
            .iter()
            .filter_map(|p| Some((Kind::Value, &p.heading, p.value.as_ref()?)))
            .filter(|(_, _, value)| !matches!(value.node, Node::Selection(_))),
    );
    definitions.extend(
        plan.metrics
            .iter()
            .map(|m| (Kind::Metric, &m.heading, &m.formula)),
    );
    for (kind, heading, formula) in definitions {
        if is_own(&heading.origin.file) {
            let place = Definition {
                name: &heading.short,
                origin: &heading.origin,
            };
            found.clause(kind, &place, formula);
        }
    }
    let mut clauses = found.clauses;
    clauses.sort_by(|a, b| (&a.file, a.line, a.kind).cmp(&(&b.file, b.line, b.kind)));
    Coverage { clauses }
}

/// A function over windows, curves or selections is put in where it is called: its callers are counted, and its branches.
fn is_put_in(ty: &Type) -> bool {
    matches!(ty, Type::Tenor | Type::Selection | Type::Curve | Type::Date)
}

struct Definition<'d> {
    name: &'d str,
    origin: &'d Origin,
}

struct Found<'s> {
    seen: &'s BTreeSet<Span>,
    line: &'s dyn Fn(Span) -> u32,
    clauses: Vec<Clause>,
}

impl Found<'_> {
    fn clause(&mut self, kind: Kind, definition: &Definition<'_>, formula: &Expression) {
        self.push(
            kind,
            definition.name.to_owned(),
            definition,
            formula.span,
            definition.origin.line,
        );
        self.branches(definition, formula);
    }

    fn push(
        &mut self,
        kind: Kind,
        name: String,
        definition: &Definition<'_>,
        span: Option<Span>,
        line: u32,
    ) {
        let Some(span) = span else {
            return;
        };
        self.clauses.push(Clause {
            kind,
            name,
            file: definition.origin.file.clone(),
            line,
            reached: self.seen.contains(&span),
        });
    }

    /// The arms of every `if` in a formula, whatever it stands in.
    fn branches(&mut self, definition: &Definition<'_>, formula: &Expression) {
        if let Node::If(_, then, otherwise) = &formula.node {
            for (arm, word) in [(then, "then"), (otherwise, "else")] {
                // `else if` is told by its own arms.
                if word == "else" && matches!(arm.node, Node::If(..)) {
                    continue;
                }
                let line = arm
                    .span
                    .map_or(definition.origin.line, |span| (self.line)(span));
                self.push(
                    Kind::Branch,
                    format!("{}, {word}", definition.name),
                    definition,
                    arm.span,
                    line,
                );
            }
        }
        for part in parts(formula) {
            self.branches(definition, part);
        }
    }
}

/// `outflow_rate(stable_retail)`.
fn cell_name(plan: &Plan, table: &str, patterns: &[Pattern]) -> String {
    let keys: Vec<String> = patterns
        .iter()
        .map(|pattern| key_name(plan, pattern))
        .collect();
    format!("{table}({})", keys.join(", "))
}

fn key_name(plan: &Plan, pattern: &Pattern) -> String {
    let member = |d: DimensionId, m: u32| spell(plan, &Value::Member(d, m));
    match pattern {
        Pattern::Exactly(Node::Member(d, m)) => member(*d, *m),
        Pattern::Exactly(Node::Text(text)) => format!("\"{text}\""),
        Pattern::Exactly(Node::Currency(currency)) => currency.to_string(),
        Pattern::Exactly(Node::Bool(b)) => b.to_string(),
        Pattern::Exactly(Node::Date(date)) => date.to_string(),
        Pattern::Exactly(Node::Tenor(tenor)) => tenor.to_string(),
        Pattern::Exactly(Node::Number(number)) => number.to_string(),
        Pattern::OrBetter(d, m) => format!("{} or better", member(*d, *m)),
        Pattern::OrWorse(d, m) => format!("{} or worse", member(*d, *m)),
        Pattern::Edge {
            end: Some(end),
            holds_end: true,
        } => format!("up to {end}"),
        Pattern::Edge {
            end: Some(end),
            holds_end: false,
        } => format!("below {end}"),
        Pattern::Edge { end: None, .. } => "beyond".to_owned(),
        Pattern::Exactly(_) | Pattern::Else => "else".to_owned(),
    }
}
