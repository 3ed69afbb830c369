//! Folds over positions: `sum(liabilities: due(30d) * outflow_rate(outflow_class))`.

use super::Measures;
use super::classes::{Class, ClassScope, Classes, GroupScope};
use super::place::Place;
use super::scope::RunScope;
use crate::diagnostic::codes::run as codes;
use crate::formula::{Refusal, Value, evaluate_with, fold};
use crate::plan::{Expression, Fold, Selection};
use crate::quantity::{Currency, Rational};
use std::rc::Rc;

/// What a fold adds up: its classes, and the value of each in the currency of the fold.
pub(super) struct Parts {
    /// The classes.
    pub(super) classes: Rc<Classes>,
    /// Their values, in the same order.
    pub(super) values: Vec<Value>,
}

impl Measures<'_> {
    /// A fold over the positions of a selection. Amounts convert to the report's currency at the point's rate; a slice in a currency keeps it.
    pub(super) fn fold_positions(
        &self,
        kind: Fold,
        selection: &Selection,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        if *selection == Selection::Equity {
            return self.fold_equity(body, place, locals);
        }
        let parts = self.parts(kind, selection, body, place, locals)?;
        self.total(kind, body, parts.values.into_iter(), place)
    }

    /// The parts of a fold as one value.
    pub(super) fn total(
        &self,
        kind: Fold,
        body: &Expression,
        parts: impl ExactSizeIterator<Item = Value>,
        place: Place,
    ) -> Result<Value, Refusal> {
        let scope = RunScope::new(self, place);
        let is_empty = parts.len() == 0;
        let value = fold(kind, parts, &scope)?;
        if is_empty && kind == Fold::Sum && matches!(body.ty, crate::plan::Type::Money(_)) {
            return Ok(Value::Money(Rational::ZERO, self.fold_currency(place)));
        }
        Ok(value)
    }

    /// What a fold adds up: the value of the body for each class.
    pub(super) fn parts(
        &self,
        kind: Fold,
        selection: &Selection,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Parts, Refusal> {
        let run = self.run(place)?;
        if self.empty_is_missing && run.projection.groups.is_empty() {
            return Err(Refusal::new(
                codes::NO_POSITIONS,
                "a fold over positions, and the test has none",
            )
            .help("include positions, or give the metric: `given … = …`")
            .at(body.span));
        }
        let classes = self.classes(selection, body, kind != Fold::Sum, place, locals)?;
        let mut values = Vec::with_capacity(classes.classes.len());
        for class in &classes.classes {
            values.push(self.value_of_class(class, body, place, locals)?);
        }
        Ok(Parts { classes, values })
    }

    /// The value of a body over one class, in the currency of the fold.
    pub(super) fn value_of_class(
        &self,
        class: &Class,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        let index = class.first;
        let Some(group) = self.run(place)?.group(index) else {
            return Err(Refusal::new(
                codes::NO_POSITIONS,
                "a group that the run does not have",
            ));
        };
        let scope = ClassScope {
            of: GroupScope {
                measures: self,
                place,
                index,
                group,
            },
            class,
        };
        let value = evaluate_with(body, &scope, locals)?;
        self.to_currency(value, self.fold_currency(place), place)
    }

    /// The currency in which amounts of a fold come out.
    pub(super) fn fold_currency(&self, place: Place) -> Currency {
        self.slice(place).currency.unwrap_or(self.currency())
    }

    /// An amount at the rate of the point; anything else as it is.
    pub(super) fn to_currency(
        &self,
        value: Value,
        to: Currency,
        place: Place,
    ) -> Result<Value, Refusal> {
        match value {
            Value::Money(x, from) if from != to => {
                if x.is_zero() {
                    return Ok(Value::Money(Rational::ZERO, to));
                }
                Ok(Value::Money(x * self.exchange_rate(place, from, to)?, to))
            }
            other => Ok(other),
        }
    }
}
