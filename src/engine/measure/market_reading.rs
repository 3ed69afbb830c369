//! The market at a place: rates, levels and rates of exchange, under a scenario that strikes there if there is one.

use super::Measures;
use super::place::Place;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::codes::run as codes;
use crate::engine::state::Reading;
use crate::formula::{Overlay, Refusal, Value};
use crate::market::{Bump, Layer, ScenarioMarket};
use crate::plan::{Scenario, ScenarioKey};
use crate::quantity::{Currency, Rational};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// What scenarios that strike inside a run put over it, made when first asked for.
#[derive(Default)]
pub(super) struct Branches<'a> {
    /// Settings by run and scenario.
    overlays: Vec<OnceCell<Overlay>>,
    /// Layers by scenario.
    layers: RefCell<FxHashMap<usize, Rc<Layer>>>,
    /// Markets by run, scenario and reading.
    markets: RefCell<FxHashMap<(usize, Option<usize>, Reading), Rc<ScenarioMarket<'a>>>>,
    /// What a scenario says that the base does not, by scenario.
    differences: RefCell<FxHashMap<usize, Rc<Scenario>>>,
}

impl Branches<'_> {
    /// Room for every scenario in every run.
    pub(super) fn of(runs: usize, scenarios: usize) -> Self {
        Self {
            overlays: (0..runs * scenarios).map(|_| OnceCell::new()).collect(),
            ..Self::default()
        }
    }
}

impl<'a> Measures<'a> {
    /// The number of a scenario that may strike; `base` is the exercise's.
    pub(super) fn branch_of(&self, key: &ScenarioKey) -> Result<usize, Refusal> {
        let key = if *key == ScenarioKey::base() {
            &self.exercise.base
        } else {
            key
        };
        self.exercise.scenarios.get_index_of(key).ok_or_else(|| {
            Refusal::new(
                codes::SCENARIO_NOT_RUN,
                format!("`{}` is no scenario of the exercise", key.0),
            )
        })
    }

    /// What a scenario says that the base does not: the base has struck already, on the book's date.
    pub(super) fn difference(&self, branch: usize) -> Result<Rc<Scenario>, Refusal> {
        if let Some(found) = self.branches.differences.borrow().get(&branch) {
            return Ok(found.clone());
        }
        let Some((_, scenario)) = self.exercise.scenarios.get_index(branch) else {
            return Err(Refusal::new(
                codes::SCENARIO_NOT_RUN,
                "a scenario that the exercise does not hold",
            ));
        };
        let mut difference = scenario.clone();
        if let Some(base) = self.exercise.scenarios.get(&self.exercise.base) {
            difference.shocks.retain(|s| {
                !base
                    .shocks
                    .iter()
                    .any(|b| b.target == s.target && b.path == s.path)
            });
            difference.parameters.retain(|id, (value, _)| {
                base.parameters
                    .get(id)
                    .is_none_or(|(b, _)| b.node != value.node)
            });
            difference.cells.retain(|c| {
                !base.cells.iter().any(|b| {
                    b.table == c.table && b.patterns == c.patterns && b.value.node == c.value.node
                })
            });
            difference.behaviours.retain(|id, own| {
                base.behaviours
                    .get(id)
                    .is_none_or(|b| b.settings != own.settings)
            });
        }
        let difference = Rc::new(difference);
        self.branches
            .differences
            .borrow_mut()
            .insert(branch, difference.clone());
        Ok(difference)
    }

    /// Parameters and tables in force at a place.
    pub(super) fn overlay_at(&self, place: Place) -> &Overlay {
        let Some(context) = self.runs.get(place.run).or(self.runs.first()) else {
            return &self.definitions;
        };
        let Some(branch) = place.branch else {
            return &context.engine.overlay;
        };
        let cell = self
            .branches
            .overlays
            .get(place.run * self.exercise.scenarios.len() + branch);
        match (cell, self.difference(branch)) {
            (Some(cell), Ok(difference)) => {
                cell.get_or_init(|| context.engine.overlay.with(self.plan, &difference))
            }
            _ => &context.engine.overlay,
        }
    }

    fn layer(&self, branch: usize) -> Result<Rc<Layer>, Refusal> {
        if let Some(layer) = self.branches.layers.borrow().get(&branch) {
            return Ok(layer.clone());
        }
        let layer = Rc::new(self.striking.layer(&*self.difference(branch)?)?);
        self.branches
            .layers
            .borrow_mut()
            .insert(branch, layer.clone());
        Ok(layer)
    }

