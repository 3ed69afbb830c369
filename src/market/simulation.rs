//! Simulated paths of curves: one factor of Hull and White fitted to each curve of the book's date, or changes drawn from a
//! history. A path is a function of the day, whatever the calendars of the exercise.

use super::data::MarketData;
use super::random::{normal, uniform};
use super::source::{Reading, with_span};
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{PathModel, PathsDefinition};
use crate::quantity::Currency;
use std::collections::BTreeMap;

/// Days of a year in which the factors count time.
const YEAR: f64 = 365.0;

/// The paths of a scenario, made ready: any one of them can be drawn alone.
#[derive(Clone, Debug)]
pub struct Simulation {
    seed: u64,
    /// The book's date.
    date: Date,
    /// The days that a path is drawn for.
    days: u32,
    /// The factor of each root of the market; spreads have none.
    factor_of: Vec<Option<usize>>,
    model: Model,
}

#[derive(Clone, Debug)]
enum Model {
    HullWhite {
        factors: Vec<HullWhite>,
        /// Of each two factors.
        correlation: f64,
    },
    History {
        histories: Vec<History>,
        /// The days, from the book's date, on which drawn changes are complete.
        steps: Vec<u32>,
        block: u32,
    },
}

/// dx = (y(t) - a x) dt + s dW, the short rate less its forward of the book's date.
#[derive(Clone, Copy, Debug)]
struct HullWhite {
    /// a, a year.
    reversion: f64,
    /// s, of a year.
    volatility: f64,
}

/// Changes of zero rates from one row of the history to the next, at its tenors.
#[derive(Clone, Debug)]
struct History {
    times: Vec<f64>,
    changes: Vec<Vec<f64>>,
}

/// One path: what it adds to the forwards of the book's date.
#[derive(Clone, Debug)]
pub struct Motion {
    date: Date,
    factor_of: Vec<Option<usize>>,
    drawn: Vec<Drawn>,
}

#[derive(Clone, Debug)]
enum Drawn {
    HullWhite {
        factor: HullWhite,
        /// x by day.
        states: Vec<f64>,
    },
    History {
        times: Vec<f64>,
        steps: Vec<u32>,
        /// The sum of the changes up to each step, the first at nothing.
        levels: Vec<Vec<f64>>,
    },
}

impl Simulation {
    /// Makes the paths of a definition ready for a market, up to `last`.
    ///
    /// # Errors
    /// A parameter that has no value or lies out of range, a correlation that is missing, a history that does not fit.
    pub fn new(
        definition: &PathsDefinition,
        data: &MarketData,
        reading: &Reading<'_>,
        last: Date,
    ) -> Result<Self, Diagnostic> {
        let at = |diagnostic| with_span(diagnostic, definition.origin.span);
        let mut currencies: Vec<Currency> = Vec::new();
        for root in data.roots.iter().filter(|root| !root.is_spread) {
            if !currencies.contains(&root.currency) {
                currencies.push(root.currency);
            }
        }
        let factor_of = data
            .roots
            .iter()
            .map(|root| {
                let factor = currencies.iter().position(|c| *c == root.currency);
                factor.filter(|_| !root.is_spread)
            })
            .collect();
        let days = u32::try_from(last.days_since(data.date).max(0)).unwrap_or(0);
        let model = match &definition.model {
            PathModel::HullWhite {
                mean_reversion,
                volatility,
                correlation,
            } => {
                let mut factors = Vec::new();
                for currency in &currencies {
                    let factor = HullWhite {
                        reversion: reading.number(mean_reversion, Some(*currency))?,
                        volatility: reading.number(volatility, Some(*currency))?,
                    };
                    if !(factor.reversion > 0.0 && factor.volatility >= 0.0) {
                        return Err(at(Diagnostic::error(
                            codes::market::PATHS,
                            format!(
                                "the factor of {currency} has a mean reversion of {} and a volatility of {}",
                                factor.reversion, factor.volatility
                            ),
                        )
                        .help("mean reversion is above 0, volatility is not below it")));
                    }
                    factors.push(factor);
                }
                let correlation = match correlation {
                    Some(correlation) => reading.number(correlation, None)?,
                    None if factors.len() < 2 => 0.0,
                    None => {
                        let named: Vec<String> =
                            currencies.iter().map(ToString::to_string).collect();
                        return Err(at(Diagnostic::error(
                            codes::market::PATHS,
                            format!(
                                "the market has curves in {}, and nothing says how they move together",
                                named.join(", ")
                            ),
                        )
                        .help("add `correlation = 80%` to `paths(…)`: it holds between each two of them")));
                    }
                };
                if !(0.0..=1.0).contains(&correlation) {
                    return Err(at(Diagnostic::error(
                        codes::market::PATHS,
                        format!(
                            "a correlation of {correlation} does not hold between each two factors"
                        ),
                    )
                    .help("it lies between 0% and 100%")));
                }
                Model::HullWhite {
                    factors,
                    correlation,
                }
            }
            PathModel::HistoricalBootstrap {
                history,
                every,
                block,
            } => {
                let histories = read_history(
                    history,
                    &currencies,
                    data,
                    reading,
                    *block,
                    definition.origin.span,
                )
                .map_err(at)?;
                let steps = steps(data.date, *every, days).map_err(at)?;
                Model::History {
                    histories,
                    steps,
                    block: *block,
                }
            }
        };
        Ok(Self {
            seed: definition.seed,
            date: data.date,
            days,
            factor_of,
            model,
        })
    }

