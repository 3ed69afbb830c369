//! Bonds held and issued, repos and swaps of the sample bank.

use chrono::{Datelike, NaiveDate};

use super::curves;
use super::days::{
    REPORTING, day, days_30_360, days_after, last_on_schedule, months_after, months_before, years,
};
use super::id;
use super::loans::coupon_step;
use super::random::Stream;
use super::table::{Cells, Table};

/// Who issues, in which currency, how rated, at which spread over the curve (0.01%), and how often.
struct Issuer {
    code: &'static str,
    kind: &'static str,
    currency: &'static str,
    rating: &'static str,
    spread: i64,
    weight: i64,
}

const ISSUERS: &[Issuer] = &[
    Issuer {
        code: "DE-GOV",
        kind: "sovereign",
        currency: "EUR",
        rating: "AAA",
        spread: 2,
        weight: 24,
    },
    Issuer {
        code: "NL-GOV",
        kind: "sovereign",
        currency: "EUR",
        rating: "AAA",
        spread: 12,
        weight: 10,
    },
    Issuer {
        code: "FR-GOV",
        kind: "sovereign",
        currency: "EUR",
        rating: "AA",
        spread: 45,
        weight: 18,
    },
    Issuer {
        code: "AT-GOV",
        kind: "sovereign",
        currency: "EUR",
        rating: "AA+",
        spread: 38,
        weight: 8,
    },
    Issuer {
        code: "ES-GOV",
        kind: "sovereign",
        currency: "EUR",
        rating: "A",
        spread: 75,
        weight: 7,
    },
    Issuer {
        code: "US-GOV",
        kind: "sovereign",
        currency: "USD",
        rating: "AA+",
        spread: 0,
        weight: 10,
    },
    Issuer {
        code: "UK-GOV",
        kind: "sovereign",
        currency: "GBP",
        rating: "AA",
        spread: 0,
        weight: 7,
    },
    Issuer {
        code: "DE-CB",
        kind: "covered",
        currency: "EUR",
        rating: "AAA",
        spread: 45,
        weight: 12,
    },
    Issuer {
        code: "NO-CB",
        kind: "covered",
        currency: "EUR",
        rating: "AAA",
        spread: 55,
        weight: 8,
    },
    Issuer {
        code: "EU-CORP",
        kind: "corporate",
        currency: "EUR",
        rating: "A",
        spread: 95,
        weight: 7,
    },
    Issuer {
        code: "EU-BBB",
        kind: "corporate",
        currency: "EUR",
        rating: "BBB",
        spread: 135,
        weight: 5,
    },
    Issuer {
        code: "EU-BANK",
        kind: "bank",
        currency: "EUR",
        rating: "A",
        spread: 110,
        weight: 5,
    },
];

/// Columns of a file of bonds.
#[derive(Debug, Clone, Default)]
pub struct Bonds {
    isin: Vec<String>,
    currency: Vec<String>,
    nominal: Vec<i64>,
    clean: Vec<i64>,
    book: Vec<i64>,
    maturity: Vec<NaiveDate>,
    coupon: Vec<i64>,
    last: Vec<NaiveDate>,
    issuer: Vec<String>,
    kind: Vec<String>,
    rating: Vec<String>,
    margin: Vec<i64>,
    term_months: Vec<i64>,
}

/// What a yearly coupon was at issue, in 0.01%, before the issuer's spread.
fn issue_yield(year: i32, currency: &str) -> i64 {
    let base = match year {
        ..=2014 => 150,
        2015..=2017 => 55,
        2018 => 60,
        2019 => 15,
        2020 | 2021 => 5,
        2022 => 165,
        2023 => 265,
        _ => 255,
    };
    match currency {
        "USD" => base + 170,
        "GBP" => base + 120,
        _ => base,
    }
}

