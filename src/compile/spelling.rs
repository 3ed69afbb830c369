//! The canonical spelling of formulas: how they stand in reports, keys and `show`, whatever their blanks in the text.

use super::context::{Context, Local};
use crate::plan;
use crate::syntax::tree::{
    Argument, ArgumentName, Edge, EdgeKind, Expression, ExpressionKind, Leg, Motion, Point,
    PointKind, Reference, TailKind, Target, Volume,
};

/// A formula of the text.
pub(super) fn expression(e: &Expression) -> String {
    write(e, 0)
}

/// How tightly a form binds, loosest first: what stands in a tighter place gets brackets.
fn level(e: &Expression) -> u8 {
    match &e.kind {
        ExpressionKind::Where { .. } => 0,
        ExpressionKind::Choice { .. } => 1,
        ExpressionKind::Or(_) | ExpressionKind::And(_) => 2,
        ExpressionKind::Not(_) => 3,
        ExpressionKind::Compare { .. } | ExpressionKind::In { .. } => 4,
        ExpressionKind::Sum { .. } => 5,
        ExpressionKind::Product { .. } => 6,
        ExpressionKind::Unary { .. } => 7,
        ExpressionKind::Tail { .. } => 8,
        _ => 9,
    }
}

fn write(e: &Expression, tight: u8) -> String {
    let text = match &e.kind {
        ExpressionKind::Where { of, condition } => {
            format!("{} where {}", write(of, 7), write(condition, 1))
        }
        ExpressionKind::Choice {
            condition,
            then,
            otherwise,
        } => {
            format!(
                "if {} then {} else {}",
                write(condition, 2),
                write(then, 1),
                write(otherwise, 1)
            )
        }
        ExpressionKind::And(members) => joined(members, " and "),
        ExpressionKind::Or(members) => joined(members, " or "),
        ExpressionKind::Not(of) => format!("not {}", write(of, 4)),
        ExpressionKind::Compare {
            left,
            operator,
            right,
            ..
        } => format!("{} {} {}", write(left, 5), operator.sign(), write(right, 5)),
        ExpressionKind::In { value, members } => {
            format!(
                "{} in ({})",
                write(value, 5),
                members
                    .iter()
                    .map(|m| write(m, 0))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        ExpressionKind::Sum { first, rest } => {
            let mut text = write(first, 6);
            for addend in rest {
                text.push_str(if addend.negative { " - " } else { " + " });
                text.push_str(&write(&addend.value, 6));
            }
            text
        }
        ExpressionKind::Product { first, rest } => {
            let mut text = write(first, 7);
            for factor in rest {
                text.push_str(if factor.divides { " / " } else { " * " });
                text.push_str(&write(&factor.value, 7));
            }
            text
        }
        ExpressionKind::Unary { negative, of } => {
            format!("{}{}", if *negative { "-" } else { "+" }, write(of, 8))
        }
        ExpressionKind::Tail { of, tails } => {
            let mut text = write(of, 9);
            for tail in tails {
                match &tail.kind {
                    TailKind::Under(scenario) => {
                        text.push_str(&format!(" under {}", reference(scenario)))
                    }
                    TailKind::At(at) => text.push_str(&format!(" at {}", point(at))),
                    TailKind::In(currency) => text.push_str(&format!(" in {}", currency.text)),
                    TailKind::Per(period) => text.push_str(&format!(" per {}", period.word())),
                }
            }
            text
        }
        ExpressionKind::Literal(literal) => literal
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        ExpressionKind::Text(text) => format!("\"{}\"", text.value),
        ExpressionKind::Column(column) => format!("[{}]", column.name),
        ExpressionKind::Reference(r) => reference(r),
        ExpressionKind::Broken => "…".to_owned(),
    };
    if level(e) < tight {
        format!("({text})")
    } else {
        text
    }
}

fn joined(members: &[Expression], word: &str) -> String {
    members
        .iter()
        .map(|member| write(member, 3))
        .collect::<Vec<_>>()
        .join(word)
}

/// A name, perhaps with arguments.
pub(super) fn reference(r: &Reference) -> String {
    match &r.arguments {
        None => r.path.text(),
        Some(arguments) => format!(
            "{}({})",
            r.path.text(),
            arguments
                .iter()
                .map(argument)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn argument(a: &Argument) -> String {
    let mut text = match &a.name {
        Some(ArgumentName::Name(name)) => format!("{} = ", name.text),
        Some(ArgumentName::Edge(e)) => format!("{} = ", edge(e)),
        None => String::new(),
    };
    text.push_str(&expression(&a.value));
    if let Some(during) = &a.during {
        text.push_str(&format!(" during {}", point(during)));
    }
    if let Some(body) = &a.body {
        text.push_str(&format!(": {}", expression(body)));
    }
    text
}

fn edge(e: &Edge) -> String {
    match &e.kind {
        EdgeKind::UpTo(literal) => format!("up to {}", literal.text),
        EdgeKind::Below(literal) => format!("below {}", literal.text),
        EdgeKind::Beyond => "beyond".to_owned(),
        EdgeKind::OrBetter(name) => format!("{} or better", name.text),
        EdgeKind::OrWorse(name) => format!("{} or worse", name.text),
    }
}

fn point(p: &Point) -> String {
    match &p.kind {
        PointKind::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        PointKind::Tenor(literal) => literal.text.clone(),
        PointKind::Reference(r) => reference(r),
    }
}

/// A line of a plan, from the size on: `90% with covered_5y until 2027-12-31`.
pub(super) fn volume(v: &Volume) -> String {
    let mut text = expression(&v.size);
    for (word, part) in [
        ("with", v.with.as_ref().map(reference)),
        ("from", v.from.as_ref().map(point)),
        ("until", v.until.as_ref().map(point)),
    ] {
        if let Some(part) = part {
            text.push_str(&format!(" {word} {part}"));
        }
    }
    text
}

/// A target of a plan, from the levels on.
pub(super) fn target(t: &Target) -> String {
    let legs: Vec<String> = t
        .legs
        .iter()
        .enumerate()
        .map(|(at, l)| match at {
            0 => leg(l),
            _ => format!("then {}", leg(l)),
        })
        .collect();
    let average = if t.average.is_some() { "average " } else { "" };
    let with = t
        .with
        .as_ref()
        .map_or_else(String::new, |with| format!(" with {}", reference(with)));
    format!("{average}{}{with}", legs.join(", "))
}

/// One leg of a shock.
pub(super) fn leg(l: &Leg) -> String {
    match &l.motion {
        Motion::Hold { term } => format!("hold {}", term.text),
        Motion::Level {
            to,
            size,
            from,
            over,
        } => {
            let mut text = if *to { "to ".to_owned() } else { String::new() };
            text.push_str(&expression(size));
            if let Some(from) = from {
                text.push_str(&format!(" from {}", point(from)));
            }
            if let Some(over) = over {
                text.push_str(&format!(" over {}", over.text));
            }
            text
        }
    }
}

/// A text with the values of a family's arguments put in; what stands in quotes or brackets is left alone.
pub(super) fn with_values(text: &str, cx: &Context) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let mut closing = None;
    let put = |word: &mut String, out: &mut String| {
        match cx.local(word) {
            Some(Local::Value(value)) => out.push_str(&literal(value)),
            _ => out.push_str(word),
        }
        word.clear();
    };
    for c in text.chars() {
        if closing.is_none() && (c.is_alphanumeric() || c == '_' || c == '.') {
            word.push(c);
            continue;
        }
        put(&mut word, &mut out);
        out.push(c);
        closing = match (closing, c) {
            (Some(end), c) if c == end => None,
            (None, '"') => Some('"'),
            (None, '[') => Some(']'),
            (open, _) => open,
        };
    }
    put(&mut word, &mut out);
    out
}

/// A literal value of the plan: rates in basis points, ratios in per cent, so that equal values have one spelling.
pub(super) fn literal(value: &plan::Expression) -> String {
    value.spelling()
}
