//! A run as `run`, `run --dry-run` and `verify` share it: from a program to records and what they were made of.

use super::program::{Program, means};
use crate::book;
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::engine::measure::ControlTotal;
use crate::engine::observe::{Recorder, Verdict};
use crate::engine::prepare::{Prepared, prepare, prepare_from, read, reads_the_same};
use crate::engine::project::schedule::PositionSchedule;
use crate::plan::{Exercise, Instrument, InstrumentId, Plan, ScenarioKey, digests};
use crate::tabular::Folder;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::trace::bundle::{Control, Input, Provenance, QuarantinedRow, RunOf, Selection};

/// What came out of a run.
pub struct Performance {
    /// Every record, in order.
    pub records: Recorder,
    /// What it was made of.
    pub provenance: Provenance,
    /// The worst verdict of all limits.
    pub verdict: Verdict,
    /// Warnings of data.
    pub warnings: Vec<Diagnostic>,
    /// Positions that were read.
    pub positions: u64,
}

/// Performs the selected exercises and scenarios of a program, side by side; what they tell comes in the order of the text.
/// `report`: false reads and reconciles only.
///
/// # Errors
/// All that is missing or wrong; nothing has been written.
pub fn perform(
    program: &Program,
    selection: &Selection,
    report: bool,
    progress: &(dyn Fn(&str, u64, u64) + Sync),
) -> Result<Performance, Vec<Diagnostic>> {
    let exercises = chosen(program, selection)?;
    let mut whole = Performance {
        records: Recorder::default(),
        provenance: started(program, selection)?,
        verdict: Verdict::Held,
        warnings: Vec::new(),
        positions: 0,
    };
    let files = Folder::new(&program.project.root);
    let parts: Vec<Result<Performance, Vec<Diagnostic>>> = exercises
        .par_iter()
        .zip(books(program, &exercises, &files))
        .map(|(exercise, book)| {
            one(
                program,
                (exercise, book),
                &files,
                selection,
                report,
                progress,
            )
        })
        .collect();
    let (mut errors, mut books): (Vec<Diagnostic>, BTreeSet<&str>) = Default::default();
    for (exercise, part) in exercises.iter().zip(parts) {
        match part {
            Ok(part) => {
                let first = books.insert(exercise.book.heading.name.as_str());
                whole.add(part, first);
            }
            // Exercises share books and markets: what is wrong with these is told once.
            Err(found) => {
                for error in found {
                    if !errors.contains(&error) {
                        errors.push(error);
                    }
                }
            }
        }
    }
    if any_error(&errors) {
        return Err(errors);
    }
    whole.provenance.data.sort();
    whole.provenance.data.dedup();
    Ok(whole)
}

impl Performance {
    /// Adds what came out of an exercise; `first`: its positions were not counted before.
    fn add(&mut self, part: Performance, first: bool) {
        self.records.metrics.extend(part.records.metrics);
        self.records.limits.extend(part.records.limits);
        self.records.postings.extend(part.records.postings);
        self.records.decisions.extend(part.records.decisions);
        self.records.covers.extend(part.records.covers);
        self.records.exceptions.extend(part.records.exceptions);
        self.records.paths.extend(part.records.paths);
        let (own, more) = (&mut self.provenance, part.provenance);
        own.runs.extend(more.runs);
        own.data.extend(more.data);
        own.controls.extend(more.controls);
        own.quarantine.extend(more.quarantine);
        self.verdict = self.verdict.max(part.verdict);
        for warning in part.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        if first {
            self.positions += part.positions;
        }
    }
}

/// The positions of each exercise; a book that several have is read once.
fn books(program: &Program, exercises: &[&Exercise], files: &Folder) -> Vec<Arc<book::Reading>> {
    let first = |exercise: &Exercise| {
        let same = |other: &&Exercise| reads_the_same(other, exercise);
        exercises.iter().position(same)
    };
    let firsts: Vec<Option<usize>> = exercises.iter().map(|e| first(e)).collect();
    let read: BTreeMap<usize, Arc<book::Reading>> = exercises
        .par_iter()
        .enumerate()
        .filter(|(place, _)| firsts.contains(&Some(*place)))
        .map(|(place, exercise)| (place, read(&program.plan, exercise, files)))
        .collect();
    let found = firsts.iter().flatten().filter_map(|place| read.get(place));
    found.cloned().collect()
}

