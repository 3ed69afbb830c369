//! Random loans whose payments have more than a family: rates that float and step, days without principal, a rest for maturity.

use chrono::{Months, NaiveDate};
use proptest::prelude::*;
use proptest::sample::select;

use crate::bank::generate::{rows, terms};
use crate::bank::lines::{Accrues, Family, Forms, Line};
use crate::number::{is_month_end, month_end};

/// A loan with a payment that follows its index, one with special days, and a bond that steps.
pub fn loans(date: NaiveDate, most: usize) -> impl Strategy<Value = Vec<Line>> {
    (
        variable(date, most),
        special(date, most),
        stepping(date, most),
    )
        .prop_map(|(a, b, c)| vec![a, b, c])
}

fn plain(name: &'static str, (daycount, roll): (&'static str, &'static str)) -> Line {
    Line {
        name,
        asset: true,
        family: Family::Bullet,
        accrues: Accrues::Fixed(12),
        daycount,
        roll,
        floored: false,
        forms: Forms::default(),
        priced: false,
        quoted: false,
        lots: true,
        accounting: "amortised",
        rows: Vec::new(),
    }
}

fn variable(date: NaiveDate, most: usize) -> impl Strategy<Value = Line> {
    (
        rows(date, "variable_loan", false, most),
        terms(),
        select(vec![1, 2]),
        (any::<bool>(), any::<bool>()),
    )
        .prop_map(
            |(mut rows, (daycount, roll, every), resets, (floored, capped))| {
                for row in &mut rows {
                    row.cap = row.floor + 1_000;
                }
                let every = every.min(6);
                Line {
                    family: Family::Annuity(every),
                    accrues: Accrues::Index(every * resets),
                    floored,
                    forms: Forms {
                        capped,
                        ..Forms::default()
                    },
                    rows,
                    ..plain("variable_loan", (daycount, roll))
                }
            },
        )
}

fn special(date: NaiveDate, most: usize) -> impl Strategy<Value = Line> {
    (
        rows(date, "special_loan", true, most),
        terms(),
        (any::<bool>(), any::<bool>(), any::<bool>()),
        (any::<bool>(), any::<bool>()),
        (0..4u32, 0..4u32, 0..100i64),
    )
        .prop_map(
            |(
                mut rows,
                (daycount, roll, every),
                (interest_only, grace, balloon),
                (annuity, floats),
                (ends, begins, left),
            )| {
                let every = every.min(6);
                // so many payments before the last one
                let before = |end: NaiveDate, payments: u32| {
                    let day = end - Months::new(payments * every.unsigned_abs());
                    if is_month_end(end) {
                        month_end(day)
                    } else {
                        day
                    }
                };
                for row in &mut rows {
                    row.first_principal = before(row.maturity, 1 + begins);
                    row.grace = before(row.maturity, ends);
                    row.balloon = row.principal / 100 * left;
                    if floats {
                        row.currency = "EUR";
                    }
                }
                Line {
                    family: if annuity {
                        Family::Annuity(every)
                    } else {
                        Family::Linear(every)
                    },
                    accrues: if floats {
                        Accrues::Index(every)
                    } else {
                        Accrues::Fixed(every)
                    },
                    forms: Forms {
                        interest_only,
                        grace,
                        balloon,
                        ..Forms::default()
                    },
                    rows,
                    ..plain("special_loan", (daycount, roll))
                }
            },
        )
}

fn stepping(date: NaiveDate, most: usize) -> impl Strategy<Value = Line> {
    (
        rows(date, "stepping_bond", true, most),
        terms(),
        prop::collection::vec((-60..200i64, -100..6_000i64), 1..4),
    )
        .prop_map(move |(rows, (daycount, roll, every), mut steps)| {
            steps.sort_unstable();
            steps.dedup_by_key(|step| step.0);
            Line {
                accrues: Accrues::Fixed(every),
                forms: Forms {
                    steps: steps
                        .into_iter()
                        .map(|(days, rate)| (date + chrono::Duration::days(days), rate))
                        .collect(),
                    ..Forms::default()
                },
                rows,
                ..plain("stepping_bond", (daycount, roll))
            }
        })
}
