//! What was observed beside a contract: rates, prices, and events that no schedule knows.

use std::collections::BTreeMap;

use super::terms::{Outcome, TermError, number_of};
use super::{Basis, Moment};
use serde_json::Value;

/// An event that was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedEvent {
    /// When.
    pub time: Moment,
    /// Its code: `AD XD CE PR`.
    pub code: String,
    /// Its amount.
    pub value: f64,
    /// The contract it happened to, if it names one.
    pub contract: Option<String>,
    /// How that contract performs after it: `PF DL DQ DF`.
    pub performance: Option<String>,
}

/// Observations of one case. Rates and prices are found by exact instant, never interpolated.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    series: BTreeMap<String, BTreeMap<i64, f64>>,
    /// Observed events in their order.
    pub events: Vec<ObservedEvent>,
}

impl Observed {
    /// Adds an observation.
    pub fn insert(&mut self, code: &str, time: Moment, value: f64) {
        let series = self.series.entry(code.to_owned()).or_default();
        series.insert(time.key(0), value);
    }

    /// Reads `dataObserved` and `eventsObserved` of a case.
    pub fn read(contract: &str, data: Option<&Value>, events: Option<&Value>) -> Outcome<Observed> {
        let error = |term: &str, found: &Value, expected: &str| TermError {
            contract: contract.to_owned(),
            term: term.to_owned(),
            found: Some(found.to_string().chars().take(60).collect()),
            expected: expected.to_owned(),
        };
        let (mut observed, mut errors) = (Observed::default(), Vec::new());
        let given = |value: &&Value| !value.is_null();
        match data.filter(given).map(Value::as_object) {
            Some(None) => {
                let expected = "an object of market objects, each with its `data`";
                errors.extend(data.map(|data| error("dataObserved", data, expected)));
            }
            market => {
                for (code, series) in market.flatten().into_iter().flatten() {
                    let rows = series.get("data").unwrap_or(series);
                    let Some(rows) = rows.as_array() else {
                        let expected = "a list of `timestamp` and `value`";
                        errors.push(error("dataObserved", rows, expected));
                        continue;
                    };
                    for row in rows {
                        let time = row.get("timestamp").and_then(Value::as_str);
                        let value = row.get("value").and_then(number_of);
                        match time.and_then(Moment::parse).zip(value) {
                            Some((time, value)) => observed.insert(code, time, value),
                            None => errors.push(error(
                                "dataObserved",
                                row,
                                "a `timestamp` that is a date and a `value` that is a number",
                            )),
                        }
                    }
                }
            }
        }
        let rows = events.filter(given).map(|events| {
            let rows = events.as_array();
            rows.ok_or_else(|| error("eventsObserved", events, "a list of events"))
        });
        let rows = rows.transpose().unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        for row in rows.into_iter().flatten() {
            let text = |name: &str| row.get(name).and_then(Value::as_str);
            let value = match row.get("value").filter(given) {
                None => Some(0.0),
                Some(value) => number_of(value),
            };
            let time = text("time").and_then(Moment::parse);
            let (Some(time), Some(code), Some(value)) = (time, text("type"), value) else {
                let expected = "a `time` that is a date, a `type` and a `value` that is a number";
                errors.push(error("eventsObserved", row, expected));
                continue;
            };
            let states = row.get("states");
            let performance = states.and_then(|states| states.get("contractPerformance"));
            observed.events.push(ObservedEvent {
                time,
                code: code.trim().to_owned(),
                value,
                contract: text("contractId").map(str::to_owned),
                performance: performance.and_then(Value::as_str).map(str::to_owned),
            });
        }
        observed.events.sort_by_key(|event| event.time);
        if errors.is_empty() {
            Ok(observed)
        } else {
            Err(errors)
        }
    }

    /// The value of a market object at an instant; missing, an error of the term that names the object.
    pub fn value(&self, basis: &Basis, term: &str, code: Option<&str>, at: Moment) -> Outcome<f64> {
        let Some(code) = code else {
            return Err(vec![basis.error(term, None, "the code of a market object")]);
        };
        let series = self.series.get(code);
        series
            .and_then(|series| series.get(&at.key(0)))
            .copied()
            .ok_or_else(|| {
                let expected = format!("an observation of it on {at}");
                vec![basis.error(term, Some(code.to_owned()), expected)]
            })
    }

    /// The rate at which payoffs are turned into the settlement currency.
    pub fn exchange(&self, basis: &Basis, payoff: f64, at: Moment) -> Outcome<f64> {
        match &basis.settlement {
            Some(settlement) if payoff != 0.0 => {
                let pair = format!("{}/{settlement}", basis.currency);
                self.value(basis, "settlementCurrency", Some(&pair), at)
            }
            _ => Ok(1.0),
        }
    }

    /// The events of a code, in order.
    pub fn of<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a ObservedEvent> {
        self.events.iter().filter(move |event| event.code == code)
    }
}