    /// One path, by its number from 1 on.
    pub fn path(&self, number: u32) -> Motion {
        let drawn = match &self.model {
            Model::HullWhite {
                factors,
                correlation,
            } => {
                let several = factors.len() > 1 && *correlation > 0.0;
                let (common, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
                let shared: Vec<f64> = if several {
                    (1..=self.days)
                        .map(|day| normal(self.seed, number, 0, day))
                        .collect()
                } else {
                    Vec::new()
                };
                factors
                    .iter()
                    .zip(1u32..)
                    .map(|(factor, key)| {
                        let draw = |day: u32| {
                            let mine = normal(self.seed, number, key, day);
                            match shared.get(day as usize - 1) {
                                Some(shared) => common * shared + own * mine,
                                None => mine,
                            }
                        };
                        Drawn::HullWhite {
                            factor: *factor,
                            states: factor.states(self.days, draw),
                        }
                    })
                    .collect()
            }
            Model::History {
                histories,
                steps,
                block,
            } => {
                let rows = histories.first().map_or(0, |h| h.changes.len());
                let chosen = chosen(self.seed, number, rows, steps.len(), *block);
                histories
                    .iter()
                    .map(|history| Drawn::History {
                        times: history.times.clone(),
                        steps: steps.clone(),
                        levels: history.levels(&chosen),
                    })
                    .collect()
            }
        };
        Motion {
            date: self.date,
            factor_of: self.factor_of.clone(),
            drawn,
        }
    }
}

impl HullWhite {
    /// x on each day from the book's date on: exact steps of a day of the Gaussian part, its mean on top.
    fn states(self, days: u32, draw: impl Fn(u32) -> f64) -> Vec<f64> {
        let (a, s) = (self.reversion, self.volatility);
        let keep = libm::exp(-a / YEAR);
        let spread = s * (-libm::expm1(-2.0 * a / YEAR) / (2.0 * a)).sqrt();
        let mut states = vec![0.0];
        let mut gaussian = 0.0;
        for day in 1..=days {
            gaussian = gaussian * keep + spread * draw(day);
            let grown = -libm::expm1(-a * f64::from(day) / YEAR) / a;
            states.push(gaussian + 0.5 * s * s * grown * grown);
        }
        states
    }

