//! Performs an exercise: reads its book and market, projects, steers every run, and hands the evaluator of metrics over.

use super::attribution::Attributed;
use super::calendars::Calendars;
use super::context::Context;
use super::group::{Group, InterestTerms, Projection};
use super::journal;
use super::measure::{Apart, Measures, PathValues, RunInput, Striking, Texts, Wanted};
use super::observe::{ExceptionRecord, MetricKey, Observer, PathRecord, Recorder, Verdict};
use super::project::mirror::price_mirrors;
use super::project::{Source, project, schedule};
use super::rates::floating_interest;
use super::reads::Reads;
use super::search::{SearchAnswer, search_value};
use super::shocks;
use super::state::{EventCalendar, Reading as PointReading, Run};
use super::state::{mul_div, round_accrued};
use super::steer::{Setting, Steer, Templates};
use super::transfer::Pricing;
use super::valuation::calibrate;
use crate::book::{self, Exception};
use crate::calendar::{Date, DayCount};
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::formula::{Overlay, Refusal, Undefined, Value, Witness};
use crate::market::{
    self, Layer, MarketData, Motion, Reading, ScenarioMarket, Simulation, numbers, rational_level,
    strike,
};
use crate::plan::{
    Exercise, Expression, InstrumentId, Plan, RatesAssumption, Scenario, ScenarioKey, Search,
    ShockPath,
};
use crate::quantity::{RATE_SCALE, Rational};
use crate::tabular::{DataSource, InputFile};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An exercise with its data read and checked: what a run starts from.
pub struct Prepared<'a> {
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
    read: Arc<book::Reading>,
    market: MarketData,
    /// Rows that were not taken.
    pub exceptions: Vec<Exception>,
    /// Warnings of data.
    pub warnings: Vec<Diagnostic>,
    /// The data files that were read, by path, each once.
    pub inputs: Vec<InputFile>,
    witness: Witness,
}

/// Reads the book and the market of an exercise and checks what it asks for.
///
/// # Errors
/// All that is missing or wrong, before anything runs.
pub fn prepare<'a>(
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    prepare_watched(plan, exercise, source, &Witness::default())
}

/// The positions of an exercise's book, read; for all exercises that [read the same](reads_the_same).
pub fn read(plan: &Plan, exercise: &Exercise, source: &dyn DataSource) -> Arc<book::Reading> {
    Arc::new(book::read(plan, exercise, source))
}

/// Whether two exercises have the same positions: one book, mapped under one base.
pub fn reads_the_same(a: &Exercise, b: &Exercise) -> bool {
    a.book == b.book && a.scenarios.get(&a.base) == b.scenarios.get(&b.base)
}

/// As [`prepare`], where the positions have been read.
///
/// # Errors
/// All that is missing or wrong, before anything runs.
pub fn prepare_from<'a>(
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
    read: Arc<book::Reading>,
) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    prepare_of(plan, exercise, source, read, &Witness::default())
}

/// The same, with note taken of every formula that is evaluated in reading, running and measuring.
///
/// # Errors
/// All that is missing or wrong, before anything runs.
pub fn prepare_watched<'a>(
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
    witness: &Witness,
) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    let read = Arc::new(book::read_watched(plan, exercise, source, witness));
    prepare_of(plan, exercise, source, read, witness)
}

