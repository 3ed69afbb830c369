//! Which part of a condition decides, and on which day: what binds where a search ends.

use super::Measures;
use super::analysis;
use super::place::Place;
use super::scope::RunScope;
use super::time_fold::folded_day;
use crate::calendar::Date;
use crate::diagnostic::Span;
use crate::engine::observe;
use crate::engine::series::Day;
use crate::formula::{Refusal, Value, compare, evaluate_with};
use crate::plan::{Comparison, Expression, Fold, Node, Point};

/// One comparison of a condition, read at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Where the watched side stands in the text.
    pub span: Option<Span>,
    /// The metric that is watched, if the side is just one.
    pub metric: Option<String>,
    /// Its value.
    pub value: observe::Value,
    /// What it is compared with.
    pub limit: observe::Value,
    /// The unit of both.
    pub unit: String,
    /// Whether the comparison holds; `None`: undefined.
    pub holds: Option<bool>,
    /// The first day on which what a fold over time runs over breaks the limit by itself; else the day of the reading.
    pub first: Option<Date>,
    /// The day of the smallest or largest value of a `min` or `max`.
    pub worst: Option<Date>,
}

/// The comparisons that a condition is made of, in text order.
pub fn comparisons(condition: &Expression) -> Vec<&Expression> {
    match &condition.node {
        Node::Compare(..) => vec![condition],
        Node::And(parts) | Node::Or(parts) => parts.iter().flat_map(comparisons).collect(),
        Node::Not(part) => comparisons(part),
        _ => Vec::new(),
    }
}

impl Measures<'_> {
    /// The sides of each comparison of a condition, and whether it holds.
    ///
    /// # Errors
    /// What a formula lacks.
    pub fn watched(&self, condition: &Expression, place: Place) -> Result<Vec<Binding>, Refusal> {
        let mut found = Vec::new();
        for comparison in comparisons(condition) {
            if let Node::Compare(_, left, right) = &comparison.node {
                let value = self.evaluate(left, place)?;
                let limit = self.evaluate(right, place)?;
                found.push(Binding {
                    span: left.span,
                    metric: self.watched_name(left),
                    unit: self.unit(&value, &left.ty, place),
                    value: self.observed(&value),
                    limit: self.observed(&limit),
                    holds: match self.evaluate(comparison, place)? {
                        Value::Bool(holds) => Some(holds),
                        _ => None,
                    },
                    first: None,
                    worst: None,
                });
            }
        }
        Ok(found)
    }

    /// The same with the days that decide.
    ///
    /// # Errors
    /// What a formula lacks.
    pub fn bindings(&self, condition: &Expression, place: Place) -> Result<Vec<Binding>, Refusal> {
        let mut found = self.watched(condition, place)?;
        for (binding, comparison) in found.iter_mut().zip(comparisons(condition)) {
            let (first, worst) = self.days_that_decide(comparison, place)?;
            let date = |day: Option<Day>| day.and_then(|day| self.run(place).ok()?.date(day));
            binding.first = date(first);
            binding.worst = date(worst);
        }
        Ok(found)
    }

    fn watched_name(&self, side: &Expression) -> Option<String> {
        match &side.node {
            Node::Metric(id) => Some(self.definition(*id).ok()?.heading.short.clone()),
            _ => None,
        }
    }

    /// The formula behind a metric that is nothing but another formula.
    fn behind<'e>(&'e self, mut side: &'e Expression) -> &'e Expression {
        while let Node::Metric(id) = &side.node {
            match self.definition(*id) {
                Ok(metric) => side = &metric.formula,
                Err(_) => break,
            }
        }
        side
    }

    fn days_that_decide(
        &self,
        comparison: &Expression,
        place: Place,
    ) -> Result<(Option<Day>, Option<Day>), Refusal> {
        let today = Some(place.reading.day());
        let Node::Compare(operator, left, right) = &comparison.node else {
            return Ok((today, None));
        };
        let Node::FoldTime {
            fold, body, until, ..
        } = &self.behind(left).node
        else {
            return Ok((today, None));
        };
        let value = self.evaluate(left, place)?;
        match fold {
            Fold::Min | Fold::Max => {
                let limit = self.evaluate(right, place)?;
                self.extremes(*operator, body, until, (&value, &limit), place)
            }
            Fold::First | Fold::Last => {
                let day = match &value {
                    Value::Tenor(tenor) => self
                        .days_of_tenor(*tenor)
                        .and_then(|days| Day::try_from(days).ok()),
                    _ => None,
                };
                Ok((day, None))
            }
            // A sum is of the whole window.
            _ => Ok((None, None)),
        }
    }

    /// The first day that breaks the limit, and the day that sets the value of the fold.
    fn extremes(
        &self,
        operator: Comparison,
        body: &Expression,
        until: &Point,
        (folded, limit): (&Value, &Value),
        place: Place,
    ) -> Result<(Option<Day>, Option<Day>), Refusal> {
        let today = place.reading.day();
        let last = self.day_of(place, until, today)?;
        let ladder = analysis::is_ladder(self.plan, body);
        let days: Vec<Day> = if ladder {
            (today + 1..=last).collect()
        } else {
            self.run(place)?.calendar.cash_days(today, last).collect()
        };
        let (mut first, mut worst) = (None, None);
        for day in days {
            let scope = RunScope::new(self, folded_day(place, ladder, day));
            let value = evaluate_with(body, &scope, &[])?;
            if first.is_none() && compare(operator, &value, limit, &scope)? == Value::Bool(true) {
                first = Some(day);
            }
            if worst.is_none() && value == *folded {
                worst = Some(day);
            }
        }
        Ok((first, worst))
    }
}
