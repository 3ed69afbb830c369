//! What a book asks for: per instrument its mapping, its files and its positions given in the text.

use super::mapping::{Need, Slots, Target};
use super::schedule::Stated;
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::*;
use crate::tabular::{self, DataSource};
use std::collections::BTreeSet;

/// An instrument of the book with all that is read of it.
pub(super) struct Request<'p> {
    pub id: InstrumentId,
    pub instrument: &'p Instrument,
    /// The mapping of its files, if files are included.
    pub files: Option<FileRequest<'p>>,
    /// Its positions given in the text.
    pub texts: Vec<TextRequest<'p>>,
}

/// The files of an instrument.
pub(super) struct FileRequest<'p> {
    pub slots: Slots<'p>,
    pub filter: Option<&'p Expression>,
    pub format: Option<&'p FileFormat>,
    /// The files, sorted.
    pub paths: Vec<String>,
    /// The files of stated repayments and rates.
    pub stated: Vec<(Stated, String)>,
}

/// A position given in the text.
pub(super) struct TextRequest<'p> {
    pub slots: Slots<'p>,
    pub id: &'p str,
    pub origin: &'p Origin,
    pub stated: Vec<(Stated, String)>,
}

impl<'p> FileRequest<'p> {
    /// Every column that the mapping and the filter name.
    pub(super) fn needs(&self) -> Vec<Need<'p>> {
        let mut needs = self.slots.needs();
        if let Some(filter) = self.filter {
            super::mapping::walk(filter, &mut |e| match &e.node {
                Node::Column(name) => needs.push(Need {
                    column: name,
                    ty: Some(&e.ty),
                    key: "positions".to_owned(),
                    span: e.span,
                }),
                Node::ColumnDate(name, _) => needs.push(Need {
                    column: name,
                    ty: None,
                    key: "positions".to_owned(),
                    span: e.span,
                }),
                _ => {}
            });
        }
        needs
    }

    /// The names of these columns, each once.
    pub(super) fn columns(&self) -> BTreeSet<String> {
        self.needs()
            .iter()
            .map(|need| need.column.to_owned())
            .collect()
    }
}

/// What a book asks for, instruments in the order of their first `include`.
pub(super) fn requests<'p>(
    plan: &'p Plan,
    book: &'p Book,
    data: &dyn DataSource,
) -> (Vec<Request<'p>>, Vec<Diagnostic>) {
    let mut requests: Vec<Request<'p>> = Vec::new();
    let mut diagnostics = Vec::new();
    for inclusion in &book.includes {
        let id = match inclusion {
            Inclusion::Files(id) | Inclusion::Position { instrument: id, .. } => *id,
        };
        let Some(instrument) = plan.instruments.get(id.index()) else {
            continue;
        };
        // `exclude` takes out the files of an instrument, not what the text itself includes.
        if matches!(inclusion, Inclusion::Files(_)) && book.excludes.contains(&id) {
            continue;
        }
        let place = requests
            .iter()
            .position(|request| request.id == id)
            .unwrap_or(requests.len());
        if place == requests.len() {
            requests.push(Request {
                id,
                instrument,
                files: None,
                texts: Vec::new(),
            });
        }
        let Some(request) = requests.get_mut(place) else {
            continue;
        };
        match inclusion {
            Inclusion::Files(_) if request.files.is_none() => {
                request.files = files(plan, book.date, instrument, data, &mut diagnostics);
            }
            Inclusion::Files(_) => {}
            Inclusion::Position {
                id,
                mapping,
                origin,
                ..
            } => {
                let slots = Slots::new(plan, instrument.side, mapping, true);
                single_split(&slots, instrument, &mut diagnostics);
                request.texts.push(TextRequest {
                    slots,
                    id,
                    origin,
                    stated: stated_paths(mapping, book.date),
                });
            }
        }
    }
    if book.bad_rows.is_none() && requests.iter().any(|request| request.files.is_some()) {
        let diagnostic = Diagnostic::error(
            codes::book::BAD_ROWS_UNSAID,
            format!("`{}` reads files and does not say what becomes of bad rows", book.heading.short),
        )
        .help("`bad_rows = reject` stops the run, `bad_rows = quarantine` sets them aside, counted and added up");
        diagnostics.push(placed(diagnostic, &book.heading.origin));
    }
    (requests, diagnostics)
}

