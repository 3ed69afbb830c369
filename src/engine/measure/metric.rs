//! The evaluator of one exercise: its runs, its givens, and every value that was already computed.

use super::over_paths::{PathValues, Wanted};
use super::place::{Place, Slice};
use super::scope::RunScope;
use crate::calendar::Date;
use crate::diagnostic::codes::run as codes;
use crate::engine::context::Context;
use crate::engine::state::{Reading, Run};
use crate::formula::{Overlay, Refusal, Value, Witness, evaluate_with};
use crate::market::{Layer, ScenarioMarket};
use crate::plan::{
    Exercise, Expression, FunctionId, Metric, MetricId, Plan, Scenario, ScenarioKey, ShockPath,
};
use crate::quantity::{Currency, Rational};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// A finished run, with the market and the scenario that it ran under.
#[derive(Clone)]
pub struct RunInput<'a> {
    /// What the loop left behind.
    pub run: &'a Run,
    /// The scenario's market, its shocks struck on the book's date; empty where the exercise has none.
    pub market: ScenarioMarket<'a>,
    /// The scenario, flattened.
    pub scenario: &'a Scenario,
}

/// Makes the shocks of a scenario ready to strike inside a run.
pub trait Striking {
    /// Its shocks of curves, indices, rates of exchange and series, as a layer of the market.
    ///
    /// # Errors
    /// What a shock lacks.
    fn layer(&self, scenario: &Scenario) -> Result<Layer, Refusal>;

    /// The level of a shock of positions on a day, if it struck on another.
    ///
    /// # Errors
    /// What the shock lacks.
    fn level(
        &self,
        scenario: &Scenario,
        path: &ShockPath,
        strike: Date,
        day: Date,
    ) -> Result<Rational, Refusal>;
}

/// A run as measures see it.
pub(super) struct RunContext<'a> {
    pub(super) run: &'a Run,
    pub(super) engine: Context<'a>,
    /// The groups that something encumbers at some time, ascending.
    pledged: Vec<usize>,
    /// Of these, those that one cover pool alone encumbers, each with its pool: all of a pool bear the same share.
    pooled: FxHashMap<usize, usize>,
}

impl RunContext<'_> {
    /// Whether something encumbers a group at some time of the run.
    pub(super) fn is_pledged(&self, index: usize) -> bool {
        self.pledged.binary_search(&index).is_ok()
    }

    /// The cover pool that alone encumbers a group, at whatever time.
    pub(super) fn pool_of(&self, index: usize) -> Option<usize> {
        self.pooled.get(&index).copied()
    }
}

/// The evaluator of metrics over the runs of one exercise. Values are computed once for each metric and place.
pub struct Measures<'a> {
    pub(super) plan: &'a Plan,
    pub(super) exercise: &'a Exercise,
    pub(super) runs: Vec<RunContext<'a>>,
    /// Makes shocks ready, for branches.
    pub(super) striking: Box<dyn Striking + 'a>,
    /// Whether a fold over no positions at all is missing (a test) and not zero.
    pub(super) empty_is_missing: bool,
    pub(super) slices: RefCell<Vec<Rc<Slice>>>,
    pub(super) values: RefCell<FxHashMap<(MetricId, Place), Value>>,
    pub(super) caches: super::classes::Caches,
    pub(super) branches: super::market_reading::Branches<'a>,
    pub(super) valuations: super::value::Valuations,
    pub(super) views: super::view::Views,
    pub(super) ladders: super::ladder::Ladders,
    pub(super) repricings: super::repricing::Repricings,
    pub(super) shared_sums: super::shared_sum::SharedSums,
    /// Undefined days that a fold over time skipped, by its body and place.
    pub(super) skipped: RefCell<FxHashMap<(usize, Place), u64>>,
    /// What searches found, by the family.
    pub(super) found: BTreeMap<String, Value>,
    /// Values over simulated paths.
    pub(super) paths: Arc<PathValues>,
    /// Whether what is wanted over paths is collected.
    pub(super) collecting: bool,
    /// What was wanted.
    pub(super) wanted: RefCell<Vec<Wanted>>,
    /// The definitions alone, for a place without a run.
    pub(super) definitions: Overlay,
    /// What positions lack; `None`: what lacks anything is refused.
    pub(super) lacking: Option<RefCell<super::lacking::Lacking>>,
    /// Metrics under evaluation, to refuse circles that a given or a branch might close.
    depth: Cell<usize>,
}

