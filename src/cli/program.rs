//! A project read, parsed and compiled: what every command that knows the language starts from.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use super::needed::needed;
use super::project::{self, Project, SourceText};
use crate::compile::{Axis, ProjectHeader, Source, Sweeping, compile_sweeping};
use crate::diagnostic::{Diagnostic, FileId, SourceMap, any_error, codes};
use crate::plan::Plan;
use crate::syntax;
use crate::syntax::tree::{self, BlockKind, Clause, ClauseBody, File, Item, Reference};

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
        Self::load_with(folder, &[])
    }

    /// The same with `name=value` settings as the last overlay of every scenario of the project.
    pub fn load_with(folder: &Path, settings: &[String]) -> Result<Program, Unreadable> {
        Self::load_asking(folder, settings, &Asked::default())
    }

    /// The same with lines that a command adds to exercises.
    pub fn load_asking(
        folder: &Path,
        settings: &[String],
        asked: &Asked,
    ) -> Result<Program, Unreadable> {
        let mut map = SourceMap::new();
        let project = match project::load(folder, &mut map) {
            Ok(project) => project,
            Err(diagnostics) => {
                return Err(Unreadable {
                    sources: map,
                    diagnostics,
                });
            }
        };
        let all: BTreeSet<FileId> = project.texts.iter().map(|text| text.file).collect();
        let named: Vec<&str> = (settings.iter().chain(asked.texts()))
            .map(String::as_str)
            .collect();
        let read = if project.is_library() {
            all.clone()
        } else {
            needed(&project.texts, &map, &named)
        };
        let program = Self::of_texts(&read, project.clone(), map.clone(), settings, asked)?;
        if program.is_sound() || read == all {
            return Ok(program);
        }
        // What would be right may stand in a text of the library that is not used yet.
        Self::of_texts(&all, project, map, settings, asked)
    }

    /// The program of a project of which so many texts are read; of the others only their names are known.
    fn of_texts(
        read: &BTreeSet<FileId>,
        project: Project,
        mut map: SourceMap,
        settings: &[String],
        asked: &Asked,
    ) -> Result<Program, Unreadable> {
        let parses = parse_all(&project.texts, read, &map);
        let mut diagnostics = Vec::new();
        let mut sources = Vec::new();
        let mut trees = Vec::new();
        for (text, parse) in project.texts.iter().zip(parses) {
            diagnostics.extend(parse.diagnostics);
            if text.module.is_none() || project.is_library() {
                trees.push(parse.file.clone());
            }
            sources.push(Source {
                file: text.file,
                path: text.name.clone(),
                module: text.module.clone(),
                tree: parse.file,
            });
        }
        let overlay = match overlay(settings, &mut map) {
            Ok(overlay) => overlay,
            Err(diagnostics) => {
                return Err(Unreadable {
                    sources: map,
                    diagnostics,
                });
            }
        };
        let lines = asked.lines(&mut map, &mut diagnostics);
        for source in sources.iter_mut().filter(|source| source.module.is_none()) {
            lay_over(&mut source.tree, &overlay, &map);
            asked.put(&mut source.tree, &lines);
        }
        let header = ProjectHeader {
            name: project.name.clone(),
            edition: project.edition.clone(),
        };
        let sweep = asked.sweeping(&mut map, &mut diagnostics);
        let (plan, found) = compile_sweeping(&sources, &map, &header, sweep.as_ref());
        diagnostics.extend(found);
        in_text_order(&mut diagnostics);
        Ok(Program {
            project,
            sources: map,
            plan,
            trees,
            diagnostics,
        })
    }

    /// Whether its plan may be run.
    pub fn is_sound(&self) -> bool {
        !any_error(&self.diagnostics)
    }
}

/// Lines that a command adds to exercises, as they would stand in the text.
#[derive(Debug, Default)]
pub struct Asked {
    /// The exercise, or every one.
    pub exercise: Option<String>,
    /// The argument that gives them, for messages: `--search`.
    pub argument: &'static str,
    /// The lines.
    pub lines: Vec<String>,
    /// What is swept over: `parallel(size) for size in …`, or `stressed_beta in …`.
    pub over: Vec<String>,
    /// The scenario on which the latter is set; else the base.
    pub scenario: Option<String>,
}

/// The trees of all texts, in their order; of a text that is not to be read an empty one. The longest come first, one at a
/// time to whoever is free, so that no thread begins the longest when the others are done.
fn parse_all(texts: &[SourceText], read: &BTreeSet<FileId>, map: &SourceMap) -> Vec<syntax::Parse> {
    let mut waiting: Vec<(usize, FileId, &str)> = (texts.iter().enumerate())
        .map(|(place, text)| {
            let is_read = read.contains(&text.file);
            let source = if is_read { map.text(text.file) } else { "" };
            (place, text.file, source)
        })
        .collect();
    waiting.sort_by_key(|(_, _, source)| Reverse(source.len()));
    let mut parses: Vec<(usize, syntax::Parse)> = (waiting.into_iter().par_bridge())
        .map(|(place, file, source)| (place, syntax::parse(file, source)))
        .collect();
    parses.sort_by_key(|(place, _)| *place);
    parses.into_iter().map(|(_, parse)| parse).collect()
}

impl Asked {
    /// All that it says as text.
    fn texts(&self) -> impl Iterator<Item = &String> {
        self.lines.iter().chain(&self.over).chain(&self.scenario)
    }