    /// What the state adds to minus the logarithm of the discount factor from `time` years on, over `term` years: the curve that
    /// the model has then, over the forward curve of the book's date (Hull and White 1990; Brigo and Mercurio, 3.3.2).
    fn integrated(self, state: f64, time: f64, term: f64) -> f64 {
        let (a, s) = (self.reversion, self.volatility);
        let b = -libm::expm1(-a * term) / a;
        let variance = s * s * -libm::expm1(-2.0 * a * time) / (2.0 * a);
        b * state + 0.5 * b * b * variance
    }
}

impl History {
    fn levels(&self, chosen: &[usize]) -> Vec<Vec<f64>> {
        let mut level = vec![0.0; self.times.len()];
        let mut levels = vec![level.clone()];
        for row in chosen {
            if let Some(changes) = self.changes.get(*row) {
                for (sum, change) in level.iter_mut().zip(changes) {
                    *sum += change;
                }
            }
            levels.push(level.clone());
        }
        levels
    }
}

/// The rows of the history that a path draws: runs of `block` rows that follow each other, each begun at random.
fn chosen(seed: u64, path: u32, rows: usize, steps: usize, block: u32) -> Vec<usize> {
    let length = (block.max(1)) as usize;
    let starts = (rows + 1).saturating_sub(length);
    (0..steps)
        .map(|step| {
            let (run, place) = (step / length, step % length);
            let draw = uniform(seed, path, 0, u32::try_from(run).unwrap_or(u32::MAX));
            let start = (draw * starts as f64) as usize;
            start.min(starts.saturating_sub(1)) + place
        })
        .collect()
}

/// The days on which the steps of a history are complete, up to the first at or beyond the last day.
fn steps(date: Date, every: Tenor, days: u32) -> Result<Vec<u32>, Diagnostic> {
    let mut steps = Vec::new();
    let mut count = 1;
    loop {
        let end = every
            .times(count)
            .and_then(|term| term.point_after(date).ok());
        let day = end.map_or(0, |end| end.days_since(date));
        let day = u32::try_from(day).unwrap_or(0);
        if day == 0 {
            return Err(Diagnostic::error(
                codes::market::PATHS,
                "`every` of `paths(…)` is no time at all",
            )
            .help("it is the time between two rows of the history: `every = 1M`"));
        }
        steps.push(day);
        if day >= days {
            return Ok(steps);
        }
        count += 1;
    }
}

/// The changes of a file `date,tenor,value` (and `currency`, where the market has curves in several) for each currency.
fn read_history(
    path: &str,
    currencies: &[Currency],
    data: &MarketData,
    reading: &Reading<'_>,
    block: u32,
    span: Option<Span>,
) -> Result<Vec<History>, Diagnostic> {
    let unfit = |message: String, help: &str| {
        Err(Diagnostic::error(codes::market::PATHS, message).help(help))
    };
    let rows = reading.history(path, currencies.len() > 1, span)?;
    let mut histories = Vec::new();
    for currency in currencies {
        let mut by_date: BTreeMap<Date, BTreeMap<Date, f64>> = BTreeMap::new();
        for row in rows
            .iter()
            .filter(|row| row.currency.is_none_or(|c| c == *currency))
        {
            let end = row
                .tenor
                .after(data.date)
                .map_err(|error| Diagnostic::error(codes::market::PATHS, error.to_string()))?;
            by_date.entry(row.date).or_default().insert(end, row.value);
        }
        let mut curves = by_date.into_iter();
        let Some((first, mut before)) = curves.next() else {
            return unfit(
                format!("`{path}` has no rows of {currency}"),
                "each currency with a curve needs its history",
            );
        };
        let nodes: Vec<Date> = before.keys().copied().collect();
        let mut changes = Vec::new();
        for (date, curve) in curves {
            if !curve.keys().eq(nodes.iter()) {
                return unfit(
                    format!("`{path}` has other tenors of {currency} on {date} than on {first}"),
                    "every date of the history has the same tenors",
                );
            }
            changes.push(
                curve
                    .values()
                    .zip(before.values())
                    .map(|(now, then)| now - then)
                    .collect(),
            );
            before = curve;
        }
        if changes.len() < (block.max(1)) as usize || changes.len() < 2 {
            return unfit(
                format!(
                    "`{path}` has {} changes of {currency}: too few to draw runs of {block} from",
                    changes.len()
                ),
                "give a longer history, or a shorter `block`",
            );
        }
        histories.push(History {
            times: nodes
                .iter()
                .map(|end| f64::from(end.days_since(data.date)) / YEAR)
                .collect(),
            changes,
        });
    }
    if histories
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.changes.len() != b.changes.len()))
    {
        return unfit(
            format!("`{path}` has not the same dates for each currency"),
            "a drawn change is of one date for all currencies, so that they move together as they did",
        );
    }
    Ok(histories)
}

