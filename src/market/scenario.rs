//! The market of one run: curves, indices, FX and series on any day, as the scenario's shocks leave them.

use super::curve_of_day::{Bump, CurveOfDay};
use super::data::{IndexSource, LoadedIndex, MarketData};
use super::fault::{curve_diagnostic, missing_fixing, out_of_range};
use super::levels::{DatedValues, LevelCurves};
use super::par_rate::par_rate;
use super::path::LevelPath;
use super::shift::{Place, Shift};
use super::simulation::Motion;
use super::term_structure::CurveError;
use crate::calendar::{BusinessCalendar, Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::RatesAssumption;
use crate::quantity::{Currency, Rational, Unit15};
use indexmap::IndexMap;
use std::sync::Arc;

/// Discount factors, survival shares and levels are integers at this scale once they leave the market.
pub const UNIT: i64 = 1_000_000_000_000_000;

/// Shocks that struck on one day.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The day on which they struck.
    pub strike: Date,
    /// Shifts of roots, by root index.
    pub shifts: Vec<(usize, LevelPath<Shift>)>,
    /// Levels that replace roots, by root index.
    pub levels: Vec<(usize, LevelCurves)>,
    /// Shifts of indices.
    pub indices: IndexMap<String, IndexMove>,
    /// Moves of currencies.
    pub fx: IndexMap<Currency, FxMove>,
    /// Moves of series.
    pub series: IndexMap<String, SeriesMove>,
}

/// How a currency moves.
#[derive(Clone, Debug)]
pub enum FxMove {
    /// The value of a unit times (1 + x).
    Share(LevelPath<Rational>),
    /// Stated values of a unit, in the currency that the market quotes it in.
    Levels(DatedValues),
}

/// How an index moves.
#[derive(Clone, Debug)]
pub enum IndexMove {
    /// Adds.
    Add(LevelPath<Shift>),
    /// Replaces, from the first date on.
    Levels(DatedValues),
}

/// How a series moves.
#[derive(Clone, Debug)]
pub enum SeriesMove {
    /// Adds.
    Add(LevelPath<Rational>),
    /// Replaces.
    Levels(DatedValues),
}

/// The market under a scenario. Cheap to copy into a branch: data are shared.
#[derive(Clone, Debug)]
pub struct ScenarioMarket<'a> {
    data: &'a MarketData,
    rates: RatesAssumption,
    layers: Vec<Layer>,
    /// A simulated path of rates.
    motion: Option<Arc<Motion>>,
    /// The reading `start`: no shock has struck yet on the book's date.
    before_shocks: bool,
}

impl<'a> ScenarioMarket<'a> {
    /// A market on which nothing has struck yet.
    pub fn new(data: &'a MarketData, rates: RatesAssumption) -> Self {
        Self {
            data,
            rates,
            layers: Vec::new(),
            motion: None,
            before_shocks: false,
        }
    }

    /// The same market along a simulated path of rates.
    pub fn moving(mut self, motion: Arc<Motion>) -> Self {
        self.motion = Some(motion);
        self
    }

    /// The same market with shocks that strike on the layer's day, on top of those before.
    pub fn with(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The reading `start` of the book's date.
    pub fn before_shocks(mut self) -> Self {
        self.before_shocks = true;
        self
    }

    /// The same market without any shock.
    pub fn without_layers(mut self) -> Self {
        self.layers.clear();
        self
    }

    /// The data of the book's date.
    pub fn data(&self) -> &'a MarketData {
        self.data
    }

