//! What holds of every contract, whichever its terms: principal comes back whole, interest grows with the notional, parts pay
//! what the whole pays, dates never drift from their anchor, accrued interest jumps only where it is paid.

use plimsoll::calendar::{Date, DayCount, Tenor, schedule_date};
use plimsoll::contract::events::{Case, Conventions, Event, EventType};
use plimsoll::contract::{Column, Fixings, Floating, FlowKind, IndexId, Recorder, Span, project};
use plimsoll::quantity::Rate;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::generate;

/// A contract of the event engine; amounts are in parts of the notional so that it can be had in any size.
#[derive(Clone, Debug)]
struct Drawn {
    of_type: &'static str,
    role: &'static str,
    issue: Date,
    months: i32,
    payments: i32,
    rate: i32,
    day_count: &'static str,
    floating: bool,
    roll: &'static str,
    month_end: bool,
    stub: u32,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let kind = (
        prop::sample::select(vec!["PAM", "LAM", "NAM", "ANN"]),
        prop::sample::select(vec!["RPA", "RPL"]),
        prop::sample::select(vec!["AA", "A360", "A365", "30E360", "30E360ISDA", "28E336"]),
        prop::sample::select(vec![
            "NULL", "SCF", "SCMF", "CSF", "CSMF", "SCP", "SCMP", "CSP", "CSMP",
        ]),
        any::<(bool, bool)>(),
    );
    let size = (
        0..1200i32,
        prop::sample::select(vec![1, 2, 3, 6, 12]),
        1..25i32,
        -50..900i32,
        0..2u32,
    );
    (kind, size).prop_map(
        |(
            (of_type, role, day_count, roll, (floating, month_end)),
            (day, months, payments, rate, stub),
        )| Drawn {
            of_type,
            role,
            issue: Date::from_ymd(2024, 1, 29).unwrap().add_days(day).unwrap(),
            months,
            payments,
            // a payment of an annuity has to exceed its interest somewhere
            rate: if of_type == "PAM" { rate } else { rate.abs() },
            day_count,
            floating,
            roll,
            month_end,
            stub,
        },
    )
}

impl Drawn {
    fn sign(&self) -> f64 {
        if self.role == "RPA" { 1.0 } else { -1.0 }
    }

    fn point(&self, k: i32) -> Date {
        let ends = self.month_end && self.issue.is_month_end();
        schedule_date(self.issue, Tenor::months(self.months), k, ends).unwrap()
    }

    /// The maturity, some days after the last regular date: a stub.
    fn maturity(&self) -> Date {
        self.point(self.payments).add_days(9).unwrap()
    }

    fn case(&self, notional: f64) -> Value {
        let cycle = format!("P{}ML{}", self.months, self.stub);
        let mut terms = json!({
            "contractType": self.of_type, "contractID": "drawn", "contractRole": self.role, "currency": "EUR",
            "statusDate": self.issue.add_days(-1).unwrap().to_string(), "initialExchangeDate": self.issue.to_string(),
            "maturityDate": self.maturity().to_string(), "notionalPrincipal": notional,
            "nominalInterestRate": f64::from(self.rate) / 1e4, "dayCountConvention": self.day_count,
            "calendar": "MF", "businessDayConvention": self.roll,
            "endOfMonthConvention": if self.month_end { "EOM" } else { "SD" },
            "cycleAnchorDateOfInterestPayment": self.issue.to_string(), "cycleOfInterestPayment": cycle,
        });
        let mut add = |name: &str, value: Value| {
            terms
                .as_object_mut()
                .unwrap()
                .insert(name.to_owned(), value);
        };
        if self.of_type != "PAM" {
            add(
                "cycleAnchorDateOfPrincipalRedemption",
                self.point(1).to_string().into(),
            );
            add("cycleOfPrincipalRedemption", cycle.clone().into());
        }
        if self.of_type == "NAM" {
            add("nextPrincipalRedemptionPayment", (notional * 0.07).into());
        }
        let mut data = Vec::new();
        if self.floating {
            add("cycleAnchorDateOfRateReset", self.issue.to_string().into());
            add("cycleOfRateReset", format!("P{}ML1", self.months).into());
            add("marketObjectCodeOfRateReset", "index".into());
            for k in 0..=self.payments {
                let day = self.point(k);
                let value = f64::from(day.days() * 7919 % 700) / 1e4;
                data.push(json!({"timestamp": day.to_string(), "value": value}));
            }
        }
        json!({"terms": terms, "dataObserved": {"index": {"data": data}}})
    }

    fn events(&self, notional: f64) -> Vec<Event> {
        events(&self.case(notional))
    }
}

fn events(case: &Value) -> Vec<Event> {
    let case = Case::read("", case).unwrap();
    case.events(&Conventions::ECONOMIC).unwrap()
}

/// A rate for each day of fixing.
struct Index;

