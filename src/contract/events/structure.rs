//! Contracts that are made of others.

use serde_json::{Map, Value};

use super::Conventions;
use super::loan::{Course, form};
use super::observed::Observed;
use super::terms::{Outcome, Terms};

impl<'a> Terms<'a> {
    /// The objects that a contract refers to in a role: terms of another contract, or the name of one or of a market object.
    pub fn referred(&self, role: &str) -> Vec<&'a Map<String, Value>> {
        let structure = self.array("contractStructure").unwrap_or_default();
        let of_role = structure.into_iter().filter(|reference| {
            let given = reference.get("referenceRole").and_then(Value::as_str);
            given.map(str::trim) == Some(role)
        });
        of_role
            .filter_map(|reference| reference.get("object")?.as_object())
            .collect()
    }

    /// The one object in a role.
    pub fn the_one(&self, role: &str) -> Option<&'a Map<String, Value>> {
        let objects = self.referred(role);
        if objects.len() != 1 {
            self.refuse(
                "contractStructure",
                format!("one object in the role `{role}`"),
            );
        }
        objects.first().copied()
    }
}

/// The name of an object: its contract identifier.
pub fn name_of(object: &Map<String, Value>) -> Option<&str> {
    let of = |key: &str| object.get(key).and_then(Value::as_str);
    of("contractID").or_else(|| of("contractIdentifier"))
}

/// A loan inside another contract, for its whole life. A role that is given stands before its own.
pub fn child(
    parent: &Terms<'_>,
    object: &Map<String, Value>,
    role: Option<f64>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Course> {
    let name = match name_of(object) {
        Some(name) => format!("{} / {name}", parent.contract()),
        None => parent.contract().to_owned(),
    };
    let terms = Terms::new(&name, object);
    let of_type = terms.text("contractType").unwrap_or_default();
    let Some(form) = form(of_type) else {
        let expected = "one of `PAM`, `LAM`, `NAM`, `ANN`, `LAX`, `CLM`, `UMP` inside another";
        return Err(vec![terms.error("contractType", expected)]);
    };
    Course::read(&terms, form, role, None, observed, conventions)
}
