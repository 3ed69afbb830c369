//! A project read, parsed and compiled: what every command that knows the language starts from.

use std::path::Path;

use super::project::{self, Project};
use crate::compile::{ProjectHeader, Source, compile};
use crate::diagnostic::{Diagnostic, SourceMap, any_error};
use crate::plan::Plan;
use crate::syntax;

/// A project with its plan. The plan may be run only if no diagnostic is an error.
pub struct Program {
    /// Where it was read from, and its texts.
    pub project: Project,
    /// The texts of the project and of the library.
    pub sources: SourceMap,
    /// What the texts say.
    pub plan: Plan,
    /// The trees of the project's own texts.
    pub trees: Vec<syntax::tree::File>,
    /// Errors and warnings of the texts.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why there is no program: the project itself cannot be read.
pub struct Unreadable {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Program {
    /// Reads, parses and compiles the project of a folder.
    pub fn load(folder: &Path) -> Result<Program, Unreadable> {
        let mut map = SourceMap::new();
        let project = match project::load(folder, &mut map) {
            Ok(project) => project,
            Err(diagnostics) => return Err(Unreadable { sources: map, diagnostics }),
        };
        let mut diagnostics = Vec::new();
        let mut sources = Vec::new();
        let mut trees = Vec::new();
        for text in &project.texts {
            let parse = syntax::parse(text.file, map.text(text.file));
            diagnostics.extend(parse.diagnostics);
            if text.module.is_none() || project.is_library() {
                trees.push(parse.file.clone());
            }
            sources.push(Source { file: text.file, path: text.name.clone(), module: text.module.clone(), tree: parse.file });
        }
        let header = ProjectHeader { name: project.name.clone(), edition: project.edition.clone() };
        let (plan, found) = compile(&sources, &map, &header);
        diagnostics.extend(found);
        in_text_order(&mut diagnostics);
        Ok(Program { project, sources: map, plan, trees, diagnostics })
    }

    /// Whether its plan may be run.
    pub fn is_sound(&self) -> bool {
        !any_error(&self.diagnostics)
    }
}

/// Sorts by place, what has none last, and drops what is said twice.
pub fn in_text_order(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| (d.primary.is_none(), d.primary.as_ref().map(|l| l.span), d.code));
    diagnostics.dedup();
}
