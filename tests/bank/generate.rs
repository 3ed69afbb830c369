//! Random banks.

use chrono::{Months, NaiveDate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::lines::{Accrues, Bank, Family, Forms, Line, Row};

/// Few cases and always the same by default; `PROPTEST_CASES` asks for more, and for others each time.
pub fn cases(default: u32) -> Config {
    cases_from(2026, default)
}

/// The same from another seed.
pub fn cases_from(seed: u64, default: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    Config {
        cases: asked.unwrap_or(default),
        rng_seed: if asked.is_some() {
            RngSeed::Random
        } else {
            RngSeed::Fixed(seed)
        },
        failure_persistence: None,
        max_shrink_iters: Config::default().max_shrink_iters.min(40),
        ..Config::default()
    }
}

pub fn date() -> impl Strategy<Value = NaiveDate> {
    select(vec![
        "2026-09-30",
        "2026-09-30",
        "2026-06-15",
        "2027-02-28",
        "2027-01-31",
        "2026-12-24",
    ])
    .prop_map(|text| text.parse().unwrap())
}

fn maturity(date: NaiveDate) -> impl Strategy<Value = NaiveDate> {
    prop_oneof![
        2 => (1..700i64).prop_map(move |days| date + chrono::Days::new(days.unsigned_abs())),
        1 => (1..30u32).prop_map(move |months| date + Months::new(months)),
    ]
}

fn row(date: NaiveDate, prefix: &'static str, dollars: bool) -> impl Strategy<Value = Row> {
    let currency = if dollars {
        select(vec!["EUR", "EUR", "EUR", "USD"])
    } else {
        select(vec!["EUR"])
    };
    (
        currency,
        prop_oneof![4 => 1..500_000_000i64, 1 => 1..5_000i64],
        -200..9_000i64,
        (-500..3_000i64, 0..3_000i64),
        maturity(date),
        (1..25i32, 0..100_000i64, 9_000..11_000i64),
        select(vec!["retail", "corporate"]),
    )
        .prop_map(
            move |(
                currency,
                principal,
                rate,
                (margin, floor),
                maturity,
                (term, accrued, book),
                segment,
            )| Row {
                id: prefix.to_owned(),
                currency,
                // whole euros, so that a premium of whole basis points is a whole number of quanta
                principal: principal.max(100) / 100 * 100,
                rate,
                margin,
                floor,
                cap: floor,
                first_principal: maturity,
                grace: maturity,
                balloon: 0,
                maturity,
                term,
                accrued: accrued.min(principal / 50),
                book,
                price: book,
                segment,
            },
        )
}

pub fn rows(
    date: NaiveDate,
    prefix: &'static str,
    dollars: bool,
    most: usize,
) -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(date, prefix, dollars), 1..=most).prop_map(|mut rows| {
        for (at, row) in rows.iter_mut().enumerate() {
            row.id = format!("{}-{at:03}", row.id);
        }
        rows
    })
}

pub fn terms() -> impl Strategy<Value = (&'static str, &'static str, i32)> {
    (
        select(vec![
            "act/360",
            "act/365",
            "30E/360",
            "30E/360ISDA",
            "30U/360",
            "act/actISDA",
        ]),
        select(vec!["none", "following", "modified_following", "preceding"]),
        select(vec![1, 3, 6, 12]),
    )
}

/// Lines of every family, a few positions each.
pub fn lines(date: NaiveDate, most: usize) -> impl Strategy<Value = Vec<Line>> {
    let line = |name: &'static str, asset: bool, dollars: bool| {
        (
            Just((name, asset)),
            rows(date, name, dollars, most),
            terms(),
        )
    };
    (
        line("bullet_loan", true, true),
        line("annuity_loan", true, false),
        line("linear_loan", true, true),
        line("floater", true, false),
        line("floored_loan", true, false),
        line("term_deposit", false, true),
        line("sight", false, false),
        line("own_bond", false, false),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| {
            [a, b, c, d, e, f, g, h]
                .into_iter()
                .map(|((name, asset), mut rows, (daycount, roll, every))| {
                    let (family, accrues) = match name {
                        "annuity_loan" => (Family::Annuity(every.min(6)), Accrues::Fixed(every)),
                        "linear_loan" => (Family::Linear(every), Accrues::Fixed(every)),
                        "floater" | "floored_loan" => {
                            (Family::Bullet, Accrues::Index(every.min(6)))
                        }
                        "sight" => (Family::OnDemand, Accrues::Client(every)),
                        _ => (Family::Bullet, Accrues::Fixed(every)),
                    };
                    if name == "sight" {
                        for row in &mut rows {
                            (row.rate, row.accrued) = (row.rate.abs() / 10, row.accrued / 10);
                        }
                    }
                    // few floors, so that groups have more than one position
                    for row in &mut rows {
                        row.floor = row.floor / 1_000 * 1_000;
                    }
                    Line {
                        name,
                        asset,
                        family,
                        accrues,
                        daycount,
                        roll,
                        floored: name == "floored_loan",
                        forms: Forms::default(),
                        priced: name == "own_bond",
                        quoted: false,
                        lots: false,
                        accounting: "amortised",
                        rows,
                    }
                })
                .collect()
        })
}

