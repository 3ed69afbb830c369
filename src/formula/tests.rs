//! The evaluator on its own: arithmetic, `undefined`, tables, shapes.

use super::*;
use crate::calendar::{Date, Tenor};
use crate::plan::*;
use crate::quantity::{Currency, Rational};
use rust_decimal::Decimal;

struct Row<'a> {
    plan: &'a Plan,
    overlay: Overlay,
}

impl Scope for Row<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }
    fn overlay(&self) -> &Overlay {
        &self.overlay
    }
    fn currency(&self) -> Option<Currency> {
        Some(Currency::EUR)
    }
    fn anchor(&self) -> Option<Date> {
        Date::from_ymd(2026, 9, 30).ok()
    }
    fn column(&self, name: &str, _: &Type) -> Result<Value, Refusal> {
        Ok(match name {
            "coupon" => Value::Number(Rational::from(3)),
            "level" => Value::Text("AA+".into()),
            _ => Value::Undefined(Undefined::EmptyCell),
        })
    }
}

fn x(node: Node, ty: Type) -> Expression {
    Expression {
        node,
        ty,
        span: None,
    }
}

fn number(text: &str) -> Expression {
    x(Node::Number(text.parse::<Decimal>().unwrap()), Type::Number)
}

fn binary(operator: Operator, a: Expression, b: Expression) -> Expression {
    x(
        Node::Arithmetic(operator, Box::new(a), Box::new(b)),
        Type::Number,
    )
}

fn bank() -> Plan {
    let member = |name: &str, spelling: Option<&str>| Member {
        name: name.into(),
        spelling: spelling.map(Into::into),
    };
    let rating = Dimension {
        heading: Heading {
            short: "rating".into(),
            ..Heading::default()
        },
        domain: Domain::Closed {
            members: vec![
                member("AAA", None),
                member("AA_plus", Some("AA+")),
                member("AA", None),
                member("B", None),
            ],
            ordered: true,
        },
    };
    let row = |kind: Pattern, edge: Pattern, value: &str| TableRow {
        patterns: vec![kind, edge],
        value: number(value),
        origin: Origin::default(),
    };
    let covered = || Pattern::Exactly(Node::Text("covered".into()));
    let hqla = Table {
        heading: Heading {
            short: "hqla_of".into(),
            ..Heading::default()
        },
        ty: Type::Number,
        is_share: false,
        keys: vec![TableKey::Text, TableKey::Dimension(DimensionId(0))],
        rows: vec![
            row(Pattern::Else, Pattern::Else, "0"),
            row(covered(), Pattern::OrBetter(DimensionId(0), 2), "2"),
            row(covered(), Pattern::OrBetter(DimensionId(0), 1), "3"),
            row(
                covered(),
                Pattern::Exactly(Node::Member(DimensionId(0), 0)),
                "4",
            ),
            row(
                Pattern::Exactly(Node::Text("tie".into())),
                Pattern::OrBetter(DimensionId(0), 2),
                "5",
            ),
            row(
                Pattern::Exactly(Node::Text("tie".into())),
                Pattern::OrWorse(DimensionId(0), 1),
                "6",
            ),
        ],
    };
    Plan {
        dimensions: vec![rating],
        tables: vec![hqla],
        ..Plan::default()
    }
}

fn value(plan: &Plan, expression: &Expression) -> Result<Value, Refusal> {
    evaluate(
        expression,
        &Row {
            plan,
            overlay: Overlay::new(plan, None, None),
        },
    )
}

#[test]
fn arithmetic_is_exact_and_zero_divides_to_undefined() {
    let plan = bank();
    let seventh = binary(Operator::Divide, number("1"), number("7"));
    let one = binary(Operator::Multiply, seventh.clone(), number("7"));
    assert_eq!(value(&plan, &one).unwrap(), Value::Number(Rational::ONE));
    let lost = binary(
        Operator::Divide,
        number("1"),
        binary(Operator::Subtract, number("0.1"), number("0.1")),
    );
    let spread = binary(Operator::Add, lost, number("1"));
    assert_eq!(
        value(&plan, &spread).unwrap(),
        Value::Undefined(Undefined::DivisionByZero)
    );
    let lazy = x(
        Node::If(
            Box::new(x(Node::Bool(true), Type::Bool)),
            Box::new(number("2")),
            Box::new(spread),
        ),
        Type::Number,
    );
    assert_eq!(
        value(&plan, &lazy).unwrap(),
        Value::Number(Rational::from(2))
    );
}

