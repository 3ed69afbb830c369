//! The computed examples E01, E02, E04 and the shapes of each family.

use super::*;
use crate::calendar::{BusinessCalendar, Date, DayCount, Roll, Tenor};
use crate::quantity::{CurrencyCode, Quanta, Rate, Rational};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn rate(text: &str) -> Rate {
    Rate::contractual(text.parse().unwrap()).unwrap()
}

fn euros(text: &str) -> i128 {
    Quanta::from_decimal(text.parse().unwrap(), CurrencyCode::EUR)
        .unwrap()
        .0
}

const V: &str = "2026-09-30";

fn span() -> Span {
    Span {
        valuation: date(V),
        horizon: date("2027-09-30"),
    }
}

fn terms(repayment: Repayment, accrual: Accrual, day_count: DayCount) -> LegTerms {
    LegTerms::new(CurrencyCode::EUR, repayment, accrual, day_count)
}

fn one(principal: &str, maturity: &str, coupon: &str) -> Columns {
    Columns {
        principal: vec![euros(principal)],
        maturity: Column::Same(date(maturity)),
        rate: Column::Same(rate(coupon)),
        ..Columns::default()
    }
}

fn run(terms: &LegTerms, columns: &Columns) -> Recorder<i128> {
    project_one(terms, columns, 0, span(), Floating::Exposures).unwrap()
}

fn sum(flows: &[Flow<i128>], kind: FlowKind, after: &str, to: &str) -> i128 {
    flows
        .iter()
        .filter(|f| f.kind == kind && f.paid > date(after) && f.paid <= date(to))
        .map(|f| f.amount)
        .sum()
}

/// Within so many quanta of a figure given at 1e-6.
fn near(quanta: i128, figure: &str, events: i128) {
    let want = euros(figure);
    assert!((quanta - want).abs() <= events, "{quanta} is not {want}");
}

fn rounded(value: Rational) -> i128 {
    value.to_scaled(0).unwrap()
}

#[test]
fn e01_annuity() {
    let terms = terms(
        Repayment::Annuity {
            every: Tenor::months(1),
        },
        Accrual::Fixed { every: None },
        DayCount::Thirty360E,
    );
    let mut columns = one("200000", "2036-09-15", "0.036");
    columns.last_payment = Column::Same(date("2026-09-15"));
    let run = run(&terms, &columns);
    assert_eq!(run.flows.len(), 240);
    assert_eq!(run.flows[0].amount, euros("600"));
    assert_eq!(run.flows[0].paid, date("2026-10-15"));
    near(run.flows[1].amount, "1387.099885", 1);
    assert_eq!(
        sum(&run.flows, FlowKind::Principal, V, "2036-09-15"),
        euros("200000")
    );
    let year = "2027-09-30";
    near(
        euros("200000") - sum(&run.flows, FlowKind::Principal, V, year),
        "183077.390511",
        12,
    );
    let accrued = |day| rounded(run.accrued(0, AccrualKind::Interest, date(day)));
    assert_eq!(accrued(V), euros("300"));
    near(accrued(year), "274.616086", 1);
    let interest = sum(&run.flows, FlowKind::Interest, V, year);
    near(interest, "6922.589137", 12);
    near(interest + accrued(year) - accrued(V), "6897.205223", 12);
    assert_eq!(accrued("2036-09-15"), 0);
    // opening accrued interest given in place of the last payment: the same flows
    columns.last_payment = Column::Absent;
    columns.accrued = Column::Same(euros("300"));
    let given = project_one(&terms, &columns, 0, span(), Floating::Exposures).unwrap();
    assert_eq!(given.flows, run.flows);
    for day in [V, "2026-10-14", "2026-10-15", "2026-11-02"] {
        assert_eq!(
            given.accrued(0, AccrualKind::Interest, date(day)),
            run.accrued(0, AccrualKind::Interest, date(day))
        );
    }
}

struct Flat(f64);

