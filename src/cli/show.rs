//! `plimsoll show`: a scenario flattened, with the origin of every value.

use std::path::PathBuf;

use super::Exit;

/// Arguments of `plimsoll show`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    project: PathBuf,
    /// Name of the scenario, with its arguments if it is a family: `parallel(size = 200bp)`
    scenario: String,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll show`")
}
