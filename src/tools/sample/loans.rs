//! What the sample bank has lent.

use chrono::NaiveDate;

use super::days::{REPORTING, day, days_after, last_on_schedule, months_after, months_before};
use super::random::Stream;
use super::table::{Cells, Table};
use super::{id, percent_steps};

/// Average rate of new ten-year mortgages by year, in 0.1%.
fn house_rate(year: i32) -> i64 {
    match year {
        ..=2008 => 47,
        2009..=2010 => 41,
        2011 => 38,
        2012 => 32,
        2013 => 29,
        2014 => 25,
        2015 => 20,
        2016 | 2017 => 18,
        2018 => 19,
        2019 => 15,
        2020 => 12,
        2021 => 13,
        2022 => 24,
        2023 => 39,
        2024 => 37,
        2025 => 35,
        _ => 36,
    }
}

/// Share of an annuity still outstanding after `age` of `term` months.
fn outstanding_share(rate: f64, age: i64, term: i64) -> f64 {
    let monthly = rate / 12.0;
    let left = 1.0 - libm::pow(1.0 + monthly, -((term - age) as f64));
    let whole = 1.0 - libm::pow(1.0 + monthly, -(term as f64));
    if whole > 0.0 { left / whole } else { 0.0 }
}

/// Fixed-rate residential mortgages in euro and sterling.
pub fn mortgages() -> Table {
    let mut s = Stream::new(1);
    let (mut ids, mut currency, mut segment, mut pool) = (vec![], vec![], vec![], vec![]);
    let (mut outstanding, mut coupon, mut margin) = (vec![], vec![], vec![]);
    let (mut maturity, mut last, mut term_months) = (vec![], vec![], vec![]);
    let (mut weight, mut late) = (vec![], vec![]);
    for number in 0..13_900 {
        let sterling = number >= 13_000;
        let term = if sterling {
            s.weighted(60, &[(24, 10), (36, 15), (60, 55), (120, 20)])
        } else {
            s.weighted(
                240,
                &[(120, 14), (180, 22), (240, 32), (300, 20), (360, 12)],
            )
        };
        // The house's standard contract runs from half-year to half-year and its coupon goes in quarters of a percent.
        let age = s.between(1, (term / 10).min(28)) * 6 - 4;
        let paid = day(2026, 9, 1);
        let start = months_before(paid, age);
        let base = house_rate(chrono::Datelike::year(&start)) + if sterling { 13 } else { 0 };
        let quarters = ((base * 10 + s.between(-36, 36)) as f64 / 25.0).round() as i64;
        let rate = quarters.max(3) * 25;
        let original = s.amount(if sterling { 215_000.0 } else { 208_000.0 }, 0.45, 100_000);
        let share = outstanding_share(rate as f64 / 10_000.0, age, term);
        let amount = if sterling {
            // Sterling loans are refixed: little is repaid before the fixed period ends.
            original * (300 - age / 2) / 300
        } else {
            (original as f64 * share).round() as i64
        };
        let safe = s.permille(820);
        ids.push(id("M", 6, number));
        currency.push(if sterling { "GBP" } else { "EUR" }.to_owned());
        outstanding.push(amount.max(50_000));
        coupon.push(rate * 100);
        margin.push(s.between(7, 16) * 1_000);
        maturity.push(months_after(paid, term - age));
        last.push(paid);
        term_months.push(term);
        segment.push(if s.permille(30) { "R02" } else { "R01" }.to_owned());
        weight.push(if safe {
            35
        } else {
            s.weighted(50, &[(50, 3), (75, 2)])
        });
        late.push(s.weighted(
            0,
            &[(0, 970), (12, 10), (35, 7), (65, 4), (120, 5), (210, 4)],
        ));
        pool.push(
            if !sterling && safe && s.permille(620) {
                "A"
            } else {
                "none"
            }
            .to_owned(),
        );
    }
    Table {
        columns: vec![
            ("contract_id", Cells::Ids(ids)),
            ("currency", Cells::Words(currency)),
            ("outstanding", Cells::Cents(outstanding)),
            ("maturity_date", Cells::Days(maturity)),
            ("last_payment", Cells::Days(last)),
            ("coupon", Cells::Percent(coupon)),
            ("margin", Cells::Percent(margin)),
            ("term_months", Cells::Whole(term_months)),
            ("seg_code", Cells::Words(segment)),
            ("risk_weight", Cells::Whole(weight)),
            ("days_past_due", Cells::Whole(late)),
            ("cover_pool", Cells::Words(pool)),
        ],
    }
}