/// Performs one exercise over its positions.
fn one(
    program: &Program,
    (exercise, book): (&Exercise, Arc<book::Reading>),
    files: &Folder,
    selection: &Selection,
    report: bool,
    progress: &(dyn Fn(&str, u64, u64) + Sync),
) -> Result<Performance, Vec<Diagnostic>> {
    let keys = keys(exercise, selection);
    let only = if report {
        keys.as_deref()
    } else {
        Some(&[][..])
    };
    let prepared = prepare_from(&program.plan, exercise, files, book)?;
    let name = exercise.heading.name.as_str();
    // What was set aside is said first: it is the usual cause of books that do not tie.
    let performed = prepared
        .perform(only, &[], &|done, total| progress(name, done, total))
        .map_err(|errors| [prepared.warnings.clone(), errors].concat())?;
    let mut records = Recorder::default();
    let mut provenance = Provenance::default();
    let mut verdict = Verdict::Held;
    // Evaluators of their own: they keep values of formulas that live no longer than the reconciliation.
    let mut totals = performed.measures().reconcile()?;
    let opening = performed.measures().opening();
    totals.extend(opening.map_err(|error| vec![error])?);
    provenance.controls.extend(controls(exercise, totals));
    prepared.tell_exceptions(&mut records);
    if report {
        performed
            .tell_postings(&mut records)
            .map_err(|error| vec![error])?;
        performed.tell_decisions(&mut records);
        performed.tell_shortfalls(&mut records);
        let texts = |span| source_text(program, span);
        let told = |done, total| progress(&format!("{name}: measures"), done, total);
        verdict = performed.report(&texts, &told, &mut records)?;
        performed.tell_paths(&texts, &mut records);
    }
    let scenarios = performed.runs().iter().map(|run| run.key.0.clone());
    told(exercise, &prepared, scenarios.collect(), &mut provenance);
    let mut warnings = prepared.warnings.clone();
    warnings.extend((performed.runs().iter()).flat_map(|run| run.idle_shocks.clone()));
    Ok(Performance {
        records,
        provenance,
        verdict,
        warnings,
        positions: prepared
            .positions()
            .instruments
            .iter()
            .map(|i| i.len() as u64)
            .sum(),
    })
}

/// The values of an exercise on a date under a scenario, performed again with the positions of one instrument apart: the records
/// go down to contracts.
///
/// # Errors
/// All that is missing or wrong, or an instrument that the plan does not have.
pub fn contracts(
    program: &Program,
    exercise: &str,
    scenario: &str,
    date: &str,
    instrument: &str,
) -> Result<Recorder, Vec<Diagnostic>> {
    let plan = &program.plan;
    let files = Folder::new(&program.project.root);
    let selection = Selection {
        exercise: Some(exercise.to_owned()),
        ..Selection::default()
    };
    let found = chosen(program, &selection)?;
    let id = instrument_of(plan, instrument)?;
    let mut records = Recorder::default();
    for exercise in found {
        let prepared = prepare(plan, exercise, &files)?;
        let only = [ScenarioKey(scenario.to_owned())];
        let performed = prepared.perform_apart(Some(&only), &[], Some(id), &|_, _| {})?;
        let texts = |span| source_text(program, span);
        performed.report_contracts(scenario, date, id, &texts, &mut records)?;
    }
    Ok(records)
}

/// What a position of an instrument pays, in the first exercise (or the one of that name) whose book has it.
///
/// # Errors
/// All that is missing or wrong, or an instrument or a position that there is not.
pub fn schedule(
    program: &Program,
    exercise: Option<&str>,
    instrument: &str,
    position: &str,
) -> Result<PositionSchedule, Vec<Diagnostic>> {
    let plan = &program.plan;
    let files = Folder::new(&program.project.root);
    let selection = Selection {
        exercise: exercise.map(str::to_owned),
        ..Selection::default()
    };
    let found = chosen(program, &selection)?;
    let id = instrument_of(plan, instrument)?;
    let mut errors = Vec::new();
    for exercise in found {
        match prepare(plan, exercise, &files).and_then(|ready| ready.schedule(id, position)) {
            Ok(flows) => return Ok(flows),
            Err(found) => errors = found,
        }
    }
    Err(errors)
}

/// The instrument of a name.
fn instrument_of(plan: &Plan, instrument: &str) -> Result<InstrumentId, Vec<Diagnostic>> {
    let named = |i: &Instrument| i.heading.short == instrument || i.heading.name == instrument;
    let place = plan.instruments.iter().position(named);
    place
        .and_then(|place| u32::try_from(place).ok())
        .map(InstrumentId)
        .ok_or_else(|| {
            let known: Vec<&str> = plan
                .instruments
                .iter()
                .map(|i| i.heading.short.as_str())
                .collect();
            let message = format!("there is no instrument `{instrument}`");
            let help = format!("the project has: {}", known.join(", "));
            vec![Diagnostic::error(codes::run::NOT_IN_PROJECT, message).help(help)]
        })
}

