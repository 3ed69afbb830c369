//! Attribution: what each line of a scenario does to a metric, from runs with some of the lines. The parts add up to the change
//! exactly as they are printed: what rounding leaves goes to the last line (I34).

use super::groundwork::Groundwork;
use super::measure::{Place, Texts};
use super::observe::{self, Combine, MetricKey, MetricRecord, Observer, Term};
use super::performed::Performed;
use super::series::Day;
use super::state::Reading;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Refusal, Value, decimal};
use crate::plan::{Attribution, AttributionMethod};
use crate::quantity::Rational;
use rayon::prelude::*;

/// Decimal places of the parts of a ratio, rate or number.
const PLACES: u32 = 12;

/// The name of the line that no single line accounts for.
pub const INTERACTION: &str = "interaction";

/// The name of the whole change.
pub const TOTAL: &str = "total change";

/// The values of a metric with each set of lines, by reported day.
#[derive(Clone, Debug)]
pub(super) struct Attributed {
    place: usize,
    days: Vec<Day>,
    /// By set of lines, then by day.
    values: Vec<Vec<Value>>,
}

/// Runs the sets of lines of an attribution, its number in the exercise, and reads the metric on each reported day.
///
/// # Errors
/// What a run or the metric lacks.
pub(super) fn perform(
    performed: &Performed<'_>,
    ground: &Groundwork<'_>,
    place: usize,
    attribution: &Attribution,
) -> Result<Attributed, Vec<Diagnostic>> {
    let days = performed.measures().step_days(0);
    let rows: Vec<Result<Vec<Value>, Vec<Diagnostic>>> = attribution
        .coalitions
        .par_iter()
        .map(|(_, scenario)| {
            let (run, layer) = performed.prepared.run(scenario, ground)?;
            let input = performed.besides(&run, &layer, scenario);
            let measures = performed.measures_with(Some(input));
            let last = performed.runs().len();
            let read = |day: &Day| {
                let place = Place::of(last, Reading::Day(*day));
                measures.evaluate(&attribution.metric, place)
            };
            let values: Result<Vec<Value>, Refusal> = days.iter().map(read).collect();
            values.map_err(|refusal| {
                let at = format!("at `{}`", scenario.key.0);
                vec![refusal.into_diagnostic().note(at)]
            })
        })
        .collect();
    Ok(Attributed {
        place,
        days,
        values: rows.into_iter().collect::<Result<_, _>>()?,
    })
}

/// The change and its parts in the order of the lines; the interaction is the last of a method that has one.
fn parted(
    attribution: &Attribution,
    value: &dyn Fn(&[usize]) -> Option<Rational>,
    unit: &Rational,
) -> Option<(Rational, Vec<Rational>)> {
    let count = attribution.lines.len();
    let all: Vec<usize> = (0..count).collect();
    let base = value(&[])?;
    let rounded = |x: Rational| x.round_to_multiple(unit).ok();
    let total = rounded(&value(&all)? - &base)?;
    let mut parts = Vec::new();
    match attribution.method {
        AttributionMethod::OneAtATime => {
            for line in 0..count {
                parts.push(rounded(&value(&[line])? - &base)?);
            }
            parts.push(Rational::ZERO);
        }
        AttributionMethod::Sequential => {
            for line in 0..count {
                let (before, with) = (all.get(..line)?, all.get(..=line)?);
                parts.push(rounded(&value(with)? - &value(before)?)?);
            }
        }
        AttributionMethod::Shapley => {
            let factorial = |n: usize| (1..=n as i128).product::<i128>();
            for line in 0..count {
                let mut mean = Rational::ZERO;
                for (others, _) in attribution
                    .coalitions
                    .iter()
                    .filter(|(members, _)| !members.contains(&line))
                {
                    let mut with = others.clone();
                    with.push(line);
                    with.sort_unstable();
                    let orders = factorial(others.len()) * factorial(count - others.len() - 1);
                    let weight = Rational::new(orders, factorial(count)).ok()?;
                    mean = mean + weight * (&value(&with)? - &value(others)?);
                }
                parts.push(rounded(mean)?);
            }
        }
    }
    // What is left: the interaction, or what rounding leaves on the last line.
    let sum: Rational = parts.iter().cloned().sum();
    if let Some(last) = parts.last_mut() {
        *last = &*last + &(&total - &sum);
    }
    Some((total, parts))
}

