//! `plimsoll fmt`: the one canonical style.

use std::path::PathBuf;

use super::Exit;

/// Arguments of `plimsoll fmt`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder, or one `.plim` file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write nothing; exit 1 if a file is not in the canonical style
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll fmt`")
}
