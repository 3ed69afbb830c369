//! Performs an exercise: runs its scenarios side by side over what was prepared; searches, sweeps and paths beside them.

use super::context::Context;
use super::groundwork::Groundwork;
use super::measure::{Measures, RunInput};
use super::performed::Performed;
use super::prepare::Prepared;
use super::reads::Reads;
use super::search::{SearchAnswer, search_value};
use super::shocks;
use super::state::{Reading as PointReading, Run};
use super::steer::{Setting, Steer};
use super::striking::Strikes;
use crate::diagnostic::Diagnostic;
use crate::formula::{Overlay, Refusal, Undefined, Value};
use crate::market::{Layer, ScenarioMarket};
use crate::plan::{Expression, InstrumentId, Scenario, ScenarioKey, Search};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value as reports tell it, with its unit.
pub type Reported = (super::observe::Value, String);

/// The scenario and condition of each search at its first value: all values of a search read the same of positions.
fn first_points(searches: &[&Search]) -> Result<Vec<(Scenario, Expression)>, Vec<Diagnostic>> {
    let first = |search: &&Search| {
        let value = search.values.first().copied().unwrap_or_default();
        super::search::at(search, value)
    };
    searches.iter().map(first).collect()
}

impl<'p> Prepared<'p> {
    /// Runs the base and the given scenarios (all of the exercise where `only` is `None`). `further` are formulas that
    /// are read besides the reports: the expectations of a test.
    ///
    /// # Errors
    /// All that a run lacks.
    pub fn perform(
        &'p self,
        only: Option<&[ScenarioKey]>,
        further: &[&Expression],
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Performed<'p>, Vec<Diagnostic>> {
        self.perform_apart(only, further, None, progress)
    }