fn lots(stream: u64, number: usize, prefix: &str, long: bool) -> Bonds {
    let mut s = Stream::new(stream);
    let mut bonds = Bonds::default();
    for line in 0..number {
        let pick = s.between(0, ISSUERS.iter().map(|i| i.weight).sum::<i64>() - 1);
        let mut left = pick;
        let issuer = ISSUERS.iter().find(|i| {
            left -= i.weight;
            left < 0
        });
        let Some(issuer) = issuer else { continue };
        let term = s.weighted(
            84,
            if long {
                &[(84, 2), (120, 5), (180, 3)]
            } else {
                &[(36, 3), (60, 5), (84, 4), (120, 3)]
            },
        );
        let left_months = s.between(3, term * 3 / 4);
        let maturity = months_after(day(2026, 9, s.between(1, 28) as u32), left_months);
        let issued = months_before(maturity, term);
        let coupon = coupon_step(
            ((issue_yield(issued.year(), issuer.currency) + issuer.spread) as f64 / 10_000.0)
                .max(0.0),
        );
        let last = last_on_schedule(maturity, 12);
        let spread = (issuer.spread + s.between(-6, 6)).max(-5);
        let clean = curves::clean_price(
            issuer.currency,
            coupon as f64 / 1e6,
            spread as f64 / 1e4,
            maturity,
            last,
        );
        let bought = 1_000_000 + s.between(-15, 15) * 1_000;
        bonds
            .isin
            .push(format!("{}-{}{line:03}", issuer.code, prefix));
        bonds.currency.push(issuer.currency.to_owned());
        bonds.nominal.push(s.between(15, 78) * 10_000_000);
        bonds.clean.push(clean);
        bonds
            .book
            .push(1_000_000 + (bought - 1_000_000) * left_months / term);
        bonds.maturity.push(maturity);
        bonds.coupon.push(coupon);
        bonds.last.push(last);
        bonds.issuer.push(issuer.code.to_owned());
        bonds.kind.push(issuer.kind.to_owned());
        bonds.rating.push(issuer.rating.to_owned());
        bonds.margin.push(spread * 100);
        bonds.term_months.push(term);
    }
    bonds
}

impl Bonds {
    /// The file.
    pub fn table(&self) -> Table {
        Table {
            columns: vec![
                ("isin", Cells::Ids(self.isin.clone())),
                ("ccy", Cells::Words(self.currency.clone())),
                ("nominal", Cells::Cents(self.nominal.clone())),
                ("clean_price", Cells::Percent(self.clean.clone())),
                ("book_price", Cells::Percent(self.book.clone())),
                ("maturity", Cells::Days(self.maturity.clone())),
                ("coupon", Cells::Percent(self.coupon.clone())),
                ("last_coupon", Cells::Days(self.last.clone())),
                ("issuer", Cells::Words(self.issuer.clone())),
                ("issuer_type", Cells::Words(self.kind.clone())),
                ("rating", Cells::Words(self.rating.clone())),
                ("margin", Cells::Percent(self.margin.clone())),
                ("term_months", Cells::Whole(self.term_months.clone())),
            ],
        }
    }
}

/// The liquidity portfolio, at fair value through other comprehensive income.
pub fn bonds() -> Bonds {
    lots(21, 150, "L", false)
}

/// The portfolio held to maturity.
pub fn held_to_maturity() -> Bonds {
    lots(22, 60, "H", true)
}

