//! Walking formulas: their parts, and what they reach through metrics, functions, parameters and tables.

use std::collections::BTreeSet;

use super::compiler::Compiler;
use crate::diagnostic::Span;
use crate::plan::{
    Expression, Leg, Measure, MetricId, Node, Point, ScenarioKey, ScenarioMeasure, Selection,
    ShockPath,
};

/// The formulas that a formula is directly made of.
pub fn children(expression: &Expression) -> Vec<&Expression> {
    let mut list = Vec::new();
    match &expression.node {
        Node::Negate(a)
        | Node::Not(a)
        | Node::Per(a, _)
        | Node::InCurrency(a, _)
        | Node::At(a, _) => list.push(a.as_ref()),
        Node::Arithmetic(_, a, b)
        | Node::Compare(_, a, b)
        | Node::ColumnOr(a, b)
        | Node::Under(a, b)
        | Node::Branch(a, b) => {
            list.extend([a.as_ref(), b.as_ref()]);
        }
        Node::And(parts)
        | Node::Or(parts)
        | Node::Table(_, parts)
        | Node::Call(_, parts)
        | Node::Shape(_, parts)
        | Node::Builtin(_, parts)
        | Node::NotYet(_, parts) => {
            list.extend(parts);
        }
        Node::OneOf(a, parts) => {
            list.push(a);
            list.extend(parts);
        }
        Node::If(a, b, c) => list.extend([a.as_ref(), b.as_ref(), c.as_ref()]),
        Node::ShapeValue {
            shift,
            currency,
            years,
        } => list.extend([shift.as_ref(), currency.as_ref(), years.as_ref()]),
        Node::InheritedPath(path) => {
            if let ShockPath::Legs(legs) = path.as_ref() {
                list.extend(legs.iter().filter_map(|leg| match leg {
                    Leg::To { level, .. } => Some(level),
                    Leg::Hold(_) => None,
                }));
            }
        }
        Node::Selection(selection) => in_selection(selection, &mut list),
        Node::Measure(measure) => list.extend(measure.operands()),
        Node::ScenarioMeasure(ScenarioMeasure::Accrual(amount, _)) => list.push(amount),
        Node::FoldPositions {
            selection, body, ..
        } => {
            in_selection(selection, &mut list);
            list.push(body);
        }
        Node::FoldDimension { body, .. } => list.push(body),
        Node::FoldTime {
            body, otherwise, ..
        } => {
            list.push(body);
            list.extend(otherwise.as_deref());
        }
        Node::OverPaths(fold, body) => list.extend(super::paths::parts(fold, body)),
        Node::FoldArguments { arguments, .. } => list.extend(arguments),
        Node::SwapRate { tenor, .. } => list.push(tenor),
        _ => {}
    }
    list
}

fn in_selection<'e>(selection: &'e Selection, list: &mut Vec<&'e Expression>) {
    match selection {
        Selection::Union(a, b) | Selection::Difference(a, b) => {
            in_selection(a, list);
            in_selection(b, list);
        }
        Selection::Where(of, condition) => {
            in_selection(of, list);
            list.push(condition);
        }
        _ => {}
    }
}

/// Calls a function on each node of a formula, outside in.
pub(super) fn visit<'e>(expression: &'e Expression, each: &mut dyn FnMut(&'e Node)) {
    let mut open = vec![expression];
    while let Some(next) = open.pop() {
        each(&next.node);
        open.extend(children(next));
    }
}

/// What the formulas of an exercise reach.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// Scenarios that are named: branched to, or compared with.
    pub(super) scenarios: BTreeSet<ScenarioKey>,
    /// Scenarios whose run is read.
    pub(super) under: Vec<(ScenarioKey, Option<Span>)>,
    /// Metrics that are read.
    pub(super) metrics: BTreeSet<MetricId>,
    /// Families whose search is read.
    pub(super) found: Vec<(String, Option<Span>)>,
    /// Actions whose decisions are read.
    pub(super) actions: BTreeSet<crate::plan::ActionId>,
    /// What a later version evaluates.
    pub(super) not_yet: BTreeSet<String>,
    /// Points that the folds over time run to, and `at` reads.
    pub(super) points: Vec<Point>,
    /// Rates, curves or values are read.
    pub(super) market: bool,
    /// Positions are read.
    pub(super) positions: bool,
    /// Dimensions that are read outside bands.
    pub(super) tables: BTreeSet<u32>,
    /// Parameters that are read.
    pub(super) parameters: BTreeSet<crate::plan::ParameterId>,
}

