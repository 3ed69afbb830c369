use super::fixture::*;
use crate::book::*;
use crate::plan::*;
use crate::quantity::{Currency, Quanta};
use crate::tabular::Memory;

const HEADER: &str = "id,ccy,balance,maturity,last,months,seg,pool,coupon\n";
const GOOD: &str = "G1,EUR,5000000,2028-01-31,2026-01-31,60,R01,,3.6\nG2,EUR,7,2028-01-31,2026-01-31,60,R01,,3.6\nG3,EUR,7,2028-01-31,2026-01-31,60,R01,,3.6\n";
const FILE: &str = "data/2026-09-30/loan.csv";

#[test]
fn bad_rows_are_told_and_set_aside() {
    for (row, message) in [
        (
            "B,EUR,31400000,2025-01-31,2024-01-31,60,R01,,3",
            "row 5, column `maturity`: `2025-01-31` lies before the reporting date 2026-09-30 (1 row, 31.4mn EUR)",
        ),
        (
            "B,EUR,100,2026-09-30,2024-01-31,60,R01,,3",
            "row 5, column `maturity`: `2026-09-30` is the reporting date 2026-09-30: the file is the close of that day (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,100,2027-09-30,2026-10-01,60,R01,,3",
            "row 5, column `last`: `2026-10-01` lies after the reporting date 2026-09-30 (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,-1,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: `-1` is negative (1 row)",
        ),
        (
            "B,EUR,,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: the cell is empty (1 row)",
        ),
        (
            ",EUR,100,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `id`: the cell is empty (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,\"1,5\",2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: `1,5` is written with a decimal comma (1 row)",
        ),
        (
            "B,EUR,1\u{a0}000,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: `1\u{a0}000` holds a non-breaking space (1 row)",
        ),
        (
            "B,EUR,\u{2212}5,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: `\u{2212}5` has a minus that is not the plain `-` (1 row)",
        ),
        (
            "B,EUR,100,31.01.2028,2026-01-31,60,R01,,3",
            "row 5, column `maturity`: `31.01.2028` is no date (1 row, 100.00 EUR)",
        ),
        (
            "B,EURO,100,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `ccy`: `EURO` is no currency (1 row)",
        ),
        (
            "B,EUR,100,2028-01-31,2026-01-31,0,R01,,3",
            "row 5, column `months`: `0` is no length of time: it must be longer than nothing (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,100,2028-01-31,2026-01-31,60,R01,,360",
            "row 5, column `coupon`: `360` is a rate beyond ±100% (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,100,2028-01-31,2026-01-31,60,R01,,3.12345678901",
            "row 5, column `coupon`: `3.12345678901` has more than ten decimals as a fraction (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,100,2028-01-31,2026-01-31,60,R01,,",
            "row 5, column `coupon`: the cell is empty (1 row, 100.00 EUR)",
        ),
        (
            "B,EUR,100,2028-01-31",
            "row 5 has 4 cells, the header has 9 (1 row)",
        ),
        (
            "B,EUR,1,5,2028-01-31,2026-01-31,60,R01,,3",
            "row 5 has 10 cells, the header has 9: `1,5` is written with a decimal comma (1 row)",
        ),
        (
            "B,EUR,100000000000000000000000000000000000000,2028-01-31,2026-01-31,60,R01,,3",
            "row 5, column `balance`: `100000000000000000000000000000000000000` has more than 28 digits (1 row)",
        ),
    ] {
        let csv = format!("{HEADER}{GOOD}{row}\n");
        let rejected = read_one(LOAN, BadRows::Reject, &csv);
        let told: Vec<_> = rejected
            .diagnostics
            .iter()
            .map(|d| (d.is_error(), d.message.clone()))
            .collect();
        assert_eq!(told, [(true, format!("{FILE}, {message}"))], "{row}");
        assert!(rejected.diagnostics[0].help.is_some(), "{row}");
        let set_aside = read_one(LOAN, BadRows::Quarantine, &csv);
        assert!(
            set_aside.diagnostics.iter().all(|d| !d.is_error()) && set_aside.diagnostics.len() == 1,
            "{row}"
        );
        assert_eq!(set_aside.positions.len(), 3, "{row}");
        assert_eq!(
            (set_aside.exceptions.len(), set_aside.exceptions[0].row),
            (1, 5),
            "{row}"
        );
    }
}

