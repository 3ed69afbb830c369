//! Curves that are formulas: Svensson's six parameters, and Smith and Wilson's extrapolation to an ultimate forward rate.

use super::term_structure::CurveError;

/// Nelson and Siegel's curve with Svensson's second hump (1994). Rates are continuously compounded fractions, times are years.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Svensson {
    /// The rate that the curve tends to.
    pub beta0: f64,
    /// What is added at its start.
    pub beta1: f64,
    /// Height of the first hump,
    pub beta2: f64,
    /// and of the second.
    pub beta3: f64,
    /// Where the first hump lies, in years; positive.
    pub tau1: f64,
    /// Where the second lies.
    pub tau2: f64,
}

impl Svensson {
    /// The zero rate at a time: `b0 + b1 g(t/T1) + b2 (g(t/T1) - exp(-t/T1)) + b3 (g(t/T2) - exp(-t/T2))` with
    /// `g(x) = (1 - exp(-x)) / x`.
    pub fn zero(&self, time: f64) -> f64 {
        let (mean1, last1) = decay(time / self.tau1);
        let (mean2, last2) = decay(time / self.tau2);
        self.beta0
            + self.beta1 * mean1
            + self.beta2 * (mean1 - last1)
            + self.beta3 * (mean2 - last2)
    }

    /// The instantaneous forward rate at a time: `b0 + (b1 + b2 t/T1) exp(-t/T1) + b3 t/T2 exp(-t/T2)`.
    pub fn forward(&self, time: f64) -> f64 {
        let (x1, x2) = (time / self.tau1, time / self.tau2);
        self.beta0
            + (self.beta1 + self.beta2 * x1) * libm::exp(-x1)
            + self.beta3 * x2 * libm::exp(-x2)
    }

    /// The value today of one unit at a time.
    pub fn discount(&self, time: f64) -> f64 {
        libm::exp(-self.zero(time) * time)
    }
}

/// `(1 - exp(-x)) / x` and `exp(-x)`; 1 and 1 at nothing.
fn decay(x: f64) -> (f64, f64) {
    if x.abs() < 1e-12 {
        return (1.0, 1.0);
    }
    (-libm::expm1(-x) / x, libm::exp(-x))
}

/// Smith and Wilson's curve (2001) as EIOPA publishes it: forwards tend to an ultimate one, quotes are met exactly.
///
/// `P(t) = exp(-w t) (1 + sum over u of H(t, u) q(u))`, `w = ln(1 + ultimate)`,
/// `H(t, u) = a min(t, u) - exp(-a max(t, u)) sinh(a min(t, u))`.
#[derive(Clone, Debug, PartialEq)]
pub struct SmithWilson {
    /// Continuously compounded ultimate forward rate.
    ultimate: f64,
    /// Speed of convergence, positive.
    alpha: f64,
    /// Times in years and their weights q.
    weights: Vec<(f64, f64)>,
}

/// Payments of an instrument: times in years and amounts for each unit of its price.
pub type Payments = Vec<(f64, f64)>;

impl SmithWilson {
    /// The curve with weights that are known, such as the vectors Qb of EIOPA. `ultimate` is a yearly rate, a fraction.
    ///
    /// # Errors
    /// Without weights, with times that do not ascend, or with parameters of no meaning.
    pub fn with_weights(
        ultimate: f64,
        alpha: f64,
        weights: Vec<(f64, f64)>,
    ) -> Result<SmithWilson, CurveError> {
        if weights.is_empty() {
            return Err(CurveError::NoPillars);
        }
        let mut before = 0.0;
        for &(time, _) in &weights {
            if time.is_nan() || time <= before {
                return Err(CurveError::NotAscending);
            }
            before = time;
        }
        let sound = ultimate > -1.0 && alpha > 0.0 && alpha.is_finite();
        if !sound || weights.iter().any(|(_, weight)| !weight.is_finite()) {
            return Err(CurveError::NotPositive);
        }
        Ok(SmithWilson {
            ultimate: libm::log1p(ultimate),
            alpha,
            weights,
        })
    }

    /// The curve that prices each instrument at one: a par swap of its fixed payments and the principal, a zero bond of
    /// `1 / P`.
    ///
    /// # Errors
    /// As [`SmithWilson::with_weights`]; where the instruments contradict each other.
    pub fn through(
        ultimate: f64,
        alpha: f64,
        instruments: &[Payments],
    ) -> Result<SmithWilson, CurveError> {
        let mut times: Vec<f64> = instruments
            .iter()
            .flatten()
            .map(|(time, _)| *time)
            .collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let unit = times.iter().map(|time| (*time, 0.0)).collect();
        let mut curve = SmithWilson::with_weights(ultimate, alpha, unit)?;
        // columns of Q: payments times exp(-w u)
        let discounted: Vec<Vec<(f64, f64)>> = instruments
            .iter()
            .map(|payments| {
                let each = payments.iter();
                each.map(|(time, amount)| (*time, amount * libm::exp(-curve.ultimate * time)))
                    .collect()
            })
            .collect();
        // Q' H Q b = 1 - Q' 1
        let mut rows = Vec::with_capacity(discounted.len());
        for one in &discounted {
            let mut row: Vec<f64> = discounted
                .iter()
                .map(|other| {
                    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
                    pairs
                        .map(|((t, a), (u, b))| a * b * curve.kernel(*t, *u))
                        .sum()
                })
                .collect();
            row.push(1.0 - one.iter().map(|(_, amount)| amount).sum::<f64>());
            rows.push(row);
        }
        let multiples = solve(rows).ok_or(CurveError::NotRepriced {
            pillar: times.last().copied().unwrap_or(0.0),
        })?;
        for (time, weight) in &mut curve.weights {
            for (payments, multiple) in discounted.iter().zip(&multiples) {
                let here = payments.iter().filter(|(at, _)| at == time);
                *weight += here.map(|(_, amount)| amount * multiple).sum::<f64>();
            }
        }
        for (payments, instrument) in instruments.iter().zip(&discounted) {
            let price: f64 = payments
                .iter()
                .map(|(time, amount)| amount * curve.discount(*time))
                .sum();
            if price.is_nan() || (price - 1.0).abs() > 1e-9 {
                let last = instrument.last().map_or(0.0, |(time, _)| *time);
                return Err(CurveError::NotRepriced { pillar: last });
            }
        }
        Ok(curve)
    }

