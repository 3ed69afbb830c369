//! Looking up the cell of a table: rows match by how much they name, not by their order.

use super::overlay::Prepared;
use super::{Refusal, Scope, Undefined, Value, codes, evaluate, spell};
use crate::calendar::{Date, Tenor};
use crate::plan::{DimensionId, Domain, Expression, Node, Pattern, Plan, Table, TableId};
use std::cmp::Ordering;

/// A table as it stands in a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct PreparedTable {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    patterns: Vec<Pattern>,
    /// How much each pattern leaves open.
    openness: Vec<Openness>,
    value: Prepared,
    /// Set by a scenario or a test: wins over a row of the table that says as much.
    set: bool,
}

/// How much a pattern leaves open; the order is that of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Openness {
    /// A name.
    Named,
    /// An edge, by its width: members, or days times 10,000.
    Edge(i64),
    /// `else`.
    Else,
}

impl PreparedTable {
    pub(super) fn new(plan: &Plan, table: &Table) -> Self {
        let rows = table
            .rows
            .iter()
            .map(|r| Row::new(plan, &r.patterns, &r.value, false))
            .collect();
        Self { rows }
    }

    /// Puts a value in place of the row with these patterns, or before all rows that say as much.
    pub(super) fn set(&mut self, plan: &Plan, patterns: &[Pattern], value: &Expression) {
        match self.rows.iter_mut().find(|r| r.patterns == patterns) {
            Some(row) => row.value = Prepared::new(Some(value)),
            None => self.rows.push(Row::new(plan, patterns, value, true)),
        }
    }

    pub(super) fn formulas(&self) -> impl Iterator<Item = &Expression> {
        self.rows.iter().filter_map(|r| r.value.formula.as_ref())
    }

    pub(super) fn forget(&mut self) {
        for row in &mut self.rows {
            row.value.constant = None;
        }
    }

    pub(super) fn set_constants(&mut self, values: Vec<Option<Value>>) {
        let open = self.rows.iter_mut().filter(|r| r.value.formula.is_some());
        for (row, value) in open.zip(values) {
            row.value.constant = value;
        }
    }

    pub(super) fn look_up(
        &self,
        id: TableId,
        keys: &[Value],
        scope: &dyn Scope,
    ) -> Result<Value, Refusal> {
        if let Some(Value::Undefined(reason)) = keys.iter().find(|k| k.is_undefined()) {
            return Ok(Value::Undefined(*reason));
        }
        let plan = scope.plan();
        let anchor = scope.anchor();
        let mut best: Option<(&Row, bool)> = None;
        for row in &self.rows {
            if !row.matches(plan, keys, anchor) {
                continue;
            }
            best = match best {
                None => Some((row, false)),
                Some((other, tied)) => match row.preference(other) {
                    Ordering::Less => Some((row, false)),
                    Ordering::Greater => Some((other, tied)),
                    Ordering::Equal => Some((other, true)),
                },
            };
        }
        let name = || {
            plan.tables
                .get(id.index())
                .map_or("", |t| t.heading.short.as_str())
        };
        let spelt = || {
            keys.iter()
                .map(|k| spell(plan, k))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let is_share = plan.tables.get(id.index()).is_some_and(|t| t.is_share);
        let evaluated = |formula: &Expression| match evaluate(formula, scope) {
            Ok(value) if is_share => super::overlay::held_to_share(name(), value, formula),
            value => value,
        };
        match best {
            None => Err(Refusal::new(
                codes::NO_TABLE_ROW,
                format!("`{}` has no row for `{}`", name(), spelt()),
            )
            .help(format!("add `{} = …` to the table, or `else = …`", spelt()))),
            Some((_, true)) => Err(Refusal::new(
                codes::TABLE_ROWS_TIE,
                format!("two rows of `{}` match `{}` equally well", name(), spelt()),
            )
            .help("add a row that names it, or make one of the two narrower")),
            Some((row, false)) => match (&row.value.constant, &row.value.formula) {
                (_, Some(formula)) if scope.overlay().witness().watches() => {
                    scope.overlay().witness().saw(formula.span);
                    evaluated(formula)
                }
                (Some(value), _) => Ok(value.clone()),
                (None, Some(formula)) => evaluated(formula),
                (None, None) => Ok(Value::Undefined(Undefined::Nothing)),
            },
        }
    }
}

impl Row {
    fn new(plan: &Plan, patterns: &[Pattern], value: &Expression, set: bool) -> Self {
        Self {
            openness: patterns.iter().map(|p| openness(plan, p)).collect(),
            patterns: patterns.to_vec(),
            value: Prepared::new(Some(value)),
            set,
        }
    }

    fn matches(&self, plan: &Plan, keys: &[Value], anchor: Option<Date>) -> bool {
        self.patterns.len() == keys.len()
            && self
                .patterns
                .iter()
                .zip(keys)
                .all(|(p, k)| matches(plan, p, k, anchor))
    }

