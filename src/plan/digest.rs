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
    let names = names(&value);
    value = named(value, &names);
    if let Value::Object(fields) = &mut value {
        fields.values_mut().for_each(sort);
    }
    Ok(Digests {
        numbers: hashed(&value)?,
        text,
    })
}

/// The full names of the definitions in each of the plan's lists.
fn names(plan: &Value) -> BTreeMap<String, Vec<String>> {
    let name = |definition: &Value| {
        let heading = definition.get("heading").unwrap_or(definition);
        let name = heading.get("name").and_then(Value::as_str);
        name.unwrap_or_default().to_owned()
    };
    let lists = plan.as_object().into_iter().flatten();
    lists
        .filter_map(|(list, definitions)| {
            let definitions = definitions.as_array()?;
            Some((list.clone(), definitions.iter().map(name).collect()))
        })
        .collect()
}

/// With the name in place of each number of a definition, and lists that are sets in one order.
fn named(value: Value, names: &BTreeMap<String, Vec<String>>) -> Value {
    let spelt = |text: String| -> String {
        let found = text.strip_prefix('#').and_then(|rest| {
            let (list, number) = rest.split_once('/')?;
            let name = names.get(list)?.get(number.parse::<usize>().ok()?)?;
            Some(format!("#{list}/{name}"))
        });
        found.unwrap_or(text)
    };
    match value {
        Value::String(text) => Value::String(spelt(text)),
        Value::Array(items) => items.into_iter().map(|item| named(item, names)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, inner)| {
                    let mut inner = named(inner, names);
                    if SETS.contains(&key.as_str()) {
                        sort(&mut inner);
                    }
                    (spelt(key), inner)
                })
                .collect(),
        ),
        other => other,
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
