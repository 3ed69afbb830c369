//! Market files.

use super::bank::{Bank, EUR, LOANS};

#[test]
fn market_files() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        ("a curve's file is empty", EUR, "", &["eur.csv"]),
        (
            "a curve's file has a heading alone",
            EUR,
            "tenor,value\n",
            &["eur.csv"],
        ),
        (
            "a curve lacks a pillar",
            EUR,
            "tenor,value\n3M,0.021\n5Y,0.025\n",
            &["eur.csv", "3", "2"],
        ),
        (
            "a curve's column is renamed",
            EUR,
            "tenor,rate\n3M,0.021\n1Y,0.022\n5Y,0.025\n",
            &["eur.csv", "value"],
        ),
        (
            "a pillar is a word",
            EUR,
            "tenor,value\n3M,0.021\nlong,0.022\n5Y,0.025\n",
            &["eur.csv", "row 3", "long"],
        ),
        (
            "a rate in per cent",
            EUR,
            "tenor,value\n3M,2.1\n1Y,2.2\n5Y,2.5\n",
            &["eur.csv"],
        ),
        (
            "a fixing is missing",
            "data/2026-09-30/euribor.csv",
            "date,value\n2026-09-30,0.0210\n",
            &["`EURIBOR_3M`", "2026-08-31"],
        ),
        (
            "a fixing twice",
            "data/2026-09-30/euribor.csv",
            "date,value\n2026-08-31,0.0205\n2026-08-31,0.0206\n2026-09-30,0.0210\n",
            &["euribor.csv", "2026-08-31"],
        ),
    ];
    for (what, name, text, said) in cases {
        let bank = Bank::new();
        bank.write(name, text);
        bank.refused(what, said);
    }
    let gone: &[(&str, &str)] = &[
        (EUR, "eur.csv"),
        ("data/2026-09-30/euribor.csv", "euribor.csv"),
        (LOANS, "loans.csv"),
    ];
    for (name, said) in gone {
        let bank = Bank::new();
        std::fs::remove_file(bank.path(name)).unwrap();
        bank.refused(&format!("{name} is gone"), &[said, "no file"]);
    }
}

/// A market older than the book is warned about by name, and run.
#[test]
fn an_old_market_is_warned_about() {
    let bank = Bank::new();
    bank.write("data/2026-09-30/old.csv", "date,value\n2026-08-31,0.0205\n");
    bank.edit(
        "market.plim",
        "  discount EUR",
        "  index    OLD_3M in EUR = forward(EUR_AAA, fixings = \"data/{at}/old.csv\")\n  discount EUR",
    );
    std::fs::create_dir(bank.path("data/2026-08-31")).unwrap();
    bank.write(
        "data/2026-08-31/usd.csv",
        bank.text("data/2026-09-30/usd.csv"),
    );
    bank.edit(
        "market.plim",
        "data/{at}/usd.csv",
        "data/2026-08-31/usd.csv",
    );
    for command in [
        &["run", "bank"][..],
        &["run", "bank", "--dry-run"],
        &["check", "bank"],
    ] {
        let output = bank.command(command).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{printed}");
        assert_eq!(printed.matches("W0601").count(), 2, "{printed}");
        assert!(
            printed.contains("old.csv") && printed.contains("2026-08-31/usd.csv"),
            "{printed}"
        );
    }
}
