//! Caps and floors by closed form: Bachelier for normal volatilities, Black for lognormal ones, period by period.

use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Origin, VolatilityModel};
use crate::quantity::Rational;

/// The volatility of an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadedVolatility {
    /// Its closed form.
    pub model: VolatilityModel,
    /// A year: a rate for the normal model, a share for the lognormal one.
    pub value: f64,
}

/// A normal volatility above this (a year) is taken for a lognormal one by mistake.
const LARGEST_NORMAL: f64 = 0.1;

impl LoadedVolatility {
    /// A volatility as the market states it.
    ///
    /// # Errors
    /// Where it is negative, or so large that the other model must be meant.
    pub fn new(
        name: &str,
        model: VolatilityModel,
        value: &Rational,
        origin: &Origin,
    ) -> Result<Self, Diagnostic> {
        let value = value.to_f64();
        let refused = |message: String, help: &str| {
            let error = Diagnostic::error(codes::market::BAD_VOLATILITY, message).help(help);
            Err(match origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            })
        };
        if value < 0.0 {
            return refused(
                format!("the volatility of `{name}` is negative"),
                "a volatility says how far fixings spread: 0 or more",
            );
        }
        if model == VolatilityModel::Normal && value > LARGEST_NORMAL {
            return refused(
                format!(
                    "a normal volatility of `{name}` of {:.0} basis points a year",
                    value * 1e4
                ),
                "a share of the rate is written `lognormal(20%)`; a normal volatility is a rate: `normal(80bp)`",
            );
        }
        Ok(Self { model, value })
    }

    /// The expected rate of a period whose index is held between a floor and a cap: the forward, less the caplet, plus the floorlet.
    /// `years` until the fixing; `scale` multiplies the volatility. Where the floor is not below the cap, the floor.
    ///
    /// # Errors
    /// A forward or bound that the lognormal model cannot take.
    pub fn expected(
        &self,
        forward: f64,
        (floor, cap): (Option<f64>, Option<f64>),
        years: f64,
        scale: f64,
    ) -> Result<f64, Diagnostic> {
        if let (Some(floor), Some(cap)) = (floor, cap)
            && floor >= cap
        {
            return Ok(floor);
        }
        let spread = self.value * scale * libm::sqrt(years.max(0.0));
        let mut rate = forward;
        if let Some(cap) = cap {
            rate -= self.call(forward, cap, spread)?;
        }
        if let Some(floor) = floor {
            // parity: a floorlet is a caplet less the forward contract
            rate += self.call(forward, floor, spread)? - (forward - floor);
        }
        Ok(rate)
    }

    /// What `max(rate - strike, 0)` is worth, undiscounted.
    fn call(&self, forward: f64, strike: f64, spread: f64) -> Result<f64, Diagnostic> {
        match self.model {
            VolatilityModel::Normal => Ok(bachelier(forward, strike, spread)),
            VolatilityModel::Lognormal if forward > 0.0 && strike > 0.0 => {
                Ok(black(forward, strike, spread))
            }
            VolatilityModel::Lognormal => Err(Diagnostic::error(
                codes::market::BAD_VOLATILITY,
                format!(
                    "a lognormal volatility takes positive rates: the forward is {:.4}%, the bound {:.4}%",
                    forward * 100.0,
                    strike * 100.0
                ),
            )
            .help("state a normal volatility: `volatility EURIBOR_3M = normal(80bp)`")),
        }
    }
}

/// Bachelier's call: `spread` is volatility times the square root of time.
fn bachelier(forward: f64, strike: f64, spread: f64) -> f64 {
    let away = forward - strike;
    if spread <= 0.0 {
        return away.max(0.0);
    }
    let d = away / spread;
    away * below(d) + spread * density(d)
}

/// Black's call.
fn black(forward: f64, strike: f64, spread: f64) -> f64 {
    if spread <= 0.0 {
        return (forward - strike).max(0.0);
    }
    let d = libm::log(forward / strike) / spread + spread / 2.0;
    forward * below(d) - strike * below(d - spread)
}

/// The probability that a normal number is below x.
fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

fn density(x: f64) -> f64 {
    libm::exp(-x * x / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(model: VolatilityModel, value: f64) -> LoadedVolatility {
        LoadedVolatility { model, value }
    }

    proptest! {
        /// I22: a cap less a floor at the same rate is the forward less that rate; time and volatility only add; without them the forward decides.
        #[test]
        fn caps_and_floors_are_in_parity(
            forward in 0.0001..0.12f64, strike in 0.0001..0.12f64, years in 0.0..30.0f64, normal in 0.0..0.03f64, lognormal in 0.0..1.5f64,
        ) {
            for volatility in [of(VolatilityModel::Normal, normal), of(VolatilityModel::Lognormal, lognormal)] {
                let capped = volatility.expected(forward, (None, Some(strike)), years, 1.0).unwrap();
                let floored = volatility.expected(forward, (Some(strike), None), years, 1.0).unwrap();
                let parity = (floored - forward) - (forward - capped) - (strike - forward);
                prop_assert!(parity.abs() <= 1e-12 * (forward + strike), "{parity}");
                prop_assert!(capped <= forward.min(strike) + 1e-15 && floored >= forward.max(strike) - 1e-15);
                let plain = volatility.expected(forward, (Some(strike / 2.0), Some(strike)), years, 0.0).unwrap();
                prop_assert!((plain - forward.min(strike).max(strike / 2.0)).abs() < 1e-15);
                let more = volatility.expected(forward, (Some(strike), None), years, 1.25).unwrap();
                prop_assert!(more >= floored - 1e-15);
            }
        }
    }

    #[test]
    fn a_floor_that_is_not_below_the_cap_is_the_rate() {
        let volatility = of(VolatilityModel::Normal, 0.01);
        let rate = volatility.expected(0.05, (Some(0.03), Some(0.02)), 1.0, 1.0);
        assert_eq!(rate.unwrap(), 0.03);
    }

    #[test]
    fn a_lognormal_volatility_refuses_rates_below_zero() {
        let volatility = of(VolatilityModel::Lognormal, 0.2);
        assert!(
            volatility
                .expected(-0.001, (Some(0.0), None), 1.0, 1.0)
                .is_err()
        );
    }
}
