//! Position files to checked columns: mapping, bad rows, control totals.
//!
//! A row is taken whole or not at all. What is wrong with it is told with file, row, column and value, counted and added
//! up; `bad_rows` says whether the run stops. What the text does not cover (a table without a row for a code, a value that
//! a dimension does not list, a column that is not there) always stops it.

mod assemble;
mod draft;
mod fault;
mod headers;
mod mapping;
mod partly;
mod pledge;
mod positions;
mod reader;
mod request;
mod row;
mod schedule;
mod split;
mod stated;
mod take;
mod total;
mod unfilled;

pub use fault::{Exception, ExceptionTotal, totals};
pub use headers::check_headers;
pub use positions::*;
pub use total::{ControlTotal, control_totals};

use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::formula::{Overlay, Witness};
use crate::plan::{
    Accrual, Exercise, FileFormat, InstrumentId, Mapping, Plan, Repayment, Schedule,
};
use crate::tabular::{self, DataSource, InputFile, Table, Wanted};
use fault::{BadRow, Fault};
use mapping::{Kind, Target};
use pledge::Drafted;
use rayon::prelude::*;
use reader::{Chunk, Reader};
use request::{Request, at_date, placed, requests};
use row::Columns;
use schedule::{Schedules, Stated, StatedFile};
use std::collections::{BTreeMap, BTreeSet};

/// What reading a book gives.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The good positions. Not to be used where a diagnostic is an error.
    pub positions: Positions,
    /// Errors, and warnings of rows that were set aside.
    pub diagnostics: Vec<Diagnostic>,
    /// The rows that were not taken.
    pub exceptions: Vec<Exception>,
    /// The files that were read, by path, each once.
    pub inputs: Vec<InputFile>,
}

/// Reads the positions of an exercise's book. Parameters and tables are those of its base scenario.
pub fn read(plan: &Plan, exercise: &Exercise, data: &dyn DataSource) -> Reading {
    read_watched(plan, exercise, data, &Witness::default())
}

/// The same, with note taken of every formula that is evaluated.
pub fn read_watched(
    plan: &Plan,
    exercise: &Exercise,
    data: &dyn DataSource,
    witness: &Witness,
) -> Reading {
    let book = &exercise.book;
    let overlay = Overlay::new(plan, Some(book), exercise.scenarios.get(&exercise.base));
    let overlay = overlay.witnessed(witness);
    let (requests, mut diagnostics) = requests(plan, book, data);
    let files = Files::read(&requests, book.date, data);
    diagnostics.extend(files.diagnostics.iter().cloned());

    let mut positions = Positions {
        date: book.date,
        instruments: Vec::new(),
    };
    let mut drafted = Vec::new();
    for request in &requests {
        let (drafts, shell) =
            read_instrument(plan, exercise, &overlay, request, &files, &mut diagnostics);
        drafted.push(drafts);
        positions.instruments.push(shell);
    }
    pledge::without_lot(plan, &mut drafted);
    let mut exceptions = Vec::new();
    for ((drafts, shell), request) in drafted
        .iter_mut()
        .zip(&mut positions.instruments)
        .zip(&requests)
    {
        assemble::assemble(&drafts.drafts, shell, book.currency);
        shell.start_with_passed_steps(book.date);
        drafts
            .bad
            .sort_by(|a, b| (&a.id, a.source, a.row).cmp(&(&b.id, b.source, b.row)));
        let span_of = |key: &str| {
            request
                .instrument
                .mapping
                .origins
                .get(key)
                .and_then(|origin| origin.span)
        };
        diagnostics.extend(fault::diagnostics(
            &drafts.bad,
            &shell.sources,
            book.bad_rows,
            &span_of,
        ));
        exceptions.extend(
            drafts
                .bad
                .iter()
                .filter_map(|bad| exception(request, bad, &shell.sources)),
        );
    }
    pledge::tie(&drafted, &mut positions.instruments);
    diagnostics.extend(unfilled::empty(book, &requests, &positions, &diagnostics));
    Reading {
        positions,
        diagnostics: told_once(diagnostics),
        exceptions,
        inputs: files.inputs,
    }
}