impl Fixings for Flat {
    fn rate(&self, _: IndexId, fixing: Date, start: Date, end: Date) -> Option<Rate> {
        assert_eq!(fixing, start);
        let p = |day: Date| libm::exp(-self.0 * f64::from(day - date(V)) / 365.0);
        Rate::from_f64((p(start) / p(end) - 1.0) / (f64::from(end - start) / 360.0)).ok()
    }
}

#[test]
fn e02_floater() {
    let accrual = Accrual::Index {
        index: IndexId(0),
        reset: Tenor::months(3),
        lag: 0,
        every: None,
        rounding: None,
        in_arrears: false,
    };
    let terms = terms(Repayment::Bullet, accrual, DayCount::Act360);
    let mut columns = one("10000000", "2028-08-17", "0");
    columns.rate = Column::Absent;
    columns.spread = Column::Same(rate("0.012"));
    columns.last_fixing = Column::Same(rate("0.021"));
    columns.last_payment = Column::Same(date("2026-08-17"));
    let coupons = |columns: &Columns, zero: f64| -> Vec<i128> {
        let run = project_one(&terms, columns, 0, span(), Floating::Rates(&Flat(zero))).unwrap();
        run.flows
            .iter()
            .filter(|f| f.kind == FlowKind::Interest)
            .map(|f| f.amount)
            .collect()
    };
    let check = |got: Vec<i128>, want: [&str; 8]| {
        assert_eq!(got.len(), 8);
        got.iter()
            .zip(want)
            .for_each(|(got, want)| near(*got, want, 1));
    };
    check(
        coupons(&columns, 0.02),
        [
            "84333.333333",
            "81204.902592",
            "78552.895105",
            "81204.902592",
            "81204.902592",
            "81204.902592",
            "79436.867427",
            "81204.902592",
        ],
    );
    check(
        coupons(&columns, -0.005),
        [
            "84333.333333",
            "18071.865058",
            "17482.314801",
            "18071.865058",
            "18071.865058",
            "18071.865058",
            "17678.829679",
            "18071.865058",
        ],
    );
    // as exposures: the running coupon whole, later ones index and spread together, each with its own period
    let exposures = run(&terms, &columns);
    assert_eq!(exposures.exposures.len(), 7);
    let (_, first) = &exposures.exposures[0];
    assert_eq!(
        (first.fixing, first.period_end, first.paid),
        (date("2026-11-17"), date("2027-02-17"), date("2027-02-17"))
    );
    assert_eq!(
        (first.numerator, first.denominator, first.balance),
        (92, 360, euros("10000000"))
    );
    assert_eq!(first.spread, rate("0.012"));
    let interest = exposures
        .flows
        .iter()
        .filter(|f| f.kind == FlowKind::Interest);
    assert_eq!(interest.count(), 1);
    near(
        rounded(exposures.accrued(0, AccrualKind::Interest, date(V))),
        "40333.333333",
        1,
    );
    columns.floor = Column::Same(rate("0"));
    check(
        coupons(&columns, -0.005),
        [
            "84333.333333",
            "30666.666667",
            "29666.666667",
            "30666.666667",
            "30666.666667",
            "30666.666667",
            "30000.000000",
            "30666.666667",
        ],
    );
    assert_eq!(terms.class(columns.is_bounded()), Class::G);
}

#[test]
fn e04_linear() {
    let terms = terms(
        Repayment::Linear {
            every: Tenor::months(1),
        },
        Accrual::Fixed { every: None },
        DayCount::Thirty360E,
    );
    let mut columns = one("120000000", "2027-09-15", "0.03");
    columns.first = Column::Same(date("2026-10-15"));
    columns.accrued = Column::Same(0);
    let run = run(&terms, &columns);
    let principal: Vec<i128> = run
        .flows
        .iter()
        .filter(|f| f.kind == FlowKind::Principal)
        .map(|f| f.amount)
        .collect();
    assert_eq!(principal, vec![euros("10000000"); 12]);
    // without replacement
    near(
        sum(&run.flows, FlowKind::Interest, V, "2027-09-30"),
        "1800000",
        12,
    );
}

