//! `report lcr, nsfr by currency`: what an exercise tells.

use std::collections::{BTreeMap, BTreeSet};

use super::attribution::attributed;
use super::compiler::Compiler;
use super::context::Context;
use super::exercise::Draft;
use super::kind::Reads;
use super::spelling;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Expression, MetricId, Node, Over, Report, ReportKey, ScenarioKey, Type};
use crate::syntax::tree::{self, Clause, ExpressionKind};

impl Compiler<'_> {
    pub(super) fn report_line(
        &mut self,
        draft: &mut Draft,
        listing: &tree::Listing,
        clause: &Clause,
        cx: &Context,
    ) {
        let mut by = Vec::new();
        for path in &listing.by {
            if path.text() == "currency" {
                by.push(ReportKey::Currency);
                continue;
            }
            let called = self.names.dimensions_called(cx.scope, &path.text());
            let id = match called.as_slice() {
                [only] => Some(*only),
                _ => self.find_path(path, cx),
            };
            match id {
                Some(id) if self.names.is_dimension(id) => {
                    self.named.insert(id);
                    by.push(ReportKey::Dimension(self.dimension_id(id)));
                }
                Some(_) => self.report(
                    Diagnostic::error(code::TYPES, format!("`{}` is no dimension", path.text()))
                        .at(path.span, "")
                        .help("a report is broken down by `currency` and dimensions"),
                ),
                None => {}
            }
        }
        let mut inner = cx.clone();
        inner.over.extend(by.iter().map(|key| match key {
            ReportKey::Currency => Over::Currency,
            ReportKey::Dimension(id) => Over::Dimension(*id),
        }));
        for item in &listing.items {
            if let Some(reference) = attributed(item) {
                self.attribution_item(draft, reference, !by.is_empty(), clause, &inner);
                continue;
            }
            let typed = self.expression(item, None, &inner);
            if typed.is_unknown() {
                continue;
            }
            if matches!(
                typed.ty(),
                Type::Selection | Type::Scenario | Type::Curve | Type::Shift | Type::Daycount
            ) {
                let a = self.a_type(typed.ty());
                let text = self.written(item.span);
                let error = Diagnostic::error(
                    code::TYPES,
                    format!("a figure is due here, `{text}` is {a}"),
                )
                .at(item.span, "");
                self.report(error.help(if *typed.ty() == Type::Selection {
                    format!("report a metric or a fold: `sum({text}: balance)`")
                } else {
                    "report a metric: `report lcr, nsfr`".to_owned()
                }));
                continue;
            }
            self.drain();
            let (formula, under) = of_one_run(typed.expression);
            let metric = metric_of(&formula);
            let name = match metric.and_then(|id| self.metrics.get(id.index())) {
                Some(metric) => metric.heading.short.clone(),
                None if under.is_some() => spelling::expression(&without_tail(item)),
                None => spelling::expression(item),
            };
            draft.reports.push(Report {
                name,
                formula,
                metric,
                under,
                by: by.clone(),
                origin: self.origin(item.span, &clause.metadata),
            });
        }
    }

    /// Metrics that exercises report under one short name are called by their paths, so that no name of a bundle means two.
    pub(super) fn tell_apart(&mut self) {
        let mut called: BTreeMap<&str, BTreeSet<MetricId>> = BTreeMap::new();
        let reports = self.exercises.iter().flat_map(|e| &e.reports);
        for id in reports.filter_map(|report| report.metric) {
            if let Some(metric) = self.metrics.get(id.index()) {
                called.entry(&metric.heading.short).or_default().insert(id);
            }
        }
        let twice: BTreeSet<MetricId> = called
            .into_values()
            .filter(|ids| ids.len() > 1)
            .flatten()
            .collect();
        for report in self.exercises.iter_mut().flat_map(|e| &mut e.reports) {
            if let Some(id) = report.metric.filter(|id| twice.contains(id))
                && let Some(metric) = self.metrics.get(id.index())
            {
                report.name = metric.heading.name.clone();
            }
        }
    }

    /// A flow stands in `sum(… during …)` only.
    pub(super) fn check_flows(&mut self) {
        let mut bare = Vec::new();
        for exercise in &self.exercises {
            for report in &exercise.reports {
                if self.reads_here(&report.formula) == Reads::Flow {
                    bare.push((report.name.clone(), report.origin.span));
                }
            }
        }
        for limit in self.limits.0.iter().flatten() {
            for requirement in &limit.requirements {
                if self.reads_here(&requirement.condition) == Reads::Flow {
                    bare.push((requirement.text.clone(), requirement.origin.span));
                }
            }
        }
        for test in &self.tests {
            if test.exercise.givens.metrics.is_empty() && test.exercise.givens.measures.is_empty() {
                for expectation in &test.expectations {
                    if self.reads_here(&expectation.condition) == Reads::Flow {
                        bare.push((expectation.text.clone(), expectation.origin.span));
                    }
                }
            }
        }
        for (name, span) in bare {
            let error = Diagnostic::error(
                code::BARE_FLOW,
                format!("`{name}` is made of flows, it has no value at a point"),
            )
            .help("flows are added up over a window: `sum(… during 12M)`");
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }
}

/// What `x under S` reports, and the scenario of whose run: it is told of that run alone, for it is the same seen from others.
fn of_one_run(expression: Expression) -> (Expression, Option<ScenarioKey>) {
    if let Node::Under(body, scenario) = &expression.node
        && let Node::Scenario(key) = &scenario.node
    {
        return ((**body).clone(), Some(key.clone()));
    }
    (expression, None)
}

/// An expression without its last tail, which is `under S`.
fn without_tail(item: &tree::Expression) -> tree::Expression {
    let mut item = item.clone();
    if let ExpressionKind::Tail { of, tails } = &mut item.kind {
        tails.pop();
        if tails.is_empty() {
            return (**of).clone();
        }
    }
    item
}

fn metric_of(expression: &Expression) -> Option<MetricId> {
    match expression.node {
        Node::Metric(id) => Some(id),
        _ => None,
    }
}
