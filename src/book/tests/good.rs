use super::fixture::*;
use crate::book::*;
use crate::calendar::Tenor;
use crate::formula::{Undefined, Value};
use crate::plan::*;
use crate::quantity::{Currency, Quanta, Rate};
use crate::tabular::Memory;
use proptest::prelude::*;

const LOANS: &str = "id,ccy,balance,maturity,last,months,seg,pool,coupon\n\
    L2,EUR,1000.5,2028-01-31,2026-01-31,60,R01,,3.6\n\
    L10,USD,250000,2030-06-30,2026-06-30,120,S01,A,4.25\n\
    L1,EUR,0.00005,2027-01-31,2026-09-30,12,R01,A,-0.5\n";

#[test]
fn rows_become_columns_by_id() {
    let reading = read_one(LOAN, BadRows::Reject, LOANS);
    assert_eq!(all_shown(&reading), Vec::<String>::new());
    let loans = reading.positions.instrument(LOAN).unwrap();
    assert_eq!(
        loans.ids.iter().map(|id| &**id).collect::<Vec<_>>(),
        ["L1", "L10", "L2"]
    );
    assert_eq!(
        loans.principal,
        Column::Each(vec![
            Some(Quanta(0)),
            Some(Quanta(2_500_000_000)),
            Some(Quanta(10_005_000))
        ])
    );
    assert_eq!(loans.currency.get(1), Some(Currency::USD));
    assert_eq!(loans.maturity.get(2), Some(date("2028-01-31")));
    assert_eq!(loans.accrues.rate.get(0), Some(Rate(-5_000_000_000)));
    assert_eq!(loans.original_term.get(1), Some(Tenor::years(10)));
    assert_eq!(
        loans.dimension(SEGMENT, 1),
        Some(&Value::Member(SEGMENT, 1))
    );
    assert_eq!(
        loans.dimension(POOL, 2),
        Some(&Value::Undefined(Undefined::EmptyCell))
    );
    assert_eq!(
        loans.shape_of(0).unwrap().repays,
        Some(RepaymentKind::Bullet)
    );
    assert_eq!(
        loans.term(Term::Principal, 1),
        Some(Value::Money(
            Quanta(2_500_000_000).to_rational(Currency::USD),
            Currency::USD
        ))
    );
    assert_eq!(
        (loans.origin[0].row, loans.sources.clone()),
        (4, vec!["data/2026-09-30/loan.csv".to_owned()])
    );
    assert_eq!(loans.find("L10"), Some(1));
    assert_eq!(
        (reading.inputs[0].rows, reading.inputs[0].bytes),
        (3, LOANS.len() as u64)
    );
    let totals = control_totals(&reading.positions).unwrap();
    assert_eq!(totals[0].1, Currency::EUR);
    assert_eq!(
        (totals[0].2.positions, totals[0].2.principal),
        (2, Quanta(10_005_000))
    );
}

#[test]
fn positions_are_parted_and_add_up() {
    let csv = "id,balance,accrued,insured,rate\nD1,300,0.0001,100,1\nD2,50,0,50,1\nD3,80,1,0,1\nD4,0,0,0,1\n";
    let reading = read_one(DEPOSIT, BadRows::Reject, csv);
    assert_eq!(all_shown(&reading), Vec::<String>::new());
    let deposits = reading.positions.instrument(DEPOSIT).unwrap();
    assert_eq!(
        deposits.ids.iter().map(|id| &**id).collect::<Vec<_>>(),
        [
            "D1/less_stable",
            "D1/stable",
            "D2/stable",
            "D3/less_stable",
            "D4/less_stable"
        ]
    );
    let amounts: Vec<_> = (0..5)
        .map(|row| {
            (
                deposits.principal.get(row).unwrap().0,
                deposits.accrued.get(row).unwrap().0,
            )
        })
        .collect();
    assert_eq!(
        amounts,
        [
            (2_000_000, 1),
            (1_000_000, 0),
            (500_000, 0),
            (800_000, 10_000),
            (0, 0)
        ]
    );
    let insured: Vec<_> = (0..5)
        .map(|row| deposits.dimension(INSURED, row).unwrap().clone())
        .collect();
    assert_eq!(insured, [false, true, true, false, false].map(Value::Bool));
    assert_eq!(deposits.dimension(CLASS, 1), Some(&Value::Member(CLASS, 0)));
}

#[test]
fn pledges_are_tied_to_lots_over_files() {
    let data = Memory::new()
        .with(
            "data/2026-09-30/bond_b.csv",
            "isin,ccy,nominal,price,maturity,rating,coupon\nZ,EUR,10,99.5,2030-01-01,AAA,1\n",
        )
        .with(
            "data/2026-09-30/bond_a.csv",
            "isin,ccy,nominal,price,maturity,rating,coupon\nB,EUR,10,99.5,2030-01-01,AA+,1\n",
        )
        .with(
            "data/2026-09-30/repo.csv",
            "trade,cash,end,haircut,rate,isin\nR1,5,2026-10-07,2,1,Z\n",
        );
    let includes = vec![Inclusion::Files(REPO), Inclusion::Files(BOND)];
    let reading = read(&plan(), &exercise(Some(BadRows::Reject), includes), &data);
    assert_eq!(all_shown(&reading), Vec::<String>::new());
    let repos = reading.positions.instrument(REPO).unwrap();
    assert_eq!(
        repos.pledge.get(0),
        Some(Pledge {
            instrument: BOND,
            row: 1
        })
    );
    assert_eq!(repos.haircut, Column::Same(Rate(20_000_000_000)));
    let bonds = reading.positions.instrument(BOND).unwrap();
    assert_eq!(bonds.sources.len(), 2);
    assert_eq!(bonds.price.get(0), Some(Rate(995_000_000_000)));
    assert_eq!(bonds.dimension(RATING, 0), Some(&Value::Member(RATING, 1)));
}

