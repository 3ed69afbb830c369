//! What holds of contracts that are no loans: payments grow with the notional, and parts pay what the whole pays.

use plimsoll::contract::events::{Case, Conventions, Event, EventType};
use proptest::prelude::*;
use serde_json::{Value, json};

fn events(case: &Value) -> Vec<Event> {
    let case = Case::read("drawn", case).unwrap();
    case.events(&Conventions::ECONOMIC)
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// A rate for each day on which one may be observed.
fn observed() -> Value {
    let day = |k: i32| {
        let day = plimsoll::calendar::Date::from_ymd(2025, 1, 1)
            .unwrap()
            .add_days(k)
            .unwrap();
        json!({"timestamp": day.to_string(), "value": 0.01 * f64::from(k % 7) - 0.01})
    };
    let days: Vec<Value> = (0..2_500).map(day).collect();
    json!({"RATE": {"data": days}, "USD/EUR": {"data": days}})
}

/// Swaps of one and of two legs, caps, outrights, lists of amounts, money on call, deposits without maturity; each from the first of
/// January 2026, paid every `months` for `payments` times.
fn case(
    of_type: &str,
    notional: f64,
    months: i32,
    payments: i32,
    rate: f64,
    netted: bool,
) -> Value {
    let start = plimsoll::calendar::Date::from_ymd(2026, 1, 1).unwrap();
    let end = start.add_months(months * payments).unwrap().to_string();
    let cycle = format!("P{months}ML1");
    let loan = |of_type: &str, role: &str, floating: bool| {
        let mut terms = json!({
            "contractType": of_type, "contractID": "leg", "contractRole": role, "currency": "EUR", "statusDate": "2025-12-31",
            "initialExchangeDate": "2026-01-01", "maturityDate": end, "notionalPrincipal": notional,
            "nominalInterestRate": rate, "dayCountConvention": "A360", "cycleOfInterestPayment": cycle,
            "cycleAnchorDateOfInterestPayment": "2026-01-01",
        });
        if floating {
            terms["cycleOfRateReset"] = cycle.clone().into();
            terms["cycleAnchorDateOfRateReset"] = "2026-01-01".into();
            terms["marketObjectCodeOfRateReset"] = "RATE".into();
        }
        terms
    };
    let mut terms = loan("PAM", "RPA", true);
    terms["contractType"] = of_type.into();
    let settles = if netted { "S" } else { "D" };
    match of_type {
        "SWPPV" => {
            terms["contractRole"] = "RFL".into();
            terms["nominalInterestRate2"] = 0.015.into();
            terms["deliverySettlement"] = settles.into();
        }
        "SWAPS" => {
            terms = json!({
                "contractType": "SWAPS", "contractID": "swap", "contractRole": "RFL", "currency": "EUR",
                "statusDate": "2025-12-31", "deliverySettlement": settles,
                "contractStructure": [
                    {"object": loan("PAM", "RPA", false), "referenceType": "CNT", "referenceRole": "FIL"},
                    {"object": loan("PAM", "RPL", true), "referenceType": "CNT", "referenceRole": "SEL"},
                ],
            });
        }
        "CAPFL" => {
            terms = json!({
                "contractType": "CAPFL", "contractID": "cap", "contractRole": "BUY", "currency": "EUR",
                "statusDate": "2025-12-31", "lifeCap": 0.02,
                "contractStructure": [{"object": loan("PAM", "RPA", true), "referenceType": "CNT", "referenceRole": "UDL"}],
            });
        }
        "FXOUT" => {
            terms = json!({
                "contractType": "FXOUT", "contractID": "outright", "contractRole": "RPA", "currency": "EUR", "currency2": "USD",
                "statusDate": "2025-12-31", "maturityDate": end, "notionalPrincipal": notional,
                "notionalPrincipal2": notional * 1.1, "deliverySettlement": settles,
            });
        }
        "LAX" => {
            let lists = terms.as_object_mut().unwrap();
            lists.retain(|term, _| {
                !term.starts_with("cycle") && term != "marketObjectCodeOfRateReset"
            });
            terms["arrayCycleAnchorDateOfPrincipalRedemption"] =
                json!(["2026-01-01", "2026-01-15"]);
            terms["arrayCycleOfPrincipalRedemption"] = json!([cycle, cycle]);
            terms["arrayNextPrincipalRedemptionPayment"] = json!([notional / 7.0, notional / 5.0]);
            terms["arrayIncreaseDecrease"] = json!(["INC", "DEC"]);
            terms["arrayCycleAnchorDateOfInterestPayment"] = json!(["2026-01-10"]);
            terms["arrayCycleOfInterestPayment"] = json!([cycle]);
        }
        "UMP" => drop(terms.as_object_mut().unwrap().remove("maturityDate")),
        _ => {}
    }
    json!({"terms": terms, "to": end, "dataObserved": observed()})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn parts_pay_what_the_whole_pays(
        of_type in prop::sample::select(vec!["SWPPV", "SWAPS", "CAPFL", "FXOUT", "LAX", "CLM", "UMP"]),
        (months, payments, rate, netted) in (1..7i32, 1..10i32, -100..800i32, any::<bool>()),
        share in 1..99i32,
    ) {
        let (rate, share) = (f64::from(rate) / 1e4, f64::from(share) / 100.0);
        let of = |notional: f64| events(&case(of_type, notional, months, payments, rate, netted));
        let (whole, one, other) = (of(10_000.0), of(10_000.0 * share), of(10_000.0 * (1.0 - share)));
        prop_assert!(!whole.is_empty());
        prop_assert_eq!((whole.len(), whole.len()), (one.len(), other.len()));
        for (whole, (one, other)) in whole.iter().zip(one.iter().zip(&other)) {
            prop_assert_eq!((whole.time, whole.kind), (one.time, one.kind));
            prop_assert!((whole.payoff * share - one.payoff).abs() < 1e-8, "{whole:?} {one:?}");
            prop_assert!((whole.payoff - one.payoff - other.payoff).abs() < 1e-8, "{whole:?} {one:?} {other:?}");
            prop_assert!((whole.accrued - one.accrued - other.accrued).abs() < 1e-8);
        }
        // what is exchanged comes back
        if of_type == "LAX" || of_type == "SWAPS" {
            let principal = whole.iter().filter(|event| matches!(event.kind, EventType::InitialExchange | EventType::Maturity
                | EventType::PrincipalRedemption | EventType::PrincipalIncrease));
            let sum: f64 = principal.map(|event| event.payoff).sum();
            prop_assert!(sum.abs() < 1e-8, "{sum}");
        }
    }
}