/// The same diagnostic twice is told once; errors come before warnings, else the order stays.
fn told_once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !told.contains(&diagnostic) {
            told.push(diagnostic);
        }
    }
    told.sort_by_key(|diagnostic| diagnostic.severity != Severity::Error);
    told
}

/// Rows that one thread reads at a time.
const CHUNK: usize = 8_192;

type TableKey = (String, String);

/// The tables that a book reads, each once.
struct Files {
    tables: BTreeMap<TableKey, Table>,
    inputs: Vec<InputFile>,
    diagnostics: Vec<Diagnostic>,
}

fn table_key(path: &str, format: Option<&FileFormat>) -> TableKey {
    (path.to_owned(), format!("{format:?}"))
}

impl Files {
    fn read(requests: &[Request<'_>], date: Date, data: &dyn DataSource) -> Files {
        type Wish<'a> = (
            Option<&'a FileFormat>,
            BTreeSet<String>,
            Option<&'a crate::plan::Origin>,
        );
        let mut wishes: BTreeMap<TableKey, Wish<'_>> = BTreeMap::new();
        for request in requests {
            let origin = request
                .instrument
                .positions
                .as_ref()
                .map(|files| &files.origin);
            if let Some(files) = &request.files {
                let columns = files.columns();
                for path in &files.paths {
                    let wish = wishes
                        .entry(table_key(path, files.format))
                        .or_insert_with(|| (files.format, BTreeSet::new(), origin));
                    wish.1.extend(columns.iter().cloned());
                }
            }
            let of_files = request.files.iter().flat_map(|files| &files.stated);
            let of_texts = request.texts.iter().flat_map(|text| &text.stated);
            for (what, path) in of_files.chain(of_texts) {
                let origins = &request.instrument.mapping.origins;
                let origin = origins.get(what.key()).or(origin);
                let wish = wishes
                    .entry(table_key(path, None))
                    .or_insert_with(|| (None, BTreeSet::new(), origin));
                wish.1
                    .extend(what.columns().map(|(name, _)| name.to_owned()));
            }
        }
        let wishes: Vec<_> = wishes.into_iter().collect();
        let read: Vec<_> = wishes
            .into_par_iter()
            .map(|(key, (format, columns, origin))| {
                let result = tabular::read_columns(data, &key.0, format, Wanted::Only(&columns));
                (key, origin, result)
            })
            .collect();
        let mut files = Files {
            tables: BTreeMap::new(),
            inputs: Vec::new(),
            diagnostics: Vec::new(),
        };
        for (key, origin, result) in read {
            match result {
                Ok(table) => {
                    if !files.inputs.contains(&table.input) {
                        files.inputs.push(table.input.clone());
                    }
                    files.tables.insert(key, table);
                }
                Err(errors) => {
                    let note = format!("the book's date is {date}");
                    files
                        .diagnostics
                        .extend(errors.into_iter().map(|error| match origin {
                            Some(origin) => placed(error.note(&note), origin),
                            None => error.note(&note),
                        }));
                }
            }
        }
        files
    }

    fn table(&self, path: &str, format: Option<&FileFormat>) -> Option<&Table> {
        self.tables.get(&table_key(path, format))
    }

    /// What the files of a mapping state.
    fn stated<'p>(
        &self,
        paths: &'p [(Stated, String)],
        date: Date,
        arrears: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<StatedFile<'p>> {
        let read = |(what, path): &'p (Stated, String)| StatedFile {
            what: *what,
            path,
            read: self.schedules(path, *what, date, arrears, diagnostics),
        };
        paths.iter().map(read).collect()
    }

    fn schedules(
        &self,
        path: &str,
        what: Stated,
        date: Date,
        arrears: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Schedules> {
        let table = self.table(path, None)?;
        let misfits = headers::schedule_misfits(path, what, &|name| {
            table.column(name).map(|column| column.kind())
        });
        if !misfits.is_empty() {
            diagnostics.extend(misfits);
            return None;
        }
        Schedules::read(table, what, date, arrears)
            .map_err(|error| diagnostics.push(error))
            .ok()
    }
}

