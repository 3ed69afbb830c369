//! Curves that are formulas, held to what central banks and EIOPA publish of them.

use std::collections::BTreeMap;

use plimsoll::market::{SmithWilson, Svensson};

use crate::shared::{Row, Shared};

fn number(row: &Row, column: &str) -> f64 {
    row[column].trim().parse().unwrap()
}

/// Zero, instantaneous forward, semi-annual par and one-year forward par rates of the Federal Reserve, each to the rounding of the
/// file, 0.00005 percentage points.
pub fn svensson(shared: &Shared) -> Result<(), String> {
    let rows = shared.rows("data/curves/gsw_us_svensson_2024-01-02.csv");
    let row = &rows[0];
    let curve = Svensson {
        beta0: number(row, "BETA0") / 100.0,
        beta1: number(row, "BETA1") / 100.0,
        beta2: number(row, "BETA2") / 100.0,
        beta3: number(row, "BETA3") / 100.0,
        tau1: number(row, "TAU1"),
        tau2: number(row, "TAU2"),
    };
    // twice a year, from one time to another
    let par = |from: u32, to: u32| {
        let halves = (2 * from + 1..=2 * to).map(|half| curve.discount(f64::from(half) / 2.0));
        2.0 * (curve.discount(f64::from(from)) - curve.discount(f64::from(to)))
            / halves.sum::<f64>()
    };
    let mut rates: BTreeMap<String, f64> = BTreeMap::new();
    for years in 1..=30u32 {
        let time = f64::from(years);
        rates.insert(format!("SVENY{years:02}"), curve.zero(time));
        rates.insert(format!("SVENF{years:02}"), curve.forward(time));
        rates.insert(format!("SVENPY{years:02}"), par(0, years));
    }
    for years in [1, 4, 9] {
        rates.insert(format!("SVEN1F{years:02}"), par(years, years + 1));
    }
    for (name, rate) in &rates {
        let (ours, published) = (rate * 100.0, number(row, name));
        if (ours - published).abs() > 0.000_05 {
            return Err(format!("{name}: {ours} for {published}"));
        }
    }
    if rates.len() == 93 {
        Ok(())
    } else {
        Err(format!("{} rates", rates.len()))
    }
}

/// 53 curves of 150 maturities from their published weights, ultimate forward rate and speed.
pub fn smith_wilson(shared: &Shared) -> Result<(), String> {
    let curves = shared.rows("data/curves/eiopa/2023-08_Curves_no_VA.csv");
    let parameters = shared.rows("data/curves/eiopa/2023-08_Param_no_VA.csv");
    // the files begin with a byte-order mark
    let label = |row: &Row| {
        let key = row.keys().find(|key| key.ends_with("Country")).unwrap();
        row[key].clone()
    };
    let parameter = |name: &str, country: &str| {
        let row = parameters.iter().find(|row| label(row) == name).unwrap();
        number(row, &format!("{country}_Values"))
    };
    let countries = curves[0].keys().filter(|key| !key.ends_with("Country"));
    let mut worst = (0.0f64, String::new(), 0);
    for country in countries {
        let weights = parameters
            .iter()
            .filter(|row| label(row).parse::<u32>().is_ok());
        let weights = weights
            .filter_map(|row| {
                let time = row[&format!("{country}_Maturities")].trim().parse().ok()?;
                Some((time, row[&format!("{country}_Values")].trim().parse().ok()?))
            })
            .collect();
        let (ultimate, alpha) = (
            parameter("UFR", country) / 100.0,
            parameter("alpha", country),
        );
        let curve = SmithWilson::with_weights(ultimate, alpha, weights)
            .map_err(|e| format!("{country}: {e:?}"))?;
        for row in &curves {
            let time: f64 = label(row).trim().parse().unwrap();
            let zero = curve.zero(time).map_err(|e| format!("{country}: {e:?}"))?;
            let ours = libm::expm1(zero);
            let apart = (ours - number(row, country)).abs();
            if apart > worst.0 {
                worst.0 = apart;
                worst.1 = format!("{country} at {time}: {ours} for {}", row[country]);
            }
            worst.2 += 1;
        }
    }
    if worst.0 <= 0.000_005_7 && worst.2 == 53 * 150 {
        Ok(())
    } else {
        Err(format!("{} of {} rates: {}", worst.0, worst.2, worst.1))
    }
}
