//! Sweeps: the grid of scenarios over one or two lists of values that a command line asks for.

use super::compiler::Compiler;
use super::context::{Context, Local};
use super::exercise::Draft;
use super::names::ScopeId;
use super::overlay::{Ground, Stage};
use super::spelling;
use super::typing::Typed;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{BehaviourId, Reasons, ScenarioKey, Sweep, Type};
use crate::syntax::tree::{self, Clause, Each, Expression, Reference, ScenarioSum};
use std::collections::BTreeMap;

/// The most points of a grid.
const MOST: usize = 10_000;

/// What a command line asks an exercise to sweep over.
#[derive(Clone, Debug)]
pub struct Sweeping {
    /// The exercise.
    pub exercise: String,
    /// One or two lists of values.
    pub axes: Vec<Axis>,
    /// What is set is set on these; without them on the base.
    pub on: Option<ScenarioSum>,
}

/// What varies.
#[derive(Clone, Debug)]
pub enum Axis {
    /// `parallel(size) for size in …`.
    Family {
        /// The scenarios.
        scenario: ScenarioSum,
        /// The values.
        each: Each,
    },
    /// `stressed_beta in …`: what a scenario may set.
    Setting {
        /// What is set.
        target: Reference,
        /// The value as the line names it.
        value: Expression,
        /// The values.
        each: Each,
    },
}

impl Axis {
    fn each(&self) -> &Each {
        match self {
            Axis::Family { each, .. } | Axis::Setting { each, .. } => each,
        }
    }
}

/// A grid while its exercise is read.
#[derive(Clone)]
pub(super) struct SweepDraft {
    axes: Vec<(String, Vec<String>)>,
    points: Vec<Point>,
    span: Span,
}

/// One point: its scenario, and what is set on it.
#[derive(Clone)]
struct Point {
    key: ScenarioKey,
    settings: Vec<(Reference, Expression, Context, String)>,
}