fn files<'p>(
    plan: &'p Plan,
    date: Date,
    instrument: &'p Instrument,
    data: &dyn DataSource,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FileRequest<'p>> {
    let name = &instrument.heading.short;
    let Some(files) = &instrument.positions else {
        let diagnostic = Diagnostic::error(codes::book::NO_FILES, format!("`{name}` has no `positions`, so there is nothing to include of it"))
            .help(format!("give each one in the text, `include {name}(id = \"…\", …)`, or name the files: `positions = \"data/{{at}}/{name}.csv\"`"));
        diagnostics.push(placed(diagnostic, &instrument.heading.origin));
        return None;
    };
    let slots = Slots::new(plan, instrument.side, &instrument.mapping, false);
    single_split(&slots, instrument, diagnostics);
    if !slots
        .slots
        .iter()
        .any(|slot| slot.target == Target::Term(Term::Id))
    {
        let diagnostic = Diagnostic::error(
            codes::book::NO_ID,
            format!("`{name}` reads files and has no `id`"),
        )
        .help("`id = [column]`: ties, drill-down and traces go by it, never by row");
        diagnostics.push(placed(diagnostic, &instrument.heading.origin));
    }
    let pattern = at_date(&files.path, date);
    let paths = match data.files(&pattern) {
        Ok(paths) if paths.is_empty() => {
            let diagnostic = missing_file(data, &pattern, &files.path, date);
            diagnostics.push(placed(
                diagnostic.note(format!("the positions of `{name}`")),
                &files.origin,
            ));
            paths
        }
        Ok(paths) => paths,
        Err(error) => {
            diagnostics.push(placed(error.diagnostic(&pattern), &files.origin));
            Vec::new()
        }
    };
    Some(FileRequest {
        slots,
        filter: files.filter.as_ref(),
        format: files.format.as_ref(),
        paths,
        stated: stated_paths(&instrument.mapping, date),
    })
}

/// A path that names no file: says which one may be meant.
fn missing_file(data: &dyn DataSource, pattern: &str, written: &str, date: Date) -> Diagnostic {
    let diagnostic = tabular::SourceError::Missing.diagnostic(pattern);
    let folder = pattern
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let beside = data.files(&format!("{folder}*")).unwrap_or_default();
    // the names without what they share: a file of another kind is no slip
    let name = |path: &'_ str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let stem = |path: &str| name(path).split('.').next().unwrap_or_default().to_owned();
    let stems: Vec<String> = beside.iter().map(|path| stem(path)).collect();
    let wanted = stem(pattern).replace('*', "");
    let same = stems.iter().find(|stem| **stem == wanted);
    let near = same
        .map(String::as_str)
        .or_else(|| tabular::nearest(&wanted, stems.iter().map(String::as_str)));
    if let Some(near) = near.and_then(|near| stems.iter().position(|stem| stem == near))
        && let Some(path) = beside.get(near)
    {
        return diagnostic.help(format!("did you mean `{path}`?"));
    }
    if beside.is_empty() && written.contains("{at}") {
        return diagnostic.help(format!(
            "there is no file in `{folder}`; `{{at}}` is the book's date {date}"
        ));
    }
    diagnostic
}

/// Two parted dimensions would say twice how a position is parted.
fn single_split(slots: &Slots<'_>, instrument: &Instrument, diagnostics: &mut Vec<Diagnostic>) {
    let name = &instrument.heading.short;
    if slots.splits.len() > 1 {
        let diagnostic = Diagnostic::error(codes::book::TWO_SPLITS, format!("`{name}` parts its positions twice"))
            .help("one `split`; let the other dimension follow from it: `insured = outflow_class == stable_retail`");
        diagnostics.push(placed(diagnostic, &instrument.heading.origin));
    }
    if let Some(split) = slots.splits.first()
        && split.otherwise.is_some()
        && slots.basis().is_none()
    {
        let diagnostic = Diagnostic::error(
            codes::book::TWO_SPLITS,
            format!("`{name}` has no `principal`, so `otherwise` has no amount"),
        )
        .help("map `principal`, or give every class its amount");
        diagnostics.push(placed(diagnostic, &instrument.heading.origin));
    }
}

fn stated_paths(mapping: &Mapping, date: Date) -> Vec<(Stated, String)> {
    let amounts = match &mapping.repays {
        Some(Repayment::Schedule(Schedule::File(path))) => Some((Stated::Amounts, path.as_str())),
        _ => None,
    };
    let rates = mapping.stated_rates().map(|path| (Stated::Rates, path));
    let paths = amounts.into_iter().chain(rates);
    paths
        .map(|(what, path)| (what, at_date(path, date)))
        .collect()
}

/// A path with the book's date in place of `{at}`.
pub(super) fn at_date(path: &str, date: Date) -> String {
    path.replace("{at}", &date.to_string())
}

/// The diagnostic at a line of the text.
pub(super) fn placed(diagnostic: Diagnostic, origin: &Origin) -> Diagnostic {
    match origin.span {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}
