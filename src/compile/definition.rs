//! Parameters, functions, shapes, metrics and limits.

use rust_decimal::Decimal;

use super::compiler::Compiler;
use super::context::{Context, Expected, Local};
use super::names::DefId;
use super::share::is_share;
use super::typing::{Typed, money};
use crate::diagnostic::codes::{compile as code, warning};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Expression, Function, Limit, LimitSeverity, Metric, MetricKind, MoneyTag, Node, Parameter,
    Requirement, Shape, Type,
};
use crate::syntax::tree::{
    self, Binding, Block, ClauseBody, ExpressionKind, LiteralValue, Reference, TailKind,
};

impl Compiler<'_> {
    /// The type of a metric: what its header says, with the currency if its formula names one.
    pub(super) fn metric_type(&mut self, id: DefId, metric: &tree::Metric) -> Type {
        let scope = self.scope_of(id);
        match self.header_type(&metric.value_type, scope) {
            Type::Money(_) => Type::Money(stated_currency(&metric.body)),
            ty => ty,
        }
    }

    pub(super) fn parameter_type(&mut self, id: DefId, binding: &Binding) -> Type {
        let scope = self.scope_of(id);
        match (self.header_type(&binding.value_type, scope), &binding.value) {
            (Type::Money(_), Some(value)) => Type::Money(stated_currency(value)),
            (ty, _) => ty,
        }
    }

    pub(super) fn lower_metric(&mut self, id: DefId, metric: &tree::Metric) -> Metric {
        let heading = self.heading(id);
        let ty = self.metric_type(id, metric);
        let cx = Context::new(self.scope_of(id));
        let expected = Expected::because(ty.clone(), metric.value_type.span, "the metric's type");
        let formula = self.expect(&metric.body, &expected, &cx);
        Metric {
            heading,
            ty,
            kind: MetricKind::State,
            formula,
        }
    }

    pub(super) fn lower_parameter(&mut self, id: DefId, binding: &Binding) -> Parameter {
        let heading = self.heading(id);
        let ty = self.parameter_type(id, binding);
        let cx = Context::new(self.scope_of(id));
        let expected =
            Expected::because(ty.clone(), binding.value_type.span, "the type of the `let`");
        let value = binding
            .value
            .as_ref()
            .filter(|_| expected.ty != Type::Unknown)
            .map(|value| self.expect(value, &expected, &cx));
        if let Some(value) = &value {
            self.hold_to_share(&binding.value_type, value);
        }
        Parameter {
            heading,
            ty,
            is_share: is_share(&binding.value_type),
            value,
        }
    }

    /// Names and types of parameters.
    pub(super) fn parameters_of(
        &mut self,
        parameters: &[tree::Parameter],
        id: DefId,
    ) -> Vec<(String, Type)> {
        let scope = self.scope_of(id);
        let mut list: Vec<(String, Type)> = Vec::new();
        for parameter in parameters {
            let ty = self.header_type(&parameter.value_type, scope);
            if let Some(first) = parameters.iter().find(|other| {
                other.name.text == parameter.name.text && other.name.span != parameter.name.span
            }) && list.iter().any(|(name, _)| *name == parameter.name.text)
            {
                self.report(
                    Diagnostic::error(
                        code::DEFINED_TWICE,
                        format!("`{}` is a parameter twice", parameter.name.text),
                    )
                    .at(parameter.name.span, "again here")
                    .also(first.name.span, "first here")
                    .help("give each its own name"),
                );
            }
            list.push((parameter.name.text.clone(), ty));
        }
        list
    }

    fn body_context(&self, id: DefId, parameters: &[(String, Type)]) -> Context {
        let mut cx = Context::new(self.scope_of(id));
        for (index, (name, ty)) in parameters.iter().enumerate() {
            cx.locals
                .push((name.clone(), Local::Argument(index as u32, ty.clone())));
        }
        cx
    }

    pub(super) fn lower_function(&mut self, id: DefId, function: &tree::Function) -> Function {
        let heading = self.heading(id);
        let parameters = self.parameters_of(&function.parameters, id);
        let ty = self.header_type(&function.value_type, self.scope_of(id));
        let cx = self.body_context(id, &parameters);
        let expected =
            Expected::because(ty.clone(), function.value_type.span, "the function's type");
        let body = self.expect(&function.body, &expected, &cx);
        Function {
            heading,
            parameters,
            ty,
            body,
        }
    }

    pub(super) fn lower_shape(&mut self, id: DefId, shape: &tree::Shape) -> Shape {
        let heading = self.heading(id);
        let parameters = self.parameters_of(&shape.parameters, id);
        let mut cx = self.body_context(id, &parameters);
        cx.shape = true;
        cx.locals.push((shape.variable.text.clone(), Local::Time));
        let body = self.expect(
            &shape.body,
            &Expected::because(
                Type::Rate,
                shape.variable.span,
                "a shape is a rate at each t",
            ),
            &cx,
        );
        Shape {
            heading,
            parameters,
            body,
        }
    }

    /// `net_after_cap(outflows, inflows)`.
    pub(super) fn function_call(
        &mut self,
        id: DefId,
        function: &tree::Function,
        reference: &Reference,
        cx: &Context,
    ) -> Typed {
        let parameters = self.parameters_of(&function.parameters, id);
        let scope = self.scope_of(id);
        let ty = self.header_type(&function.value_type, scope);
        let Some(values) = self.called(&parameters, &function.parameters, reference, cx) else {
            return Typed::unknown(reference.span);
        };
        // Windows, curves and selections stand in the plan itself: a function over them is put in at the call.
        let inlined = parameters
            .iter()
            .any(|(_, ty)| matches!(ty, Type::Tenor | Type::Selection | Type::Curve | Type::Date));
        if !inlined {
            return Typed::fixed(Node::Call(self.function_id(id), values), ty, reference.span);
        }
        if self.inlining.contains(&id) {
            self.report(
                Diagnostic::error(
                    code::CIRCULAR,
                    format!("`{}` calls itself", reference.path.text()),
                )
                .at(reference.span, "")
                .help("definitions do not recur: every run ends"),
            );
            return Typed::unknown(reference.span);
        }
        let mut inner = Context::new(scope);
        inner.place = super::context::Place::Plain;
        inner.over = cx.over.clone();
        inner.trigger = cx.trigger;
        for ((name, _), value) in parameters.into_iter().zip(values) {
            inner.locals.push((name, Local::Value(Box::new(value))));
        }
        self.inlining.push(id);
        let mut body = self.expect(
            &function.body,
            &Expected::because(ty.clone(), function.value_type.span, "the function's type"),
            &inner,
        );
        self.inlining.pop();
        body.span = Some(reference.span);
        let ty = body.ty.clone();
        Typed::fixed(body.node, ty, reference.span)
    }

    pub(super) fn shape_arguments(
        &mut self,
        id: DefId,
        shape: &tree::Shape,
        reference: &Reference,
        cx: &Context,
    ) -> Vec<crate::plan::Expression> {
        let parameters = self.parameters_of(&shape.parameters, id);
        let mut outside = cx.clone();
        outside.shape = false;
        self.called(&parameters, &shape.parameters, reference, &outside)
            .unwrap_or_default()
    }

    /// The arguments of a call in the order of the parameters; `None` if they do not fit in number or name.
    pub(super) fn called(
        &mut self,
        parameters: &[(String, Type)],
        written: &[tree::Parameter],
        reference: &Reference,
        cx: &Context,
    ) -> Option<Vec<crate::plan::Expression>> {
        let arguments = reference.arguments.as_deref().unwrap_or_default();
        let parted = super::call::Arguments::of(arguments);
        let mut plain = parted.plain.iter();
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for ((name, ty), parameter) in parameters.iter().zip(written) {
            let named = parted
                .named
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, argument)| *argument);
            match named.or_else(|| plain.next().copied()) {
                Some(argument) => {
                    let expected = Expected::because(ty.clone(), parameter.span, "the parameter");
                    let mut value = self.expect(&argument.value, &expected, cx);
                    if *ty == Type::Unknown {
                        value.ty = Type::Unknown;
                    }
                    values.push(value);
                }
                None => missing.push(name.clone()),
            }
        }
        let name = reference.path.text();
        let mut whole = true;
        let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        for (unknown, argument) in &parted.named {
            if !parameters.iter().any(|(name, _)| name == unknown) {
                let error = Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{name}` has no parameter `{unknown}`"),
                )
                .at(argument_name(argument), "");
                self.report(
                    match super::suggest::nearest(unknown, names.iter().copied()) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error.help(format!(
                            "its parameters are {}",
                            super::suggest::listed(&names)
                        )),
                    },
                );
                whole = false;
            }
        }
        if !missing.is_empty() && whole {
            let listed = super::suggest::listed(&missing);
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{name}` is called without {listed}"),
                )
                .at(reference.span, "")
                .help(format!("write `{name}({})`", names.join(", "))),
            );
            whole = false;
        }
        for extra in plain {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    match parameters.len() {
                        0 => format!("`{name}` takes no argument"),
                        1 => format!("`{name}` takes one argument"),
                        count => format!("`{name}` takes {count} arguments"),
                    },
                )
                .at(extra.span, "one too many")
                .help(format!("write `{name}({})`", names.join(", "))),
            );
            whole = false;
        }
        whole.then_some(values)
    }

    /// Warns of a warning that comes only where the breach has come already.
    fn check_warnings(&mut self, block: &Block) {
        let bounds: Vec<(bool, String, bool, Decimal, Span)> = block
            .clauses
            .iter()
            .filter_map(|clause| {
                let ClauseBody::Require(require) = &clause.body else {
                    return None;
                };
                let ExpressionKind::Compare {
                    left,
                    operator,
                    right,
                    ..
                } = &require.condition.kind
                else {
                    return None;
                };
                let ExpressionKind::Literal(literal) = &right.kind else {
                    return None;
                };
                let least = match operator {
                    tree::Comparison::AtLeast | tree::Comparison::Greater => true,
                    tree::Comparison::AtMost | tree::Comparison::Less => false,
                    _ => return None,
                };
                let value = match self.literal(literal, right.span).expression.node {
                    Node::Number(value) | Node::Money(value, _) => value,
                    _ => return None,
                };
                Some((
                    require.breach,
                    super::spelling::expression(left),
                    least,
                    value,
                    require.condition.span,
                ))
            })
            .collect();
        for (_, what, least, value, span) in bounds.iter().filter(|bound| !bound.0) {
            let breach = bounds.iter().find(|(breach, other, same, limit, _)| {
                *breach
                    && other == what
                    && same == least
                    && if *least {
                        value <= limit
                    } else {
                        value >= limit
                    }
            });
            if let Some((_, _, _, _, at)) = breach {
                self.report(
                    Diagnostic::warning(
                        warning::WARNING_AFTER_BREACH,
                        format!("the warning on `{what}` can never come before its breach"),
                    )
                    .at(*span, "the warning")
                    .also(*at, "the breach")
                    .help("a warning stands on the safe side of the breach"),
                );
            }
        }
    }

    /// What all lines of a limit require, warnings too: in a test its name is true where all of it holds.
    pub(super) fn conditions_of_limit(&mut self, id: DefId, block: &Block) -> Vec<Expression> {
        let cx = Context::new(self.scope_of(id));
        let mut conditions = Vec::new();
        for clause in &block.clauses {
            if let ClauseBody::Require(require) = &clause.body {
                conditions.push(self.condition(&require.condition, &cx));
            }
        }
        conditions
    }

    pub(super) fn lower_limit(&mut self, id: DefId, block: &Block) -> Limit {
        let heading = self.heading(id);
        let cx = Context::new(self.scope_of(id));
        let mut requirements: Vec<Requirement> = Vec::new();
        for clause in &block.clauses {
            let ClauseBody::Require(require) = &clause.body else {
                self.misplaced(&clause.body, clause.span, tree::BlockKind::Limit);
                continue;
            };
            let condition = self.condition(&require.condition, &cx);
            requirements.push(Requirement {
                condition,
                text: super::spelling::expression(&require.condition),
                severity: if require.breach {
                    LimitSeverity::Breach
                } else {
                    LimitSeverity::Warning
                },
                origin: self.origin(clause.span, &clause.metadata),
            });
        }
        self.check_warnings(block);
        if block.clauses.is_empty() && block.broken.is_empty() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` requires nothing", heading.short),
                )
                .at(
                    heading
                        .origin
                        .span
                        .unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0)),
                    "",
                )
                .help("write `require lcr >= 100% else breach`"),
            );
        }
        Limit {
            heading,
            requirements,
        }
    }
}

/// The place of an argument's name, or of all of it.
pub(super) fn argument_name(argument: &tree::Argument) -> Span {
    match &argument.name {
        Some(tree::ArgumentName::Name(name)) => name.span,
        _ => argument.span,
    }
}

/// The currency of an amount as far as the text shows it at first sight.
fn stated_currency(body: &tree::Expression) -> MoneyTag {
    let code = match &body.kind {
        ExpressionKind::Literal(literal) => match &literal.value {
            LiteralValue::Money { currency, .. } => currency.parse().ok(),
            _ => None,
        },
        ExpressionKind::Tail { tails, .. } => {
            tails.iter().rev().find_map(|tail| match &tail.kind {
                TailKind::In(name) => name.text.parse().ok(),
                _ => None,
            })
        }
        _ => None,
    };
    match (code, money()) {
        (Some(currency), _) => MoneyTag::Known(currency),
        (None, Type::Money(tag)) => tag,
        (None, _) => MoneyTag::Report,
    }
}
