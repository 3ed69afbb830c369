//! Random contracts: every family, day count and way to open that the language has.

use plimsoll::calendar::{BusinessCalendar, Date, DayCount, Roll, Tenor};
use plimsoll::contract::{
    Accrual, Column, Columns, Fixings, IndexId, LegTerms, RateStep, Repayment, ScheduledAmount,
};
use plimsoll::quantity::{CurrencyCode, Rate};
use proptest::prelude::*;

/// The reporting date of a generated batch, in all kinds of places in a month.
pub fn valuation() -> impl Strategy<Value = Date> {
    prop::sample::select(vec![
        "2026-09-30",
        "2026-01-31",
        "2027-02-28",
        "2028-02-29",
        "2026-12-25",
        "2026-06-15",
        "2026-03-01",
    ])
    .prop_map(|text| text.parse().unwrap())
}

fn day_count() -> impl Strategy<Value = DayCount> {
    prop::sample::select(DayCount::ALL.to_vec())
}

fn step() -> impl Strategy<Value = Tenor> {
    prop::sample::select(vec![
        Tenor::months(1),
        Tenor::months(1),
        Tenor::months(3),
        Tenor::months(6),
        Tenor::years(1),
    ])
}

/// Terms of a leg; index legs reset every one to four payments.
pub fn terms() -> impl Strategy<Value = LegTerms> {
    let family = (0..5u8, step(), 0..3u8, 1..5i32);
    let paying = (
        day_count(),
        any::<bool>(),
        prop::sample::select(vec![
            Roll::None,
            Roll::Following,
            Roll::ModifiedFollowing,
            Roll::Preceding,
        ]),
        prop::sample::select(vec![None, None, Some(false)]),
        prop::sample::select(vec![None, None, None, Some(100)]),
        prop::sample::select(vec![false, false, false, true]),
    );
    (family, paying).prop_map(
        |((family, every, accrual, resets), (day_count, open, roll, month_end, round, exact))| {
            let months = every.in_months().unwrap();
            let repayment = match family {
                0 | 1 => Repayment::Bullet,
                2 => Repayment::Linear { every },
                3 => Repayment::Annuity { every },
                _ => Repayment::Schedule,
            };
            let accrual = match accrual {
                0 => Accrual::Index {
                    index: IndexId(3),
                    reset: Tenor::months(months * resets),
                    lag: 0,
                    every: Some(every),
                    rounding: None,
                    in_arrears: false,
                },
                1 => Accrual::Client { every },
                _ => Accrual::Fixed { every: Some(every) },
            };
            let mut terms = LegTerms::new(CurrencyCode::EUR, repayment, accrual, day_count);
            terms.calendar = if open {
                BusinessCalendar::None
            } else {
                BusinessCalendar::Target
            };
            (terms.roll, terms.month_end, terms.round) = (roll, month_end, round);
            terms.exact_payment = exact;
            terms
        },
    )
}

/// One position: what it owes and how it opens.
#[derive(Clone, Debug)]
pub struct Position {
    pub principal: i128,
    pub rate: Rate,
    pub margin: Rate,
    pub fixing: Rate,
    pub floor: Option<Rate>,
    pub cap: Option<Rate>,
    pub maturity: Date,
    pub first: Option<Date>,
    pub next_reset: Option<Date>,
    pub accrued: Option<i128>,
    pub last_payment: Option<Date>,
    pub schedule: Vec<ScheduledAmount>,
    pub interest_only: Option<Date>,
    pub grace: Option<Date>,
    pub balloon: Option<i128>,
    pub steps: Vec<RateStep>,
}

/// Whole basis points, and now and then ten decimals.
fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![
        4 => (-50..1200i64).prop_map(|bp| Rate(bp * 100_000_000)),
        1 => (-5_000_000..120_000_000i64).prop_map(|x| Rate(x * 1_000)),
    ]
}

fn principal() -> impl Strategy<Value = i128> {
    prop_oneof![
        6 => (0..3_000_000i128).prop_map(|cents| cents * 100),
        2 => 0..20_000_000_000i128,
        1 => 0..20i128,
        1 => 0..10_000_000_000_000_000_000i128,
    ]
}

