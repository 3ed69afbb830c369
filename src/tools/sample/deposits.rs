//! What customers and other banks have placed with the sample bank, and its central-bank balances.

use super::days::{REPORTING, days_after, last_on_schedule, months_after, months_before};
use super::id;
use super::random::Stream;
use super::table::{Cells, Table};

/// Cover of the deposit scheme, in cents.
const INSURED: i64 = 10_000_000;

fn branch(s: &mut Stream) -> String {
    format!("{:03}", s.between(1, 8))
}

/// Current accounts of households and small firms.
pub fn sight() -> Table {
    let mut s = Stream::new(11);
    let (mut ids, mut currency, mut balance, mut rate) = (vec![], vec![], vec![], vec![]);
    let (mut insured, mut segment, mut office) = (vec![], vec![], vec![]);
    for number in 0..17_200 {
        let (code, private) = match s.between(0, 999) {
            0..=819 => ("R01", false),
            820..=844 => ("R02", true),
            _ => ("S01", false),
        };
        let ccy = match number {
            0..=16_199 => "EUR",
            16_200..=16_899 => "GBP",
            _ => "USD",
        };
        let amount = match (code, private) {
            (_, true) => s.amount(330_000.0, 0.7, 1),
            ("S01", _) => s.amount(94_000.0, 1.1, 1),
            _ => s.amount(22_500.0, 1.15, 1),
        };
        ids.push(id("A", 6, number));
        currency.push(ccy.to_owned());
        balance.push(amount);
        rate.push(
            if code == "S01" {
                s.between(0, 2) * 2
            } else {
                s.between(0, 1)
            } * 1_000,
        );
        // Joint and old accounts: not every euro below the limit is covered.
        insured.push(if s.permille(920) {
            amount.min(INSURED)
        } else {
            0
        });
        segment.push(code.to_owned());
        office.push(if private {
            "PB".to_owned()
        } else {
            branch(&mut s)
        });
    }
    Table {
        columns: vec![
            ("account", Cells::Ids(ids)),
            ("ccy", Cells::Words(currency)),
            ("balance", Cells::Cents(balance)),
            ("rate", Cells::Percent(rate)),
            ("insured_amount", Cells::Cents(insured)),
            ("seg_code", Cells::Words(segment)),
            ("branch", Cells::Words(office)),
        ],
    }
}

/// Savings accounts with notice, in euro.
pub fn savings() -> Table {
    let mut s = Stream::new(12);
    let (mut ids, mut balance, mut rate, mut insured) = (vec![], vec![], vec![], vec![]);
    let (mut segment, mut office) = (vec![], vec![]);
    for number in 0..8_600 {
        let amount = s.amount(43_000.0, 0.95, 1);
        ids.push(id("V", 6, number));
        balance.push(amount);
        rate.push(s.between(4, 8) * 2_500);
        insured.push(if s.permille(940) {
            amount.min(INSURED)
        } else {
            0
        });
        segment.push(if s.permille(70) { "S01" } else { "R01" }.to_owned());
        office.push(branch(&mut s));
    }
    Table {
        columns: vec![
            ("account", Cells::Ids(ids)),
            ("balance", Cells::Cents(balance)),
            ("rate", Cells::Percent(rate)),
            ("insured_amount", Cells::Cents(insured)),
            ("seg_code", Cells::Words(segment)),
            ("branch", Cells::Words(office)),
        ],
    }
}

/// Current accounts of companies, financial ones among them.
pub fn corporate_accounts() -> Table {
    let mut s = Stream::new(13);
    let (mut ids, mut currency, mut balance, mut rate, mut segment, mut customer) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for number in 0..450 {
        let financial = s.permille(60);
        ids.push(id("K", 4, number));
        currency.push(
            s.weighted("EUR", &[("EUR", 76), ("USD", 16), ("GBP", 8)])
                .to_owned(),
        );
        balance.push(s.amount(1_250_000.0, 0.9, 1));
        rate.push(s.between(4, 16) * 1_000);
        segment.push(if financial { "F01" } else { "C01" }.to_owned());
        customer.push(id("G", 3, s.between(1, 420)));
    }
    Table {
        columns: vec![
            ("account", Cells::Ids(ids)),
            ("ccy", Cells::Words(currency)),
            ("balance", Cells::Cents(balance)),
            ("rate", Cells::Percent(rate)),
            ("seg_code", Cells::Words(segment)),
            ("customer", Cells::Words(customer)),
        ],
    }
}

/// Clearing and custody accounts, in euro.
pub fn operational() -> Table {
    let mut s = Stream::new(14);
    let (mut ids, mut balance, mut rate, mut customer) = (vec![], vec![], vec![], vec![]);
    for number in 0..75 {
        ids.push(id("OP", 3, number));
        balance.push(s.amount(2_400_000.0, 0.7, 1));
        rate.push(s.between(8, 20) * 1_000);
        customer.push(id("G", 3, s.between(1, 420)));
    }
    Table {
        columns: vec![
            ("account", Cells::Ids(ids)),
            ("balance", Cells::Cents(balance)),
            ("rate", Cells::Percent(rate)),
            ("customer", Cells::Words(customer)),
        ],
    }
}

