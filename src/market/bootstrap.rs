//! Par swap rates to zero rates that reprice them.

use super::term_structure::{CurveError, TermStructure};
use crate::plan::Interpolation;

/// A par quote: its maturity and the times and accruals of its fixed payments.
#[derive(Clone, Debug, PartialEq)]
pub struct ParQuote {
    /// Maturity in years of the curve's time.
    pub maturity: f64,
    /// The par rate, a fraction a year.
    pub rate: f64,
    /// (time, accrual) of each fixed payment, ascending, the last at maturity.
    pub payments: Vec<(f64, f64)>,
}

/// Zero rates at the maturities such that each quote is at par: `rate * sum(accrual * P) = 1 - P(maturity)`
/// under the stated interpolation. A quote of one payment is a simple rate.
///
/// One pillar at a time, by bisection on the zero rate (the value is monotone in it), since payments between two
/// pillars depend on the pillar sought.
///
/// # Errors
/// Where pillars do not ascend or a quote cannot be repriced by a zero rate within ±100 %.
pub fn bootstrap(
    quotes: &[ParQuote],
    interpolation: Interpolation,
    extrapolate_flat: bool,
) -> Result<TermStructure, CurveError> {
    let (mut times, mut zeros): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    // With monotone convex a later pillar moves the forwards of earlier ones: sweep until all quotes hold.
    let sweeps = if interpolation == Interpolation::MonotoneConvex {
        60
    } else {
        1
    };
    for sweep in 0..sweeps {
        for (index, quote) in quotes.iter().enumerate() {
            if sweep == 0 {
                times.push(quote.maturity);
                zeros.push(0.0);
            }
            let value = |zero: f64, zeros: &mut Vec<f64>| -> Result<f64, CurveError> {
                if let Some(slot) = zeros.get_mut(index) {
                    *slot = zero;
                }
                let curve = TermStructure::new(times.clone(), zeros.clone(), interpolation, true)?;
                par_value(&curve, quote)
            };
            let (mut low, mut high) = (-1.0_f64, 1.0_f64);
            if value(low, &mut zeros)? < 0.0 || value(high, &mut zeros)? > 0.0 {
                return Err(CurveError::NotRepriced {
                    pillar: quote.maturity,
                });
            }
            for _ in 0..100 {
                let middle = 0.5 * (low + high);
                if value(middle, &mut zeros)? > 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            if let Some(slot) = zeros.get_mut(index) {
                *slot = 0.5 * (low + high);
            }
        }
    }
    let curve = TermStructure::new(times, zeros, interpolation, extrapolate_flat)?;
    for quote in quotes {
        if par_value(&curve, quote)?.abs() > 1e-12 {
            return Err(CurveError::NotRepriced {
                pillar: quote.maturity,
            });
        }
    }
    Ok(curve)
}

/// Value of receiving the fixed rate against par: falls as zero rates rise.
fn par_value(curve: &TermStructure, quote: &ParQuote) -> Result<f64, CurveError> {
    let mut value = -1.0;
    for &(time, accrual) in &quote.payments {
        value += quote.rate * accrual * libm::exp(-curve.zero(time)? * time);
    }
    Ok(value + libm::exp(-curve.zero(quote.maturity)? * quote.maturity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprices_its_inputs() {
        for rule in [
            Interpolation::LinearZero,
            Interpolation::LogLinearDf,
            Interpolation::MonotoneConvex,
        ] {
            let quotes: Vec<ParQuote> =
                [(1, 0.021), (2, 0.023), (3, 0.024), (5, 0.025), (10, 0.028)]
                    .iter()
                    .map(|&(years, rate)| ParQuote {
                        maturity: f64::from(years),
                        rate,
                        payments: (1..=years).map(|year| (f64::from(year), 1.0)).collect(),
                    })
                    .collect();
            let curve = bootstrap(&quotes, rule, false).unwrap();
            for quote in &quotes {
                assert!(par_value(&curve, quote).unwrap().abs() < 1e-12, "{rule:?}");
            }
        }
    }
}