fn prepare_of<'a>(
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
    read: Arc<book::Reading>,
    witness: &Witness,
) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    let mut diagnostics: Vec<Diagnostic> = exercise
        .not_yet
        .iter()
        .map(|(what, origin)| {
            let refused = Diagnostic::error(
                codes::run::NOT_AVAILABLE,
                format!("{what} is checked, but this version does not evaluate it"),
            )
            .help("take it out of the run; `plimsoll check` still holds it to the language");
            match origin.span {
                Some(span) => refused.at(span, ""),
                None => refused,
            }
        })
        .collect();
    diagnostics.extend(read.diagnostics.iter().cloned());
    let overlay = Overlay::new(
        plan,
        Some(&exercise.book),
        exercise.scenarios.get(&exercise.base),
    )
    .witnessed(witness);
    let reading = Reading::new(
        plan,
        &overlay,
        source,
        exercise.book.date,
        exercise.book.currency,
    );
    let (market, found) = market::load(exercise.market.as_ref(), &exercise.givens, &reading);
    diagnostics.extend(found);
    if any_error(&diagnostics) {
        return Err(diagnostics);
    }
    // Files that only a shock reads are inputs, too. What they lack is told by the run that needs them.
    for scenario in exercise.scenarios.values() {
        let _ = strike(&market, &scenario.shocks, &reading, exercise.book.date);
        let _ = shocks::prepare(&scenario.shocks, &reading);
    }
    let mut inputs = read.inputs.clone();
    inputs.extend(reading.files());
    Ok(Prepared {
        plan,
        exercise,
        source,
        market,
        exceptions: read.exceptions.clone(),
        read,
        warnings: diagnostics,
        inputs,
        witness: witness.clone(),
    })
}

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

/// What every run of an exercise starts from, made once.
pub(super) struct Groundwork<'p> {
    source: Source<'p>,
    reads: Reads,
    calendars: Calendars,
    projection: Arc<Projection>,
    templates: Templates,
}

/// The finished runs of an exercise.
pub struct Performed<'p> {
    pub(super) prepared: &'p Prepared<'p>,
    runs: Vec<Run>,
    layers: Vec<Layer>,
    /// What searches found, by the family.
    found: BTreeMap<String, Value>,
    /// What was read over simulated paths.
    pub(super) paths: Arc<PathValues>,
    /// What lines of scenarios do to metrics.
    attributed: Vec<Attributed>,
}

