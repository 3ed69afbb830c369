//! Hazard formulas as small programs in binary floats, so that a formula of rates costs little for each group and month.
//!
//! Hazards are binary floats rounded to 1e-15 by definition; what a program cannot say is evaluated exactly, formula by formula.

use super::context::{Context, MonthDay, whole_months};
use super::group::{Group, InterestTerms};
use super::series::Day;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::Diagnostic;
use crate::formula::{Value, evaluate};
use crate::plan::{Builtin, Comparison, Expression, Fold, Node, Operator, Term, Type};
use crate::quantity::Currency;

/// A number of a group as a function of the day. Lengths of time are months.
#[derive(Clone, Debug)]
pub enum Program {
    /// The same every day.
    Constant(f64),
    /// Months to maturity.
    Remaining(MonthDay),
    /// Months since the start.
    Age(MonthDay),
    /// The par rate of a term in months.
    SwapRate(Box<Program>, Currency),
    /// The level of a series or index.
    Factor(String),
    /// To a multiple, half to even.
    Rounded(Box<Program>, f64),
    /// `-x`.
    Negate(Box<Program>),
    /// Arithmetic.
    Arithmetic(Operator, Box<Program>, Box<Program>),
    /// e^x.
    Exponential(Box<Program>),
    /// 1 / (1 + e^-x).
    Logistic(Box<Program>),
    /// The least.
    Minimum(Vec<Program>),
    /// The greatest.
    Maximum(Vec<Program>),
    /// `if a < b then c else d`, and its like.
    If(Comparison, Box<[Program; 4]>),
}

