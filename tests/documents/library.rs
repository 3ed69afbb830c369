//! The sources of the standard library as a page tells them: written from the library's own lines.

use std::path::Path;

use plimsoll::cli::project::load;
use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::SourceMap;
use plimsoll::plan::{Heading, Origin, Plan};
use plimsoll::syntax;

fn plan() -> (Plan, Vec<(String, String)>) {
    let mut map = SourceMap::new();
    let project = load(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib"),
        &mut map,
    )
    .unwrap();
    let mut modules = Vec::new();
    let sources: Vec<Source> = project
        .texts
        .iter()
        .map(|text| {
            let content = map.text(text.file);
            let about: Vec<&str> = content
                .lines()
                .map_while(|line| line.strip_prefix("//! "))
                .collect();
            modules.push((text.name.clone(), about.join(" ")));
            Source {
                file: text.file,
                path: text.name.clone(),
                module: text.module.clone(),
                tree: syntax::parse(text.file, content).file,
            }
        })
        .collect();
    let header = ProjectHeader {
        name: project.name.clone(),
        edition: project.edition.clone(),
    };
    (compile(&sources, &map, &header).0, modules)
}

/// The place of a citation: `BCBS 238, paragraph` and `75`, so that paragraphs of one document stand together.
fn parted(source: &str) -> (String, String) {
    match source.rsplit_once("paragraph ") {
        Some((document, paragraph)) => {
            (format!("{document}paragraphs"), paragraph.trim().to_owned())
        }
        None => (source.to_owned(), String::new()),
    }
}

/// Citations, those of one document together, in the order of the text.
fn cited<'o>(origins: impl Iterator<Item = &'o Origin>) -> String {
    let mut documents: Vec<(String, Vec<String>)> = Vec::new();
    for source in origins.filter_map(|origin| origin.reasons.source.as_ref()) {
        let (document, paragraph) = parted(source);
        match documents.iter_mut().find(|(d, _)| *d == document) {
            Some((_, paragraphs)) if paragraphs.contains(&paragraph) => {}
            Some((_, paragraphs)) => paragraphs.push(paragraph),
            None => documents.push((document, vec![paragraph])),
        }
    }
    let texts: Vec<String> = documents
        .iter()
        .map(|(document, paragraphs)| match paragraphs.as_slice() {
            [one] if !one.is_empty() => {
                format!("{} {one}", document.trim_end_matches('s'))
            }
            [_] => document.clone(),
            several => format!("{document} {}", several.join(", ")),
        })
        .collect();
    texts.join("; ")
}

/// A table a module: what is defined with a source, and the source.
pub fn sources() -> String {
    let (plan, modules) = plan();
    let mut page = String::new();
    for (file, about) in modules {
        let mut lines: Vec<(u32, String)> = Vec::new();
        let mut line = |kind: &str, heading: &Heading, rows: Vec<&Origin>| {
            let source = cited(std::iter::once(&heading.origin).chain(rows));
            if heading.origin.file == file && !source.is_empty() {
                let title = heading.title.as_ref().unwrap_or(&heading.documentation);
                let title = title.lines().next().unwrap_or_default();
                let text = format!("| {kind} | `{}` | {title} | {source} |\n", heading.short);
                lines.push((heading.origin.line, text));
            }
        };
        for table in &plan.tables {
            let rows = table.rows.iter().map(|row| &row.origin).collect();
            line("table", &table.heading, rows);
        }
        for parameter in &plan.parameters {
            let kind = if parameter.value.is_some() {
                "value"
            } else {
                "demand"
            };
            line(kind, &parameter.heading, Vec::new());
        }
        for function in &plan.functions {
            line("function", &function.heading, Vec::new());
        }
        for shape in &plan.shapes {
            line("shape", &shape.heading, Vec::new());
        }
        for metric in &plan.metrics {
            line("metric", &metric.heading, Vec::new());
        }
        for limit in &plan.limits {
            let rows = limit.requirements.iter().map(|r| &r.origin).collect();
            line("limit", &limit.heading, rows);
        }
        if lines.is_empty() {
            continue;
        }
        lines.sort();
        let module = file.trim_end_matches(".plim").replace('/', ".");
        let name = module.strip_prefix("std.").unwrap_or(&module);
        page.push_str(&format!("\n### `std.{name}`\n\n{about}\n\n"));
        page.push_str("| | name | | source |\n|---|---|---|---|\n");
        lines.iter().for_each(|(_, text)| page.push_str(text));
    }
    page
}
