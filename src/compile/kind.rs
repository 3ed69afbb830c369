//! Pass 4: circles among definitions, and the kind of each metric.

use std::collections::BTreeMap;

use super::compiler::Compiler;
use super::reach::children;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Builtin, Expression, FunctionId, Measure, MetricId, MetricKind, Node, ParameterId,
    ScenarioMeasure, ShapeId, TableId,
};

/// A definition that others can name in a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Metric(MetricId),
    Function(FunctionId),
    Parameter(ParameterId),
    Shape(ShapeId),
    Table(TableId),
}

/// What a formula reads, from nothing to the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reads {
    /// Parameters and literals only.
    Constant,
    State,
    Ladder,
    Path,
    Flow,
}

impl Compiler<'_> {
    /// Reports circles and fills in the kinds of the metrics.
    pub(super) fn infer_kinds(&mut self) {
        let order = self.order();
        let mut reads: BTreeMap<Named, Reads> = BTreeMap::new();
        for named in order {
            let kind = self
                .formulas_of(named)
                .into_iter()
                .map(|formula| reads_of(formula, &reads))
                .max()
                .unwrap_or(Reads::Constant);
            // A function or table is what its text reads; its arguments are counted where it is called.
            reads.insert(named, kind);
        }
        for (named, kind) in &reads {
            if let Named::Metric(id) = named
                && let Some(Some(metric)) = self.metrics.0.get_mut(id.index())
            {
                metric.kind = match kind {
                    Reads::Constant | Reads::State => MetricKind::State,
                    Reads::Ladder => MetricKind::Ladder,
                    Reads::Path => MetricKind::Path,
                    Reads::Flow => MetricKind::Flow,
                };
            }
        }
        self.reads = reads
            .iter()
            .filter_map(|(named, kind)| {
                if let Named::Metric(id) = named {
                    Some((*id, *kind))
                } else {
                    None
                }
            })
            .collect();
        self.function_reads = reads
            .iter()
            .filter_map(|(named, kind)| {
                if let Named::Function(id) = named {
                    Some((*id, *kind))
                } else {
                    None
                }
            })
            .collect();
    }

    /// What a formula outside of any definition reads.
    pub(super) fn reads_here(&self, formula: &Expression) -> Reads {
        let mut known: BTreeMap<Named, Reads> = self
            .reads
            .iter()
            .map(|(id, kind)| (Named::Metric(*id), *kind))
            .collect();
        known.extend(
            self.function_reads
                .iter()
                .map(|(id, kind)| (Named::Function(*id), *kind)),
        );
        reads_of(formula, &known)
    }

    fn formulas_of(&self, named: Named) -> Vec<&Expression> {
        match named {
            Named::Metric(id) => self.metrics.get(id.index()).map(|m| vec![&m.formula]),
            Named::Function(id) => self.functions.get(id.index()).map(|f| vec![&f.body]),
            Named::Parameter(id) => self
                .parameters
                .get(id.index())
                .map(|p| p.value.iter().collect()),
            Named::Shape(id) => self.shapes.get(id.index()).map(|s| vec![&s.body]),
            Named::Table(id) => self
                .tables
                .get(id.index())
                .map(|t| t.rows.iter().map(|row| &row.value).collect()),
        }
        .unwrap_or_default()
    }

    fn place_of(&self, named: Named) -> (String, Option<Span>) {
        let heading = match named {
            Named::Metric(id) => self.metrics.get(id.index()).map(|m| &m.heading),
            Named::Function(id) => self.functions.get(id.index()).map(|f| &f.heading),
            Named::Parameter(id) => self.parameters.get(id.index()).map(|p| &p.heading),
            Named::Shape(id) => self.shapes.get(id.index()).map(|s| &s.heading),
            Named::Table(id) => self.tables.get(id.index()).map(|t| &t.heading),
        };
        heading
            .map(|h| (h.short.clone(), h.origin.span))
            .unwrap_or_default()
    }

    /// All definitions, each after what it names; circles are reported and broken.
    fn order(&mut self) -> Vec<Named> {
        let mut all: Vec<Named> = Vec::new();
        all.extend((0..self.parameters.0.len() as u32).map(|i| Named::Parameter(ParameterId(i))));
        all.extend((0..self.tables.0.len() as u32).map(|i| Named::Table(TableId(i))));
        all.extend((0..self.shapes.0.len() as u32).map(|i| Named::Shape(ShapeId(i))));
        all.extend((0..self.functions.0.len() as u32).map(|i| Named::Function(FunctionId(i))));
        all.extend((0..self.metrics.0.len() as u32).map(|i| Named::Metric(MetricId(i))));
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            Open,
            Done,
        }
        let mut marks: BTreeMap<Named, Mark> = BTreeMap::new();
        let mut order = Vec::new();
        let mut circles: Vec<Vec<Named>> = Vec::new();
        for start in all {
            if marks.contains_key(&start) {
                continue;
            }
            // An explicit stack: a chain of definitions may be longer than the machine's.
            let mut stack: Vec<(Named, Vec<Named>)> = vec![(start, self.names_in(start))];
            marks.insert(start, Mark::Open);
            while let Some((named, rest)) = stack.last_mut() {
                let named = *named;
                match rest.pop() {
                    Some(next) => match marks.get(&next) {
                        None => {
                            let inside = self.names_in(next);
                            marks.insert(next, Mark::Open);
                            stack.push((next, inside));
                        }
                        Some(Mark::Open) => {
                            let from = stack.iter().position(|(n, _)| *n == next).unwrap_or(0);
                            circles.push(stack.iter().skip(from).map(|(n, _)| *n).collect());
                        }
                        Some(Mark::Done) => {}
                    },
                    None => {
                        marks.insert(named, Mark::Done);
                        order.push(named);
                        stack.pop();
                    }
                }
            }
        }
        for circle in circles {
            let names: Vec<(String, Option<Span>)> =
                circle.iter().map(|named| self.place_of(*named)).collect();
            let Some((first, span)) = names.first().cloned() else {
                continue;
            };
            let mut path: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
            path.push(&first);
            let mut error =
                Diagnostic::error(code::CIRCULAR, format!("`{first}` is defined by itself"))
                    .note(format!("the circle: {}", path.join(" → ")));
            if let Some(span) = span {
                error = error.at(span, "");
            }
            for (name, span) in names.iter().skip(1) {
                if let Some(span) = span {
                    error = error.also(*span, format!("through `{name}`"));
                }
            }
            self.report(error.help("definitions do not recur: every run ends"));
        }
        order
    }

    fn names_in(&self, named: Named) -> Vec<Named> {
        let mut found = Vec::new();
        for formula in self.formulas_of(named) {
            super::reach::visit(formula, &mut |node| match node {
                Node::Metric(id) => found.push(Named::Metric(*id)),
                Node::Call(id, _) => found.push(Named::Function(*id)),
                Node::Parameter(id) => found.push(Named::Parameter(*id)),
                Node::Shape(id, _) => found.push(Named::Shape(*id)),
                Node::Table(id, _) => found.push(Named::Table(*id)),
                _ => {}
            });
        }
        found
    }
}