/// The exercises that are asked for; an unknown name is an error that lists the known ones.
pub(super) fn chosen<'p>(
    program: &'p Program,
    selection: &Selection,
) -> Result<Vec<&'p Exercise>, Vec<Diagnostic>> {
    let all = &program.plan.exercises;
    let named: Vec<&Exercise> = all
        .iter()
        .filter(|exercise| {
            selection
                .exercise
                .as_ref()
                .is_none_or(|name| exercise.heading.name == *name)
        })
        .collect();
    let refuse = |message: String, help: String| {
        Err(vec![
            Diagnostic::error(codes::run::NOT_IN_PROJECT, message).help(help),
        ])
    };
    if named.is_empty() {
        let known: Vec<&str> = all
            .iter()
            .map(|exercise| exercise.heading.name.as_str())
            .collect();
        return match &selection.exercise {
            Some(name) => refuse(
                format!("there is no exercise `{name}`"),
                format!("the project has: {}", known.join(", ")),
            ),
            None => refuse(
                "the project has no exercise to run".into(),
                "an exercise names a book, a base scenario, runs and reports".into(),
            ),
        };
    }
    for wanted in &selection.scenarios {
        if !named
            .iter()
            .any(|exercise| exercise.runs.iter().any(|key| means(wanted, &key.0)))
        {
            let mut known: Vec<&str> = named
                .iter()
                .flat_map(|e| &e.runs)
                .map(|key| key.0.as_str())
                .collect();
            known.dedup();
            return refuse(
                format!("no exercise runs the scenario `{wanted}`"),
                format!("these are run: {}", known.join(", ")),
            );
        }
    }
    Ok(named)
}

fn keys(exercise: &Exercise, selection: &Selection) -> Option<Vec<ScenarioKey>> {
    if selection.scenarios.is_empty() {
        return None;
    }
    Some(
        exercise
            .runs
            .iter()
            .filter(|key| {
                selection
                    .scenarios
                    .iter()
                    .any(|wanted| means(wanted, &key.0))
            })
            .cloned()
            .collect(),
    )
}

pub(super) fn started(
    program: &Program,
    selection: &Selection,
) -> Result<Provenance, Vec<Diagnostic>> {
    let project = &program.project;
    let digests = digests(&program.plan).map_err(|error| {
        vec![Diagnostic::error(
            codes::internal::INTERNAL,
            format!("the plan has no digest: {error}"),
        )]
    })?;
    let mut sources: Vec<Input> = project
        .own()
        .map(|text| Input {
            name: text.name.clone(),
            sha256: text.digest.clone(),
        })
        .collect();
    sources.push(Input {
        name: super::project::PROJECT_FILE.into(),
        sha256: project.project_file_digest.clone(),
    });
    sources.sort();
    Ok(Provenance {
        project: project.name.clone(),
        edition: project.edition.clone(),
        root: project.root.clone(),
        plan_numbers: digests.numbers,
        plan_text: digests.text,
        library: project.library_digest(),
        selection: selection.clone(),
        sources,
        ..Provenance::default()
    })
}

fn told(
    exercise: &Exercise,
    prepared: &Prepared<'_>,
    scenarios: Vec<String>,
    provenance: &mut Provenance,
) {
    provenance.runs.push(RunOf {
        exercise: exercise.heading.name.clone(),
        date: exercise.book.date.to_string(),
        currency: exercise.book.currency.to_string(),
        scenarios,
    });
    provenance
        .data
        .extend(prepared.inputs.iter().map(|file| Input {
            name: file.path.clone(),
            sha256: file.sha256.clone(),
        }));
    provenance
        .quarantine
        .extend(prepared.exceptions.iter().map(|exception| QuarantinedRow {
            instrument: exception.instrument_name.clone(),
            position: exception.id.clone(),
            file: exception.file.clone(),
            row: exception.row,
            column: exception.column.clone(),
            value: exception.value.clone(),
            reason: exception.reason.clone(),
        }));
}

fn controls(exercise: &Exercise, totals: Vec<ControlTotal>) -> impl Iterator<Item = Control> {
    let exercise = exercise.heading.name.clone();
    totals.into_iter().map(move |total| Control {
        exercise: exercise.clone(),
        name: total.name,
        value: total.value,
        unit: total.unit,
        kind: total.kind,
    })
}

/// The text of a formula on one line.
pub(super) fn source_text(program: &Program, span: Option<crate::diagnostic::Span>) -> String {
    span.map_or_else(String::new, |span| {
        program
            .sources
            .slice(span)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    })
}