/// Instalment loans to small firms, fixed rate, in euro.
pub fn small_business() -> Table {
    let mut s = Stream::new(2);
    let (mut ids, mut amount, mut coupon, mut margin) = (vec![], vec![], vec![], vec![]);
    let (mut maturity, mut last, mut term_months, mut stage) = (vec![], vec![], vec![], vec![]);
    for number in 0..1_900 {
        let term = s.weighted(60, &[(36, 20), (60, 45), (84, 20), (120, 15)]);
        let end = months_after(
            day(2026, 9, s.weighted(5, &[(5, 1), (20, 1)])),
            s.between(1, term - 3),
        );
        ids.push(id("S", 5, number));
        amount.push(s.amount(150_000.0, 0.8, 10_000));
        coupon.push(s.between(38, 78) * 1_000);
        margin.push(s.between(18, 32) * 1_000);
        maturity.push(end);
        last.push(last_on_schedule(end, 1));
        term_months.push(term);
        stage.push(s.weighted(1, &[(1, 90), (2, 8), (3, 2)]));
    }
    Table {
        columns: vec![
            ("loan", Cells::Ids(ids)),
            ("outstanding", Cells::Cents(amount)),
            ("maturity", Cells::Days(maturity)),
            ("last_payment", Cells::Days(last)),
            ("coupon", Cells::Percent(coupon)),
            ("margin", Cells::Percent(margin)),
            ("term_months", Cells::Whole(term_months)),
            ("stage", Cells::Whole(stage)),
        ],
    }
}

/// Corporate loans on 3-month Euribor with an undrawn part.
pub fn floating() -> Table {
    let mut s = Stream::new(3);
    let (mut ids, mut drawn, mut limit, mut end) = (vec![], vec![], vec![], vec![]);
    let (mut spread, mut cap, mut next, mut fixing, mut last) =
        (vec![], vec![], vec![], vec![], vec![]);
    let (mut segment, mut group, mut stage, mut term_months) = (vec![], vec![], vec![], vec![]);
    for number in 0..930 {
        let term = s.weighted(60, &[(36, 25), (60, 50), (84, 25)]);
        let maturity = months_after(
            day(2026, 9, s.weighted(15, &[(10, 1), (15, 2), (30, 1)])),
            s.between(2, term - 3),
        );
        let paid = last_on_schedule(maturity, 3);
        let used = s.amount(900_000.0, 0.9, 1_000_000);
        ids.push(id("L", 5, number));
        drawn.push(used);
        limit.push(
            used + if s.permille(300) {
                used / s.between(4, 10) / 1_000_000 * 1_000_000
            } else {
                0
            },
        );
        end.push(maturity);
        spread.push(s.between(11, 34) * 1_000);
        cap.push(s.permille(60).then(|| s.between(10, 14) * 5_000));
        next.push(months_after(paid, 3));
        fixing.push(38_860 + s.between(-8, 8) * 50);
        last.push(paid);
        segment.push("C01".to_owned());
        group.push(id("G", 3, s.between(1, 420)));
        stage.push(s.weighted(1, &[(1, 91), (2, 7), (3, 2)]));
        term_months.push(term);
    }
    Table {
        columns: vec![
            ("loan", Cells::Ids(ids)),
            ("drawn", Cells::Cents(drawn)),
            ("limit", Cells::Cents(limit)),
            ("end", Cells::Days(end)),
            ("last_payment", Cells::Days(last)),
            ("spread", Cells::Percent(spread)),
            ("cap", Cells::MaybePercent(cap)),
            ("next_fixing", Cells::Days(next)),
            ("fixing", Cells::Percent(fixing)),
            ("term_months", Cells::Whole(term_months)),
            ("seg_code", Cells::Words(segment)),
            ("group", Cells::Words(group)),
            ("stage", Cells::Whole(stage)),
        ],
    }
}

