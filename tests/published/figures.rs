//! The comparisons.

use super::annex_4::ANNEX_4;
use super::nsf99::NSF99;
use super::shared::{Row, Shared, own};
use plimsoll::diagnostic::FileId;
use plimsoll::syntax;
use std::collections::BTreeMap;
use std::path::Path;

type Held = Result<(), String>;

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, published: &T) -> Held {
    if ours == published {
        Ok(())
    } else {
        Err(format!("{what}: ours {ours:?}, published {published:?}"))
    }
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column).and_then(|cell| cell.trim().parse().ok())
}

/// The lines of a table of the library as written: key to values.
fn table(module: &str, name: &str) -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("stdlib")
        .join(module);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(syntax::parse(FileId(0), &text).diagnostics.is_empty());
    let header = format!("table {name}:");
    let body = text
        .lines()
        .skip_while(|line| !line.starts_with(&header))
        .skip(1)
        .take_while(|line| !line.starts_with('}'));
    body.filter_map(|line| line.split_once('='))
        .map(|(key, rest)| {
            let values = rest
                .split("source")
                .next()
                .unwrap()
                .split("because")
                .next()
                .unwrap();
            (
                key.trim().to_owned(),
                values
                    .split(',')
                    .map(|value| value.trim().to_owned())
                    .collect(),
            )
        })
        .collect()
}

/// Table 1 of d368, of d578 and the EU's Annex: all currencies, parallel, short and long.
pub fn shock_sizes(shared: &Shared) -> Held {
    for (module, file) in [
        (
            "irrbb/bcbs2016.plim",
            "regulatory/irrbb_shocks_d368_2016.csv",
        ),
        (
            "irrbb/bcbs2024.plim",
            "regulatory/irrbb_shocks_d578_2024.csv",
        ),
        (
            "irrbb/eu2024.plim",
            "regulatory/irrbb_shocks_eu_2024_856.csv",
        ),
    ] {
        let published: BTreeMap<String, Vec<String>> = shared
            .rows(file)
            .into_iter()
            .map(|row| {
                let sizes = ["parallel_bp", "short_bp", "long_bp"]
                    .map(|column| format!("{}bp", row[column]));
                (row["currency"].clone(), sizes.to_vec())
            })
            .collect();
        equal(module, &table(module, "shock_size"), &published)?;
    }
    Ok(())
}

/// Factors of the LCR, value by value: a row of Annex 4 without a number is left to the supervisor; every row with one has its cell.
pub fn lcr_factors(shared: &Shared) -> Held {
    for row in shared.rows("regulatory/lcr_factors_bcbs238_annex4.csv") {
        let Some(factor) = number(&row, "factor") else {
            continue;
        };
        // Net flows of derivatives count in full by their formula, without a cell.
        if row["item"].starts_with("net derivative") {
            continue;
        }
        let named = |(section, item, ..): &&(&str, &str, &str, &str)| {
            row["section"] == *section && row["item"].starts_with(item)
        };
        let longest = ANNEX_4.iter().filter(named).map(|c| c.1.len()).max();
        let cells: Vec<_> = ANNEX_4
            .iter()
            .filter(named)
            .filter(|cell| Some(cell.1.len()) == longest)
            .collect();
        if cells.is_empty() {
            return Err(format!("no cell of the library for `{}`", row["item"]));
        }
        for (section, item, name, class) in cells {
            // A haircut is what the factor leaves.
            let printed = if *section == "HQLA" {
                1.0 - factor
            } else {
                factor
            };
            equal(
                item,
                &table("lcr.plim", name)[*class],
                &vec![format!("{:.0}%", printed * 100.0)],
            )?;
        }
    }
    Ok(())
}