    /// The market at a place.
    pub(super) fn market(&self, place: Place) -> Result<Rc<ScenarioMarket<'a>>, Refusal> {
        let key = (
            place.run,
            place.branch,
            if place.branch.is_none() && place.reading != Reading::Start {
                Reading::Day(0)
            } else {
                place.reading
            },
        );
        if let Some(market) = self.branches.markets.borrow().get(&key) {
            return Ok(market.clone());
        }
        let own = &self.context(place)?.engine.market;
        let market = match (place.branch, place.reading) {
            (None, Reading::Start) => own.clone().before_shocks(),
            (None, Reading::Day(_)) => own.clone(),
            (Some(branch), reading) => {
                let mut layer = (*self.layer(branch)?).clone();
                layer.strike = self.today(place)?;
                let before = if reading == Reading::Start {
                    own.clone().without_layers()
                } else {
                    own.clone()
                };
                before.with(layer)
            }
        };
        let market = Rc::new(market);
        self.branches
            .markets
            .borrow_mut()
            .insert(key, market.clone());
        Ok(market)
    }

    pub(super) fn today(&self, place: Place) -> Result<Date, Refusal> {
        self.date(place)
            .ok_or_else(|| Refusal::new(codes::OUT_OF_RANGE, "a day beyond the calendar"))
    }

    /// The level of a series, or of an index, on the day of the place.
    pub(super) fn factor(&self, place: Place, name: &str) -> Result<Rational, Refusal> {
        let market = self.market(place)?;
        let today = self.today(place)?;
        if market.data().indices.contains_key(name) {
            let rate = market.index_rate(name, today, None, today, Bump::None)?;
            return Rational::from_f64_rounded(rate)
                .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()));
        }
        Ok(market.series(name, today)?)
    }

    /// A swap rate on the day of the place, rounded to 1e-15.
    pub(super) fn swap_rate(
        &self,
        place: Place,
        currency: Currency,
        tenor: Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        let rate = self
            .market(place)?
            .swap_rate(currency, curve, tenor, self.today(place)?)?;
        Rational::from_f64_rounded(rate)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }

    /// The zero rate of a currency before any shock, to the nearest day `years` ahead, at least one, rounded to 1e-15.
    pub(super) fn unshocked_zero_rate(
        &self,
        place: Place,
        currency: Currency,
        years: &Rational,
    ) -> Result<Rational, Refusal> {
        let today = self.today(place)?;
        let beyond =
            |e: crate::calendar::CalendarError| Refusal::new(codes::OUT_OF_RANGE, e.to_string());
        let days = (years.to_f64() * 365.0).round().clamp(1.0, 100_000.0) as i32;
        let ahead = today.add_days(days).map_err(beyond)?;
        let market = (*self.market(place)?).clone().before_shocks();
        let zero = market.discount_curve(currency, today)?.zero(ahead)?;
        Rational::from_f64_rounded(zero)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }

    /// The zero rate of a currency on the day of the place, `years` ahead, rounded to 1e-15: between two days on the line through their
    /// rates, and at least one day ahead.
    pub(super) fn zero_rate(
        &self,
        place: Place,
        currency: Currency,
        years: &Rational,
    ) -> Result<Rational, Refusal> {
        let today = self.today(place)?;
        let market = self.market(place)?;
        let curve = market.discount_curve(currency, today)?;
        let days = (years.to_f64() * 365.0).clamp(1.0, 100_000.0);
        let whole = libm::floor(days);
        let rate = |ahead: f64| -> Result<f64, Refusal> {
            let day = today
                .add_days(ahead as i32)
                .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
            Ok(curve.zero(day)?)
        };
        let mut zero = rate(whole)?;
        if days > whole {
            zero += (days - whole) * (rate(whole + 1.0)? - zero);
        }
        Rational::from_f64_rounded(zero)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }

    /// What one unit of `from` is worth in `to` at the place: the step's rate, shocked as the scenario says.
    pub(super) fn exchange_rate(
        &self,
        place: Place,
        from: Currency,
        to: Currency,
    ) -> Result<Rational, Refusal> {
        if from == to {
            return Ok(Rational::ONE);
        }
        if self.exercise.market.is_none() {
            return self.given_rate(from, to);
        }
        let market = self.market(place)?;
        let today = self.today(place)?;
        let (worth, unit) = (market.fx(from, today)?, market.fx(to, today)?);
        worth
            .divide(&unit)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }

    /// What one unit is worth in the book's currency at the base rate of the book's date.
    pub(super) fn base_rate(&self, from: Currency) -> Result<Rational, Refusal> {
        let to = self.currency();
        match self.runs.first() {
            Some(base)
                if self.exercise.market.is_some()
                    && !self.exercise.givens.fx.contains_key(&from) =>
            {
                Ok(base
                    .engine
                    .market
                    .clone()
                    .before_shocks()
                    .fx(from, self.exercise.book.date)?)
            }
            _ => self.given_rate(from, to),
        }
    }

    /// The rate that a test gives where there is no market.
    fn given_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        let worth = |currency: Currency| -> Result<Rational, Refusal> {
            if currency == self.currency() {
                return Ok(Rational::ONE);
            }
            let Some(given) = self.exercise.givens.fx.get(&currency) else {
                return Err(Refusal::new(codes::NO_MARKET, format!("no value of {currency} in {}", self.currency()))
                    .help(format!("add `fx {currency} = … {}` to the market, or `given fx({currency}) = …` to a test", self.currency())));
            };
            match self.given(given, Place::of(0, Reading::Day(0)))? {
                Value::Money(x, in_currency) if in_currency == self.currency() => Ok(x),
                Value::Number(x) => Ok(x),
                other => Err(Refusal::new(
                    codes::WRONG_KIND,
                    format!(
                        "{} stands where the value of {currency} is due",
                        other.kind()
                    ),
                )),
            }
        };
        worth(from)?
            .divide(&worth(to)?)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
    }
}
