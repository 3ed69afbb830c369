//! One contract: what it pays on which day, and what has accrued on any day. Knows no scenario but the index.

use chrono::{Months, NaiveDate};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use plimsoll::calendar::{BusinessCalendar, Date, Roll};

use crate::bank::lines::{Accrues, Family};
use crate::number::{RATE, divided, is_month_end, month_end, part};

/// Terms of one contract. Amounts in quanta, rates at 1e-12.
#[derive(Clone, Debug)]
pub struct Terms {
    pub family: Family,
    pub accrues: Accrues,
    pub daycount: &'static str,
    pub roll: &'static str,
    pub calendar: &'static str,
    pub principal: i128,
    /// The rate; of an index the fixing of the running period.
    pub rate: i128,
    pub spread: i128,
    pub floor: Option<i128>,
    /// The book's date, or the day of birth.
    pub start: NaiveDate,
    /// Of accounts: as far as anyone looks.
    pub end: NaiveDate,
    pub accrued: i128,
    /// Of accounts: rates from later days on.
    pub moves: Vec<(NaiveDate, i128)>,
    pub special: Special,
}

/// What few contracts have.
#[derive(Clone, Debug, Default)]
pub struct Special {
    /// The day from which interest accrues, of a leg that was paid before the start.
    pub since: Option<NaiveDate>,
    /// Rates from later days on: each an event of its own, rounded by itself.
    pub steps: Vec<(NaiveDate, i128)>,
    pub cap: Option<i128>,
    /// The day up to which only interest is paid.
    pub first_principal: Option<NaiveDate>,
    /// The day before which nothing is paid.
    pub grace: Option<NaiveDate>,
    /// What is left for maturity.
    pub balloon: i128,
}

/// What is paid on a day.
#[derive(Clone, Debug)]
pub struct Payment {
    pub due: NaiveDate,
    pub paid: NaiveDate,
    pub principal: i128,
    pub interest: i128,
}

/// Balance and rate from a day on, and what was unpaid then.
#[derive(Clone, Debug)]
struct Stretch {
    from: NaiveDate,
    balance: i128,
    rate: i128,
    pending: i128,
    /// Rates from later days of the stretch on.
    moves: Vec<(NaiveDate, i128)>,
}

#[derive(Clone, Debug)]
pub struct Course {
    pub payments: Vec<Payment>,
    stretches: Vec<Stretch>,
    daycount: &'static str,
    maturity: Option<NaiveDate>,
}

fn ours(day: NaiveDate) -> Date {
    day.to_string().parse().unwrap()
}

pub fn rolled(day: NaiveDate, calendar: &str, roll: &str) -> NaiveDate {
    let calendar = match calendar {
        "TARGET" => BusinessCalendar::Target,
        _ => BusinessCalendar::NewYork,
    };
    let roll = match roll {
        "none" => return day,
        "following" => Roll::Following,
        "modified_following" => Roll::ModifiedFollowing,
        "preceding" => Roll::Preceding,
        other => panic!("{other}"),
    };
    calendar
        .roll(ours(day), roll)
        .unwrap()
        .to_string()
        .parse()
        .unwrap()
}

/// The days every so many months before or after an anchor, inside (after, until].
fn grid(
    anchor: NaiveDate,
    ends: bool,
    every: i32,
    after: NaiveDate,
    until: NaiveDate,
) -> Vec<NaiveDate> {
    let place = |k: i32| {
        let by = Months::new((every * k).unsigned_abs());
        let day = if k >= 0 {
            anchor.checked_add_months(by)
        } else {
            anchor.checked_sub_months(by)
        };
        day.map(|day| if ends && k != 0 { month_end(day) } else { day })
    };
    let before = (1..).map_while(|k| place(-k).filter(|day| *day > after));
    let beyond = (0..).map_while(|k| place(k).filter(|day| *day <= until));
    let mut days: Vec<NaiveDate> = before.chain(beyond).collect();
    days.retain(|day| *day > after && *day <= until);
    days.sort();
    days
}

