//! The columnar kernels against the event engine: the same contract, written once as columns and once as terms, pays the same.

use plimsoll::calendar::{BusinessCalendar, Date, DayCount, Roll, Tenor};
use plimsoll::contract::events::{Case, Conventions, Event, EventType};
use plimsoll::contract::{
    Accrual, Column, Columns, Fixings, Floating, FlowKind, IndexId, LegTerms, Recorder, Repayment,
    Span, project,
};
use plimsoll::quantity::{CurrencyCode, Rate};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Quanta a unit of EUR.
const QUANTA: f64 = 10_000.0;

/// A contract that both can say: a regular grid of payments, of which the last before the valuation day opens it.
#[derive(Clone, Debug)]
struct Both {
    family: u8,
    /// Months between payments.
    every: i32,
    /// Payments to come.
    payments: i32,
    /// The last payment, from which all dates count back.
    maturity: Date,
    /// Whether dates fall on month ends.
    month_end: bool,
    /// Payments to come that are of interest only.
    interest_only: i32,
    /// Days from it to the valuation day.
    ahead: i32,
    units: i64,
    /// In basis points.
    rate: i64,
    spread: i64,
    day_count: (DayCount, &'static str),
    floating: bool,
    rolled: bool,
}

/// A rate for each day of fixing, negative now and then.
struct Index;

fn index(day: Date) -> Rate {
    Rate(i64::from(day.days() * 7919 % 701 - 100) * 100_000_000)
}

impl Fixings for Index {
    fn rate(&self, _: IndexId, fixing: Date, _: Date, _: Date) -> Option<Rate> {
        Some(index(fixing))
    }
}

fn both() -> impl Strategy<Value = Both> {
    let grid = (
        0..3u8,
        prop::sample::select(vec![1, 3, 6, 12]),
        1..40i32,
        (0..240i32, 1..32u32, any::<bool>()),
        (0..28i32, 0..6i32),
    );
    let money = (
        1..10_000_000i64,
        1..1200i64,
        0..300i64,
        any::<(bool, bool)>(),
        prop::sample::select(vec![
            (DayCount::Thirty360E, "30E360"),
            (DayCount::Act360, "A360"),
            (DayCount::Act365, "A365"),
            (DayCount::ActActIsda, "AA"),
        ]),
    );
    (grid, money).prop_map(
        |(
            (family, every, payments, (month, day, month_end), (ahead, interest_only)),
            (units, rate, spread, (floating, rolled), day_count),
        )| {
            let first = Date::from_ymd(2030 + month / 12, (month % 12 + 1) as u32, 1).unwrap();
            let last = first.month_end();
            let maturity = match month_end {
                true => last,
                false => first.add_days(day.min(last.day()) as i32 - 1).unwrap(),
            };
            Both {
                family,
                every,
                payments,
                maturity,
                month_end,
                interest_only: interest_only.min(payments - 1),
                ahead: ahead.min(every * 27),
                units,
                rate,
                spread,
                day_count,
                floating: floating && family != 2,
                rolled,
            }
        },
    )
}

impl Both {
    /// The date of a payment to come; 0 is the one that opened the running period.
    fn point(&self, k: i32) -> Date {
        let months = self.every * (k - self.payments);
        let day = self.maturity.add_months(months).unwrap();
        if self.month_end { day.month_end() } else { day }
    }

    /// Whether a date is on a day that no short month has taken back, so that others count on from it.
    fn counts_on(&self, k: i32) -> bool {
        self.month_end || self.point(k).day() == self.maturity.day()
    }

    /// The last such date up to a payment.
    fn anchor(&self, k: i32) -> Date {
        let k = (0..).map(|back| k - back).find(|k| self.counts_on(*k));
        self.point(k.unwrap())
    }

    /// The day on which it is looked at: what the opening date brings has happened, also where a weekend puts it off.
    fn valuation(&self) -> Date {
        let day = self.point(0).add_days(self.ahead).unwrap();
        match self.rolled {
            true => BusinessCalendar::Weekends
                .roll(day, Roll::Following)
                .unwrap(),
            false => day,
        }
    }

    /// Payments of interest only, where the first redemption is a date that others count on from.
    fn interest_only(&self) -> Option<i32> {
        (self.family != 0 && self.interest_only > 0 && self.counts_on(self.interest_only + 1))
            .then_some(self.interest_only)
    }

