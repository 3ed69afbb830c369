//! The position files of the sample bank Halyard: made up, by a seed rule, the same bytes on every machine.

mod curves;
mod days;
mod deposits;
mod loans;
mod random;
mod securities;
mod table;

use std::fmt;

/// What can go wrong while the sample files are made.
#[derive(Debug)]
pub enum SampleError {
    /// A column has the wrong shape.
    Arrow(arrow::error::ArrowError),
    /// The Parquet writer refused a column.
    Parquet(parquet::errors::ParquetError),
}

impl fmt::Display for SampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SampleError::Arrow(error) => write!(f, "a sample column is not well formed: {error}"),
            SampleError::Parquet(error) => write!(f, "a sample file cannot be written: {error}"),
        }
    }
}

impl std::error::Error for SampleError {}

impl From<arrow::error::ArrowError> for SampleError {
    fn from(error: arrow::error::ArrowError) -> Self {
        SampleError::Arrow(error)
    }
}

impl From<parquet::errors::ParquetError> for SampleError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        SampleError::Parquet(error)
    }
}

/// The folder of the data files inside the project.
pub const FOLDER: &str = "data/2026-09-30";

/// Every data file of Halyard: name inside [`FOLDER`] and bytes, in a fixed order.
///
/// # Errors
/// Where a Parquet file cannot be written in memory.
pub fn halyard_files() -> Result<Vec<(&'static str, Vec<u8>)>, SampleError> {
    let (shipping, schedule) = loans::shipping();
    let bonds = securities::bonds();
    let repos = securities::repos(&bonds);
    Ok(vec![
        ("bonds.csv", bonds.table().csv()),
        ("central_bank.csv", deposits::central_bank().csv()),
        (
            "corporate_accounts.csv",
            deposits::corporate_accounts().csv(),
        ),
        ("eur_aaa.csv", curve_file(curves::EUR_AAA)),
        ("euribor_3m.csv", fixing_file(curves::EURIBOR_3M)),
        ("euribor_3m_basis.csv", curve_file(curves::EURIBOR_3M_BASIS)),
        ("euribor_6m.csv", fixing_file(curves::EURIBOR_6M)),
        ("euribor_6m_basis.csv", curve_file(curves::EURIBOR_6M_BASIS)),
        ("fx_swaps.csv", securities::fx_swaps().csv()),
        ("gbp_gilt.csv", curve_file(curves::GBP_GILT)),
        ("htm.csv", securities::held_to_maturity().table().csv()),
        ("interbank.csv", deposits::interbank().csv()),
        ("lines.csv", loans::lines().csv()),
        ("loans.csv", loans::floating().csv()),
        ("macro.csv", macro_file()),
        ("mortgages.parquet", loans::mortgages().parquet()?),
        ("operational.csv", deposits::operational().csv()),
        ("own_issues.csv", securities::own_issues().csv()),
        ("own_senior.csv", curve_file(curves::OWN_SENIOR)),
        ("repos.csv", repos.csv()),
        ("savings.parquet", deposits::savings().parquet()?),
        ("shipping.csv", shipping.csv()),
        ("shipping_schedule.csv", schedule.csv()),
        ("sight.parquet", deposits::sight().parquet()?),
        ("small_business.csv", loans::small_business().csv()),
        ("sofr.csv", fixing_file(curves::SOFR)),
        ("sonia.csv", fixing_file(curves::SONIA)),
        ("sterling_loans.csv", loans::sterling().csv()),
        ("swaps.csv", securities::swaps().csv()),
        ("term_deposits.csv", deposits::term().csv()),
        ("usd_basis.csv", curve_file(curves::USD_BASIS)),
        ("usd_treasury.csv", curve_file(curves::USD_TREASURY)),
    ])
}

/// The totals that the book's `reconcile` lines state: file, currency, cents.
pub fn halyard_totals() -> Vec<(&'static str, String, i64)> {
    let all = [
        (
            "mortgages.parquet",
            loans::mortgages(),
            "outstanding",
            "currency",
        ),
        ("sight.parquet", deposits::sight(), "balance", "ccy"),
        ("savings.parquet", deposits::savings(), "balance", "ccy"),
        ("loans.csv", loans::floating(), "drawn", "ccy"),
        (
            "small_business.csv",
            loans::small_business(),
            "outstanding",
            "ccy",
        ),
        (
            "corporate_accounts.csv",
            deposits::corporate_accounts(),
            "balance",
            "ccy",
        ),
        ("term_deposits.csv", deposits::term(), "amount", "ccy"),
        ("own_issues.csv", securities::own_issues(), "nominal", "ccy"),
    ];
    all.into_iter()
        .flat_map(|(file, table, money, currency)| {
            table
                .totals(money, currency)
                .into_iter()
                .map(move |(code, cents)| (file, code, cents))
        })
        .collect()
}

fn curve_file(pillars: curves::Pillars) -> Vec<u8> {
    let mut text = String::from("tenor,value\n");
    for (tenor, value) in pillars {
        text.push_str(&format!("{tenor},{value}\n"));
    }
    text.into_bytes()
}

fn fixing_file(fixings: curves::Fixings) -> Vec<u8> {
    let mut text = String::from("date,value\n");
    for (year, month, day, value) in fixings {
        text.push_str(&format!(
            "{},{}\n",
            days::day(*year, *month, *day),
            table::decimal(*value, 5)
        ));
    }
    text.into_bytes()
}

/// Made up: unemployment stays where it is.
fn macro_file() -> Vec<u8> {
    let mut text = String::from("Date,Unemployment rate\n");
    for year in 2026..=2031 {
        for quarter in 1..=4 {
            if (year, quarter) >= (2026, 3) {
                text.push_str(&format!("{year} Q{quarter},6.2\n"));
            }
        }
    }
    text.into_bytes()
}

/// An identifier: letters and a number of fixed width.
fn id(letters: &str, width: usize, number: i64) -> String {
    format!("{letters}{number:0width$}")
}

/// A rate in units of 0.0001%, rounded to a multiple of `step`, never below 0.
fn percent_steps(rate: f64, step: i64) -> i64 {
    ((rate * 1_000_000.0 / step as f64).round() as i64).max(0) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halyard_is_reproduced_byte_for_byte() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scenarios/halyard")
            .join(FOLDER);
        let mut names = Vec::new();
        let mut total = 0;
        for (name, bytes) in halyard_files().unwrap() {
            total += bytes.len();
            let stored = std::fs::read(folder.join(name)).unwrap();
            assert!(
                stored == bytes,
                "{name} differs: cargo run --release --example generate_halyard"
            );
            names.push(name.to_owned());
        }
        assert!(total < 3_000_000, "the data have {total} bytes");
        let mut stored: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        stored.sort();
        assert_eq!(
            stored, names,
            "the folder holds what the generator writes and nothing else"
        );
    }

    #[test]
    fn halyard_is_a_bank_of_more_than_20_000_positions() {
        let tables: [table::Table; 5] = [
            loans::mortgages(),
            loans::floating(),
            deposits::sight(),
            deposits::savings(),
            deposits::term(),
        ];
        assert!(tables.iter().map(table::Table::rows).sum::<usize>() > 20_000);
    }
}