pub fn position(valuation: Date, terms: LegTerms) -> impl Strategy<Value = Position> {
    let numbers = (principal(), rate(), rate(), rate());
    let bounds = (prop::option::of(rate()), prop::option::of(rate()));
    let maturity = prop_oneof![
        3 => 1..4000i32,
        2 => (1..130i32).prop_map(|months| -months),
    ];
    (
        numbers,
        bounds,
        maturity,
        0..4u8,
        prop::collection::vec(0..1000i32, 6),
        (0..8u8, 0..800i32, 0..8u8, 0..8u8),
    )
        .prop_map(
            move |(
                (principal, rate, margin, fixing),
                (floor, cap),
                maturity,
                opening,
                dice,
                irregular,
            )| {
                let maturity = if maturity < 0 {
                    valuation.add_months(-maturity).unwrap()
                } else {
                    valuation.add_days(maturity).unwrap()
                };
                let die = |k: usize| dice.get(k).copied().unwrap();
                let every = terms.interest_every().unwrap();
                let last_regular = previous_payment(&terms, maturity, valuation, every);
                let first = matches!(terms.repayment, Repayment::Linear { .. })
                    .then(|| valuation.add_days(1 + die(0) % 40).unwrap())
                    .filter(|_| die(1) % 3 == 0);
                let next_reset = matches!(terms.accrual, Accrual::Index { .. })
                    .then(|| valuation.add_days(1 + die(2) % 100).unwrap())
                    .filter(|_| die(3) % 3 == 0);
                let (mut accrued, mut last_payment) = (None, None);
                match opening {
                    0 => accrued = Some(i128::from(die(4))),
                    // a payment day of the schedule before, or a few days after it
                    1 => last_payment = Some(last_regular),
                    2 => {
                        last_payment =
                            Some(last_regular.add_days(die(5) % 20).unwrap().min(valuation))
                    }
                    _ => accrued = Some(0),
                }
                if first.is_some() {
                    (accrued, last_payment) = (Some(7), None);
                }
                let schedule = if terms.repayment == Repayment::Schedule {
                    let rows = dice.iter().take(4).map(|days| ScheduledAmount {
                        day: valuation.add_days(*days - 100).unwrap(),
                        amount: principal / 5,
                    });
                    rows.filter(|row| row.day <= maturity).collect()
                } else {
                    Vec::new()
                };
                let pays_in_parts = matches!(
                    terms.repayment,
                    Repayment::Linear { .. } | Repayment::Annuity { .. }
                );
                let mut interest_only = None;
                let mut grace = None;
                let mut balloon = None;
                if pays_in_parts && irregular.0 < 2 {
                    interest_only = Some(valuation.add_days(irregular.1 - 30).unwrap());
                }
                if pays_in_parts && (1..4).contains(&irregular.0) {
                    grace = Some(valuation.add_days(irregular.1 / 2 - 30).unwrap());
                }
                if pays_in_parts && irregular.2 < 2 {
                    balloon = Some(principal / 3);
                }
                let steps = match terms.accrual {
                    Accrual::Fixed { .. } if irregular.3 < 2 => [(irregular.1, 1), (900, 2)]
                        .map(|(days, times)| RateStep {
                            day: valuation.add_days(days + 1).unwrap(),
                            rate: Rate(rate.0.abs() / 3 * times),
                        })
                        .to_vec(),
                    _ => Vec::new(),
                };
                Position {
                    interest_only,
                    grace,
                    balloon,
                    steps,
                    principal,
                    rate,
                    margin,
                    fixing,
                    floor,
                    cap,
                    maturity,
                    first,
                    next_reset,
                    accrued,
                    last_payment,
                    schedule,
                }
            },
        )
}

/// The regular payment day on or before the reporting date.
fn previous_payment(terms: &LegTerms, maturity: Date, valuation: Date, every: Tenor) -> Date {
    let months = every.in_months().unwrap();
    let ends = terms.month_end.unwrap_or(maturity.is_month_end());
    (1..)
        .map(|k| {
            let day = maturity.add_months(-k * months).unwrap();
            if ends { day.month_end() } else { day }
        })
        .find(|day| *day <= valuation)
        .unwrap()
}

pub fn columns(positions: &[Position]) -> Columns {
    fn each<T>(positions: &[Position], of: impl Fn(&Position) -> Option<T>) -> Column<T> {
        let values: Vec<Option<T>> = positions.iter().map(of).collect();
        if values.iter().all(Option::is_none) {
            Column::Absent
        } else {
            Column::Each(values)
        }
    }
    Columns {
        principal: positions.iter().map(|p| p.principal).collect(),
        rate: each(positions, |p| Some(p.rate)),
        maturity: each(positions, |p| Some(p.maturity)),
        start: Column::Absent,
        first: each(positions, |p| p.first),
        accrued: each(positions, |p| p.accrued),
        last_payment: each(positions, |p| p.last_payment),
        margin: each(positions, |p| Some(p.margin)),
        spread: each(positions, |p| Some(p.rate)),
        floor: each(positions, |p| p.floor),
        cap: each(positions, |p| p.cap),
        last_fixing: each(positions, |p| Some(p.fixing)),
        next_reset: each(positions, |p| p.next_reset),
        interest_only: each(positions, |p| p.interest_only),
        grace: each(positions, |p| p.grace),
        balloon: each(positions, |p| p.balloon),
        steps: positions.iter().map(|p| p.steps.clone()).collect(),
        schedules: positions.iter().map(|p| p.schedule.clone()).collect(),
        prepayments: Vec::new(),
    }
}

/// An index rate for every day, between about -1 % and 4 %.
pub struct Wavy;

impl Wavy {
    pub fn of(fixing: Date, end: Date) -> Rate {
        let x = i64::from(fixing.days()) * 7_919 + i64::from(end.days()) * 104_729;
        Rate(x.rem_euclid(50_021) * 1_000_003 - 10_000_000_000)
    }
}

impl Fixings for Wavy {
    fn rate(&self, _: IndexId, fixing: Date, _: Date, end: Date) -> Option<Rate> {
        Some(Wavy::of(fixing, end))
    }
}