    /// Paid day, whether it is principal, units.
    fn kernel(&self) -> Vec<(Date, bool, f64)> {
        let every = Tenor::months(self.every);
        let repayment = match self.family {
            0 => Repayment::Bullet,
            1 => Repayment::Linear { every },
            _ => Repayment::Annuity { every },
        };
        let accrual = if self.floating {
            Accrual::Index {
                index: IndexId(0),
                reset: every,
                lag: 0,
                every: Some(every),
                rounding: None,
                in_arrears: false,
            }
        } else {
            Accrual::Fixed { every: Some(every) }
        };
        let mut terms = LegTerms::new(CurrencyCode::EUR, repayment, accrual, self.day_count.0);
        terms.month_end = Some(self.month_end);
        terms.exact_payment = self.family == 2;
        if self.rolled {
            (terms.calendar, terms.roll) = (BusinessCalendar::Weekends, Roll::Following);
        }
        let basis_points = |bp: i64| Column::Same(Rate(bp * 100_000_000));
        let mut columns = Columns {
            principal: vec![i128::from(self.units) * QUANTA as i128],
            maturity: Column::Same(self.point(self.payments)),
            last_payment: Column::Same(self.point(0)),
            ..Columns::default()
        };
        if self.floating {
            columns.last_fixing = basis_points(self.rate);
            columns.spread = basis_points(self.spread);
            // a reset of its own would count on from its own day
            if self.counts_on(1) {
                columns.next_reset = Column::Same(self.point(1));
            }
        } else {
            columns.rate = basis_points(self.rate);
        }
        if let Some(payments) = self.interest_only() {
            columns.interest_only = Column::Same(self.point(payments));
        }
        let span = Span {
            valuation: self.valuation(),
            horizon: self.valuation(),
        };
        let mut record = Recorder::<f64>::default();
        let errors = project(&terms, &columns, span, Floating::Rates(&Index), &mut record);
        assert!(errors.is_empty(), "{errors:?}");
        let flows = record.flows.iter().filter(|f| f.kind != FlowKind::Margin);
        flows
            .map(|f| (f.paid, f.kind == FlowKind::Principal, f.amount / QUANTA))
            .collect()
    }

    fn case(&self) -> Value {
        let of_type = ["PAM", "LAM", "ANN"][usize::from(self.family)];
        let rate = self.rate + if self.floating { self.spread } else { 0 };
        let cycle = format!("P{}ML1", self.every);
        let issue = self.anchor(0).to_string();
        let mut terms = json!({
            "contractType": of_type, "contractRole": "RPA", "currency": "EUR", "statusDate": self.valuation().to_string(),
            "initialExchangeDate": issue, "maturityDate": self.point(self.payments).to_string(),
            "notionalPrincipal": self.units, "nominalInterestRate": rate as f64 / 10_000.0,
            "dayCountConvention": self.day_count.1,
            "cycleAnchorDateOfInterestPayment": issue, "cycleOfInterestPayment": cycle,
            "endOfMonthConvention": if self.month_end { "EOM" } else { "SD" },
        });
        let mut add = |name: &str, value: &str| {
            terms
                .as_object_mut()
                .unwrap()
                .insert(name.into(), value.into());
        };
        if self.family != 0 {
            let redemption = self.interest_only().map(|k| self.point(k + 1).to_string());
            add(
                "cycleAnchorDateOfPrincipalRedemption",
                redemption.as_deref().unwrap_or(&issue),
            );
            add("cycleOfPrincipalRedemption", &cycle);
        }
        if self.rolled {
            add("calendar", "MF");
            add("businessDayConvention", "CSF");
        }
        let mut data = Vec::new();
        if self.floating {
            add("cycleAnchorDateOfRateReset", &issue);
            add("cycleOfRateReset", &cycle);
            add("marketObjectCodeOfRateReset", "index");
            add("rateSpread", &(self.spread as f64 / 10_000.0).to_string());
            for k in 1..self.payments {
                let day = self.point(k);
                data.push(
                    json!({"timestamp": day.to_string(), "value": index(day).0 as f64 / 1e12}),
                );
            }
        }
        json!({"terms": terms, "dataObserved": {"index": {"data": data}}})
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bullets, linear and annuity loans, fixed and floating: every payment of the kernel is an event, and the other way round.
    #[test]
    fn kernels_pay_what_the_event_engine_pays(both in both()) {
        let case = both.case();
        let case = Case::read("both", &case).unwrap();
        let events = case.events(&Conventions::ECONOMIC).unwrap();
        let is_principal = |event: &Event| match event.kind {
            EventType::InterestPayment => Some(false),
            EventType::PrincipalRedemption | EventType::Maturity => Some(true),
            _ => None,
        };
        let mut paid: Vec<(Date, bool, f64)> = events
            .iter()
            .filter_map(|event| Some((event.time.day, is_principal(event)?, event.payoff)))
            .collect();
        let mut flows = both.kernel();
        // a kernel tells no payment of nothing
        paid.retain(|flow| flow.2.abs() > 1e-9);
        flows.retain(|flow| flow.2.abs() > 1e-9);
        paid.sort_by_key(|flow| (flow.0, flow.1));
        flows.sort_by_key(|flow| (flow.0, flow.1));
        let days = |flows: &[(Date, bool, f64)]| -> Vec<(Date, bool)> { flows.iter().map(|f| (f.0, f.1)).collect() };
        prop_assert_eq!(days(&paid), days(&flows));
        for (event, flow) in paid.iter().zip(&flows) {
            let scale = (both.units as f64).max(1.0);
            prop_assert!((event.2 - flow.2).abs() <= 1e-11 * scale, "{:?} for {:?}", event, flow);
        }
    }
}