type Scenarios = Vec<Option<ScenarioKey>>;

impl Compiler<'_> {
    /// Follows formulas through everything that they name. `stop` are metrics that a test gives.
    pub(super) fn reach(&self, formulas: &[&Expression], stop: &BTreeSet<MetricId>) -> Reached {
        let mut reached = Reached::default();
        let mut seen: BTreeSet<(u8, u32, Scenarios)> = BTreeSet::new();
        let mut open: Vec<(&Expression, Scenarios)> = formulas
            .iter()
            .map(|formula| (*formula, Vec::new()))
            .collect();
        while let Some((next, scenarios)) = open.pop() {
            let scenario_of = |expression: &Expression| match &expression.node {
                Node::Scenario(key) => Some(key.clone()),
                Node::Local(index) => scenarios.get(*index as usize).cloned().flatten(),
                _ => None,
            };
            match &next.node {
                Node::Scenario(key) => {
                    reached.scenarios.insert(key.clone());
                }
                Node::Under(_, scenario) => reached
                    .under
                    .extend(scenario_of(scenario).map(|key| (key, next.span))),
                Node::Found(family) => reached.found.push((family.clone(), next.span)),
                Node::NotYet(name, _) => {
                    reached.not_yet.insert(name.clone());
                }
                Node::FoldTime { until, .. } | Node::At(_, until) => {
                    reached.points.push(until.clone())
                }
                Node::Factor(_)
                | Node::SwapRate { .. }
                | Node::Measure(Measure::Value(_) | Measure::Pv01 | Measure::KeyRate(_)) => {
                    reached.market = true
                }
                Node::ScenarioMeasure(
                    ScenarioMeasure::Decisions(action)
                    | ScenarioMeasure::Filled(action)
                    | ScenarioMeasure::NoPending(action),
                ) => {
                    reached.actions.insert(*action);
                    reached.positions = true;
                }
                Node::FoldPositions { .. } | Node::ScenarioMeasure(_) => reached.positions = true,
                Node::Metric(id) => {
                    reached.metrics.insert(*id);
                    if !stop.contains(id)
                        && seen.insert((0, id.0, Vec::new()))
                        && let Some(metric) = self.metrics.get(id.index())
                    {
                        open.push((&metric.formula, Vec::new()));
                    }
                }
                Node::Parameter(id) => {
                    reached.parameters.insert(*id);
                    if seen.insert((1, id.0, Vec::new()))
                        && let Some(value) = self
                            .parameters
                            .get(id.index())
                            .and_then(|p| p.value.as_ref())
                    {
                        open.push((value, Vec::new()));
                    }
                }
                Node::Table(id, _) => {
                    reached.tables.insert(id.0);
                    if seen.insert((2, id.0, Vec::new()))
                        && let Some(table) = self.tables.get(id.index())
                    {
                        open.extend(table.rows.iter().map(|row| (&row.value, Vec::new())));
                    }
                }
                Node::Shape(id, _) => {
                    if seen.insert((3, id.0, Vec::new()))
                        && let Some(shape) = self.shapes.get(id.index())
                    {
                        open.push((&shape.body, Vec::new()));
                    }
                }
                Node::Call(id, arguments) => {
                    let given: Scenarios = arguments.iter().map(&scenario_of).collect();
                    if seen.insert((4, id.0, given.clone()))
                        && let Some(function) = self.functions.get(id.index())
                    {
                        open.push((&function.body, given));
                    }
                }
                _ => {}
            }
            for child in children(next) {
                open.push((child, scenarios.clone()));
            }
        }
        reached
    }
}
