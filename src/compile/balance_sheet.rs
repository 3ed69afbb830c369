//! What a scenario assumes of its balance sheet: run-off, constant or a plan; what contradicts it.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::overlay::{Flat, Value};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{BalanceSheet, Scenario, Statement, Type};
use crate::syntax::tree::{self, BlockKind};

impl Compiler<'_> {
    /// `constant`, `run_off` or a plan.
    pub(super) fn balance_sheet(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<BalanceSheet> {
        let tree::ExpressionKind::Reference(reference) = &value.kind else {
            self.one_of_words("balance_sheet", &["constant", "run_off"], value.span);
            return None;
        };
        let parted = super::call::Arguments::of(reference.arguments.as_deref().unwrap_or_default());
        match reference.path.text().as_str() {
            "run_off" => Some(BalanceSheet::RunOff),
            "constant" => {
                self.closed_arguments("constant", &parted, 1, &["rate"]);
                let inner = cx.at(super::context::Place::Position(
                    super::context::Members::Open,
                ));
                let rate = parted
                    .get("rate", Some(0))
                    .map(|rate| self.expect(rate, &Expected::new(Type::Rate), &inner));
                Some(BalanceSheet::Constant { rate })
            }
            word => {
                let segments: Vec<&str> = word.split('.').collect();
                if matches!(
                    self.names.find(cx.scope, &segments),
                    super::names::Found::Unknown
                ) {
                    let mut words = vec!["constant", "run_off"];
                    words.extend(self.names_of_kind(BlockKind::Plan));
                    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    self.one_of_words("balance_sheet", &words, value.span);
                    return None;
                }
                let id = self.find_definition(reference, cx)?;
                self.expect_kind(id, BlockKind::Plan, value.span)
                    .then(|| self.new_business(id))
                    .flatten()
                    .map(|plan| BalanceSheet::Plan(Box::new(plan)))
            }
        }
    }

    /// Puts the sizes that a scenario sets into the lines of its plan, and lists the lines.
    pub(super) fn put_sizes(&mut self, scenario: &mut Scenario, flat: &Flat) {
        let Some(BalanceSheet::Plan(plan)) = &mut scenario.balance_sheet else {
            return;
        };
        for line in &mut plan.lines {
            let (word, about) = line.key.split_once('.').unwrap_or((line.key.as_str(), ""));
            scenario.statements.push(Statement {
                key: format!("plan {word} {about}"),
                value: line.text.clone(),
                origin: line.origin.clone(),
            });
            let key = format!("set {}.{}", plan.heading.name, line.key);
            if let Some(Value::Size(_, value)) = flat.get(&key).map(|entry| &entry.value)
                && let Some(size) = line.volume.size_mut()
            {
                *size = value.clone();
            }
        }
    }

    /// A scenario that is run and sets a line of a plan stands on that plan.
    pub(super) fn check_sizes(&mut self, scenario: &Scenario, flat: &Flat) {
        for entry in flat.values() {
            let Value::Size(plan, _) = &entry.value else {
                continue;
            };
            let sheet = match &scenario.balance_sheet {
                Some(BalanceSheet::Plan(own)) if own.heading.name == *plan => continue,
                Some(BalanceSheet::Plan(own)) => format!("the plan `{}`", own.heading.name),
                Some(BalanceSheet::Constant { .. }) => "constant".to_owned(),
                Some(BalanceSheet::RunOff) => "run off".to_owned(),
                None => continue,
            };
            self.report(
                Diagnostic::error(
                    code::PLAN_CONTRADICTS,
                    format!(
                        "`{}` sets a line of `{plan}`, and its balance sheet is {sheet}",
                        scenario.key.0
                    ),
                )
                .at(entry.span, "")
                .help(format!(
                    "write `balance_sheet = {plan}` in the scenario, or leave the line out"
                )),
            );
        }
    }

    /// Renewals are new business: under run-off they contradict it, under a constant balance sheet they say nothing more (B20).
    pub(super) fn check_renewals(&mut self, scenario: &Scenario) {
        for behaviour in scenario.behaviours.values() {
            if behaviour.settings.renew.is_none() {
                continue;
            }
            let (name, key) = (&behaviour.heading.short, &scenario.key.0);
            let place = behaviour
                .origins
                .get("renew")
                .and_then(|origin| origin.span);
            let found = match &scenario.balance_sheet {
                Some(BalanceSheet::RunOff) => Diagnostic::error(
                    code::PLAN_CONTRADICTS,
                    format!("`{name}` renews what falls due, and in `{key}` the balance sheet runs off"),
                )
                .help("a plan renews: `balance_sheet = budget_2026`; or leave the behaviour out: `behaviours = …` in the exercise"),
                Some(BalanceSheet::Constant { .. }) => Diagnostic::warning(
                    codes::warning::RENEWED_ANYWAY,
                    format!("`renew` of `{name}` is passed over in `{key}`: a constant balance sheet replaces all that comes back"),
                )
                .help("it counts under a plan: `balance_sheet = budget_2026`"),
                _ => continue,
            };
            self.report(match place {
                Some(span) => found.at(span, ""),
                None => found,
            });
        }
    }
}