    /// `Less`: this row is preferred. Names count first, then edges; narrower edges then must be narrower in every place.
    fn preference(&self, other: &Self) -> Ordering {
        let open = |row: &Self| {
            let named = row
                .openness
                .iter()
                .filter(|o| **o == Openness::Named)
                .count();
            let open = row
                .openness
                .iter()
                .filter(|o| **o == Openness::Else)
                .count();
            (std::cmp::Reverse(named), open)
        };
        let by_count = open(self).cmp(&open(other));
        if by_count != Ordering::Equal {
            return by_count;
        }
        let (mut narrower, mut wider) = (false, false);
        for (a, b) in self.openness.iter().zip(&other.openness) {
            match a.cmp(b) {
                Ordering::Less => narrower = true,
                Ordering::Greater => wider = true,
                Ordering::Equal => {}
            }
        }
        match (narrower, wider) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => other.set.cmp(&self.set),
        }
    }
}

/// A month stands for 30.4375 days: this orders widths only, it measures nothing.
fn width(end: Option<Tenor>, holds_end: bool) -> i64 {
    let days = match end.map(|t| (t.in_days(), t.in_months())) {
        None => return i64::MAX,
        Some((Some(days), _)) => i64::from(days).saturating_mul(10_000),
        Some((_, Some(months))) => i64::from(months).saturating_mul(304_375),
        Some((None, None)) => 0,
    };
    days.saturating_add(i64::from(holds_end))
}

fn openness(plan: &Plan, pattern: &Pattern) -> Openness {
    let members = |d: &DimensionId| match plan.dimensions.get(d.index()).map(|d| &d.domain) {
        Some(Domain::Closed { members, .. }) => i64::try_from(members.len()).unwrap_or(i64::MAX),
        _ => 0,
    };
    match pattern {
        Pattern::Exactly(_) => Openness::Named,
        Pattern::OrBetter(_, last) => Openness::Edge(i64::from(*last) + 1),
        Pattern::OrWorse(d, first) => Openness::Edge(members(d) - i64::from(*first)),
        Pattern::Edge { end, holds_end } => Openness::Edge(width(*end, *holds_end)),
        Pattern::Else => Openness::Else,
    }
}

fn matches(plan: &Plan, pattern: &Pattern, key: &Value, anchor: Option<Date>) -> bool {
    match (pattern, key) {
        (Pattern::Else, _) => true,
        (Pattern::Exactly(node), key) => names(node, key),
        (Pattern::OrBetter(d, last), Value::Member(e, m)) => d == e && m <= last,
        (Pattern::OrWorse(d, first), Value::Member(e, m)) => d == e && m >= first,
        (Pattern::Edge { end: None, .. }, Value::Tenor(_) | Value::Band(..)) => true,
        (
            Pattern::Edge {
                end: Some(end),
                holds_end,
            },
            Value::Tenor(t),
        ) => match compare_tenors(*t, *end, anchor) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => *holds_end,
            _ => false,
        },
        (
            Pattern::Edge {
                end: Some(end),
                holds_end,
            },
            Value::Band(d, b),
        ) => {
            // A band matches an edge that it does not reach beyond.
            let Some(Domain::Bands(bands)) = plan.dimensions.get(d.index()).map(|d| &d.domain)
            else {
                return false;
            };
            match bands.get(*b as usize).map(|b| (b.end, b.holds_end)) {
                Some((Some(top), holds)) => match compare_tenors(top, *end, anchor) {
                    Some(Ordering::Less) => true,
                    Some(Ordering::Equal) => *holds_end || !holds,
                    _ => false,
                },
                _ => false,
            }
        }
        _ => false,
    }
}

fn names(node: &Node, key: &Value) -> bool {
    match (node, key) {
        (Node::Member(d, m), Value::Member(e, n) | Value::Band(e, n)) => d == e && m == n,
        (Node::Text(a), Value::Text(b)) => a.as_str() == &**b,
        (Node::Currency(a), Value::Currency(b)) => a == b,
        (Node::Bool(a), Value::Bool(b)) => a == b,
        (Node::Date(a), Value::Date(b)) => a == b,
        (Node::Tenor(a), Value::Tenor(b)) => a.normal() == b.normal(),
        (Node::Number(a), Value::Number(b)) => crate::quantity::Rational::from(*a) == *b,
        _ => false,
    }
}

/// The order of two lengths of time: by themselves where they compare, else by the days that they reach from the anchor.
pub(super) fn compare_tenors(a: Tenor, b: Tenor, anchor: Option<Date>) -> Option<Ordering> {
    a.compare(b).or_else(|| {
        let anchor = anchor?;
        Some(
            a.point_after(anchor)
                .ok()?
                .cmp(&b.point_after(anchor).ok()?),
        )
    })
}
