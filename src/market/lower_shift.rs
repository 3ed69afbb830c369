//! From a shift formula of the plan to a `Shift`: what does not depend on day, time or zero rate is computed once.

use super::path::{LevelPath, PathLeg};
use super::shift::{Condition, Shift};
use super::source::Reading;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Builtin, Comparison, Expression, Fold, Leg, Node, Operator, ShockPath, Type};

/// Lowers shifts in the surroundings of one curve.
pub struct ShiftLowering<'a, 'b> {
    /// Evaluates what is constant and reads files.
    pub reading: &'a Reading<'b>,
    /// The currency of the curve.
    pub currency: crate::quantity::Currency,
}

type Lowered<T> = Result<T, Diagnostic>;

impl ShiftLowering<'_, '_> {
    /// The shift of a formula.
    ///
    /// # Errors
    /// Where a parameter, table row or file that it needs is missing, or where it holds what a shape cannot say.
    pub fn lower(&self, expression: &Expression) -> Lowered<Shift> {
        self.shift(expression, &[])
    }

    /// The path of a shock of rates.
    ///
    /// # Errors
    /// As `lower`, and for levels, which replace and do not add.
    pub fn path(&self, path: &ShockPath) -> Lowered<LevelPath<Shift>> {
        let ShockPath::Legs(legs) = path else {
            return Err(Diagnostic::error(
                codes::market::LEVELS_DO_NOT_ADD,
                "levels replace a curve, they cannot be inherited as a shift",
            ));
        };
        let legs = legs
            .iter()
            .map(|leg| {
                Ok(match leg {
                    Leg::To { level, over, from } => PathLeg::To {
                        level: self.shift(level, &[])?,
                        over: *over,
                        from: *from,
                    },
                    Leg::Hold(tenor) => PathLeg::Hold(*tenor),
                })
            })
            .collect::<Lowered<Vec<_>>>()?;
        Ok(LevelPath::new(legs))
    }

    fn shift(&self, expression: &Expression, locals: &[Shift]) -> Lowered<Shift> {
        if is_constant(expression) {
            return Ok(Shift::Constant(
                self.reading.number(expression, Some(self.currency))?,
            ));
        }
        let one = |inner: &Expression| self.shift(inner, locals).map(Box::new);
        Ok(match &expression.node {
            Node::ShapeTime => Shift::Time,
            Node::ShapeZero => Shift::Zero,
            Node::Local(index) => match locals.get(*index as usize) {
                Some(local) => local.clone(),
                None => return Err(self.not_a_shift(expression)),
            },
            Node::Negate(inner) => Shift::Negate(one(inner)?),
            Node::Arithmetic(operator, left, right) => {
                let (left, right) = (one(left)?, one(right)?);
                match operator {
                    Operator::Add => Shift::Add(left, right),
                    Operator::Subtract => Shift::Subtract(left, right),
                    Operator::Multiply => Shift::Multiply(left, right),
                    Operator::Divide => Shift::Divide(left, right),
                }
            }
            Node::If(condition, then, otherwise) => Shift::If(
                Box::new(self.condition(condition, locals)?),
                one(then)?,
                one(otherwise)?,
            ),
            Node::FoldArguments {
                fold: Fold::Min,
                arguments,
            } => Shift::Minimum(self.shifts(arguments, locals)?),
            Node::FoldArguments {
                fold: Fold::Max,
                arguments,
            } => Shift::Maximum(self.shifts(arguments, locals)?),
            Node::Builtin(builtin, arguments) => {
                let [argument] = arguments.as_slice() else {
                    return Err(self.not_a_shift(expression));
                };
                let inner = one(argument)?;
                match builtin {
                    Builtin::Exp => Shift::Exponential(inner),
                    Builtin::Log => Shift::Logarithm(inner),
                    Builtin::Sqrt => Shift::SquareRoot(inner),
                    Builtin::Logistic => Shift::Logistic(inner),
                    Builtin::Abs => Shift::Absolute(inner),
                    _ => return Err(self.not_a_shift(expression)),
                }
            }
            Node::Call(function, arguments) => {
                let Some(function) = self.reading.plan().functions.get(function.index()) else {
                    return Err(self.not_a_shift(expression));
                };
                self.reading.overlay().witness().saw(function.body.span);
                let body = with_values(&function.body, arguments);
                self.shift(&body, &self.arguments(arguments, locals)?)?
            }
            Node::Shape(shape, arguments) => {
                let Some(shape) = self.reading.plan().shapes.get(shape.index()) else {
                    return Err(self.not_a_shift(expression));
                };
                self.reading.overlay().witness().saw(shape.body.span);
                let body = with_values(&shape.body, arguments);
                self.shift(&body, &self.arguments(arguments, locals)?)?
            }
            Node::InheritedPath(path) => Shift::Path(Box::new(self.path(path)?)),
            Node::ShiftFile(path) => {
                Shift::Pillars(Box::new(self.reading.shifts(path, expression.span)?))
            }
            _ => return Err(self.not_a_shift(expression)),
        })
    }

    /// The arguments of a function or shape as shifts; what stands in its body as a value is never read as one.
    fn arguments(&self, expressions: &[Expression], locals: &[Shift]) -> Lowered<Vec<Shift>> {
        expressions
            .iter()
            .map(|inner| {
                if is_value(inner) {
                    Ok(Shift::Constant(f64::NAN))
                } else {
                    self.shift(inner, locals)
                }
            })
            .collect()
    }

