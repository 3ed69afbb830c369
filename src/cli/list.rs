//! `plimsoll list`: exercises, scenarios and metrics of a project.

use std::path::PathBuf;

use super::{Exit, Format};

/// Arguments of `plimsoll list`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll list`")
}