impl Motion {
    /// What the path adds to minus the logarithm of the discount factor of a root, on `day` up to `to`.
    pub fn integrated(&self, root: usize, day: Date, to: Date) -> f64 {
        let Some(drawn) = self
            .factor_of
            .get(root)
            .copied()
            .flatten()
            .and_then(|factor| self.drawn.get(factor))
        else {
            return 0.0;
        };
        let elapsed = day.days_since(self.date);
        if elapsed <= 0 {
            return 0.0;
        }
        let term = f64::from(to.days_since(day)) / YEAR;
        match drawn {
            Drawn::HullWhite { factor, states } => {
                let place = usize::try_from(elapsed).unwrap_or(0).min(states.len() - 1);
                let state = states.get(place).copied().unwrap_or(0.0);
                factor.integrated(state, f64::from(elapsed) / YEAR, term)
            }
            Drawn::History {
                times,
                steps,
                levels,
            } => term * history_shift(times, steps, levels, elapsed, term),
        }
    }
}

/// The shift of a zero rate of a term on a day: linear by days between two steps, linear between tenors, flat beyond.
fn history_shift(
    times: &[f64],
    steps: &[u32],
    levels: &[Vec<f64>],
    elapsed: i32,
    term: f64,
) -> f64 {
    let elapsed = u32::try_from(elapsed).unwrap_or(0);
    let right = steps.partition_point(|step| *step < elapsed);
    let at = |place: usize| -> f64 {
        levels
            .get(place)
            .map_or(0.0, |level| between(times, level, term))
    };
    let Some(end) = steps.get(right) else {
        return at(steps.len());
    };
    let start = right
        .checked_sub(1)
        .and_then(|left| steps.get(left))
        .copied()
        .unwrap_or(0);
    let share = f64::from(elapsed - start) / f64::from(end - start);
    at(right) + share * (at(right + 1) - at(right))
}

