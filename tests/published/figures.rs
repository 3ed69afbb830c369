//! The comparisons.

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

/// Each row of Annex 4 and the cell of the library that holds it: section, item, table, row.
const ANNEX_4: &[(&str, &str, &str, &str)] = &[
    ("HQLA", "Level 1", "hqla_haircut", "level_1"),
    ("HQLA", "Level 2A", "hqla_haircut", "level_2a"),
    ("HQLA", "Level 2B RMBS", "hqla_haircut", "level_2b_rmbs"),
    (
        "HQLA",
        "Level 2B corporate",
        "hqla_haircut",
        "level_2b_corporate",
    ),
    ("HQLA", "Level 2B common", "hqla_haircut", "level_2b_equity"),
    (
        "OUT",
        "retail demand & term<30d: stable (DIS",
        "outflow_rate",
        "stable_retail_strong",
    ),
    (
        "OUT",
        "retail demand & term<30d: less",
        "outflow_rate",
        "less_stable_retail",
    ),
    (
        "OUT",
        "retail term residual >30d",
        "outflow_rate",
        "no_outflow",
    ),
    (
        "OUT",
        "small business: stable",
        "outflow_rate",
        "stable_sme",
    ),
    (
        "OUT",
        "small business: less",
        "outflow_rate",
        "less_stable_sme",
    ),
    (
        "OUT",
        "operational deposits (clearing",
        "outflow_rate",
        "operational",
    ),
    (
        "OUT",
        "operational deposits: insured",
        "outflow_rate",
        "operational_insured",
    ),
    ("OUT", "cooperative", "outflow_rate", "cooperative"),
    (
        "OUT",
        "non-financial corporate",
        "outflow_rate",
        "non_financial",
    ),
    (
        "OUT",
        "same: entire",
        "outflow_rate",
        "non_financial_insured",
    ),
    (
        "OUT",
        "other legal entity customers",
        "outflow_rate",
        "financial",
    ),
    (
        "OUT",
        "secured funding: CB",
        "outflow_rate",
        "secured_level_1",
    ),
    (
        "OUT",
        "secured funding: CB",
        "outflow_rate",
        "secured_central_bank",
    ),
    (
        "OUT",
        "secured funding: Level 2A",
        "outflow_rate",
        "secured_level_2a",
    ),
    (
        "OUT",
        "secured funding: non-L1",
        "outflow_rate",
        "secured_public",
    ),
    (
        "OUT",
        "secured funding: Level 2B",
        "outflow_rate",
        "secured_rmbs",
    ),
    (
        "OUT",
        "secured funding: other",
        "outflow_rate",
        "secured_level_2b",
    ),
    ("OUT", "all other secured", "outflow_rate", "secured_other"),
    ("OUT", "3-notch", "need_rate", "downgrade"),
    (
        "OUT",
        "derivative market valuation",
        "need_rate",
        "market_valuation",
    ),
    (
        "OUT",
        "valuation change",
        "need_rate",
        "valuation_of_posted",
    ),
    ("OUT", "excess collateral", "need_rate", "excess_called"),
    ("OUT", "collateral contractually", "need_rate", "due_called"),
    ("OUT", "collateral substitution", "need_rate", "substituted"),
    ("OUT", "ABCP", "outflow_rate", "own_abcp"),
    ("OUT", "ABS", "outflow_rate", "own_abs"),
    (
        "OUT",
        "undrawn committed facilities: retail",
        "drawdown_rate",
        "line_retail",
    ),
    (
        "OUT",
        "undrawn committed credit: NFC",
        "drawdown_rate",
        "line_credit_corporate",
    ),
    (
        "OUT",
        "undrawn committed liquidity: NFC",
        "drawdown_rate",
        "line_liquidity_corporate",
    ),
    (
        "OUT",
        "undrawn committed: supervised",
        "drawdown_rate",
        "line_bank",
    ),
    (
        "OUT",
        "undrawn committed credit: other",
        "drawdown_rate",
        "line_credit_financial",
    ),
    (
        "OUT",
        "undrawn committed liquidity: other",
        "drawdown_rate",
        "line_liquidity_financial",
    ),
    (
        "OUT",
        "undrawn committed: other legal",
        "drawdown_rate",
        "line_other",
    ),
    ("OUT", "trade finance", "drawdown_rate", "trade_finance"),
    ("OUT", "customer short", "need_rate", "short_covered"),
    ("OUT", "additional contractual", "need_rate", "contractual"),
    ("OUT", "other contractual", "need_rate", "contractual"),
    (
        "IN",
        "maturing secured lending: Level 1",
        "inflow_rate",
        "reverse_level_1",
    ),
    (
        "IN",
        "maturing secured lending: Level 2A",
        "inflow_rate",
        "reverse_level_2a",
    ),
    (
        "IN",
        "maturing secured lending: Level 2B RMBS",
        "inflow_rate",
        "reverse_rmbs",
    ),
    (
        "IN",
        "maturing secured lending: Level 2B other",
        "inflow_rate",
        "reverse_level_2b",
    ),
    ("IN", "margin lending", "inflow_rate", "margin_loan"),
    (
        "IN",
        "maturing secured lending: all",
        "inflow_rate",
        "reverse_other",
    ),
    (
        "IN",
        "credit or liquidity",
        "inflow_rate",
        "facility_received",
    ),
    (
        "IN",
        "operational deposits held",
        "inflow_rate",
        "operational_placed",
    ),
    ("IN", "retail", "inflow_rate", "inflow_retail"),
    ("IN", "non-financial", "inflow_rate", "inflow_wholesale"),
    ("IN", "financial", "inflow_rate", "inflow_financial"),
    (
        "OUT",
        "retail demand & term<30d: stable",
        "outflow_rate",
        "stable_retail",
    ),
];

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

