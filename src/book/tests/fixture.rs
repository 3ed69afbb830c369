//! A small plan made by hand: loans with a table of segments, deposits that are parted, bonds and repos on them.

use crate::book::{Reading, read};
use crate::calendar::{Date, DayCount, Tenor};
use crate::diagnostic::Diagnostic;
use crate::plan::*;
use crate::quantity::Currency;
use crate::tabular::Memory;
use indexmap::IndexMap;
use rust_decimal::Decimal;

pub(super) const SEGMENT: DimensionId = DimensionId(0);
pub(super) const RATING: DimensionId = DimensionId(1);
pub(super) const POOL: DimensionId = DimensionId(2);
pub(super) const CLASS: DimensionId = DimensionId(3);
pub(super) const INSURED: DimensionId = DimensionId(4);

pub(super) const LOAN: InstrumentId = InstrumentId(0);
pub(super) const DEPOSIT: InstrumentId = InstrumentId(1);
pub(super) const BOND: InstrumentId = InstrumentId(2);
pub(super) const REPO: InstrumentId = InstrumentId(3);

pub(super) fn e(node: Node, ty: Type) -> Expression {
    Expression {
        node,
        ty,
        span: None,
    }
}

pub(super) fn column(name: &str, ty: Type) -> Expression {
    e(Node::Column(name.into()), ty)
}

pub(super) fn money(name: &str) -> Expression {
    column(name, Type::Money(MoneyTag::Position))
}

/// `[name] * 1%`
pub(super) fn percent(name: &str) -> Expression {
    let one = e(Node::Number(Decimal::new(1, 2)), Type::Rate);
    e(
        Node::Arithmetic(
            Operator::Multiply,
            Box::new(column(name, Type::Number)),
            Box::new(one),
        ),
        Type::Rate,
    )
}

pub(super) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn heading(name: &str) -> Heading {
    Heading {
        name: name.into(),
        short: name.into(),
        ..Heading::default()
    }
}

fn closed(name: &str, members: &[(&str, Option<&str>)]) -> Dimension {
    let members = members
        .iter()
        .map(|(name, spelling)| Member {
            name: (*name).into(),
            spelling: spelling.map(Into::into),
        })
        .collect();
    Dimension {
        heading: heading(name),
        domain: Domain::Closed {
            members,
            ordered: false,
        },
    }
}

fn instrument(name: &str, side: Side, lots: bool, mapping: Mapping) -> Instrument {
    let files = PositionFiles {
        path: format!("data/{{at}}/{name}*.csv"),
        filter: None,
        format: None,
        origin: Origin::default(),
    };
    Instrument {
        heading: heading(name),
        side,
        lots,
        positions: Some(files),
        mapping,
    }
}

pub(super) fn fixed(rate: Expression) -> Option<Accrual> {
    Some(Accrual::Fixed {
        rate,
        every: Some(Tenor::years(1)),
        daycount: DayCount::Act360,
        steps: Schedule::default(),
    })
}

fn member(dimension: DimensionId, place: u32) -> Expression {
    e(Node::Member(dimension, place), Type::Member(dimension))
}

fn class_is_stable() -> Expression {
    let class = e(Node::Dimension(CLASS), Type::Member(CLASS));
    e(
        Node::Compare(
            Comparison::Equal,
            Box::new(class),
            Box::new(member(CLASS, 0)),
        ),
        Type::Bool,
    )
}