/// Tells an observer the change of a metric and its parts, by reported day.
pub(super) fn tell(
    performed: &Performed<'_>,
    attributed: &Attributed,
    texts: &Texts<'_>,
    observer: &mut dyn Observer,
) -> Result<(), Vec<Diagnostic>> {
    let exercise = performed.prepared.exercise();
    let Some(attribution) = exercise.attributions.get(attributed.place) else {
        return Ok(());
    };
    let measures = performed.measures();
    let formula = texts(attribution.metric.span);
    let place = super::measure::place_of(&attribution.origin);
    let mut labels: Vec<&str> = attribution.lines.iter().map(|l| l.label.as_str()).collect();
    if attribution.method == AttributionMethod::OneAtATime {
        labels.push(INTERACTION);
    }
    for (number, day) in attributed.days.iter().enumerate() {
        let read = |members: &[usize]| {
            let sets = attribution.coalitions.iter().zip(&attributed.values);
            let found = sets.into_iter().find(|((set, _), _)| set == members);
            found.and_then(|(_, values)| values.get(number))
        };
        let base = Place::of(0, Reading::Day(*day));
        let whole: Vec<usize> = (0..attribution.lines.len()).collect();
        let Some(last) = read(&whole) else {
            return Err(vec![Diagnostic::error(
                codes::internal::INTERNAL,
                "an attribution without the run of its scenario",
            )]);
        };
        let unit = measures.unit(last, &attribution.metric.ty, base);
        let smallest = match last {
            Value::Money(_, currency) => 10i128.pow(currency.quantum_digits()),
            _ => 10i128.pow(PLACES),
        };
        let smallest = Rational::new(1, smallest).unwrap_or(Rational::ONE);
        let number_of = |members: &[usize]| read(members).and_then(Value::number).cloned();
        let parts = parted(attribution, &number_of, &smallest);
        let undefined = || {
            let why = match last {
                Value::Undefined(reason) => reason.reason(),
                _ => "the metric is undefined with some of the lines",
            };
            observe::Value::Undefined(why.to_owned())
        };
        let told = |value: Option<&Rational>| match value {
            Some(value) => observe::Value::Number(decimal(value)),
            None => undefined(),
        };
        let terms: Vec<Term> = labels
            .iter()
            .enumerate()
            .map(|(at, label)| Term {
                label: (*label).to_owned(),
                amount: told(parts.as_ref().and_then(|(_, parts)| parts.get(at))),
                unit: unit.clone(),
                metric: None,
                combine: Combine::Formula,
                terms: Vec::new(),
            })
            .collect();
        let total = told(parts.as_ref().map(|(total, _)| total));
        let mut tell = |member: &str, value: observe::Value, terms: Vec<Term>| {
            let unit = match &value {
                observe::Value::Number(_) => unit.clone(),
                observe::Value::Undefined(_) => "undefined".to_owned(),
            };
            observer.metric(MetricRecord {
                key: MetricKey {
                    exercise: exercise.heading.name.clone(),
                    scenario: attribution.scenario.0.clone(),
                    date: measures
                        .date(base)
                        .map_or_else(String::new, |d| d.to_string()),
                    metric: attribution.name.clone(),
                    dimension: "line".to_owned(),
                    member: member.to_owned(),
                },
                value,
                unit,
                reported: true,
                place: place.clone(),
                formula: formula.clone(),
                combine: if terms.is_empty() {
                    Combine::Formula
                } else {
                    Combine::Sum
                },
                terms,
                skipped: 0,
            });
        };
        for term in &terms {
            tell(&term.label, term.amount.clone(), Vec::new());
        }
        tell(TOTAL, total, terms.clone());
    }
    Ok(())
}
