//! Reverse stress: the values of a family of scenarios that are scanned, and what is looked for.

use super::expression::{Expression, Node};
use super::identifier::ScenarioKey;
use super::origin::Origin;
use super::scenario::Scenario;
use super::types::Type;
use crate::quantity::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `search family(x) for x in range(a, b, step = s): condition`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// The line in canonical spelling, from the family on.
    pub text: String,
    /// The full name of the family that takes the value.
    pub family: String,
    /// The variable of `for`.
    pub variable: String,
    /// What the value is: a number, ratio, rate or amount.
    pub ty: Type,
    /// The currency of an amount.
    pub currency: Option<Currency>,
    /// The values that are scanned, the mildest first, in base units.
    pub values: Vec<Decimal>,
    /// The scenario, with `Node::Local(0)` where the value stands and `#0` in its key.
    pub scenario: Scenario,
    /// What is looked for: read on the book's date after instantaneous shocks, in the run of the scenario.
    pub condition: Expression,
    /// Place.
    pub origin: Origin,
}

impl Search {
    /// What a search that a command line asks for bears in place of its file.
    pub const ASKED: &str = "--search";

    /// Whether it stands in the text: only such a one is what `found(family)` reads.
    pub fn is_of_text(&self) -> bool {
        self.origin.file != Self::ASKED
    }

    /// A value of the family as a literal of the language.
    pub fn literal(&self, value: Decimal) -> Expression {
        let node = match &self.ty {
            Type::Money(_) => Node::Money(value, self.currency),
            _ => Node::Number(value),
        };
        Expression {
            node,
            ty: self.ty.clone(),
            span: None,
        }
    }

    /// The scenario and the condition at a value.
    ///
    /// # Errors
    /// Where the plan cannot be written as JSON.
    pub fn at(&self, value: Decimal) -> Result<(Scenario, Expression), serde_json::Error> {
        let literal = self.literal(value);
        let put = serde_json::to_value(&literal.node)?;
        let mut scenario = serde_json::to_value(&self.scenario)?;
        replace(&mut scenario, &put);
        let mut scenario: Scenario = serde_json::from_value(scenario)?;
        scenario.key = ScenarioKey(self.scenario.key.0.replace("#0", &literal.spelling()));
        for statement in &mut scenario.statements {
            statement.value = statement.value.replace("#0", &literal.spelling());
        }
        let mut condition = serde_json::to_value(&self.condition)?;
        replace(&mut condition, &put);
        Ok((scenario, serde_json::from_value(condition)?))
    }
}

/// Puts a node wherever `Node::Local(0)` stands: the plan is plain data.
fn replace(value: &mut Value, put: &Value) {
    match value {
        Value::Object(fields) => {
            if fields.len() == 1 && fields.get("Local").and_then(Value::as_u64) == Some(0) {
                *value = put.clone();
                return;
            }
            fields.values_mut().for_each(|inner| replace(inner, put));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| replace(inner, put)),
        _ => {}
    }
}

impl Expression {
    /// A literal as the language writes it: rates in basis points, ratios in per cent, so that equal values have one spelling.
    pub fn spelling(&self) -> String {
        let hundred = Decimal::ONE_HUNDRED;
        match &self.node {
            Node::Number(n) => match &self.ty {
                Type::Rate | Type::Shift => format!(
                    "{}bp",
                    (n.saturating_mul(hundred).saturating_mul(hundred)).normalize()
                ),
                Type::Ratio => format!("{}%", n.saturating_mul(hundred).normalize()),
                _ => n.normalize().to_string(),
            },
            Node::Money(n, Some(currency)) => format!("{} {currency}", n.normalize()),
            Node::Money(n, None) => n.normalize().to_string(),
            Node::Tenor(tenor) => tenor.normal().to_string(),
            Node::Date(date) => date.to_string(),
            Node::Bool(value) => value.to_string(),
            Node::Text(text) => format!("\"{text}\""),
            Node::Currency(currency) => currency.to_string(),
            Node::Member(dimension, member) => format!("{}:{member}", dimension.0),
            Node::Local(index) => format!("#{index}"),
            _ => "…".to_owned(),
        }
    }
}