    fn lines(&self, map: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Vec<Clause> {
        let each = self.lines.iter();
        each.flat_map(|line| clauses(self.argument, "exercise", line, map, diagnostics))
            .collect()
    }

    /// The grid that is asked of the exercise.
    fn sweeping(&self, map: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Option<Sweeping> {
        let mut axes = Vec::new();
        let mut run = |argument, line: &str| {
            let found = clauses(argument, "exercise", line, map, diagnostics);
            found.into_iter().find_map(|clause| match clause.body {
                ClauseBody::Run(run) => Some(run),
                _ => None,
            })
        };
        let on = match &self.scenario {
            Some(scenario) => run("--scenario", &format!("run {scenario}"))?
                .scenarios
                .pop(),
            None => None,
        };
        let mut wanted: Vec<(&str, tree::Run)> = Vec::new();
        for over in &self.over {
            let (name, line) = match over.split_once(" in ") {
                Some((name, list)) if !name.contains(" for ") => {
                    (name, format!("run swept(value) for value in {list}"))
                }
                _ => ("", format!("run {over}")),
            };
            wanted.push((name, run("--over", &line)?));
        }
        for (name, mut run) in wanted {
            let (scenario, each) = (run.scenarios.pop()?, run.each?);
            if name.is_empty() {
                axes.push(Axis::Family { scenario, each });
                continue;
            }
            let line = format!("set {name} = 0");
            let found = clauses("--over", "scenario", &line, map, diagnostics);
            let target = found.into_iter().find_map(|clause| match clause.body {
                ClauseBody::Set(set) => Some(set.target),
                _ => None,
            })?;
            let arguments = scenario.members.into_iter().next()?.arguments?;
            let value = arguments.into_iter().next()?.value;
            axes.push(Axis::Setting {
                target,
                value,
                each,
            });
        }
        let exercise = self.exercise.clone()?;
        (!axes.is_empty()).then_some(Sweeping { exercise, axes, on })
    }

    /// Adds the lines; reports take the place of those of the text.
    fn put(&self, file: &mut File, lines: &[Clause]) {
        for declaration in &mut file.declarations {
            let Item::Block(block) = &mut declaration.item else {
                continue;
            };
            let name = &declaration.name.text;
            let meant = self.exercise.as_ref().is_none_or(|wanted| wanted == name);
            if block.kind == BlockKind::Exercise && meant {
                let reports = |clause: &Clause| matches!(clause.body, ClauseBody::Listing(_));
                if lines.iter().any(reports) {
                    block.clauses.retain(|own| !reports(own));
                }
                block.clauses.extend(lines.iter().cloned());
            }
        }
    }
}

/// The clauses of a line of a command, read as if it stood in a block.
fn clauses(
    argument: &str,
    block: &str,
    line: &str,
    map: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Clause> {
    let text = format!("{block} command_line {{\n  {line}\n}}\n");
    let file = map.add(argument, text.clone());
    let parse = syntax::parse(file, &text);
    diagnostics.extend(parse.diagnostics);
    let mut clauses = Vec::new();
    for declaration in parse.file.declarations {
        if let Item::Block(block) = declaration.item {
            clauses.extend(block.clauses);
        }
    }
    clauses
}

/// The `set` lines that a command line asks for.
fn overlay(settings: &[String], map: &mut SourceMap) -> Result<Vec<Clause>, Vec<Diagnostic>> {
    let mut clauses = Vec::new();
    let mut diagnostics = Vec::new();
    for setting in settings {
        let Some((name, value)) = setting
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            let wrong = Diagnostic::error(
                codes::run::NOT_IN_PROJECT,
                format!("`--set {setting}` gives no value"),
            );
            diagnostics.push(wrong.help("write `--set stressed_beta=70%`"));
            continue;
        };
        let text = format!(
            "scenario command_line {{\n  set {} = {}\n}}\n",
            name.trim(),
            value.trim()
        );
        let file = map.add("--set", text.clone());
        let parse = syntax::parse(file, &text);
        diagnostics.extend(parse.diagnostics);
        for declaration in parse.file.declarations {
            if let Item::Block(block) = declaration.item {
                clauses.extend(block.clauses);
            }
        }
    }
    if diagnostics.is_empty() {
        Ok(clauses)
    } else {
        Err(diagnostics)
    }
}

/// Puts clauses at the end of every scenario of a file, in place of those that set the same.
fn lay_over(file: &mut File, overlay: &[Clause], map: &SourceMap) {
    let target = |clause: &Clause| match &clause.body {
        ClauseBody::Set(set) => Some(spelt(&set.target, map)),
        _ => None,
    };
    for declaration in &mut file.declarations {
        let Item::Block(block) = &mut declaration.item else {
            continue;
        };
        if block.kind == BlockKind::Scenario {
            block.clauses.retain(|own| {
                target(own)
                    .is_none_or(|own| !overlay.iter().any(|c| target(c).as_ref() == Some(&own)))
            });
            block.clauses.extend(overlay.iter().cloned());
        }
    }
}

/// What a `set` line sets, as written without blanks.
fn spelt(reference: &Reference, map: &SourceMap) -> String {
    map.slice(reference.span).split_whitespace().collect()
}

/// Whether a person means this scenario: by its name whatever the blanks, or by the name of its family.
pub fn means(wanted: &str, key: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    bare(wanted) == bare(key)
        || key
            .split_once('(')
            .is_some_and(|(family, _)| family == wanted)
}

/// Sorts by place, what has none last, and drops what is said twice.
pub fn in_text_order(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| {
        (
            d.primary.is_none(),
            d.primary.as_ref().map(|l| l.span),
            d.code,
        )
    });
    diagnostics.dedup_by(|next, kept| next.says_the_same_of_more(kept));
}
