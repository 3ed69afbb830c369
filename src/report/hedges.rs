//! What hedging programmes did: a line for each scenario; `plimsoll explain BUNDLE HEDGE` tells every day.

use comfy_table::Cell;

use super::figure::figure;
use super::summary::{Style, right, table};
use crate::engine::observe::{DecisionRecord, DeedRecord, SeenRecord, Value};
use crate::trace::row::{DECIMALS, scaled};

/// The table of programmes; nothing where there is none. `records` are of programmes alone.
pub fn hedges(records: &[&DecisionRecord], style: Style) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let header = [
        "hedge", "scenario", "times", "last", "exposure", "swaps", "entered", "unwound", "",
    ];
    let mut out = table(style, &header);
    let mut told: Vec<(&str, &str)> = Vec::new();
    for record in records {
        let of = (record.action.as_str(), record.scenario.as_str());
        if told.contains(&of) {
            continue;
        }
        told.push(of);
        let own: Vec<&DecisionRecord> = records
            .iter()
            .copied()
            .filter(|other| (other.action.as_str(), other.scenario.as_str()) == of)
            .collect();
        out.add_row(row(of, &own));
    }
    Some(out.to_string())
}

/// A programme in a scenario: how often it was rebalanced, what it saw last, and the notional that it dealt in.
fn row((hedge, scenario): (&str, &str), records: &[&DecisionRecord]) -> Vec<Cell> {
    let done: Vec<&DecisionRecord> = records
        .iter()
        .copied()
        .filter(|r| r.refused.is_none())
        .collect();
    let last = done.last().or(records.last());
    let seen = |place: usize| last.and_then(|record| record.seen.get(place));
    let deeds = || done.iter().flat_map(|record| &record.deeds);
    let dealt = |verb: &str| {
        let of_verb = || deeds().filter(|deed| deed.text.starts_with(verb));
        let amount = |deed: &DeedRecord| scaled(deed.filled.as_deref()?, DECIMALS);
        let sum: i128 = of_verb().filter_map(amount).sum();
        let currency = of_verb().next().map(|deed| deed.currency.clone());
        currency.map_or_else(String::new, |currency| figure(Some(sum), &currency))
    };
    // what stands in the way: of the last day of all
    let refused = records.last().and_then(|record| {
        let reason = record.refused.as_ref()?;
        let until = if record.settles == record.decided {
            String::new()
        } else {
            format!(" until {}", record.settles)
        };
        Some(format!("{}{until}: {reason}", record.decided))
    });
    let cut = done
        .last()
        .and_then(|record| record.deeds.iter().find_map(|deed| deed.reason.clone()));
    vec![
        Cell::new(hedge),
        Cell::new(scenario),
        right(done.len().to_string()),
        Cell::new(done.last().map_or("–", |record| record.decided.as_str())),
        right(seen(0).map_or_else(String::new, amount)),
        right(if done.is_empty() {
            String::new()
        } else {
            seen(2).map_or_else(String::new, amount)
        }),
        right(dealt("hedge")),
        right(dealt("unwind")),
        Cell::new(refused.or(cut).unwrap_or_default()),
    ]
}

fn amount(seen: &SeenRecord) -> String {
    match &seen.value {
        Value::Number(text) => figure(scaled(text, DECIMALS), &seen.unit),
        Value::Undefined(_) => "undefined".to_owned(),
    }
}