/// Government bonds of the liquidity portfolio sold under repo: the largest euro lots, each up to three quarters.
pub fn repos(bonds: &Bonds) -> Table {
    let mut lots: Vec<(i64, &String, i64)> = bonds
        .isin
        .iter()
        .zip(&bonds.nominal)
        .zip(&bonds.clean)
        .filter(|((isin, _), _)| {
            isin.starts_with("DE-GOV") || isin.starts_with("FR-GOV") || isin.starts_with("NL-GOV")
        })
        .map(|((isin, nominal), clean)| (*nominal, isin, *clean))
        .collect();
    lots.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let (mut ids, mut currency, mut cash, mut end, mut start) =
        (vec![], vec![], vec![], vec![], vec![]);
    let (mut rate, mut isin, mut pledged, mut haircut, mut term_months) =
        (vec![], vec![], vec![], vec![], vec![]);
    let terms = [
        (7, 1),
        (9, 1),
        (14, 1),
        (14, 1),
        (21, 1),
        (26, 1),
        (45, 3),
        (45, 3),
        (60, 3),
        (75, 3),
        (80, 3),
        (85, 3),
        (120, 6),
        (150, 6),
        (165, 6),
    ];
    let terms = terms.into_iter().chain(terms);
    for (number, ((nominal, lot, clean), (days, months))) in lots.into_iter().zip(terms).enumerate()
    {
        let share = nominal / 4 * 3 / 10_000_000 * 10_000_000;
        let maturity = days_after(REPORTING, days);
        ids.push(id("RP", 3, number as i64 + 1));
        currency.push("EUR".to_owned());
        // Cash: market value less 2%, in steps of 10,000.
        cash.push(share / 100 * (clean / 10_000) / 100 * 98 / 1_000_000 * 1_000_000);
        start.push(months_before(maturity, months));
        end.push(maturity);
        rate.push(37_600 - months * 100);
        isin.push(lot.clone());
        pledged.push(share);
        haircut.push(20_000);
        term_months.push(months);
    }
    Table {
        columns: vec![
            ("trade", Cells::Ids(ids)),
            ("ccy", Cells::Words(currency)),
            ("cash", Cells::Cents(cash)),
            ("start", Cells::Days(start)),
            ("end", Cells::Days(end)),
            ("rate", Cells::Percent(rate)),
            ("isin", Cells::Words(isin)),
            ("nominal_pledged", Cells::Cents(pledged)),
            ("haircut", Cells::Percent(haircut)),
            ("term_months", Cells::Whole(term_months)),
        ],
    }
}

/// Own senior and covered bonds.
pub fn own_issues() -> Table {
    let mut s = Stream::new(23);
    let mut b = Bonds::default();
    let mut rank = vec![];
    let issues: [(&str, &str, i64, i64, i64); 18] = [
        ("covered", "EUR", 100, 120, 4),
        ("covered", "EUR", 75, 84, 8),
        ("covered", "EUR", 100, 84, 11),
        ("covered", "EUR", 100, 120, 41),
        ("covered", "EUR", 75, 84, 47),
        ("covered", "EUR", 100, 120, 56),
        ("covered", "EUR", 100, 84, 68),
        ("covered", "EUR", 75, 120, 83),
        ("covered", "EUR", 75, 120, 101),
        ("covered", "GBP", 80, 60, 37),
        ("covered", "GBP", 60, 60, 52),
        ("senior", "EUR", 60, 60, 5),
        ("senior", "EUR", 75, 60, 9),
        ("senior", "EUR", 75, 84, 33),
        ("senior", "EUR", 60, 84, 45),
        ("senior", "EUR", 50, 84, 62),
        ("senior", "USD", 50, 60, 26),
        ("senior", "USD", 60, 60, 50),
    ];
    for (number, (class, currency, units, term, left)) in issues.into_iter().enumerate() {
        let maturity = months_after(day(2026, 9, s.between(2, 27) as u32), left);
        let issued = months_before(maturity, term);
        let spread = if class == "senior" {
            s.between(70, 110)
        } else {
            s.between(20, 45)
        };
        rank.push(class.to_owned());
        b.isin.push(id("HLY-", 2, number as i64 + 1));
        b.currency.push(currency.to_owned());
        b.nominal.push(units * 100_000_000);
        b.book
            .push(1_000_000 - s.between(0, 6) * 1_000 * left / term);
        b.maturity.push(maturity);
        b.coupon.push(coupon_step(
            (issue_yield(issued.year(), currency) + spread) as f64 / 10_000.0,
        ));
        b.last.push(last_on_schedule(maturity, 12));
        b.margin.push(spread * 100);
        b.term_months.push(term);
    }
    Table {
        columns: vec![
            ("isin", Cells::Ids(b.isin)),
            ("rank", Cells::Words(rank)),
            ("ccy", Cells::Words(b.currency)),
            ("nominal", Cells::Cents(b.nominal)),
            ("issue_price", Cells::Percent(b.book)),
            ("maturity", Cells::Days(b.maturity)),
            ("coupon", Cells::Percent(b.coupon)),
            ("last_coupon", Cells::Days(b.last)),
            ("margin", Cells::Percent(b.margin)),
            ("term_months", Cells::Whole(b.term_months)),
        ],
    }
}