/// Runs a contract. `index`: the rate of the index on a day, at 1e-12.
pub fn course(terms: &Terms, index: &dyn Fn(NaiveDate) -> i128) -> Course {
    let dated = terms.family != Family::OnDemand;
    let every = match (terms.family, terms.accrues) {
        (Family::Linear(months) | Family::Annuity(months), _) => months,
        (_, Accrues::Fixed(months) | Accrues::Index(months) | Accrues::Client(months)) => months,
    };
    let (anchor, ends) = if dated {
        (terms.end, is_month_end(terms.end))
    } else {
        (
            terms.start.to_string()[..4]
                .parse()
                .map(|y| NaiveDate::from_ymd_opt(y, 12, 31).unwrap())
                .unwrap(),
            true,
        )
    };
    let mut days = grid(anchor, ends, every, terms.start, terms.end);
    if dated && days.last() != Some(&terms.end) {
        days.push(terms.end);
    }
    let special = &terms.special;
    let (cap, first_principal, balloon) = (special.cap, special.first_principal, special.balloon);
    if let Some(grace) = special.grace {
        days.retain(|day| *day >= grace);
    }
    // of grace the interest is paid on its day, and no principal yet
    let repays = |day: NaiveDate| {
        first_principal.is_none_or(|last| day > last) && special.grace.is_none_or(|last| day > last)
    };
    let instalments = days.iter().filter(|day| repays(**day)).count();
    let maturity = dated.then_some(terms.end);
    let instalment = match terms.family {
        Family::Linear(_) => divided(terms.principal - balloon, instalments.max(1) as i128),
        _ => 0,
    };
    let resets = match terms.accrues {
        Accrues::Index(months) => grid(anchor, ends, months, terms.start, terms.end),
        _ => Vec::new(),
    };
    let floats = matches!(terms.accrues, Accrues::Index(_));
    let is_annuity = matches!(terms.family, Family::Annuity(_));
    let bounded = |rate: i128| {
        let rate = terms.floor.map_or(rate, |floor| rate.max(floor));
        cap.map_or(rate, |cap| rate.min(cap))
    };
    let mut rate = if floats {
        bounded(terms.rate) + terms.spread
    } else {
        terms.rate
    };
    let payment = |balance: i128, rate: i128, after: NaiveDate| {
        let left = days
            .iter()
            .filter(|day| **day > after && repays(**day))
            .count();
        // what is left for maturity bears interest beside
        let kept = divided(balloon * rate * i128::from(every), RATE * 12);
        level(balance - balloon, rate, every, left.max(1)) + kept
    };
    let mut pay = if is_annuity {
        payment(terms.principal, rate, terms.start)
    } else {
        0
    };
    // the rate changes on days without a payment too
    let changes = special
        .steps
        .iter()
        .map(|step| step.0)
        .filter(|day| *day < terms.end);
    let mut events: Vec<NaiveDate> = days
        .iter()
        .copied()
        .chain(resets.iter().copied())
        .chain(changes)
        .collect();
    events.sort();
    events.dedup();
    let first = events.first().copied().unwrap_or(terms.end);
    // rates that move between two payments, which are rounded together
    let moves = |from: NaiveDate, to: NaiveDate| -> Vec<(NaiveDate, i128)> {
        let inside = terms
            .moves
            .iter()
            .filter(|(day, _)| *day > from && *day < to);
        inside.copied().collect()
    };
    let on = |day: NaiveDate, rate: i128| {
        let last = terms.moves.iter().rfind(|(from, _)| *from <= day);
        last.map_or(rate, |(_, moved)| *moved)
    };
    let mut balance = terms.principal;
    let mut pending = terms.accrued;
    let mut last = special.since.unwrap_or(terms.start);
    let mut course = Course {
        payments: Vec::new(),
        stretches: vec![Stretch {
            from: last,
            balance,
            rate,
            pending,
            moves: moves(last, first),
        }],
        daycount: terms.daycount,
        maturity,
    };
    for (place, day) in events.iter().copied().enumerate() {
        let next = events.get(place + 1).copied().unwrap_or(day);
        let pays = days.contains(&day);
        let interest = if terms.moves.is_empty() {
            let (n, d) = part(terms.daycount, last, day, maturity);
            pending + divided(balance * rate * n, d * RATE)
        } else {
            let (grown, d) = moved(terms.daycount, balance, rate, &moves(last, day), last, day);
            pending + divided(grown, d * RATE)
        };
        pending = if pays { 0 } else { interest };
        let principal = if Some(day) == maturity {
            balance
        } else if !repays(day) || !pays {
            0
        } else {
            match terms.family {
                Family::Linear(_) => instalment.min(balance),
                Family::Annuity(_) => (pay - interest).min(balance),
                _ => 0,
            }
        };
        let mut paid = rolled(day, terms.calendar, terms.roll);
        if paid <= terms.start {
            paid = rolled(terms.start.succ_opt().unwrap(), terms.calendar, "following");
        }
        if pays {
            course.payments.push(Payment {
                due: day,
                paid,
                principal,
                interest,
            });
        }
        balance -= principal;
        if floats && resets.contains(&day) {
            rate = bounded(index(day)) + terms.spread;
            if is_annuity && Some(day) != maturity {
                pay = payment(balance, rate, day);
            }
        } else if let Some((_, stepped)) = special.steps.iter().find(|step| step.0 == day) {
            rate = *stepped;
        } else if !terms.moves.is_empty() {
            rate = on(day, terms.rate);
        }
        course.stretches.push(Stretch {
            from: day,
            balance,
            rate,
            pending,
            moves: moves(day, next),
        });
        last = day;
    }
    course
}

