//! `plimsoll new NAME`: a new project folder.

use std::path::PathBuf;

use super::Exit;

/// Arguments of `plimsoll new`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of the new folder; its last part is the project's name
    folder: PathBuf,
    /// With a complete small bank to edit
    #[arg(long)]
    sample: bool,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll new`")
}
