//! A value of a bundle as a tree: the metric, what its formula read, down to the groups, with each sum checked.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::chain::Record;
use crate::engine::exact_sum::{adds_up, exactly, number};
use crate::engine::observe::{Combine, MetricKey, MetricRecord, Place, Term, Value};
use crate::quantity::Rational;

/// One node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is, in the words of the text.
    pub label: String,
    /// Its value at full precision.
    pub value: Value,
    /// Its unit; empty where it is that of the node above.
    pub unit: String,
    /// The formula, of metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Where the metric is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Whether the parts add up to the value; `None` where the formula is no sum. `false` never stands in a sound bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds_up: Option<bool>,
    /// How many further contracts are summed in this part.
    #[serde(skip_serializing_if = "is_zero")]
    pub others: usize,
    /// Whether the parts stand further up in the tree already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub above: bool,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Node>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Node {
    /// Hangs the contracts of a tree that was performed with contracts apart below the groups of this one: the largest
    /// `most`, all others as one sum, and by what groups differ from single contracts (rounding, and new
    /// business at the average terms of a group), so that the parts still add up to the value. Whether any were hung.
    pub fn graft(&mut self, apart: &Node, most: usize) -> bool {
        if self.parts.is_empty() && self.formula.is_none() && !apart.parts.is_empty() {
            self.parts = contracts(&self.value, &apart.parts, most);
            self.adds_up = Some(true);
            return true;
        }
        let mut any = false;
        let mut left: Vec<&Node> = apart.parts.iter().collect();
        for part in &mut self.parts {
            let name = named(&part.label);
            if let Some(at) = left.iter().position(|other| named(&other.label) == name) {
                any |= part.graft(left.remove(at), most);
            }
        }
        any
    }
}

/// A label without its count of groups.
fn named(label: &str) -> &str {
    label.rsplit_once(" (").map_or(label, |(name, count)| {
        if count.ends_with(" groups)") {
            name
        } else {
            label
        }
    })
}

/// The largest contracts, the others as one, and the difference to the value of the groups.
fn contracts(value: &Value, all: &[Node], most: usize) -> Vec<Node> {
    let amount = |value: &Value| match value {
        Value::Number(text) => number(text),
        Value::Undefined(_) => None,
    };
    let mut order: Vec<(Rational, &Node)> = all
        .iter()
        .filter_map(|node| Some((amount(&node.value)?, node)))
        .collect();
    order.sort_by(|a, b| {
        b.0.abs()
            .cmp(&a.0.abs())
            .then_with(|| a.1.label.cmp(&b.1.label))
    });
    let part = |label: String, value: &Rational| Node {
        label,
        value: Value::Number(exactly(value)),
        unit: String::new(),
        formula: None,
        place: None,
        adds_up: None,
        others: 0,
        above: false,
        parts: Vec::new(),
    };
    let mut shown: Vec<Node> = order
        .iter()
        .take(most)
        .map(|(_, node)| (*node).clone())
        .collect();
    let rest: Rational = order.iter().skip(most).map(|(x, _)| x.clone()).sum();
    let count = order.len().saturating_sub(most);
    if count > 0 {
        shown.push(Node {
            others: count,
            ..part(format!("{count} more"), &rest)
        });
    }
    if let Some(whole) = amount(value) {
        let sum: Rational = order.into_iter().map(|(x, _)| x).sum();
        let rounding = &whole - &sum;
        if !rounding.is_zero() {
            shown.push(part("groups less single contracts".to_owned(), &rounding));
        }
    }
    shown
}

/// The values of metrics in a trace.
#[derive(Debug)]
pub struct Values<'a> {
    by_key: HashMap<&'a MetricKey, &'a MetricRecord>,
    all: Vec<&'a MetricRecord>,
}

/// What is asked for; the total where no member is given.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The exercise, where it matters.
    pub exercise: Option<&'a str>,
    /// Name of the scenario.
    pub scenario: &'a str,
    /// ISO date.
    pub date: &'a str,
    /// Name of the metric, short or with its path.
    pub metric: &'a str,
    /// `EUR`, of a break-down.
    pub member: Option<&'a str>,
}

