//! `plimsoll verify`: every input hashed again, the run performed again, and compared.

use std::path::PathBuf;

use super::Exit;

/// Arguments of `plimsoll verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The bundle's folder
    bundle: PathBuf,
    /// The project's folder, where it has moved
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll verify`")
}