/// The payment that repays a balance in so many months' steps.
fn level(balance: i128, rate: i128, every: i32, payments: usize) -> i128 {
    let whole = |x: i128| BigRational::from_integer(x.into());
    let rate = BigRational::new((rate * i128::from(every)).into(), (RATE * 12).into());
    let exact = if rate.is_zero() {
        whole(balance) / whole(payments as i128)
    } else {
        let mut discount = BigRational::one();
        for _ in 0..payments {
            discount /= BigRational::one() + &rate;
        }
        whole(balance) * &rate / (BigRational::one() - discount)
    };
    let floor = exact.floor();
    let rest = &exact - &floor;
    let half = BigRational::new(1.into(), 2.into());
    let floor = floor.to_integer().to_i128().unwrap();
    floor + i128::from(rest > half || (rest == half && floor % 2 != 0))
}

/// Balance times rate times time over days on which the rate moves, and the denominator of time.
fn moved(
    count: &str,
    balance: i128,
    rate: i128,
    moves: &[(NaiveDate, i128)],
    from: NaiveDate,
    to: NaiveDate,
) -> (i128, i128) {
    let (mut since, mut rate) = (from, rate);
    let (mut grown, mut denominator) = (0, 1);
    for (day, next) in moves
        .iter()
        .copied()
        .filter(|(day, _)| *day < to)
        .chain([(to, 0)])
    {
        let (n, d) = part(count, since, day, None);
        (grown, denominator) = (grown + balance * rate * n, d);
        (since, rate) = (day, next);
    }
    (grown, denominator)
}

impl Course {
    /// Principal still outstanding after all that was paid until a day.
    pub fn balance(&self, day: NaiveDate) -> i128 {
        let paid: i128 = self
            .payments
            .iter()
            .filter(|p| p.paid <= day)
            .map(|p| p.principal)
            .sum();
        self.stretches[0].balance - paid
    }

    /// Accrued interest on a day, what is due and not paid included, in thousandths of a quantum.
    pub fn accrued(&self, day: NaiveDate) -> i128 {
        let stretch = self.stretches.iter().rfind(|s| s.from <= day).unwrap();
        let grown = if stretch.moves.is_empty() {
            let (n, d) = part(self.daycount, stretch.from, day, self.maturity);
            divided(stretch.balance * stretch.rate * n * 1_000, d * RATE)
        } else {
            let (grown, d) = moved(
                self.daycount,
                stretch.balance,
                stretch.rate,
                &stretch.moves,
                stretch.from,
                day,
            );
            divided(grown * 1_000, d * RATE)
        };
        let standing: i128 = self
            .payments
            .iter()
            .map(|p| p.interest * (i128::from(p.due <= day) - i128::from(p.paid <= day)))
            .sum();
        grown + (stretch.pending + standing) * 1_000
    }
}
