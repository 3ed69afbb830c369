//! `quantile(x, 1%)` and `mean(x)`: what is read over the simulated paths of a run.
//!
//! Values over paths are not computed where they are read: a first reading collects what is wanted, each path is run once and gives the
//! values of all of it, and a second reading finds them. Of a path nothing else is kept.

use super::Measures;
use super::place::{Place, Slice};
use crate::diagnostic::codes::run as codes;
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Undefined, Value, absent};
use crate::plan::{Expression, PathFold};
use crate::quantity::Rational;
use std::cmp::Ordering;
use std::sync::Arc;

/// A formula that is read over the paths of a run, at a place of it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the formula stands in the plan: the same text in two places is two formulas.
    address: usize,
    /// The formula.
    pub body: Expression,
    /// The run, by its order.
    pub run: usize,
    /// The reading of each path.
    pub reading: Reading,
    branch: Option<usize>,
    slice: Slice,
    ladder: Option<Day>,
}

impl Wanted {
    /// Whether it is of the whole book and strikes nothing: not a part of a break-down or ladder.
    pub fn is_whole(&self) -> bool {
        self.branch.is_none() && self.ladder.is_none() && self.slice == Slice::default()
    }

    fn is(&self, other: &Self) -> bool {
        self.address == other.address
            && self.run == other.run
            && self.reading == other.reading
            && self.branch == other.branch
            && self.ladder == other.ladder
            && self.slice == other.slice
    }

    /// Its value in the last run of an evaluator: that of a path.
    ///
    /// # Errors
    /// What the formula lacks.
    pub fn on_path(&self, measures: &Measures<'_>) -> Result<Value, Refusal> {
        let last = measures.runs.len().saturating_sub(1);
        let place = measures.sliced(Place::of(last, self.reading), self.slice.clone());
        measures.evaluate(
            &self.body,
            Place {
                branch: self.branch,
                ladder: self.ladder,
                ..place
            },
        )
    }
}

/// Values over paths: for each formula and place one of each path, the first path first.
#[derive(Clone, Debug, Default)]
pub struct PathValues {
    entries: Vec<(Wanted, Vec<Value>)>,
}

impl PathValues {
    /// Adds the values of a formula.
    pub fn add(&mut self, wanted: Wanted, values: Vec<Value>) {
        self.entries.push((wanted, values));
    }

    /// Every formula with its values, in the order in which they were wanted.
    pub fn entries(&self) -> &[(Wanted, Vec<Value>)] {
        &self.entries
    }

    fn find(&self, wanted: &Wanted) -> Option<&[Value]> {
        let found = self.entries.iter().find(|(other, _)| other.is(wanted));
        found.map(|(_, values)| values.as_slice())
    }
}

impl Measures<'_> {
    /// With values over paths.
    #[must_use]
    pub fn with_paths(mut self, values: Arc<PathValues>) -> Self {
        self.paths = values;
        self
    }

    /// An evaluator that collects what is wanted over paths and is not known yet.
    #[must_use]
    pub fn collecting(mut self) -> Self {
        self.collecting = true;
        self
    }

    /// What was wanted over paths and is not known, in the order in which it was met.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.wanted.borrow().clone()
    }

    pub(super) fn over_paths(
        &self,
        fold: &PathFold,
        body: &Expression,
        place: Place,
    ) -> Result<Value, Refusal> {
        if self.context(place)?.engine.scenario.paths.is_none() {
            return Ok(Value::Undefined(Undefined::NoPaths));
        }
        let wanted = Wanted {
            address: std::ptr::from_ref(body) as usize,
            body: body.clone(),
            run: place.run,
            reading: place.reading,
            branch: place.branch,
            slice: (*self.slice(place)).clone(),
            ladder: place.ladder,
        };
        match self.paths.find(&wanted) {
            Some(values) => self.folded_paths(fold, values, place),
            None if self.collecting => {
                let mut all = self.wanted.borrow_mut();
                if !all.iter().any(|other| other.is(&wanted)) {
                    all.push(wanted);
                }
                Ok(Value::Undefined(Undefined::NoPaths))
            }
            None => Err(absent("a reading of simulated paths".to_owned())
                .help("`quantile` and `mean` are read by the reports of a run and by tests")),
        }
    }

    fn folded_paths(
        &self,
        fold: &PathFold,
        values: &[Value],
        place: Place,
    ) -> Result<Value, Refusal> {
        let defined: Vec<&Value> = values.iter().filter(|v| !v.is_undefined()).collect();
        if defined.is_empty() {
            return Ok(Value::Undefined(Undefined::Nothing));
        }
        let count = i64::try_from(defined.len()).unwrap_or(i64::MAX);
        match fold {
            PathFold::Mean => {
                let mut sum = Rational::ZERO;
                let mut currency = None;
                for value in &defined {
                    let Some(number) = value.number() else {
                        return Err(Refusal::new(
                            codes::WRONG_KIND,
                            format!("{} has no mean", value.kind()),
                        ));
                    };
                    if let Value::Money(_, of) = value {
                        currency = Some(*of);
                    }
                    // A quotient has as many digits as it likes: each is rounded to 28 before a thousand of them are added.
                    let number = number.to_decimal().map_or(number.clone(), Rational::from);
                    sum = &sum + &number;
                }
                let mean = sum
                    .divide(&Rational::from(count))
                    .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
                Ok(match currency {
                    Some(currency) => Value::Money(mean, currency),
                    None => Value::Number(mean),
                })
            }
            PathFold::Quantile(share) => {
                let share = match self.evaluate(share, place)? {
                    Value::Number(share) => share,
                    Value::Undefined(reason) => return Ok(Value::Undefined(reason)),
                    other => {
                        return Err(Refusal::new(
                            codes::WRONG_KIND,
                            format!("{} stands where a share of the paths is due", other.kind()),
                        ));
                    }
                };
                if share.signum() <= 0 || share > Rational::ONE {
                    return Err(Refusal::new(
                        codes::OUT_OF_RANGE,
                        "the share of a quantile lies above 0% and not above 100%",
                    ));
                }
                let mut sorted = defined;
                sorted.sort_by(|a, b| self.order(a, b));
                // The first rank that is no less than the share of the paths.
                let reach = &share * &Rational::from(count);
                let rank = (1..=count)
                    .collect::<Vec<_>>()
                    .partition_point(|rank| Rational::from(*rank) < reach);
                Ok(sorted
                    .get(rank)
                    .map_or(Value::Undefined(Undefined::Nothing), |value| {
                        (*value).clone()
                    }))
            }
        }
    }

    fn order(&self, a: &Value, b: &Value) -> Ordering {
        match (a, b) {
            (Value::Tenor(a), Value::Tenor(b)) => {
                self.days_of_tenor(*a).cmp(&self.days_of_tenor(*b))
            }
            _ => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.cmp(b),
                _ => Ordering::Equal,
            },
        }
    }
}
