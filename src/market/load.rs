//! From the plan's market and its files to the market of the book's date.

use super::bootstrap::{ParQuote, bootstrap};
use super::data::{IndexSource, LoadedIndex, MarketData, Quote};
use super::fault::curve_diagnostic;
use super::fixings::Fixings;
use super::levels::DatedValues;
use super::lower_shift::ShiftLowering;
use super::option::LoadedVolatility;
use super::par_rate::par_payments;
use super::plausible::{is_fraction, last_value_is_old, named_day_is_old};
use super::root::{Composition, Part, Root};
use super::source::{Reading, with_span};
use super::term_structure::{CurveError, TermStructure};
use crate::calendar::{BusinessCalendar, Date, DayCount};
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::Value;
use crate::plan::{
    CalendarDefinition, Compounding, CurveDefinition, CurveFile, FactorName, Givens, Index,
    IndexDefinition, Market, Origin, Quotes,
};
use crate::quantity::Currency;

/// Loads a market. What a test gives stands in place of what the market says.
///
/// # Errors
/// All that is missing or unusable, each with the line that names it.
pub fn load(
    market: Option<&Market>,
    givens: &Givens,
    reading: &Reading<'_>,
) -> (MarketData, Vec<Diagnostic>) {
    let mut loading = Loading {
        reading,
        data: MarketData {
            date: reading.date,
            currency: reading.currency,
            roots: Vec::new(),
            curves: Default::default(),
            discounts: Default::default(),
            indices: Default::default(),
            series: Default::default(),
            fx: Default::default(),
            volatilities: Default::default(),
            calendars: Default::default(),
            given_swap_rates: Vec::new(),
            files: Vec::new(),
        },
        diagnostics: Vec::new(),
    };
    let empty = Market::default();
    loading.market(market.unwrap_or(&empty), givens);
    loading.data.files = reading.files();
    (loading.data, loading.diagnostics)
}

pub(super) struct Loading<'a, 'b> {
    pub(super) reading: &'a Reading<'b>,
    pub(super) data: MarketData,
    diagnostics: Vec<Diagnostic>,
}

