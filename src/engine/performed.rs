//! The finished runs of an exercise, and what they tell: reports, postings, decisions, paths.

use super::attribution::Attributed;
use super::groundwork::Groundwork;
use super::group::Group;
use super::journal;
use super::measure::{Apart, Lacking, Measures, PathValues, RunInput, Texts, Wanted};
use super::observe::{MetricKey, Nobody, Observer, PathRecord, Recorder, Verdict};
use super::prepare::Prepared;
use super::state::{Reading as PointReading, Run};
use super::striking::Strikes;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Overlay, Value};
use crate::market::{Layer, Motion, Reading, Simulation};
use crate::plan::{Expression, InstrumentId, Scenario};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The finished runs of an exercise.
pub struct Performed<'p> {
    pub(super) prepared: &'p Prepared<'p>,
    pub(super) runs: Vec<Run>,
    pub(super) layers: Vec<Layer>,
    /// What searches found, by the family.
    pub(super) found: BTreeMap<String, Value>,
    /// What was read over simulated paths.
    pub(super) paths: Arc<PathValues>,
    /// What lines of scenarios do to metrics.
    pub(super) attributed: Vec<Attributed>,
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

    /// The errors of a report; where positions lack one thing, all that they lack is told at once.
    fn with_all_that_is_lacking(&self, mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if errors.iter().any(|e| e.code == codes::run::TERM_MISSING) {
            let mut lacking = Lacking::default();
            for run in 0..self.runs.len() {
                let measures = self.measures().noting_what_is_lacking();
                let _ = measures.report(run, &|_| String::new(), &mut Nobody);
                lacking.extend(measures.lacking());
            }
            let name = &self.prepared.exercise.heading.short;
            let asker = format!("what the exercise `{name}` reports");
            lacking.told(self.prepared.plan, &asker, &mut errors);
        }
        errors
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
            return Err(self.with_all_that_is_lacking(errors));
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

    /// Tells an observer what cover pools lacked in every run, base first.
    pub fn tell_shortfalls(&self, observer: &mut dyn Observer) {
        let measures = self.measures();
        for run in 0..self.runs.len() {
            measures.tell_shortfalls(run, observer);
        }
    }

    /// The finished runs, base first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
}
