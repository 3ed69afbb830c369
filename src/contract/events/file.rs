//! A file of contracts in JSON: its entries in the order in which they stand, and what is written twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::dictionary::is_term;
use super::terms::TermError;

/// A contract or a case of a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name: its key, or its place where it stands in a list without an identifier; empty where its terms name it.
    pub name: String,
    /// Its terms, alone or in a case.
    pub value: Value,
    /// Terms that are given twice, and a name that another entry has already.
    pub twice: Vec<TermError>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum File {
    /// One contract, on its own.
    One(Entry),
    /// Several by name or in a list.
    Several(Vec<Entry>),
}

impl File {
    /// Reads a file: an object of terms, a case, an object of either by name, or a list of either.
    pub fn read(text: &str) -> serde_json::Result<File> {
        let parts = match serde_json::from_str(text)? {
            Written::Object(members) if is_contract(&members) => {
                return Ok(File::One(entry(String::new(), Written::Object(members))));
            }
            Written::Object(members) => members,
            Written::List(list) => list.into_iter().enumerate().map(unnamed).collect(),
            Written::Plain(_) => Vec::new(),
        };
        let mut entries: Vec<Entry> = Vec::new();
        for (name, written) in parts {
            let mut entry = entry(name, written);
            let name = entry.identifier().to_owned();
            if entries.iter().any(|other| other.identifier() == name) {
                entry.twice.push(TermError {
                    contract: name.clone(),
                    term: "contractID".into(),
                    found: Some(name),
                    expected: "a name of its own; another contract of the file has it".into(),
                });
            }
            entries.push(entry);
        }
        Ok(File::Several(entries))
    }
}

impl Entry {
    /// What the contract is called in tables and errors.
    pub fn identifier(&self) -> &str {
        let terms = self.value.get("terms").unwrap_or(&self.value);
        match terms.get("contractID").and_then(Value::as_str) {
            Some(identifier) if self.name.is_empty() => identifier,
            None if self.name.is_empty() => "without a name",
            _ => &self.name,
        }
    }
}

/// Whether members are those of one contract, not contracts by name: `terms`, or a term of the dictionary.
fn is_contract(members: &[(String, Written)]) -> bool {
    members.iter().any(|(key, value)| match key.as_str() {
        "terms" => value.is_object(),
        key => is_term(key) && !value.is_object(),
    })
}

/// A member of a list is named by its own identifier, or by its place.
fn unnamed((place, written): (usize, Written)) -> (String, Written) {
    let text = |members: &[(String, Written)], key: &str| {
        let found = members.iter().find(|(name, _)| name == key)?;
        match &found.1 {
            Written::Plain(Value::String(text)) => Some(text.clone()),
            _ => None,
        }
    };
    let name = match &written {
        Written::Object(members) => text(members, "identifier").or_else(|| {
            let terms = members.iter().find_map(|(key, value)| match value {
                Written::Object(terms) if key == "terms" => Some(terms),
                _ => None,
            });
            text(terms.unwrap_or(members), "contractID").map(|_| String::new())
        }),
        _ => None,
    };
    // one without an identifier is named by its place
    let name = name.unwrap_or_else(|| format!("number {} of the file", place + 1));
    (name, written)
}

fn entry(name: String, written: Written) -> Entry {
    let mut twice = Vec::new();
    let value = written.into_value(&mut twice);
    let mut entry = Entry {
        name,
        value,
        twice: Vec::new(),
    };
    let errors = twice.into_iter().map(|term| TermError {
        contract: entry.identifier().to_owned(),
        term,
        found: Some("given twice".into()),
        expected: "one value".into(),
    });
    entry.twice = errors.collect();
    entry
}

/// JSON as it is written: members in their order, none of them lost.
enum Written {
    Object(Vec<(String, Written)>),
    List(Vec<Written>),
    Plain(Value),
}

impl Written {
    fn is_object(&self) -> bool {
        matches!(self, Written::Object(_))
    }

    /// The value, and the keys that an object of it has twice.
    fn into_value(self, twice: &mut Vec<String>) -> Value {
        match self {
            Written::Object(members) => {
                let mut object = Map::new();
                for (key, written) in members {
                    let value = written.into_value(twice);
                    if object.insert(key.clone(), value).is_some() && !twice.contains(&key) {
                        twice.push(key);
                    }
                }
                Value::Object(object)
            }
            Written::List(list) => list.into_iter().map(|one| one.into_value(twice)).collect(),
            Written::Plain(value) => value,
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value of json")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Written, E> {
        Ok(Written::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Written, E> {
        Ok(Written::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Written, E> {
        Ok(Written::Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Written, E> {
        Ok(Written::Plain(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Written, E> {
        Ok(Written::Plain(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Written, E> {
        Ok(Written::Plain(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Written, A::Error> {
        let mut read = Vec::new();
        while let Some(one) = list.next_element()? {
            read.push(one);
        }
        Ok(Written::List(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Written, A::Error> {
        let mut read = Vec::new();
        while let Some(member) = object.next_entry()? {
            read.push(member);
        }
        Ok(Written::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(text: &str) -> Vec<Entry> {
        match File::read(text).unwrap() {
            File::Several(entries) => entries,
            File::One(entry) => panic!("one: {entry:?}"),
        }
    }

    #[test]
    fn entries_stand_in_the_order_of_the_file() {
        let entries = several(r#"{"b": {"contractType": "PAM"}, "a": {"terms": {}}}"#);
        let names: Vec<&str> = entries.iter().map(Entry::identifier).collect();
        assert_eq!(names, ["b", "a"]);
        let entries = several(
            r#"[{"contractID": "x"}, {"identifier": "y", "terms": {"contractID": "z"}}, {}]"#,
        );
        let names: Vec<&str> = entries.iter().map(Entry::identifier).collect();
        assert_eq!(names, ["x", "y", "number 3 of the file"]);
    }

    #[test]
    fn what_is_written_twice_is_an_error_of_its_contract_alone() {
        let entries = several(
            r#"{"a": {"terms": {"quantity": 1, "quantity": 2}}, "b": {"terms": {}}, "b": {"terms": {}}}"#,
        );
        let errors: Vec<Vec<String>> = entries
            .iter()
            .map(|entry| entry.twice.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(
            errors,
            [
                vec!["contract `a`: `quantity` is `given twice`, expected one value"],
                vec![],
                vec![
                    "contract `b`: `contractID` is `b`, expected a name of its own; another contract of the file has it"
                ],
            ]
        );
    }
}
