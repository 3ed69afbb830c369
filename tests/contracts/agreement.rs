//! The properties.

use num_rational::BigRational;
use plimsoll::calendar::{Date, Tenor};
use plimsoll::contract::{
    Accrual, AccrualChange, AccrualKind, Column, Exposure, Floating, FlowKind, InterestFlow,
    LegTerms, PrincipalFlow, Recorder, Repayment, Sink, Span, project, project_one,
};
use proptest::prelude::*;

use crate::generate::{Position, Wavy, columns, position, terms, valuation};
use crate::oracle::{Row, course};

/// A recorder that takes blocks.
#[derive(Default)]
struct Blocks(Recorder<i128>);

impl Sink for Blocks {
    type Amount = i128;
    const BLOCKS: bool = true;

    fn principal(&mut self, position: usize, flow: &PrincipalFlow<i128>) {
        self.0.principal(position, flow);
    }
    fn interest(&mut self, position: usize, flow: &InterestFlow<i128>) {
        self.0.interest(position, flow);
    }
    fn margin_interest(&mut self, position: usize, flow: &InterestFlow<i128>) {
        self.0.margin_interest(position, flow);
    }
    fn exposure(&mut self, position: usize, exposure: &Exposure<i128>) {
        self.0.exposure(position, exposure);
    }
    fn accrual(&mut self, position: usize, change: &AccrualChange) {
        self.0.accrual(position, change);
    }
}

fn rows(record: &Recorder<i128>, position: usize) -> Vec<Row> {
    let of = record.flows.iter().filter(|flow| flow.position == position);
    of.map(|flow| (flow.due, flow.paid, flow.kind, flow.amount))
        .collect()
}

fn span(valuation: Date) -> Span {
    Span {
        valuation,
        horizon: valuation,
    }
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

fn batch(most: usize) -> impl Strategy<Value = (Date, LegTerms, Vec<Position>)> {
    (valuation(), terms()).prop_flat_map(move |(valuation, terms)| {
        let positions = prop::collection::vec(position(valuation, terms.clone()), 1..=most);
        (Just(valuation), Just(terms), positions)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// I5: per position, day and kind the same quanta as the slow evaluator; I4: principal sums to the nominal.
    #[test]
    fn flows_are_those_of_the_slow_evaluator((valuation, terms, positions) in batch(3), days in prop::collection::vec(0..4000i32, 5)) {
        let columns = columns(&positions);
        for (place, position) in positions.iter().enumerate() {
            let record = project_one(&terms, &columns, place, span(valuation), Floating::Rates(&Wavy)).unwrap();
            let slow = course(&terms, position, valuation);
            prop_assert_eq!(sorted(rows(&record, place)), sorted(slow.rows.clone()));
            let repaid: i128 = record.flows.iter().filter(|f| f.kind == FlowKind::Principal).map(|f| f.amount).sum();
            prop_assert_eq!(repaid, position.principal);
            // I3: accrued interest at any day, exact
            for ahead in &days {
                let day = valuation.add_days(*ahead).unwrap().min(position.maturity);
                if day == position.maturity {
                    continue;
                }
                let (n, d) = record.accrued(place, AccrualKind::Interest, day).parts();
                let ours = BigRational::new(n.to_string().parse().unwrap(), d.to_string().parse().unwrap());
                prop_assert_eq!(ours, slow.accrued(terms.day_count, day), "{}", day);
            }
            for kind in [AccrualKind::Interest, AccrualKind::Margin] {
                prop_assert!(record.accrued(place, kind, position.maturity).is_zero());
            }
        }
    }

    /// Blocks pay the same quanta, accrue the same and leave the same exposures as contracts one by one.
    #[test]
    fn blocks_are_the_contracts_one_by_one(
        (valuation, terms, positions) in batch(40),
        priced in any::<bool>(),
        days in prop::collection::vec(0..4000i32, 3),
    ) {
        let columns = columns(&positions);
        let floating = if priced { Floating::Rates(&Wavy) } else { Floating::Exposures };
        let (mut plain, mut blocks) = (Recorder::<i128>::default(), Blocks::default());
        let errors = project(&terms, &columns, span(valuation), floating, &mut plain);
        prop_assert_eq!(&errors, &project(&terms, &columns, span(valuation), floating, &mut blocks));
        if !errors.is_empty() {
            return Ok(());
        }
        let blocks = blocks.0;
        for (place, position) in positions.iter().enumerate() {
            prop_assert_eq!(rows(&plain, place), rows(&blocks, place));
            let exposures = |record: &Recorder<i128>| -> Vec<Exposure<i128>> {
                record.exposures.iter().filter(|(p, _)| *p == place).map(|(_, e)| *e).collect()
            };
            prop_assert_eq!(exposures(&plain), exposures(&blocks));
            for ahead in days.iter().copied().chain([0]) {
                let day = valuation.add_days(ahead).unwrap().min(position.maturity);
                for kind in [AccrualKind::Interest, AccrualKind::Margin] {
                    prop_assert_eq!(plain.accrued(place, kind, day), blocks.accrued(place, kind, day));
                }
            }
        }
    }

    /// The same of accounts without maturity, which pay interest to the horizon.
    #[test]
    fn blocks_of_accounts_are_the_accounts_one_by_one(
        (valuation, mut terms, positions) in batch(40),
        repayment in 0..3u8,
        openings in prop::collection::vec((0..3u8, 0..40i32), 40),
        ahead in 0..2000i32,
    ) {
        terms.repayment = match repayment {
            0 => Repayment::OnDemand,
            1 => Repayment::Notice(Tenor::months(2)),
            _ => Repayment::Never,
        };
        let every = terms.interest_every().unwrap();
        terms.accrual = Accrual::Client { every };
        let mut columns = columns(&positions);
        columns.maturity = Column::Absent;
        columns.first = Column::Absent;
        columns.schedules = Vec::new();
        let (mut accrued, mut last) = (Vec::new(), Vec::new());
        for (kind, days) in openings.iter().take(positions.len()) {
            accrued.push((*kind == 0).then_some(i128::from(*days)));
            let back = if *days > 30 { -1 } else { *days };
            last.push((*kind == 1).then(|| valuation.add_days(-back).unwrap()));
        }
        (columns.accrued, columns.last_payment) = (Column::Each(accrued), Column::Each(last));
        let span = Span { valuation, horizon: valuation.add_days(ahead).unwrap() };
        let (mut plain, mut blocks) = (Recorder::<i128>::default(), Blocks::default());
        let errors = project(&terms, &columns, span, Floating::Exposures, &mut plain);
        prop_assert_eq!(&errors, &project(&terms, &columns, span, Floating::Exposures, &mut blocks));
        let wrong = |place: usize| errors.iter().any(|error| error.position == place);
        for place in (0..positions.len()).filter(|place| !wrong(*place)) {
            prop_assert_eq!(rows(&plain, place), rows(&blocks.0, place));
            for days in [0, ahead / 2, ahead, ahead + 100] {
                let day = valuation.add_days(days).unwrap();
                for kind in [AccrualKind::Interest, AccrualKind::Margin] {
                    prop_assert_eq!(plain.accrued(place, kind, day), blocks.0.accrued(place, kind, day));
                }
            }
        }
    }
}