/// Why there is no answer, with what could have been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// No value has this name; these have.
    Metric(Vec<String>),
    /// Several metrics are called that; these are their paths.
    Ambiguous(Vec<String>),
    /// The metric has no value in this scenario; in these it has.
    Scenario(Vec<String>),
    /// There is none on this date; on these there is.
    Date(Vec<String>),
    /// There is none of this member (empty: no total); of these there is.
    Member(Vec<String>),
    /// Several exercises have it.
    Exercise(Vec<String>),
}

/// The metric that a person means: by its name in the bundle, by the end of its path (`bcbs2024.eve`), or by its short name where
/// one metric alone bears it.
fn called(wanted: &str, known: &[String]) -> Result<String, NoAnswer> {
    if known.iter().any(|name| name == wanted) {
        return Ok(wanted.to_owned());
    }
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let ends = format!(".{wanted}");
    let ending: Vec<&String> = known.iter().filter(|name| name.ends_with(&ends)).collect();
    let alike: Vec<&String> = known
        .iter()
        .filter(|name| last(name) == last(wanted))
        .collect();
    match (ending.as_slice(), alike.as_slice()) {
        ([only], _) | ([], [only]) => Ok((*only).clone()),
        ([], []) => Err(NoAnswer::Metric(known.to_vec())),
        _ => Err(NoAnswer::Ambiguous(alike.into_iter().cloned().collect())),
    }
}

impl<'a> Values<'a> {
    /// The values among the records of a trace.
    pub fn of(records: &'a [Record]) -> Self {
        let all: Vec<&MetricRecord> = records
            .iter()
            .filter_map(|r| match r {
                Record::Metric(m) => Some(m),
                _ => None,
            })
            .collect();
        Values {
            by_key: all.iter().map(|m| (&m.key, *m)).collect(),
            all,
        }
    }

    /// The one record that is asked for.
    pub fn find(&self, q: Question) -> Result<&'a MetricRecord, NoAnswer> {
        let mut left: Vec<&'a MetricRecord> = self.all.clone();
        if let Some(exercise) = q.exercise {
            let known = distinct(left.iter().map(|m| m.key.exercise.as_str()));
            left.retain(|m| m.key.exercise == exercise);
            if left.is_empty() {
                return Err(NoAnswer::Exercise(known));
            }
        }
        let named = called(
            q.metric,
            &distinct(left.iter().map(|m| m.key.metric.as_str())),
        )?;
        left.retain(|m| m.key.metric == named);
        let mut narrow =
            |wanted: &str, field: fn(&MetricKey) -> &str, none: fn(Vec<String>) -> NoAnswer| {
                let known = distinct(left.iter().map(|m| field(&m.key)));
                left.retain(|m| field(&m.key) == wanted);
                if left.is_empty() {
                    Err(none(known))
                } else {
                    Ok(())
                }
            };
        narrow(q.scenario, |k| &k.scenario, NoAnswer::Scenario)?;
        narrow(q.date, |k| &k.date, NoAnswer::Date)?;
        narrow(q.member.unwrap_or(""), |k| &k.member, NoAnswer::Member)?;
        let exercises = distinct(left.iter().map(|m| m.key.exercise.as_str()));
        match left.first() {
            Some(record) if exercises.len() == 1 => Ok(record),
            _ => Err(NoAnswer::Exercise(exercises)),
        }
    }

    /// The tree below a record.
    pub fn tree(&self, record: &'a MetricRecord) -> Node {
        self.metric(record, &record.key.metric, &mut HashSet::new())
    }

    fn metric(
        &self,
        record: &'a MetricRecord,
        label: &str,
        seen: &mut HashSet<&'a MetricKey>,
    ) -> Node {
        let above = !seen.insert(&record.key) && !record.terms.is_empty();
        let parts: Vec<Node> = if above {
            Vec::new()
        } else {
            record.terms.iter().map(|t| self.term(t, seen)).collect()
        };
        Node {
            label: label.to_string(),
            value: record.value.clone(),
            unit: record.unit.clone(),
            formula: Some(record.formula.clone()),
            place: Some(record.place.clone()),
            adds_up: if above {
                None
            } else {
                held(record.combine, &record.value, &record.terms)
            },
            others: 0,
            above,
            parts,
        }
    }

    fn term(&self, term: &'a Term, seen: &mut HashSet<&'a MetricKey>) -> Node {
        if let Some(record) = term.metric.as_ref().and_then(|key| self.by_key.get(key)) {
            return self.metric(record, &term.label, seen);
        }
        Node {
            label: term.label.clone(),
            value: term.amount.clone(),
            unit: term.unit.clone(),
            formula: None,
            place: None,
            adds_up: held(term.combine, &term.amount, &term.terms),
            others: 0,
            above: false,
            parts: term.terms.iter().map(|t| self.term(t, seen)).collect(),
        }
    }
}

