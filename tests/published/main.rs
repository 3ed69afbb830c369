//! What ships as figures, held to the published files themselves.
//!
//! The files are no part of the project: `PLIMSOLL_SHARED` names their folder (`../shared` by default). Where they are absent the
//! tests count as ignored, and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod annex_4;
mod curves;
mod figures;
mod nsf99;
mod overnight;
mod paths;
mod pillar3;
mod prepayment;
mod shared;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let published = shared::folder();
    let tests: [(&str, fn(&shared::Shared) -> Result<(), String>); 14] = [
        ("shock sizes of d368 and d578", figures::shock_sizes),
        (
            "curves of 30 April 2024 in Halyard",
            figures::halyard_curves,
        ),
        ("rows of DBS, fourth quarter of 2025", figures::dbs_rows),
        (
            "paths of the Federal Reserve of 2025",
            figures::federal_reserve_paths,
        ),
        (
            "call report of Navy Federal, 31 December 2025",
            figures::navy_federal,
        ),
        ("factors of BCBS 238, Annex 4", figures::lcr_factors),
        ("factors of NSF99, Tables 1 and 2", figures::nsfr_factors),
        (
            "the Federal Reserve's files unchanged: the same numbers",
            paths::same_numbers,
        ),
        (
            "ratios of every published quarter from its rows",
            pillar3::every_quarter,
        ),
        ("the SOFR Index from daily fixings", overnight::sofr_index),
        ("a loan on compounded SOFR", overnight::sofr_loan),
        ("Svensson rates of the Federal Reserve", curves::svensson),
        ("Smith-Wilson curves of EIOPA", curves::smith_wilson),
        ("a pass-through at 100% PSA", prepayment::pass_through),
    ];
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            let folder = published.clone();
            let absent = folder.is_none();
            Trial::test(name, move || match &folder {
                Some(folder) => test(folder).map_err(Failed::from),
                None => Ok(()),
            })
            .with_ignored_flag(absent)
        })
        .collect();
    if published.is_none() {
        eprintln!(
            "the published files are absent: set PLIMSOLL_SHARED to their folder to hold the figures to them"
        );
    }
    libtest_mimic::run(&arguments, trials).exit();
}