#[test]
fn like_rows_are_told_once_with_their_total() {
    let csv = format!(
        "{HEADER}{GOOD}B9,EUR,100,2025-01-31,2024-01-31,60,R01,,3\nB1,USD,2500000,2025-02-28,2024-01-31,60,R01,,3\nB2,EUR,50.5,2025-02-28,2024-01-31,60,R01,,3\n"
    );
    let reading = read_one(LOAN, BadRows::Reject, &csv);
    assert_eq!(
        all_shown(&reading),
        [
            "E0510 data/2026-09-30/loan.csv, row 5, column `maturity`: `2025-01-31` lies before the reporting date 2026-09-30 (3 rows like this, 150.50 EUR + 2.5mn USD) | correct the file, or `bad_rows = quarantine`"
        ]
    );
    assert_eq!(
        reading
            .exceptions
            .iter()
            .map(|e| e.id.as_str())
            .collect::<Vec<_>>(),
        ["B1", "B2", "B9"]
    );
    let totals = totals(&reading.exceptions);
    assert_eq!(
        (totals[0].rows, totals[0].amounts[&Currency::USD]),
        (3, Quanta(25_000_000_000))
    );
}

#[test]
fn arrears_allow_days_that_are_past() {
    let mut plan = plan();
    plan.instruments[LOAN.index()].mapping.arrears = Some(true);
    let data = Memory::new().with(
        FILE,
        format!("{HEADER}B,EUR,100,2025-01-31,2024-01-31,60,R01,,3\n"),
    );
    let reading = read(
        &plan,
        &exercise(Some(BadRows::Reject), vec![Inclusion::Files(LOAN)]),
        &data,
    );
    assert!(reading.diagnostics.is_empty());
    assert_eq!(reading.positions.len(), 1);
}

#[test]
fn repeated_ids_are_bad_rows_all_of_them() {
    let csv = format!("{HEADER}{GOOD}G2,EUR,100,2028-01-31,2026-01-31,60,R01,,3\n");
    let reading = read_one(LOAN, BadRows::Quarantine, &csv);
    assert_eq!(
        all_shown(&reading),
        [
            "E0510 data/2026-09-30/loan.csv, row 3, column `id`: `G2` stands in more than one row (2 rows like this, 107.00 EUR) | an id is unique in its instrument"
        ]
    );
    assert_eq!(reading.positions.len(), 2);
    // The other row of the id is bad for a reason of its own.
    let csv = format!("{HEADER}{GOOD}G2,EUR,-100,2028-01-31,2026-01-31,60,R01,,3\n");
    assert_eq!(read_one(LOAN, BadRows::Quarantine, &csv).positions.len(), 2);
}

#[test]
fn a_column_in_percent_is_refused_with_the_cure() {
    let csv = format!(
        "{HEADER}G1,EUR,5,2028-01-31,2026-01-31,60,R01,,360\nG2,EUR,5,2028-01-31,2026-01-31,60,R01,,425\nG3,EUR,5,2028-01-31,2026-01-31,60,R01,,50\n"
    );
    let reading = read_one(LOAN, BadRows::Quarantine, &csv);
    assert_eq!(
        all_shown(&reading),
        [
            "E0512 data/2026-09-30/loan.csv, column `coupon`: 2 of 3 rates of `loan` lie beyond ±100%, the first in row 2: `360` | a file in percent is written `[coupon] * 1%`"
        ]
    );
    assert!(reading.diagnostics[0].is_error());
}

#[test]
fn what_the_text_does_not_cover_is_always_refused() {
    let csv = format!(
        "{HEADER}{GOOD}B,EUR,100,2028-01-31,2026-01-31,60,X99,,3\nC,EUR,100,2028-01-31,2026-01-31,60,X99,,3\n"
    );
    let reading = read_one(LOAN, BadRows::Quarantine, &csv);
    assert!(reading.diagnostics[0].is_error());
    assert!(
        reading.diagnostics[0]
            .message
            .starts_with("`segment_of` has no row for `\"X99\"`"),
        "{:?}",
        all_shown(&reading)
    );
    assert_eq!(
        reading.diagnostics[0].notes,
        ["data/2026-09-30/loan.csv, row 5 (2 rows like this)"]
    );
    let csv = "isin,ccy,nominal,price,maturity,rating,coupon\nB,EUR,10,99.5,2030-01-01,AA-,1\n";
    let reading = read_one(BOND, BadRows::Quarantine, csv);
    assert_eq!(
        all_shown(&reading),
        ["E0814 `AA-` is no value of `rating` | did you mean `AAA`?"]
    );
}

