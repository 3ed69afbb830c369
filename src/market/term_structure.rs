//! Continuously compounded zero rates between pillars.

use crate::plan::Interpolation;

/// Why a term structure cannot be made or read.
#[derive(Clone, Debug, PartialEq)]
pub enum CurveError {
    /// Fewer than one pillar.
    NoPillars,
    /// Pillars are not strictly ascending in time, or one lies at or before the curve's day.
    NotAscending,
    /// A discount factor is not positive, or a rate is not finite.
    NotPositive,
    /// A time lies beyond the last pillar, in years, and the curve does not say `extrapolate = flat`.
    BeyondPillars {
        /// The time asked for, in years.
        asked: f64,
        /// The last pillar, in years.
        last: f64,
    },
    /// The bootstrap did not find a discount factor that reprices the quote of a pillar.
    NotRepriced {
        /// The pillar, in years.
        pillar: f64,
    },
}

/// Zero rates at pillars and the rule between them. Times are years in the curve's own day count,
/// rates are continuously compounded fractions.
#[derive(Clone, Debug, PartialEq)]
pub struct TermStructure {
    times: Vec<f64>,
    zeros: Vec<f64>,
    interpolation: Interpolation,
    extrapolate_flat: bool,
    convex: Vec<ConvexPiece>,
}

/// Monotone convex (Hagan and West, 2006): forward of the interval and its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ConvexPiece {
    start: f64,
    end: f64,
    /// r(start) * start: the logarithm of the discount factor, negated.
    yield_at_start: f64,
    forward: f64,
    g0: f64,
    g1: f64,
}

impl TermStructure {
    /// A term structure through the given pillars.
    ///
    /// # Errors
    /// Where pillars are missing, not ascending or not finite.
    pub fn new(
        times: Vec<f64>,
        zeros: Vec<f64>,
        interpolation: Interpolation,
        extrapolate_flat: bool,
    ) -> Result<Self, CurveError> {
        if times.is_empty() || times.len() != zeros.len() {
            return Err(CurveError::NoPillars);
        }
        let mut before = 0.0;
        for &time in &times {
            if time.is_nan() || time <= before {
                return Err(CurveError::NotAscending);
            }
            before = time;
        }
        if zeros.iter().any(|zero| !zero.is_finite()) {
            return Err(CurveError::NotPositive);
        }
        let convex = match interpolation {
            Interpolation::MonotoneConvex => convex_pieces(&times, &zeros),
            _ => Vec::new(),
        };
        Ok(Self {
            times,
            zeros,
            interpolation,
            extrapolate_flat,
            convex,
        })
    }

