//! `plimsoll check`: text, types and the headers of data files; runs nothing.

use std::path::PathBuf;

use super::{Exit, Format};

/// Arguments of `plimsoll check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Refuse assumptions without a reason or past their review, and undefined limits
    #[arg(long)]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write the plan (the checked program as data) to this file
    #[arg(long, value_name = "FILE")]
    emit: Option<PathBuf>,
    /// Show how each line of the plan costs
    #[arg(long)]
    plan_cost: bool,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll check`")
}
