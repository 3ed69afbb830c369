//! Position files: columns, cells, bytes.

use super::bank::{Bank, EUR, LOANS};

/// What is wrong in a position file, and what the message names.
#[test]
fn position_files() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            "a renamed column",
            "outstanding,",
            "outstandig,",
            &[
                "`outstanding`",
                "loans.csv",
                "bank.plim:",
                "did you mean `[outstandig]`",
            ],
        ),
        (
            "a missing column",
            ",seg\n",
            "\n",
            &["`seg`", "loans.csv", "bank.plim:"],
        ),
        (
            "a word for a number",
            "2000000.00",
            "two million",
            &["row 4", "`outstanding`", "two million"],
        ),
        (
            "a decimal comma",
            "2000000.00",
            "\"2000000,00\"",
            &["row 4", "`outstanding`", "2000000,00"],
        ),
        (
            "a non-breaking space",
            "2000000.00",
            "2\u{a0}000\u{a0}000.00",
            &["row 4", "`outstanding`"],
        ),
        (
            "a Unicode minus",
            "4.20",
            "\u{2212}4.20",
            &["row 4", "`coupon`", "minus"],
        ),
        (
            "another date format",
            "2027-09-15,4.20",
            "15.09.2027,4.20",
            &["row 4", "`maturity`", "15.09.2027"],
        ),
        (
            "a date before the book's",
            "2027-09-15,4.20",
            "2025-09-15,4.20",
            &["row 4", "`maturity`", "2025-09-15", "2026-09-30"],
        ),
        (
            "a date that is none",
            "2027-09-15,4.20",
            "2027-02-30,4.20",
            &["row 4", "`maturity`", "2027-02-30"],
        ),
        (
            "an empty cell",
            "2000000.00",
            "",
            &["row 4", "`outstanding`"],
        ),
        (
            "a negative principal",
            "2000000.00",
            "-2000000.00",
            &["row 4", "-2000000.00"],
        ),
        (
            "a rate in another unit",
            "4.20",
            "420",
            &["row 4", "`coupon`", "420"],
        ),
        (
            "an unknown currency",
            "USD",
            "USX",
            &["row 4", "`ccy`", "USX"],
        ),
        ("a currency without curve and rate", "USD", "CHF", &["CHF"]),
        (
            "a value without a row in the table",
            ",C\n",
            ",X\n",
            &["`segment_of`", "X"],
        ),
        (
            "too many cells",
            ",C\n",
            ",C,,,7\n",
            &["row 4", "loans.csv"],
        ),
        (
            "too few cells",
            ",2026-09-15,C\n",
            "\n",
            &["row 4", "loans.csv"],
        ),
        ("an open quote", "L3,", "\"L3,", &["loans.csv"]),
    ];
    for (what, old, new, said) in cases {
        let bank = Bank::new();
        let text = bank.text(LOANS);
        let at = text.rfind(old).unwrap();
        bank.write(
            LOANS,
            format!("{}{new}{}", &text[..at], &text[at + old.len()..]),
        );
        bank.refused(what, said);
    }
}

#[test]
fn position_files_as_bytes() {
    let bank = Bank::new();
    bank.write(LOANS, "");
    bank.refused("an empty file", &["loans.csv", "empty"]);

    let bank = Bank::new();
    let mut bytes = bank.text(LOANS).into_bytes();
    bytes.extend(b"L\xe9,EUR,1.00,2027-09-15,1.00,2026-09-15,C\n");
    bank.write(LOANS, bytes);
    bank.refused("a file that is not UTF-8", &["loans.csv", "UTF-8"]);

    let bank = Bank::new();
    let text = bank.text(LOANS);
    bank.write(LOANS, text.replace("2000000.00", &"9".repeat(10_000_000)));
    bank.refused("a number of 10 MB", &["loans.csv", "row 4"]);

    let bank = Bank::new();
    let text = bank.text(LOANS);
    let (first, rest) = text.split_once('\n').unwrap();
    let long = rest.replacen("L1,", &format!("L{},", "1".repeat(10_000_000)), 1);
    bank.write(LOANS, format!("{first}\n{long}"));
    bank.refused(
        "a text of 10 MB",
        &["loans.csv", "row 2", "10,000,001 bytes"],
    );

    let bank = Bank::new();
    bank.write(LOANS, (0..=255u8).cycle().take(100_000).collect::<Vec<_>>());
    bank.refused("a file of any bytes", &["loans.csv"]);

    let bank = Bank::new();
    std::fs::remove_file(bank.path(LOANS)).unwrap();
    std::fs::create_dir(bank.path(LOANS)).unwrap();
    bank.refused("a folder in place of a file", &["loans.csv"]);
}

#[test]
fn line_ends_of_another_system_are_read() {
    let bank = Bank::new();
    let plain = bank.run();
    assert_eq!(plain.status.code(), Some(0));
    let metrics =
        |bank: &Bank| std::fs::read(bank.folder.path().join("results/bundle/metrics.csv")).unwrap();
    let before = metrics(&bank);
    for name in [LOANS, EUR, "bank.plim", "market.plim", "run.plim"] {
        let text = bank.text(name).replace('\n', "\r\n");
        bank.write(name, text);
    }
    let output = bank.run();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert_eq!(metrics(&bank), before);
}