#[test]
fn bond_with_icma_and_margin() {
    let accrual = Accrual::Fixed {
        every: Some(Tenor::years(1)),
    };
    let terms = terms(Repayment::Bullet, accrual, DayCount::ActActIcma);
    let mut columns = one("100000000", "2030-03-31", "0.02");
    columns.last_payment = Column::Same(date("2026-03-31"));
    columns.margin = Column::Same(rate("0.005"));
    let run = run(&terms, &columns);
    let of = |kind| {
        run.flows
            .iter()
            .filter(move |f| f.kind == kind)
            .map(|f| f.amount)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(FlowKind::Interest), vec![euros("2000000"); 4]);
    assert_eq!(of(FlowKind::Margin), vec![euros("500000"); 4]);
    near(
        rounded(run.accrued(0, AccrualKind::Interest, date(V))),
        "1002739.726027",
        1,
    );
    near(
        rounded(run.accrued(0, AccrualKind::Margin, date(V))),
        "250684.931507",
        1,
    );
    // from one coupon year of 365 days into one of 366 days
    near(
        rounded(run.accrued(0, AccrualKind::Interest, date("2027-12-31"))),
        "1502732.240437",
        1,
    );
}

#[test]
fn a_long_first_icma_period_runs_through_classes() {
    let accrual = Accrual::Fixed {
        every: Some(Tenor::months(6)),
    };
    let terms = terms(Repayment::Bullet, accrual, DayCount::ActActIcma);
    let mut columns = one("1000000", "2027-07-15", "0.04");
    columns.start = Column::Same(date("2026-12-20"));
    let drawn = run(&terms, &columns);
    assert_eq!(drawn.flows[0].amount, -euros("1000000"));
    // forward-starting: a short first period, 26 days of the half-year from 15 July
    near(drawn.flows[1].amount, "2826.0870", 1);
    assert_eq!(sum(&drawn.flows, FlowKind::Principal, V, "2030-01-01"), 0);
    assert_eq!(
        rounded(drawn.accrued(0, AccrualKind::Interest, date("2026-12-20"))),
        0
    );
    // arrears: interest unpaid since before the last coupon day
    let mut late = one("1000000", "2027-07-15", "0.04");
    late.last_payment = Column::Same(date("2026-06-15"));
    assert_eq!(
        project_one(&terms, &late, 0, span(), Floating::Exposures)
            .unwrap_err()
            .term,
        Term::LastPayment
    );
    let terms = LegTerms {
        arrears: true,
        ..terms
    };
    let late = run(&terms, &late);
    // 30/181 of a half-year, then 77/184 of the next
    near(
        rounded(late.accrued(0, AccrualKind::Interest, date(V))),
        "11684.4823",
        1,
    );
    near(late.flows[0].amount, "23314.9171", 1);
    for day in ["2027-01-15", "2027-07-15"] {
        assert_eq!(
            rounded(late.accrued(0, AccrualKind::Interest, date(day))),
            0
        );
    }
}

#[test]
fn paid_days_roll_and_accrual_does_not() {
    let accrual = Accrual::Fixed {
        every: Some(Tenor::months(3)),
    };
    let mut terms = terms(Repayment::Bullet, accrual, DayCount::Thirty360E);
    terms.calendar = BusinessCalendar::Target;
    terms.roll = Roll::Following;
    let mut columns = one("1000", "2027-12-26", "0.04");
    columns.accrued = Column::Same(euros("0.4444"));
    let run = run(&terms, &columns);
    let paid: Vec<_> = run
        .flows
        .iter()
        .map(|f| (f.due.to_string(), f.paid.to_string(), f.amount))
        .collect();
    let row = |due: &str, paid: &str, amount: i128| (due.to_owned(), paid.to_owned(), amount);
    assert_eq!(
        paid,
        [
            row("2026-12-26", "2026-12-28", 4444 + 95_556), // 86 days from the reporting date, beside what had accrued
            row("2027-03-26", "2027-03-30", 100_000),
            row("2027-06-26", "2027-06-28", 100_000),
            row("2027-09-26", "2027-09-27", 100_000),
            row("2027-12-26", "2027-12-27", 100_000),
            row("2027-12-26", "2027-12-27", 10_000_000),
        ]
    );
}