impl Loading<'_, '_> {
    fn market(&mut self, market: &Market, givens: &Givens) {
        for (currency, (definition, origin)) in &market.calendars {
            match self.calendar(definition, origin) {
                Ok(calendar) => {
                    self.data.calendars.insert(*currency, calendar);
                }
                Err(error) => self.diagnostics.push(error),
            }
        }
        for (name, curve) in &market.curves {
            let definition = givens.curves.get(name).unwrap_or(&curve.definition);
            let made = self.composition(
                name,
                curve.currency,
                curve.is_spread,
                definition,
                &curve.origin,
            );
            self.keep(made, |data, composition| {
                data.curves.insert(name.clone(), composition);
            });
        }
        for (name, definition) in &givens.curves {
            if !market.curves.contains_key(name) {
                let made = self.composition(
                    name,
                    self.data.currency,
                    false,
                    definition,
                    &Origin::default(),
                );
                self.keep(made, |data, composition| {
                    data.curves.insert(name.clone(), composition);
                });
            }
        }
        for (currency, (definition, origin)) in &market.discounts {
            let name = format!("discount {currency}");
            let made = self.composition(&name, *currency, false, definition, origin);
            self.keep(made, |data, composition| {
                data.discounts.insert(*currency, composition);
            });
        }
        for (name, (volatility, origin)) in &market.volatilities {
            let made = self
                .reading
                .rational(&volatility.value, None)
                .and_then(|value| LoadedVolatility::new(name, volatility.model, &value, origin));
            self.keep(made, |data, loaded| {
                data.volatilities.insert(name.clone(), loaded);
            });
        }
        for (name, index) in &market.indices {
            let made = self.index(index, givens.paths.get(name));
            self.keep(made, |data, loaded| {
                data.indices.insert(name.clone(), loaded);
            });
        }
        for (name, path) in &givens.paths {
            if !market.indices.contains_key(name) && !market.series.contains_key(name) {
                let made = DatedValues::read(self.reading, path);
                let currency = self.data.currency;
                self.keep(made, |data, levels| {
                    data.indices.insert(
                        name.clone(),
                        LoadedIndex {
                            currency,
                            tenor: None,
                            daycount: DayCount::Act360,
                            source: IndexSource::Stated(levels),
                            moves_with: None,
                            origin: Origin::default(),
                        },
                    );
                });
            }
        }
        for (name, (definition, origin)) in &market.series {
            let made =
                DatedValues::read(self.reading, givens.paths.get(name).unwrap_or(definition))
                    .map_err(|error| with_span(error, origin.span));
            self.keep(made, |data, levels| {
                data.series.insert(name.clone(), levels);
            });
        }
        let quotes = market
            .fx
            .iter()
            .filter(|(currency, _)| !givens.fx.contains_key(*currency));
        let quotes = quotes
            .map(|(currency, (value, _))| (currency, value))
            .chain(&givens.fx);
        for (currency, value) in quotes {
            match self.reading.value(value, Some(self.data.currency)) {
                Ok(Value::Money(amount, in_currency)) if amount.signum() > 0 => {
                    self.data.fx.insert(
                        *currency,
                        Quote {
                            value: amount,
                            in_currency,
                        },
                    );
                }
                Ok(_) => self.diagnostics.push(with_span(
                    Diagnostic::error(
                        codes::market::BAD_FX,
                        format!("the value of {currency} must be a positive amount"),
                    )
                    .help(format!(
                        "write what one unit is worth: `fx {currency} = 0.9214 EUR`"
                    )),
                    value.span,
                )),
                Err(error) => self.diagnostics.push(error),
            }
        }
        for (tenor, curve, rate) in &givens.swap_rates {
            match self.reading.number(rate, None) {
                Ok(rate) => self
                    .data
                    .given_swap_rates
                    .push((*tenor, curve.clone(), rate)),
                Err(error) => self.diagnostics.push(error),
            }
        }
        // What reads a curve that could not be made is not wrong itself.
        let data = &self.data;
        let unmade = |d: &Diagnostic| {
            let mut declared = market.curves.keys();
            d.code == codes::market::NO_CURVE
                && declared.any(|name| {
                    !data.curves.contains_key(name) && d.message.ends_with(&format!("`{name}`"))
                })
        };
        self.diagnostics.retain(|d| !unmade(d));
    }

    fn keep<T>(&mut self, made: Result<T, Diagnostic>, put: impl FnOnce(&mut MarketData, T)) {
        match made {
            Ok(value) => put(&mut self.data, value),
            Err(error) => self.diagnostics.push(error),
        }
    }

    /// A curve as a sum of roots: named ones, and one of its own for what it adds itself.
    fn composition(
        &mut self,
        name: &str,
        currency: Currency,
        is_spread: bool,
        definition: &CurveDefinition,
        origin: &Origin,
    ) -> Result<Composition, Diagnostic> {
        let mut composition = Composition::default();
        let mut root = Root {
            name: name.to_owned(),
            currency,
            is_spread,
            daycount: DayCount::Act365,
            parts: Vec::new(),
            origin: origin.clone(),
        };
        self.gather(definition, &mut composition, &mut root)?;
        if !root.parts.is_empty() {
            composition.roots.push(self.data.roots.len());
            self.data.roots.push(root);
        }
        Ok(composition)
    }