/// Value by value: each category of the published tables has cells, and every cell holds its factor.
pub fn nsfr_factors(shared: &Shared) -> Held {
    for row in shared.rows("regulatory/nsfr_factors_nsf99.csv") {
        let Some(factor) = number(&row, "factor") else {
            continue;
        };
        if row["side"] == "OBS" {
            continue;
        }
        let cells: Vec<_> = NSF99
            .iter()
            .filter(|(side, start, of, ..)| {
                row["side"] == *side && row["category"].starts_with(start) && *of == factor
            })
            .collect();
        if cells.is_empty() {
            return Err(format!("no cell of the library for `{}`", row["category"]));
        }
        for (_, _, _, name, class, maturities) in cells {
            let values = &table("nsfr.plim", name)[*class];
            for maturity in *maturities {
                equal(
                    class,
                    &values[*maturity],
                    &format!("{:.0}%", factor * 100.0),
                )?;
            }
        }
    }
    Ok(())
}

/// The pillars of one day, one file a currency.
pub fn halyard_curves(shared: &Shared) -> Held {
    for (ours, published) in [
        (
            "eur_aaa.csv",
            "data/curves/eur_ecb_aaa_zero_cc_monthend.csv",
        ),
        ("gbp_gilt.csv", "data/curves/gbp_boe_zero_cc_monthend.csv"),
        (
            "usd_treasury.csv",
            "data/curves/usd_treasury_par_cc_monthend.csv",
        ),
    ] {
        let day = shared
            .rows(published)
            .into_iter()
            .find(|row| row["date"] == "2024-04-30")
            .unwrap();
        let expected: BTreeMap<String, String> = day
            .into_iter()
            .filter(|(column, cell)| column != "date" && !cell.is_empty())
            .collect();
        let found: BTreeMap<String, String> =
            own(&format!("scenarios/halyard/data/2026-09-30/{ours}"))
                .into_iter()
                .map(|row| (row["tenor"].clone(), row["value"].clone()))
                .collect();
        equal(ours, &found, &expected)?;
    }
    Ok(())
}

/// Every row of the scenario is a published row, cell by cell.
pub fn dbs_rows(shared: &Shared) -> Held {
    for file in ["lcr.csv", "nsfr.csv"] {
        let published = shared.rows(&format!("data/pillar3/{file}"));
        for row in own(&format!("scenarios/dbs_2025q4/data/{file}")) {
            if !published.contains(&row) {
                return Err(format!(
                    "{file} holds a row that was not published: {row:?}"
                ));
            }
        }
    }
    Ok(())
}

/// The columns that the scenario ships are those of the published files.
pub fn federal_reserve_paths(shared: &Shared) -> Held {
    for file in [
        "2025-Table_2A_Supervisory_Baseline_Domestic.csv",
        "2025-Table_3A_Supervisory_Severely_Adverse_Domestic.csv",
    ] {
        let published = shared.rows(&format!("data/fed-dfast/2025/{file}"));
        let ours = own(&format!("scenarios/dfast_2025/data/{file}"));
        equal("quarters", &ours.len(), &published.len())?;
        for (our, their) in ours.iter().zip(&published) {
            for (column, cell) in our {
                let same = cell == &their[column] || number(our, column) == number(their, column);
                if !same {
                    return Err(format!(
                        "{file}, {}, {column}: ours {cell}, published {}",
                        our["Date"], their[column]
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Each line of the balance sheet is a field of the call report, or what is left of the total that it cites.
pub fn navy_federal(shared: &Shared) -> Held {
    let published = shared
        .rows("data/ncua/cu_core_top50.csv")
        .into_iter()
        .find(|row| row["name"].to_uppercase().starts_with("NAVY FEDERAL"))
        .unwrap();
    for row in own("scenarios/dfast_2025/data/navy_federal.csv") {
        let field = &row["field"];
        let Some(reported) = number(&published, field) else {
            return Err(format!(
                "`{}` cites the field `{field}`, which the report does not have",
                row["line"]
            ));
        };
        let is_rest = row["label"].contains("total less");
        if !is_rest && number(&row, "amount") != Some(reported) {
            return Err(format!(
                "`{}`: ours {}, reported {reported}",
                row["line"], row["amount"]
            ));
        }
    }
    Ok(())
}