#[test]
fn schedules_undated_and_swaps() {
    let quarterly = Accrual::Fixed {
        every: Some(Tenor::months(3)),
    };
    let row = |day: &str, amount: &str| ScheduledAmount {
        day: date(day),
        amount: euros(amount),
    };
    let mut columns = one("100", "2027-09-30", "0.04");
    columns.schedules = vec![vec![
        row("2027-03-31", "30"),
        row("2026-03-31", "99"),
        row("2026-11-15", "20"),
    ]];
    let with_rest = run(
        &terms(Repayment::Schedule, quarterly, DayCount::Act360),
        &columns,
    );
    let principal: Vec<_> = with_rest
        .flows
        .iter()
        .filter(|f| f.kind == FlowKind::Principal)
        .map(|f| f.amount / 10_000)
        .collect();
    assert_eq!(principal, [20, 30, 50]);
    columns.maturity = Column::Absent;
    let error = project_one(
        &terms(Repayment::Schedule, quarterly, DayCount::Act360),
        &columns,
        0,
        span(),
        Floating::Exposures,
    );
    assert_eq!(error.unwrap_err().term, Term::Repays);

    // a current account: month ends, no principal; the book's date is a payment day, so nothing has accrued
    let client = Accrual::Client {
        every: Tenor::months(1),
    };
    let account = one("1000", "2027-09-30", "0.01");
    let run_account = run(
        &terms(Repayment::OnDemand, client, DayCount::Act365),
        &account,
    );
    assert_eq!(run_account.flows.len(), 12);
    assert_eq!(run_account.flows[0].amount, 8493); // 31 days
    assert!(run_account.flows.iter().all(|f| f.paid.is_month_end()));

    // a leg of a swap pays no notional
    let mut leg = terms(Repayment::Bullet, quarterly, DayCount::Act360);
    leg.exchanges_principal = false;
    let mut swap = one("1000", "2027-09-30", "0.01");
    swap.accrued = Column::Same(0);
    assert!(
        run(&leg, &swap)
            .flows
            .iter()
            .all(|f| f.kind == FlowKind::Interest)
    );
    // a single cash flow
    let forward = run(
        &terms(Repayment::Bullet, Accrual::None, DayCount::Act360),
        &one("7", "2026-10-02", "0"),
    );
    assert_eq!(
        (forward.flows.len(), forward.flows[0].amount),
        (1, euros("7"))
    );
}

