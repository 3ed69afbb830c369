//! Digests of a plan: what bears numbers, apart from text.

use super::Plan;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The two digests of a plan, as 64 hexadecimal digits each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Of everything that can change a number or a verdict: titles, reasons, documentation and places in the text are left out.
    pub numbers: String,
    /// Of everything.
    pub text: String,
}

/// Keys of text: what an author may reword without changing a number.
const TEXT: [&str; 13] = [
    "origin",
    "origins",
    "span",
    "title",
    "documentation",
    "reasons",
    "replaced",
    "statements",
    "text",
    "label",
    "version",
    "shares",
    "not_yet",
];

/// Lists inside definitions whose order is the text's and no number's.
const SETS: [&str; 12] = [
    "rows",
    "runs",
    "reports",
    "requirements",
    "includes",
    "excludes",
    "shocks",
    "cells",
    "reconciliations",
    "limits",
    "behaviours",
    "lines",
];

/// The digests of a plan. Canonical form: JSON with sorted keys, `plan/1` in front; for the numbers definitions are known by
/// their names and sorted, so that it does not matter where in which file they stand.
///
/// # Errors
/// Where the plan cannot be written as JSON.
pub fn digests(plan: &Plan) -> Result<Digests, serde_json::Error> {
    let mut value = serde_json::to_value(plan)?;
    if let Value::Object(fields) = &mut value {
        // Tests are in neither digest of a run.
        fields.remove("tests");
    }
    let text = hashed(&value)?;
    strip(&mut value);
    let names = Names::of(&value);
    value = names.put(value);
    if let Value::Object(fields) = &mut value {
        fields.values_mut().for_each(sort);
    }
    Ok(Digests {
        numbers: hashed(&value)?,
        text,
    })
}

/// What stands for the numbers of definitions and of values of dimensions.
struct Names {
    /// The full names of the definitions in each of the plan's lists.
    definitions: BTreeMap<String, Vec<String>>,
    /// The values of each closed dimension, by its reference (`#dimensions/3`).
    members: BTreeMap<String, Vec<Value>>,
}

impl Names {
    fn of(plan: &Value) -> Self {
        let name = |definition: &Value| {
            let heading = definition.get("heading").unwrap_or(definition);
            let name = heading.get("name").and_then(Value::as_str);
            name.unwrap_or_default().to_owned()
        };
        let lists = plan.as_object().into_iter().flatten();
        let definitions = lists
            .filter_map(|(list, definitions)| {
                let definitions = definitions.as_array()?;
                Some((list.clone(), definitions.iter().map(name).collect()))
            })
            .collect();
        let dimensions = plan.get("dimensions").and_then(Value::as_array);
        let dimensions = dimensions.into_iter().flatten().enumerate();
        let members = dimensions
            .filter_map(|(number, dimension)| {
                let members = dimension.pointer("/domain/Closed/members")?.as_array()?;
                let names = members.iter().filter_map(|m| m.get("name").cloned());
                Some((format!("#dimensions/{number}"), names.collect()))
            })
            .collect();
        Self {
            definitions,
            members,
        }
    }

    fn spelt(&self, text: String) -> String {
        let found = text.strip_prefix('#').and_then(|rest| {
            let (list, number) = rest.split_once('/')?;
            let name = self
                .definitions
                .get(list)?
                .get(number.parse::<usize>().ok()?)?;
            Some(format!("#{list}/{name}"))
        });
        found.unwrap_or(text)
    }

    /// The name of a value of a dimension that stands as `["#dimensions/3", 1]`.
    fn member(&self, items: &[Value]) -> Option<Value> {
        let [Value::String(dimension), Value::Number(place)] = items else {
            return None;
        };
        let place = usize::try_from(place.as_u64()?).ok()?;
        self.members.get(dimension)?.get(place).cloned()
    }

    /// With names in place of numbers, and lists that are sets in one order.
    fn put(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.spelt(text)),
            Value::Array(mut items) => {
                if let (Some(name), Some(last)) = (self.member(&items), items.last_mut()) {
                    *last = name;
                }
                items.into_iter().map(|item| self.put(item)).collect()
            }
            Value::Object(mut fields) => {
                // The values of an ordered dimension compare by their place, those of others are a set.
                if fields.get("ordered") == Some(&Value::Bool(false))
                    && let Some(members) = fields.get_mut("members")
                {
                    sort(members);
                }
                let put = |(key, inner): (String, Value)| {
                    let mut inner = self.put(inner);
                    if SETS.contains(&key.as_str()) {
                        sort(&mut inner);
                    }
                    (self.spelt(key), inner)
                };
                Value::Object(fields.into_iter().map(put).collect())
            }
            other => other,
        }
    }
}

fn sort(list: &mut Value) {
    if let Value::Array(items) = list {
        items.sort_by_cached_key(Value::to_string);
    }
}

fn hashed(value: &Value) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update(b"plan/1\n");
    hash.update(serde_json::to_vec(value)?);
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in TEXT {
                fields.remove(key);
            }
            for (_, inner) in fields.iter_mut() {
                strip(inner);
            }
        }
        Value::Array(items) => {
            // A value beside its origin: the origin is text.
            items.retain(|item| !is_origin(item));
            items.iter_mut().for_each(strip);
        }
        _ => {}
    }
}

fn is_origin(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|fields| fields.contains_key("file") && fields.contains_key("line"))
}
