//! What `plimsoll cashflows` shows of a position is what a run posts of it.

use plimsoll::calendar::Date;
use plimsoll::contract::FlowKind;
use plimsoll::engine::posting::{Account, Cause};
use plimsoll::engine::prepare::prepare;
use plimsoll::plan::InstrumentId;
use plimsoll::tabular::Memory;
use proptest::prelude::*;

use crate::bank::program::{Program, one_text};

/// A position of every form of terms; by hand, because forms are what is to be covered.
const FORMS: &str = include_str!("schedules.plim");

fn data() -> Memory {
    Memory::new()
        .with("data/amounts.csv", "id,date,amount\nP,2027-01-15,200000\nP,2027-08-31,300000\nP,2028-09-30,500000\n")
        .with("data/euribor.csv", "date,value\n2026-09-28,0.02\n2026-09-29,0.021\n2026-09-30,0.021\n")
        .with("data/estr.csv", "date,value\n2026-09-21,0.019\n2026-09-22,0.019\n2026-09-23,0.0195\n2026-09-24,0.0195\n2026-09-25,0.019\n2026-09-28,0.0196\n2026-09-29,0.0195\n2026-09-30,0.0195\n")
}

/// Up to each day of the calendar, what a schedule pays has left the ledger: principal from the nominal, interest from what was
/// accrued, to the last quantum. The schedules are those of `shown`, in whose market no shock strikes; told are the instruments
/// compared and the payments.
fn a_run_posts_what_is_shown(posted: &Program, shown: &Program) -> (usize, usize) {
    let data = data();
    let prepared = prepare(&shown.plan, shown.exercise("posted"), &data).unwrap();
    let (mut kinds, mut told) = (0, 0);
    posted.perform("posted", &data, |performed| {
        let run = &performed.runs()[0];
        let opening: Date = "2026-09-30".parse().unwrap();
        let mut instruments: Vec<InstrumentId> =
            run.postings.iter().filter_map(|p| p.instrument).collect();
        instruments.sort();
        instruments.dedup();
        for instrument in instruments {
            let name = &posted.plan.instruments[instrument.0 as usize].heading.short;
            if name == "cash" {
                continue;
            }
            let schedule = prepared.schedule(instrument, "P").unwrap();
            told += schedule.flows.len();
            kinds += 1;
            for (kind, account, cause) in [
                (FlowKind::Principal, Account::Nominal, Cause::Principal),
                (FlowKind::Interest, Account::Accrued, Cause::Interest),
            ] {
                for day in &run.calendar.days {
                    let date = opening.add_days(*day).unwrap();
                    let due = schedule
                        .flows
                        .iter()
                        .filter(|told| told.flow.kind == kind && told.flow.paid <= date);
                    let paid: i128 = due.map(|told| told.flow.amount * 1_000).sum();
                    let postings = run.postings.iter().filter(|posting| {
                        (posting.instrument, posting.account, posting.cause)
                            == (Some(instrument), account, cause)
                            && posting.day <= *day
                    });
                    let posted: i128 = postings.map(|posting| posting.amount).sum();
                    assert_eq!(-posted, paid, "{name}: {kind:?} up to {date}");
                }
            }
        }
    });
    (kinds, told)
}

#[test]
fn every_form_of_terms_is_posted_as_it_is_shown() {
    let program = one_text(FORMS);
    let (kinds, told) = a_run_posts_what_is_shown(&program, &program);
    assert_eq!(kinds, 11);
    assert!(told > 100, "{told}");
}

/// A floating position of any kind, as its instrument and its row are written.
fn floating() -> impl Strategy<Value = String> {
    let rate = (
        prop::sample::select(vec![
            "index(EURIBOR_3M, reset = 3M",
            "index(EURIBOR_3M, reset = 6M, lag = 2d",
            "compounded(ESTR, every = 3M",
            "compounded(ESTR, every = 6M, lookback = 5d, lockout = 2d",
        ]),
        -3_000..3_000i32,
        prop::option::of(-100..400i32),
        prop::option::of(0..300i32),
        prop::sample::select(vec!["", ", rounding = 0.01%"]),
        prop::sample::select(vec!["act/360", "act/365"]),
    );
    let shape = (
        prop::sample::select(vec!["bullet", "linear(every = 3M)", "linear(every = 6M)"]),
        prop::sample::select(vec!["", "round = 0.01 EUR\n", "round = 1 EUR\n"]),
        prop::sample::select(vec!["none", "following", "modified_following"]),
        100_000..900_000_000i64,
        prop::sample::select(vec!["2027-08-30", "2028-02-29", "2028-09-30", "2027-03-31"]),
    );
    (rate, shape).prop_map(
        |((index, spread, floor, width, rounding, daycount), (repays, round, roll, cents, maturity))| {
            let bounds = floor.map_or(String::new(), |floor| {
                let cap = width.map_or(String::new(), |width| format!(", cap = {}%", f64::from(floor + width) / 100.0));
                format!(", floor = {}%{cap}", f64::from(floor) / 100.0)
            });
            let (spread, principal) = (f64::from(spread) / 1000.0, cents as f64 / 100.0);
            let last = if index.starts_with("index") { "last_fixing = 2%\n" } else { "" };
            format!(
                "instrument drawn \"Drawn\" {{\n side = asset\n repays = {repays}\n accrues = {index}, spread = {spread}%{bounds}{rounding}, \
                 daycount = {daycount})\n last_payment = 2026-09-30\n {last} {round} roll = {roll}\n accounting = amortised\n}}\n\
                 book b \"Book\" at 2026-09-30 in EUR {{\n surplus = cash\n include drawn(id = \"P\", currency = EUR, principal = {principal:.2} EUR, \
                 maturity = {maturity})\n include cash(id = \"C\", currency = EUR, principal = 10mn EUR)\n}}\n"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Index and spread are one rate, rounded once; under a shock as in a market that stands where the shock moves it.
    #[test]
    fn floating_interest_is_posted_as_it_is_shown(drawn in floating(), shock in prop::sample::select(vec![0, 100, -250])) {
        let (head, _) = FORMS.split_once("instrument step_text").unwrap();
        let (_, tail) = FORMS.split_once("market m {").unwrap();
        let text = |level: i32, shock: i32| {
            let tail = tail
                .replace("flat(2%,", &format!("flat({}%,", f64::from(level) / 100.0))
                .replace("balance_sheet = run_off", &format!("balance_sheet = run_off\n shock rates EUR: {shock:+}bp"));
            one_text(&format!("{head}{drawn}market m {{{tail}"))
        };
        let (kinds, told) = a_run_posts_what_is_shown(&text(200, shock), &text(200 + shock, 0));
        prop_assert_eq!(kinds, 1);
        prop_assert!(told > 1);
    }
}