#[test]
fn a_position_of_the_text_stands_beside_those_of_files() {
    let plan = plan();
    let mut mapping = plan.instruments[LOAN.index()].mapping.clone();
    for (term, node, ty) in [
        (
            Term::Principal,
            Node::Money(5.into(), Some(Currency::USD)),
            Type::Money(MoneyTag::Position),
        ),
        (
            Term::Currency,
            Node::Currency(Currency::USD),
            Type::Currency,
        ),
        (Term::Maturity, Node::Date(date("2027-03-31")), Type::Date),
        (
            Term::LastPayment,
            Node::Date(date("2026-09-30")),
            Type::Date,
        ),
        (
            Term::OriginalTerm,
            Node::Tenor(Tenor::years(1)),
            Type::Tenor,
        ),
    ] {
        mapping.terms.insert(term, e(node, ty));
    }
    mapping.accrues = Some(Accrual::None);
    mapping.dimensions.insert(
        SEGMENT,
        DimensionMapping::Formula(e(Node::Member(SEGMENT, 0), Type::Member(SEGMENT))),
    );
    mapping.dimensions.shift_remove(&POOL);
    let origin = Origin {
        file: "bank.plim".into(),
        line: 7,
        ..Origin::default()
    };
    let text = Inclusion::Position {
        instrument: LOAN,
        id: "LATE-1".into(),
        mapping: Box::new(mapping),
        origin,
    };
    let data = Memory::new().with("data/2026-09-30/loan.csv", LOANS);
    let reading = read(
        &plan,
        &exercise(Some(BadRows::Reject), vec![Inclusion::Files(LOAN), text]),
        &data,
    );
    assert_eq!(all_shown(&reading), Vec::<String>::new());
    let loans = reading.positions.instrument(LOAN).unwrap();
    let row = loans.find("LATE-1").unwrap();
    assert_eq!((loans.len(), row, loans.shapes.len()), (4, 3, 2));
    assert_eq!(
        loans.shape_of(row).unwrap().accrues,
        Some(AccrualKind::None)
    );
    assert_eq!(
        (loans.accrues.rate.get(row), loans.principal.get(row)),
        (None, Some(Quanta(50_000)))
    );
    assert_eq!(loans.dimension(POOL, row), None);
    assert_eq!(loans.origin[row].row, 7);
}

#[test]
fn schedules_are_read_by_position() {
    let mut plan = plan();
    plan.instruments[LOAN.index()].mapping.repays = Some(Repayment::Schedule(Schedule::File(
        "data/{at}/flows.csv".into(),
    )));
    let flows = "id,date,amount\nL2,2027-06-30,400\nL2,2026-12-31,100.25\nL10,2027-01-31,1\nL1,2027-01-31,0\n";
    let data = Memory::new()
        .with("data/2026-09-30/loan.csv", LOANS)
        .with("data/2026-09-30/flows.csv", flows);
    let reading = read(
        &plan,
        &exercise(Some(BadRows::Reject), vec![Inclusion::Files(LOAN)]),
        &data,
    );
    let told = [
        "W0603 `loan` position `L2`: its schedule leaves 500.25 EUR, which is paid at maturity, and another one like this | give the \
         schedule a last row with the rest, on the maturity",
    ];
    assert_eq!(all_shown(&reading), told);
    let loans = reading.positions.instrument(LOAN).unwrap();
    assert_eq!(
        loans.schedule.of(2),
        [
            (date("2026-12-31"), Quanta(1_002_500)),
            (date("2027-06-30"), Quanta(4_000_000))
        ]
    );
    assert_eq!(reading.inputs.len(), 2);
}

/// Without what only messages need.
fn results(mut reading: Reading) -> Positions {
    for instrument in &mut reading.positions.instruments {
        instrument.origin.clear();
        instrument.sources.clear();
    }
    reading.positions
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_order_of_rows_changes_nothing(rows in prop::collection::vec((0u32..40, 0u8..8, 0i64..1000), 1..40), seed in any::<u64>()) {
        let csv = |rows: &[(u32, u8, i64)]| {
            let mut text = "id,ccy,balance,maturity,last,months,seg,pool,coupon\n".to_owned();
            for (id, kind, amount) in rows {
                let ccy = if kind % 3 == 0 { "USD" } else { "EUR" };
                let maturity = if *kind == 7 { "2026-01-31" } else { "2028-01-31" };
                let pool = ["", "A", "B"][usize::from(kind % 3)];
                text += &format!("L{id},{ccy},{amount}.{kind},{maturity},2026-01-31,60,{},{pool},{kind}\n", if kind % 2 == 0 { "R01" } else { "S01" });
            }
            text
        };
        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let (a, b) = (read_one(LOAN, BadRows::Quarantine, &csv(&rows)), read_one(LOAN, BadRows::Quarantine, &csv(&shuffled)));
        let ids = |reading: &Reading| {
            let mut all: Vec<_> = reading.exceptions.iter().map(|e| (e.id.clone(), e.column.clone(), e.value.clone(), e.amount)).collect();
            all.sort();
            all
        };
        prop_assert_eq!(ids(&a), ids(&b));
        prop_assert_eq!(totals(&a.exceptions), totals(&b.exceptions));
        prop_assert_eq!(results(a), results(b));
    }
}
