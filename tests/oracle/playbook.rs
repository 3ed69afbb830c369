//! Random worlds in which treasury acts.

use chrono::Days;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::bank::generate::{rows, terms};
use crate::bank::lines::{Accrues, Family, Forms, Line};
use crate::secured::Repo;
use crate::swap::Quoted;
use crate::treasury::{Action, HEDGES, Leg, PRODUCTS, Scenario, Size, Standing, Treasury, When};
use crate::world::{World, world};

/// Cents: mostly of the size of the bank.
fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => (1..300_000i64).prop_map(|thousand| thousand * 1_000),
        1 => 1..5_000i64,
    ]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        3 => (0..600_000_000i64).prop_map(When::CashBelow),
        1 => (0..300_000_000i64).prop_map(When::CashAbove),
        3 => (20..300i64).prop_map(When::CoverBelow),
        1 => (20..300i64).prop_map(When::CoverAbove),
        1 => Just(When::Unmet),
    ]
}

fn leg() -> impl Strategy<Value = Leg> {
    let product = |asset: bool| {
        let places: Vec<usize> = (0..PRODUCTS.len())
            .filter(|at| PRODUCTS[*at].asset == asset)
            .collect();
        select(places)
    };
    // whole euros, so that prices of whole basis points are whole quanta
    let euros = || cents().prop_map(|cents| (cents / 100).max(1) * 100);
    let sold = select(vec![
        vec!["bond"],
        vec!["bond"],
        vec!["bullet_loan"],
        vec!["bond", "bullet_loan"],
        vec!["paper"],
    ]);
    let order = select(vec![None, Some("smallest_loss"), Some("highest_price")]);
    prop_oneof![
        4 => (product(false), euros()).prop_map(|(at, cents)| Leg::Issue(at, cents)),
        1 => (product(false), euros()).prop_map(|(at, cents)| Leg::IssueUpTo(at, cents * 4)),
        2 => (product(true), euros()).prop_map(|(at, cents)| Leg::Buy(at, cents)),
        2 => (select(vec!["own_bond", "note"]), cents()).prop_map(|(name, cents)| Leg::BuyBack(name, cents)),
        4 => (sold, any::<bool>(), cents(), order).prop_map(|(names, nominal, cents, order)| {
            let size = if nominal { Size::Nominal(cents) } else { Size::Proceeds(cents) };
            Leg::Sell(names, size, order)
        }),
        3 => repo().prop_map(Leg::Repo),
        2 => (0..HEDGES.len(), euros()).prop_map(|(at, cents)| Leg::Hedge(at, cents)),
        1 => select(vec!["swap", "booked_swap"]).prop_map(Leg::Unwind),
        1 => cents().prop_map(|cents| Leg::Equity(cents / 10)),
        1 => cents().prop_map(|cents| Leg::Dividend(cents / 100)),
        1 => cents().prop_map(|cents| Leg::Tax(cents / 100)),
        2 => repo().prop_map(Leg::Lend),
    ]
}

fn repo() -> impl Strategy<Value = Repo> {
    (cents(), 1..60i64, 0..15i64, 0..5_000i64, any::<bool>()).prop_map(
        |(cash, term, haircut, rate, rolls)| Repo {
            cash,
            term,
            haircut,
            rate,
            rolls,
        },
    )
}

fn swap() -> impl Strategy<Value = Quoted> {
    (
        (any::<bool>(), any::<bool>(), cents()),
        (
            -100..5_000i64,
            select(vec![3, 6, 12]),
            select(vec!["act/365", "30U/360", "30E/360"]),
        ),
        (select(vec![3, 6]), -50..200i64, 0..4_000i64),
        (1..900i64, 0..80i64),
    )
        .prop_map(
            |(
                (is_payer, is_carried, notional),
                (rate, every, daycount),
                (reset, spread, fixing),
                (maturity, since),
            )| Quoted {
                is_payer,
                notional,
                rate,
                every,
                daycount,
                reset,
                spread,
                fixing,
                maturity,
                since,
                is_carried,
            },
        )
}

