//! Compounding in arrears, held to the index that the Federal Reserve Bank of New York publishes.

use std::collections::BTreeMap;

use plimsoll::calendar::{BusinessCalendar, Date, HolidayList};
use plimsoll::contract::Compounding;

use crate::shared::Shared;

/// Dated values of a file, and the days that it marks as holidays.
fn series(shared: &Shared, name: &str) -> (BTreeMap<Date, f64>, Vec<Date>) {
    let (mut values, mut holidays) = (BTreeMap::new(), Vec::new());
    for row in shared.rows(&format!("data/sofr/{name}.csv")) {
        let day: Date = row["DATE"].parse().unwrap();
        match row[name].parse() {
            Ok(value) => {
                values.insert(day, value);
            }
            Err(_) => holidays.push(day),
        }
    }
    (values, holidays)
}

/// Each step of the index within 1e-8, and the whole series chained to its eight decimals.
pub fn sofr_index(shared: &Shared) -> Result<(), String> {
    let (fixings, holidays) = series(shared, "SOFR");
    let (index, _) = series(shared, "SOFRINDEX");
    let compounding = Compounding {
        calendar: BusinessCalendar::Holidays(HolidayList::new(holidays)),
        basis: 360,
        look_back: 0,
        lock_out: 0,
    };
    let fixing = |day: Date| fixings.get(&day).map(|percent| percent / 100.0);
    let grown = |from: Date, to: Date| {
        let factor = compounding.factor(from, to, fixing);
        factor.map_err(|error| error.to_string())
    };
    let levels: Vec<(Date, f64)> = index.into_iter().collect();
    for pair in levels.windows(2) {
        let ((from, level), (to, published)) = (pair[0], pair[1]);
        let step = level * grown(from, to)?;
        if (step - published).abs() > 1e-8 {
            return Err(format!("{to}: {step} for {published}"));
        }
    }
    let (first, last) = (levels[0], levels[levels.len() - 1]);
    let whole = first.1 * grown(first.0, last.0)?;
    // eight decimals of both ends
    if (whole - last.1).abs() > 1e-8 {
        return Err(format!(
            "{} steps: {whole} for {}",
            levels.len() - 1,
            last.1
        ));
    }
    Ok(())
}