/// Term deposits, in euro, interest paid yearly and at the end.
pub fn term() -> Table {
    let mut s = Stream::new(15);
    let (mut ids, mut amount, mut rate, mut margin) = (vec![], vec![], vec![], vec![]);
    let (mut maturity, mut last, mut term_months) = (vec![], vec![], vec![]);
    let (mut segment, mut office) = (vec![], vec![]);
    for number in 0..3_400 {
        let code = s.weighted("R01", &[("R01", 900), ("S01", 85), ("F01", 15)]);
        let term = if code == "F01" {
            s.weighted(6, &[(3, 5), (6, 4), (12, 1)])
        } else {
            s.weighted(12, &[(6, 20), (12, 45), (24, 25), (36, 10)])
        };
        let end = months_after(
            days_after(REPORTING, s.between(1, 30)),
            s.between(0, term - 1),
        );
        let start = months_before(end, term);
        let base = match term {
            0..=6 => 30,
            7..=12 => 29,
            13..=24 => 26,
            _ => 25,
        };
        ids.push(id("TD", 5, number));
        amount.push(match code {
            "F01" => s.amount(2_400_000.0, 0.6, 10_000_000),
            "S01" => s.amount(210_000.0, 0.8, 100_000),
            _ => s.amount(60_000.0, 0.8, 100_000),
        });
        rate.push((base + s.between(-4, 4) + if code == "F01" { 7 } else { 0 }) * 1_000);
        margin.push(
            if code == "F01" {
                -s.between(0, 2)
            } else {
                -s.between(3, 8)
            } * 1_000,
        );
        maturity.push(end);
        last.push(last_on_schedule(end, 12).max(start));
        term_months.push(term);
        segment.push(code.to_owned());
        office.push(branch(&mut s));
    }
    Table {
        columns: vec![
            ("contract", Cells::Ids(ids)),
            ("amount", Cells::Cents(amount)),
            ("maturity", Cells::Days(maturity)),
            ("last_payment", Cells::Days(last)),
            ("rate", Cells::Percent(rate)),
            ("margin", Cells::Percent(margin)),
            ("term_months", Cells::Whole(term_months)),
            ("seg_code", Cells::Words(segment)),
            ("branch", Cells::Words(office)),
        ],
    }
}

/// Money taken from banks.
pub fn interbank() -> Table {
    let deals: [(&str, i64, i64, i64); 12] = [
        ("EUR", 60_000_000, 41, 38_700),
        ("EUR", 55_000_000, 55, 38_600),
        ("EUR", 50_000_000, 97, 38_400),
        ("EUR", 45_000_000, 112, 38_300),
        ("EUR", 40_000_000, 140, 38_100),
        ("EUR", 25_000_000, 152, 38_000),
        ("EUR", 30_000_000, 22, 38_700),
        ("EUR", 25_000_000, 75, 38_500),
        ("EUR", 40_000_000, 160, 37_900),
        ("USD", 35_000_000, 48, 54_100),
        ("USD", 30_000_000, 130, 53_600),
        ("GBP", 12_000_000, 90, 52_300),
    ];
    let (mut ids, mut currency, mut amount, mut end) = (vec![], vec![], vec![], vec![]);
    let (mut start, mut rate, mut term_months) = (vec![], vec![], vec![]);
    for (number, (ccy, units, days, percent)) in deals.into_iter().enumerate() {
        let maturity = days_after(REPORTING, days);
        ids.push(id("IB", 2, number as i64 + 1));
        currency.push(ccy.to_owned());
        amount.push(units * 100);
        end.push(maturity);
        start.push(months_before(maturity, 6));
        rate.push(percent);
        term_months.push(6);
    }
    Table {
        columns: vec![
            ("trade", Cells::Ids(ids)),
            ("ccy", Cells::Words(currency)),
            ("amount", Cells::Cents(amount)),
            ("start", Cells::Days(start)),
            ("end", Cells::Days(end)),
            ("rate", Cells::Percent(rate)),
            ("term_months", Cells::Whole(term_months)),
        ],
    }
}

/// Balances at the central banks.
pub fn central_bank() -> Table {
    Table {
        columns: vec![
            (
                "account",
                Cells::Ids(vec![
                    "CB-EUR".to_owned(),
                    "CB-GBP".to_owned(),
                    "CB-USD".to_owned(),
                ]),
            ),
            (
                "ccy",
                Cells::Words(vec!["EUR".to_owned(), "GBP".to_owned(), "USD".to_owned()]),
            ),
            (
                "balance",
                Cells::Cents(vec![14_418_377_109, 3_806_214_455, 4_551_930_082]),
            ),
            ("rate", Cells::Percent(vec![37_500, 51_500, 53_000])),
        ],
    }
}
