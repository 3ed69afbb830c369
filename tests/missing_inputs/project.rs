//! A project in memory that is compiled again with a part of its text taken out.

use std::path::{Path, PathBuf};

use plimsoll::cli::project::load;
use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{Diagnostic, FileId, SourceMap, Span, any_error, render_json};
use plimsoll::plan::Plan;
use plimsoll::syntax;

/// A text with its tree.
struct Text {
    file: FileId,
    name: String,
    module: Option<String>,
    text: String,
    tree: syntax::tree::File,
}

/// A project as it stands on disk.
pub struct Project {
    pub root: PathBuf,
    header: ProjectHeader,
    texts: Vec<Text>,
    map: SourceMap,
}

/// A compiled project and what was said of it.
pub struct Compiled {
    pub plan: Plan,
    pub errors: Vec<String>,
}

impl Project {
    pub fn load(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let mut map = SourceMap::new();
        let project = load(&root, &mut map).unwrap();
        let texts = project
            .texts
            .iter()
            .map(|text| Text {
                file: text.file,
                name: text.name.clone(),
                module: text.module.clone(),
                text: map.text(text.file).to_owned(),
                tree: syntax::parse(text.file, map.text(text.file)).file,
            })
            .collect();
        Project {
            root: project.root.clone(),
            header: ProjectHeader {
                name: project.name.clone(),
                edition: project.edition.clone(),
            },
            texts,
            map,
        }
    }

    /// What a part of the text says.
    pub fn said(&self, span: Span) -> &str {
        self.map.slice(span)
    }

    /// The texts of the project itself and of the library: name and content.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(|text| text.module.is_none())
            .map(|text| (text.name.as_str(), text.text.as_str()))
    }

    pub fn compiled(&self) -> Compiled {
        self.with(|_, _| None)
    }

    /// With a part of the text taken out.
    pub fn without(&self, span: Span) -> Compiled {
        let (start, end) = (span.start as usize, span.end as usize);
        let name = self.map.name(span.file).to_owned();
        self.with(|text_name, text| {
            (text_name == name).then(|| {
                let gap: String = text[start..end]
                    .chars()
                    .map(|c| if c == '\n' { c } else { ' ' })
                    .collect();
                format!("{}{gap}{}", &text[..start], &text[end..])
            })
        })
    }

    /// With texts changed by name.
    pub fn with(&self, change: impl Fn(&str, &str) -> Option<String>) -> Compiled {
        // files keep their numbers, which the trees hold
        let mut map = SourceMap::new();
        for number in 0..=self.texts.iter().map(|text| text.file.0).max().unwrap_or(0) {
            let file = FileId(number);
            let (name, text) = (self.map.name(file), self.map.text(file));
            map.add(name, change(name, text).unwrap_or_else(|| text.to_owned()));
        }
        let mut found = Vec::new();
        let sources: Vec<Source> = self
            .texts
            .iter()
            .map(|text| {
                let file = text.file;
                let tree = match change(&text.name, &text.text) {
                    Some(changed) => {
                        let parse = syntax::parse(file, &changed);
                        found.extend(parse.diagnostics);
                        parse.file
                    }
                    None => text.tree.clone(),
                };
                Source {
                    file,
                    path: text.name.clone(),
                    module: text.module.clone(),
                    tree,
                }
            })
            .collect();
        let (plan, diagnostics) = compile(&sources, &map, &self.header);
        found.extend(diagnostics);
        Compiled {
            plan,
            errors: said(&found, &map),
        }
    }
}

/// The errors as data, which holds every name that they say.
pub fn said(diagnostics: &[Diagnostic], map: &SourceMap) -> Vec<String> {
    if any_error(diagnostics) {
        diagnostics
            .iter()
            .filter(|d| d.is_error())
            .map(|d| render_json(d, map))
            .collect()
    } else {
        Vec::new()
    }
}