#[test]
fn missing_and_contradictory_terms_are_named() {
    let fixed = Accrual::Fixed {
        every: Some(Tenor::years(1)),
    };
    let bullet = terms(Repayment::Bullet, fixed, DayCount::Act360);
    let good = || {
        let mut columns = one("100", "2030-09-15", "0.04");
        columns.accrued = Column::Same(0);
        columns
    };
    let error = |terms: &LegTerms, columns: &Columns| {
        let mut sink = Recorder::<i128>::default();
        let errors = project(terms, columns, span(), Floating::Exposures, &mut sink);
        assert_eq!(errors.len(), 1, "{errors:?}");
        (errors[0].term, errors[0].reason.clone())
    };
    let with = |change: fn(&mut Columns)| {
        let mut columns = good();
        change(&mut columns);
        columns
    };
    assert_eq!(
        error(&bullet, &with(|c| c.maturity = Column::Absent)).0,
        Term::Maturity
    );
    assert_eq!(
        error(&bullet, &with(|c| c.maturity = Column::Same(date(V)))),
        (
            Term::Maturity,
            "`maturity` 2026-09-30 is not after the reporting date 2026-09-30".into()
        )
    );
    assert_eq!(
        error(&bullet, &with(|c| c.accrued = Column::Absent)).0,
        Term::Accrued
    );
    assert_eq!(
        error(&bullet, &with(|c| c.rate = Column::Absent)).0,
        Term::Rate
    );
    assert_eq!(
        error(&bullet, &with(|c| c.principal = vec![-1])).0,
        Term::Principal
    );
    assert_eq!(
        error(&bullet, &with(|c| c.last_payment = Column::Same(date(V)))).0,
        Term::Accrued
    );
    assert_eq!(
        error(&bullet, &with(|c| c.principal = vec![i128::MAX])).0,
        Term::Principal
    );
    let accrual = Accrual::Index {
        index: IndexId(0),
        reset: Tenor::months(3),
        lag: 0,
        every: None,
        rounding: None,
        in_arrears: false,
    };
    assert_eq!(
        error(
            &terms(Repayment::Bullet, accrual, DayCount::Act360),
            &good()
        )
        .0,
        Term::LastFixing
    );
    let icma = terms(
        Repayment::Bullet,
        Accrual::Fixed { every: None },
        DayCount::ActActIcma,
    );
    assert_eq!(error(&icma, &good()).0, Term::DayCount);
    let zero_step = Accrual::Fixed {
        every: Some(Tenor::days(0)),
    };
    assert_eq!(
        error(
            &terms(Repayment::Bullet, zero_step, DayCount::Act360),
            &good()
        )
        .0,
        Term::Accrues
    );
    // overdue: paid on the first business day
    let mut late = LegTerms {
        arrears: true,
        roll: Roll::Following,
        calendar: BusinessCalendar::Target,
        ..bullet
    };
    late.accrual = Accrual::Fixed { every: None };
    let run = run(
        &late,
        &with(|c| c.maturity = Column::Same(date("2026-05-01"))),
    );
    assert_eq!(run.flows.len(), 1);
    assert_eq!(
        (run.flows[0].paid, run.flows[0].amount),
        (date("2026-10-01"), euros("100"))
    );
}

#[test]
fn floating_annuity_is_paid_anew_at_each_reset() {
    let accrual = Accrual::Index {
        index: IndexId(0),
        reset: Tenor::months(12),
        lag: 0,
        every: None,
        rounding: None,
        in_arrears: false,
    };
    let terms = terms(
        Repayment::Annuity {
            every: Tenor::months(1),
        },
        accrual,
        DayCount::Thirty360E,
    );
    let mut columns = one("200000", "2036-09-28", "0");
    columns.rate = Column::Absent;
    columns.accrued = Column::Same(0);
    columns.last_fixing = Column::Same(rate("0.02"));
    struct Fixed;
    impl Fixings for Fixed {
        fn rate(&self, _: IndexId, _: Date, _: Date, _: Date) -> Option<Rate> {
            Some(Rate(40_000_000_000))
        }
    }
    let run = project_one(&terms, &columns, 0, span(), Floating::Rates(&Fixed)).unwrap();
    let total = |k: usize| run.flows[2 * k].amount + run.flows[2 * k + 1].amount;
    assert!((0..12).all(|k| (total(k) - total(0)).abs() <= 1));
    assert!((12..119).all(|k| (total(k) - total(12)).abs() <= 3) && total(12) > total(0));
    assert_eq!(
        sum(&run.flows, FlowKind::Principal, V, "2036-12-31"),
        euros("200000")
    );
    assert_eq!(run.flows[30].reset.unwrap().rate, Rate(40_000_000_000));
    assert!(project_one(&terms, &columns, 0, span(), Floating::Exposures).is_err());
}
