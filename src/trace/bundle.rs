//! A run as files: made whole in memory, then written beside its place and renamed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::digest::sha256;
use super::row::{self, Row};
use super::{chain, columnar};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::measure::ControlKind;
use crate::engine::observe::{PathRecord, Recorder, Value, Verdict};

/// What `format` says in the `run.json` of a bundle.
pub const FORMAT: &str = "plimsoll bundle/1";

/// Names of the files of a bundle besides `run.json`.
pub const FILES: [&str; 5] = [
    "metrics.csv",
    PATHS,
    "metrics.parquet",
    "ledger.parquet",
    "trace.jsonl",
];

/// The file of values on simulated paths; only where a run has such.
pub const PATHS: &str = "paths.csv";

/// The file that makes a folder a bundle.
pub const RUN_CARD: &str = "run.json";

/// A text or data file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// Its name relative to the project, `std/…` for the library.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// What the command line asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The one exercise; all where absent.
    pub exercise: Option<String>,
    /// These scenarios and the base; all where empty.
    pub scenarios: Vec<String>,
    /// `name=value`, a last overlay on every scenario, in the order given.
    pub set: Vec<String>,
}

/// A total as booked that is checked against the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The exercise.
    pub exercise: String,
    /// What is summed: the selection of a `reconcile` line, a side of the balance sheet, or `opening difference`.
    pub name: String,
    /// Decimal text.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// What it is held to.
    #[serde(default)]
    pub kind: ControlKind,
}

/// A row of a position file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedRow {
    /// The instrument.
    pub instrument: String,
    /// Id of the position; empty where the row has none.
    pub position: String,
    /// The file relative to the project.
    pub file: String,
    /// The row as a spreadsheet counts it.
    pub row: u64,
    /// The column or term.
    pub column: String,
    /// The cell, cut to 80 characters.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// An exercise and the scenarios that were run, base first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOf {
    /// Name of the exercise.
    pub exercise: String,
    /// Its reporting date, ISO.
    pub date: String,
    /// The currency it is reported in.
    pub currency: String,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
}

/// `run.json`: everything that a run read and made, by digest. It holds no time and no absolute path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCard {
    /// [`FORMAT`].
    pub format: String,
    /// Version of Plimsoll.
    pub version: String,
    /// Name of the project.
    pub project: String,
    /// Edition of the language.
    pub edition: String,
    /// The project's folder relative to the bundle's, with `/`.
    pub folder: String,
    /// Digest of what bears numbers in the plan.
    pub plan_numbers: String,
    /// Digest of the plan with its text.
    pub plan_text: String,
    /// Digest of the standard library.
    pub library: String,
    /// What the command line asked for.
    pub selection: Selection,
    /// What was run.
    pub runs: Vec<RunOf>,
    /// Every text of the project, and `plimsoll.toml`.
    pub sources: Vec<Input>,
    /// Every data file.
    pub data: Vec<Input>,
    /// Control totals.
    pub controls: Vec<Control>,
    /// Rows that were not taken.
    pub quarantine: Vec<QuarantinedRow>,
    /// The worst verdict of all limits; `None` without limits.
    pub verdict: Option<Verdict>,
    /// Number of lines of `trace.jsonl`.
    pub trace_records: u64,
    /// SHA-256 of the last line of `trace.jsonl`, which stands for all lines.
    pub trace_head: String,
    /// SHA-256 of the bundle's files.
    pub files: BTreeMap<String, String>,
}

/// What a run read, before its results are known.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// Name of the project.
    pub project: String,
    /// Edition of the language.
    pub edition: String,
    /// The project's folder.
    pub root: PathBuf,
    /// Digest of what bears numbers in the plan.
    pub plan_numbers: String,
    /// Digest of the plan with its text.
    pub plan_text: String,
    /// Digest of the standard library.
    pub library: String,
    /// What the command line asked for.
    pub selection: Selection,
    /// What was run.
    pub runs: Vec<RunOf>,
    /// Every text of the project, and `plimsoll.toml`.
    pub sources: Vec<Input>,
    /// Every data file.
    pub data: Vec<Input>,
    /// Control totals.
    pub controls: Vec<Control>,
    /// Rows that were not taken.
    pub quarantine: Vec<QuarantinedRow>,
}