fn action() -> impl Strategy<Value = Action> {
    (
        (when(), prop::option::weighted(0.3, when())),
        select(vec!["daily", "weekly", "month_end", "quarter_end"]),
        prop_oneof![1 => Just(0i64), 2 => 1..40i64],
        prop::option::weighted(0.7, 1..4usize),
        prop::option::weighted(0.3, 1..4u32),
        prop::option::weighted(0.3, cents()),
        prop::bool::weighted(0.95),
        prop::option::weighted(0.3, 0..200i64),
        prop::option::weighted(0.3, 1..120i64),
        prop::collection::vec(leg(), 1..3),
    )
        .prop_map(
            |((when, again), observed, lead, times, apart, capacity, available, cost, on, legs)| {
                let by_date = on.is_some();
                let mut legs = legs;
                // what is decided and settled on one day reads the stop before it, which other actions may bring about
                for leg in legs.iter_mut().filter(|_| by_date && lead == 0) {
                    if let Leg::IssueUpTo(at, cents) = leg {
                        *leg = Leg::Issue(*at, *cents);
                    }
                }
                // swaps and money that is lent cost nothing here
                let free =
                    |leg: &Leg| matches!(leg, Leg::Hedge(..) | Leg::Unwind(_) | Leg::Lend(_));
                let cost = cost.filter(|_| !legs.iter().any(free));
                Action {
                    when,
                    again: again.filter(|_| !by_date),
                    observed,
                    lead,
                    // without end only seldom
                    times: if observed == "daily" {
                        Some(times.unwrap_or(5))
                    } else {
                        times
                    },
                    apart,
                    // of one line: its own currency and measure of size
                    capacity: capacity.filter(|_| legs.len() == 1),
                    available,
                    cost,
                    on,
                    legs,
                }
            },
        )
}

fn scenario(actions: usize) -> impl Strategy<Value = Scenario> {
    let places: Vec<usize> = (0..actions).collect();
    (
        prop::bool::weighted(0.7),
        prop_oneof![1 => Just(0i64), 1 => -200..300i64],
        prop_oneof![1 => Just(0i64), 1 => -20..10i64],
        prop_oneof![2 => Just(0i64), 1 => 1..8i64],
        prop_oneof![1 => Just((0i64, 0i64)), 1 => (-30..30i64, select(vec![0i64, 25, 100]))],
        subsequence(places, 0..=actions.min(4)).prop_shuffle(),
    )
        .prop_map(
            |(stressed, rates, price, haircut, dollar, allows)| Scenario {
                stressed,
                rates,
                price,
                haircut,
                dollar,
                allows,
            },
        )
}

/// A repo against so much of the first bond, in percent of what it asks for: with a term beyond the loop where what is due would be
/// replaced.
fn stands(terms: Repo, cover: i64, world: &World) -> Standing {
    let bond = &world.bank.line("bond").rows[0];
    let cash = terms.cash.min(bond.principal * 3 / 4);
    Standing {
        terms: Repo {
            cash,
            term: if world.is_constant() {
                200 + terms.term
            } else {
                terms.term
            },
            ..terms
        },
        pledged: (cash / 100 * cover).min(bond.principal),
    }
}

/// A world with bonds and so many scenarios, each with some of the actions.
pub fn playbook(scenarios: usize) -> impl Strategy<Value = World> {
    world(1).prop_flat_map(move |world| {
        (
            rows(world.bank.date, "bond", false, 3),
            terms(),
            select(vec!["amortised", "fvoci", "fvtpl"]),
            prop::collection::vec(9_000..11_000i64, 3),
            (
                select(vec![5i64, 12, 30]),
                prop::option::of((repo(), 50..130i64)),
            ),
            prop::collection::vec(action(), 5),
            prop::collection::vec(scenario(5), scenarios),
            prop::collection::vec(swap(), 0..3),
        )
            .prop_map(
                move |(
                    mut rows,
                    (daycount, roll, every),
                    accounting,
                    prices,
                    (daily_until, standing),
                    actions,
                    scenarios,
                    swaps,
                )| {
                    let mut world = world.clone();
                    for (row, price) in rows.iter_mut().zip(prices) {
                        row.price = price;
                        row.maturity = row.maturity + Days::new(200);
                    }
                    world.bank.lines.push(Line {
                        name: "bond",
                        asset: true,
                        family: Family::Bullet,
                        accrues: Accrues::Fixed(every),
                        daycount,
                        roll,
                        floored: false,
                        forms: Forms::default(),
                        priced: true,
                        quoted: true,
                        lots: true,
                        accounting,
                        rows,
                    });
                    world.daily_until = daily_until;
                    world.swaps = swaps;
                    world.treasury = Treasury {
                        actions,
                        scenarios,
                        standing: standing.map(|(terms, cover)| stands(terms, cover, &world)),
                    };
                    world
                },
            )
    })
}