    /// The same with the positions of one instrument each a group of its own, so that sums go down to contracts.
    ///
    /// # Errors
    /// All that a run lacks.
    pub fn perform_apart(
        &'p self,
        only: Option<&[ScenarioKey]>,
        further: &[&Expression],
        apart: Option<InstrumentId>,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Performed<'p>, Vec<Diagnostic>> {
        let exercise = self.exercise;
        let reads = Reads::of(self.plan, exercise, further);
        let sought: Vec<&Search> = exercise
            .searches
            .iter()
            .filter(|search| search.is_of_text() && reads.found.contains(&search.family))
            .collect();
        let first = first_points(&sought)?;
        let mut formulas = further.to_vec();
        formulas.extend(first.iter().map(|(_, condition)| condition));
        let more: Vec<&Scenario> = first.iter().map(|(scenario, _)| scenario).collect();
        let ground = self.groundwork(&formulas, &more, apart)?;
        let keys: Vec<&ScenarioKey> = exercise
            .runs
            .iter()
            .filter(|key| **key == exercise.base || only.is_none_or(|only| only.contains(key)))
            .collect();
        let done = AtomicU64::new(0);
        let total = keys.len() as u64;
        progress(0, total);
        let made: Vec<Result<(Run, Layer), Vec<Diagnostic>>> = keys
            .par_iter()
            .map(|key| {
                let made = self
                    .scenario(key)
                    .and_then(|scenario| self.run(scenario, &ground));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                made
            })
            .collect();
        let mut performed = Performed {
            prepared: self,
            runs: Vec::new(),
            layers: Vec::new(),
            found: BTreeMap::new(),
            paths: Arc::default(),
            attributed: Vec::new(),
        };
        let mut errors = Vec::new();
        for result in made {
            match result {
                Ok((run, layer)) => {
                    performed.runs.push(run);
                    performed.layers.push(layer);
                }
                Err(more) => errors.extend(
                    more.into_iter()
                        .filter(|error| !errors.contains(error))
                        .collect::<Vec<_>>(),
                ),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        for search in sought {
            let answer = super::search::perform(&performed, &ground, search, true, &|_| {})?;
            let found = answer
                .found()
                .map_or(Value::Undefined(Undefined::NotFound), |value| {
                    search_value(search, value)
                });
            performed.found.insert(search.family.clone(), found);
        }
        for (place, attribution) in exercise.attributions.iter().enumerate() {
            let ran = performed
                .runs
                .iter()
                .any(|run| run.key == attribution.scenario);
            if ran && further.is_empty() {
                let made = super::attribution::perform(&performed, &ground, place, attribution)?;
                performed.attributed.push(made);
            }
        }
        if reads.paths {
            super::simulate::path_values(&mut performed, &ground, further, progress)?;
        }
        Ok(performed)
    }

    /// What `plimsoll reverse` asks: the mildest value of a search at which its condition holds. `with_actions`: false forbids
    /// every action. `progress` is told how many values have been tried.
    ///
    /// # Errors
    /// All that a run lacks.
    pub fn reverse(
        &'p self,
        search: &Search,
        with_actions: bool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<SearchAnswer, Vec<Diagnostic>> {
        let first = first_points(&[search])?;
        let formulas: Vec<&Expression> = first.iter().map(|(_, condition)| condition).collect();
        let more: Vec<&Scenario> = first.iter().map(|(scenario, _)| scenario).collect();
        let ground = self.groundwork(&formulas, &more, None)?;
        let performed = self.compared(&formulas, &ground)?;
        super::search::perform(&performed, &ground, search, with_actions, progress)
    }

    /// What `plimsoll sweep` asks: the values of formulas on the book's date after instantaneous shocks, in the run of each scenario of
    /// the grid, in its order. `progress` is told how many have been run.
    ///
    /// # Errors
    /// All that a run or a formula lacks.
    pub fn sweep(
        &'p self,
        scenarios: &[Scenario],
        formulas: &[&Expression],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Vec<Reported>>, Vec<Diagnostic>> {
        let more: Vec<&Scenario> = scenarios.iter().collect();
        let ground = self.groundwork(formulas, &more, None)?;
        let performed = self.compared(formulas, &ground)?;
        let done = AtomicU64::new(0);
        let rows: Vec<Result<Vec<Reported>, Vec<Diagnostic>>> = scenarios
            .par_iter()
            .map(|scenario| {
                let (run, layer) = self.run(scenario, &ground)?;
                let input = performed.besides(&run, &layer, scenario);
                let measures = performed.measures_with(Some(input));
                let place = super::measure::Place::of(performed.runs.len(), PointReading::Day(0));
                let row = formulas
                    .iter()
                    .map(|formula| {
                        let value = measures.evaluate(formula, place)?;
                        let unit = measures.unit(&value, &formula.ty, place);
                        Ok((measures.observed(&value), unit))
                    })
                    .collect::<Result<_, Refusal>>();
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                row.map_err(|refusal| vec![refusal.into_diagnostic()])
            })
            .collect();
        rows.into_iter().collect()
    }

    /// The base, and all runs of the exercise where a formula compares with another.
    fn compared(
        &'p self,
        formulas: &[&Expression],
        ground: &Groundwork<'p>,
    ) -> Result<Performed<'p>, Vec<Diagnostic>> {
        let compares = |formula: &&Expression| Reads::of_expression(self.plan, formula).compares;
        let all = formulas.iter().any(compares);
        let mut performed = Performed {
            prepared: self,
            runs: Vec::new(),
            layers: Vec::new(),
            found: BTreeMap::new(),
            paths: Arc::default(),
            attributed: Vec::new(),
        };
        for key in &self.exercise.runs {
            if *key == self.exercise.base || all {
                let (run, layer) = self.run(self.scenario(key)?, ground)?;
                performed.runs.push(run);
                performed.layers.push(layer);
            }
        }
        Ok(performed)
    }

    /// Runs one scenario.
    pub(super) fn run(
        &self,
        scenario: &Scenario,
        ground: &Groundwork<'_>,
    ) -> Result<(Run, Layer), Vec<Diagnostic>> {
        let striking = Strikes {
            plan: self.plan,
            exercise: self.exercise,
            source: self.source,
            market: &self.market,
            witness: &self.witness,
        };
        let layer = striking.strike(scenario, self.exercise.book.date)?;
        let market = self.scenario_market(scenario).with(layer.clone());
        Ok((self.run_in(scenario, market, ground)?, layer))
    }

    /// Runs one scenario in a market of its own.
    pub(super) fn run_in(
        &self,
        scenario: &Scenario,
        market: ScenarioMarket<'_>,
        ground: &Groundwork<'_>,
    ) -> Result<Run, Vec<Diagnostic>> {
        let exercise = self.exercise;
        let Groundwork {
            source,
            reads,
            calendars,
            projection,
            templates,
        } = ground;
        let calendar = calendars.of_run(*source, scenario)?;
        let calendar = &calendar;
        let striking = Strikes {
            plan: self.plan,
            exercise,
            source: self.source,
            market: &self.market,
            witness: &self.witness,
        };
        let overlay =
            Overlay::new(self.plan, Some(&exercise.book), Some(scenario)).witnessed(&self.witness);
        let reading = striking.reading(&overlay);
        let position_shocks = shocks::prepare(&scenario.shocks, &reading)?;
        let make = |market| {
            Context::new(
                self.plan,
                exercise,
                scenario,
                market,
                Arc::clone(projection),
                Arc::clone(calendar),
            )
            .witnessed(&self.witness)
        };
        let context = make(market.clone());
        let start = make(market.clone().before_shocks());
        let observe = |run: &Run, look: &mut dyn FnMut(&Measures<'_>)| {
            let input = RunInput {
                run,
                market: market.clone(),
                scenario,
            };
            let strikes = Strikes {
                plan: self.plan,
                exercise,
                source: self.source,
                market: &self.market,
                witness: &self.witness,
            };
            let measures = Measures::new(self.plan, exercise, vec![input], strikes);
            look(&measures);
        };
        let idle_shocks = position_shocks
            .idle(&start, &projection.groups)
            .map_err(|error| vec![error])?;
        let run = Steer::run(Setting {
            context: &context,
            start: &start,
            source: *source,
            shocks: &position_shocks,
            templates,
            reads,
            observe: &observe,
        })?;
        Ok(Run { idle_shocks, ..run })
    }
}
