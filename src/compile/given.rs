//! The `given` lines of a test: what stands in place of what would be computed or read.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::exercise::Draft;
use super::names::{Found, ScopeId};
use super::overlay::{Flat, Stage};
use super::typing::money;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Node, Over, Reasons, ScenarioKey, ScenarioMeasure, Slice, Type};
use crate::syntax::tree::{
    self, Argument, ArgumentName, Clause, ClauseBody, FactorKind, Given, Item, Reference,
};

impl Compiler<'_> {
    /// Reads a `given` line into the draft; what a scenario may set is kept for when its scenarios are flat.
    pub(super) fn given_line(&mut self, draft: &mut Draft, given: &Given, clause: &Clause) {
        let mut cx = Context::new(draft.scope);
        cx.test = true;
        let target = &given.target;
        let name = target.path.text();
        match name.as_str() {
            "fx" => {
                let currency = target
                    .arguments
                    .as_deref()
                    .and_then(|a| a.first())
                    .and_then(|a| self.literal_currency(&a.value, &cx));
                let Some(currency) = currency else {
                    self.too_few("fx", "a currency: `given fx(USD) = 0.92 EUR`", target.span);
                    return;
                };
                let value = self.expect(
                    &given.value,
                    &Expected::because(money(), target.span, "what one unit is worth"),
                    &cx,
                );
                draft.givens.fx.insert(currency, value);
                return;
            }
            "swap_rate" => {
                let parted =
                    super::call::Arguments::of(target.arguments.as_deref().unwrap_or_default());
                let tenor = parted
                    .get("tenor", Some(0))
                    .and_then(|tenor| self.literal_tenor(tenor, "the tenor", &cx));
                let Some(tenor) = tenor else {
                    self.too_few(
                        "swap_rate",
                        "a tenor: `given swap_rate(5Y) = 2.4%`",
                        target.span,
                    );
                    return;
                };
                let curve = parted
                    .get("curve", Some(1))
                    .and_then(|curve| self.curve_name(curve));
                let value = self.expect(&given.value, &Expected::new(Type::Rate), &cx);
                draft.givens.swap_rates.push((tenor, curve, value));
                return;
            }
            _ => {}
        }
        let segments: Vec<&str> = target
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        let found = self.names.find(cx.scope, &segments);
        if let Found::Definition(id, used) = found {
            if used < segments.len() {
                draft.overlays.push(clause.clone());
                return;
            }
            self.named.insert(id);
            let Some(definition) = self.definition(id) else {
                return;
            };
            match &definition.declaration.item {
                Item::Metric(metric) => {
                    let ty = self.metric_type(id, metric);
                    let slice =
                        self.slice(target.arguments.as_deref().unwrap_or_default(), target, &cx);
                    let inner = self.sliced(&cx, &slice);
                    let value = self.expect(
                        &given.value,
                        &Expected::because(
                            sliced_money(ty),
                            metric.value_type.span,
                            "the metric's type",
                        ),
                        &inner,
                    );
                    let metric = self.metric_id(id);
                    draft.givens.metrics.push((metric, slice, value));
                }
                Item::Function(function) => {
                    let parameters = self.parameters_of(&function.parameters, id);
                    let all = target.arguments.as_deref().unwrap_or_default();
                    let names: Vec<&str> =
                        parameters.iter().map(|(name, _)| name.as_str()).collect();
                    let is_own = |argument: &&Argument| match &argument.name {
                        Some(ArgumentName::Name(name)) => names.contains(&name.text.as_str()),
                        _ => true,
                    };
                    let own: Vec<Argument> = all.iter().filter(is_own).cloned().collect();
                    let others: Vec<Argument> = all
                        .iter()
                        .filter(|argument| !is_own(argument))
                        .cloned()
                        .collect();
                    let slice = self.slice(&others, target, &cx);
                    let called = Reference {
                        path: target.path.clone(),
                        arguments: Some(own),
                        span: target.span,
                    };
                    let Some(values) = self.called(&parameters, &function.parameters, &called, &cx)
                    else {
                        return;
                    };
                    let ty = self.header_type(&function.value_type, definition.scope);
                    let inner = self.sliced(&cx, &slice);
                    let value = self.expect(
                        &given.value,
                        &Expected::because(
                            sliced_money(ty),
                            function.value_type.span,
                            "the function's type",
                        ),
                        &inner,
                    );
                    let function = self.function_id(id);
                    draft
                        .givens
                        .functions
                        .push((function, values, slice, value));
                }
                _ => draft.overlays.push(clause.clone()),
            }
            return;
        }
        if let Some(measure) = measure(&name) {
            let value = self.expect(&given.value, &Expected::new(money()), &cx);
            draft.givens.measures.push((measure, value));
            return;
        }
        if let Some(factor) = self.factors.get(&name).cloned() {
            match factor.kind {
                FactorKind::Curve | FactorKind::Spread => {
                    if let Some(curve) =
                        self.curve(&given.value, factor.kind == FactorKind::Spread, &cx)
                    {
                        draft.givens.curves.insert(name, curve);
                    }
                }
                _ => match self.path_definition(&given.value, &factor.ty, &cx) {
                    Some(path) => {
                        draft.givens.paths.insert(name, path);
                    }
                    None => {
                        // A single value: the level of every day.
                        let value = self.expect(&given.value, &Expected::new(factor.ty), &cx);
                        if value.ty != Type::Unknown {
                            let path = crate::plan::PathDefinition::Inline(vec![(
                                crate::calendar::Date::MIN,
                                value,
                            )]);
                            draft.givens.paths.insert(name, path);
                        }
                    }
                },
            }
            return;
        }
        match found {
            Found::Broken => {}
            Found::NoMember(module, used) => {
                let error = self.names.no_member(
                    module,
                    segments.get(used).copied().unwrap_or_default(),
                    target.path.span,
                );
                self.report(error);
            }
            _ => self.unknown_name(&name, target.path.span, None, &cx),
        }
    }

    /// The values of dimensions that a `given` is for: `given lcr(currency = EUR) = …`.
    fn slice(&mut self, arguments: &[Argument], target: &Reference, cx: &Context) -> Slice {
        let mut slice = Slice::default();
        for argument in arguments {
            let Some(ArgumentName::Name(name)) = &argument.name else {
                self.report(
                    Diagnostic::error(code::ARGUMENTS, "a slice names its dimension")
                        .at(argument.span, "")
                        .help(format!(
                            "write `given {}(currency = EUR) = …`",
                            target.path.text()
                        )),
                );
                continue;
            };
            if name.text == "currency" {
                slice.currency = self.literal_currency(&argument.value, cx);
                continue;
            }
            let [dimension] = self.names.dimensions_called(cx.scope, &name.text)[..] else {
                self.unknown_name(&name.text, name.span, None, cx);
                continue;
            };
            let dimension = self.dimension_id(dimension);
            let ty = self.dimension_type(dimension);
            let value = self.expect(&argument.value, &Expected::new(ty), cx);
            if value.ty != Type::Unknown {
                slice.members.push((dimension, value.node));
            }
        }
        slice
    }

    fn sliced(&self, cx: &Context, slice: &Slice) -> Context {
        let mut inner = cx.clone();
        if slice.currency.is_some() {
            inner.over.push(Over::Currency);
        }
        inner
            .over
            .extend(slice.members.iter().map(|(id, _)| Over::Dimension(*id)));
        inner
    }

    /// Puts a given value over a flat scenario, as its innermost statement.
    pub(super) fn overlay_given(
        &mut self,
        clause: &Clause,
        key: &ScenarioKey,
        flat: Flat,
        scope: ScopeId,
    ) -> Flat {
        let ClauseBody::Given(given) = &clause.body else {
            return flat;
        };
        let mut cx = Context::new(scope);
        cx.test = true;
        cx.overlay = true;
        let mut stage = Stage {
            below: &flat,
            name: key.0.clone(),
            key: format!("given {}:{}", clause.span.file.0, clause.span.start),
            parent: Some(key.0.clone()),
            market: None,
            given_curves: Vec::new(),
            dry: false,
            own: std::collections::BTreeMap::new(),
            flat: flat.clone(),
            reasons: Reasons::default(),
        };
        self.set_statement(&given.target, &given.value, clause, &cx, &mut stage);
        stage.flat
    }

    /// The condition of an `expect` line, and its tolerance in the unit of what is compared.
    pub(super) fn expectation(
        &mut self,
        expect: &tree::Expect,
        clause: &Clause,
        scope: ScopeId,
    ) -> crate::plan::Expectation {
        let mut cx = Context::new(scope);
        cx.test = true;
        let condition = self.condition(&expect.condition, &cx);
        let ty = match &condition.node {
            Node::Compare(_, left, _) => left.ty.clone(),
            _ => Type::Unknown,
        };
        let within = expect
            .within
            .as_ref()
            .map(|within| self.tolerance(within, &ty, &cx));
        let origin = self.origin(clause.span, &clause.metadata);
        crate::plan::Expectation {
            condition,
            within,
            text: super::spelling::expression(&expect.condition),
            origin,
        }
    }
}

fn measure(name: &str) -> Option<ScenarioMeasure> {
    Some(match name {
        "cash" => ScenarioMeasure::Cash,
        "unmet" => ScenarioMeasure::Unmet,
        "equity" => ScenarioMeasure::Equity,
        "headroom" => ScenarioMeasure::Headroom,
        "net_interest" => ScenarioMeasure::NetInterest,
        _ => return None,
    })
}

/// A given amount may be in any currency: the slice, or the test, says which.
fn sliced_money(ty: Type) -> Type {
    match ty {
        Type::Money(_) => money(),
        ty => ty,
    }
}
