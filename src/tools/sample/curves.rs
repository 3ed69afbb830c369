//! Curves of the sample bank: published pillars, and the spreads and fixings that are made up.

use super::days::{REPORTING, years};
use chrono::NaiveDate;

/// Pillars of a curve as published: tenor and rate, continuously compounded.
pub type Pillars = &'static [(&'static str, &'static str)];

/// ECB, AAA-rated central government bonds, zero rates of 30 April 2024.
pub const EUR_AAA: Pillars = &[
    ("3M", "0.037412"),
    ("6M", "0.035978"),
    ("9M", "0.034687"),
    ("1Y", "0.033525"),
    ("2Y", "0.029968"),
    ("3Y", "0.027752"),
    ("4Y", "0.026464"),
    ("5Y", "0.025805"),
    ("6Y", "0.025564"),
    ("7Y", "0.025590"),
    ("8Y", "0.025779"),
    ("9Y", "0.026055"),
    ("10Y", "0.026369"),
    ("12Y", "0.026986"),
    ("15Y", "0.027663"),
    ("20Y", "0.027938"),
    ("25Y", "0.027391"),
    ("30Y", "0.026390"),
];

/// Bank of England, nominal government liability curve, zero rates of 30 April 2024.
pub const GBP_GILT: Pillars = &[
    ("6M", "0.046345"),
    ("9M", "0.047184"),
    ("1Y", "0.047222"),
    ("2Y", "0.045332"),
    ("3Y", "0.043639"),
    ("4Y", "0.042543"),
    ("5Y", "0.041938"),
    ("6Y", "0.041723"),
    ("7Y", "0.041809"),
    ("8Y", "0.042119"),
    ("9Y", "0.042588"),
    ("10Y", "0.043160"),
    ("12Y", "0.044431"),
    ("15Y", "0.046211"),
    ("20Y", "0.047974"),
    ("25Y", "0.048309"),
    ("30Y", "0.047836"),
];

/// US Treasury, par yields of 30 April 2024.
pub const USD_TREASURY: Pillars = &[
    ("3M", "0.054231"),
    ("6M", "0.053673"),
    ("1Y", "0.051823"),
    ("2Y", "0.049775"),
    ("3Y", "0.048117"),
    ("5Y", "0.046652"),
    ("7Y", "0.046554"),
    ("10Y", "0.046359"),
    ("20Y", "0.048409"),
    ("30Y", "0.047335"),
];

/// Made up: 3-month Euribor over the government curve.
pub const EURIBOR_3M_BASIS: Pillars = &[
    ("3M", "0.001500"),
    ("1Y", "0.001600"),
    ("5Y", "0.002200"),
    ("10Y", "0.002400"),
    ("30Y", "0.001800"),
];
/// Made up: 6-month Euribor over the government curve.
pub const EURIBOR_6M_BASIS: Pillars = &[
    ("3M", "0.001800"),
    ("1Y", "0.002000"),
    ("5Y", "0.002500"),
    ("10Y", "0.002700"),
    ("30Y", "0.002000"),
];
/// Made up: the bank's senior funding over the government curve.
pub const OWN_SENIOR: Pillars = &[
    ("3M", "0.003500"),
    ("1Y", "0.005500"),
    ("5Y", "0.009500"),
    ("10Y", "0.011500"),
    ("30Y", "0.012500"),
];
/// Made up: dollars out of euro in the swap market.
pub const USD_BASIS: Pillars = &[
    ("3M", "0.000600"),
    ("1Y", "0.000800"),
    ("5Y", "0.001200"),
    ("10Y", "0.001200"),
    ("30Y", "0.001200"),
];

/// A fixing file: month ends up to the book's date, in units of 0.001%.
pub type Fixings = &'static [(i32, u32, u32, i64)];

/// Made up.
pub const EURIBOR_3M: Fixings = &[
    (2026, 3, 31, 3_842),
    (2026, 4, 30, 3_851),
    (2026, 5, 29, 3_860),
    (2026, 6, 30, 3_874),
    (2026, 7, 31, 3_881),
    (2026, 8, 31, 3_886),
    (2026, 9, 30, 3_893),
];
/// Made up.
pub const EURIBOR_6M: Fixings = &[
    (2026, 3, 31, 3_771),
    (2026, 4, 30, 3_776),
    (2026, 5, 29, 3_784),
    (2026, 6, 30, 3_790),
    (2026, 7, 31, 3_797),
    (2026, 8, 31, 3_801),
    (2026, 9, 30, 3_806),
];
/// Made up.
pub const SOFR: Fixings = &[
    (2026, 3, 31, 5_310),
    (2026, 4, 30, 5_320),
    (2026, 5, 29, 5_330),
    (2026, 6, 30, 5_330),
    (2026, 7, 31, 5_340),
    (2026, 8, 31, 5_340),
    (2026, 9, 30, 5_340),
];
/// Made up.
pub const SONIA: Fixings = &[
    (2026, 3, 31, 5_190),
    (2026, 4, 30, 5_190),
    (2026, 5, 29, 5_200),
    (2026, 6, 30, 5_200),
    (2026, 7, 31, 5_200),
    (2026, 8, 28, 5_200),
    (2026, 9, 30, 5_200),
];

fn term(tenor: &str) -> f64 {
    match tenor.strip_suffix('M') {
        Some(months) => months.parse::<f64>().unwrap_or(0.0) / 12.0,
        None => tenor.trim_end_matches('Y').parse().unwrap_or(0.0),
    }
}

/// A rate at `t` years: linear between pillars, flat outside. Good enough to price the sample's bonds.
pub fn rate(pillars: Pillars, t: f64) -> f64 {
    let points: Vec<(f64, f64)> = pillars
        .iter()
        .map(|p| (term(p.0), p.1.parse().unwrap_or(0.0)))
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return 0.0;
    };
    if t <= first.0 {
        return first.1;
    }
    points
        .windows(2)
        .find_map(|pair| match pair {
            [a, b] if t <= b.0 => Some(a.1 + (b.1 - a.1) * (t - a.0) / (b.0 - a.0)),
            _ => None,
        })
        .unwrap_or(last.1)
}

/// The discount curve of a currency.
pub fn of_currency(currency: &str) -> Pillars {
    match currency {
        "USD" => USD_TREASURY,
        "GBP" => GBP_GILT,
        _ => EUR_AAA,
    }
}

/// Clean price in units of 0.0001% of a yearly bullet: flows after the reporting date at curve and `spread`, less accrued.
pub fn clean_price(
    currency: &str,
    coupon: f64,
    spread: f64,
    maturity: NaiveDate,
    last_coupon: NaiveDate,
) -> i64 {
    let curve = of_currency(currency);
    let mut dirty = 0.0;
    let mut day = maturity;
    let mut first = true;
    while day > REPORTING {
        let t = years(REPORTING, day);
        let flow = if first { 1.0 + coupon } else { coupon };
        dirty += flow * libm::exp(-(rate(curve, t) + spread) * t);
        first = false;
        day = super::days::months_before(day, 12);
    }
    let accrued = coupon * years(last_coupon, REPORTING);
    ((dirty - accrued) * 100_000.0).round() as i64 * 10
}
