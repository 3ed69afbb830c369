//! Reverse stress: the mildest value of a family of scenarios at which a condition holds.
//!
//! Metrics need not be monotone in severity (an action makes them jump), so nothing is inferred between values that were not
//! tried: the values of the search are scanned from the mildest on, and the first bracket (a value at which the condition does not
//! hold, and the next at which it does) is bisected. The certificate is the list of the values that were tried. A value at which
//! the condition is undefined counts as one at which it does not hold, and says so.

use super::groundwork::Groundwork;
use super::measure::{Binding, Place};
use super::performed::Performed;
use super::state::Reading;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::Value;
use crate::plan::{Expression, Scenario, ScenarioKey, Search, Type};
use crate::quantity::Rational;
use rayon::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use std::sync::atomic::{AtomicU64, Ordering};

/// A bracket is halved until it is no wider than its first width divided by this: a millionth.
const HALVINGS: u64 = 1 << 20;

/// Decimal places of the values between scanned ones.
const PLACES: u32 = 12;

/// A value that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The value, in base units.
    pub value: Decimal,
    /// The scenario at the value.
    pub scenario: ScenarioKey,
    /// Whether the condition holds; `None`: it is undefined.
    pub holds: Option<bool>,
    /// The comparisons of the condition.
    pub watched: Vec<Binding>,
}

/// What a search found, with its certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    /// The scanned values, from the mildest to the first at which the condition holds (or to the last one).
    pub scanned: Vec<Tried>,
    /// The values between two scanned ones, in the order in which they were tried.
    pub bisected: Vec<Tried>,
    /// The last value known not to hold below the answer; `None` where the mildest value holds, or none does.
    pub mild: Option<Tried>,
    /// The answer: the condition holds here. Its comparisons name the days that decide.
    pub hit: Option<Tried>,
    /// How wide the last bracket may be.
    pub precision: Decimal,
}

impl SearchAnswer {
    /// The value that was found.
    pub fn found(&self) -> Option<Decimal> {
        self.hit.as_ref().map(|hit| hit.value)
    }
}

/// The scenario and the condition of a search at a value.
pub(super) fn at(
    search: &Search,
    value: Decimal,
) -> Result<(Scenario, Expression), Vec<Diagnostic>> {
    search.at(value).map_err(|error| {
        vec![Diagnostic::error(
            codes::internal::INTERNAL,
            format!("a scenario cannot be written as data: {error}"),
        )]
    })
}

/// A value of a search as formulas read it.
pub(super) fn search_value(search: &Search, value: Decimal) -> Value {
    let number = Rational::from(value);
    match (&search.ty, search.currency) {
        (Type::Money(_), Some(currency)) => Value::Money(number, currency),
        _ => Value::Number(number),
    }
}

/// Searches over finished runs, base first.
///
/// # Errors
/// What a run or the condition lacks, at a value that is reached.
pub(super) fn perform(
    performed: &Performed<'_>,
    ground: &Groundwork<'_>,
    search: &Search,
    with_actions: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<SearchAnswer, Vec<Diagnostic>> {
    let done = AtomicU64::new(0);
    let try_at = |value: Decimal, days: bool| {
        let tried = tried(performed, ground, search, value, with_actions, days);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        tried
    };
    let mut answer = SearchAnswer::default();
    // As many at once as there are threads; what lies beyond the first that holds is dropped, so their number changes nothing.
    'scan: for together in search.values.chunks(rayon::current_num_threads().max(1)) {
        let made: Vec<Result<Tried, Vec<Diagnostic>>> = together
            .par_iter()
            .map(|value| try_at(*value, false))
            .collect();
        for tried in made {
            let tried = tried?;
            let holds = tried.holds == Some(true);
            answer.scanned.push(tried);
            if holds {
                break 'scan;
            }
        }
    }
    let mut last = answer.scanned.iter().rev();
    let (Some(hit), mild) = (last.next().filter(|t| t.holds == Some(true)), last.next()) else {
        return Ok(answer);
    };
    let (mut hit, mut mild) = (hit.clone(), mild.cloned());
    if let Some(bracket) = &mild {
        let mut low = bracket.value;
        answer.precision = ((hit.value - low).abs() / Decimal::from(HALVINGS))
            .round_dp_with_strategy(PLACES, RoundingStrategy::AwayFromZero);
        while (hit.value - low).abs() > answer.precision {
            let middle = ((hit.value + low) / Decimal::TWO)
                .round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven)
                .normalize();
            if middle == low || middle == hit.value {
                break;
            }
            let tried = try_at(middle, false)?;
            answer.bisected.push(tried.clone());
            if tried.holds == Some(true) {
                hit = tried;
            } else {
                low = middle;
                mild = Some(tried);
            }
        }
    }
    answer.hit = Some(try_at(hit.value, true)?);
    answer.mild = mild;
    Ok(answer)
}

/// Runs the scenario of a value and reads the condition on the book's date, after instantaneous shocks.
fn tried(
    performed: &Performed<'_>,
    ground: &Groundwork<'_>,
    search: &Search,
    value: Decimal,
    with_actions: bool,
    days: bool,
) -> Result<Tried, Vec<Diagnostic>> {
    let (mut scenario, condition) = at(search, value)?;
    if !with_actions {
        scenario.allows.clear();
    }
    let named = |errors: Vec<Diagnostic>| -> Vec<Diagnostic> {
        let note = |error: Diagnostic| error.note(format!("at `{}`", scenario.key.0));
        errors.into_iter().map(note).collect()
    };
    let (run, layer) = performed.prepared.run(&scenario, ground).map_err(named)?;
    let measures = performed.measures_with(Some(performed.besides(&run, &layer, &scenario)));
    let place = Place::of(
        measures.scenarios().count().saturating_sub(1),
        Reading::Day(0),
    );
    let read = || {
        let holds = match measures.evaluate(&condition, place)? {
            Value::Bool(holds) => Some(holds),
            _ => None,
        };
        let watched = if days {
            measures.bindings(&condition, place)
        } else {
            measures.watched(&condition, place)
        };
        watched.map(|watched| (holds, watched))
    };
    let (holds, watched) = read()
        .map_err(|refusal: crate::formula::Refusal| vec![refusal.into_diagnostic()])
        .map_err(named)?;
    Ok(Tried {
        value,
        scenario: scenario.key.clone(),
        holds,
        watched,
    })
}
