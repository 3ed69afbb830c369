//! Curves under shocks against computed figures.

use super::data::{IndexSource, LoadedIndex, MarketData};
use super::fixings::Fixings;
use super::path::{LevelPath, PathLeg};
use super::root::{Composition, Part, Root};
use super::shift::Shift;
use super::*;
use crate::calendar::{Date, DayCount, Tenor};
use crate::plan::{Origin, RatesAssumption};
use crate::quantity::Currency;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn data(date: &str, daycount: DayCount, parts: Vec<Part>) -> MarketData {
    let root = Root {
        name: "EUR_OIS".to_owned(),
        currency: Currency::EUR,
        is_spread: false,
        daycount,
        parts,
        origin: Origin::default(),
    };
    let composition = Composition { roots: vec![0] };
    MarketData {
        date: day(date),
        currency: Currency::EUR,
        roots: vec![root],
        curves: [("EUR_OIS".to_owned(), composition.clone())]
            .into_iter()
            .collect(),
        discounts: [(Currency::EUR, composition)].into_iter().collect(),
        indices: [(
            "EURIBOR_3M".to_owned(),
            LoadedIndex {
                currency: Currency::EUR,
                tenor: Some(Tenor::months(3)),
                daycount: DayCount::Act360,
                source: IndexSource::Forward {
                    curve: "EUR_OIS".to_owned(),
                    fixings: Fixings::default(),
                },
                moves_with: Some(0),
                origin: Origin::default(),
            },
        )]
        .into_iter()
        .collect(),
        series: Default::default(),
        fx: Default::default(),
        volatilities: Default::default(),
        calendars: Default::default(),
        given_swap_rates: Vec::new(),
        files: Vec::new(),
    }
}

fn struck<'a>(market: ScenarioMarket<'a>, strike: &str, shift: Shift) -> ScenarioMarket<'a> {
    market.with(Layer {
        strike: day(strike),
        shifts: vec![(
            0,
            LevelPath::new(vec![PathLeg::To {
                level: shift,
                over: None,
                from: None,
            }]),
        )],
        levels: Vec::new(),
        indices: Default::default(),
        fx: Default::default(),
        series: Default::default(),
    })
}

/// E02: second period of the floater, unshocked and 250 bp down.
#[test]
fn forwards_of_a_shifted_curve() {
    let data = data("2026-09-30", DayCount::Act365, vec![Part::Flat(0.02)]);
    let market = ScenarioMarket::new(&data, RatesAssumption::Forwards);
    let rate = |market: &ScenarioMarket<'_>| {
        market
            .index_rate(
                "EURIBOR_3M",
                day("2026-11-17"),
                None,
                day("2026-09-30"),
                Bump::None,
            )
            .unwrap()
    };
    assert!((rate(&market) - 0.019775831449).abs() < 5e-13);
    let down = struck(market, "2026-09-30", Shift::Constant(-0.025));
    assert!((rate(&down) + 0.004928400629).abs() < 5e-13);
}

/// E23: forwards realised, and the shock struck a year later is a function of the time from then.
#[test]
fn a_later_strike_counts_time_from_itself() {
    let slope = Shift::Multiply(Box::new(Shift::Constant(0.001)), Box::new(Shift::Time));
    let data = data(
        "2026-12-31",
        DayCount::Thirty360E,
        vec![Part::Flat(0.02), Part::Shift(slope)],
    );
    let market = ScenarioMarket::new(&data, RatesAssumption::Forwards);
    let later = day("2027-12-31");
    let curve = market.discount_curve(Currency::EUR, later).unwrap();
    let yield_at = |years: f64| (0.02 + 0.001 * years) * years;
    let expected = libm::exp(yield_at(1.0) - yield_at(4.0));
    assert!((curve.discount(day("2030-12-31")).unwrap() - expected).abs() < 1e-15);
    let short = Shift::Multiply(
        Box::new(Shift::Constant(0.025)),
        Box::new(Shift::Exponential(Box::new(Shift::Divide(
            Box::new(Shift::Negate(Box::new(Shift::Time))),
            Box::new(Shift::Constant(4.0)),
        )))),
    );
    let struck = struck(market, "2027-12-31", short);
    let curve = struck.discount_curve(Currency::EUR, later).unwrap();
    let shocked = expected * libm::exp(-3.0 * 0.025 * libm::exp(-0.75));
    assert!((curve.discount(day("2030-12-31")).unwrap() - shocked).abs() < 1e-15);
    assert_eq!(
        struck
            .discount_curve(Currency::EUR, day("2026-12-31"))
            .unwrap()
            .discount(later)
            .unwrap(),
        libm::exp(-0.021)
    );
}

#[test]
fn constant_rates_keep_the_curve_of_the_day() {
    let slope = Shift::Multiply(Box::new(Shift::Constant(0.001)), Box::new(Shift::Time));
    let data = data(
        "2026-12-31",
        DayCount::Thirty360E,
        vec![Part::Flat(0.02), Part::Shift(slope)],
    );
    let market = ScenarioMarket::new(&data, RatesAssumption::Constant);
    let curve = market
        .discount_curve(Currency::EUR, day("2027-12-31"))
        .unwrap();
    assert!((curve.discount(day("2030-12-31")).unwrap() - libm::exp(-0.069)).abs() < 1e-15);
}

#[test]
fn a_missing_fixing_is_refused_by_name() {
    let data = data("2026-09-30", DayCount::Act365, vec![Part::Flat(0.02)]);
    let market = ScenarioMarket::new(&data, RatesAssumption::Forwards);
    let error = market
        .index_rate(
            "EURIBOR_3M",
            day("2026-08-17"),
            None,
            day("2026-09-30"),
            Bump::None,
        )
        .unwrap_err();
    assert_eq!(error.code.id(), "E0604");
    assert!(error.message.contains("2026-08-17"));
}

#[test]
fn a_swap_at_the_swap_rate_is_at_par() {
    let data = data("2026-09-30", DayCount::Act365, vec![Part::Flat(0.025)]);
    let market = ScenarioMarket::new(&data, RatesAssumption::Forwards);
    let curve = market
        .discount_curve(Currency::EUR, day("2026-09-30"))
        .unwrap();
    let rate = market
        .swap_rate(Currency::EUR, None, Tenor::months(30), day("2026-09-30"))
        .unwrap();
    let end = day("2029-03-30");
    let value: f64 = par_payments(day("2026-09-30"), end)
        .unwrap()
        .into_iter()
        .map(|(to, accrual)| rate * accrual * curve.discount(to).unwrap())
        .sum();
    assert!((value + curve.discount(end).unwrap() - 1.0).abs() < 1e-15);
}