    /// The last pillar, in years.
    pub fn last(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// The zero rate at `time` years; before the first pillar that of the first.
    ///
    /// # Errors
    /// Beyond the last pillar, unless the curve extrapolates.
    pub fn zero(&self, time: f64) -> Result<f64, CurveError> {
        let (first, last) = (
            self.pillar(0),
            self.pillar(self.times.len().saturating_sub(1)),
        );
        if time > last.0 + 1e-9 && !self.extrapolate_flat {
            return Err(CurveError::BeyondPillars {
                asked: time,
                last: last.0,
            });
        }
        if time >= last.0 {
            return Ok(last.1);
        }
        if self.interpolation == Interpolation::MonotoneConvex {
            return Ok(self.convex_zero(time));
        }
        if time <= first.0 {
            return Ok(first.1);
        }
        let right = self.times.partition_point(|&pillar| pillar < time);
        let (t1, z1) = self.pillar(right);
        let (t0, z0) = self.pillar(right.saturating_sub(1));
        let weight = (time - t0) / (t1 - t0);
        Ok(match self.interpolation {
            Interpolation::LinearZero | Interpolation::MonotoneConvex => z0 + weight * (z1 - z0),
            // Logarithms of discount factors are linear, which is the same as forwards that step at the pillars.
            Interpolation::LogLinearDf | Interpolation::StepForward => {
                (z0 * t0 + weight * (z1 * t1 - z0 * t0)) / time
            }
        })
    }

    fn pillar(&self, index: usize) -> (f64, f64) {
        (
            self.times.get(index).copied().unwrap_or(0.0),
            self.zeros.get(index).copied().unwrap_or(0.0),
        )
    }

    fn convex_zero(&self, time: f64) -> f64 {
        if time <= 0.0 {
            return self
                .convex
                .first()
                .map_or(0.0, |piece| piece.forward + piece.g0);
        }
        let index = self.convex.partition_point(|piece| piece.end < time);
        let Some(piece) = self.convex.get(index).or(self.convex.last()) else {
            return 0.0;
        };
        let width = piece.end - piece.start;
        let x = (time - piece.start) / width;
        (piece.yield_at_start
            + piece.forward * (time - piece.start)
            + width * convex_integral(piece.g0, piece.g1, x))
            / time
    }
}

fn convex_pieces(times: &[f64], zeros: &[f64]) -> Vec<ConvexPiece> {
    let mut starts = vec![(0.0, 0.0)];
    starts.extend(
        times
            .iter()
            .zip(zeros)
            .map(|(&time, &zero)| (time, zero * time)),
    );
    let discrete: Vec<(f64, f64, f64, f64)> = starts
        .windows(2)
        .filter_map(|pair| match pair {
            [(t0, y0), (t1, y1)] => Some((*t0, *t1, *y0, (y1 - y0) / (t1 - t0))),
            _ => None,
        })
        .collect();
    // Forwards at the pillars: the average of the neighbours, weighted by the other's width (Hagan and West, equation 21).
    let mut instant = Vec::with_capacity(discrete.len() + 1);
    for pair in discrete.windows(2) {
        if let [(a0, a1, _, fa), (_, b1, _, fb)] = pair {
            instant.push((a1 - a0) / (b1 - a0) * fb + (b1 - a1) / (b1 - a0) * fa);
        }
    }
    let first = discrete.first().map_or(0.0, |piece| piece.3);
    let last = discrete.last().map_or(0.0, |piece| piece.3);
    let f0 = first - 0.5 * (instant.first().copied().unwrap_or(first) - first);
    let fn_ = last - 0.5 * (instant.last().copied().unwrap_or(last) - last);
    let mut ends = vec![f0];
    ends.append(&mut instant);
    ends.push(fn_);
    discrete
        .iter()
        .zip(ends.windows(2))
        .filter_map(
            |(&(start, end, yield_at_start, forward), pair)| match pair {
                [left, right] => Some(ConvexPiece {
                    start,
                    end,
                    yield_at_start,
                    forward,
                    g0: left - forward,
                    g1: right - forward,
                }),
                _ => None,
            },
        )
        .collect()
}

/// Integral from 0 to x of g on an interval of width 1 (Hagan and West, the four regions of section 5).
fn convex_integral(g0: f64, g1: f64, x: f64) -> f64 {
    if x <= 0.0 || (g0 == 0.0 && g1 == 0.0) {
        return 0.0;
    }
    let opposite = (g0 < 0.0 && g1 > 0.0) || (g0 > 0.0 && g1 < 0.0);
    if within_region_one(g0, g1) {
        // Region (i): the plain quadratic.
        return g0 * (x - 2.0 * x * x + x * x * x) + g1 * (-x * x + x * x * x);
    }
    if opposite && g1.abs() > 2.0 * g0.abs() {
        // Region (ii).
        let eta = (g1 + 2.0 * g0) / (g1 - g0);
        if x <= eta {
            return g0 * x;
        }
        let rest = x - eta;
        return g0 * x + (g1 - g0) * rest * rest * rest / ((1.0 - eta) * (1.0 - eta)) / 3.0;
    }
    if opposite {
        // Region (iii).
        let eta = 3.0 * g1 / (g1 - g0);
        if x >= eta {
            let whole = g1 * eta + (g0 - g1) * eta / 3.0;
            return whole + g1 * (x - eta);
        }
        let rest = eta - x;
        return g1 * x + (g0 - g1) / 3.0 * (eta - rest * rest * rest / (eta * eta));
    }
    // Region (iv): both of one sign.
    let eta = g1 / (g1 + g0);
    let a = -g0 * g1 / (g0 + g1);
    let left = |y: f64| {
        if eta == 0.0 {
            return 0.0;
        }
        let rest = eta - y;
        a * y + (g0 - a) / 3.0 * (eta - rest * rest * rest / (eta * eta))
    };
    if x <= eta {
        return left(x);
    }
    let rest = x - eta;
    left(eta) + a * rest + (g1 - a) / 3.0 * rest * rest * rest / ((1.0 - eta) * (1.0 - eta))
}

fn within_region_one(g0: f64, g1: f64) -> bool {
    (g0 > 0.0 && -2.0 * g0 <= g1 && g1 <= -0.5 * g0)
        || (g0 < 0.0 && -0.5 * g0 <= g1 && g1 <= -2.0 * g0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pillars(rule: Interpolation) -> TermStructure {
        TermStructure::new(
            vec![1.0, 2.0, 5.0, 10.0],
            vec![0.02, 0.025, 0.03, 0.028],
            rule,
            false,
        )
        .unwrap()
    }

    #[test]
    fn every_rule_returns_the_pillars() {
        for rule in [
            Interpolation::LinearZero,
            Interpolation::LogLinearDf,
            Interpolation::StepForward,
            Interpolation::MonotoneConvex,
        ] {
            let curve = pillars(rule);
            for (time, zero) in [(1.0, 0.02), (2.0, 0.025), (5.0, 0.03), (10.0, 0.028)] {
                assert!(
                    (curve.zero(time).unwrap() - zero).abs() < 1e-14,
                    "{rule:?} at {time}"
                );
            }
        }
    }

    #[test]
    fn monotone_convex_is_continuous() {
        let curve = pillars(Interpolation::MonotoneConvex);
        let mut before = curve.zero(0.001).unwrap();
        for step in 2..10_000 {
            let now = curve.zero(f64::from(step) * 0.001).unwrap();
            assert!((now - before).abs() < 1e-4, "jump at {step}");
            before = now;
        }
    }

    #[test]
    fn beyond_the_pillars_is_refused() {
        assert!(matches!(
            pillars(Interpolation::LinearZero).zero(11.0),
            Err(CurveError::BeyondPillars { .. })
        ));
    }

    #[test]
    fn log_linear_discount_factors() {
        let curve = pillars(Interpolation::LogLinearDf);
        let expected = (0.025 * 2.0 + 0.03 * 5.0) / 2.0 / 3.5;
        assert!((curve.zero(3.5).unwrap() - expected).abs() < 1e-15);
    }
}