#[test]
fn parts_beyond_the_whole_and_lost_lots_are_bad_rows() {
    let csv = "id,balance,accrued,insured,rate\nD1,300,0,301,1\nD2,50,0,-1,1\nD3,5,0,1,1\n";
    let reading = read_one(DEPOSIT, BadRows::Quarantine, csv);
    let messages: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "data/2026-09-30/deposit.csv, row 2, column `insured`: `301` is more than the amount that it parts (1 row, 300.00 EUR)",
            "data/2026-09-30/deposit.csv, row 3, column `insured`: `-1` is negative (1 row, 50.00 EUR)",
        ]
    );
    assert_eq!(reading.positions.len(), 2);
    let data = Memory::new()
        .with("data/2026-09-30/bond.csv", "isin,ccy,nominal,price,maturity,rating,coupon\nDE01,EUR,10,99.5,2030-01-01,AAA,1\nDE02,EUR,-10,99.5,2030-01-01,AAA,1\n")
        .with("data/2026-09-30/repo.csv", "trade,cash,end,haircut,rate,isin\nR1,5,2026-10-07,2,1,DE01\nR2,5,2026-10-07,2,1,DE02\nR3,5,2026-10-07,100,1,DE01\n");
    let includes = vec![Inclusion::Files(BOND), Inclusion::Files(REPO)];
    let reading = read(
        &plan(),
        &exercise(Some(BadRows::Quarantine), includes),
        &data,
    );
    let messages: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "data/2026-09-30/bond.csv, row 3, column `nominal`: `-10` is negative (1 row)",
            "data/2026-09-30/repo.csv, row 3, column `isin`: `DE02` is no lot of `bond` in the book (1 row, 5.00 EUR)",
            "data/2026-09-30/repo.csv, row 4, column `haircut`: `100` takes everything: a haircut lies below 100% (1 row, 5.00 EUR)",
        ]
    );
    assert_eq!(reading.positions.instrument(REPO).unwrap().len(), 1);
}

#[test]
fn schedules_are_held_to_their_positions() {
    let mut plan = plan();
    plan.instruments[LOAN.index()].mapping.repays = Some(Repayment::Schedule(Schedule::File(
        "data/{at}/flows.csv".into(),
    )));
    let flows = "id,date,amount\nG1,2026-09-30,5\nG2,2027-01-31,8\nX,2027-01-31,5\n,2027-01-31,5\n";
    let data = Memory::new()
        .with(FILE, format!("{HEADER}{GOOD}"))
        .with("data/2026-09-30/flows.csv", flows);
    let reading = read(
        &plan,
        &exercise(Some(BadRows::Quarantine), vec![Inclusion::Files(LOAN)]),
        &data,
    );
    let messages: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "data/2026-09-30/flows.csv, row 2, column `date`: `2026-09-30` does not lie after the reporting date 2026-09-30 (1 row, 5.0mn EUR)",
            "data/2026-09-30/flows.csv, row 4, column `id`: `X` is no position of the instrument (1 row)",
            "data/2026-09-30/flows.csv, row 5, column `id`: the cell is empty (1 row)",
            "data/2026-09-30/loan.csv, row 3, column `id`: `G2` repays more than its principal (1 row, 7.00 EUR)",
            "data/2026-09-30/loan.csv, row 4, column `id`: `G3` has no row in `data/2026-09-30/flows.csv` (1 row, 7.00 EUR)",
        ]
    );
    assert!(reading.positions.is_empty());
}

#[test]
fn rates_of_a_file_are_held_to_their_positions() {
    let mut plan = plan();
    let accrues = &mut plan.instruments[LOAN.index()].mapping.accrues;
    let Some(Accrual::Fixed { steps, .. }) = accrues else {
        panic!("{accrues:?}");
    };
    *steps = Schedule::File("data/{at}/coupons.csv".into());
    let coupons = "id,date,rate\nG1,2027-01-31,3.5\nG2,2027-01-31,0.03\nG2,2027-01-31,0.04\nX,2027-01-31,0.01\nG3,2020-01-31,0.01\n";
    let data = Memory::new()
        .with(FILE, format!("{HEADER}{GOOD}"))
        .with("data/2026-09-30/coupons.csv", coupons);
    let exercise = exercise(Some(BadRows::Quarantine), vec![Inclusion::Files(LOAN)]);
    let reading = read(&plan, &exercise, &data);
    let messages = reading.diagnostics.iter().map(|d| d.message.as_str());
    let messages: Vec<_> = messages.collect();
    assert_eq!(
        messages,
        [
            "data/2026-09-30/coupons.csv, row 2, column `rate`: `3.5` is beyond 100 %; rates of a file are fractions, `0.036` (1 row, 5.0mn EUR)",
            "data/2026-09-30/coupons.csv, row 4, column `rate`: `0.04` is a second rate from 2027-01-31 on (1 row, 7.00 EUR)",
            "data/2026-09-30/coupons.csv, row 5, column `id`: `X` is no position of the instrument (1 row)",
        ]
    );
    // G3 stays, at the rate that passed
    let loans = &reading.positions.instruments[0];
    assert_eq!(loans.len(), 1);
    assert_eq!(
        loans.accrues.rate.get(0),
        Some(crate::quantity::Rate(10_000_000_000))
    );
}

