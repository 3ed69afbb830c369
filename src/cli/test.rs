//! `plimsoll test`: the tests that a project's text holds.

use std::path::PathBuf;

use super::{Exit, Format};

/// Arguments of `plimsoll test`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Run only tests whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll test`")
}
