//! Texts compiled, an exercise performed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{Diagnostic, SourceMap};
use plimsoll::engine::measure::{Measures, Place};
use plimsoll::engine::observe::Recorder;
use plimsoll::engine::performed::Performed;
use plimsoll::engine::prepare::{Prepared, prepare};
use plimsoll::engine::state::{Reading, Run};
use plimsoll::formula::Value;
use plimsoll::plan::{Exercise, Plan};
use plimsoll::quantity::Rational;
use plimsoll::syntax;
use plimsoll::tabular::Memory;
use plimsoll::trace::bundle::{self, Provenance, RunOf};

/// A plan with its texts.
pub struct Program {
    pub plan: Plan,
    pub map: SourceMap,
}

fn folder(root: &Path, below: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(below)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            folder(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "plim") {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The texts of a folder of the repository, by their path in it.
pub fn texts_of(path: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut found = Vec::new();
    folder(&root, &root, &mut found);
    found
}

/// Compiles texts, with the standard library if any of them uses it; nothing may be wrong with them.
pub fn compiled(texts: &[(String, String)]) -> Program {
    let mut map = SourceMap::new();
    let mut sources = Vec::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut add = |path: String, module: Option<String>, text: String| {
        let file = map.add(path.clone(), text.clone());
        let parse = syntax::parse(file, &text);
        diagnostics.extend(parse.diagnostics);
        sources.push(Source {
            file,
            path,
            module,
            tree: parse.file,
        });
    };
    let mut library = false;
    for (path, text) in texts {
        library |= text.contains("use std.");
        add(path.clone(), None, text.clone());
    }
    if library {
        for (path, text) in texts_of("stdlib") {
            let module = format!("std.{}", path.trim_end_matches(".plim").replace('/', "."));
            add(format!("std/{path}"), Some(module), text);
        }
    }
    let header = ProjectHeader {
        name: "bank".to_owned(),
        edition: "2026".to_owned(),
    };
    let (plan, found) = compile(&sources, &map, &header);
    diagnostics.extend(found);
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| said(d, &map))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    Program { plan, map }
}

fn said(d: &Diagnostic, map: &SourceMap) -> String {
    let place = d
        .primary
        .as_ref()
        .map(|l| format!("{}: {:?}: ", map.place(l.span), map.slice(l.span)));
    format!(
        "{}{} {} {:?} {:?}",
        place.unwrap_or_default(),
        d.code,
        d.message,
        d.help,
        d.notes
    )
}

/// One text as a project.
pub fn one_text(text: &str) -> Program {
    compiled(&[("bank.plim".to_owned(), text.to_owned())])
}

impl Program {
    /// The exercise of a name.
    pub fn exercise(&self, name: &str) -> &Exercise {
        self.plan
            .exercises
            .iter()
            .find(|exercise| exercise.heading.name == name)
            .unwrap()
    }

    fn prepared<'a>(&'a self, exercise: &'a Exercise, data: &'a Memory) -> Prepared<'a> {
        prepare(&self.plan, exercise, data)
            .unwrap_or_else(|errors| panic!("{}", self.told(&errors)))
    }

    /// Performs an exercise and looks at its runs.
    pub fn perform<R>(
        &self,
        exercise: &str,
        data: &Memory,
        look: impl FnOnce(&Performed<'_>) -> R,
    ) -> R {
        let prepared = self.prepared(self.exercise(exercise), data);
        let performed = prepared
            .perform(None, &[], &|_, _| {})
            .unwrap_or_else(|errors| panic!("{}", self.told(&errors)));
        look(&performed)
    }

    /// Every record of an exercise.
    pub fn records(&self, exercise: &str, data: &Memory) -> Recorder {
        let prepared = self.prepared(self.exercise(exercise), data);
        let performed = prepared
            .perform(None, &[], &|_, _| {})
            .unwrap_or_else(|errors| panic!("{}", self.told(&errors)));
        let mut records = Recorder::default();
        prepared.tell_exceptions(&mut records);
        performed
            .tell_postings(&mut records)
            .unwrap_or_else(|error| panic!("{}", self.told(&[error])));
        performed
            .report(
                &|span| span.map_or_else(String::new, |s| self.map.slice(s).to_owned()),
                &|_, _| {},
                &mut records,
            )
            .unwrap_or_else(|errors| panic!("{}", self.told(&errors)));
        records
    }

    fn told(&self, errors: &[Diagnostic]) -> String {
        let lines: Vec<String> = errors.iter().map(|d| said(d, &self.map)).collect();
        lines.join("\n")
    }

    /// The value of a metric of the project in a run at a reading.
    pub fn metric(
        &self,
        measures: &Measures<'_>,
        name: &str,
        run: usize,
        reading: Reading,
    ) -> Value {
        self.metric_at(measures, name, Place::of(run, reading))
    }

    fn metric_at(&self, measures: &Measures<'_>, name: &str, place: Place) -> Value {
        let at = self
            .plan
            .metrics
            .iter()
            .position(|metric| {
                metric.heading.name == name || metric.heading.name == format!("std.lcr.{name}")
            })
            .unwrap_or_else(|| panic!("no metric {name}"));
        let id = plimsoll::plan::MetricId(u32::try_from(at).unwrap());
        measures
            .metric(id, place)
            .unwrap_or_else(|refusal| panic!("{name}: {}", self.told(&[refusal.into_diagnostic()])))
    }

    /// The same, where it is an amount or a number.
    pub fn number(
        &self,
        measures: &Measures<'_>,
        name: &str,
        run: usize,
        reading: Reading,
    ) -> Rational {
        self.number_at(measures, name, Place::of(run, reading))
    }

    /// The same at any place, such as a slice.
    pub fn number_at(&self, measures: &Measures<'_>, name: &str, place: Place) -> Rational {
        let value = self.metric_at(measures, name, place);
        value
            .number()
            .cloned()
            .unwrap_or_else(|| panic!("{name} is {value:?}"))
    }
}

/// Digests of the output files that stand for a run of banks that report in euro.
pub fn digests(records: &Recorder) -> BTreeMap<String, String> {
    let exercises: BTreeSet<&str> = records
        .postings
        .iter()
        .map(|p| p.exercise.as_str())
        .collect();
    let run = |exercise: &str| RunOf {
        exercise: exercise.to_owned(),
        date: String::new(),
        currency: "EUR".to_owned(),
        scenarios: Vec::new(),
    };
    let provenance = Provenance {
        runs: exercises.into_iter().map(run).collect(),
        ..Provenance::default()
    };
    let made = bundle::make(&provenance, records).unwrap();
    made.card.files
}

/// The run of a scenario.
pub fn run_of<'p>(performed: &'p Performed<'_>, name: &str) -> &'p Run {
    performed
        .runs()
        .iter()
        .find(|run| run.key.0 == name)
        .unwrap()
}
