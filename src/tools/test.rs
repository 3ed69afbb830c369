//! Tests in the language: what is expected, what came out, and by how much it differs.

use crate::diagnostic::Diagnostic;
use crate::engine::exact_sum::number;
use crate::engine::measure::{Measures, Place};
use crate::engine::observe;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Value, decimal, spell};
use crate::plan::{Comparison, Expectation, Expression, Node, Test, Type};
use crate::quantity::Rational;

/// What became of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOutcome {
    /// Full name of the test.
    pub name: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Where it stands.
    pub place: observe::Place,
    /// Its expectations in text order.
    pub checks: Vec<Check>,
    /// What kept it from running at all.
    pub errors: Vec<Diagnostic>,
}

/// What became of one `expect`.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The expectation as written.
    pub text: String,
    /// Where it stands.
    pub place: observe::Place,
    /// Whether it holds.
    pub holds: bool,
    /// The left side of its comparison, in the spelling of the language; of a bare condition the condition itself.
    pub left: String,
    /// The right side of its comparison.
    pub right: Option<String>,
    /// Left less right, where both are numbers, amounts, tenors or dates.
    pub difference: Option<String>,
    /// The unit in which the line says shares and rates, where its sides are such.
    pub share: Option<ShareUnit>,
    /// What kept it from being evaluated.
    pub error: Option<Diagnostic>,
}

/// A unit of shares and rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareUnit {
    /// `5%`
    Percent,
    /// `500bp`
    BasisPoint,
}

impl ShareUnit {
    /// The unit in which a line of text says shares, if it says any.
    fn of(text: &str) -> Option<Self> {
        let follows_digit = |unit: &str| {
            text.match_indices(unit).any(|(at, _)| {
                let before = text.get(..at).unwrap_or_default();
                before.ends_with(|c: char| c.is_ascii_digit())
            })
        };
        if follows_digit("bp") {
            Some(Self::BasisPoint)
        } else if follows_digit("%") {
            Some(Self::Percent)
        } else {
            None
        }
    }

    /// A share of one as text in this unit, with ten decimals at most: `177.1100277101%`; what is no number as it is.
    pub fn show(self, share: &str) -> String {
        let (factor, sign) = match self {
            Self::Percent => (100, "%"),
            Self::BasisPoint => (10_000, "bp"),
        };
        let Some(number) = number(share) else {
            return share.to_owned();
        };
        let scaled = number * Rational::integer(factor);
        let cut = scaled.to_fixed(10);
        let cut = cut.trim_end_matches('0').trim_end_matches('.');
        // a difference that is there is not shown as none
        let text = if matches!(cut, "0" | "-0") {
            decimal(&scaled)
        } else {
            cut.to_owned()
        };
        format!("{text}{sign}")
    }
}

impl TestOutcome {
    /// Whether every expectation holds.
    pub fn passed(&self) -> bool {
        self.errors.is_empty() && self.checks.iter().all(|c| c.holds)
    }

    /// A test that could not run.
    pub fn failed(test: &Test, errors: Vec<Diagnostic>) -> Self {
        Self {
            checks: Vec::new(),
            errors,
            ..Self::named(test)
        }
    }

    fn named(test: &Test) -> Self {
        let origin = &test.heading.origin;
        Self {
            name: test.heading.name.clone(),
            title: test.heading.title.clone(),
            place: observe::Place {
                file: origin.file.clone(),
                line: origin.line,
            },
            checks: Vec::new(),
            errors: Vec::new(),
        }
    }
}

/// Holds the expectations of a test against the runs of its exercise. They are read on the book's date, after instantaneous shocks, in
/// the base run, unless they say otherwise.
pub fn check(test: &Test, measures: &Measures<'_>) -> TestOutcome {
    let mut outcome = TestOutcome::named(test);
    outcome.checks = test
        .expectations
        .iter()
        .map(|e| expectation(e, measures))
        .collect();
    outcome
}

fn expectation(expectation: &Expectation, measures: &Measures<'_>) -> Check {
    let origin = &expectation.origin;
    let mut check = Check {
        text: expectation.text.clone(),
        place: observe::Place {
            file: origin.file.clone(),
            line: origin.line,
        },
        holds: false,
        left: String::new(),
        right: None,
        difference: None,
        share: None,
        error: None,
    };
    if let Err(refusal) = evaluate(expectation, measures, &mut check) {
        check.error = Some(refusal.into_diagnostic());
    }
    check
}

fn evaluate(
    expectation: &Expectation,
    measures: &Measures<'_>,
    check: &mut Check,
) -> Result<(), Refusal> {
    let place = Place::of(0, Reading::Day(0));
    let plan = measures.plan();
    let value = |e: &Expression| measures.evaluate(e, place);
    let Node::Compare(comparison, left, right) = &expectation.condition.node else {
        let holds = value(&expectation.condition)?;
        check.left = spell(plan, &holds);
        check.holds = holds == Value::Bool(true);
        return Ok(());
    };
    let a = value(left)?;
    check.left = spell(plan, &a);
    let b = value(right)?;
    check.right = Some(spell(plan, &b));
    if matches!(left.ty, Type::Ratio | Type::Rate) {
        check.share = ShareUnit::of(&expectation.text);
    }
    let difference = match (a.number(), b.number()) {
        (Some(x), Some(y)) => Some(x - y),
        _ => None,
    };
    check.difference = match (&a, &b) {
        (Value::Money(_, currency), _) | (_, Value::Money(_, currency)) => difference
            .as_ref()
            .map(|d| format!("{} {currency}", decimal(d))),
        (Value::Tenor(x), Value::Tenor(y)) => {
            let days = measures.days_of_tenor(*x).zip(measures.days_of_tenor(*y));
            days.map(|(x, y)| format!("{}d", x - y))
        }
        (Value::Date(x), Value::Date(y)) => Some(format!("{}d", *x - *y)),
        _ => difference.as_ref().map(decimal),
    };
    let tolerance = match &expectation.within {
        None => None,
        Some(within) => match (value(within)?, &a, &b) {
            (Value::Money(t, _), _, _) => Some(t),
            // A share of an amount is relative, a share of a ratio is absolute.
            (Value::Number(t), Value::Money(..), Value::Money(y, _)) => Some(t * y.abs()),
            (Value::Number(t), _, _) => Some(t),
            _ => None,
        },
    };
    check.holds = match (difference, tolerance) {
        (Some(d), Some(t)) => close(*comparison, &d, &t),
        _ => value(&expectation.condition)? == Value::Bool(true),
    };
    Ok(())
}

/// A comparison of a difference with nothing, within a tolerance.
fn close(comparison: Comparison, difference: &Rational, tolerance: &Rational) -> bool {
    let below = *difference <= *tolerance;
    let above = *difference >= -tolerance;
    match comparison {
        Comparison::Equal => below && above,
        Comparison::NotEqual => !(below && above),
        Comparison::Less | Comparison::LessOrEqual => below,
        Comparison::Greater | Comparison::GreaterOrEqual => above,
    }
}