/// A bundle in memory.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// `run.json`; its `folder` is set when the bundle is written.
    pub card: RunCard,
    /// The reported rows.
    pub rows: Vec<Row>,
    /// The other files by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

fn cannot(what: impl std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(
        codes::bundle::CANNOT_WRITE,
        format!("the output cannot be written: {what}"),
    ))
}

/// Makes the files of a run.
pub fn make(provenance: &Provenance, records: &Recorder) -> Result<Bundle, Box<Diagnostic>> {
    let rows = row::rows(&records.metrics).map_err(|e| {
        let message = format!(
            "`{}` has the value {}, which has too many digits for the output",
            e.metric, e.value
        );
        Box::new(Diagnostic::error(codes::bundle::CANNOT_WRITE, message))
    })?;
    let reporting = |exercise: &str| {
        let run = provenance.runs.iter().find(|run| run.exercise == exercise);
        run.map(|run| run.currency.as_str())
    };
    let trace = chain::chain(records).map_err(cannot)?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    files.insert("metrics.csv".into(), csv(&rows).map_err(cannot)?);
    files.insert(
        "metrics.parquet".into(),
        columnar::metrics(&rows).map_err(cannot)?,
    );
    files.insert(
        "ledger.parquet".into(),
        columnar::ledger(&records.postings, reporting).map_err(cannot)?,
    );
    files.insert("trace.jsonl".into(), trace.text.into_bytes());
    if !records.paths.is_empty() {
        files.insert(PATHS.into(), paths(&records.paths).map_err(cannot)?);
    }
    let p = provenance.clone();
    let card = RunCard {
        format: FORMAT.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        project: p.project,
        edition: p.edition,
        folder: String::new(),
        plan_numbers: p.plan_numbers,
        plan_text: p.plan_text,
        library: p.library,
        selection: p.selection,
        runs: p.runs,
        sources: p.sources,
        data: p.data,
        controls: p.controls,
        quarantine: p.quarantine,
        verdict: records.limits.iter().map(|l| l.verdict).max(),
        trace_records: trace.records,
        trace_head: trace.head,
        files: files
            .iter()
            .map(|(name, bytes)| (name.clone(), sha256(bytes)))
            .collect(),
    };
    Ok(Bundle { card, rows, files })
}

/// `paths.csv`: a row for each formula, date and path.
fn paths(records: &[PathRecord]) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "exercise", "scenario", "date", "formula", "path", "value", "unit",
    ])?;
    for record in records {
        let value = match &record.value {
            Value::Number(text) => text.as_str(),
            Value::Undefined(_) => "",
        };
        let path = record.path.to_string();
        writer.write_record([
            &record.exercise,
            &record.scenario,
            &record.date,
            &record.formula,
            &path,
            value,
            &record.unit,
        ])?;
    }
    writer
        .into_inner()
        .map_err(|e| ::csv::Error::from(e.into_error()))
}

/// `metrics.csv`: comma, point, UTF-8, line feeds.
fn csv(rows: &[Row]) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "exercise",
        "scenario",
        "date",
        "metric",
        "dimension",
        "member",
        "value",
        "unit",
    ])?;
    for r in rows {
        let value = r.value.map(|v| row::fixed(v, r.digits)).unwrap_or_default();
        writer.write_record([
            &r.exercise,
            &r.scenario,
            &r.date,
            &r.metric,
            &r.dimension,
            &r.member,
            &value,
            &r.unit,
        ])?;
    }
    writer
        .into_inner()
        .map_err(|e| ::csv::Error::from(e.into_error()))
}

/// The folder that is being written, so that an interruption can remove it. Locked while it takes its place.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Whether a bundle stands at its place: from then on the run is done and ends by itself.
static DONE: AtomicBool = AtomicBool::new(false);

/// Removes the folder that is being written, if there is one, and ends the process by `end`, before anything more is written:
/// for Ctrl-C and termination. Where the bundle stands already the process goes on to its own end, as if nothing had happened.
pub fn abandon(end: impl FnOnce()) {
    let held = UNFINISHED.lock();
    if DONE.load(Ordering::SeqCst) {
        return;
    }
    // kept until the process is gone, so that no folder is begun meanwhile
    let mut unfinished = held.ok();
    if let Some(folder) = unfinished.as_mut().and_then(|folder| folder.take()) {
        let _ = std::fs::remove_dir_all(folder);
    }
    end();
}