#[test]
fn files_and_columns_are_checked_without_rows() {
    let check = |data: &Memory, bad_rows| {
        let book = exercise(bad_rows, vec![Inclusion::Files(LOAN)]).book;
        check_headers(&plan(), &book, data)
            .iter()
            .map(shown)
            .collect::<Vec<_>>()
    };
    let reject = Some(BadRows::Reject);
    let good = Memory::new().with(FILE, format!("{HEADER}rows,are,not,read"));
    assert_eq!(check(&good, reject), Vec::<String>::new());
    assert_eq!(
        check(&good, None)[0].split(" | ").next(),
        Some("E0511 `banking_book` reads files and does not say what becomes of bad rows")
    );
    let misspelt = Memory::new().with(
        FILE,
        HEADER
            .replace("maturity", "Maturity")
            .replace("coupon", "rate"),
    );
    assert_eq!(
        check(&misspelt, reject),
        [
            "E0554 data/2026-09-30/loan.csv has no column `maturity` | did you mean `[Maturity]`?",
            "E0554 data/2026-09-30/loan.csv has no column `coupon` | its columns are `id`, `ccy`, `balance`, `Maturity`, `last`, `months`, `seg`, `pool`, `rate`",
        ]
    );
    assert_eq!(
        check(&Memory::new().with(FILE, ""), reject),
        ["E0552 data/2026-09-30/loan.csv is empty | its first line names its columns"]
    );
    let elsewhere = Memory::new().with("data/2026-09-30/loam.csv", HEADER);
    assert_eq!(
        check(&elsewhere, reject),
        [
            "E0550 there is no file `data/2026-09-30/loan*.csv` | did you mean `data/2026-09-30/loam.csv`?"
        ]
    );
    assert_eq!(
        check(&Memory::new(), reject),
        [
            "E0550 there is no file `data/2026-09-30/loan*.csv` | there is no file in `data/2026-09-30/`; `{at}` is the book's date 2026-09-30"
        ]
    );
    let reading = read(
        &plan(),
        &exercise(reject, vec![Inclusion::Files(LOAN)]),
        &misspelt,
    );
    assert_eq!(reading.diagnostics.len(), 2);
}

#[test]
fn types_of_parquet_columns_are_held_to_their_places() {
    use arrow::array::*;
    use std::sync::Arc;
    let text = |values: &[&str]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![7]))),
        ("ccy", text(&["EUR"])),
        ("balance", text(&["100"])),
        ("maturity", text(&["2028-01-31"])),
        ("last", Arc::new(Date32Array::from(vec![20484]))),
        ("months", Arc::new(Int32Array::from(vec![60]))),
        ("seg", text(&["R01"])),
        ("pool", text(&["A"])),
        ("coupon", Arc::new(Float64Array::from(vec![3.6]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mut plan = plan();
    plan.instruments[LOAN.index()]
        .positions
        .as_mut()
        .unwrap()
        .path = "data/loan.parquet".into();
    let data = Memory::new().with("data/loan.parquet", bytes);
    let exercise = exercise(Some(BadRows::Reject), vec![Inclusion::Files(LOAN)]);
    let expected = [
        "E0556 data/loan.parquet, column `balance` is text, a number is due for `principal` of `loan` | write the file with another type, or map another column",
        "E0556 data/loan.parquet, column `maturity` is text, a date is due for `maturity` of `loan` | say how its dates are written: `date([maturity], \"yyyy-mm-dd\")`",
    ];
    assert_eq!(
        check_headers(&plan, &exercise.book, &data)
            .iter()
            .map(shown)
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(all_shown(&read(&plan, &exercise, &data)), expected);
    let mapping = &mut plan.instruments[LOAN.index()].mapping;
    mapping.terms.insert(
        Term::Maturity,
        e(
            Node::ColumnDate("maturity".into(), "yyyy-mm-dd".into()),
            Type::Date,
        ),
    );
    mapping.terms.insert(Term::Principal, money("coupon"));
    let reading = read(&plan, &exercise, &data);
    assert_eq!(all_shown(&reading), Vec::<String>::new());
    let loans = reading.positions.instrument(LOAN).unwrap();
    assert_eq!(
        (
            &*loans.ids[0],
            loans.principal.get(0),
            loans.maturity.get(0)
        ),
        ("7", Some(Quanta(36_000)), Some(date("2028-01-31")))
    );
}
