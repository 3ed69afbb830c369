//! `plimsoll run`: the exercises of a project, into a bundle.

use std::path::PathBuf;

use super::{Exit, Format};

/// Arguments of `plimsoll run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Run this exercise only
    #[arg(long)]
    exercise: Option<String>,
    /// Run this scenario and the base only; may be given several times
    #[arg(long)]
    scenario: Vec<String>,
    /// Folder of the bundle [default: out/<project>]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Number of threads [default: all cores]; changes no number
    #[arg(long)]
    threads: Option<usize>,
    /// Set a value in every scenario: `--set stressed_beta=70%`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Check, read and reconcile the data; run nothing
    #[arg(long)]
    dry_run: bool,
    /// Fail on undefined limits and assumptions without a reason
    #[arg(long)]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll run`")
}
