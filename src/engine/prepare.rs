//! An exercise with its data read and checked, before anything runs.

use super::observe::{ExceptionRecord, Observer};
use super::project::{Source, schedule};
use super::shocks;
use crate::book::{self, Exception};
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::formula::{Overlay, Witness};
use crate::market::{self, MarketData, Reading, ScenarioMarket, strike};
use crate::plan::{Exercise, Plan, RatesAssumption, Scenario, ScenarioKey};
use crate::tabular::{DataSource, InputFile};
use std::sync::Arc;

/// An exercise with its data read and checked: what a run starts from.
pub struct Prepared<'a> {
    pub(super) plan: &'a Plan,
    pub(super) exercise: &'a Exercise,
    pub(super) source: &'a dyn DataSource,
    pub(super) read: Arc<book::Reading>,
    pub(super) market: MarketData,
    /// Rows that were not taken.
    pub exceptions: Vec<Exception>,
    /// Warnings of data.
    pub warnings: Vec<Diagnostic>,
    /// The data files that were read, by path, each once.
    pub inputs: Vec<InputFile>,
    pub(super) witness: Witness,
}

/// A row that was not taken, asked for as a position.
fn set_aside(exception: &Exception) -> Diagnostic {
    let Exception {
        id,
        file,
        row,
        column,
        value,
        reason,
        ..
    } = exception;
    let wrong = match (column.as_str(), value.as_str()) {
        ("", _) => reason.clone(),
        (column, "") => format!("column `{column}`: the cell {reason}"),
        (column, value) => format!("column `{column}`: `{value}` {reason}"),
    };
    let message = format!("`{id}` is no position: its row was set aside");
    Diagnostic::error(codes::run::NOT_IN_PROJECT, message)
        .note(format!("{file}, row {row}, {wrong}"))
        .help("correct the row: no figure holds what is set aside")
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

impl<'p> Prepared<'p> {
    /// The exercise.
    pub fn exercise(&self) -> &'p Exercise {
        self.exercise
    }

    /// The checked positions.
    pub fn positions(&self) -> &book::Positions {
        &self.read.positions
    }

    pub(super) fn scenario(&self, key: &ScenarioKey) -> Result<&'p Scenario, Vec<Diagnostic>> {
        self.exercise.scenarios.get(key).ok_or_else(|| {
            vec![Diagnostic::error(
                codes::run::SCENARIO_NOT_RUN,
                format!("`{}` is no scenario of the exercise", key.0),
            )]
        })
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
        schedule::position(source, &market, instrument, id).map_err(|errors| {
            let absent = |error: &Diagnostic| error.code == codes::run::NOT_IN_PROJECT;
            let aside = self
                .exceptions
                .iter()
                .find(|exception| exception.instrument == instrument && exception.id == id);
            match aside.filter(|_| errors.iter().any(absent)) {
                Some(exception) => vec![set_aside(exception)],
                None => errors,
            }
        })
    }

    pub(super) fn scenario_market(&self, scenario: &Scenario) -> ScenarioMarket<'_> {
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