/// The names in the order in which they first stand.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let set: indexmap::IndexSet<&str> = names.collect();
    set.into_iter().map(str::to_string).collect()
}

/// Whether a sum adds up, digit for digit; `None` where the formula is no sum.
fn held(combine: Combine, value: &Value, terms: &[Term]) -> Option<bool> {
    match combine {
        Combine::Sum => adds_up(value, terms),
        Combine::Formula => None,
    }
}

/// Characters of a label beyond which its value is pushed to the right alone.
const LONGEST_LABEL: usize = 84;

/// The tree as text, the values in a column of their own: amounts at full precision.
pub fn draw(root: &Node) -> String {
    let mut lines: Vec<(String, String, String)> = Vec::new();
    rows(root, "", "", &root.unit, &mut lines);
    let label = lines
        .iter()
        .filter(|l| !l.1.is_empty())
        .map(|l| l.0.chars().count())
        .max()
        .unwrap_or(0)
        .min(LONGEST_LABEL);
    let value = lines.iter().map(|l| l.1.chars().count()).max().unwrap_or(0);
    lines
        .iter()
        .map(|(a, b, c)| {
            let (gap_a, gap_b) = (
                label.saturating_sub(a.chars().count()),
                value.saturating_sub(b.chars().count()),
            );
            if b.is_empty() {
                return format!("{}\n", a.trim_end());
            }
            let line = format!("{a}{}  {}{b}  {c}", " ".repeat(gap_a), " ".repeat(gap_b));
            format!("{}\n", line.trim_end())
        })
        .collect()
}

fn rows(
    node: &Node,
    lead: &str,
    below: &str,
    unit: &str,
    lines: &mut Vec<(String, String, String)>,
) {
    let own_unit = if node.unit.is_empty() {
        unit
    } else {
        &node.unit
    };
    let value = match &node.value {
        Value::Number(text) => figure(text, own_unit),
        Value::Undefined(reason) => format!("undefined: {reason}"),
    };
    let formula = node
        .formula
        .as_ref()
        .filter(|f| !node.above && **f != node.label);
    let place = node
        .place
        .as_ref()
        .map(|p| format!("{}:{}", p.file, p.line))
        .unwrap_or_default();
    // the place stands beside the formula, where there is one
    let (mut remark, beside) = if formula.is_some() {
        (String::new(), place)
    } else {
        (place, String::new())
    };
    if node.above {
        remark.push_str("  (as above)");
    }
    if node.adds_up == Some(false) {
        remark.push_str("  (the parts do not add up)");
    }
    lines.push((format!("{lead}{}", node.label), value, remark));
    if let Some(formula) = formula {
        let bar = if node.parts.is_empty() { " " } else { "│" };
        lines.push((
            format!("{below}{bar}  = {formula}  {beside}"),
            String::new(),
            String::new(),
        ));
    }
    for (i, part) in node.parts.iter().enumerate() {
        let last = i + 1 == node.parts.len();
        let (branch, next) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        rows(
            part,
            &format!("{below}{branch}"),
            &format!("{below}{next}"),
            own_unit,
            lines,
        );
    }
}

/// A value with its unit: shares in per cent with six decimals, answers in words, all else at full precision.
fn figure(text: &str, unit: &str) -> String {
    match (unit, number(text)) {
        ("ratio" | "rate", Some(share)) => {
            let percent = share * Rational::integer(100);
            match percent.to_decimal() {
                Some(percent) => format!("{} %", plain(&percent.round_dp(6).to_string())),
                None => format!("{} {unit}", plain(text)),
            }
        }
        ("bool", Some(answer)) => if answer.is_zero() { "no" } else { "yes" }.to_owned(),
        _ => format!("{} {unit}", plain(text)),
    }
}