    fn gather(
        &mut self,
        definition: &CurveDefinition,
        composition: &mut Composition,
        root: &mut Root,
    ) -> Result<(), Diagnostic> {
        match definition {
            CurveDefinition::Named(other) => {
                let Some(named) = self.data.curves.get(other) else {
                    let missing = Diagnostic::error(
                        codes::market::NO_CURVE,
                        format!("the market has no curve or spread `{other}`"),
                    );
                    return Err(with_span(missing, root.origin.span));
                };
                composition.roots.extend(&named.roots);
            }
            CurveDefinition::Sum(parts) => {
                for part in parts {
                    self.gather(part, composition, root)?;
                }
            }
            CurveDefinition::Flat { rate, daycount } => {
                if root.parts.is_empty() {
                    root.daycount = *daycount;
                }
                root.parts
                    .push(Part::Flat(self.reading.number(rate, Some(root.currency))?));
            }
            CurveDefinition::Svensson(curve) => {
                if root.parts.is_empty() {
                    root.daycount = curve.daycount.unwrap_or(DayCount::Act365);
                }
                root.parts.push(Part::Svensson(self.svensson(curve, root)?));
            }
            CurveDefinition::SmithWilson(curve) => {
                let daycount = curve.daycount.unwrap_or(DayCount::Act365);
                if root.parts.is_empty() {
                    root.daycount = daycount;
                }
                let part = self.smith_wilson(curve, daycount, root)?;
                root.parts.push(Part::SmithWilson(part));
                let old = named_day_is_old(&curve.path, self.data.date, root.origin.span);
                self.diagnostics.extend(old);
            }
            CurveDefinition::Shift(shift) => {
                let lowering = ShiftLowering {
                    reading: self.reading,
                    currency: root.currency,
                };
                root.parts.push(Part::Shift(lowering.lower(shift)?));
            }
            CurveDefinition::File(file) => {
                let daycount = file.daycount.unwrap_or(DayCount::Act365);
                if root.parts.is_empty() {
                    root.daycount = daycount;
                }
                root.parts
                    .push(Part::Pillars(self.pillars(file, daycount, root)?));
                let old = named_day_is_old(&file.path, self.data.date, root.origin.span);
                self.diagnostics.extend(old);
            }
        }
        Ok(())
    }

    fn pillars(
        &self,
        file: &CurveFile,
        daycount: DayCount,
        root: &Root,
    ) -> Result<TermStructure, Diagnostic> {
        let span = root.origin.span;
        let date = self.data.date;
        let mut pillars = Vec::new();
        for (tenor, value) in self.reading.pillars(&file.path, span)? {
            if file.quotes != Quotes::DiscountFactors {
                is_fraction(&file.path, &format!("at {tenor}"), value)
                    .map_err(|error| with_span(error, span))?;
            }
            let to = tenor.after(date).map_err(|error| {
                with_span(
                    Diagnostic::error(
                        codes::market::BAD_TENOR,
                        format!("`{}`: {error}", file.path),
                    ),
                    span,
                )
            })?;
            pillars.push((to, value));
        }
        pillars.sort_by_key(|(to, _)| *to);
        if let Some(stated) = file
            .pillars
            .filter(|stated| *stated as usize != pillars.len())
        {
            return Err(with_span(
                Diagnostic::error(
                    codes::market::PILLAR_COUNT,
                    format!(
                        "`{}` has {} pillars, `pillars = {stated}` is stated",
                        file.path,
                        pillars.len()
                    ),
                )
                .help(
                    "a pillar is missing in the file, or the number in the text is to be changed",
                ),
                span,
            ));
        }
        let refuse = |error: CurveError| curve_diagnostic(&root.name, &error, &root.origin);
        let years = |to: Date| daycount.plain_fraction(date, to, None).to_f64();
        if file.quotes == Quotes::ParSwap {
            let mut quotes = Vec::with_capacity(pillars.len());
            for (to, rate) in pillars {
                let payments = par_payments(date, to).map_err(|error| {
                    with_span(
                        Diagnostic::error(
                            codes::market::BAD_TENOR,
                            format!("`{}`: {error}", file.path),
                        ),
                        span,
                    )
                })?;
                quotes.push(ParQuote {
                    maturity: years(to),
                    rate,
                    payments: payments
                        .into_iter()
                        .map(|(to, accrual)| (years(to), accrual))
                        .collect(),
                });
            }
            return bootstrap(&quotes, file.interpolate, file.extrapolate_flat).map_err(refuse);
        }
        let mut times = Vec::with_capacity(pillars.len());
        let mut zeros = Vec::with_capacity(pillars.len());
        for (to, value) in pillars {
            let time = years(to);
            let zero = match file.quotes {
                Quotes::DiscountFactors => {
                    if value <= 0.0 || time <= 0.0 {
                        return Err(refuse(CurveError::NotPositive));
                    }
                    -libm::log(value) / time
                }
                _ => continuous(
                    value,
                    file.compounding.unwrap_or(Compounding::Continuous),
                    time,
                ),
            };
            times.push(time);
            zeros.push(zero);
        }
        TermStructure::new(times, zeros, file.interpolate, file.extrapolate_flat).map_err(refuse)
    }