/// Reads an instrument's files and its positions given in the text.
fn read_instrument(
    plan: &Plan,
    exercise: &Exercise,
    overlay: &Overlay,
    request: &Request<'_>,
    files: &Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Drafted, InstrumentPositions) {
    let book = &exercise.book;
    let instrument = request.instrument;
    let mut into = InstrumentPositions::empty(request.id, instrument.side, instrument.lots);
    let mut drafted = Drafted {
        instrument: request.id,
        drafts: Vec::new(),
        bad: Vec::new(),
        places: Vec::new(),
    };
    let mut id_columns = Vec::new();
    let name = instrument.heading.short.as_str();
    let origins = &instrument.mapping.origins;
    let span_of = |key: &str| origins.get(key).and_then(|origin| origin.span);
    if let Some(wanted) = &request.files {
        let arrears = instrument.mapping.arrears == Some(true);
        let stated = files.stated(&wanted.stated, book.date, arrears, diagnostics);
        let reader = Reader {
            plan,
            overlay,
            slots: &wanted.slots,
            filter: wanted.filter,
            date: book.date,
            currency: book.currency,
            side: instrument.side,
            shape: shape_place(&mut into.shapes, &instrument.mapping),
            stated: &stated,
        };
        let needs = wanted.needs();
        let mut chunk = reader.chunk();
        let mut rows = 0;
        // Without its schedule every row would be bad: the missing file is told, not its rows.
        let readable = stated.iter().all(|file| file.read.is_some());
        for path in wanted.paths.iter().filter(|_| readable) {
            let Some(table) = files.table(path, wanted.format) else {
                continue;
            };
            let misfits = headers::misfits(instrument, path, &needs, &|name| {
                table.column(name).map(|column| column.kind())
            });
            if !misfits.is_empty() {
                diagnostics.extend(misfits);
                continue;
            }
            let columns: Columns<'_> = needs
                .iter()
                .filter_map(|need| table.column(need.column).ok().map(|c| (c.name(), c)))
                .collect();
            let source = into.sources.len() as u32;
            into.sources.push(path.clone());
            rows += table.len();
            let starts: Vec<usize> = (0..table.len()).step_by(CHUNK).collect();
            let chunks: Vec<Chunk> = starts
                .into_par_iter()
                .map(|start| {
                    reader.rows(
                        table,
                        &columns,
                        source,
                        start..(start + CHUNK).min(table.len()),
                    )
                })
                .collect();
            for part in chunks {
                chunk.append(part);
            }
        }
        diagnostics.extend(partly::told(name, &chunk.gaps, &span_of));
        let taken = chunk.draft.records.len() + chunk.bad.len();
        diagnostics.extend(unfilled::unfilled(request, rows, taken));
        for file in &stated {
            unclaimed(file, wanted.filter.is_some(), &mut chunk, &mut into.sources);
        }
        percent(
            instrument.heading.short.as_str(),
            &reader,
            &mut chunk,
            &into.sources,
            diagnostics,
        );
        refusals(&mut chunk, &into.sources, diagnostics);
        id_columns.push(first_column(&reader, Target::Term(crate::plan::Term::Id)));
        drafted.places.push((first_column_of_lot(&reader), false));
        drafted.bad.append(&mut chunk.bad);
        drafted.drafts.push(chunk.draft);
    }
    for text in &request.texts {
        let arrears = text.slots.mapping.arrears == Some(true);
        let stated = files.stated(&text.stated, book.date, arrears, diagnostics);
        let reader = Reader {
            plan,
            overlay,
            slots: &text.slots,
            filter: None,
            date: book.date,
            currency: book.currency,
            side: instrument.side,
            shape: shape_place(&mut into.shapes, text.slots.mapping),
            stated: &stated,
        };
        let known = into
            .sources
            .iter()
            .position(|source| *source == text.origin.file);
        let source = known.unwrap_or(into.sources.len());
        if known.is_none() {
            into.sources.push(text.origin.file.clone());
        }
        let mut chunk = reader.text(
            text.id,
            RowOrigin {
                source: source as u32,
                row: u64::from(text.origin.line),
            },
        );
        diagnostics.extend(partly::told(name, &chunk.gaps, &span_of));
        refusals(&mut chunk, &into.sources, diagnostics);
        id_columns.push(String::new());
        drafted.places.push(("pledges".to_owned(), true));
        drafted.bad.append(&mut chunk.bad);
        drafted.drafts.push(chunk.draft);
    }
    assemble::repeated(&mut drafted.drafts, &mut drafted.bad, &id_columns);
    (drafted, into)
}

