//! The event engine on terms that the published cases at hand do not have: figures worked out by hand beside each.

use plimsoll::contract::events::{Case, Conventions, Event};
use serde_json::{Value, json};

/// A loan of 1,200 at 6 % under 30E/360 from the first of January 2026, monthly.
fn loan(of_type: &str, more: Value) -> Value {
    let mut terms = json!({
        "contractType": of_type, "contractID": "loan", "contractRole": "RPA", "currency": "EUR", "statusDate": "2025-12-31",
        "initialExchangeDate": "2026-01-01", "maturityDate": "2026-07-01", "notionalPrincipal": 1200,
        "nominalInterestRate": 0.06, "dayCountConvention": "30E360",
        "cycleAnchorDateOfInterestPayment": "2026-02-01", "cycleOfInterestPayment": "P1ML1",
    });
    for (name, value) in more.as_object().unwrap() {
        terms[name] = value.clone();
    }
    terms
}

/// `date code payoff notional` of each event, without the day's time.
fn rows(events: &[Event]) -> Vec<String> {
    let row = |event: &Event| {
        let figure = |value: f64| (value * 1e6).round() / 1e6 + 0.0;
        let (paid, left) = (figure(event.payoff), figure(event.notional));
        format!("{} {} {paid} {left}", event.time.day, event.kind)
    };
    events.iter().map(row).collect()
}

