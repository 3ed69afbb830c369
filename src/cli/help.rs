//! `plimsoll help CODE`: the page of an error code, embedded in the binary.

use clap::CommandFactory;
use include_dir::{Dir, include_dir};

use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, SourceMap, codes, nearest};

/// One markdown page a code: `E0312.md`.
static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/errors");

/// Arguments of `plimsoll help`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An error code such as E0312, or the name of a command
    code: Option<String>,
}

/// The embedded page of a code.
fn page(id: &str) -> Option<&'static str> {
    PAGES
        .get_file(format!("{id}.md"))
        .and_then(|f| f.contents_utf8())
}

/// Prints a page, a command's help, or the list of codes.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    let Some(asked) = arguments.code.as_deref() else {
        let list: String = codes::all()
            .iter()
            .map(|c| format!("{c}  {}\n", c.title()))
            .collect();
        terminal.print(&format!(
            "{list}\n`plimsoll help E0101` prints a code's page, `plimsoll --help` the commands.\n"
        ));
        return Exit::Success;
    };
    if let Some(code) = codes::find(asked) {
        match page(code.id()) {
            Some(text) => terminal.print(text),
            None => terminal.print(&format!("# {code}: {}\n", code.title())),
        }
        return Exit::Success;
    }
    let mut command = super::Arguments::command();
    if let Some(sub) = command.find_subcommand_mut(asked) {
        terminal.print(&sub.render_long_help().to_string());
        return Exit::Success;
    }
    let known = codes::all();
    let mut d = Diagnostic::error(
        codes::internal::UNKNOWN_CODE,
        format!("`{asked}` is neither a code nor a command"),
    );
    d = match nearest(&asked.to_uppercase(), known.iter().map(|c| c.id())) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help("`plimsoll help` lists the codes, `plimsoll --help` the commands"),
    };
    terminal.diagnostics(&[d], &SourceMap::new());
    Exit::Error
}