#[test]
fn table_rows_match_by_how_much_they_name() {
    let plan = bank();
    let cell = |kind: &str, rating: u32| {
        let keys = vec![
            x(Node::Text(kind.into()), Type::Text),
            x(
                Node::Member(DimensionId(0), rating),
                Type::Member(DimensionId(0)),
            ),
        ];
        value(&plan, &x(Node::Table(TableId(0), keys), Type::Number))
            .map(|v| v.number().unwrap().to_fixed(0))
    };
    for (kind, rating, want) in [
        ("covered", 0, "4"),
        ("covered", 1, "3"),
        ("covered", 2, "2"),
        ("covered", 3, "0"),
        ("loan", 0, "0"),
    ] {
        assert_eq!(cell(kind, rating).unwrap(), want, "{kind} {rating}");
    }
    // `AA or better` has three members, `AA_plus or worse` has three too
    assert_eq!(cell("tie", 1).unwrap_err().diagnostic().code.id(), "E0311");
}

#[test]
fn cells_take_the_type_of_their_place() {
    let plan = bank();
    let column = |name: &str, ty: Type| value(&plan, &x(Node::Column(name.into()), ty));
    assert_eq!(
        column("coupon", Type::Money(MoneyTag::Position)).unwrap(),
        Value::Money(Rational::from(3), Currency::EUR)
    );
    assert_eq!(
        column("level", Type::Member(DimensionId(0))).unwrap(),
        Value::Member(DimensionId(0), 1)
    );
    let closed = x(Node::Column("closed".into()), Type::Text);
    let open = Node::Compare(
        Comparison::NotEqual,
        Box::new(closed),
        Box::new(x(Node::Text("Y".into()), Type::Text)),
    );
    assert_eq!(
        value(&plan, &x(open, Type::Bool)).unwrap(),
        Value::Bool(true)
    );
}

#[test]
fn better_is_greater_and_lengths_compare_by_days() {
    let plan = bank();
    let compare = |c, a: Node, b: Node| {
        let e = Node::Compare(
            c,
            Box::new(x(a, Type::Unknown)),
            Box::new(x(b, Type::Unknown)),
        );
        value(&plan, &x(e, Type::Bool)).unwrap()
    };
    let rating = |m| Node::Member(DimensionId(0), m);
    assert_eq!(
        compare(Comparison::Greater, rating(0), rating(1)),
        Value::Bool(true)
    );
    assert_eq!(
        compare(
            Comparison::Less,
            Node::Tenor(Tenor::days(30)),
            Node::Tenor(Tenor::months(1))
        ),
        Value::Bool(true)
    );
    assert_eq!(
        compare(
            Comparison::Equal,
            Node::Tenor(Tenor::days(31)),
            Node::Tenor(Tenor::months(1))
        ),
        Value::Bool(true)
    );
}

#[test]
fn functions_round_to_fifteen_decimals_and_months_compound() {
    let plan = bank();
    let exp = x(
        Node::Builtin(Builtin::Exp, vec![number("-0.875")]),
        Type::Number,
    );
    assert_eq!(
        value(&plan, &exp).unwrap().number().unwrap().to_fixed(16),
        "0.4168620196785080"
    );
    let monthly = x(
        Node::Per(Box::new(number("0.01")), crate::calendar::Period::Month),
        Type::Ratio,
    );
    assert_eq!(
        value(&plan, &monthly)
            .unwrap()
            .number()
            .unwrap()
            .to_fixed(24),
        "0.113615128283870719341199"
    );
}
