//! The slow evaluator: calendar days one by one, exact fractions, one rounding an event.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use num_rational::BigRational;
use num_traits::{FromPrimitive, One, ToPrimitive, Zero};
use plimsoll::calendar::{Date, DayCount};
use plimsoll::contract::{Accrual, FlowKind, LegTerms, Repayment};

use crate::generate::{Position, Wavy};

/// Due day, paid day, what, quanta.
pub type Row = (Date, Date, FlowKind, i128);

fn naive(day: Date) -> NaiveDate {
    let (year, month, dom) = day.ymd();
    NaiveDate::from_ymd_opt(year, month, dom).unwrap()
}

fn ours(day: NaiveDate) -> Date {
    Date::from_ymd(day.year(), day.month(), day.day()).unwrap()
}

fn is_month_end(day: NaiveDate) -> bool {
    day.succ_opt().unwrap().month() != day.month()
}

fn month_end(mut day: NaiveDate) -> NaiveDate {
    while !is_month_end(day) {
        day = day.succ_opt().unwrap();
    }
    day
}

fn fraction(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn whole(x: i128) -> BigRational {
    BigRational::from_i128(x).unwrap()
}

/// Half to even to a multiple of `unit`.
fn rounded(x: &BigRational, unit: i128) -> i128 {
    let scaled = x / whole(unit);
    let floor = scaled.floor();
    let rest = &scaled - &floor;
    let half = fraction(1, 2);
    let floor = floor.to_integer().to_i128().unwrap();
    let up = rest > half || (rest == half && floor % 2 != 0);
    (floor + i128::from(up)) * unit
}

/// The anchor of a schedule, `k` steps on.
fn stepped(anchor: NaiveDate, months: i32, k: i32, ends: bool) -> NaiveDate {
    if k == 0 {
        return anchor;
    }
    let by = Months::new((months * k).unsigned_abs());
    let day = if k > 0 {
        anchor.checked_add_months(by)
    } else {
        anchor.checked_sub_months(by)
    }
    .unwrap();
    if ends { month_end(day) } else { day }
}

/// Part of a year, by the words of each convention.
pub fn part(
    count: DayCount,
    from: NaiveDate,
    to: NaiveDate,
    maturity: NaiveDate,
    coupons: (NaiveDate, i32, bool),
) -> BigRational {
    let days = (to - from).num_days();
    let months =
        i64::from((to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32);
    let (d1, d2) = (i64::from(from.day()), i64::from(to.day()));
    let february = |day: NaiveDate| day.month() == 2 && is_month_end(day);
    match count {
        DayCount::Act360 => fraction(days, 360),
        DayCount::Act365 => fraction(days, 365),
        DayCount::ActActIsda => from
            .iter_days()
            .take_while(|day| *day < to)
            .map(|day| {
                if day.leap_year() {
                    fraction(1, 366)
                } else {
                    fraction(1, 365)
                }
            })
            .fold(BigRational::zero(), |sum, x| sum + x),
        DayCount::ActActIcma => {
            let (anchor, every, ends) = coupons;
            let mut sum = BigRational::zero();
            for k in -200..200 {
                let first = stepped(anchor, every, k, ends);
                let last = stepped(anchor, every, k + 1, ends);
                let (a, b) = (from.max(first), to.min(last));
                if a < b {
                    let period = (last - first).num_days();
                    sum += fraction((b - a).num_days() * i64::from(every), period * 12);
                }
            }
            sum
        }
        DayCount::Thirty360E => fraction(months * 30 + d2.min(30) - d1.min(30), 360),
        DayCount::Thirty360EIsda => {
            let a = if is_month_end(from) { 30 } else { d1 };
            let b = if is_month_end(to) && !(to == maturity && to.month() == 2) {
                30
            } else {
                d2
            };
            fraction(months * 30 + b - a, 360)
        }
        DayCount::Thirty360U => {
            let (mut a, mut b) = (d1, d2);
            if february(from) && february(to) {
                b = 30;
            }
            if february(from) {
                a = 30;
            }
            if b == 31 && a >= 30 {
                b = 30;
            }
            fraction(months * 30 + b - a.min(30), 360)
        }
        DayCount::TwentyEight336 => fraction(months * 28 + d2.min(28) - d1.min(28), 336),
    }
}

/// What happened, and how interest stood between the events.
pub struct Course {
    pub rows: Vec<Row>,
    /// From a day on: balance, rate, and quanta accrued until then and not paid.
    pub states: Vec<(Date, i128, BigRational, i128)>,
    pub coupons: (NaiveDate, i32, bool),
    pub maturity: NaiveDate,
}

impl Course {
    /// Accrued interest at a day.
    pub fn accrued(&self, count: DayCount, day: Date) -> BigRational {
        let Some((from, balance, rate, pending)) =
            self.states.iter().rfind(|(from, ..)| *from <= day)
        else {
            return BigRational::zero();
        };
        let part = part(count, naive(*from), naive(day), self.maturity, self.coupons);
        whole(*balance) * rate * part + whole(*pending)
    }
}

/// The contract's course, with the index rates of [`Wavy`].
pub fn course(terms: &LegTerms, position: &Position, valuation: Date) -> Course {
    let unit = i128::from(terms.round.unwrap_or(1));
    let today = naive(valuation);
    let maturity = naive(position.maturity);
    let every = terms.interest_every().unwrap().in_months().unwrap();
    let ends = terms.month_end.unwrap_or(is_month_end(maturity));
    let own = |day: NaiveDate| terms.month_end.unwrap_or(is_month_end(day));

    // payment days: back from maturity, or on from the first instalment
    let mut pays: Vec<NaiveDate> = Vec::new();
    let first = position.first.map(naive).filter(|first| *first < maturity);
    let anchor = match first {
        Some(first) => (first, own(first)),
        None => (maturity, ends),
    };
    for k in -1300..1300 {
        let from_first = first.is_some();
        if (from_first && k < 0) || (!from_first && k > 0) {
            continue;
        }
        let day = stepped(anchor.0, every, k, anchor.1);
        if day > today && day <= maturity {
            pays.push(day);
        }
    }
    pays.push(maturity);
    let grace = position.grace.map(naive).filter(|grace| *grace > today);
    if let Some(grace) = grace {
        pays.retain(|day| *day >= grace || *day == maturity);
        if grace < maturity {
            pays.push(grace);
        }
    }
    pays.sort();
    pays.dedup();
    let coupons = (anchor.0, every, anchor.1);

    let mut resets: BTreeMap<NaiveDate, NaiveDate> = BTreeMap::new();
    if let Accrual::Index { reset, .. } = terms.accrual {
        let months = reset.in_months().unwrap();
        let anchor = position.next_reset.map_or((maturity, ends), |day| {
            let day = naive(day);
            (day, own(day))
        });
        for k in -1300..1300 {
            if position.next_reset.is_some() && k < 0 {
                continue;
            }
            let day = stepped(anchor.0, months, k, anchor.1);
            if day > today && day < maturity {
                resets.insert(day, stepped(anchor.0, months, k + 1, anchor.1));
            }
        }
    }
    let mut scheduled: BTreeMap<NaiveDate, i128> = BTreeMap::new();
    for row in &position.schedule {
        if row.day > valuation {
            *scheduled.entry(naive(row.day)).or_default() += row.amount;
        }
    }
    let until = position.interest_only.map(naive);
    let repays: Vec<NaiveDate> = pays
        .iter()
        .copied()
        .filter(|day| {
            let free = [until, grace];
            *day == maturity || free.into_iter().flatten().all(|free| *day > free)
        })
        .collect();
    let stepping: BTreeMap<NaiveDate, plimsoll::quantity::Rate> = position
        .steps
        .iter()
        .map(|step| (naive(step.day), step.rate))
        .filter(|(day, _)| *day > today && *day < maturity)
        .collect();
    let mut days: Vec<NaiveDate> = pays.clone();
    days.extend(stepping.keys());
    days.extend(resets.keys());
    days.extend(scheduled.keys());
    days.sort();
    days.dedup();

    let contractual = |rate: plimsoll::quantity::Rate| fraction(rate.0, 1_000_000_000_000);
    let all_in = |index: plimsoll::quantity::Rate| {
        let capped = position.cap.map_or(index, |cap| index.min(cap));
        let bounded = position.floor.map_or(capped, |floor| capped.max(floor));
        contractual(bounded) + contractual(position.rate)
    };
    let floating = matches!(terms.accrual, Accrual::Index { .. });
    let mut rate = if floating {
        all_in(position.fixing)
    } else {
        contractual(position.rate)
    };
    let margin = contractual(position.margin);
    let mut balance = position.principal;
    let annuity = matches!(terms.repayment, Repayment::Annuity { .. });
    let level = |balance: i128, rate: &BigRational, payments: usize| {
        let i = rate * fraction(i64::from(every), 12);
        if i.is_zero() {
            return rounded(&(whole(balance) / whole(payments as i128)), unit);
        }
        let mut discount = BigRational::one();
        for _ in 0..payments {
            discount /= BigRational::one() + &i;
        }
        rounded(
            &(whole(balance) * &i / (BigRational::one() - discount)),
            unit,
        )
    };
    let balloon = position.balloon.unwrap_or(0);
    let mut last = position.last_payment.map_or(today, naive);
    let mut pending = position.accrued.unwrap_or(0);
    // the payment after a day, with what is unpaid since `from`
    let payment =
        |balance: i128, pending: i128, rate: &BigRational, from: NaiveDate, after: NaiveDate| {
            if !terms.exact_payment {
                let left = repays.iter().filter(|day| **day > after).count();
                let kept = rate * fraction(i64::from(every), 12) * whole(balloon);
                let kept = if balloon == 0 {
                    0
                } else {
                    rounded(&kept, unit)
                };
                return level(balance - balloon.min(balance), rate, left.max(1)) + kept;
            }
            // value of what is owed and of a payment of one, carried from day to day
            let (mut owed, mut one) = (whole(balance), BigRational::zero());
            let (mut open, mut open_one) = (whole(pending), BigRational::zero());
            let mut last = from;
            for day in days.iter().filter(|day| **day > after) {
                let n = part(terms.day_count, last, *day, maturity, coupons);
                open += &owed * rate * &n;
                open_one += &one * rate * &n;
                if repays.contains(day) {
                    owed += open;
                    one += open_one + BigRational::one();
                    (open, open_one) = (BigRational::zero(), BigRational::zero());
                } else if pays.contains(day) {
                    (open, open_one) = (BigRational::zero(), BigRational::zero());
                }
                last = *day;
            }
            rounded(&((owed - whole(balloon)) / one), unit)
        };
    let mut pay = if annuity {
        payment(balance, pending, &rate, last, today)
    } else {
        0
    };
    let instalment = rounded(
        &(whole(balance - balloon) / whole(repays.len() as i128)),
        unit,
    );

    let mut pending_margin = 0;
    let mut rows = Vec::new();
    let mut states = vec![(ours(last), balance, rate.clone(), pending)];
    for day in days.iter().copied() {
        let n = part(terms.day_count, last, day, maturity, coupons);
        pending += rounded(&(whole(balance) * &rate * &n), unit);
        pending_margin += rounded(&(whole(balance) * &margin * &n), unit);
        let due = ours(day);
        let rolled = terms.calendar.roll(due, terms.roll).unwrap();
        let paid = if rolled > valuation {
            rolled
        } else {
            terms
                .calendar
                .following(valuation.add_days(1).unwrap())
                .unwrap()
        };
        let paying = pays.contains(&day);
        let interest = pending;
        if paying {
            rows.push((due, paid, FlowKind::Interest, pending));
            rows.push((due, paid, FlowKind::Margin, pending_margin));
            (pending, pending_margin) = (0, 0);
        }
        let principal = if day == maturity {
            balance
        } else {
            let wanted = match terms.repayment {
                Repayment::Linear { .. } if repays.contains(&day) => instalment,
                Repayment::Annuity { .. } if repays.contains(&day) => pay - interest,
                Repayment::Schedule => scheduled.get(&day).copied().unwrap_or(0),
                _ => 0,
            };
            wanted.min(balance)
        };
        rows.push((due, paid, FlowKind::Principal, principal));
        balance -= principal;
        if let Some(end) = resets.get(&day) {
            rate = all_in(Wavy::of(due, ours(*end)));
            if annuity {
                pay = payment(balance, pending, &rate, day, day);
            }
        }
        if let Some(step) = stepping.get(&day) {
            rate = contractual(*step);
            if annuity {
                pay = payment(balance, pending, &rate, day, day);
            }
        }
        last = day;
        states.push((due, balance, rate.clone(), pending));
    }
    rows.retain(|row| row.3 != 0);
    Course {
        rows,
        states,
        coupons,
        maturity,
    }
}