pub(super) fn plan() -> Plan {
    let text = |name: &str| column(name, Type::Text);
    let dimensions = vec![
        closed("segment", &[("retail", None), ("sme", None)]),
        closed(
            "rating",
            &[("AAA", None), ("AA_plus", Some("AA+")), ("A", None)],
        ),
        Dimension {
            heading: heading("pool"),
            domain: Domain::Open(Type::Text),
        },
        closed("class", &[("stable", None), ("less_stable", None)]),
        Dimension {
            heading: heading("insured"),
            domain: Domain::Open(Type::Bool),
        },
    ];
    let row = |code: &str, place| TableRow {
        patterns: vec![Pattern::Exactly(Node::Text(code.into()))],
        value: member(SEGMENT, place),
        origin: Origin::default(),
    };
    let tables = vec![Table {
        heading: heading("segment_of"),
        ty: Type::Member(SEGMENT),
        is_share: false,
        keys: vec![TableKey::Text],
        rows: vec![row("R01", 0), row("S01", 1)],
    }];
    let by_code = e(
        Node::Table(TableId(0), vec![text("seg")]),
        Type::Member(SEGMENT),
    );
    let loan = Mapping {
        terms: IndexMap::from([
            (Term::Id, text("id")),
            (Term::Currency, column("ccy", Type::Currency)),
            (Term::Principal, money("balance")),
            (Term::Maturity, column("maturity", Type::Date)),
            (Term::LastPayment, column("last", Type::Date)),
            (Term::OriginalTerm, {
                let month = e(Node::Tenor(Tenor::months(1)), Type::Tenor);
                e(
                    Node::Arithmetic(
                        Operator::Multiply,
                        Box::new(column("months", Type::Number)),
                        Box::new(month),
                    ),
                    Type::Tenor,
                )
            }),
        ]),
        dimensions: IndexMap::from([
            (SEGMENT, DimensionMapping::Formula(by_code)),
            (POOL, DimensionMapping::Formula(text("pool"))),
        ]),
        repays: Some(Repayment::Bullet),
        accrues: fixed(percent("coupon")),
        accounting: Some(Accounting::Amortised),
        ..Mapping::default()
    };
    let deposit = Mapping {
        terms: IndexMap::from([
            (Term::Id, text("id")),
            (
                Term::Currency,
                e(Node::Currency(Currency::EUR), Type::Currency),
            ),
            (Term::Principal, money("balance")),
            (Term::Accrued, money("accrued")),
        ]),
        dimensions: IndexMap::from([
            (
                CLASS,
                DimensionMapping::Split {
                    parts: vec![(member(CLASS, 0), money("insured"))],
                    otherwise: Some(member(CLASS, 1)),
                },
            ),
            (INSURED, DimensionMapping::Formula(class_is_stable())),
        ]),
        repays: Some(Repayment::OnDemand),
        accrues: Some(Accrual::Client {
            rate: percent("rate"),
            every: None,
            daycount: DayCount::Act365,
        }),
        accounting: Some(Accounting::Amortised),
        ..Mapping::default()
    };
    let bond = Mapping {
        terms: IndexMap::from([
            (Term::Id, text("isin")),
            (Term::Currency, column("ccy", Type::Currency)),
            (Term::Principal, money("nominal")),
            (Term::Price, percent("price")),
            (Term::Maturity, column("maturity", Type::Date)),
        ]),
        dimensions: IndexMap::from([(
            RATING,
            DimensionMapping::Formula(column("rating", Type::Member(RATING))),
        )]),
        repays: Some(Repayment::Bullet),
        accrues: fixed(percent("coupon")),
        accounting: Some(Accounting::Fvoci),
        ..Mapping::default()
    };
    let repo = Mapping {
        terms: IndexMap::from([
            (Term::Id, text("trade")),
            (
                Term::Currency,
                e(Node::Currency(Currency::EUR), Type::Currency),
            ),
            (Term::Principal, money("cash")),
            (Term::Maturity, column("end", Type::Date)),
            (Term::Haircut, percent("haircut")),
        ]),
        repays: Some(Repayment::Bullet),
        accrues: fixed(percent("rate")),
        accounting: Some(Accounting::Amortised),
        pledges: Some((BOND, text("isin"))),
        ..Mapping::default()
    };
    Plan {
        dimensions,
        tables,
        instruments: vec![
            instrument("loan", Side::Asset, false, loan),
            instrument("deposit", Side::Liability, false, deposit),
            instrument("bond", Side::Asset, true, bond),
            instrument("repo", Side::Liability, false, repo),
        ],
        ..Plan::default()
    }
}

pub(super) fn exercise(bad_rows: Option<BadRows>, includes: Vec<Inclusion>) -> Exercise {
    let book = Book {
        heading: heading("banking_book"),
        date: date("2026-09-30"),
        currency: Currency::EUR,
        includes,
        excludes: Vec::new(),
        equity: None,
        surplus: None,
        shortfall: None,
        unmet_rate: None,
        bad_rows,
        minimum_cash: None,
        convert: false,
        answers: IndexMap::new(),
        reconciliations: Vec::new(),
    };
    Exercise {
        hedges: Vec::new(),
        heading: heading("e"),
        book,
        market: None,
        base: ScenarioKey::base(),
        runs: Vec::new(),
        scenarios: IndexMap::new(),
        behaviours: Vec::new(),
        settle: Vec::new(),
        step: Vec::new(),
        named_points: Vec::new(),
        reports: Vec::new(),
        limits: Vec::new(),
        givens: Givens::default(),
        attributions: Vec::new(),
        searches: Vec::new(),
        sweep: None,
        not_yet: Vec::new(),
    }
}

/// Reads an instrument's one file.
pub(super) fn read_one(instrument: InstrumentId, bad_rows: BadRows, csv: &str) -> Reading {
    let name = plan().instruments[instrument.index()].heading.short.clone();
    let data = Memory::new().with(&format!("data/2026-09-30/{name}.csv"), csv);
    read(
        &plan(),
        &exercise(Some(bad_rows), vec![Inclusion::Files(instrument)]),
        &data,
    )
}

/// `E0510 message | help`
pub(super) fn shown(diagnostic: &Diagnostic) -> String {
    format!(
        "{} {} | {}",
        diagnostic.code,
        diagnostic.message,
        diagnostic.help.clone().unwrap_or_default()
    )
}

pub(super) fn all_shown(reading: &Reading) -> Vec<String> {
    reading.diagnostics.iter().map(shown).collect()
}
