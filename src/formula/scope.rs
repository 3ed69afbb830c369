//! What a formula may read, as the place where it stands supplies it.

use super::{Overlay, Refusal, Value, codes};
use crate::calendar::{Date, Tenor};
use crate::plan::{DimensionId, Expression, Plan, Term, Type};
use crate::quantity::{Currency, Rational};

/// The surroundings of a formula: a row of a file, a point of a curve, a position, a step of a run. What a place does not have it refuses.
pub trait Scope {
    /// The plan whose definitions the formula names.
    fn plan(&self) -> &Plan;

    /// Parameters, table cells and answers in force.
    fn overlay(&self) -> &Overlay;

    /// `currency`: of the curve, of the position, of the slice.
    fn currency(&self) -> Option<Currency> {
        None
    }

    /// The day from which lengths of time in months and in days are compared.
    fn anchor(&self) -> Option<Date> {
        None
    }

    /// The cell of a column, read as a value of `ty`; `Undefined(EmptyCell)` if it is empty.
    fn column(&self, name: &str, _ty: &Type) -> Result<Value, Refusal> {
        Err(absent(format!("the column `{name}`")))
    }

    /// The cell of a column of dates that are written in a pattern of their own.
    fn column_date(&self, name: &str, _pattern: &str) -> Result<Value, Refusal> {
        Err(absent(format!("the column `{name}`")))
    }

    /// A term of the position.
    fn term(&self, term: Term) -> Result<Value, Refusal> {
        Err(absent(format!("the term `{term:?}`")))
    }

    /// The position's value of a dimension, or the band of the fold.
    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        let name = self
            .plan()
            .dimensions
            .get(dimension.index())
            .map_or("", |d| d.heading.short.as_str());
        Err(absent(format!("the dimension `{name}`")))
    }

    /// `t` of a shape, in years.
    fn shape_time(&self) -> Result<Rational, Refusal> {
        Err(absent("`t`, the time of a shape".to_owned()))
    }

    /// `zero`: the zero rate at `t` before the shock.
    fn shape_zero(&self) -> Result<Rational, Refusal> {
        Err(absent("`zero`, the zero rate before a shock".to_owned()))
    }

    /// The zero rate of a currency's discount curve on the current day, `years` ahead, before any shock.
    fn unshocked_zero_rate(
        &self,
        _currency: Currency,
        _years: &Rational,
    ) -> Result<Rational, Refusal> {
        Err(absent("`zero`, the zero rate before a shock".to_owned()))
    }

    /// The zero rate of a currency's discount curve on the current day, `years` ahead.
    fn zero_rate(&self, _currency: Currency, _years: &Rational) -> Result<Rational, Refusal> {
        Err(absent("`zero_rate`".to_owned()))
    }

    /// The level of a series or index on the current day.
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        Err(absent(format!("the market's `{name}`")))
    }

    /// The swap rate of a tenor on the current day.
    fn swap_rate(&self, _tenor: Tenor, _curve: Option<&str>) -> Result<Rational, Refusal> {
        Err(absent("`swap_rate`".to_owned()))
    }

    /// The units of `to` that one unit of `from` is worth at this point.
    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        if from == to {
            return Ok(Rational::ONE);
        }
        Err(absent(format!("a rate of exchange from {from} to {to}")))
    }

    /// The business day of a calendar (by name), rolled as the function says.
    fn business_day(
        &self,
        _day: Date,
        _calendar: &str,
        _roll: crate::calendar::Roll,
    ) -> Result<Date, Refusal> {
        Err(absent("a business calendar".to_owned()))
    }

    /// A metric here and now. Places without a run refuse it.
    fn metric(&self, metric: crate::plan::MetricId) -> Result<Value, Refusal> {
        let name = self
            .plan()
            .metrics
            .get(metric.index())
            .map_or("", |m| m.heading.short.as_str());
        Err(absent(format!("the metric `{name}`")))
    }

    /// The value of a function that a test gives, in place of its body.
    fn given_call(
        &self,
        _function: crate::plan::FunctionId,
        _arguments: &[Value],
    ) -> Result<Option<Value>, Refusal> {
        Ok(None)
    }

    /// Whatever reads a run: folds, measures, `under`, `at`, `branch`. `locals` are the arguments in force.
    fn special(&self, expression: &Expression, _locals: &[Value]) -> Result<Value, Refusal> {
        Err(absent("a measure of a run".to_owned()).at(expression.span))
    }
}

/// The refusal of a place that does not have what a formula reads.
pub fn absent(what: String) -> Refusal {
    Refusal::new(
        codes::NOT_HERE,
        format!("{what} is not to be had where this formula stands"),
    )
}