fn first_column(reader: &Reader<'_>, target: Target) -> String {
    let slot = reader.slots.slots.iter().find(|slot| slot.target == target);
    slot.and_then(|slot| slot.columns.first())
        .map_or("id".to_owned(), |column| (*column).to_owned())
}

fn first_column_of_lot(reader: &Reader<'_>) -> String {
    let slot = reader
        .slots
        .slots
        .iter()
        .find(|slot| matches!(slot.target, Target::Lot(_)));
    slot.and_then(|slot| slot.columns.first())
        .map_or("pledges".to_owned(), |column| (*column).to_owned())
}

/// Rows of a schedule that no position claims. With a filter they may be another instrument's.
fn unclaimed(file: &StatedFile<'_>, filtered: bool, chunk: &mut Chunk, sources: &mut Vec<String>) {
    let Some(stated) = &file.read else {
        return;
    };
    let known: BTreeSet<&str> = chunk
        .draft
        .records
        .iter()
        .map(|record| &*record.id)
        .chain(chunk.bad.iter().filter_map(|bad| bad.id.as_deref()))
        .collect();
    let strangers = stated
        .rows
        .iter()
        .filter(|(id, _)| !filtered && !known.contains(id.as_str()));
    let strangers: Vec<(u64, Fault)> = strangers
        .map(|(id, row)| {
            (
                *row,
                Fault::new(
                    file.what.key(),
                    "id",
                    id.clone(),
                    "is no position of the instrument",
                ),
            )
        })
        .chain(stated.nameless.iter().map(|fault| {
            (
                fault.place.as_ref().map_or(0, |(_, row)| *row),
                fault.clone(),
            )
        }))
        .collect();
    if strangers.is_empty() {
        return;
    }
    let source = sources.len() as u32;
    sources.push(file.path.to_owned());
    for (row, fault) in strangers {
        chunk.bad.push(BadRow {
            source,
            row,
            id: None,
            faults: vec![fault],
            amount: None,
            in_text: false,
        });
    }
}

/// A column of rates more than half of which lie beyond ±100 % is one in percent: refused as a whole.
fn percent(
    instrument: &str,
    reader: &Reader<'_>,
    chunk: &mut Chunk,
    sources: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let rates: Vec<(usize, u64, u64)> = chunk
        .rates
        .iter()
        .enumerate()
        .map(|(place, (read, beyond))| (place, *read, *beyond))
        .collect();
    for (place, read, beyond) in rates {
        let Some(slot) = reader
            .slots
            .slots
            .get(place)
            .filter(|slot| slot.kind == Kind::Rate && beyond * 2 > read)
        else {
            continue;
        };
        let column = slot.columns.first().copied().unwrap_or(&slot.key);
        let is_it =
            |fault: &Fault| fault.percent && fault.key == slot.key && fault.column == column;
        let first = chunk.bad.iter().find_map(|bad| {
            bad.faults
                .iter()
                .find(|f| is_it(f))
                .map(|fault| (bad, fault))
        });
        let Some((bad, fault)) = first else { continue };
        let file = sources.get(bad.source as usize).map_or("", String::as_str);
        let message = format!(
            "{file}, column `{column}`: {} of {} rates of `{instrument}` lie beyond ±100%, the first in row {}: `{}`",
            tabular::grouped(beyond),
            tabular::grouped(read),
            tabular::grouped(bad.row),
            fault.value
        );
        let diagnostic =
            Diagnostic::error(codes::book::PERCENT, message).help(take::percent_help(slot));
        diagnostics.push(
            match slot
                .expression
                .span
                .or_else(|| reader.slots.span(&slot.key))
            {
                Some(span) => diagnostic.at(span, ""),
                None => diagnostic,
            },
        );
        for bad in &mut chunk.bad {
            bad.faults.retain(|fault| !is_it(fault));
        }
        chunk.bad.retain(|bad| !bad.faults.is_empty());
    }
}

