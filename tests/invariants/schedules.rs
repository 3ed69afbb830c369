//! What `plimsoll cashflows` shows of a position is what a run posts of it.

use plimsoll::calendar::Date;
use plimsoll::contract::FlowKind;
use plimsoll::engine::posting::{Account, Cause};
use plimsoll::engine::prepare::prepare;
use plimsoll::plan::InstrumentId;
use plimsoll::tabular::Memory;

use crate::bank::program::one_text;

/// A position of every form of terms; by hand, because forms are what is to be covered.
const FORMS: &str = include_str!("schedules.plim");

fn data() -> Memory {
    Memory::new()
        .with("data/amounts.csv", "id,date,amount\nP,2027-01-15,200000\nP,2027-08-31,300000\nP,2028-09-30,500000\n")
        .with("data/euribor.csv", "date,value\n2026-09-28,0.02\n2026-09-29,0.021\n2026-09-30,0.021\n")
        .with("data/estr.csv", "date,value\n2026-09-21,0.019\n2026-09-22,0.019\n2026-09-23,0.0195\n2026-09-24,0.0195\n2026-09-25,0.019\n2026-09-28,0.0196\n2026-09-29,0.0195\n2026-09-30,0.0195\n")
}

/// Up to each day of the calendar, what a schedule pays has left the ledger: principal from the nominal, interest from what was
/// accrued, to the last thousandth of a quantum where the rate is fixed.
#[test]
fn a_run_posts_what_the_schedule_of_a_position_shows() {
    let program = one_text(FORMS);
    let (exercise, data) = (program.exercise("posted"), data());
    let prepared = prepare(&program.plan, exercise, &data).unwrap();
    program.perform("posted", &data, |performed| {
        let run = &performed.runs()[0];
        let opening: Date = "2026-09-30".parse().unwrap();
        let mut instruments: Vec<InstrumentId> =
            run.postings.iter().filter_map(|p| p.instrument).collect();
        instruments.sort();
        instruments.dedup();
        let (mut told, mut kinds) = (0, Vec::new());
        for instrument in instruments {
            let name = &program.plan.instruments[instrument.0 as usize]
                .heading
                .short;
            if name == "cash" {
                continue;
            }
            let schedule = prepared.schedule(instrument, "P").unwrap();
            told += schedule.flows.len();
            kinds.push(name.as_str());
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
                    let (mut paid, mut floating) = (0, 0);
                    for told in due {
                        paid += told.flow.amount * 1_000;
                        // a group rounds the index and the spread apart: a quantum a payment at most
                        floating += i128::from(told.flow.reset.is_some()) * 1_000;
                    }
                    let posted = run.postings.iter().filter(|posting| {
                        (posting.instrument, posting.account, posting.cause)
                            == (Some(instrument), account, cause)
                            && posting.day <= *day
                    });
                    let posted: i128 = posted.map(|posting| posting.amount).sum();
                    assert!(
                        (posted + paid).abs() <= floating,
                        "{name}: {kind:?} up to {date}: {posted} for {paid}"
                    );
                }
            }
        }
        assert_eq!(kinds.len(), 11, "{kinds:?}");
        assert!(told > 100, "{told}");
    });
}