/// The program of a formula about a group, or `None` where the formula needs the exact evaluator.
pub fn compile(context: &Context<'_>, group: &Group, expression: &Expression) -> Option<Program> {
    if is_still(expression, group) {
        // What does not move with the day is evaluated once, exactly.
        let value = evaluate(expression, &context.scope(group, 0)).ok()?;
        return match value {
            Value::Number(number) => Some(Program::Constant(number.to_f64())),
            Value::Tenor(tenor) => tenor
                .in_months()
                .map(|months| Program::Constant(f64::from(months))),
            _ => None,
        };
    }
    let part = |inner: &Expression| compile(context, group, inner).map(Box::new);
    let parts = |inner: &[Expression]| {
        inner
            .iter()
            .map(|e| compile(context, group, e))
            .collect::<Option<Vec<_>>>()
    };
    Some(match &expression.node {
        Node::Term(Term::Remaining) => match group.term(Term::Maturity) {
            Some(Value::Date(date)) => Program::Remaining((*date).into()),
            _ => return None,
        },
        Node::Term(Term::Age) => match group.term(Term::Start) {
            Some(Value::Date(date)) => Program::Age((*date).into()),
            _ => return None,
        },
        Node::SwapRate { tenor, curve: None } => Program::SwapRate(part(tenor)?, group.currency),
        Node::Factor(name) => Program::Factor(name.clone()),
        Node::Negate(inner) => Program::Negate(part(inner)?),
        // A yearly share is a yearly share; other periods are left to the exact evaluator.
        Node::Per(inner, crate::calendar::Period::Year) => return compile(context, group, inner),
        // Lengths of time are months here, rates are of a year.
        Node::Arithmetic(Operator::Multiply, a, b)
            if matches!(
                (&a.ty, &b.ty),
                (Type::Rate, Type::Tenor) | (Type::Tenor, Type::Rate)
            ) =>
        {
            let product = Program::Arithmetic(Operator::Multiply, part(a)?, part(b)?);
            let months = Box::new(Program::Constant(12.0));
            Program::Arithmetic(Operator::Divide, Box::new(product), months)
        }
        Node::Arithmetic(operator, a, b) => Program::Arithmetic(*operator, part(a)?, part(b)?),
        Node::FoldArguments {
            fold: Fold::Min,
            arguments,
        } => Program::Minimum(parts(arguments)?),
        Node::FoldArguments {
            fold: Fold::Max,
            arguments,
        } => Program::Maximum(parts(arguments)?),
        Node::Builtin(builtin, arguments) => match (builtin, arguments.as_slice()) {
            (Builtin::Exp, [x]) => Program::Exponential(part(x)?),
            (Builtin::Logistic, [x]) => Program::Logistic(part(x)?),
            (Builtin::Rounded, [x, to]) => match compile(context, group, to)? {
                Program::Constant(multiple) if multiple > 0.0 => {
                    Program::Rounded(part(x)?, multiple)
                }
                _ => return None,
            },
            _ => return None,
        },
        Node::If(condition, then, otherwise) => match &condition.node {
            Node::Compare(comparison, a, b) => {
                let (a, b) = (compile(context, group, a)?, compile(context, group, b)?);
                let (then, otherwise) = (
                    compile(context, group, then)?,
                    compile(context, group, otherwise)?,
                );
                Program::If(*comparison, Box::new([a, b, then, otherwise]))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether a formula is the same on every day: it reads nothing but literals, parameters, tables and fixed attributes.
fn is_still(expression: &Expression, group: &Group) -> bool {
    let all = |parts: &[Expression]| parts.iter().all(|e| is_still(e, group));
    match &expression.node {
        Node::Number(_)
        | Node::Tenor(_)
        | Node::Bool(_)
        | Node::Text(_)
        | Node::Member(..)
        | Node::Currency(_) => true,
        Node::Parameter(_) | Node::Dimension(_) | Node::Daycount(_) | Node::Date(_) => true,
        Node::Term(Term::Rate) => matches!(group.interest, InterestTerms::Fixed(_)),
        Node::Term(Term::Margin) => true,
        Node::Negate(a) | Node::Not(a) | Node::Per(a, _) => is_still(a, group),
        Node::Arithmetic(_, a, b) | Node::Compare(_, a, b) => {
            is_still(a, group) && is_still(b, group)
        }
        Node::If(a, b, c) => is_still(a, group) && is_still(b, group) && is_still(c, group),
        Node::And(parts) | Node::Or(parts) | Node::Table(_, parts) | Node::Builtin(_, parts) => {
            all(parts)
        }
        Node::OneOf(a, parts) => is_still(a, group) && all(parts),
        Node::FoldArguments { arguments, .. } => all(arguments),
        _ => false,
    }
}

impl Program {
    /// The number on a day.
    ///
    /// # Errors
    /// A rate that the market does not have.
    pub fn on(&self, context: &Context<'_>, day: Day, date: Date) -> Result<f64, Diagnostic> {
        self.at(context, day, date, date.into())
    }

    /// As [`Program::on`]; the date by its month as well, which most programs ask for.
    fn at(
        &self,
        context: &Context<'_>,
        day: Day,
        date: Date,
        month: MonthDay,
    ) -> Result<f64, Diagnostic> {
        let at = |program: &Program| program.at(context, day, date, month);
        Ok(match self {
            Program::Constant(value) => *value,
            Program::Remaining(maturity) => f64::from(whole_months(month, *maturity)),
            Program::Age(start) => f64::from(whole_months(*start, month)),
            Program::SwapRate(months, currency) => context.swap_float(
                *currency,
                Tenor::months(libm::rint(at(months)?) as i32),
                day,
            )?,
            Program::Factor(name) => context.market.factor(name, date)?.to_f64(),
            Program::Rounded(inner, multiple) => libm::rint(at(inner)? / multiple) * multiple,
            Program::Negate(inner) => -at(inner)?,
            Program::Arithmetic(operator, a, b) => {
                let (a, b) = (at(a)?, at(b)?);
                match operator {
                    Operator::Add => a + b,
                    Operator::Subtract => a - b,
                    Operator::Multiply => a * b,
                    Operator::Divide => a / b,
                }
            }
            Program::Exponential(inner) => libm::exp(at(inner)?),
            Program::Logistic(inner) => 1.0 / (1.0 + libm::exp(-at(inner)?)),
            Program::Minimum(parts) => parts.iter().try_fold(f64::INFINITY, |least, part| {
                at(part).map(|value| least.min(value))
            })?,
            Program::Maximum(parts) => parts.iter().try_fold(f64::NEG_INFINITY, |most, part| {
                at(part).map(|value| most.max(value))
            })?,
            Program::If(comparison, parts) => {
                let [a, b, then, otherwise] = parts.as_ref();
                let (a, b) = (at(a)?, at(b)?);
                let holds = match comparison {
                    Comparison::Equal => a == b,
                    Comparison::NotEqual => a != b,
                    Comparison::Less => a < b,
                    Comparison::LessOrEqual => a <= b,
                    Comparison::Greater => a > b,
                    Comparison::GreaterOrEqual => a >= b,
                };
                at(if holds { then } else { otherwise })?
            }
        })
    }
}