impl Compiler<'_> {
    /// The grid that is asked of an exercise.
    pub(super) fn sweep_lines(&mut self, draft: &Draft) -> Option<SweepDraft> {
        let sweeping = self.sweeping.clone()?;
        if sweeping.exercise != draft.heading.name {
            return None;
        }
        let cx = Context::new(draft.scope);
        let mut axes = Vec::new();
        let mut values: Vec<Vec<Typed>> = Vec::new();
        let mut count = 1usize;
        for axis in &sweeping.axes {
            let listed = self.listed(axis.each(), &cx);
            count = count.saturating_mul(listed.len());
            let name = match axis {
                Axis::Family { each, .. } => each.variable.text.clone(),
                Axis::Setting { target, .. } => spelling::reference(target),
            };
            axes.push((name, Vec::new()));
            values.push(listed);
        }
        let span = sweeping.axes.first().map(|axis| axis.each().span)?;
        if count == 0 || count > MOST {
            if count > 0 {
                self.report(
                    Diagnostic::error(
                        code::OUT_OF_RANGE,
                        format!("this grid has {count} points, more than {MOST}"),
                    )
                    .at(span, "")
                    .help("take wider steps"),
                );
            }
            return None;
        }
        let mut points = Vec::new();
        for number in 0..count {
            let mut inner = cx.clone();
            let mut rest = number;
            let mut chosen = Vec::new();
            for (axis, listed) in sweeping.axes.iter().zip(&values).rev() {
                let typed = listed.get(rest % listed.len())?.clone();
                rest /= listed.len();
                inner.locals.push((
                    axis.each().variable.text.clone(),
                    Local::Open(Box::new(typed.expression.clone()), typed.flex),
                ));
                chosen.push(typed);
            }
            chosen.reverse();
            if self.wrong_within(span) {
                return None;
            }
            points.push(self.sweep_point(&sweeping, &chosen, &inner)?);
        }
        // As what is swept over takes them: a rate in basis points, a ratio in per cent.
        for ((_, shown), (axis, listed)) in axes.iter_mut().zip(sweeping.axes.iter().zip(&values)) {
            for typed in listed {
                let ty = match axis {
                    Axis::Family { scenario, each } => {
                        self.taken_as(scenario, &each.variable.text, typed, &cx)
                    }
                    Axis::Setting { .. } => None,
                };
                let mut literal = typed.expression.clone();
                literal.ty = ty.unwrap_or(literal.ty);
                shown.push(literal.spelling());
            }
        }
        Some(SweepDraft { axes, points, span })
    }

    /// The type that a family asks for where a variable stands.
    fn taken_as(
        &mut self,
        scenario: &ScenarioSum,
        variable: &str,
        typed: &Typed,
        cx: &Context,
    ) -> Option<Type> {
        let mut inner = cx.clone();
        let open = crate::plan::Expression {
            node: crate::plan::Node::Local(0),
            ..typed.expression.clone()
        };
        inner
            .locals
            .push((variable.to_owned(), Local::Open(Box::new(open), typed.flex)));
        let before = self.diagnostics.len();
        let key = self.sum_key(
            &ScenarioSum {
                members: scenario
                    .members
                    .iter()
                    .filter(|member| names(member, variable))
                    .cloned()
                    .collect(),
                ..scenario.clone()
            },
            &inner,
        );
        self.diagnostics.truncate(before);
        self.searched_family(&key?).map(|(_, ty)| ty)
    }

    fn sweep_point(
        &mut self,
        sweeping: &Sweeping,
        chosen: &[Typed],
        cx: &Context,
    ) -> Option<Point> {
        let mut members: Vec<Reference> = Vec::new();
        let mut settings = Vec::new();
        let mut span = None;
        for (axis, typed) in sweeping.axes.iter().zip(chosen) {
            match axis {
                Axis::Family { scenario, .. } => {
                    span = Some(scenario.span);
                    for member in &scenario.members {
                        let written = spelling::reference(member);
                        if !members.iter().any(|m| spelling::reference(m) == written) {
                            members.push(member.clone());
                        }
                    }
                }
                Axis::Setting { target, value, .. } => {
                    let mut inner = cx.clone();
                    inner.overlay = true;
                    let text = format!(
                        "{} = {}",
                        spelling::reference(target),
                        typed.expression.spelling()
                    );
                    settings.push((target.clone(), value.clone(), inner, text));
                }
            }
        }
        let key = match (&sweeping.on, span) {
            (None, None) => ScenarioKey::base(),
            (on, span) => {
                let mut sum = on
                    .iter()
                    .flat_map(|on| on.members.clone())
                    .collect::<Vec<_>>();
                sum.append(&mut members);
                let span = span.or(on.as_ref().map(|on| on.span))?;
                self.sum_key(&ScenarioSum { members: sum, span }, cx)?
            }
        };
        Some(Point { key, settings })
    }

    /// Flattens the scenarios of a grid.
    pub(super) fn sweep(
        &mut self,
        draft: SweepDraft,
        ground: &Ground<'_>,
        behaviours: &[BehaviourId],
        has_positions: bool,
        scope: ScopeId,
    ) -> Sweep {
        let mut done = BTreeMap::new();
        let mut scenarios = Vec::new();
        for point in draft.points {
            let mut flat = (*self.flatten(&point.key, ground, &mut Vec::new(), &mut done)).clone();
            self.mark_flattened(&point.key);
            let mut name = match (&ground.base, point.key == ScenarioKey::base()) {
                (Some(base), true) => base.0.clone(),
                _ => point.key.0.clone(),
            };
            for (target, value, mut cx, text) in point.settings {
                cx.scope = scope;
                name.push_str(&format!(" with {text}"));
                let mut stage = Stage {
                    below: &flat,
                    name: name.clone(),
                    key: name.clone(),
                    parent: Some(point.key.0.clone()),
                    market: ground.market,
                    given_curves: Vec::new(),
                    dry: false,
                    own: BTreeMap::new(),
                    flat: flat.clone(),
                    reasons: Reasons::default(),
                };
                let clause = Clause {
                    doc: None,
                    body: tree::ClauseBody::Set(tree::Set {
                        target: target.clone(),
                        value: value.clone(),
                    }),
                    metadata: Vec::new(),
                    span: target.span,
                };
                self.set_statement(&target, &value, &clause, &cx, &mut stage);
                flat = stage.flat;
            }
            self.drain();
            let scenario = self.scenario(&ScenarioKey(name), &flat, behaviours);
            if has_positions {
                self.check_runnable(&scenario, draft.span);
            }
            scenarios.push(scenario);
        }
        Sweep {
            axes: draft.axes,
            scenarios,
        }
    }
}

/// Whether an argument of a scenario is a variable.
fn names(member: &Reference, variable: &str) -> bool {
    member.arguments.iter().flatten().any(|argument| {
        matches!(&argument.value.kind, tree::ExpressionKind::Reference(r) if r.path.text() == variable)
    })
}
