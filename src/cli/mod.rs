//! A file a command; argument parsing and printing only.

mod answer_file;
mod cashflows;
mod check;
mod explain;
mod fmt;
mod help;
mod impact;
mod list;
mod needed;
mod new;
mod page;
mod performance;
mod program;
pub mod project;
mod reverse;
mod run;
mod show;
mod sweep;
mod terminal;
mod test;
mod verify;
mod whole_file;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use serde_json::Map;

use clap::{Parser, Subcommand, ValueEnum};

use crate::diagnostic::{Diagnostic, SourceMap, codes};
use terminal::Terminal;

/// The arguments of the `plimsoll` command.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    about = "A scenario language for bank balance sheets: one balance sheet, one engine, every number traceable to a line of text",
    after_help = "Exit code: 0 if all is well, 1 on any error, 2 if a limit is breached.",
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a new project folder
    New(new::Arguments),
    /// Check a project: text, types, data files' headers; runs nothing
    Check(check::Arguments),
    /// Show a scenario flattened, with the origin of every value
    Show(show::Arguments),
    /// Run a project's exercises and write the bundle
    Run(run::Arguments),
    /// Show what a management action changes, with it and without it
    Impact(impact::Arguments),
    /// Run the project's tests
    Test(test::Arguments),
    /// Find the mildest scenario of a family that meets a condition: the `search` lines of exercises
    Reverse(reverse::Arguments),
    /// Show metrics over one or two lists of values of scenarios or parameters
    Sweep(sweep::Arguments),
    /// Show what a value of a bundle is made of, down to groups and contracts
    Explain(explain::Arguments),
    /// Re-hash every input of a bundle, re-perform its run and compare
    Verify(verify::Arguments),
    /// Write the text in its one canonical style
    Fmt(fmt::Arguments),
    /// Explain an error code; without one, list them all
    Help(help::Arguments),
    /// Show the dated cash flows of a contract: terms in, events out
    Cashflows(cashflows::Arguments),
    /// List exercises, scenarios and metrics with unit, kind and line
    List(list::Arguments),
}

/// How a command prints its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document on standard output.
    Json,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// Exit code 0.
    Success,
    /// A limit is breached: exit code 2.
    Breach,
    /// Any error: exit code 1.
    Error,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Error => 1,
            Exit::Breach => 2,
        })
    }
}

/// The most threads that may be asked for: beyond all machines that there are, and far from what breaks one.
const MOST_THREADS: usize = 1 << 10;

/// Has the work done by so many threads; all cores where none are asked for. It changes no number. Said once for the process,
/// before any work.
///
/// # Errors
/// More threads than may be asked for, or than can be made.
fn use_threads(threads: Option<NonZeroUsize>) -> Result<(), Diagnostic> {
    let refuse = |message: String| {
        Diagnostic::error(codes::internal::THREADS, message)
            .help("leave `--threads` out for one of each core; it changes no figure")
    };
    let asked = threads.map_or(0, NonZeroUsize::get);
    if asked > MOST_THREADS {
        return Err(refuse(format!(
            "{asked} threads are asked for, {MOST_THREADS} at most can be made"
        )));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(asked)
        .build_global()
        .map_err(|error| refuse(format!("the threads cannot be made: {error}")))
}

/// A file that grows beyond what the system allows is an error of its writer, as a full disk is, and no end of the process.
fn survive_file_limits() {
    #[cfg(unix)]
    {
        // Where the signal is not caught the error is: nothing more can be done about it.
        let seen = std::sync::Arc::default();
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
    }
}

/// Bytes of stack for the thread that does the work: deep expressions recurse.
const STACK: usize = 256 << 20;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            // A wrong command line is an error like any other: 2 means a breached limit.
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    let work = std::thread::Builder::new()
        .name("plimsoll".into())
        .stack_size(STACK)
        .spawn(move || dispatch(arguments.command));
    let exit = work.ok().and_then(|thread| thread.join().ok());
    exit.unwrap_or_else(|| {
        let fault = Diagnostic::error(
            codes::internal::INTERNAL,
            "plimsoll stopped at a fault of its own; nothing was written",
        )
        .help("please report it with the command and the project");
        Terminal::of_process(Format::Human).diagnostics(&[fault], &SourceMap::new());
        Exit::Error
    })
    .into()
}

fn dispatch(command: Command) -> Exit {
    survive_file_limits();
    let (threads, format) = match &command {
        Command::Run(a) => (a.threads, a.format),
        Command::Reverse(a) => (a.threads, a.format),
        Command::Sweep(a) => (a.threads, a.format()),
        _ => (None, Format::Human),
    };
    if let Err(error) = use_threads(threads) {
        Terminal::of_process(format).report(Map::new(), &[error], &SourceMap::new());
        return Exit::Error;
    }
    match command {
        Command::New(a) => new::run(&a),
        Command::Check(a) => check::run(&a),
        Command::Show(a) => show::run(&a),
        Command::Run(a) => run::run(&a),
        Command::Impact(a) => impact::run(&a),
        Command::Test(a) => test::run(&a),
        Command::Reverse(a) => reverse::run(&a),
        Command::Sweep(a) => sweep::run(&a),
        Command::Explain(a) => explain::run(&a),
        Command::Verify(a) => verify::run(&a),
        Command::Fmt(a) => fmt::run(&a),
        Command::Help(a) => help::run(&a),
        Command::Cashflows(a) => cashflows::run(&a),
        Command::List(a) => list::run(&a),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