impl<'p> Prepared<'p> {
    /// The exercise.
    pub fn exercise(&self) -> &'p Exercise {
        self.exercise
    }

    /// The checked positions.
    pub fn positions(&self) -> &book::Positions {
        &self.read.positions
    }

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

    /// What every run starts from; `more` are scenarios that are run besides those of the exercise.
    fn groundwork(
        &'p self,
        further: &[&Expression],
        more: &[&Scenario],
        apart: Option<InstrumentId>,
    ) -> Result<Groundwork<'p>, Vec<Diagnostic>> {
        let exercise = self.exercise;
        let source = Source {
            plan: self.plan,
            exercise,
            positions: &self.read.positions,
            market: &self.market,
            apart,
        };
        let mut reads = Reads::of(self.plan, exercise, further);
        for scenario in more {
            reads.scenario(self.plan, scenario);
        }
        let scenarios = exercise.scenarios.values().chain(more.iter().copied());
        let calendars = Calendars::of(source, scenarios)?;
        let calendar = calendars.all();
        let projected = project(source, &reads, &calendar.days)?;
        let projected = self.priced(source, projected, calendar)?;
        let projection = self.calibrated(projected, calendar)?;
        let templates = Templates::of(source, &projection);
        Ok(Groundwork {
            source,
            reads,
            calendars,
            projection,
            templates,
        })
    }

    fn scenario(&self, key: &ScenarioKey) -> Result<&'p Scenario, Vec<Diagnostic>> {
        self.exercise.scenarios.get(key).ok_or_else(|| {
            vec![Diagnostic::error(
                codes::run::SCENARIO_NOT_RUN,
                format!("`{}` is no scenario of the exercise", key.0),
            )]
        })
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
    fn run_in(
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
        Steer::run(Setting {
            context: &context,
            start: &start,
            source: *source,
            shocks: &position_shocks,
            templates,
            reads,
            observe: &observe,
        })
    }

    /// The mirrors of the opening book, where transfer prices are read.
    fn priced(
        &self,
        source: Source<'_>,
        projection: Projection,
        calendar: &Arc<EventCalendar>,
    ) -> Result<Projection, Vec<Diagnostic>> {
        let Some(base) = self.exercise.scenarios.get(&self.exercise.base) else {
            return Ok(projection);
        };
        if !projection.has_transfer_prices {
            return Ok(projection);
        }
        let known = Arc::new(projection.clone());
        let context = Context::new(
            self.plan,
            self.exercise,
            base,
            self.scenario_market(base).before_shocks(),
            known,
            Arc::clone(calendar),
        );
        let pricing = Pricing {
            context: &context,
            start: &context,
        };
        price_mirrors(source, pricing, projection)
    }

    /// The spread of each priced group over the curve of the book's date, before any shock.
    fn calibrated(
        &self,
        projection: Projection,
        calendar: &Arc<EventCalendar>,
    ) -> Result<Arc<Projection>, Vec<Diagnostic>> {
        let projection = Arc::new(projection);
        let Some(base) = self.exercise.scenarios.get(&self.exercise.base) else {
            return Ok(projection);
        };
        let market = self.scenario_market(base).before_shocks();
        let context = Context::new(
            self.plan,
            self.exercise,
            base,
            market,
            Arc::clone(&projection),
            Arc::clone(calendar),
        );
        let mut spreads = Vec::new();
        let mut errors = Vec::new();
        for (index, group) in projection.groups.iter().enumerate() {
            match opening_spread(&context, group) {
                Ok(Some(spread)) => spreads.push((index, spread)),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut calibrated = (*projection).clone();
        for (index, spread) in spreads {
            if let Some(group) = calibrated.groups.get_mut(index) {
                group.opening.spread = spread;
            }
        }
        Ok(Arc::new(calibrated))
    }

    /// What a position of the book pays, by day; floating interest at the forwards of the book's market.
    ///
    /// # Errors
    /// An unknown position, terms that contradict, or a rate that the market does not have.
    pub fn schedule(
        &self,
        instrument: crate::plan::InstrumentId,
        id: &str,
    ) -> Result<schedule::PositionSchedule, Vec<Diagnostic>> {
        let source = Source {
            plan: self.plan,
            exercise: self.exercise,
            positions: &self.read.positions,
            market: &self.market,
            apart: None,
        };
        let market = ScenarioMarket::new(&self.market, RatesAssumption::Forwards);
        schedule::position(source, &market, instrument, id)
    }

    fn scenario_market(&self, scenario: &Scenario) -> ScenarioMarket<'_> {
        ScenarioMarket::new(
            &self.market,
            scenario.rates.unwrap_or(RatesAssumption::Forwards),
        )
    }

    /// Tells an observer of the rows that were not taken, in the order of instrument and position.
    pub fn tell_exceptions(&self, observer: &mut dyn Observer) {
        let mut records: Vec<ExceptionRecord> = self
            .exceptions
            .iter()
            .map(|exception| ExceptionRecord {
                instrument: exception.instrument_name.clone(),
                position: exception.id.clone(),
                column: exception.column.clone(),
                value: exception.value.clone(),
                reason: exception.reason.clone(),
            })
            .collect();
        records.sort();
        for record in records {
            observer.exception(record);
        }
    }
}

