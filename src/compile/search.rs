//! Lists of values after `for … in`, and searches: which values of a family are scanned, and what is looked for.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Local};
use super::exercise::Draft;
use super::overlay::Ground;
use super::reach::Reached;
use super::scenario_key::ScenarioRef;
use super::spelling;
use super::typing::{Flex, Typed};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{BehaviourId, Expression, Node, ScenarioKey, Search, Type};
use crate::quantity::Currency;
use crate::syntax::tree::{self, Clause, Each, ExpressionKind};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The most values that a `range` may hold.
const MOST: usize = 10_000;

/// A search while its exercise is read: its scenario is flattened when the market is known.
#[derive(Clone)]
pub(super) struct SearchDraft {
    search: Search,
    key: ScenarioKey,
    span: Span,
}

impl SearchDraft {
    /// What is looked for.
    pub(super) fn condition(&self) -> &Expression {
        &self.search.condition
    }
}

impl Compiler<'_> {
    /// The values of `for … in`: literals, and those of a `range`.
    pub(super) fn listed(&mut self, each: &Each, cx: &Context) -> Vec<Typed> {
        let mut values = Vec::new();
        for value in &each.values {
            match &value.kind {
                ExpressionKind::Reference(reference) if reference.path.text() == "range" => {
                    let arguments = reference.arguments.as_deref().unwrap_or_default();
                    values.extend(self.range(arguments, value.span, cx).unwrap_or_default());
                }
                _ => {
                    let typed = self.expression(value, None, cx);
                    if !typed.is_unknown() {
                        values.push(typed);
                    }
                }
            }
        }
        values
    }

    /// `range(a, b, step = s)`: a, a + s, … up to b; down to b where b is the smaller one.
    fn range(
        &mut self,
        arguments: &[tree::Argument],
        span: Span,
        cx: &Context,
    ) -> Option<Vec<Typed>> {
        let parted = Arguments::of(arguments);
        let before = self.diagnostics.len();
        self.closed_arguments("range", &parted, 3, &["step"]);
        let misspelt = self.diagnostics.len() > before;
        let (Some(from), Some(to), Some(step)) = (
            parted.plain.first(),
            parted.plain.get(1),
            parted.get("step", Some(2)),
        ) else {
            let error = Diagnostic::error(
                code::ARGUMENTS,
                "`range` takes its first value, its last and the step between two",
            )
            .at(span, "")
            .help("write `range(0bp, 500bp, step = 25bp)`");
            // What seems to be missing may be the one that is misspelt.
            if !misspelt {
                self.report(error);
            }
            return None;
        };
        let from = self.expression(&from.value, None, cx);
        let to = self.expression(&to.value, None, cx);
        let step_at = step.span;
        let step = self.expression(step, None, cx);
        if from.is_unknown() || to.is_unknown() || step.is_unknown() {
            return None;
        }
        let (from, to, ty, flex) = self.unify(from, to, "make a range", span)?;
        let first = Typed {
            expression: from,
            flex,
        };
        let (from, step, ty, flex) = match self.unify(first, step, "make a range", span)? {
            (from, step, more, flex) if ty == Type::Number => (from, step, more, flex),
            (from, step, _, flex) => (from, step, ty, flex),
        };
        let (from_at, to_at) = (from.span.unwrap_or(span), to.span.unwrap_or(span));
        let from = self.literal_value(from, from_at)?;
        let to = self.literal_value(to, to_at)?;
        let step = self.literal_value(step, step_at)?;
        let (Some((a, currency)), Some((b, other)), Some((s, third))) =
            (counted(&from), counted(&to), counted(&step))
        else {
            let a = self.a_type(&ty);
            self.report(
                Diagnostic::error(
                    code::TYPES,
                    format!("`range` counts numbers, ratios, rates and amounts, this is {a}"),
                )
                .at(span, "")
                .help("list other values: `for term in 1M, 3M, 6M`"),
            );
            return None;
        };
        let wrong = if s.is_zero() {
            Some("a step of nothing never reaches the last value")
        } else if b > a && s < Decimal::ZERO {
            Some("the step leads away from the last value")
        } else {
            None
        };
        if let Some(why) = wrong {
            self.report(
                Diagnostic::error(code::OUT_OF_RANGE, why)
                    .at(step_at, "")
                    .help("the step is the distance between two values: `step = 25bp`"),
            );
            return None;
        }
        let stride = if b < a { -s.abs() } else { s.abs() };
        let count = ((b - a) / stride).floor();
        if count >= Decimal::from(MOST as u64) {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("this range holds more than {MOST} values"),
                )
                .at(span, "")
                .help("take a wider step; a search bisects between two values of it anyway"),
            );
            return None;
        }
        let money = currency.or(other).or(third);
        let mut values = Vec::new();
        let mut value = a;
        while (stride > Decimal::ZERO && value <= b) || (stride < Decimal::ZERO && value >= b) {
            let node = match ty {
                Type::Money(_) => Node::Money(value, money),
                _ => Node::Number(value),
            };
            values.push(Typed::flexible(node, ty.clone(), span, flex));
            value += stride;
        }
        Some(values)
    }

    /// `search family(x) for x in range(…): condition`, but for its scenario, which needs the market.
    pub(super) fn search_line(
        &mut self,
        draft: &mut Draft,
        line: &tree::Search,
        clause: &Clause,
        cx: &Context,
    ) {
        let values = self.listed(&line.each, cx);
        let Some(first) = values.first().cloned() else {
            return;
        };
        let variable = line.each.variable.text.clone();
        // Each value first, so that what is wrong with one is told where it stands, and told once.
        for value in &values {
            if self.wrong_within(line.each.span) || self.wrong_within(line.scenario.span) {
                return;
            }
            let mut inner = cx.clone();
            inner.locals.push((
                variable.clone(),
                Local::Open(Box::new(value.expression.clone()), value.flex),
            ));
            if self.sum_key(&line.scenario, &inner).is_none() {
                return;
            }
        }
        let mut inner = cx.clone();
        let open = Expression {
            node: Node::Local(0),
            ..first.expression.clone()
        };
        // A zero fits every unit: the other values say what this one is.
        let flex = values
            .iter()
            .map(|value| value.flex)
            .find(|flex| *flex != Flex::Zero)
            .unwrap_or(first.flex);
        let ty = values
            .iter()
            .find(|value| value.flex != Flex::Zero)
            .map_or_else(|| first.ty().clone(), |value| value.ty().clone());
        let open = Expression { ty, ..open };
        inner
            .locals
            .push((variable.clone(), Local::Open(Box::new(open), flex)));
        let Some(key) = self.sum_key(&line.scenario, &inner) else {
            return;
        };
        let Some((family, ty)) = self.searched_family(&key) else {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("no scenario of this search takes `{variable}`"),
                )
                .at(line.each.variable.span, "")
                .help(format!(
                    "search a family: `search parallel({variable}) for {variable} in …`"
                )),
            );
            return;
        };
        let mut numbers = Vec::new();
        let mut currency: Option<Currency> = None;
        for value in &values {
            let span = value.span().unwrap_or(line.each.span);
            let Some(literal) = self.literal_value(value.expression.clone(), span) else {
                return;
            };
            match counted(&literal) {
                Some((number, of)) => {
                    numbers.push(number);
                    currency = currency.or(of);
                }
                None => {
                    let a = self.a_type(value.ty());
                    self.report(
                        Diagnostic::error(
                            code::TYPES,
                            format!("a search bisects between numbers, ratios, rates or amounts, this is {a}"),
                        )
                        .at(span, "")
                        .help("run the values instead: `run late(delay) for delay in 1M, 3M, 6M`"),
                    );
                    return;
                }
            }
        }
        let rises = numbers
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a < b));
        let falls = numbers
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a > b));
        if !rises && !falls {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    "the values of a search go one way, the mildest first",
                )
                .at(line.each.span, "")
                .help("order them: `for size in 50bp, 100bp, 200bp`"),
            );
            return;
        }
        inner.locals.pop();
        inner
            .locals
            .push((variable.clone(), Local::Argument(0, ty.clone())));
        let condition = self.condition(&line.condition, &inner);
        if condition.ty == Type::Unknown {
            return;
        }
        let list: Vec<String> = line.each.values.iter().map(spelling::expression).collect();
        let scenario: Vec<String> = line
            .scenario
            .members
            .iter()
            .map(spelling::reference)
            .collect();
        let text = format!(
            "{} for {variable} in {}: {}",
            scenario.join(" + "),
            list.join(", "),
            spelling::expression(&line.condition)
        );
        let search = Search {
            text,
            family,
            variable,
            ty,
            currency,
            values: numbers,
            scenario: super::overlay::nothing(&key),
            condition,
            origin: self.origin(clause.span, &clause.metadata),
        };
        draft.searches.push(SearchDraft {
            search,
            key,
            span: line.scenario.span,
        });
    }

    /// The family of a sum that takes the value that is searched for, and the type of its parameter.
    pub(super) fn searched_family(&self, key: &ScenarioKey) -> Option<(String, Type)> {
        match self.scenario_refs.get(key)? {
            ScenarioRef::Named(id, arguments) => arguments
                .iter()
                .find(|(_, value)| value.node == Node::Local(0))
                .map(|(_, value)| (self.names.full_name(*id), value.ty.clone())),
            ScenarioRef::Sum(members) => members
                .iter()
                .find_map(|member| self.searched_family(member)),
        }
    }

    /// Flattens the scenarios of searches.
    pub(super) fn searches(
        &mut self,
        whole: &Draft,
        ground: &Ground<'_>,
        behaviours: &[BehaviourId],
        has_positions: bool,
    ) -> Vec<Search> {
        let mut made = Vec::new();
        for draft in whole.searches.clone() {
            let mut flat =
                (*self.flatten(&draft.key, ground, &mut Vec::new(), &mut BTreeMap::new())).clone();
            self.mark_flattened(&draft.key);
            for given in &whole.overlays {
                flat = self.overlay_given(given, &draft.key, flat, whole.scope);
            }
            self.drain();
            let scenario = self.scenario(&draft.key, &flat, behaviours);
            if has_positions {
                self.check_runnable(&scenario, draft.span);
            }
            made.push(Search {
                scenario,
                ..draft.search
            });
        }
        made
    }

    /// `found(f)` reads the one search over the family.
    pub(super) fn check_found(
        &mut self,
        reached: &Reached,
        searches: &[Search],
        exercise: &str,
        at: Span,
    ) {
        for (family, span) in &reached.found {
            let over = searches
                .iter()
                .filter(|s| s.family == *family && s.is_of_text())
                .count();
            if over == 1 {
                continue;
            }
            let message = if over == 0 {
                format!(
                    "`found({family})` reads a search over `{family}`, which `{exercise}` does not have"
                )
            } else {
                format!(
                    "`{exercise}` has {over} searches over `{family}`: `found({family})` may mean each of them"
                )
            };
            let error = Diagnostic::error(code::NOT_RUN, message)
                .also(at, "here")
                .help(if over == 0 {
                    format!("add `search {family}(x) for x in range(…): lcr_low < 100%`")
                } else {
                    "search the two in exercises of their own".to_owned()
                });
            self.report(match span {
                Some(span) => error.at(*span, ""),
                None => error,
            });
        }
    }

    /// A `range` that stands anywhere else.
    pub(super) fn lost_range(&mut self, span: Span) -> Typed {
        self.report(
            Diagnostic::error(code::WRONG_PLACE, "a range is a list of values, not a value")
                .at(span, "")
                .help("it stands after `for … in`: `run parallel(size) for size in range(-200bp, 200bp, step = 50bp)`"),
        );
        Typed::unknown(span)
    }

    /// The type that a family's first parameter has, and its full name.
    pub(super) fn found_call(
        &mut self,
        argument: Option<&tree::Argument>,
        span: Span,
        cx: &Context,
    ) -> Typed {
        let Some(argument) = argument else {
            return self.too_few("found", "a family of scenarios", span);
        };
        match self.family_of(&argument.value, cx) {
            Some((family, ty)) => Typed::fixed(Node::Found(family), ty, span),
            None => Typed::unknown(span),
        }
    }
}

/// The number of a literal, with the currency of an amount.
fn counted(literal: &Expression) -> Option<(Decimal, Option<Currency>)> {
    match &literal.node {
        Node::Number(n) => Some((*n, None)),
        Node::Money(n, currency) => Some((*n, *currency)),
        _ => None,
    }
}