fn between(times: &[f64], values: &[f64], time: f64) -> f64 {
    let value = |place: usize| values.get(place).copied().unwrap_or(0.0);
    let right = times.partition_point(|t| *t < time);
    match (
        right.checked_sub(1).and_then(|left| times.get(left)),
        times.get(right),
    ) {
        (None, _) => value(0),
        (Some(_), None) => value(times.len() - 1),
        (Some(t0), Some(t1)) => {
            let share = (time - t0) / (t1 - t0);
            value(right - 1) + share * (value(right) - value(right - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::root::Part;
    use super::super::{ScenarioMarket, tests::data};
    use super::*;
    use crate::calendar::DayCount;
    use crate::plan::RatesAssumption;
    use std::sync::Arc;

    fn curve() -> MarketData {
        data("2026-09-30", DayCount::Act365, vec![Part::Flat(0.03)])
    }

    fn simulation(data: &MarketData, reversion: f64, volatility: f64, days: u32) -> Simulation {
        Simulation {
            seed: 20_260_930,
            date: data.date,
            days,
            factor_of: vec![Some(0)],
            model: Model::HullWhite {
                factors: vec![HullWhite {
                    reversion,
                    volatility,
                }],
                correlation: 0.0,
            },
        }
    }

    /// The mean and its standard error.
    fn mean(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }

    /// The fit to the curve: money rolled over day by day, and a bond bought with it on the way, cost on average what the curve says.
    #[test]
    fn discount_factors_of_the_paths_are_those_of_the_curve_on_average() {
        let data = curve();
        let forwards = ScenarioMarket::new(&data, RatesAssumption::Forwards);
        let days = 2 * 365;
        let end = data.date.add_days(days).unwrap();
        let far = data.date.add_days(10 * 365).unwrap();
        let first = |to: Date| {
            let curve = forwards.discount_curve(Currency::EUR, data.date).unwrap();
            curve.discount(to).unwrap()
        };
        let simulation = simulation(&data, 0.05, 0.02, days as u32);
        let (mut rolled, mut bought) = (Vec::new(), Vec::new());
        for number in 1..=400 {
            let moving = forwards.clone().moving(Arc::new(simulation.path(number)));
            let at = |day: Date| moving.discount_curve(Currency::EUR, day).unwrap();
            let mut price = 1.0;
            for day in 0..days {
                let today = data.date.add_days(day).unwrap();
                price *= at(today).discount(today.add_days(1).unwrap()).unwrap();
            }
            rolled.push(price);
            bought.push(price * at(end).discount(far).unwrap());
        }
        for (values, to) in [(rolled, end), (bought, far)] {
            let (mean, error) = mean(&values);
            let off = (mean - first(to)).abs();
            assert!(
                off < 4.0 * error && error > 1e-5,
                "{mean} {} {error}",
                first(to)
            );
        }
    }

    #[test]
    fn a_path_alone_is_the_path_of_the_batch_i40() {
        let data = curve();
        let simulation = simulation(&data, 0.03, 0.009, 400);
        let to = data.date.add_days(900).unwrap();
        let day = data.date.add_days(365).unwrap();
        let batch: Vec<f64> = (1..=1000)
            .map(|number| simulation.path(number).integrated(0, day, to))
            .collect();
        for number in [1, 17, 1000] {
            let alone = simulation.path(number).integrated(0, day, to);
            assert_eq!(alone.to_bits(), batch[number as usize - 1].to_bits());
        }
        // A longer run has the same path on the days of the shorter one.
        let longer = super::tests::simulation(&data, 0.03, 0.009, 4_000);
        assert_eq!(longer.path(17).integrated(0, day, to), batch[16]);
    }

    #[test]
    fn without_volatility_the_path_is_the_forwards() {
        let data = curve();
        let simulation = simulation(&data, 0.03, 0.0, 400);
        let (day, to) = (
            data.date.add_days(200).unwrap(),
            data.date.add_days(900).unwrap(),
        );
        assert_eq!(simulation.path(3).integrated(0, day, to), 0.0);
    }

    #[test]
    fn drawn_changes_add_up_and_are_linear_between() {
        let history = History {
            times: vec![1.0, 5.0],
            changes: vec![vec![0.001, 0.002], vec![-0.001, 0.0]],
        };
        let levels = history.levels(&[0, 0, 1]);
        assert_eq!(levels.len(), 4);
        let steps = [30, 60, 90];
        let shift = |day, term| history_shift(&history.times, &steps, &levels, day, term);
        assert!((shift(30, 1.0) - 0.001).abs() < 1e-15);
        assert!((shift(45, 1.0) - 0.0015).abs() < 1e-15);
        assert!((shift(60, 3.0) - 0.003).abs() < 1e-15);
        assert!((shift(90, 30.0) - 0.004).abs() < 1e-15);
        assert!((shift(500, 0.1) - 0.001).abs() < 1e-15);
        let rows = chosen(1, 1, 10, 20, 4);
        for run in rows.chunks(4) {
            assert!(run.windows(2).all(|pair| pair[1] == pair[0] + 1));
            assert!(run.iter().all(|row| *row < 10));
        }
    }
}
