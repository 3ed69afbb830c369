//! Loading curves that are formulas: their parameters from the text or a file.

use super::fault::curve_diagnostic;
use super::load::{Loading, continuous};
use super::par_rate::par_payments;
use super::parametric::{Payments, SmithWilson, Svensson};
use super::root::Root;
use super::source::{cell, with_span};
use super::term_structure::CurveError;
use crate::calendar::{Date, DayCount};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{
    Compounding, Expression, SmithWilsonCurve, SmithWilsonQuotes, SvenssonCurve, SvenssonParameters,
};
use crate::quantity::Rational;

/// The parameters in their order, as columns of a file.
const PARAMETERS: [&str; 6] = ["beta0", "beta1", "beta2", "beta3", "tau1", "tau2"];

impl Loading<'_, '_> {
    pub(super) fn svensson(
        &self,
        curve: &SvenssonCurve,
        root: &Root,
    ) -> Result<Svensson, Diagnostic> {
        let span = root.origin.span;
        let values = match &curve.parameters {
            SvenssonParameters::Stated(stated) => {
                let mut values = [0.0; 6];
                for (value, expression) in values.iter_mut().zip(stated.iter()) {
                    *value = self.reading.number(expression, Some(root.currency))?;
                }
                values
            }
            SvenssonParameters::File { path, unit } => {
                let unit = match unit {
                    Some(unit) => self.reading.number(unit, Some(root.currency))?,
                    None => 1.0,
                };
                let mut values = self.parameters_of(path, root)?;
                for beta in values.iter_mut().take(4) {
                    *beta *= unit;
                }
                values
            }
        };
        let [beta0, beta1, beta2, beta3, tau1, tau2] = values;
        for (name, years) in [("tau1", tau1), ("tau2", tau2)] {
            if years <= 0.0 {
                let message = format!(
                    "`{name}` of `{}` is {years}, a positive number of years is due",
                    root.name
                );
                return Err(with_span(
                    Diagnostic::error(codes::market::NOT_FINITE, message),
                    span,
                ));
            }
        }
        for (name, beta) in PARAMETERS.iter().zip([beta0, beta1, beta2, beta3]) {
            // betas of a fitted curve may be large where they balance each other, but the first is a rate
            if beta.abs() > if *name == "beta0" { 1.0 } else { 100.0 } {
                let message = format!("`{name}` of `{}` is {beta}, a fraction is due", root.name);
                return Err(with_span(
                    Diagnostic::error(codes::market::NOT_FINITE, message)
                        .help("a file in percent is read with `unit = 1%`"),
                    span,
                ));
            }
        }
        Ok(Svensson {
            beta0,
            beta1,
            beta2,
            beta3,
            tau1,
            tau2,
        })
    }

    /// The row of a file of parameters: that of the book's date where it has dates, else its only one.
    fn parameters_of(&self, path: &str, root: &Root) -> Result<[f64; 6], Diagnostic> {
        let span = root.origin.span;
        let table = self.reading.table(path, span)?;
        // the Federal Reserve writes `Date` and `BETA0`
        let column = |name: &str| {
            let loud = name.to_uppercase();
            let small = table.column(name);
            small.or_else(|error| table.column(&loud).map_err(|_| with_span(error, span)))
        };
        let dates = table.column("date").or_else(|_| table.column("Date")).ok();
        let row = match dates {
            Some(dates) => {
                let today = self.data.date;
                let is_today = |row: &usize| dates.date(*row).ok().flatten() == Some(today);
                (0..table.len()).find(is_today).ok_or_else(|| {
                    let message = format!("`{}` has no row of {today}", table.path);
                    with_span(
                        Diagnostic::error(codes::market::FILE_UNUSABLE, message).help(
                            "parameters are those of the book's date, never of a day near it",
                        ),
                        span,
                    )
                })?
            }
            None if table.len() == 1 => 0,
            None => {
                let message = format!(
                    "`{}` has {} rows and no column `date`",
                    table.path,
                    table.len()
                );
                return Err(with_span(
                    Diagnostic::error(codes::market::FILE_UNUSABLE, message),
                    span,
                ));
            }
        };
        let mut values = [0.0; 6];
        for (value, name) in values.iter_mut().zip(PARAMETERS) {
            let cells = column(name)?;
            let number = cell(&cells, row, cells.number(row));
            let number = number.map_err(|error| with_span(error, span))?;
            *value = Rational::from_decimal(number).to_f64();
        }
        Ok(values)
    }

    pub(super) fn smith_wilson(
        &self,
        curve: &SmithWilsonCurve,
        daycount: DayCount,
        root: &Root,
    ) -> Result<SmithWilson, Diagnostic> {
        let span = root.origin.span;
        let date = self.data.date;
        let number = |expression: &Expression| self.reading.number(expression, Some(root.currency));
        let (ultimate, alpha) = (number(&curve.ultimate)?, number(&curve.alpha)?);
        let refuse = |error: CurveError| curve_diagnostic(&root.name, &error, &root.origin);
        let bad = |error: crate::calendar::CalendarError| {
            let message = format!("`{}`: {error}", curve.path);
            with_span(Diagnostic::error(codes::market::BAD_TENOR, message), span)
        };
        let years = |to: Date| daycount.plain_fraction(date, to, None).to_f64();
        let mut pillars = Vec::new();
        for (tenor, value) in self.reading.pillars(&curve.path, span)? {
            if curve.quotes != SmithWilsonQuotes::Weights {
                super::plausible::is_fraction(&curve.path, &format!("at {tenor}"), value)
                    .map_err(|error| with_span(error, span))?;
            }
            // the weights of a publication are for whole years of its own
            let time = match (curve.quotes, tenor.in_months()) {
                (SmithWilsonQuotes::Weights, Some(months)) => f64::from(months) / 12.0,
                _ => years(tenor.after(date).map_err(bad)?),
            };
            pillars.push((tenor.after(date).map_err(bad)?, time, value));
        }
        pillars.sort_by_key(|(to, ..)| *to);
        let instruments = match curve.quotes {
            SmithWilsonQuotes::Weights => {
                let weights = pillars.iter().map(|(_, time, value)| (*time, *value));
                return SmithWilson::with_weights(ultimate, alpha, weights.collect())
                    .map_err(refuse);
            }
            SmithWilsonQuotes::Zero => pillars
                .iter()
                .map(|(_, time, value)| {
                    let compounding = curve.compounding.unwrap_or(Compounding::Continuous);
                    let zero = continuous(*value, compounding, *time);
                    vec![(*time, libm::exp(zero * time))]
                })
                .collect::<Vec<Payments>>(),
            SmithWilsonQuotes::ParSwap => {
                let mut swaps = Vec::with_capacity(pillars.len());
                for (to, _, rate) in &pillars {
                    let fixed = par_payments(date, *to).map_err(bad)?;
                    let mut payments: Payments = fixed
                        .into_iter()
                        .map(|(day, accrual)| (years(day), rate * accrual))
                        .collect();
                    if let Some((_, last)) = payments.last_mut() {
                        *last += 1.0;
                    }
                    swaps.push(payments);
                }
                swaps
            }
        };
        SmithWilson::through(ultimate, alpha, &instruments).map_err(refuse)
    }
}