/// Corporate loans in sterling, bullet, on SONIA.
pub fn sterling() -> Table {
    let mut s = Stream::new(4);
    let (mut ids, mut drawn, mut end, mut spread, mut next) =
        (vec![], vec![], vec![], vec![], vec![]);
    let (mut fixing, mut last, mut group, mut term_months) = (vec![], vec![], vec![], vec![]);
    for number in 0..70 {
        let term = s.weighted(60, &[(36, 1), (60, 2)]);
        let maturity = months_after(
            day(2026, 9, s.weighted(15, &[(15, 1), (25, 1)])),
            s.between(3, term - 4),
        );
        let paid = last_on_schedule(maturity, 3);
        ids.push(id("UK", 4, number));
        drawn.push(s.amount(1_300_000.0, 0.7, 1_000_000));
        end.push(maturity);
        last.push(paid);
        spread.push(s.between(16, 32) * 1_000);
        next.push(months_after(paid, 3));
        fixing.push(52_000);
        group.push(id("UKG", 3, s.between(1, 55)));
        term_months.push(term);
    }
    Table {
        columns: vec![
            ("loan", Cells::Ids(ids)),
            ("drawn", Cells::Cents(drawn)),
            ("end", Cells::Days(end)),
            ("last_payment", Cells::Days(last)),
            ("spread", Cells::Percent(spread)),
            ("next_fixing", Cells::Days(next)),
            ("fixing", Cells::Percent(fixing)),
            ("term_months", Cells::Whole(term_months)),
            ("group", Cells::Words(group)),
        ],
    }
}

/// Shipping loans in dollars and their schedule of repayments: equal quarterly instalments and a balloon.
pub fn shipping() -> (Table, Table) {
    let mut s = Stream::new(5);
    let (mut ids, mut outstanding, mut end, mut spread) = (vec![], vec![], vec![], vec![]);
    let (mut next, mut fixing, mut last, mut group) = (vec![], vec![], vec![], vec![]);
    let (mut schedule_ids, mut schedule_days, mut schedule_amounts): (
        Vec<String>,
        Vec<NaiveDate>,
        Vec<i64>,
    ) = (vec![], vec![], vec![]);
    for number in 0..42 {
        let name = id("SHIP", 3, number);
        let quarters = s.between(6, 30);
        let maturity = months_after(day(2026, 9, 20), 3 * quarters);
        let amount = s.amount(5_200_000.0, 0.5, 1_000_000);
        let instalment = amount / (quarters + s.between(6, 14)) / 100_000 * 100_000;
        let mut left = amount;
        for quarter in 1..=quarters {
            let paid = if quarter == quarters {
                left
            } else {
                instalment
            };
            left -= paid;
            schedule_ids.push(name.clone());
            schedule_days.push(months_before(maturity, 3 * (quarters - quarter)));
            schedule_amounts.push(paid);
        }
        ids.push(name);
        outstanding.push(amount);
        end.push(maturity);
        spread.push(s.between(24, 40) * 1_000);
        last.push(last_on_schedule(maturity, 3));
        next.push(months_after(last_on_schedule(maturity, 3), 3));
        fixing.push(53_400);
        group.push(id("OWNER", 2, s.between(1, 18)));
    }
    let loans = Table {
        columns: vec![
            ("loan", Cells::Ids(ids)),
            ("outstanding", Cells::Cents(outstanding)),
            ("end", Cells::Days(end)),
            ("last_payment", Cells::Days(last)),
            ("spread", Cells::Percent(spread)),
            ("next_fixing", Cells::Days(next)),
            ("fixing", Cells::Percent(fixing)),
            ("group", Cells::Words(group)),
        ],
    };
    let schedule = Table {
        columns: vec![
            ("id", Cells::Words(schedule_ids)),
            ("date", Cells::Days(schedule_days)),
            ("amount", Cells::Cents(schedule_amounts)),
        ],
    };
    (loans, schedule)
}

/// Committed lines that are not drawn.
pub fn lines() -> Table {
    let mut s = Stream::new(6);
    let (mut ids, mut currency, mut limit, mut end, mut segment, mut purpose) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for number in 0..420 {
        ids.push(id("CL", 4, number));
        currency.push(
            s.weighted("EUR", &[("EUR", 84), ("USD", 9), ("GBP", 7)])
                .to_owned(),
        );
        limit.push(s.amount(650_000.0, 0.8, 1_000_000));
        end.push(days_after(REPORTING, s.between(60, 1_400)));
        segment.push(s.weighted("C01", &[("C01", 80), ("S01", 20)]).to_owned());
        purpose.push(
            s.weighted("credit", &[("credit", 88), ("liquidity", 12)])
                .to_owned(),
        );
    }
    Table {
        columns: vec![
            ("line", Cells::Ids(ids)),
            ("ccy", Cells::Words(currency)),
            ("limit", Cells::Cents(limit)),
            ("end", Cells::Days(end)),
            ("seg_code", Cells::Words(segment)),
            ("purpose", Cells::Words(purpose)),
        ],
    }
}

/// Rounds a rate to steps of 0.125%.
pub fn coupon_step(rate: f64) -> i64 {
    percent_steps(rate, 1_250)
}