impl Fixings for Index {
    fn rate(&self, _: IndexId, fixing: Date, _: Date, _: Date) -> Option<Rate> {
        Some(Rate(i64::from(fixing.days() * 7919 % 701) * 100_000_000))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn principal_comes_back_whole(drawn in drawn()) {
        let events = drawn.events(5000.0);
        let principal = events.iter().filter(|event| {
            matches!(event.kind, EventType::PrincipalRedemption | EventType::Maturity)
        });
        let sum: f64 = principal.map(|event| event.payoff).sum();
        prop_assert!((sum - drawn.sign() * 5000.0).abs() < 1e-8, "{sum}");
        prop_assert_eq!(events.last().unwrap().notional, 0.0);
    }

    #[test]
    fn every_payment_grows_with_the_notional_and_parts_pay_what_the_whole_pays(drawn in drawn(), share in 1..99i32) {
        let share = f64::from(share) / 100.0;
        let whole = drawn.events(10_000.0);
        let (one, other) = (drawn.events(10_000.0 * share), drawn.events(10_000.0 * (1.0 - share)));
        prop_assert_eq!(whole.len(), one.len());
        prop_assert_eq!(whole.len(), other.len());
        for (whole, (one, other)) in whole.iter().zip(one.iter().zip(&other)) {
            prop_assert_eq!((whole.time, whole.kind), (one.time, one.kind));
            prop_assert!((whole.payoff * share - one.payoff).abs() < 1e-8, "{whole:?} {one:?}");
            prop_assert!((whole.payoff - one.payoff - other.payoff).abs() < 1e-8, "{whole:?} {one:?} {other:?}");
            prop_assert!((whole.accrued - one.accrued - other.accrued).abs() < 1e-8);
        }
    }

    #[test]
    fn dates_never_drift_from_their_anchor(drawn in drawn()) {
        let unrolled = Drawn { roll: "NULL", ..drawn };
        let events = unrolled.events(1000.0);
        let interest = events.iter().filter(|event| event.kind == EventType::InterestPayment);
        let mut paid: Vec<Date> = interest.map(|event| event.time.day).collect();
        let mut want: Vec<Date> = (0..=unrolled.payments).map(|k| unrolled.point(k)).collect();
        if unrolled.stub == 0 && want.len() > 1 {
            // the last period takes the short one in
            want.pop();
        }
        want.push(unrolled.maturity());
        paid.sort();
        prop_assert_eq!(paid, want);
    }

    /// What a holder is paid for accrued interest when the contract ends on a day, day after day: between payments it grows by
    /// no more than the interest of the days that the count sees.
    #[test]
    fn accrued_interest_jumps_only_where_it_is_paid(drawn in drawn(), from in 0..400i32) {
        let drawn = Drawn { floating: false, ..drawn };
        let span = drawn.maturity() - drawn.issue - 2;
        let first = drawn.issue.add_days(1 + from % span.max(1)).unwrap();
        let accrued = |day: Date| {
            let mut case = drawn.case(1000.0);
            case["terms"]["terminationDate"] = day.to_string().into();
            case["terms"]["priceAtTerminationDate"] = 0.into();
            let ended = events(&case).pop().unwrap();
            assert_eq!(ended.kind, EventType::Termination);
            ended.payoff
        };
        let events = drawn.events(1000.0);
        let paid = |day: Date| events.iter().any(|event| event.kind == EventType::InterestPayment && event.time.day == day);
        let calculated = |day: Date| events.iter().any(|event| event.time.day == day);
        let rate = f64::from(drawn.rate).abs() / 1e4;
        let mut before = accrued(first);
        for k in 1..40 {
            let day = first.add_days(k).unwrap();
            if day >= drawn.maturity() || calculated(day) && !paid(day) {
                break;
            }
            let now = accrued(day);
            // at most four days in one under 30-day months, of the whole notional, a weekend where days are rolled first
            let most = 1000.0 * rate * 7.0 / 336.0 + 1e-9;
            prop_assert!(paid(day) || (now - before).abs() <= most, "{day}: {before} to {now}");
            before = now;
        }
    }

    /// The same of the columnar kernels: principal to the quantum, unrounded flows linear in the notional.
    #[test]
    fn kernels_repay_whole_and_are_linear(
        (valuation, terms, position) in (generate::valuation(), generate::terms()).prop_flat_map(|(valuation, terms)| {
            let position = generate::position(valuation, terms.clone());
            (Just(valuation), Just(terms), position)
        }),
    ) {
        let span = Span { valuation, horizon: valuation.add_days(40_000).unwrap() };
        // act/actICMA reads coupon dates, which the opening of a drawn position may lack
        prop_assume!(terms.day_count != DayCount::ActActIcma);
        let columns = generate::columns(std::slice::from_ref(&position));
        let mut whole = Recorder::<i128>::default();
        let errors = project(&terms, &columns, span, Floating::Rates(&Index), &mut whole);
        prop_assume!(errors.is_empty());
        let principal: i128 = whole.flows.iter().filter(|f| f.kind == FlowKind::Principal).map(|f| f.amount).sum();
        prop_assert_eq!(principal, position.principal);
        if terms.round.is_some() {
            return Ok(());
        }
        let mut double = columns.clone();
        double.principal = vec![position.principal * 2];
        for schedule in &mut double.schedules {
            for row in schedule.iter_mut() {
                row.amount *= 2;
            }
        }
        if let Some(balloon) = position.balloon {
            double.balloon = Column::Same(balloon * 2);
        }
        if let Some(accrued) = position.accrued {
            double.accrued = Column::Same(accrued * 2);
        }
        let (mut once, mut twice) = (Recorder::<f64>::default(), Recorder::<f64>::default());
        project(&terms, &columns, span, Floating::Rates(&Index), &mut once);
        project(&terms, &double, span, Floating::Rates(&Index), &mut twice);
        prop_assert_eq!(once.flows.len(), twice.flows.len());
        for (one, two) in once.flows.iter().zip(&twice.flows) {
            prop_assert_eq!((one.paid, one.kind), (two.paid, two.kind));
            let most = 1e-9 * (position.principal as f64).max(1.0);
            prop_assert!((2.0 * one.amount - two.amount).abs() <= most, "{one:?} {two:?}");
        }
    }
}
