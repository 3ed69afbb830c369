//! `plimsoll new NAME`: a new project folder.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::project::{EDITIONS, PROJECT_FILE, is_project_name};
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, SourceMap, codes};

/// The complete small bank of `--sample`, the published one of `--pillar3`, and the bare project.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Arguments of `plimsoll new`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The new folder; its last part is the project's name
    folder: PathBuf,
    /// With a complete small bank to edit
    #[arg(long)]
    sample: bool,
    /// With a bank made of its published Pillar 3 tables: put your rows into its files
    #[arg(long, conflicts_with = "sample")]
    pillar3: bool,
}

impl Arguments {
    /// The folder of the templates that is copied.
    fn template(&self) -> &'static str {
        match (self.sample, self.pillar3) {
            (true, _) => "sample",
            (_, true) => "pillar3",
            _ => "empty",
        }
    }
}

/// Writes the new project, or nothing.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    match create(&arguments.folder, arguments.template()) {
        Ok(()) => {
            let folder = arguments.folder.display();
            terminal.print(&format!("{folder} is a new project. Next:\n\n    plimsoll check {folder}\n    plimsoll run {folder}"));
            Exit::Success
        }
        Err(d) => {
            terminal.diagnostics(&[*d], &SourceMap::new());
            Exit::Error
        }
    }
}

fn create(folder: &Path, template: &str) -> Result<(), Box<Diagnostic>> {
    let shown = folder.display();
    let cannot = |why: String| {
        Box::new(Diagnostic::error(
            codes::bundle::CANNOT_WRITE,
            format!("`{shown}` cannot be made: {why}"),
        ))
    };
    let name = folder
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    if !is_project_name(name) {
        let d = Diagnostic::error(
            codes::book::BAD_PROJECT_FILE,
            format!("`{name}` cannot be a project's name"),
        );
        return Err(Box::new(d.help(
            "a name begins with a letter and holds letters, digits, `_` and `-`",
        )));
    }
    let filled = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if filled || folder.is_file() {
        let d = Diagnostic::error(
            codes::bundle::CANNOT_WRITE,
            format!("`{shown}` exists already, nothing in it is touched"),
        );
        return Err(Box::new(d.help("choose another name")));
    }
    let template = TEMPLATES.get_dir(template);
    let template = template.ok_or_else(|| cannot("this build has no template".into()))?;
    let edition = EDITIONS.last().copied().unwrap_or_default();
    let project_file = format!("name    = \"{name}\"\nedition = \"{edition}\"\n");
    let stood = folder.is_dir();
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| copy(template, template.path(), folder))
        .and_then(|()| std::fs::write(folder.join(PROJECT_FILE), project_file));
    if written.is_err() && !stood {
        let _ = std::fs::remove_dir_all(folder);
    }
    written.map_err(|e| cannot(e.to_string().to_lowercase()))
}

fn copy(dir: &Dir<'static>, root: &Path, to: &Path) -> std::io::Result<()> {
    for file in dir.files() {
        let relative = file.path().strip_prefix(root).unwrap_or(file.path());
        let path = to.join(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.contents())?;
    }
    dir.dirs().try_for_each(|inner| copy(inner, root, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_project_can_be_read_and_an_old_one_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        for (name, sample) in [
            ("small_bank", "sample"),
            ("empty-one", "empty"),
            ("published", "pillar3"),
        ] {
            let folder = dir.path().join(name);
            create(&folder, sample).unwrap();
            let project = crate::cli::project::load(&folder, &mut SourceMap::new()).unwrap();
            assert_eq!(project.name, name);
            assert_eq!(create(&folder, sample).unwrap_err().code.id(), "E0902");
        }
        assert_eq!(
            create(&dir.path().join("1 bank"), "sample")
                .unwrap_err()
                .code
                .id(),
            "E0504"
        );
    }
}