fn told(case: &Value, conventions: &Conventions) -> Vec<String> {
    match Case::read("", case).and_then(|case| case.events(conventions)) {
        Ok(events) => rows(&events),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

fn economic(case: &Value) -> Vec<String> {
    told(case, &Conventions::ECONOMIC)
}

fn of(rows: &[String], code: &str) -> Vec<String> {
    let code = format!(" {code} ");
    let of = rows.iter().filter(|row| row.contains(&code));
    of.map(|row| row.replace(&code, " ")).collect()
}

#[test]
fn interest_without_a_cycle_is_paid_at_maturity() {
    let mut terms = loan("PAM", json!({}));
    let object = terms.as_object_mut().unwrap();
    object.remove("cycleAnchorDateOfInterestPayment");
    object.remove("cycleOfInterestPayment");
    // six months of 6 % on 1,200
    assert_eq!(
        economic(&terms),
        [
            "2026-01-01 IED -1200 1200",
            "2026-07-01 IP 36 1200",
            "2026-07-01 MD 1200 0"
        ]
    );
    let published = told(&terms, &Conventions::ACTUS_TESTS);
    assert_eq!(of(&published, "IP"), [] as [&str; 0]);
}

#[test]
fn a_maturity_on_a_holiday_pays_principal_and_interest_on_the_next_day() {
    // the first of August 2026 is a Saturday
    let terms = loan(
        "PAM",
        json!({"maturityDate": "2026-08-01", "calendar": "MF", "businessDayConvention": "CSF"}),
    );
    let rows = economic(&terms);
    let last: Vec<&str> = rows.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(last, ["2026-08-03 MD 1200 0", "2026-08-03 IP 6 1200"]);
}

/// In the published cases the end of the projection is the maturity: what is rolled behind it is not told.
#[test]
fn nothing_is_told_behind_the_repayment_of_a_published_case() {
    let terms =
        json!({ "maturityDate": "2026-02-28", "calendar": "MF", "businessDayConvention": "SCF" });
    let events = told(&loan("PAM", terms), &Conventions::ACTUS_TESTS);
    // the first of February and the last of it are days of a weekend
    assert_eq!(
        events,
        [
            "2026-01-01 IED -1200 1200",
            "2026-02-02 IP 6.2 1200",
            "2026-02-28 MD 1200 0",
        ]
    );
}

#[test]
fn end_of_february_is_the_last_day_of_30e360isda_only_at_maturity() {
    for (count, first, last) in [("30E360ISDA", 6.0, 5.6), ("30E360", 5.6, 5.6)] {
        let anchored = json!({"initialExchangeDate": "2026-01-31", "maturityDate": "2026-02-28", "dayCountConvention": count,
            "cycleAnchorDateOfInterestPayment": "2026-02-28"});
        let at_end = economic(&loan("PAM", anchored.clone()));
        assert_eq!(of(&at_end, "IP"), [format!("2026-02-28 {last} 1200")]);
        let mut longer = loan("PAM", anchored);
        longer["maturityDate"] = json!("2026-03-28");
        let paid = of(&economic(&longer), "IP");
        assert_eq!(paid[0], format!("2026-02-28 {first} 1200"));
    }
}

#[test]
fn the_change_of_a_rate_is_bounded_by_period_and_life() {
    let reset = |more: Value| {
        let mut terms = loan("PAM", more);
        for (name, value) in [
            ("cycleAnchorDateOfRateReset", json!("2026-03-01")),
            ("cycleOfRateReset", json!("P2ML1")),
            ("marketObjectCodeOfRateReset", json!("index")),
            ("rateMultiplier", json!(2)),
            ("rateSpread", json!(0.01)),
        ] {
            terms[name] = value;
        }
        let data = [("2026-03-01", 0.05), ("2026-05-01", 0.01)];
        let data = data.map(|(day, value)| json!({"timestamp": day, "value": value}));
        let case = json!({"terms": terms, "dataObserved": {"index": {"data": data}}});
        let events = Case::read("", &case)
            .unwrap()
            .events(&Conventions::ECONOMIC)
            .unwrap();
        let resets = events.iter().filter(|event| event.kind.code() == "RR");
        resets
            .map(|event| (event.rate * 1e6).round() / 1e6)
            .collect::<Vec<f64>>()
    };
    // 2 x 5 % + 1 % = 11 %, then 2 x 1 % + 1 % = 3 %
    assert_eq!(reset(json!({})), [0.11, 0.03]);
    assert_eq!(
        reset(json!({"periodCap": 0.02, "periodFloor": -0.01})),
        [0.08, 0.07]
    );
    assert_eq!(
        reset(json!({"lifeCap": 0.07, "lifeFloor": 0.04})),
        [0.07, 0.04]
    );
    assert_eq!(
        reset(json!({"lifeCap": 0.07, "periodFloor": -0.005})),
        [0.07, 0.065]
    );
    assert_eq!(reset(json!({"nextResetRate": 0.02})), [0.03]);
}

#[test]
fn fees_are_an_amount_a_payment_or_a_rate_on_what_is_outstanding() {
    let with = |role: &str, basis: &str, rate: f64| {
        let terms = loan(
            "PAM",
            json!({"contractRole": role, "feeBasis": basis, "feeRate": rate, "cycleOfFee": "P3ML1"}),
        );
        of(&economic(&terms), "FP")
    };
    assert_eq!(
        with("RPA", "A", 5.0),
        ["2026-04-01 5 1200", "2026-07-01 5 1200"]
    );
    assert_eq!(
        with("RPL", "A", 5.0),
        ["2026-04-01 -5 -1200", "2026-07-01 -5 -1200"]
    );
    // a quarter of 1 % on 1,200
    assert_eq!(
        with("RPL", "N", 0.01),
        ["2026-04-01 -3 -1200", "2026-07-01 -3 -1200"]
    );
    // what had accrued before the state counts once, on the side of the contract
    let given = json!({"contractRole": "RPL", "statusDate": "2026-03-01", "feeBasis": "N", "feeRate": 0.01,
        "cycleOfFee": "P3ML1", "feeAccrued": 2});
    assert_eq!(
        of(&economic(&loan("PAM", given.clone())), "FP")[0],
        "2026-04-01 -3 -1200"
    );
    let mut unknown = loan("PAM", given);
    unknown.as_object_mut().unwrap().remove("feeAccrued");
    assert_eq!(of(&economic(&unknown), "FP")[0], "2026-04-01 -3 -1200");
}

#[test]
fn scaling_reaches_interest_principal_or_both() {
    let scaled = |effect: &str| {
        let terms = loan(
            "PAM",
            json!({"scalingEffect": effect, "marketObjectCodeOfScalingIndex": "cpi",
            "scalingIndexAtContractDealDate": 100, "cycleAnchorDateOfScalingIndex": "2026-04-01", "cycleOfScalingIndex": "P1YL1"}),
        );
        let data = json!([{"timestamp": "2026-04-01", "value": 110}]);
        let rows = economic(&json!({"terms": terms, "dataObserved": {"cpi": {"data": data}}}));
        (
            of(&rows, "IP").pop().unwrap(),
            of(&rows, "MD").pop().unwrap(),
        )
    };
    for (effect, interest, principal) in [
        ("000", "6", "1200"),
        ("I00", "6.6", "1200"),
        ("0N0", "6", "1320"),
        ("IN0", "6.6", "1320"),
        ("INO", "6.6", "1320"),
    ] {
        let want = (
            format!("2026-07-01 {interest} 1200"),
            format!("2026-07-01 {principal} 0"),
        );
        assert_eq!(scaled(effect), want, "{effect}");
    }
}

#[test]
fn the_base_of_interest_follows_lags_or_stays() {
    let paid = |base: &str, conventions: &Conventions| {
        let terms = loan(
            "LAM",
            json!({"cycleAnchorDateOfPrincipalRedemption": "2026-02-01", "cycleOfPrincipalRedemption": "P1ML1",
            "nextPrincipalRedemptionPayment": 200, "interestCalculationBase": base,
            "cycleAnchorDateOfInterestCalculationBase": "2026-04-01", "cycleOfInterestCalculationBase": "P3ML1"}),
        );
        let rows = of(&told(&terms, conventions), "IP");
        rows.iter()
            .map(|row| row.split(' ').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(paid("NT", &Conventions::ECONOMIC), "6 5 4 3 2 1");
    assert_eq!(paid("NTIED", &Conventions::ECONOMIC), "6 6 6 6 6 6");
    // the published cases let it follow all the same
    assert_eq!(paid("NTIED", &Conventions::ACTUS_TESTS), "6 5 4 3 2 1");
    assert_eq!(paid("NTL", &Conventions::ECONOMIC), "6 6 6 3 3 3");
}

#[test]
fn lists_of_amounts_end_when_they_have_repaid_the_notional() {
    let lists = json!({"contractType": "LAX", "contractID": "steps", "contractRole": "RPA", "currency": "EUR",
        "statusDate": "2025-12-31", "initialExchangeDate": "2026-01-01", "notionalPrincipal": 1000, "nominalInterestRate": 0.12,
        "dayCountConvention": "30E360", "arrayCycleAnchorDateOfInterestPayment": ["2026-02-01"], "arrayCycleOfInterestPayment": ["P1ML1"],
        "arrayCycleAnchorDateOfPrincipalRedemption": ["2026-02-01", "2026-04-01", "2026-06-01"],
        // one cycle for all anchors
        "arrayCycleOfPrincipalRedemption": ["P1ML1"],
        "arrayNextPrincipalRedemptionPayment": [300, 100, 400], "arrayIncreaseDecrease": ["DEC", "INC", "DEC"]});
    let rows = economic(&lists);
    let principal = |code: &str| of(&rows, code);
    assert_eq!(
        principal("PR"),
        [
            "2026-02-01 300 700",
            "2026-03-01 300 400",
            "2026-06-01 400 200"
        ]
    );
    assert_eq!(
        principal("PI"),
        ["2026-04-01 -100 500", "2026-05-01 -100 600"]
    );
    assert_eq!(principal("MD"), ["2026-07-01 200 0"]);
    let mut endless = lists.clone();
    endless["arrayIncreaseDecrease"] = json!(["DEC", "INC", "INC"]);
    assert_eq!(
        economic(&endless),
        [
            "contract `steps`: `maturityDate` is missing, expected a date; the amounts of principal never repay the notional"
        ]
    );
    // the published cases end with the projection
    let case = json!({"terms": lists, "to": "2026-03-15"});
    assert_eq!(
        of(&told(&case, &Conventions::ACTUS_TESTS), "MD"),
        ["2026-03-15 400 0"]
    );
}

#[test]
fn money_is_called_before_its_maturity() {
    let terms = loan("CLM", json!({"xDayNotice": "P10D"}));
    let case = json!({"terms": terms, "eventsObserved": [{"time": "2026-03-11", "type": "XD", "value": 0}]});
    let rows = economic(&case);
    assert_eq!(of(&rows, "XD"), ["2026-03-11 0 1212.03"]);
    // twenty days on 1,212.03: ten before the call, ten until it is repaid
    assert_eq!(of(&rows, "IP"), ["2026-03-21 4.0401 1212.03"]);
    assert_eq!(of(&rows, "STD"), ["2026-03-21 1212.03 0"]);
    assert_eq!(of(&rows, "MD"), [] as [&str; 0]);
}

#[test]
fn a_call_stops_capitalisation_and_the_fee_of_the_notice_is_paid() {
    let terms = loan(
        "CLM",
        json!({"xDayNotice": "P10D", "maturityDate": null, "premiumDiscountAtIED": 7, "feeRate": 0.03, "feeBasis": "N",
               "cycleAnchorDateOfInterestPayment": "2025-12-01", "cycleOfFee": "P1YL1", "businessDayConvention": "CSF", "calendar": "MF",
               "cycleAnchorDateOfFee": "2027-01-01"}),
    );
    let called = [json!({"time": "2026-02-01", "type": "XD", "value": 0})];
    let case = json!({"terms": terms, "to": "2026-12-31", "eventsObserved": called});
    let events = Case::read("", &case)
        .unwrap()
        .events(&Conventions::ACTUS_TESTS)
        .unwrap();
    // the month before the exchange counts (6), and the first of January's capitalisation follows the exchange
    assert_eq!(
        rows(&events),
        [
            "2026-01-01 IED -1200 1200",
            "2026-01-01 IPCI 0 1206",
            "2026-02-01 XD 0 1206",
            "2026-02-11 IP 6.03 1206",
            "2026-02-11 FP 4.02 1206",
            "2026-02-11 STD 1206 0",
        ]
    );
    // the Sunday's capitalisation would fall on Monday, after the call
    assert_eq!((events[2].accrued * 1e6).round() / 1e6, 6.03);
}

#[test]
fn a_deposit_without_maturity_takes_flows_as_they_were_observed() {
    let terms = loan(
        "UMP",
        json!({"contractRole": "RPL", "terminationDate": "2026-04-01", "priceAtTerminationDate": 800,
               "maturityDate": null}),
    );
    let case = json!({"terms": terms, "to": "2026-12-31", "eventsObserved": [{"time": "2026-02-01", "type": "PR", "value": 400}]});
    let rows = economic(&case);
    assert_eq!(of(&rows, "PR"), ["2026-02-01 -400 -800"]);
    // 6 on 1,200, then 4.03 on 806, then 4.05015 on 810.03: the last stays accrued
    assert_eq!(
        of(&rows, "IPCI"),
        [
            "2026-02-01 0 -806",
            "2026-03-01 0 -810.03",
            "2026-04-01 0 -814.08015"
        ]
    );
    assert_eq!(of(&rows, "TD"), ["2026-04-01 -800 0"]);
}

#[test]
fn payments_are_settled_in_another_currency_at_the_rate_of_their_day() {
    let terms = loan(
        "PAM",
        json!({"settlementCurrency": "USD", "cycleOfInterestPayment": "P3ML1",
        "cycleAnchorDateOfInterestPayment": "2026-04-01"}),
    );
    let rate = |day: &str, value: f64| json!({"timestamp": day, "value": value});
    let data = [
        rate("2026-01-01", 1.1),
        rate("2026-04-01", 1.2),
        rate("2026-07-01", 1.0),
    ];
    let rows = economic(&json!({"terms": terms, "dataObserved": {"EUR/USD": {"data": data}}}));
    assert_eq!(
        rows,
        [
            "2026-01-01 IED -1320 1200",
            "2026-04-01 IP 21.6 1200",
            "2026-07-01 IP 18 1200",
            "2026-07-01 MD 1200 0"
        ]
    );
}

#[test]
fn guarantees_cover_delays_as_well_where_they_say_so() {
    let guarantee = |covered: Value| {
        let terms = json!({"contractType": "CEG", "contractID": "g", "contractRole": "GUA", "currency": "EUR",
            "statusDate": "2026-01-01", "notionalPrincipal": 1000, "maturityDate": "2026-12-31", "coverageOfCreditEnhancement": 0.8,
            "creditEventTypeCovered": covered,
            "contractStructure": [{"object": {"contractIdentifier": "a"}, "referenceType": "CID", "referenceRole": "COVE"}]});
        let event = json!({"time": "2026-05-01", "type": "CE", "contractId": "a", "states": {"contractPerformance": "DQ"}});
        economic(&json!({"terms": terms, "eventsObserved": [event]}))
    };
    assert_eq!(guarantee(json!("DF")), ["2026-12-31 MD 0 0"]);
    let paid = ["2026-05-01 XD 0 -800", "2026-05-01 STD -800 0"];
    assert_eq!(guarantee(json!("DQ")), paid);
    assert_eq!(guarantee(json!(["DQ", "DF"])), paid);
    let wrong = guarantee(json!("XX"));
    assert!(
        wrong[0].contains("`creditEventTypeCovered` is `XX`, expected one of `DL`, `DQ`, `DF`"),
        "{wrong:?}"
    );
}

#[test]
fn swaps_of_two_legs_net_what_falls_on_one_instant() {
    let leg = |role: &str, rate: f64, cycle: &str| {
        let mut terms = loan(
            "PAM",
            json!({"nominalInterestRate": rate, "cycleOfInterestPayment": cycle,
            "cycleAnchorDateOfInterestPayment": "2026-01-01"}),
        );
        terms.as_object_mut().unwrap().remove("contractRole");
        json!({"object": terms, "referenceType": "CNT", "referenceRole": role})
    };
    let swap = json!({"contractType": "SWAPS", "contractID": "s", "contractRole": "PFL", "currency": "EUR", "statusDate": "2026-01-15",
        "deliverySettlement": "S", "contractStructure": [leg("FIL", 0.06, "P6ML1"), leg("SEL", 0.04, "P3ML1")]});
    let rows = economic(&swap);
    // the second leg's payment in April has no pair; at maturity 36 are paid and 12 received
    assert_eq!(
        rows,
        [
            "2026-04-01 IP 12 1200",
            "2026-07-01 IP -24 0",
            "2026-07-01 MD 0 0"
        ]
    );
}

/// Each is refused for one reason, named.
#[test]
fn wrong_terms_are_named() {
    let mut cases = vec![
        (
            loan("NAM", json!({"cycleOfPrincipalRedemption": "P1ML1"})),
            "`nextPrincipalRedemptionPayment` is missing",
        ),
        (
            loan(
                "LAX",
                json!({"cycleAnchorDateOfInterestPayment": null, "cycleOfInterestPayment": null}),
            ),
            "`arrayCycleAnchorDateOfPrincipalRedemption` is missing",
        ),
        (
            loan(
                "PAM",
                json!({"lifeCap": 0.01, "lifeFloor": 0.02, "cycleOfRateReset": "P1ML1"}),
            ),
            "`lifeFloor` is `0.02`",
        ),
        (
            loan(
                "PAM",
                json!({"periodCap": -0.01, "periodFloor": 0.02, "cycleOfRateReset": "P1ML1"}),
            ),
            "`periodFloor` is `0.02`",
        ),
        (
            loan("PAM", json!({"capitalizationEndDate": "2030-01-01"})),
            "`capitalizationEndDate` is `2030-01-01`",
        ),
        (
            loan("PAM", json!({"maturityDate": "2025-12-31"})),
            "`maturityDate` is `2025-12-31`",
        ),
        (
            loan("PAM", json!({"maturityDate": "2026-06-31"})),
            "`maturityDate` is `2026-06-31`",
        ),
        (
            loan("PAM", json!({"cycleOfInterestPayment": "P0ML1"})),
            "`cycleOfInterestPayment` is `P0ML1`",
        ),
        (
            loan("PAM", json!({"terminationDate": "2026-03-01"})),
            "`priceAtTerminationDate` is missing",
        ),
        (
            loan(
                "PAM",
                json!({"terminationDate": "2026-03-01", "priceAtTerminationDate": 1, "purchaseDate": "2026-04-01",
                "priceAtPurchaseDate": 1}),
            ),
            "`terminationDate` is `2026-03-01`, expected a date not before the purchase on 2026-04-01",
        ),
        (
            loan("PAM", json!({"businessDayConvention": "SCX"})),
            "`businessDayConvention` is `SCX`",
        ),
        (loan("PAM", json!({"calendar": "XX"})), "`calendar` is `XX`"),
        (
            loan("PAM", json!({"feeRate": 5, "cycleOfFee": "P1ML1"})),
            "`feeBasis` is missing",
        ),
        (
            loan("PAM", json!({"scalingEffect": "XYZ"})),
            "`scalingEffect` is `XYZ`",
        ),
        (
            loan("PAM", json!({"prepaymentEffect": "A"})),
            "`prepaymentEffect` is `A`",
        ),
        (
            loan("PAM", json!({"contractRole": "ABC"})),
            "`contractRole` is `ABC`",
        ),
        (loan("XYZ", json!({})), "`contractType` is `XYZ`"),
        (
            json!({"terms": loan("PAM", json!({})), "to": "2026-02-30"}),
            "`to` is `2026-02-30`",
        ),
        (
            json!({"terms": loan("PAM", json!({})), "dataObserved": []}),
            "`dataObserved` is `[]`",
        ),
        (
            json!({"terms": loan("UMP", json!({"maturityDate": null})), "to": "2026-12-31", "eventsObserved": [{"time": "2026-02-01", "type": "PR", "value": "x"}]}),
            "`eventsObserved`",
        ),
        (
            loan("UMP", json!({"maturityDate": null})),
            "`to` is missing",
        ),
    ];
    let option = json!({"contractType": "OPTNS", "contractID": "o", "contractRole": "BUY", "currency": "EUR", "statusDate": "2026-01-01",
        "contractDealDate": "2026-01-01", "maturityDate": "2025-06-30", "optionType": "C", "optionStrike1": 80, "optionExerciseType": "E",
        "contractStructure": [{"object": {"marketObjectCode": "s"}, "referenceType": "MOC", "referenceRole": "UDL"}]});
    cases.push((option.clone(), "`maturityDate` is `2025-06-30`"));
    let mut unobserved = option;
    unobserved["maturityDate"] = json!("2026-06-30");
    cases.push((unobserved, "expected an observation of it on 2026-06-30"));
    for (case, wanted) in cases {
        let errors = economic(&case);
        assert_eq!(errors.len(), 1, "{wanted}: {errors:?}");
        assert!(errors[0].starts_with("contract `"), "{errors:?}");
        assert!(errors[0].contains(wanted), "{errors:?} for {wanted}");
    }
}

/// What is wrong with terms of one's own: `term expected …`, without the contract's name.
fn refused(terms: &Value) -> Vec<String> {
    let case = Case::read("", terms).and_then(|case| case.events(&Conventions::ECONOMIC));
    let errors = case.err().unwrap_or_default();
    errors
        .iter()
        .map(|error| format!("{}: {}", error.term, error.expected))
        .collect()
}

#[test]
fn a_loan_without_a_rate_or_a_cycle_of_payments_is_refused() {
    let without = |of_type: &str, more: Value, term: &str| {
        let mut terms = loan(of_type, more);
        terms.as_object_mut().unwrap().remove(term);
        refused(&terms)
    };
    for of_type in ["PAM", "CLM"] {
        assert_eq!(
            without(of_type, json!({}), "nominalInterestRate"),
            ["nominalInterestRate: a rate of a year like `0.03`; `0` where it bears none"]
        );
    }
    let anchored = json!({"cycleAnchorDateOfPrincipalRedemption": "2026-02-01", "nextPrincipalRedemptionPayment": 500});
    for of_type in ["NAM", "ANN"] {
        assert_eq!(
            without(of_type, anchored.clone(), ""),
            [
                "cycleOfPrincipalRedemption: a cycle like `P1ML0`; without one there is one payment only"
            ]
        );
    }
    // the published cases read both
    let mut bare = loan("PAM", json!({}));
    bare.as_object_mut().unwrap().remove("nominalInterestRate");
    let rows = told(&bare, &Conventions::ACTUS_TESTS);
    assert_eq!(rows, ["2026-01-01 IED -1200 1200", "2026-07-01 MD 1200 0"]);
}

/// A termination takes the place of the maturity: after it there is nothing to sell.
#[test]
fn nothing_is_bought_or_sold_after_its_maturity() {
    let late = |mut terms: Value| {
        terms["terminationDate"] = json!("2026-07-02");
        terms["priceAtTerminationDate"] = json!(1200);
        refused(&terms)
    };
    let swap = json!({"contractType": "SWPPV", "contractRole": "RFL", "currency": "EUR", "statusDate": "2025-12-31",
        "initialExchangeDate": "2026-01-01", "maturityDate": "2026-07-01", "notionalPrincipal": 1200, "nominalInterestRate": 0.06,
        "nominalInterestRate2": 0.05, "dayCountConvention": "30E360", "cycleOfInterestPayment": "P1ML1"});
    let outright = json!({"contractType": "FXOUT", "contractRole": "RPA", "currency": "EUR", "currency2": "USD",
        "statusDate": "2025-12-31", "maturityDate": "2026-07-01", "notionalPrincipal": 100, "notionalPrincipal2": 110});
    for terms in [
        loan("PAM", json!({})),
        loan("CLM", json!({})),
        swap,
        outright,
    ] {
        assert_eq!(
            late(terms),
            ["terminationDate: a date not after the maturity on 2026-07-01T00:00:00"]
        );
    }
    let on_the_day = loan(
        "PAM",
        json!({"terminationDate": "2026-07-01", "priceAtTerminationDate": 1200}),
    );
    let rows = economic(&on_the_day);
    assert_eq!(of(&rows, "TD"), ["2026-07-01 1200 0"]);
    assert_eq!(of(&rows, "MD"), [] as [&str; 0]);
}

#[test]
fn terms_that_nothing_reads_hold_what_the_dictionary_says() {
    let garbage = json!({"contractDealDate": "2026-02-30", "xDayNotice": "soon", "deliverySettlement": "X",
        "cycleAnchorDateOfOptionality": "3000-01-01", "cycleOfOptionality": "P999999Y", "quantity": "many", "maturityDate": 20260701});
    let mut errors = refused(&loan("PAM", garbage));
    errors.sort();
    assert_eq!(
        errors,
        [
            "contractDealDate: a date like `2026-09-30T00:00:00`",
            "cycleAnchorDateOfOptionality: a date from 1600-01-01 to 2400-12-31",
            "cycleOfOptionality: a period of at most 800 years: the calendar ends on 2400-12-31",
            "deliverySettlement: one of `S`, `D`",
            "maturityDate: a date like `2026-09-30T00:00:00`",
            "quantity: a number",
            "xDayNotice: a period like `P5D`",
        ]
    );
    let lists = json!({"contractType": "LAX", "contractRole": "RPA", "currency": "EUR", "statusDate": "2025-12-31",
        "initialExchangeDate": "2026-01-01", "maturityDate": "2026-07-01", "notionalPrincipal": 1000, "nominalInterestRate": 0.12,
        "dayCountConvention": "30E360", "arrayCycleAnchorDateOfPrincipalRedemption": ["2026-02-01"],
        "arrayCycleOfPrincipalRedemption": [], "arrayNextPrincipalRedemptionPayment": [300], "arrayIncreaseDecrease": ["DEC"]});
    assert_eq!(
        refused(&lists),
        ["arrayCycleOfPrincipalRedemption: a cycle, one for each anchor, or no such term"]
    );
    for to in [json!("2026-02-30"), json!(7)] {
        let case = json!({"terms": loan("PAM", json!({})), "to": to});
        assert_eq!(refused(&case), ["to: a date like `2026-09-30T00:00:00`"]);
    }
}

#[test]
fn a_term_of_no_use_is_refused_in_a_contract_of_ones_own() {
    for (of_type, more, want) in [
        (
            "PAM",
            json!({"nextPrincipalRedemptionPayment": 100}),
            "nextPrincipalRedemptionPayment: no such term: a `PAM` has no use for it",
        ),
        (
            "PAM",
            json!({"cycleOfPrincipalRedemption": "P1ML1"}),
            "cycleOfPrincipalRedemption: no such term: a `PAM` has no use for it",
        ),
        (
            "PAM",
            json!({"rateSpread": 0.01}),
            "cycleOfRateReset: a cycle like `P3ML1`, because `rateSpread` is given",
        ),
        (
            "PAM",
            json!({"lifeCap": 0.05}),
            "cycleOfRateReset: a cycle like `P3ML1`, because `lifeCap` is given",
        ),
        (
            "PAM",
            json!({"marketObjectCodeOfRateReset": "ESTR"}),
            "cycleOfRateReset: a cycle like `P3ML1`, because `marketObjectCodeOfRateReset` is given",
        ),
        (
            "PAM",
            json!({"feeRate": 5}),
            "cycleOfFee: a cycle like `P3ML1`, because `feeRate` is given",
        ),
        (
            "CLM",
            json!({"capitalizationEndDate": "2026-03-01"}),
            "capitalizationEndDate: no such term: a `CLM` has no use for it",
        ),
        (
            "PAM",
            json!({"cycleAnchorDateOfRateReset": "2025-12-01"}),
            "cycleAnchorDateOfRateReset: a date not before the initial exchange on 2026-01-01T00:00:00",
        ),
    ] {
        let terms = loan(of_type, more);
        assert_eq!(refused(&terms), [want]);
    }
    // what changes nothing, and interest that began before the exchange, stand
    let neutral = json!({"rateMultiplier": "1.0", "rateSpread": 0, "scalingEffect": "000", "cycleAnchorDateOfInterestPayment": "2025-12-01"});
    assert_eq!(refused(&loan("PAM", neutral)), [] as [&str; 0]);
}

#[test]
fn amounts_are_positive_and_the_role_gives_the_sign() {
    let basis = |of_type: &str, more: Value| {
        let mut terms = json!({"contractType": of_type, "contractRole": "RPA", "currency": "EUR", "statusDate": "2025-12-31"});
        for (name, value) in more.as_object().unwrap() {
            terms[name] = value.clone();
        }
        refused(&terms)
    };
    let negative = |term: &str| format!("{term}: an amount of at least 0; the role gives the sign");
    assert_eq!(
        basis("CSH", json!({"notionalPrincipal": -1})),
        [negative("notionalPrincipal")]
    );
    assert_eq!(
        basis("COM", json!({"quantity": -1})),
        [negative("quantity")]
    );
    let outright = json!({"maturityDate": "2026-07-01", "currency2": "USD", "notionalPrincipal": -100, "notionalPrincipal2": -110});
    assert_eq!(
        basis("FXOUT", outright),
        [
            negative("notionalPrincipal"),
            negative("notionalPrincipal2")
        ]
    );
    let guarantee = json!({"contractRole": "SEL", "notionalPrincipal": -5, "maturityDate": "2026-07-01",
        "contractStructure": [{"object": {"contractIdentifier": "a"}, "referenceType": "CID", "referenceRole": "COVE"}]});
    assert_eq!(basis("CEG", guarantee), [negative("notionalPrincipal")]);
}
