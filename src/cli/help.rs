//! `plimsoll help CODE`: the page of an error code, embedded in the binary.
//!
//! `plimsoll help` lists the codes by family, `plimsoll help bank` prints the small bank of the examples.

use clap::CommandFactory;
use include_dir::{Dir, include_dir};

use super::terminal::Terminal;
use super::{Exit, Format, page};
use crate::diagnostic::{Diagnostic, SourceMap, codes, nearest};

/// One markdown page a code: `E0312.md`.
static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/errors");

/// The small bank beside which the examples of the pages stand.
const BANK: &str = include_str!("../../docs/bank.plim");

/// What the codes of a family are about, by their first three characters.
const FAMILIES: [(&str, &str); 13] = [
    ("E01", "how a text is written"),
    ("E02", "names, settings and arguments"),
    ("E03", "units, dimensions and tables"),
    ("E04", "scenarios, behaviours and reasons"),
    ("E05", "projects and position files"),
    ("E06", "market data"),
    ("E07", "contracts in terms of ACTUS"),
    ("E08", "runs"),
    ("E09", "bundles and commands"),
    ("W02", "warnings about a text"),
    ("W04", "warnings about scenarios"),
    ("W06", "warnings about data"),
    ("W07", "warnings about contracts in terms of ACTUS"),
];

/// Arguments of `plimsoll help`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An error code such as E0312, or the name of a command
    code: Option<String>,
}

/// The embedded page of a code.
fn text(id: &str) -> Option<&'static str> {
    PAGES
        .get_file(format!("{id}.md"))
        .and_then(|f| f.contents_utf8())
}

/// Prints a page, a command's help, or the list of codes.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    let Some(asked) = arguments.code.as_deref() else {
        terminal.print(&list());
        return Exit::Success;
    };
    if let Some(code) = codes::find(asked) {
        match text(code.id()) {
            Some(text) => terminal.print(&page::draw(text, terminal.width)),
            None => terminal.print(&format!("# {code}: {}\n", code.title())),
        }
        return Exit::Success;
    }
    if asked == "bank" {
        terminal.print(BANK);
        return Exit::Success;
    }
    let mut command = super::Arguments::command();
    // gives each command its whole name, `plimsoll run`
    command.build();
    if let Some(sub) = command.find_subcommand_mut(asked) {
        terminal.print(&sub.render_long_help().to_string());
        return Exit::Success;
    }
    let known = codes::all();
    let mut d = Diagnostic::error(
        codes::internal::UNKNOWN_CODE,
        format!("`{asked}` is neither a code nor a command"),
    );
    let command = super::Arguments::command();
    let commands: Vec<&str> = command.get_subcommands().map(|c| c.get_name()).collect();
    let near = nearest(&asked.to_uppercase(), known.iter().map(|c| c.id()))
        .or_else(|| nearest(&asked.to_lowercase(), commands.iter().copied()));
    d = match near {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help("`plimsoll help` lists the codes, `plimsoll --help` the commands"),
    };
    terminal.diagnostics(&[d], &SourceMap::new());
    Exit::Error
}

/// The codes with their titles, family by family.
fn list() -> String {
    let mut out = String::new();
    for (family, about) in FAMILIES {
        let mut codes = codes::all();
        codes.retain(|code| code.id().starts_with(family));
        let lines: String = codes
            .iter()
            .map(|code| format!("  {code}  {}\n", code.title()))
            .collect();
        out.push_str(&format!("{about}\n{lines}\n"));
    }
    out + "`plimsoll help E0101` prints a code's page, `plimsoll --help` the commands.\n"
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_holds_every_code_once() {
        let list = super::list();
        for code in crate::diagnostic::codes::all() {
            assert_eq!(list.matches(&format!("  {code}  ")).count(), 1, "{code}");
        }
    }
}