/// What a formula reads, given what the definitions that it names read.
fn reads_of(formula: &Expression, known: &BTreeMap<Named, Reads>) -> Reads {
    let of = |named: Named| known.get(&named).copied().unwrap_or(Reads::Constant);
    let inside = || {
        children(formula)
            .into_iter()
            .map(|child| reads_of(child, known))
            .max()
            .unwrap_or(Reads::Constant)
    };
    let own = match &formula.node {
        Node::Measure(measure) => match measure {
            Measure::Due(_)
            | Measure::Callable(_)
            | Measure::Interest(_)
            | Measure::NetFlow(_)
            | Measure::Unwound(..)
            | Measure::Maturing(_)
            | Measure::Repricing(_)
            | Measure::RepricingFlow(..)
            | Measure::Unrepriced(_) => Reads::Ladder,
            Measure::InterestIncome
            | Measure::MarginIncome
            | Measure::FtpBaseIncome
            | Measure::FtpLiquidityIncome
            | Measure::FtpBreakageIncome => Reads::Flow,
            _ => Reads::State,
        },
        Node::ScenarioMeasure(measure) => match measure {
            ScenarioMeasure::Headroom => Reads::Ladder,
            ScenarioMeasure::NetInterest => Reads::Flow,
            // The amount is of a state; what accrues is a flow.
            ScenarioMeasure::Accrual(..) => return Reads::Flow,
            _ => Reads::State,
        },
        Node::Metric(id) => of(Named::Metric(*id)),
        Node::Parameter(id) => of(Named::Parameter(*id)),
        Node::Table(id, _) => of(Named::Table(*id)),
        Node::Call(id, _) => of(Named::Function(*id)),
        Node::FoldTime { body, .. } => {
            let mut ladder = false;
            super::reach::visit(body, &mut |node| {
                ladder |= matches!(node, Node::ScenarioMeasure(ScenarioMeasure::Headroom))
            });
            return if ladder { Reads::Ladder } else { Reads::Path };
        }
        Node::At(..) => {
            let inner = inside();
            return if inner == Reads::Flow {
                Reads::Flow
            } else {
                Reads::Path
            };
        }
        Node::Under(..) => {
            let inner = inside();
            return if inner == Reads::Flow {
                Reads::Flow
            } else {
                Reads::Path
            };
        }
        Node::Branch(..) => return Reads::State,
        Node::Factor(_) | Node::SwapRate { .. } | Node::Builtin(Builtin::ZeroRate, _) => {
            Reads::State
        }
        _ => Reads::Constant,
    };
    own.max(inside())
}
