//! Digests of a plan: what bears numbers, apart from text.

use super::Plan;
use serde_json::Value;
use sha2::{Digest, Sha256};

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

/// The digests of a plan. Canonical form: JSON with sorted keys, `plan/1` in front.
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
    Ok(Digests {
        numbers: hashed(&value)?,
        text,
    })
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