/// Formulas nest less deep than this; circles are refused by the compiler.
const DEEPEST: usize = 400;

impl<'a> Measures<'a> {
    /// An evaluator over finished runs, in the order of the exercise (base first).
    pub fn new(
        plan: &'a Plan,
        exercise: &'a Exercise,
        runs: Vec<RunInput<'a>>,
        striking: impl Striking + 'a,
    ) -> Self {
        let branches = super::market_reading::Branches::of(runs.len(), exercise.scenarios.len());
        let runs = runs
            .into_iter()
            .map(|input| RunContext {
                pledged: input.run.ever_encumbered(),
                pooled: input.run.in_one_pool_only().into_iter().collect(),
                run: input.run,
                engine: Context::new(
                    plan,
                    exercise,
                    input.scenario,
                    input.market,
                    input.run.projection.clone(),
                    input.run.calendar.clone(),
                ),
            })
            .collect();
        Self {
            plan,
            exercise,
            runs,
            striking: Box::new(striking),
            empty_is_missing: false,
            slices: RefCell::new(vec![Rc::new(Slice::default())]),
            values: RefCell::default(),
            caches: super::classes::Caches::default(),
            branches,
            valuations: super::value::Valuations::default(),
            views: super::view::Views::default(),
            ladders: super::ladder::Ladders::default(),
            repricings: super::repricing::Repricings::default(),
            shared_sums: super::shared_sum::SharedSums::default(),
            skipped: RefCell::default(),
            found: BTreeMap::new(),
            paths: Arc::default(),
            collecting: false,
            wanted: RefCell::default(),
            definitions: Overlay::new(plan, Some(&exercise.book), None),
            lacking: None,
            depth: Cell::new(0),
        }
    }

    /// The same, with note taken of every formula that is evaluated.
    #[must_use]
    pub fn witnessed(mut self, witness: &Witness) -> Self {
        for context in &mut self.runs {
            context.engine.overlay = std::mem::take(&mut context.engine.overlay).witnessed(witness);
        }
        self.definitions = std::mem::take(&mut self.definitions).witnessed(witness);
        self
    }

    /// For a test: a fold over a book without positions is missing, not zero.
    #[must_use]
    pub fn without_silent_zeros(mut self) -> Self {
        self.empty_is_missing = true;
        self
    }

    /// With what searches found, by the family.
    #[must_use]
    pub fn with_found(mut self, found: BTreeMap<String, Value>) -> Self {
        self.found = found;
        self
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// The exercise.
    pub fn exercise(&self) -> &'a Exercise {
        self.exercise
    }

    /// The book's currency: that of every total.
    pub fn currency(&self) -> Currency {
        self.exercise.book.currency
    }

    /// The value of a formula at a place.
    pub fn evaluate(&self, expression: &Expression, place: Place) -> Result<Value, Refusal> {
        evaluate_with(expression, &RunScope::new(self, place), &[])
    }

    /// The value of a metric at a place, computed once.
    pub fn metric(&self, id: MetricId, place: Place) -> Result<Value, Refusal> {
        if let Some(value) = self.values.borrow().get(&(id, place)) {
            return Ok(value.clone());
        }
        let value = match self.given_metric(id, place)? {
            Some(given) => given,
            None => {
                let metric = self.definition(id)?;
                self.definitions.witness().saw(metric.formula.span);
                self.nested(|| evaluate_with(&metric.formula, &RunScope::new(self, place), &[]))?
            }
        };
        self.values.borrow_mut().insert((id, place), value.clone());
        Ok(value)
    }