/// Factors of the NSFR: every category of NSF99 with the classes and residual maturities (below 6M, below 1Y, beyond) that it names.
const NSF99: &[(&str, &str, f64, &str, &str, &[usize])] = &[
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "capital",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "stable",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "less_stable",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "corporate_funding",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "operational_funding",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "public_funding",
        &[2],
    ),
    (
        "ASF",
        "Regulatory capital",
        1.0,
        "asf_factor",
        "other_funding",
        &[2],
    ),
    ("ASF", "Stable", 0.95, "asf_factor", "stable", &[0, 1]),
    (
        "ASF",
        "Less stable",
        0.9,
        "asf_factor",
        "less_stable",
        &[0, 1],
    ),
    (
        "ASF",
        "Funding <1y",
        0.5,
        "asf_factor",
        "corporate_funding",
        &[0, 1],
    ),
    (
        "ASF",
        "Funding <1y",
        0.5,
        "asf_factor",
        "operational_funding",
        &[0, 1],
    ),
    (
        "ASF",
        "Funding <1y",
        0.5,
        "asf_factor",
        "public_funding",
        &[0, 1],
    ),
    (
        "ASF",
        "Funding <1y",
        0.5,
        "asf_factor",
        "other_funding",
        &[1],
    ),
    (
        "ASF",
        "All other",
        0.0,
        "asf_factor",
        "no_funding",
        &[0, 1, 2],
    ),
    ("ASF", "All other", 0.0, "asf_factor", "other_funding", &[0]),
    ("ASF", "All other", 0.0, "asf_factor", "capital", &[0, 1]),
    (
        "ASF",
        "All other",
        0.0,
        "asf_factor",
        "interdependent_liability",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Coins",
        0.0,
        "rsf_factor",
        "cash_and_reserves",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Coins",
        0.0,
        "rsf_factor",
        "claim_on_central_bank",
        &[0],
    ),
    (
        "RSF",
        "Coins",
        0.0,
        "rsf_factor",
        "trade_date_receivable",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Coins",
        0.0,
        "rsf_factor",
        "interdependent_asset",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Unencumbered Level 1",
        0.05,
        "rsf_factor",
        "level_1_security",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Unencumbered loans to FIs",
        0.1,
        "rsf_factor",
        "loan_bank_level_1",
        &[0],
    ),
    (
        "RSF",
        "All other unencumbered loans",
        0.15,
        "rsf_factor",
        "loan_bank",
        &[0],
    ),
    (
        "RSF",
        "All other unencumbered loans",
        0.15,
        "rsf_factor",
        "level_2a_security",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "level_2b_security",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "loan_bank",
        &[1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "loan_bank_level_1",
        &[1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "claim_on_central_bank",
        &[1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "deposit_placed",
        &[0, 1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "loan",
        &[0, 1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "loan_low_weight",
        &[0, 1],
    ),
    (
        "RSF",
        "Unencumbered Level 2B",
        0.5,
        "rsf_factor",
        "other_security",
        &[0, 1],
    ),
    (
        "RSF",
        "Unencumbered residential",
        0.65,
        "rsf_factor",
        "loan_low_weight",
        &[2],
    ),
    (
        "RSF",
        "Initial margin",
        0.85,
        "rsf_factor",
        "margin_posted",
        &[0, 1, 2],
    ),
    ("RSF", "Initial margin", 0.85, "rsf_factor", "loan", &[2]),
    (
        "RSF",
        "Initial margin",
        0.85,
        "rsf_factor",
        "other_security",
        &[2],
    ),
    (
        "RSF",
        "Initial margin",
        0.85,
        "rsf_factor",
        "commodity",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Assets encumbered",
        1.0,
        "rsf_factor",
        "other_asset",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Assets encumbered",
        1.0,
        "rsf_factor",
        "defaulted",
        &[0, 1, 2],
    ),
    (
        "RSF",
        "Assets encumbered",
        1.0,
        "rsf_factor",
        "loan_bank",
        &[2],
    ),
    (
        "RSF",
        "Assets encumbered",
        1.0,
        "rsf_factor",
        "loan_bank_level_1",
        &[2],
    ),
];

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
