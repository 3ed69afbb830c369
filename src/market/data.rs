//! The market of the book's date, loaded: what every scenario starts from.

use super::fixings::Fixings;
use super::levels::DatedValues;
use super::option::LoadedVolatility;
use super::root::{Composition, Root};
use crate::calendar::{BusinessCalendar, Date, DayCount, Tenor};
use crate::plan::{FactorName, Origin};
use crate::quantity::{Currency, Rational};
use crate::tabular::InputFile;
use indexmap::IndexMap;

/// Curves, indices, FX and series as the files and formulas give them, before any scenario.
#[derive(Clone, Debug)]
pub struct MarketData {
    /// The book's date: the day of the curves.
    pub date: Date,
    /// The book's currency.
    pub currency: Currency,
    /// What shocks of rates and spreads move.
    pub roots: Vec<Root>,
    /// Curves by name.
    pub curves: IndexMap<FactorName, Composition>,
    /// Discount curves by currency.
    pub discounts: IndexMap<Currency, Composition>,
    /// Indices by name.
    pub indices: IndexMap<FactorName, LoadedIndex>,
    /// Series by name.
    pub series: IndexMap<FactorName, DatedValues>,
    /// Values of a unit of a currency.
    pub fx: IndexMap<Currency, Quote>,
    /// Volatilities by index, or by the curve that an index is read from.
    pub volatilities: IndexMap<FactorName, LoadedVolatility>,
    /// Business calendars.
    pub calendars: IndexMap<Currency, BusinessCalendar>,
    /// Swap rates that a test gives.
    pub given_swap_rates: Vec<(Tenor, Option<FactorName>, f64)>,
    /// The files that were read.
    pub files: Vec<InputFile>,
}

/// An index.
#[derive(Clone, Debug)]
pub struct LoadedIndex {
    /// Its currency.
    pub currency: Currency,
    /// Its tenor; `None`: overnight, or the period that it is used for.
    pub tenor: Option<Tenor>,
    /// The day count of its rate: act/365 for sterling, act/360 elsewhere.
    pub daycount: DayCount,
    /// Where its rates come from.
    pub source: IndexSource,
    /// The root that moves stated levels with it.
    pub moves_with: Option<usize>,
    /// Its line.
    pub origin: Origin,
}

/// Where the rates of an index come from.
#[derive(Clone, Debug)]
pub enum IndexSource {
    /// Fixings up to the book's date, forwards of a curve after it.
    Forward {
        /// The curve, by name.
        curve: FactorName,
        /// Past fixings.
        fixings: Fixings,
    },
    /// Stated levels.
    Stated(DatedValues),
}

/// What one unit of a currency is worth.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The value.
    pub value: Rational,
    /// Its currency.
    pub in_currency: Currency,
}

impl LoadedIndex {
    /// Years of a period in the index's day count.
    pub fn years(&self, from: Date, to: Date) -> f64 {
        self.daycount.plain_fraction(from, to, None).to_f64()
    }
}

impl MarketData {
    /// The volatility of an index: its own, else that of the curve that it is read from.
    pub fn volatility(&self, index: &str) -> Option<&LoadedVolatility> {
        let of_curve = || match &self.indices.get(index)?.source {
            IndexSource::Forward { curve, .. } => self.volatilities.get(curve),
            IndexSource::Stated(_) => None,
        };
        self.volatilities.get(index).or_else(of_curve)
    }

    /// The swap rate that a test gives for a tenor.
    pub fn given_swap_rate(&self, tenor: Tenor, curve: Option<&str>) -> Option<f64> {
        self.given_swap_rates
            .iter()
            .find(|(given, named, _)| given.normal() == tenor.normal() && named.as_deref() == curve)
            .map(|(_, _, rate)| *rate)
    }
}