    pub(super) fn definition(&self, id: MetricId) -> Result<&'a Metric, Refusal> {
        self.plan
            .metrics
            .get(id.index())
            .ok_or_else(|| Refusal::new(codes::NOT_HERE, "a metric that the plan does not hold"))
    }

    fn nested<T>(&self, work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return Err(Refusal::new(
                codes::OUT_OF_RANGE,
                "metrics read each other in a circle",
            ));
        }
        self.depth.set(depth + 1);
        let result = work();
        self.depth.set(depth);
        result
    }

    /// What a test gives for a metric in this very slice.
    fn given_metric(&self, id: MetricId, place: Place) -> Result<Option<Value>, Refusal> {
        for (metric, slice, value) in &self.exercise.givens.metrics {
            if *metric == id && self.is_slice(place, slice) {
                return self.given(value, place).map(Some);
            }
        }
        Ok(None)
    }

    /// What a test gives for a function at these arguments, in this very slice.
    pub(super) fn given_function(
        &self,
        id: FunctionId,
        arguments: &[Value],
        place: Place,
    ) -> Result<Option<Value>, Refusal> {
        for (function, at, slice, value) in &self.exercise.givens.functions {
            if *function != id || !self.is_slice(place, slice) || at.len() != arguments.len() {
                continue;
            }
            let mut alike = true;
            for (expression, argument) in at.iter().zip(arguments) {
                alike = alike && self.evaluate(expression, place)? == *argument;
            }
            if alike {
                return self.given(value, place).map(Some);
            }
        }
        Ok(None)
    }

    pub(super) fn given(&self, value: &Expression, place: Place) -> Result<Value, Refusal> {
        self.nested(|| evaluate_with(value, &RunScope::new(self, place), &[]))
    }

    /// Whether a slice as the plan writes it is the slice of the place. Bands and members are compared as values.
    fn is_slice(&self, place: Place, slice: &crate::plan::Slice) -> bool {
        let own = self.slice(place);
        let stated = self.slice_of_plan(slice);
        *own == stated
    }

    /// A slice as the plan writes it.
    pub(super) fn slice_of_plan(&self, slice: &crate::plan::Slice) -> Slice {
        let mut made = Slice {
            currency: slice.currency,
            ..Slice::default()
        };
        for (dimension, node) in &slice.members {
            let expression = Expression {
                node: node.clone(),
                ty: crate::plan::Type::Member(*dimension),
                span: None,
            };
            if let Ok(value) = self.evaluate(&expression, Place::of(0, Reading::Day(0))) {
                made = made.with(*dimension, value);
            }
        }
        made
    }

    /// The slice of a place.
    pub fn slice(&self, place: Place) -> Rc<Slice> {
        self.slices
            .borrow()
            .get(place.slice)
            .cloned()
            .unwrap_or_default()
    }

    /// The same place in another slice.
    pub fn sliced(&self, place: Place, slice: Slice) -> Place {
        let mut slices = self.slices.borrow_mut();
        let number = match slices.iter().position(|s| **s == slice) {
            Some(number) => number,
            None => {
                slices.push(Rc::new(slice));
                slices.len() - 1
            }
        };
        Place {
            slice: number,
            ..place
        }
    }

    pub(super) fn context(&self, place: Place) -> Result<&RunContext<'a>, Refusal> {
        self.runs
            .get(place.run)
            .ok_or_else(|| Refusal::new(codes::NOT_HERE, "a run that the exercise does not have"))
    }

    pub(super) fn run(&self, place: Place) -> Result<&'a Run, Refusal> {
        self.context(place).map(|c| c.run)
    }

    /// The date of a place.
    pub fn date(&self, place: Place) -> Option<Date> {
        self.runs
            .get(place.run)
            .and_then(|c| c.run.date(place.reading.day()))
    }

    /// The number of the run of a scenario; `base` is the exercise's.
    pub fn run_of(&self, key: &ScenarioKey) -> Option<usize> {
        let key = if *key == ScenarioKey::base() {
            &self.exercise.base
        } else {
            key
        };
        self.runs.iter().position(|c| c.engine.scenario.key == *key)
    }

    /// The same for a formula that reads it.
    pub(super) fn run_under(&self, key: &ScenarioKey) -> Result<usize, Refusal> {
        self.run_of(key).ok_or_else(|| {
            let message = format!("the exercise does not run `{}`", key.0);
            Refusal::new(codes::SCENARIO_NOT_RUN, message)
                .help(format!("add `run {}` to the exercise or test", key.0))
        })
    }

    /// The scenarios that have been run, in order.
    pub fn scenarios(&self) -> impl Iterator<Item = &ScenarioKey> {
        self.runs.iter().map(|c| &c.engine.scenario.key)
    }
}