/// Decimal text without closing zeros and with thousands parted.
fn plain(text: &str) -> String {
    let normal = number(text).map_or_else(|| text.to_string(), |n| exactly(&n));
    let (sign, body) = normal
        .strip_prefix('-')
        .map_or(("", normal.as_str()), |b| ("-", b));
    let (whole, fraction) = body
        .split_once('.')
        .map_or((body, None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    match fraction {
        Some(f) => format!("{sign}{grouped}.{f}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(metric: &str) -> MetricKey {
        MetricKey {
            exercise: "e".into(),
            scenario: "base".into(),
            date: "2026-09-30".into(),
            metric: metric.into(),
            dimension: String::new(),
            member: String::new(),
        }
    }

    fn term(label: &str, amount: &str, metric: Option<&str>) -> Term {
        Term {
            label: label.into(),
            amount: Value::Number(amount.into()),
            unit: String::new(),
            metric: metric.map(key),
            combine: Combine::Formula,
            terms: vec![],
        }
    }

    fn record(
        metric: &str,
        value: &str,
        unit: &str,
        formula: &str,
        combine: Combine,
        terms: Vec<Term>,
    ) -> Record {
        Record::Metric(MetricRecord {
            key: key(metric),
            value: Value::Number(value.into()),
            unit: unit.into(),
            reported: true,
            place: Place {
                file: "std/lcr.plim".into(),
                line: 7,
            },
            formula: formula.into(),
            combine,
            terms,
            skipped: 0,
        })
    }

    #[test]
    fn contracts_below_groups_add_up_to_them() {
        let node = |label: &str, value: &str, parts: Vec<Node>| Node {
            label: label.into(),
            value: Value::Number(value.into()),
            unit: "EUR".into(),
            formula: None,
            place: None,
            adds_up: None,
            others: 0,
            above: false,
            parts,
        };
        let mut tree = node("all", "10", vec![node("loan EUR (2 groups)", "10", vec![])]);
        let contracts = ["1.5", "-4", "9.25", "3.2499"]
            .iter()
            .enumerate()
            .map(|(at, value)| node(&format!("L{at}"), value, vec![]))
            .collect();
        let apart = node(
            "all",
            "9.9999",
            vec![node("loan EUR (4 groups)", "9.9999", contracts)],
        );
        assert!(tree.graft(&apart, 2));
        let shown: Vec<(&str, &Value)> = tree.parts[0]
            .parts
            .iter()
            .map(|part| (part.label.as_str(), &part.value))
            .collect();
        let expected = ["9.25", "-4", "4.7499", "0.0001"].map(|v| Value::Number(v.into()));
        let labels = ["L2", "L1", "2 more", "groups less single contracts"];
        assert_eq!(shown, labels.into_iter().zip(&expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_tree_down_to_the_groups_with_its_sums_checked() {
        let records = [
            record(
                "hqla",
                "1500.5",
                "EUR",
                "sum(assets: free)",
                Combine::Sum,
                vec![term("bond", "1000.25", None), term("cash", "500.25", None)],
            ),
            record(
                "net_outflows",
                "1000",
                "EUR",
                "outflows - inflows",
                Combine::Formula,
                vec![],
            ),
            record(
                "lcr",
                "1.5005",
                "ratio",
                "hqla / net_outflows",
                Combine::Formula,
                vec![
                    term("hqla", "1500.5", Some("hqla")),
                    term("net_outflows", "1000", Some("net_outflows")),
                ],
            ),
        ];
        let values = Values::of(&records);
        let q = Question {
            exercise: None,
            scenario: "base",
            date: "2026-09-30",
            metric: "lcr",
            member: None,
        };
        let tree = values.tree(values.find(q).unwrap());
        assert_eq!(tree.parts[0].adds_up, Some(true));
        insta::assert_snapshot!(draw(&tree));
        assert_eq!(
            values.find(Question { metric: "lcx", ..q }),
            Err(NoAnswer::Metric(vec![
                "hqla".into(),
                "net_outflows".into(),
                "lcr".into()
            ]))
        );
        assert_eq!(
            values.find(Question {
                date: "2026-10-30",
                ..q
            }),
            Err(NoAnswer::Date(vec!["2026-09-30".into()]))
        );
    }
}
