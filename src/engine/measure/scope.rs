//! What a formula reads at a place of a run, outside of any position.

use super::Measures;
use super::place::{Place, Resolved};
use crate::calendar::{BusinessCalendar, Date, Roll, Tenor};
use crate::diagnostic::codes::run as codes;
use crate::formula::{Overlay, Refusal, Scope, Value, absent, evaluate_with};
use crate::plan::{DimensionId, Expression, FunctionId, MetricId, Node, Plan};
use crate::quantity::{Currency, Rational};

/// The surroundings of a metric.
pub(super) struct RunScope<'m, 'a> {
    pub(super) measures: &'m Measures<'a>,
    pub(super) place: Place,
}

impl<'m, 'a> RunScope<'m, 'a> {
    pub(super) fn new(measures: &'m Measures<'a>, place: Place) -> Self {
        Self { measures, place }
    }

    fn there(&self, body: &Expression, place: Place, locals: &[Value]) -> Result<Value, Refusal> {
        evaluate_with(body, &RunScope::new(self.measures, place), locals)
    }

    fn scenario(
        &self,
        expression: &Expression,
        locals: &[Value],
    ) -> Result<crate::plan::ScenarioKey, Refusal> {
        match evaluate_with(expression, self, locals)? {
            Value::Scenario(key) => Ok(key),
            other => Err(Refusal::new(
                codes::WRONG_KIND,
                format!("{} stands where a scenario is due", other.kind()),
            )),
        }
    }
}

impl Scope for RunScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.measures.plan
    }

    fn overlay(&self) -> &Overlay {
        self.measures.overlay_at(self.place)
    }

    fn currency(&self) -> Option<Currency> {
        Some(
            self.measures
                .slice(self.place)
                .currency
                .unwrap_or(self.measures.currency()),
        )
    }

    fn anchor(&self) -> Option<Date> {
        Some(self.measures.exercise.book.date)
    }

    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        match self.measures.slice(self.place).value(dimension) {
            Some(value) => Ok(value.clone()),
            None => {
                let name = self
                    .measures
                    .plan
                    .dimensions
                    .get(dimension.index())
                    .map_or("", |d| d.heading.short.as_str());
                Err(absent(format!("the dimension `{name}`")).help(format!(
                    "fold over it: `sum({name}: …)`, or report `by {name}`"
                )))
            }
        }
    }

    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        self.measures.factor(self.place, name)
    }

    fn swap_rate(&self, tenor: Tenor, curve: Option<&str>) -> Result<Rational, Refusal> {
        let currency = self.currency().unwrap_or(self.measures.currency());
        self.measures.swap_rate(self.place, currency, tenor, curve)
    }

    fn unshocked_zero_rate(
        &self,
        currency: Currency,
        years: &Rational,
    ) -> Result<Rational, Refusal> {
        self.measures
            .unshocked_zero_rate(self.place, currency, years)
    }

    fn zero_rate(&self, currency: Currency, years: &Rational) -> Result<Rational, Refusal> {
        self.measures.zero_rate(self.place, currency, years)
    }

    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        self.measures.exchange_rate(self.place, from, to)
    }

    fn business_day(&self, day: Date, calendar: &str, roll: Roll) -> Result<Date, Refusal> {
        let calendar = match calendar {
            "TARGET" => BusinessCalendar::Target,
            "NEW_YORK" => BusinessCalendar::NewYork,
            "LONDON" => BusinessCalendar::London,
            "WEEKENDS" => BusinessCalendar::Weekends,
            other => {
                return Err(Refusal::new(
                    codes::NOT_HERE,
                    format!("`{other}` is no business calendar"),
                )
                .help("calendars are TARGET, NEW_YORK, LONDON and WEEKENDS"));
            }
        };
        calendar
            .roll(day, roll)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }

    fn metric(&self, metric: MetricId) -> Result<Value, Refusal> {
        self.measures.metric(metric, self.place)
    }

    fn given_call(
        &self,
        function: FunctionId,
        arguments: &[Value],
    ) -> Result<Option<Value>, Refusal> {
        self.measures
            .given_function(function, arguments, self.place)
    }

    fn special(&self, expression: &Expression, locals: &[Value]) -> Result<Value, Refusal> {
        let measures = self.measures;
        match &expression.node {
            Node::FoldPositions {
                fold,
                selection,
                body,
            } => measures.fold_positions(*fold, selection, body, self.place, locals),
            Node::FoldDimension { fold, over, body } => {
                measures.fold_dimension(*fold, *over, body, self.place, locals)
            }
            Node::FoldTime {
                fold,
                body,
                until,
                otherwise,
            } => measures.fold_time(*fold, body, until, otherwise.as_deref(), self.place, locals),
            Node::ScenarioMeasure(measure) => {
                measures.scenario_measure(measure, self.place, locals)
            }
            Node::At(body, point) => match measures.resolve(self.place, point)? {
                Resolved::Reading(reading) => self.there(
                    body,
                    Place {
                        reading,
                        ladder: None,
                        ..self.place
                    },
                    locals,
                ),
                Resolved::Undefined(reason) => Ok(Value::Undefined(reason)),
            },
            Node::Under(body, scenario) => {
                let key = self.scenario(scenario, locals)?;
                let there = Place {
                    run: measures.run_under(&key)?,
                    branch: None,
                    ..self.place
                };
                self.there(body, there, locals)
            }
            Node::Branch(body, scenario) => {
                let key = self.scenario(scenario, locals)?;
                let branch = measures.branch_of(&key)?;
                self.there(
                    body,
                    Place {
                        branch: Some(branch),
                        ..self.place
                    },
                    locals,
                )
            }
            Node::OverPaths(fold, body) => measures.over_paths(fold, body, self.place),
            Node::Found(family) => measures
                .found
                .get(family)
                .cloned()
                .ok_or_else(|| absent(format!("a search over `{family}`"))),
            Node::Horizon => {
                let last = measures.run(self.place)?.calendar.last();
                Ok(Value::Tenor(Tenor::days(last - self.place.reading.day())))
            }
            Node::Measure(_) => Err(absent("a measure of positions".to_owned())
                .help("fold it over a selection: `sum(assets: …)`")),
            _ => Err(absent(
                "a shift, a selection or the row of a file".to_owned(),
            )),
        }
    }
}