    fn shifts(&self, expressions: &[Expression], locals: &[Shift]) -> Lowered<Vec<Shift>> {
        expressions
            .iter()
            .map(|inner| self.shift(inner, locals))
            .collect()
    }

    fn condition(&self, expression: &Expression, locals: &[Shift]) -> Lowered<Condition> {
        if is_constant(expression) {
            return Ok(Condition::Known(
                self.reading.truth(expression, Some(self.currency))?,
            ));
        }
        Ok(match &expression.node {
            Node::Not(inner) => Condition::Not(Box::new(self.condition(inner, locals)?)),
            Node::And(parts) => Condition::All(
                parts
                    .iter()
                    .map(|part| self.condition(part, locals))
                    .collect::<Lowered<_>>()?,
            ),
            Node::Or(parts) => Condition::Any(
                parts
                    .iter()
                    .map(|part| self.condition(part, locals))
                    .collect::<Lowered<_>>()?,
            ),
            Node::Compare(comparison, left, right) => {
                let (left, right) = (self.shift(left, locals)?, self.shift(right, locals)?);
                let below = |left, right, strict| Condition::Below {
                    left,
                    right,
                    strict,
                };
                match comparison {
                    Comparison::Less => below(left, right, true),
                    Comparison::LessOrEqual => below(left, right, false),
                    Comparison::Greater => below(right, left, true),
                    Comparison::GreaterOrEqual => below(right, left, false),
                    Comparison::Equal => Condition::All(vec![
                        below(left.clone(), right.clone(), false),
                        below(right, left, false),
                    ]),
                    Comparison::NotEqual => Condition::Any(vec![
                        below(left.clone(), right.clone(), true),
                        below(right, left, true),
                    ]),
                }
            }
            _ => return Err(self.not_a_shift(expression)),
        })
    }

    fn not_a_shift(&self, expression: &Expression) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            codes::market::NOT_A_SHIFT,
            "a shape may use `t`, `zero`, numbers, tables, arithmetic, `min`, `max`, `if` and functions of them",
        );
        match expression.span {
            Some(span) => diagnostic.at(span, "not this"),
            None => diagnostic,
        }
    }
}

/// Whether an argument is no number: a currency, a value of a dimension, a text. It chooses the row of a table.
fn is_value(argument: &Expression) -> bool {
    is_constant(argument)
        && matches!(
            argument.ty,
            Type::Currency | Type::Member(_) | Type::Text | Type::Bool | Type::Date | Type::Tenor
        )
}

/// The body of a function or shape with those arguments put in that are no numbers, so that tables are read once.
fn with_values(body: &Expression, arguments: &[Expression]) -> Expression {
    let put = |inner: &Expression| with_values(inner, arguments);
    let boxed = |inner: &Expression| Box::new(put(inner));
    let all = |inner: &[Expression]| inner.iter().map(put).collect::<Vec<_>>();
    let node = match &body.node {
        Node::Local(index) => {
            return match arguments.get(*index as usize) {
                Some(argument) if is_value(argument) => argument.clone(),
                _ => body.clone(),
            };
        }
        Node::Negate(a) => Node::Negate(boxed(a)),
        Node::Not(a) => Node::Not(boxed(a)),
        Node::Per(a, period) => Node::Per(boxed(a), *period),
        Node::Arithmetic(operator, a, b) => Node::Arithmetic(*operator, boxed(a), boxed(b)),
        Node::Compare(comparison, a, b) => Node::Compare(*comparison, boxed(a), boxed(b)),
        Node::If(a, b, c) => Node::If(boxed(a), boxed(b), boxed(c)),
        Node::And(parts) => Node::And(all(parts)),
        Node::Or(parts) => Node::Or(all(parts)),
        Node::OneOf(a, parts) => Node::OneOf(boxed(a), all(parts)),
        Node::Table(id, parts) => Node::Table(*id, all(parts)),
        Node::Builtin(builtin, parts) => Node::Builtin(*builtin, all(parts)),
        Node::Call(id, parts) => Node::Call(*id, all(parts)),
        Node::Shape(id, parts) => Node::Shape(*id, all(parts)),
        Node::FoldArguments { fold, arguments } => Node::FoldArguments {
            fold: *fold,
            arguments: all(arguments),
        },
        other => other.clone(),
    };
    Expression {
        node,
        ..body.clone()
    }
}

/// Whether a formula reads neither the time nor the zero rate of a shape, nor a path or file of shifts.
fn is_constant(expression: &Expression) -> bool {
    let all = |parts: &[Expression]| parts.iter().all(is_constant);
    match &expression.node {
        Node::ShapeTime
        | Node::ShapeZero
        | Node::Local(_)
        | Node::Shape(..)
        | Node::InheritedPath(_)
        | Node::ShiftFile(_) => false,
        Node::Negate(a) | Node::Not(a) | Node::Per(a, _) | Node::InCurrency(a, _) => is_constant(a),
        Node::Arithmetic(_, a, b) | Node::Compare(_, a, b) => is_constant(a) && is_constant(b),
        Node::If(a, b, c) => is_constant(a) && is_constant(b) && is_constant(c),
        Node::And(parts) | Node::Or(parts) | Node::Table(_, parts) | Node::Builtin(_, parts) => {
            all(parts)
        }
        Node::Call(_, parts) => all(parts),
        Node::OneOf(a, parts) => is_constant(a) && all(parts),
        Node::FoldArguments { arguments, .. } => all(arguments),
        _ => true,
    }
}