impl<'p> Performed<'p> {
    /// The evaluator of metrics over the finished runs, base first.
    pub fn measures(&'p self) -> Measures<'p> {
        self.measures_with(None)
    }

    /// The same with one more run, the last.
    pub(super) fn measures_with<'s>(&'s self, more: Option<RunInput<'s>>) -> Measures<'s> {
        let prepared = self.prepared;
        let mut inputs: Vec<RunInput<'s>> = self
            .runs
            .iter()
            .zip(&self.layers)
            .filter_map(|(run, layer)| {
                let scenario = prepared.exercise.scenarios.get(&run.key)?;
                Some(RunInput {
                    run,
                    market: prepared.scenario_market(scenario).with(layer.clone()),
                    scenario,
                })
            })
            .collect();
        inputs.extend(more);
        let strikes = Strikes {
            plan: prepared.plan,
            exercise: prepared.exercise,
            source: prepared.source,
            market: &prepared.market,
            witness: &prepared.witness,
        };
        Measures::new(prepared.plan, prepared.exercise, inputs, strikes)
            .with_found(self.found.clone())
            .witnessed(&prepared.witness)
            .with_paths(Arc::clone(&self.paths))
    }

    /// A run besides those of the exercise, as measures see it.
    pub(super) fn besides<'s>(
        &'s self,
        run: &'s Run,
        layer: &Layer,
        scenario: &'s Scenario,
    ) -> RunInput<'s> {
        let market = self.prepared.scenario_market(scenario);
        RunInput {
            run,
            market: market.with(layer.clone()),
            scenario,
        }
    }

    /// What the further formulas, or else reports and limits, want over paths and is not known yet.
    pub(super) fn wanted_over_paths(&self, further: &[&Expression]) -> Vec<Wanted> {
        let measures = self.measures_with(None).collecting();
        // What is refused here is refused again, and told, when it is reported.
        let runs = if further.is_empty() {
            self.runs.len()
        } else {
            0
        };
        for run in 0..runs {
            let _ = measures.report(run, &|_| String::new(), &mut Recorder::default());
        }
        for formula in further {
            let place = super::measure::Place::of(0, PointReading::Day(0));
            let _ = measures.evaluate(formula, place);
        }
        measures.wanted()
    }

    /// The simulation of a run, and how many paths it has; `None` where it has none.
    pub(super) fn simulation(
        &self,
        run: usize,
    ) -> Result<Option<(Simulation, u32)>, Vec<Diagnostic>> {
        let prepared = self.prepared;
        let Some(scenario) = self.scenario_of(run) else {
            return Ok(None);
        };
        let Some(paths) = &scenario.paths else {
            return Ok(None);
        };
        let overlay = Overlay::new(prepared.plan, Some(&prepared.exercise.book), Some(scenario))
            .witnessed(&prepared.witness);
        let reading = Reading::new(
            prepared.plan,
            &overlay,
            prepared.source,
            prepared.exercise.book.date,
            prepared.exercise.book.currency,
        );
        let last = self.runs.get(run).map_or(0, |run| run.calendar.last());
        let last = prepared
            .exercise
            .book
            .date
            .add_days(last)
            .map_err(|e| vec![Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string())])?;
        let made = Simulation::new(paths, &prepared.market, &reading, last);
        made.map(|made| Some((made, paths.count)))
            .map_err(|error| vec![error])
    }

    fn scenario_of(&self, run: usize) -> Option<&'p Scenario> {
        let key = &self.runs.get(run)?.key;
        self.prepared.exercise.scenarios.get(key)
    }

    /// Runs one path of a run and hands an evaluator over, in which it is the last run.
    pub(super) fn on_path<T>(
        &self,
        run: usize,
        motion: Arc<Motion>,
        ground: &Groundwork<'_>,
        read: impl FnOnce(&Measures<'_>) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<T, Vec<Diagnostic>> {
        let (Some(scenario), Some(layer)) = (self.scenario_of(run), self.layers.get(run)) else {
            return Err(vec![Diagnostic::error(
                codes::run::NOT_HERE,
                "a run that the exercise does not have",
            )]);
        };
        let market = self
            .prepared
            .scenario_market(scenario)
            .with(layer.clone())
            .moving(motion);
        let made = self.prepared.run_in(scenario, market.clone(), ground)?;
        let measures = self.measures_with(Some(RunInput {
            run: &made,
            market,
            scenario,
        }));
        read(&measures)
    }

    /// Evaluates everything that the exercise reports, the runs side by side, and tells the observer run by run, base first.
    ///
    /// # Errors
    /// Everything that some report or limit lacks; the observer has seen nothing then.
    pub fn report(
        &self,
        texts: &Texts<'_>,
        progress: &(dyn Fn(u64, u64) + Sync),
        observer: &mut dyn Observer,
    ) -> Result<Verdict, Vec<Diagnostic>> {
        let (done, total) = (AtomicU64::new(0), self.runs.len() as u64);
        progress(0, total);
        let told: Vec<(Recorder, Result<Verdict, Vec<Diagnostic>>)> = (0..self.runs.len())
            .into_par_iter()
            .map(|run| {
                let mut records = Recorder::default();
                let verdict = self.measures().report(run, texts, &mut records);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                (records, verdict)
            })
            .collect();
        let mut worst = Verdict::Held;
        let mut errors: Vec<Diagnostic> = Vec::new();
        for (_, verdict) in &told {
            match verdict {
                Ok(verdict) => worst = worst.max(*verdict),
                Err(more) => {
                    let new: Vec<_> = more
                        .iter()
                        .filter(|e| !errors.contains(e))
                        .cloned()
                        .collect();
                    errors.extend(new);
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        // What a run reads of another (`under`) was recorded with both.
        // The total of what is broken down twice stands once.
        let mut known: HashSet<MetricKey> = HashSet::new();
        let mut reported: HashSet<MetricKey> = HashSet::new();
        for (records, _) in told {
            for record in records.metrics {
                let is_new = known.insert(record.key.clone());
                let is_told = if record.reported {
                    reported.insert(record.key.clone())
                } else {
                    is_new
                };
                if is_told {
                    observer.metric(record);
                }
            }
            for record in records.limits {
                observer.limit(record);
            }
        }
        for attributed in &self.attributed {
            super::attribution::tell(self, attributed, texts, observer)?;
        }
        Ok(worst)
    }

    /// Tells an observer the values on each simulated path that something was read over, but for parts of a break-down.
    pub fn tell_paths(&self, texts: &Texts<'_>, observer: &mut dyn Observer) {
        let measures = self.measures();
        for (wanted, values) in self.paths.entries().iter().filter(|(w, _)| w.is_whole()) {
            let place = super::measure::Place::of(wanted.run, wanted.reading);
            let date = measures
                .date(place)
                .map_or_else(String::new, |d| d.to_string());
            let scenario = self.runs.get(wanted.run).map(|run| run.key.0.clone());
            let formula = texts(wanted.body.span);
            for (value, path) in values.iter().zip(1u32..) {
                observer.path(PathRecord {
                    exercise: self.prepared.exercise.heading.name.clone(),
                    scenario: scenario.clone().unwrap_or_default(),
                    date: date.clone(),
                    formula: formula.clone(),
                    path,
                    value: measures.observed(value),
                    unit: measures.unit(value, &wanted.body.ty, place),
                });
            }
        }
    }

    /// Tells an observer what the exercise reports of a scenario on a date, down to the contracts of an instrument whose positions
    /// stand apart.
    ///
    /// # Errors
    /// Everything that some report lacks.
    pub fn report_contracts(
        &self,
        scenario: &str,
        date: &str,
        instrument: InstrumentId,
        texts: &Texts<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(), Vec<Diagnostic>> {
        let positions = self.prepared.read.positions.instrument(instrument);
        let name = |group: &Group| match (&group.birth, group.members.first()) {
            (Some(birth), _) => {
                let date = self.prepared.exercise.book.date.add_days(birth.day);
                date.map_or_else(
                    |_| "new business".to_owned(),
                    |date| format!("new business of {date}"),
                )
            }
            (None, Some(member)) => positions
                .and_then(|positions| positions.ids.get(member.row as usize))
                .map_or_else(String::new, |id| format!("\"{id}\"")),
            (None, None) => "the account".to_owned(),
        };
        let measures = self.measures();
        let Some(run) = measures.scenarios().position(|key| key.0 == scenario) else {
            return Err(vec![Diagnostic::error(
                codes::run::SCENARIO_NOT_RUN,
                format!("`{scenario}` is no scenario of the exercise"),
            )]);
        };
        let apart = Apart {
            instrument,
            name: &name,
        };
        measures.report_contracts(run, date, apart, texts, observer)
    }

    /// Tells an observer the ledger of every run, base first.
    ///
    /// # Errors
    /// A rate of exchange that is missing.
    pub fn tell_postings(&self, observer: &mut dyn Observer) -> Result<(), Diagnostic> {
        let prepared = self.prepared;
        for (run, layer) in self.runs.iter().zip(&self.layers) {
            if let Some(scenario) = prepared.exercise.scenarios.get(&run.key) {
                let market = prepared.scenario_market(scenario).with(layer.clone());
                let start = market.clone().before_shocks();
                let markets = (&start, &market);
                journal::tell(prepared.plan, prepared.exercise, run, markets, observer)?;
            }
        }
        Ok(())
    }

    /// Tells an observer what actions decided in every run, base first.
    pub fn tell_decisions(&self, observer: &mut dyn Observer) {
        let measures = self.measures();
        for run in 0..self.runs.len() {
            measures.tell_decisions(run, observer);
        }
    }

    /// The finished runs, base first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
}

/// Makes shocks ready from the texts and files of an exercise.
struct Strikes<'a> {
    plan: &'a Plan,
    exercise: &'a Exercise,
    source: &'a dyn DataSource,
    market: &'a MarketData,
    witness: &'a Witness,
}

impl<'a> Strikes<'a> {
    fn reading<'r>(&'r self, overlay: &'r Overlay) -> Reading<'r> {
        Reading::new(
            self.plan,
            overlay,
            self.source,
            self.exercise.book.date,
            self.exercise.book.currency,
        )
    }

    fn strike(&self, scenario: &Scenario, day: Date) -> Result<Layer, Vec<Diagnostic>> {
        let overlay = Overlay::new(self.plan, Some(&self.exercise.book), Some(scenario))
            .witnessed(self.witness);
        strike(self.market, &scenario.shocks, &self.reading(&overlay), day)
    }
}

impl Striking for Strikes<'_> {
    fn layer(&self, scenario: &Scenario) -> Result<Layer, Refusal> {
        self.strike(scenario, self.exercise.book.date)
            .map_err(|mut errors| {
                if errors.is_empty() {
                    Refusal::new(codes::run::NOT_HERE, "a shock that cannot be made ready")
                } else {
                    errors.swap_remove(0).into()
                }
            })
    }

    fn level(
        &self,
        scenario: &Scenario,
        path: &ShockPath,
        strike: Date,
        day: Date,
    ) -> Result<Rational, Refusal> {
        let overlay = Overlay::new(self.plan, Some(&self.exercise.book), Some(scenario))
            .witnessed(self.witness);
        let path = numbers(path, &self.reading(&overlay))?;
        Ok(rational_level(&path, strike, day))
    }
}

/// The spread that reprices a group's stated price; `None` without a price or a curve.
fn opening_spread(context: &Context<'_>, group: &Group) -> Result<Option<f64>, Diagnostic> {
    let Some(price) = group.opening.clean_price else {
        return Ok(None);
    };
    if !context.has_curve(group.currency) {
        return Ok(None);
    }
    let made;
    let leg = match &group.interest {
        InterestTerms::Floating(floating) => {
            let daycount = group.daycount.unwrap_or(DayCount::Act360);
            made = floating_interest(context, floating, daycount, |fixing, period| {
                context.index_rate(&floating.index, fixing, fixing.max(0), period)
            })?;
            Some(&made)
        }
        _ => group.fixed_interest(),
    };
    let none = Default::default();
    let interest = leg.map_or(&none, |leg| &leg.interest);
    let clean = mul_div(
        group.opening.nominal,
        i128::from(price.0),
        i128::from(RATE_SCALE),
    );
    let target = clean + round_accrued(interest.accrued(0, context.projection.date));
    calibrate(context, group, &group.principal, &interest.paid, target, 0).map(Some)
}
