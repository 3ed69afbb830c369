//! The seed rule of the sample bank: SplitMix64, one stream a file.

/// A stream of pseudo-random numbers (SplitMix64, Steele, Lea and Flood 2014). No clock, no state outside: the same
/// stream number gives the same values for ever, so the sample files are reproducible byte for byte.
#[derive(Debug, Clone)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of one file. `number` parts the files, so that a change in one leaves the others as they are.
    pub fn new(number: u64) -> Self {
        Self {
            state: 20_260_930u64.wrapping_add(number.wrapping_mul(0x51_7C_C1_B7_27_22_0A_95)),
        }
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number in `low..=high`; `low` where the bounds are the wrong way round.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0) as u64 + 1;
        let scaled = (u128::from(self.next()) * u128::from(width)) >> 64;
        low + scaled as i64
    }

    /// True in `share` of a thousand draws.
    pub fn permille(&mut self, share: i64) -> bool {
        self.between(0, 999) < share
    }

    /// One of the values, by weight; the first where all weights are zero.
    pub fn weighted<T: Copy>(&mut self, first: T, values: &[(T, i64)]) -> T {
        let total: i64 = values.iter().map(|v| v.1).sum();
        let mut left = self.between(0, total.max(1) - 1);
        for (value, weight) in values {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        first
    }

    /// About normal, mean 0, deviation 1: twelve uniform numbers less six, which needs no library function.
    pub fn normal(&mut self) -> f64 {
        (0..12)
            .map(|_| (self.next() >> 11) as f64 / 9_007_199_254_740_992.0)
            .sum::<f64>()
            - 6.0
    }

    /// A skewed amount in cents, rounded to `step` cents, at least one step.
    pub fn amount(&mut self, median: f64, sigma: f64, step: i64) -> i64 {
        let drawn = median * libm::exp(sigma * self.normal()) * 100.0;
        ((drawn / step as f64).round() as i64).max(1) * step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_reference() {
        // The first outputs of SplitMix64 from state 0, as in its reference implementation.
        let mut stream = Stream { state: 0 };
        assert_eq!(stream.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(stream.next(), 0x6E78_9E6A_A1B9_65F4);
    }
}
