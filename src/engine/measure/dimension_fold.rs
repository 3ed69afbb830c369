//! Folds over a dimension: once for each value that occurs, every fold below restricted to it.

use super::Measures;
use super::place::{Place, Slice};
use super::scope::RunScope;
use crate::diagnostic::codes::run as codes;
use crate::formula::{Refusal, Value, evaluate_with, fold};
use crate::plan::{DimensionId, Domain, Expression, Fold, Over};
use crate::quantity::{Currency, Rational};

impl Measures<'_> {
    /// `sum(currency: x)`, `max(counterparty: x)`, `sum(residual: x)`.
    pub(super) fn fold_dimension(
        &self,
        kind: Fold,
        over: Over,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        let parts = self.dimension_parts(over, body, place, locals)?;
        let values = parts.into_iter().map(|(_, value)| value);
        fold(kind, values, &RunScope::new(self, place))
    }

    /// What a fold over a dimension adds up: each value of the dimension, and the body restricted to it.
    pub(super) fn dimension_parts(
        &self,
        over: Over,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Vec<(Value, Value)>, Refusal> {
        let mut parts = Vec::new();
        for (member, slice) in self.members(over, place)? {
            let inside = self.sliced(place, slice);
            let value = evaluate_with(body, &RunScope::new(self, inside), locals)?;
            let value = match over {
                Over::Currency if self.slice(place).currency.is_none() => {
                    self.at_base_rate(value)?
                }
                _ => value,
            };
            parts.push((member, value));
        }
        Ok(parts)
    }

    /// The values that a fold or a report runs over, each with its slice.
    pub(super) fn members(&self, over: Over, place: Place) -> Result<Vec<(Value, Slice)>, Refusal> {
        let own = self.slice(place);
        Ok(match over {
            Over::Currency => {
                let currencies = match own.currency {
                    Some(currency) => vec![currency],
                    None => self.currencies(place)?,
                };
                currencies
                    .into_iter()
                    .map(|c| (Value::Currency(c), own.in_currency(c)))
                    .collect()
            }
            Over::Dimension(dimension) => {
                let values = match own.value(dimension) {
                    Some(value) => vec![value.clone()],
                    None => self.values_of(dimension, place)?,
                };
                values
                    .into_iter()
                    .map(|v| (v.clone(), own.with(dimension, v)))
                    .collect()
            }
        })
    }

    /// The currencies that occur in the book or in a given slice, by code.
    fn currencies(&self, place: Place) -> Result<Vec<Currency>, Refusal> {
        let mut found: Vec<Currency> = self
            .run(place)?
            .projection
            .groups
            .iter()
            .map(|g| g.currency)
            .collect();
        let givens = &self.exercise.givens;
        found.extend(
            givens
                .metrics
                .iter()
                .filter_map(|(_, slice, _)| slice.currency),
        );
        found.extend(
            givens
                .functions
                .iter()
                .filter_map(|(_, _, slice, _)| slice.currency),
        );
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Each value of a closed dimension or of bands; of an open one those that occur, in order.
    fn values_of(&self, dimension: DimensionId, place: Place) -> Result<Vec<Value>, Refusal> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match self
            .plan
            .dimensions
            .get(dimension.index())
            .map(|d| &d.domain)
        {
            Some(Domain::Closed { members, .. }) => Ok((0..count(members.len()))
                .map(|m| Value::Member(dimension, m))
                .collect()),
            Some(Domain::Bands(bands)) => Ok((0..count(bands.len()))
                .map(|b| Value::Band(dimension, b))
                .collect()),
            Some(Domain::Open(_)) => {
                let mut found: Vec<Value> = Vec::new();
                let groups = self
                    .run(place)?
                    .projection
                    .groups
                    .iter()
                    .filter_map(|g| g.dimension(dimension).cloned());
                let givens = &self.exercise.givens;
                let slices = givens
                    .metrics
                    .iter()
                    .map(|(_, s, _)| s)
                    .chain(givens.functions.iter().map(|(_, _, s, _)| s));
                let given = slices.filter_map(|s| self.slice_of_plan(s).value(dimension).cloned());
                for value in groups.chain(given) {
                    if !found.contains(&value) {
                        found.push(value);
                    }
                }
                // Display order of open values: as text, numbers and dates by size.
                found.sort_by(|a, b| match (a, b) {
                    (Value::Text(a), Value::Text(b)) => a.cmp(b),
                    (Value::Date(a), Value::Date(b)) => a.cmp(b),
                    (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
                    (Value::Number(a), Value::Number(b)) => a.cmp(b),
                    _ => std::cmp::Ordering::Equal,
                });
                Ok(found)
            }
            None => Err(Refusal::new(
                codes::NOT_HERE,
                "a dimension that the plan does not hold",
            )),
        }
    }

    /// An amount in the book's currency at the base rate of the book's date, whatever the scenario.
    pub(super) fn at_base_rate(&self, value: Value) -> Result<Value, Refusal> {
        let to = self.currency();
        match value {
            Value::Money(x, from) if from != to => {
                if x.is_zero() {
                    return Ok(Value::Money(Rational::ZERO, to));
                }
                Ok(Value::Money(x * self.base_rate(from)?, to))
            }
            other => Ok(other),
        }
    }
}