fn unfinished(folder: Option<PathBuf>) {
    if let Ok(mut slot) = UNFINISHED.lock() {
        *slot = folder;
    }
}

/// Refuses a place that may not be written to: a file, or a folder that holds anything but a bundle.
/// Asked before the run, so that nobody waits for a result that cannot be kept.
pub fn check_place(out: &Path) -> Result<(), Box<Diagnostic>> {
    let refuse = |message: String| {
        let d = Diagnostic::error(codes::bundle::NOT_A_BUNDLE, message);
        Err(Box::new(d.help(
            "name a folder that does not exist yet, or an older bundle: `--out DIR`",
        )))
    };
    let shown = out.display();
    if !out.exists() {
        return Ok(());
    }
    if !out.is_dir() {
        return refuse(format!("`{shown}` is a file, a bundle is a folder"));
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(out).map_err(|e| cannot(format!("`{shown}`: {e}")))? {
        names.push(
            entry
                .map_err(|e| cannot(format!("`{shown}`: {e}")))?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    if names.is_empty() {
        return Ok(());
    }
    if open_card(out).is_none() {
        return refuse(format!(
            "`{shown}` exists and is no bundle, nothing in it is touched"
        ));
    }
    match names
        .iter()
        .find(|n| *n != RUN_CARD && !FILES.contains(&n.as_str()))
    {
        Some(other) => refuse(format!(
            "the bundle `{shown}` holds `{other}` as well, which is not of a run"
        )),
        None => Ok(()),
    }
}

/// The `run.json` of a folder, if it is a bundle.
pub fn open_card(folder: &Path) -> Option<RunCard> {
    let text = std::fs::read_to_string(folder.join(RUN_CARD)).ok()?;
    let card: RunCard = serde_json::from_str(&text).ok()?;
    (card.format == FORMAT).then_some(card)
}

/// Writes a bundle to its place, whole or not at all. `root` is the project's folder.
pub fn write(bundle: &Bundle, root: &Path, out: &Path) -> Result<(), Box<Diagnostic>> {
    check_place(out)?;
    let out = &real_place(out);
    let parent = match out.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let failed = |e: std::io::Error| cannot(format!("`{}`: {e}", out.display()));
    std::fs::create_dir_all(&parent).map_err(failed)?;
    let name = out
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    if name.is_empty() {
        return Err(cannot(format!("`{}` names no folder", out.display())));
    }
    remove_leftovers(&parent, &name);
    let process = std::process::id();
    let temporary = parent.join(format!(".{name}.partial-{process}"));
    let mut card = bundle.card.clone();
    card.folder = relative(&absolute(root), &absolute(out));
    unfinished(Some(temporary.clone()));
    let written = write_files(&temporary, bundle, &card).and_then(|()| {
        // an interruption waits here, so that the older bundle is never left aside
        let _held = UNFINISHED.lock();
        replace(&temporary, out, &parent, &name)?;
        DONE.store(true, Ordering::SeqCst);
        Ok(())
    });
    if written.is_err() {
        let _ = std::fs::remove_dir_all(&temporary);
    }
    unfinished(None);
    written.map_err(failed)
}

/// The place itself where it is a link, so that the link stays.
fn real_place(out: &Path) -> PathBuf {
    std::fs::canonicalize(out).unwrap_or_else(|_| out.to_path_buf())
}

/// Removes what a killed process left beside the place.
fn remove_leftovers(parent: &Path, name: &str) {
    let prefix = format!(".{name}.partial-");
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn write_files(folder: &Path, bundle: &Bundle, card: &RunCard) -> std::io::Result<()> {
    // An interruption comes between two steps, never into one: what it removes is not made again.
    let undisturbed = |step: &dyn Fn() -> std::io::Result<()>| {
        let _held = UNFINISHED.lock();
        step()
    };
    undisturbed(&|| std::fs::create_dir(folder))?;
    for (name, bytes) in &bundle.files {
        undisturbed(&|| write_file(&folder.join(name), bytes))?;
    }
    let mut text = serde_json::to_string_pretty(card)?;
    text.push('\n');
    undisturbed(&|| write_file(&folder.join(RUN_CARD), text.as_bytes()))
}

/// Writes and waits for the disk, since a full one may only say so then.
fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Puts the new folder in its place; the older bundle comes back if that fails.
fn replace(temporary: &Path, out: &Path, parent: &Path, name: &str) -> std::io::Result<()> {
    if !out.exists() {
        return std::fs::rename(temporary, out);
    }
    let old = parent.join(format!(".{name}.replaced-{}", std::process::id()));
    std::fs::rename(out, &old)?;
    if let Err(e) = std::fs::rename(temporary, out) {
        let _ = std::fs::rename(&old, out);
        return Err(e);
    }
    let _ = std::fs::remove_dir_all(&old);
    Ok(())
}

/// A path from the root of the file system, links resolved as far as it exists.
fn absolute(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if let Ok(real) = std::fs::canonicalize(&full) {
        return real;
    }
    match (full.parent(), full.file_name()) {
        (Some(parent), Some(name)) => absolute(parent).join(name),
        _ => full,
    }
}

/// The way from one folder to another, with `/`.
fn relative(to: &Path, from: &Path) -> String {
    let (to, from): (Vec<_>, Vec<_>) = (to.components().collect(), from.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_string(), from.len().saturating_sub(shared));
    let down = to
        .iter()
        .skip(shared)
        .map(|c| c.as_os_str().to_string_lossy().into_owned());
    let way: Vec<String> = up.chain(down).collect();
    if way.is_empty() {
        ".".into()
    } else {
        way.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observe::{MetricKey, MetricRecord, Place, Value};

    fn bundle() -> Bundle {
        let record = |scenario: &str, date: &str, value: Value, unit: &str| MetricRecord {
            key: MetricKey {
                exercise: "e".into(),
                scenario: scenario.into(),
                date: date.into(),
                metric: "m".into(),
                dimension: String::new(),
                member: String::new(),
            },
            value,
            unit: unit.into(),
            reported: true,
            place: Place {
                file: "a.plim".into(),
                line: 1,
            },
            formula: "1".into(),
            combine: Default::default(),
            terms: vec![],
            skipped: 0,
        };
        let number = |t: &str| Value::Number(t.into());
        let records = Recorder {
            metrics: vec![
                record("base", "2026-12-31", number("1234.56785"), "EUR"),
                record("base", "2026-09-30", number("1.5"), "EUR"),
                record(
                    "parallel(size = 200bp)",
                    "2026-09-30",
                    Value::Undefined("no outflows".into()),
                    "ratio",
                ),
            ],
            ..Recorder::default()
        };
        make(
            &Provenance {
                project: "b".into(),
                ..Provenance::default()
            },
            &records,
        )
        .unwrap()
    }

    #[test]
    fn rows_stand_in_text_order_then_date() {
        let text = String::from_utf8(bundle().files["metrics.csv"].clone()).unwrap();
        assert_eq!(
            text,
            "exercise,scenario,date,metric,dimension,member,value,unit\n\
             e,base,2026-09-30,m,,,1.5000,EUR\n\
             e,base,2026-12-31,m,,,1234.5678,EUR\n\
             e,parallel(size = 200bp),2026-09-30,m,,,,undefined\n"
        );
    }

    #[test]
    fn written_whole_replaces_a_bundle_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (root, out) = (dir.path().join("bank"), dir.path().join("out/bank"));
        std::fs::create_dir(&root).unwrap();
        let b = bundle();
        write(&b, &root, &out).unwrap();
        write(&b, &root, &out).unwrap();
        assert_eq!(open_card(&out).unwrap().folder, "../../bank");
        assert_eq!(
            std::fs::read_dir(dir.path().join("out")).unwrap().count(),
            1
        );

        std::fs::write(out.join("notes.txt"), "mine").unwrap();
        assert_eq!(write(&b, &root, &out).unwrap_err().code.id(), "E0901");
        assert_eq!(
            write(&b, &root, &root.join("../bank/.."))
                .unwrap_err()
                .code
                .id(),
            "E0901"
        );
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(
            write(&b, &root, &dir.path().join("file"))
                .unwrap_err()
                .code
                .id(),
            "E0901"
        );
        assert_eq!(
            write(&b, &root, &dir.path().join("file/below"))
                .unwrap_err()
                .code
                .id(),
            "E0902"
        );
    }
}
