//! Random numbers of simulated paths: a counter-based generator keyed by seed, path, factor and step, so that a path alone is the
//! same path as in a batch, in any order and on any number of threads; and the normal distribution by fixed polynomials, with
//! nothing but the four operations and the square root of IEEE 754.

/// A number strictly between 0 and 1, with 53 binary digits, of a place in the space of all draws.
pub fn uniform(seed: u64, path: u32, factor: u32, step: u32) -> f64 {
    let key = [seed as u32, (seed >> 32) as u32];
    let [a, b, _, _] = philox([path, factor, step, 0], key);
    let bits = (u64::from(a) << 32 | u64::from(b)) >> 11;
    (bits as f64 + 0.5) / (1u64 << 53) as f64
}

/// A draw of the standard normal distribution.
pub fn normal(seed: u64, path: u32, factor: u32, step: u32) -> f64 {
    quantile(uniform(seed, path, factor, step))
}

/// Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [
                key[0].wrapping_add(0x9E37_79B9),
                key[1].wrapping_add(0xBB67_AE85),
            ];
        }
        let first = u64::from(counter[0]) * 0xD251_1F53;
        let second = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
    }
    counter
}

/// The value that a standard normal variable stays below with probability `p`, 0 < p < 1, to about 1e-16 relative
/// (Wichura, algorithm AS 241, Applied Statistics 37, 1988, PPND16).
pub fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRAL_NUMERATOR, r) / polynomial(&CENTRAL_DENOMINATOR, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-logarithm(tail)).sqrt();
    let size = if r <= 5.0 {
        polynomial(&MIDDLE_NUMERATOR, r - 1.6) / polynomial(&MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        polynomial(&FAR_NUMERATOR, r - 5.0) / polynomial(&FAR_DENOMINATOR, r - 5.0)
    };
    if q < 0.0 { -size } else { size }
}

/// The natural logarithm of a positive normal number, by its binary exponent and the series of the inverse hyperbolic tangent.
fn logarithm(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7FF) as i32 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
    // between 1/sqrt(2) and sqrt(2), where the series is short
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    for term in (0..13u32).rev() {
        sum = sum * square + 1.0 / f64::from(2 * term + 1);
    }
    f64::from(exponent) * std::f64::consts::LN_2 + 2.0 * s * sum
}

/// The value of a polynomial, its highest power first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

const CENTRAL_NUMERATOR: [f64; 8] = [
    2509.0809287301227,
    33430.57558358813,
    67265.7709270087,
    45921.95393154987,
    13731.69376550946,
    1971.5909503065513,
    133.14166789178438,
    3.3871328727963665,
];
const CENTRAL_DENOMINATOR: [f64; 8] = [
    5226.495278852854,
    28729.085735721943,
    39307.89580009271,
    21213.794301586597,
    5394.196021424751,
    687.1870074920579,
    42.31333070160091,
    1.0,
];
const MIDDLE_NUMERATOR: [f64; 8] = [
    0.0007745450142783414,
    0.022723844989269184,
    0.2417807251774506,
    1.2704582524523684,
    3.6478483247632045,
    5.769497221460691,
    4.630337846156546,
    1.4234371107496835,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0507500716444169e-09,
    0.0005475938084995345,
    0.015198666563616457,
    0.14810397642748008,
    0.6897673349851,
    1.6763848301838038,
    2.053191626637759,
    1.0,
];
const FAR_NUMERATOR: [f64; 8] = [
    2.0103343992922881e-07,
    2.7115555687434876e-05,
    0.0012426609473880784,
    0.026532189526576124,
    0.29656057182850487,
    1.7848265399172913,
    5.463784911164114,
    6.657904643501103,
];
const FAR_DENOMINATOR: [f64; 8] = [
    2.0442631033899397e-15,
    1.421511758316446e-07,
    1.8463183175100548e-05,
    0.0007868691311456133,
    0.014875361290850615,
    0.1369298809227358,
    0.599832206555888,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Published answers of the generator (Random123, kat_vectors).
    #[test]
    fn generator_is_the_published_one() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.001, -3.090_232_306_167_813_5),
            (1e-12, -7.034_483_825_301_132),
            (1e-30, -11.464_024_688_443_617),
        ] {
            assert!((quantile(p) - z).abs() <= 2e-14, "{p}: {}", quantile(p));
        }
    }

    #[test]
    fn logarithm_is_exact_to_the_last_digits() {
        for x in [1e-300, 1e-17, 0.01, 0.3, 0.5, 0.7, 0.75, 0.999, 1.0] {
            let (own, known) = (logarithm(x), libm::log(x));
            assert!((own - known).abs() <= 1e-15 * known.abs().max(1e-3), "{x}");
        }
    }

    #[test]
    fn draws_have_the_moments_of_the_distribution_and_depend_on_nothing_else() {
        let draws: Vec<f64> = (0..100_000).map(|path| normal(7, path, 1, 3)).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e5;
        assert!(
            mean.abs() < 0.012 && (variance - 1.0).abs() < 0.02,
            "{mean} {variance}"
        );
        assert_eq!(normal(7, 42, 1, 3), draws[42]);
        assert_ne!(normal(8, 42, 1, 3), draws[42]);
        assert_ne!(normal(7, 42, 2, 3), draws[42]);
        assert_ne!(normal(7, 42, 1, 4), draws[42]);
    }
}