    fn kernel(&self, t: f64, u: f64) -> f64 {
        let (low, high) = (self.alpha * t.min(u), self.alpha * t.max(u));
        low - libm::exp(-high) * libm::sinh(low)
    }

    /// The value today of one unit at a time, in years.
    pub fn discount(&self, time: f64) -> f64 {
        let weights = self.weights.iter();
        let sum: f64 = weights
            .map(|(u, weight)| self.kernel(time, *u) * weight)
            .sum();
        libm::exp(-self.ultimate * time) * (1.0 + sum)
    }

    /// The zero rate at a time, continuously compounded.
    ///
    /// # Errors
    /// Where the weights make a discount factor that is not positive.
    pub fn zero(&self, time: f64) -> Result<f64, CurveError> {
        // the limit at nothing, to the precision of the numbers
        let time = time.max(1e-6);
        let discount = self.discount(time);
        if discount > 0.0 && discount.is_finite() {
            Ok(-libm::log(discount) / time)
        } else {
            Err(CurveError::NotPositive)
        }
    }
}

/// Gauss with the largest pivot; the last column is the right side. `None` where there is no one solution.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for column in 0..count {
        let size = |row: &Vec<f64>| row.get(column).map_or(0.0, |value| value.abs());
        let pivot = (column..count).max_by(|a, b| {
            let of = |place: &usize| rows.get(*place).map_or(0.0, size);
            of(a).total_cmp(&of(b))
        })?;
        rows.swap(column, pivot);
        let (done, rest) = rows.split_at_mut(column + 1);
        let head = done.last()?;
        let lead = *head.get(column)?;
        if lead == 0.0 || !lead.is_finite() {
            return None;
        }
        for row in rest {
            let factor = row.get(column)? / lead;
            for (value, above) in row.iter_mut().zip(head.iter()) {
                *value -= factor * above;
            }
        }
    }
    let mut solution = vec![0.0; count];
    for column in (0..count).rev() {
        let row = rows.get(column)?;
        let known: f64 = (column + 1..count)
            .filter_map(|k| Some(row.get(k)? * solution.get(k)?))
            .sum();
        let value = (row.get(count)? - known) / row.get(column)?;
        *solution.get_mut(column)? = value;
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EIOPA's Euro curve of August 2023 (technical documentation of the risk-free rates): ultimate 3.45 %, alpha 0.11312.
    #[test]
    fn quotes_are_met_and_forwards_tend_to_the_ultimate_one() {
        let quotes = [(1.0, 0.03884), (2.0, 0.03517), (5.0, 0.03), (20.0, 0.028)];
        let bonds: Vec<Payments> = quotes
            .iter()
            .map(|(time, rate)| vec![(*time, libm::pow(1.0 + rate, *time))])
            .collect();
        let curve = SmithWilson::through(0.0345, 0.11312, &bonds).unwrap();
        for (time, rate) in quotes {
            let yearly = libm::expm1(curve.zero(time).unwrap());
            assert!((yearly - rate).abs() < 1e-12, "{time}: {yearly}");
        }
        let forward = -libm::log(curve.discount(121.0) / curve.discount(120.0));
        assert!((forward - libm::log1p(0.0345)).abs() < 1e-5, "{forward}");
        let same = SmithWilson::with_weights(0.0345, 0.11312, curve.weights.clone()).unwrap();
        assert_eq!(same, curve);
    }

    #[test]
    fn forwards_are_the_slope_of_what_zero_rates_earn() {
        let curve = Svensson {
            beta0: 0.0279,
            beta1: 0.0286,
            beta2: -0.01,
            beta3: 0.0454,
            tau1: 1.034,
            tau2: 17.97,
        };
        let earned = |time: f64| curve.zero(time) * time;
        for time in [0.1, 1.0, 7.0, 30.0] {
            let slope = (earned(time + 1e-5) - earned(time - 1e-5)) / 2e-5;
            assert!((slope - curve.forward(time)).abs() < 1e-9, "{time}");
        }
        assert!((curve.zero(0.0) - 0.0565).abs() < 1e-15);
    }

    #[test]
    fn contradictory_quotes_are_refused() {
        let twice = [vec![(1.0, 1.03)], vec![(1.0, 1.04)]];
        assert!(SmithWilson::through(0.03, 0.1, &twice).is_err());
        assert!(SmithWilson::with_weights(0.03, 0.0, vec![(1.0, 0.1)]).is_err());
        assert!(SmithWilson::with_weights(0.03, 0.1, vec![]).is_err());
    }
}
