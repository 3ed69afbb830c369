//! Values as the language writes them, for messages and traces.

use super::Value;
use crate::plan::{DimensionId, Domain, Plan};
use crate::quantity::Rational;

/// The value in the spelling of the language. Amounts and numbers are cut for display where they do not end.
pub fn spell(plan: &Plan, value: &Value) -> String {
    match value {
        Value::Number(x) => decimal(x),
        Value::Money(x, currency) => format!("{} {currency}", decimal(x)),
        Value::Tenor(t) => t.to_string(),
        Value::Date(d) => d.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Text(t) => format!("\"{t}\""),
        Value::Member(d, m) | Value::Band(d, m) => member(plan, *d, *m),
        Value::Currency(c) => c.to_string(),
        Value::Daycount(d) => d.to_string(),
        Value::Scenario(s) => s.0.clone(),
        Value::Undefined(reason) => format!("undefined ({})", reason.reason()),
    }
}

/// A number in plain digits, 28 significant ones where it does not end.
pub fn decimal(x: &Rational) -> String {
    match x.to_decimal() {
        Some(d) => d.normalize().to_string(),
        None => x.to_fixed(0),
    }
}

/// The name of a member or the label of a band.
pub fn member(plan: &Plan, dimension: DimensionId, place: u32) -> String {
    let name = match plan.dimensions.get(dimension.index()).map(|d| &d.domain) {
        Some(Domain::Closed { members, .. }) => members.get(place as usize).map(|m| m.name.clone()),
        Some(Domain::Bands(bands)) => bands.get(place as usize).map(|b| b.label.clone()),
        _ => None,
    };
    name.unwrap_or_else(|| format!("#{place}"))
}
