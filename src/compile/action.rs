//! Actions: when they are taken, how much of them there is, and what each line of `do` does.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::spelling;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Action, ActionId, Capacity, Deed, Expression, Node, Observation, ScenarioMeasure, Type,
};
use crate::syntax::tree::{self, Block, BlockKind, ClauseBody, Trigger};

/// The settings of an action.
pub(super) const ACTION_KEYS: [&str; 9] = [
    "observed",
    "lead",
    "times",
    "apart",
    "capacity",
    "available",
    "again_when",
    "cost",
    "on_date",
];

/// When a trigger is read.
pub(super) const OBSERVATIONS: [&str; 4] = ["daily", "weekly", "month_end", "quarter_end"];

impl Compiler<'_> {
    /// An action: its fields, its trigger, what it does.
    pub(super) fn lower_action(&mut self, id: DefId, block: &Block) -> Action {
        let mut action = Action {
            heading: self.heading(id),
            ..Action::default()
        };
        let cx = Context::new(self.scope_of(id));
        let mut does = false;
        for clause in &block.clauses {
            match &clause.body {
                ClauseBody::Setting(setting) => {
                    let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
                        self.unknown_setting(setting, BlockKind::Action, &ACTION_KEYS);
                        continue;
                    };
                    let key = path.text();
                    if self.action_field(&mut action, &key, value, path.span, &cx) {
                        let origin = self.origin(value.span, &clause.metadata);
                        action.origins.insert(key, origin);
                    } else {
                        self.unknown_setting(setting, BlockKind::Action, &ACTION_KEYS);
                    }
                }
                ClauseBody::Trigger(Trigger::When(condition)) => {
                    let when = self.trigger_condition(condition, &cx, clause.span);
                    action.when = Some(when);
                }
                ClauseBody::Trigger(Trigger::Do(what)) => {
                    does = true;
                    if let Some(verb) = self.deed(what, &cx) {
                        action.deeds.push(Deed {
                            verb,
                            text: spelling::expression(what),
                            origin: self.origin(clause.span, &clause.metadata),
                        });
                    }
                }
                body => self.misplaced(body, clause.span, BlockKind::Action),
            }
        }
        let mut missing = Vec::new();
        let dated = block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == "on_date")));
        if action.when.is_none() && !dated {
            missing.push("when");
        }
        if !does {
            missing.push("do");
        }
        if !missing.is_empty() && block.broken.is_empty() {
            self.lacks_settings(&action.heading, &missing);
        }
        action
    }

    /// A condition that is read on an observation day.
    fn trigger_condition(
        &mut self,
        condition: &tree::Expression,
        cx: &Context,
        span: Span,
    ) -> Expression {
        let mut inner = cx.clone();
        inner.trigger = true;
        let condition = self.condition(condition, &inner);
        self.triggers.push((condition.clone(), span));
        condition
    }

    /// An amount that is read on an observation day.
    pub(super) fn observed_amount(
        &mut self,
        value: &tree::Expression,
        due: &Expected,
        cx: &Context,
    ) -> Expression {
        let mut inner = cx.clone();
        inner.trigger = true;
        let amount = self.expect(value, due, &inner);
        self.triggers.push((amount.clone(), value.span));
        let negative = match &amount.node {
            Node::Negate(inner) => matches!(inner.node, Node::Money(..)),
            Node::Money(units, _) => units.is_sign_negative() && !units.is_zero(),
            _ => false,
        };
        if negative {
            self.out_of_range(
                value.span,
                "the amount of an action is not negative",
                "name the verb of the other direction: `sell` and `buy`, `issue` and `buy_back`",
            );
        }
        amount
    }

    pub(super) fn out_of_range(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::error(code::OUT_OF_RANGE, message.to_owned())
                .at(span, "")
                .help(help.to_owned()),
        );
    }

    /// Reads a field into an action; false where an action has no such field.
    pub(super) fn action_field(
        &mut self,
        action: &mut Action,
        key: &str,
        value: &tree::Expression,
        span: Span,
        cx: &Context,
    ) -> bool {
        let due = |ty: Type| Expected::because(ty, span, format!("`{key}`"));
        match key {
            "observed" => match word_of(value) {
                Some("daily") => action.observed = Some(Observation::Daily),
                Some("weekly") => action.observed = Some(Observation::Weekly),
                Some("month_end") => action.observed = Some(Observation::MonthEnd),
                Some("quarter_end") => action.observed = Some(Observation::QuarterEnd),
                _ => self.one_of_words("observed", &OBSERVATIONS, value.span),
            },
            "lead" => action.lead = self.literal_tenor(value, "`lead`", cx),
            "apart" => action.apart = self.literal_tenor(value, "`apart`", cx),
            "times" => {
                let times = self.expect(value, &due(Type::Number), cx);
                action.times = match &times.node {
                    Node::Number(number) if number.fract().is_zero() && *number > Decimal::ZERO => {
                        number.to_u32()
                    }
                    _ if times.ty == Type::Unknown => None,
                    Node::Number(_) => {
                        self.out_of_range(
                            value.span,
                            "`times` counts decisions: a whole number from 1",
                            "write `times = 2`, or leave it out: any number of times",
                        );
                        None
                    }
                    _ => {
                        self.report(
                            Diagnostic::error(
                                code::LITERAL_DUE,
                                "`times` is a number that stands in the text",
                            )
                            .at(value.span, "")
                            .help("write `times = 2`"),
                        );
                        None
                    }
                };
            }
            "capacity" => {
                let (amount, period) = self.per_amount(value, cx);
                match period {
                    Some(period) => action.capacity = Some(Capacity { amount, period }),
                    None if amount.ty == Type::Unknown => {}
                    None => self.report(
                        Diagnostic::error(
                            code::TYPES,
                            "the capacity of an action is an amount in a period",
                        )
                        .at(value.span, "")
                        .help("write `capacity = 1bn EUR per quarter`"),
                    ),
                }
            }
            "available" => action.available = Some(self.trigger_condition(value, cx, value.span)),
            "again_when" => action.again_when = Some(self.trigger_condition(value, cx, value.span)),
            "cost" => action.cost = Some(self.expect(value, &due(Type::Ratio), cx)),
            "on_date" => {
                let date = self.expect(value, &due(Type::Date), cx);
                match date.node {
                    Node::Date(date) => action.on_date = Some(date),
                    _ if date.ty == Type::Unknown => {}
                    _ => self.report(
                        Diagnostic::error(
                            code::LITERAL_DUE,
                            "`on_date` is a day that stands in the text",
                        )
                        .at(value.span, "")
                        .help("write `on_date = 2026-10-15`"),
                    ),
                }
            }
            _ => return false,
        }
        true
    }

    /// A trigger reads nothing that looks ahead, through metrics as well; and no circle of triggers closes.
    pub(super) fn check_triggers(&mut self) {
        let triggers: Vec<(Expression, Span)> = self.triggers.clone();
        for (condition, span) in triggers {
            let reached = self.reach(&[&condition], &std::collections::BTreeSet::new());
            let mut ahead: Option<String> = None;
            for id in &reached.metrics {
                let Some(metric) = self.metrics.get(id.index()) else {
                    continue;
                };
                super::reach::visit(&metric.formula, &mut |node| {
                    if matches!(node, Node::FoldTime { .. } | Node::Under(..)) {
                        ahead = Some(metric.heading.short.clone());
                    }
                });
            }
            if let Some(metric) = ahead {
                self.report(
                    Diagnostic::error(code::LOOK_AHEAD, format!("a trigger may not look ahead: `{metric}` does"))
                        .at(span, "")
                        .help("a trigger reads the action's observation day: `lcr`, or an earlier one: `lcr at start`"),
                );
            } else if self.reads_here(&condition) == super::kind::Reads::Flow {
                self.report(
                    Diagnostic::error(
                        code::BARE_FLOW,
                        "a trigger is read on one day, and this is made of flows",
                    )
                    .at(span, "")
                    .help("read a state: a balance, a ratio, the result retained so far"),
                );
            }
        }
        self.check_trigger_circles();
    }

    /// Actions whose conditions read one another's decisions in a circle.
    fn check_trigger_circles(&mut self) {
        let mut reads: Vec<Vec<usize>> = Vec::new();
        for action in &self.actions.0 {
            let formulas: Vec<&Expression> = action
                .iter()
                .flat_map(|a| [&a.when, &a.available, &a.again_when])
                .flatten()
                .collect();
            let found = self
                .reach(&formulas, &std::collections::BTreeSet::new())
                .actions;
            reads.push(found.iter().map(|id| id.index()).collect());
        }
        let mut told = std::collections::BTreeSet::new();
        for start in 0..reads.len() {
            let Some(circle) = circle_through(start, &reads) else {
                continue;
            };
            if circle.iter().any(|at| told.contains(at)) {
                continue;
            }
            told.extend(circle.iter().copied());
            let headings: Vec<(String, Option<Span>)> = circle
                .iter()
                .filter_map(|at| self.actions.get(*at))
                .map(|a| (a.heading.short.clone(), a.heading.origin.span))
                .collect();
            let Some((first, span)) = headings.first().cloned() else {
                continue;
            };
            let mut path: Vec<&str> = headings.iter().map(|(name, _)| name.as_str()).collect();
            path.push(&first);
            let mut error = Diagnostic::error(
                code::CIRCULAR,
                format!("the triggers of `{first}` and others wait for one another"),
            )
            .note(format!("the circle: {}", path.join(" → ")))
            .help("let one of them read the state alone; the order of `allow` says who goes first");
            if let Some(span) = span {
                error = error.at(span, "");
            }
            for (name, span) in headings.iter().skip(1) {
                if let Some(span) = span {
                    error = error.also(*span, format!("through `{name}`"));
                }
            }
            self.report(error);
        }
    }

    /// The name of an action as an argument.
    pub(super) fn action_named(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<ActionId> {
        let tree::ExpressionKind::Reference(reference) = &expression.kind else {
            self.report(
                Diagnostic::error(code::TYPES, "the name of an action is due here")
                    .at(expression.span, "")
                    .help("an action is declared: `action sell_bonds { … }`"),
            );
            return None;
        };
        let id = self.find_definition(reference, cx)?;
        self.expect_kind(id, BlockKind::Action, expression.span)
            .then(|| self.action_id(id))
    }
}