    /// The business calendar of a currency; without one every day is a business day.
    pub fn calendar(&self, currency: Currency) -> &'a BusinessCalendar {
        self.data
            .calendars
            .get(&currency)
            .unwrap_or(&BusinessCalendar::None)
    }

    /// The discount curve of a currency as it stands on `day`.
    ///
    /// # Errors
    /// Where the market names none.
    pub fn discount_curve(
        &self,
        currency: Currency,
        day: Date,
    ) -> Result<CurveOfDay<'_, 'a>, Diagnostic> {
        let Some(curve) = self.data.discounts.get(&currency) else {
            return Err(Diagnostic::error(
                codes::market::NO_DISCOUNT_CURVE,
                format!("the market has no discount curve of {currency}"),
            )
            .help(format!(
                "add a line `discount {currency} = …` to the market"
            )));
        };
        Ok(CurveOfDay {
            market: self,
            curve,
            day,
            bump: Bump::None,
        })
    }

    /// A curve by name as it stands on `day`.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn curve(&self, name: &str, day: Date) -> Result<CurveOfDay<'_, 'a>, Diagnostic> {
        let Some(curve) = self.data.curves.get(name) else {
            return Err(Diagnostic::error(
                codes::market::NO_CURVE,
                format!("the market has no curve `{name}`"),
            ));
        };
        Ok(CurveOfDay {
            market: self,
            curve,
            day,
            bump: Bump::None,
        })
    }

    /// Zero rate times years of one root on `day` up to `to`, with every layer.
    pub(super) fn root_yield(
        &self,
        index: usize,
        day: Date,
        to: Date,
        bump: Bump,
    ) -> Result<f64, Diagnostic> {
        let Some(root) = self.data.roots.get(index) else {
            return Ok(0.0);
        };
        let valued = self.data.date;
        let time = root.years(day, to);
        let beyond = |error: CurveError| curve_diagnostic(&root.name, &error, &root.origin);
        if time <= 0.0 {
            return Ok(0.0);
        }
        let unshocked = || -> Result<f64, Diagnostic> {
            match self.rates {
                // Forwards are realised: what is left of the first curve from this day on.
                RatesAssumption::Forwards | RatesAssumption::Paths if day > valued => {
                    let (near, far) = (root.years(valued, day), root.years(valued, to));
                    Ok(root.zero(far, valued).map_err(beyond)? * far
                        - root.zero(near, valued).map_err(beyond)? * near)
                }
                _ => Ok(root.zero(time, valued).map_err(beyond)? * time),
            }
        };
        let mut integrated = None;
        if !self.before_shocks {
            for layer in &self.layers {
                for (_, levels) in layer.levels.iter().filter(|(shocked, _)| *shocked == index) {
                    if let Some(zero) = levels.zero(layer.strike, day, time).map_err(beyond)? {
                        integrated = Some(zero * time);
                    }
                }
            }
        }
        let mut integrated = match integrated {
            Some(integrated) => integrated,
            None => unshocked()? + self.moved(index, day, to),
        };
        if !self.before_shocks {
            for layer in self.layers.iter().filter(|layer| layer.strike <= day) {
                for (_, path) in layer.shifts.iter().filter(|(shocked, _)| *shocked == index) {
                    let place = Place {
                        day,
                        strike: layer.strike,
                        time,
                        zero: integrated / time,
                    };
                    integrated += path.shift_at(place) * time;
                }
            }
        }
        if !root.is_spread {
            integrated += bump.shift(time) * time;
        }
        if integrated.is_finite() {
            Ok(integrated)
        } else {
            Err(beyond(CurveError::NotPositive))
        }
    }

    /// What the simulated path adds to zero rate times years of a root.
    fn moved(&self, root: usize, day: Date, to: Date) -> f64 {
        let motion = self.motion.as_ref();
        motion.map_or(0.0, |motion| motion.integrated(root, day, to))
    }

    /// The rate of an index for a period that it is fixed for on `fixing`, as seen on `day`, a fraction a year.
    /// Fixings up to the book's date come from the file; later ones are forwards of the curve as it stands on the
    /// fixing day or on `day`, whichever is earlier.
    ///
    /// # Errors
    /// A missing fixing, index or curve, by name and day.
    pub fn index_rate(
        &self,
        name: &str,
        fixing: Date,
        period: Option<Tenor>,
        day: Date,
        bump: Bump,
    ) -> Result<f64, Diagnostic> {
        let Some(index) = self.data.indices.get(name) else {
            return Err(Diagnostic::error(
                codes::market::NO_INDEX,
                format!("the market has no index `{name}`"),
            ));
        };
        let seen = fixing.min(day).max(self.data.date);
        let mut rate = match &index.source {
            IndexSource::Stated(path) => {
                path.on(fixing).ok_or_else(|| missing_fixing(name, fixing, &index.origin))?.to_f64()
            }
            // On the book's date itself an index is read from its curve where it has no file of fixings; an overnight rate, which
            // is published on the day after, also until the file has it.
            IndexSource::Forward { fixings, .. }
                if fixing < self.data.date
                    || (fixing == self.data.date
                        && fixings.is_stated()
                        && !(is_overnight(index, period) && fixings.on(fixing).is_none())) =>
            {
                fixings.on(fixing).ok_or_else(|| {
                    let missing = missing_fixing(name, fixing, &index.origin);
                    if fixings.is_stated() {
                        missing
                    } else {
                        missing.help(format!("`fixings = \"…\"` in the line of `{name}` names the file of past fixings"))
                    }
                })?
            }
            IndexSource::Forward { curve, .. } => {
                let tenor = index.tenor.or(period).unwrap_or(Tenor::days(1));
                let end = tenor.after(fixing).map_err(|error| out_of_range(name, &error))?;
                let curve = self.curve(curve, seen)?.bumped(bump);
                let growth = libm::exp(curve.integrated(end)? - curve.integrated(fixing)?) - 1.0;
                growth / index.years(fixing, end)
            }
        };
        if let (IndexSource::Stated(_), Some(root)) = (&index.source, index.moves_with)
            && let Ok(to) = seen.add_days(91)
            && fixing > self.data.date
        {
            rate += self.moved(root, seen, to) * 365.0 / 91.0;
        }
        let historic =
            fixing <= self.data.date && matches!(index.source, IndexSource::Forward { .. });
        if !self.before_shocks && !historic {
            for layer in self.layers.iter().filter(|layer| layer.strike <= seen) {
                match layer.indices.get(name) {
                    Some(IndexMove::Add(path)) => {
                        rate += path.shift_at(Place {
                            day: seen,
                            strike: layer.strike,
                            time: 0.0,
                            zero: rate,
                        });
                    }
                    Some(IndexMove::Levels(levels)) => {
                        rate = levels.on(fixing).map_or(rate, |level| level.to_f64())
                    }
                    None => {}
                }
                // A stated path moves with the shocks of the curve that the index would be read from.
                if let (IndexSource::Stated(_), Some(root)) = (&index.source, index.moves_with) {
                    for (_, path) in layer.shifts.iter().filter(|(shocked, _)| *shocked == root) {
                        if fixing > self.data.date {
                            rate += path.shift_at(Place {
                                day: seen,
                                strike: layer.strike,
                                time: 0.25,
                                zero: rate,
                            });
                        }
                    }
                }
            }
        }
        Ok(rate)
    }

    /// `swap_rate(tenor)` of a curve on `day`: (1 - P(T)) / sum(accrual * P(t)), yearly dates counted back from T with
    /// a short first stub, act/365, unadjusted; up to a year (1/P - 1)/accrual. Before the customer's margin.
    ///
    /// # Errors
    /// A missing curve, or a tenor beyond its pillars.
    pub fn swap_rate(
        &self,
        currency: Currency,
        curve: Option<&str>,
        tenor: Tenor,
        day: Date,
    ) -> Result<f64, Diagnostic> {
        if let Some(given) = self.data.given_swap_rate(tenor, curve) {
            return Ok(given + self.parallel_part(currency, curve, tenor, day)?);
        }
        let curve = match curve {
            Some(name) => self.curve(name, day)?,
            None => self.discount_curve(currency, day)?,
        };
        par_rate(day, tenor, &|to| curve.discount(to))
    }

    /// What the shocks add at a tenor, for a rate that a test gives.
    fn parallel_part(
        &self,
        currency: Currency,
        curve: Option<&str>,
        tenor: Tenor,
        day: Date,
    ) -> Result<f64, Diagnostic> {
        let composition = match curve {
            Some(name) => self.data.curves.get(name),
            None => self.data.discounts.get(&currency),
        };
        let to = tenor
            .after(day)
            .map_err(|error| out_of_range("swap_rate", &error))?;
        let mut shift = 0.0;
        for &index in composition.map_or(&[][..], |composition| &composition.roots) {
            let years = self
                .data
                .roots
                .get(index)
                .map_or(0.0, |root| root.years(day, to));
            if years > 0.0 {
                shift += self.moved(index, day, to) / years;
            }
            for layer in self
                .layers
                .iter()
                .filter(|layer| layer.strike <= day && !self.before_shocks)
            {
                for (_, path) in layer.shifts.iter().filter(|(shocked, _)| *shocked == index) {
                    shift += path.shift_at(Place {
                        day,
                        strike: layer.strike,
                        time: years,
                        zero: 0.0,
                    });
                }
            }
        }
        Ok(shift)
    }

    /// What one unit of `currency` is worth in the book's currency on `day`.
    ///
    /// # Errors
    /// Where the market has no rate.
    pub fn fx(&self, currency: Currency, day: Date) -> Result<Rational, Diagnostic> {
        if currency == self.data.currency {
            return Ok(Rational::ONE);
        }
        let Some(quote) = self.data.fx.get(&currency) else {
            return Err(Diagnostic::error(
                codes::market::NO_FX,
                format!(
                    "the market has no value of {currency} in {}",
                    self.data.currency
                ),
            )
            .help(format!(
                "add a line `fx {currency} = … {}` to the market",
                self.data.currency
            )));
        };
        let mut value = quote.value.clone();
        if !self.before_shocks {
            for layer in self.layers.iter().filter(|layer| layer.strike <= day) {
                match layer.fx.get(&currency) {
                    Some(FxMove::Share(path)) => {
                        value = value * (Rational::ONE + rational_level(path, layer.strike, day))
                    }
                    Some(FxMove::Levels(path)) => {
                        if let Some(level) = path.on(day) {
                            value = level;
                        }
                    }
                    None => {}
                }
            }
        }
        if quote.in_currency == self.data.currency {
            return Ok(value);
        }
        Ok(value * self.fx(quote.in_currency, day)?)
    }

    /// The level of a series or index on `day`, as a formula reads it by its name.
    ///
    /// # Errors
    /// Where the market has neither, or no level for that day.
    pub fn factor(&self, name: &str, day: Date) -> Result<Rational, Diagnostic> {
        if self.data.series.contains_key(name) || !self.data.indices.contains_key(name) {
            return self.series(name, day);
        }
        let rate = self.index_rate(name, day, None, day, Bump::None)?;
        Rational::from_f64_rounded(rate).map_err(|_| {
            Diagnostic::error(
                codes::market::NOT_FINITE,
                format!("`{name}` has no finite level on {day}"),
            )
        })
    }

    /// The level of a series on `day`.
    ///
    /// # Errors
    /// Where the market has none of that name, or no level for that day.
    pub fn series(&self, name: &str, day: Date) -> Result<Rational, Diagnostic> {
        let Some(series) = self.data.series.get(name) else {
            return Err(Diagnostic::error(
                codes::market::NO_SERIES,
                format!("the market has no series `{name}`"),
            ));
        };
        let mut value = series.on(day);
        if !self.before_shocks {
            for layer in self.layers.iter().filter(|layer| layer.strike <= day) {
                match layer.series.get(name) {
                    Some(SeriesMove::Add(path)) => {
                        value = value.map(|value| value + rational_level(path, layer.strike, day));
                    }
                    Some(SeriesMove::Levels(path)) => value = path.on(day).or(value),
                    None => {}
                }
            }
        }
        value.ok_or_else(|| {
            Diagnostic::error(
                codes::market::NO_LEVEL,
                format!("the series `{name}` has no level on {day}"),
            )
        })
    }
}

/// The level of a path of numbers on a day, rounded to 1e-15.
pub fn rational_level(path: &LevelPath<Rational>, strike: Date, day: Date) -> Rational {
    let Some(blend) = path.blend(strike, day) else {
        return Rational::ZERO;
    };
    if blend.weight_units >= blend.weight_of {
        return blend.after.clone();
    }
    let before = blend.before.cloned().unwrap_or_default();
    let Ok(share) = Rational::new(i128::from(blend.weight_units), i128::from(blend.weight_of))
    else {
        return before;
    };
    let level = before.clone() + (blend.after.clone() - before) * share;
    Unit15::from_rational(&level).map_or(level, Unit15::to_rational)
}

/// Whether the index is read for single days: no tenor of its own, and a period of at most a long weekend.
fn is_overnight(index: &LoadedIndex, period: Option<Tenor>) -> bool {
    let days = period.and_then(Tenor::in_days);
    index.tenor.is_none() && days.is_some_and(|days| days < 14)
}
