//! Monte Carlo: the simulated paths of scenarios are run, and of each only the values are kept that something reads over them.
//!
//! Positions are projected once; paths differ in their market alone. Each path is a function of the seed and its own number, so that
//! path i alone is path i among a thousand, whatever the threads.

use super::groundwork::Groundwork;
use super::measure::Wanted;
use super::performed::Performed;
use crate::diagnostic::Diagnostic;
use crate::formula::Value;
use crate::plan::Expression;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Readings that depend on what was read over paths before are met one after the other: so many times at most.
const ROUNDS: usize = 8;

/// Reads all that the exercise and the further formulas want over paths.
///
/// # Errors
/// What a path or a formula lacks.
pub(super) fn path_values(
    performed: &mut Performed<'_>,
    ground: &Groundwork<'_>,
    further: &[&Expression],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Vec<Diagnostic>> {
    for _ in 0..ROUNDS {
        let wanted = performed.wanted_over_paths(further);
        if wanted.is_empty() {
            break;
        }
        let mut known = (*performed.paths).clone();
        for run in 0..performed.runs().len() {
            let own: Vec<Wanted> = wanted.iter().filter(|w| w.run == run).cloned().collect();
            if own.is_empty() {
                continue;
            }
            let rows = paths(performed, ground, run, &own, progress)?;
            for (place, wanted) in own.into_iter().enumerate() {
                let values = rows
                    .iter()
                    .filter_map(|row| row.get(place).cloned())
                    .collect();
                known.add(wanted, values);
            }
        }
        performed.paths = Arc::new(known);
    }
    Ok(())
}

/// Runs every path of a run; of each the values that are wanted.
fn paths(
    performed: &Performed<'_>,
    ground: &Groundwork<'_>,
    run: usize,
    wanted: &[Wanted],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<Vec<Value>>, Vec<Diagnostic>> {
    let Some((simulation, count)) = performed.simulation(run)? else {
        return Ok(Vec::new());
    };
    let done = AtomicU64::new(0);
    let total = u64::from(count);
    let rows: Vec<Result<Vec<Value>, Vec<Diagnostic>>> = (1..=count)
        .into_par_iter()
        .map(|number| {
            let motion = Arc::new(simulation.path(number));
            let row = performed.on_path(run, motion, ground, |measures| {
                wanted
                    .iter()
                    .map(|wanted| wanted.on_path(measures))
                    .collect::<Result<Vec<Value>, _>>()
                    .map_err(|refusal| vec![refusal.into_diagnostic()])
            });
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            row.map_err(|errors| {
                let note = |error: Diagnostic| error.note(format!("on path {number}"));
                errors.into_iter().map(note).collect()
            })
        })
        .collect();
    rows.into_iter().collect()
}