/// The shortest way from an action back to itself through others; reading one's own decisions is no circle.
fn circle_through(start: usize, reads: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut ways: std::collections::VecDeque<Vec<usize>> = [vec![start]].into();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        for next in reads.get(last)? {
            if *next == start && way.len() > 1 {
                return Some(way);
            }
            if *next != start && seen.insert(*next) {
                let mut longer = way.clone();
                longer.push(*next);
                ways.push_back(longer);
            }
        }
    }
    None
}

/// The measure of `decisions(a)`, `filled(a)`, `no_pending(a)`.
pub(super) fn action_measure(name: &str, action: ActionId) -> ScenarioMeasure {
    match name {
        "decisions" => ScenarioMeasure::Decisions(action),
        "filled" => ScenarioMeasure::Filled(action),
        _ => ScenarioMeasure::NoPending(action),
    }
}

/// Puts a field that a scenario sets into an action.
pub(super) fn put_action_field(action: &mut Action, key: &str, from: &Action) {
    match key {
        "observed" => action.observed = from.observed,
        "lead" => action.lead = from.lead,
        "times" => action.times = from.times,
        "apart" => action.apart = from.apart,
        "capacity" => action.capacity.clone_from(&from.capacity),
        "available" => action.available.clone_from(&from.available),
        "again_when" => action.again_when.clone_from(&from.again_when),
        "cost" => action.cost.clone_from(&from.cost),
        "on_date" => action.on_date = from.on_date,
        _ => {}
    }
}

/// Whether a setting is one that a scenario may set.
pub(super) fn is_action_field(setting: &str) -> bool {
    ACTION_KEYS.contains(&setting)
}