/// Interest-rate swaps in euro: fixed yearly 30U/360 against 6-month Euribor act/360. Accrued: received less paid.
pub fn swaps() -> Table {
    let mut s = Stream::new(24);
    let (mut ids, mut direction, mut notional, mut end) = (vec![], vec![], vec![], vec![]);
    let (mut fixed, mut fixing, mut accrued, mut csa) = (vec![], vec![], vec![], vec![]);
    for number in 0..55 {
        let pays = number < 43;
        let maturity = months_after(
            day(2026, 9, s.between(2, 27) as u32),
            s.between(10, if pays { 130 } else { 90 }),
        );
        let amount = s.between(4, 16) * 250_000_000;
        let coupon = coupon_step((150 + s.between(0, 12) * 12) as f64 / 10_000.0);
        let last_fixing = 37_760 + s.between(0, 6) * 50;
        let fixed_days = days_30_360(last_on_schedule(maturity, 12), REPORTING);
        let floating_days = (REPORTING - last_on_schedule(maturity, 6)).num_days();
        let fixed_accrued = amount as f64 * coupon as f64 / 1e6 * fixed_days as f64 / 360.0;
        let floating_accrued =
            amount as f64 * last_fixing as f64 / 1e6 * floating_days as f64 / 360.0;
        let net = (floating_accrued - fixed_accrued).round() as i64;
        ids.push(id("SW", 3, number + 1));
        direction.push(if pays { "pay" } else { "receive" }.to_owned());
        notional.push(amount);
        end.push(maturity);
        fixed.push(coupon);
        fixing.push(last_fixing);
        accrued.push(if pays { net } else { -net });
        csa.push(id("CSA", 1, s.between(1, 4)));
    }
    Table {
        columns: vec![
            ("trade", Cells::Ids(ids)),
            ("direction", Cells::Words(direction)),
            ("notional", Cells::Cents(notional)),
            ("end", Cells::Days(end)),
            ("fixed_rate", Cells::Percent(fixed)),
            ("fixing", Cells::Percent(fixing)),
            ("accrued", Cells::Cents(accrued)),
            ("csa", Cells::Words(csa)),
        ],
    }
}

/// Far legs of currency swaps: dollars are paid back, euro come in.
pub fn fx_swaps() -> Table {
    let mut s = Stream::new(25);
    let (mut ids, mut end, mut dollars, mut euro, mut csa) =
        (vec![], vec![], vec![], vec![], vec![]);
    for number in 0..6 {
        let maturity = days_after(REPORTING, 40 + number * 83);
        let amount = s.between(10, 16) * 100_000_000;
        let t = years(REPORTING, maturity);
        let forward = 0.9214
            * libm::exp(
                (curves::rate(curves::EUR_AAA, t) - curves::rate(curves::USD_TREASURY, t)) * t,
            )
            * (1.0 + s.between(-20, 20) as f64 / 1000.0);
        ids.push(id("FX", 2, number + 1));
        end.push(maturity);
        dollars.push(amount);
        euro.push((amount as f64 * forward / 100.0).round() as i64 * 100);
        csa.push(id("CSA", 1, s.between(1, 4)));
    }
    Table {
        columns: vec![
            ("trade", Cells::Ids(ids)),
            ("end", Cells::Days(end)),
            ("usd_amount", Cells::Cents(dollars)),
            ("eur_amount", Cells::Cents(euro)),
            ("csa", Cells::Words(csa)),
        ],
    }
}
