//! `plimsoll explain`: what a value of a bundle is made of.

use std::path::PathBuf;

use super::{Exit, Format};

/// Arguments of `plimsoll explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The bundle's folder
    bundle: PathBuf,
    /// Name of the metric
    metric: String,
    /// Name of the scenario
    #[arg(long)]
    scenario: String,
    /// The date of the point
    #[arg(long, value_name = "DATE")]
    at: String,
    /// The exercise, where several report the metric
    #[arg(long)]
    exercise: Option<String>,
    /// The project's folder, where it has moved
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(_arguments: &Arguments) -> Exit {
    super::unavailable("`plimsoll explain`")
}