/// What the text does not cover, with the first row that shows it.
fn refusals(chunk: &mut Chunk, sources: &[String], diagnostics: &mut Vec<Diagnostic>) {
    for (_, (diagnostic, rows, origin)) in std::mem::take(&mut chunk.refusals) {
        let file = sources
            .get(origin.source as usize)
            .map_or("", String::as_str);
        let rows = if rows == 1 {
            String::new()
        } else {
            format!(" ({} rows like this)", tabular::grouped(rows))
        };
        let unit = if file.ends_with(".plim") {
            "line"
        } else {
            "row"
        };
        diagnostics.push(diagnostic.note(format!(
            "{file}, {unit} {}{rows}",
            tabular::grouped(origin.row)
        )));
    }
}

/// The place of a mapping's shape among those of its instrument.
fn shape_place(shapes: &mut Vec<Shape>, mapping: &Mapping) -> u32 {
    let shape = shape(mapping);
    let place = shapes
        .iter()
        .position(|known| *known == shape)
        .unwrap_or(shapes.len());
    if place == shapes.len() {
        shapes.push(shape);
    }
    place as u32
}

/// What positions of a mapping share.
pub fn shape(mapping: &Mapping) -> Shape {
    let kind = |accrual: &Option<Accrual>| {
        accrual.as_ref().map(|accrual| match accrual {
            Accrual::Fixed {
                every,
                daycount,
                steps,
                ..
            } => AccrualKind::Fixed {
                every: *every,
                daycount: *daycount,
                steps: steps.days().collect(),
                stated: matches!(steps, Schedule::File(_)),
            },
            Accrual::Index {
                index,
                reset,
                daycount,
                lag,
                rounding,
                in_arrears,
                ..
            } => AccrualKind::Index {
                index: index.clone(),
                reset: *reset,
                daycount: *daycount,
                lag: *lag,
                rounding: *rounding,
                in_arrears: *in_arrears,
            },
            Accrual::Client {
                every, daycount, ..
            } => AccrualKind::Client {
                every: *every,
                daycount: *daycount,
            },
            Accrual::CashFlow { currency, .. } => AccrualKind::CashFlow {
                currency: *currency,
            },
            Accrual::None => AccrualKind::None,
        })
    };
    Shape {
        accounting: mapping.accounting,
        repays: mapping.repays.as_ref().map(|repays| match repays {
            Repayment::Bullet => RepaymentKind::Bullet,
            Repayment::Linear { every, .. } => RepaymentKind::Linear { every: *every },
            Repayment::Annuity { every, exact, .. } => RepaymentKind::Annuity {
                every: *every,
                exact: *exact,
            },
            Repayment::Schedule(_) => RepaymentKind::Schedule,
            Repayment::OnDemand => RepaymentKind::OnDemand,
            Repayment::Notice(tenor) => RepaymentKind::Notice(*tenor),
            Repayment::Never => RepaymentKind::Never,
        }),
        accrues: kind(&mapping.accrues),
        pays: kind(&mapping.pays),
        receives: kind(&mapping.receives),
        capacity_period: mapping.capacity_period,
        premium: mapping.premium,
        draws: mapping.draws,
        calendar: mapping.calendar.clone(),
        roll: mapping.roll,
        month_end: mapping.month_end,
        arrears: mapping.arrears == Some(true),
    }
}

fn exception(request: &Request<'_>, bad: &BadRow, sources: &[String]) -> Option<Exception> {
    let fault = bad.faults.first()?;
    let (file, row) = match &fault.place {
        Some((file, row)) => (file.clone(), *row),
        None => (
            sources
                .get(bad.source as usize)
                .cloned()
                .unwrap_or_default(),
            bad.row,
        ),
    };
    Some(Exception {
        instrument: request.id,
        instrument_name: request.instrument.heading.short.clone(),
        id: bad.id.clone().unwrap_or_default(),
        file,
        row,
        column: fault.column.clone(),
        value: fault.value.clone(),
        reason: fault.reason.clone(),
        amount: bad.amount,
    })
}

/// The path of a data file with the book's date in place of `{at}`.
pub fn path_at(path: &str, date: Date) -> String {
    at_date(path, date)
}

/// The files that the positions of an instrument come from, and its name, for messages of later stages.
pub fn instrument_name(plan: &Plan, id: InstrumentId) -> &str {
    plan.instruments
        .get(id.index())
        .map_or("", |instrument| instrument.heading.short.as_str())
}

#[cfg(test)]
mod tests;