    fn index(
        &mut self,
        index: &Index,
        given: Option<&crate::plan::PathDefinition>,
    ) -> Result<LoadedIndex, Diagnostic> {
        let daycount = if index.currency.as_str() == "GBP" {
            DayCount::Act365
        } else {
            DayCount::Act360
        };
        let curve_root = match &index.definition {
            IndexDefinition::Forward { curve, .. } => self
                .data
                .curves
                .get(curve)
                .and_then(|composition| composition.roots.first().copied()),
            IndexDefinition::Path(_) => None,
        };
        let source = match (given, &index.definition) {
            (Some(path), _) | (None, IndexDefinition::Path(path)) => {
                IndexSource::Stated(DatedValues::read(self.reading, path)?)
            }
            (None, IndexDefinition::Forward { curve, fixings }) => {
                if !self.data.curves.contains_key(curve) {
                    let missing = Diagnostic::error(
                        codes::market::NO_CURVE,
                        format!("the market has no curve `{curve}`"),
                    );
                    return Err(with_span(missing, index.origin.span));
                }
                let fixings = match fixings {
                    Some(path) => {
                        let points = self.reading.dated(path, index.origin.span)?;
                        for (day, value) in &points {
                            is_fraction(path, &format!("on {day}"), value.to_f64())
                                .map_err(|error| with_span(error, index.origin.span))?;
                        }
                        let calendar = self
                            .data
                            .calendars
                            .get(&index.currency)
                            .cloned()
                            .unwrap_or_default();
                        Fixings::new(points, calendar)
                    }
                    None => Fixings::default(),
                };
                if let IndexDefinition::Forward {
                    fixings: Some(path),
                    ..
                } = &index.definition
                {
                    let old = fixings.last().and_then(|last| {
                        last_value_is_old(path, last, self.data.date, index.origin.span)
                    });
                    self.diagnostics.extend(old);
                }
                IndexSource::Forward {
                    curve: curve.clone(),
                    fixings,
                }
            }
        };
        Ok(LoadedIndex {
            currency: index.currency,
            tenor: index.tenor,
            daycount,
            source,
            moves_with: curve_root,
            origin: index.origin.clone(),
        })
    }

    fn calendar(
        &self,
        definition: &CalendarDefinition,
        origin: &Origin,
    ) -> Result<BusinessCalendar, Diagnostic> {
        match definition {
            CalendarDefinition::Named(name) => name.parse().map_err(|_| {
                with_span(
                    Diagnostic::error(codes::market::NO_CALENDAR, format!("`{name}` is no calendar"))
                        .help("calendars are TARGET, NEW_YORK, LONDON, WEEKENDS or `holidays(\"file.csv\")`"),
                    origin.span,
                )
            }),
            CalendarDefinition::Holidays(path) => {
                let table = self.reading.table(path, origin.span)?;
                let column = table.column("date").map_err(|error| with_span(error, origin.span))?;
                let days = (0..table.len())
                    .map(|row| match column.date(row) {
                        Ok(Some(day)) => Ok(day),
                        Ok(None) => Err(column.error(row, "is missing").diagnostic()),
                        Err(error) => Err(error.diagnostic()),
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(BusinessCalendar::Holidays(days.into()))
            }
        }
    }
}

/// A quoted zero rate as a continuously compounded one.
pub(super) fn continuous(rate: f64, compounding: Compounding, time: f64) -> f64 {
    match compounding {
        Compounding::Continuous => rate,
        Compounding::Annual => libm::log(1.0 + rate),
        Compounding::SemiAnnual => 2.0 * libm::log(1.0 + rate / 2.0),
        Compounding::Quarterly => 4.0 * libm::log(1.0 + rate / 4.0),
        Compounding::Simple => libm::log(1.0 + rate * time) / time,
    }
}

/// The tenor in the name of an index: `EURIBOR_3M` has three months.
pub fn tenor_of_name(name: &FactorName) -> Option<crate::calendar::Tenor> {
    name.rsplit('_').next().and_then(|tail| tail.parse().ok())
}