/// What customers do.
pub fn behaviours() -> impl Strategy<Value = Vec<String>> {
    (
        (0..40u32, any::<bool>(), 0..10u32),
        (0..=100u32, 1..30u32, any::<bool>(), 0..100u32),
        (0..20u32, any::<bool>()),
        (0..5u32, 0..100u32, 1..9u32),
    )
        .prop_map(|((prepay, forfeited, fee), (core, term, rest, beta), (withdraw, daily), (default, loss, months))| {
            vec![
                format!(
                    "behaviour prepayment on annuity_loan + bullet_loan {{\n  prepay = {prepay}% per year\n  fee = {fee}%\n  accrued_on_exit = {}\n}}",
                    if forfeited { "forfeited" } else { "paid" }
                ),
                format!(
                    "behaviour deposits on sight {{\n  core = {core}%\n  decay = linear(term = {term}M)\n{}  reprice = beta(EURIBOR_3M, up = {beta}%, down = 50%, lag = 1M, floor = 0%)\n}}",
                    if rest { "  rest = overnight\n" } else { "" }
                ),
                format!(
                    "behaviour withdrawal on term_deposit {{\n  withdraw = {withdraw}% per year\n{}}}",
                    if daily { "  observed = daily\n" } else { "" }
                ),
                format!(
                    "behaviour losses on linear_loan {{\n  default = {default}% per year\n  loss = {loss}%\n  recovered_after = {months}M\n  prepay = 5% per year\n}}"
                ),
            ]
        })
}

fn stress() -> impl Strategy<Value = Vec<String>> {
    (-300..300i32, 0..60u32, 1..40u32, -20..20i32).prop_map(|(rates, outflow, days, fx)| {
        vec![
            format!("shock rates EUR: {rates:+}bp"),
            format!("shock outflow sight where segment == retail: to {outflow}% over {days}d"),
            format!("shock outflow term_deposit: {}%", outflow / 4),
            format!("shock fx USD: {fx:+}%"),
        ]
    })
}

/// A bank of every family; its scenarios, calendars and questions are plain and may be overwritten.
pub fn bank(most: usize) -> impl Strategy<Value = Bank> {
    date().prop_flat_map(move |date| {
        (
            lines(date, most),
            behaviours(),
            stress(),
            (0..300_000_000i64, 0..100_000_000i64, 0..4_000i64),
            (0..400_000_000i64, 0..20_000_000i64),
            prop::collection::vec(-100..5_000i64, 4),
            select(vec!["constant", "run_off"]),
            select(vec!["constant", "forwards"]),
            any::<bool>(),
        )
            .prop_map(
                move |(lines, behaviours, stress, (euro, us, cash_rate), (capacity, minimum), curve, balance_sheet, rates, converts)| Bank {
                    date,
                    lines,
                    cash: [euro, us],
                    cash_rate,
                    capacity,
                    minimum,
                    curve: [3, 12, 36, 120].into_iter().zip(curve).collect(),
                    dollar: 9214,
                    balance_sheet,
                    rates,
                    behaviours,
                    stress,
                    calendars: "  settle daily until 40d\n  settle monthly until 7M\n  step monthly until 7M".into(),
                    more: String::new(),
                    asks: "  run stress\n  report volume".into(),
                    equity: 0,
                    converts,
                    relabelled: false,
                },
            )
    })
    .prop_map(|mut bank| {
        bank.more = "metric volume: money = sum(assets: balance)".into();
        bank
    })
}
