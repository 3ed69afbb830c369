//! Secured deals and the lots behind them.

use super::assemble::{amount_of, lots};
use super::draft::{Draft, DraftColumn};
use super::fault::{BadRow, Fault};
use super::mapping::Target;
use super::positions::{Column, InstrumentPositions, Pledge};
use crate::plan::{InstrumentId, Plan};
use crate::tabular::nearest;
use std::collections::{BTreeMap, HashSet};

/// The positions of an instrument before they are sorted.
pub(super) struct Drafted {
    pub instrument: InstrumentId,
    pub drafts: Vec<Draft>,
    pub bad: Vec<BadRow>,
    /// By draft: the column of the pledged lot's id, and whether the draft is of the text.
    pub places: Vec<(String, bool)>,
}

/// Sets aside deals that name a lot which is not there.
pub(super) fn without_lot(plan: &Plan, drafted: &mut [Drafted]) {
    let wanted: Vec<InstrumentId> = drafted
        .iter()
        .flat_map(|d| &d.drafts)
        .flat_map(|draft| &draft.targets)
        .filter_map(|target| {
            if let Target::Lot(instrument) = target {
                Some(*instrument)
            } else {
                None
            }
        })
        .collect();
    // Looked up, never walked.
    let mut known: BTreeMap<InstrumentId, HashSet<String>> = BTreeMap::new();
    for lot in wanted {
        let ids = drafted
            .iter()
            .filter(|d| d.instrument == lot)
            .flat_map(|d| &d.drafts)
            .flat_map(|draft| {
                let places = draft
                    .records
                    .iter()
                    .flat_map(|record| record.first..record.first + record.count);
                places
                    .filter_map(|place| draft.ids.get(place))
                    .map(|id| id.to_string())
            });
        let ids: HashSet<String> = ids.collect();
        known.entry(lot).or_insert(ids);
    }
    for instrument in drafted {
        for (number, draft) in instrument.drafts.iter_mut().enumerate() {
            let lot = draft
                .targets
                .iter()
                .zip(&draft.columns)
                .find_map(|(target, column)| match (target, column) {
                    (Target::Lot(lot), DraftColumn::Text(ids)) => Some((*lot, ids)),
                    _ => None,
                });
            let Some((lot, ids)) = lot else { continue };
            let there = known.get(&lot);
            let name = plan
                .instruments
                .get(lot.index())
                .map_or("", |i| i.heading.short.as_str());
            let (column, in_text) = instrument
                .places
                .get(number)
                .map_or(("pledges", false), |(column, text)| {
                    (column.as_str(), *text)
                });
            let mut missing = Vec::new();
            draft.records.retain(|record| {
                let Some(id) = ids.get(record.first) else { return true };
                let found = there.is_some_and(|there| there.contains(&**id));
                if !found {
                    let fault = Fault::new("pledges", column, id.to_string(), format!("is no lot of `{name}` in the book"));
                    let sorted = there.map(|there| {
                        let mut ids: Vec<&str> = there.iter().map(String::as_str).collect();
                        ids.sort_unstable();
                        ids
                    });
                    let fault = match nearest(id, sorted.unwrap_or_default()) {
                        Some(near) => fault.help(format!("did you mean `{near}`? A lot that was set aside cannot be pledged either")),
                        None => fault.help("a lot that was set aside cannot be pledged either"),
                    };
                    missing.push(BadRow {
                        source: record.origin.source,
                        row: record.origin.row,
                        id: Some(record.id.to_string()),
                        faults: vec![fault],
                        amount: amount_of(&draft.targets, &draft.columns, record.first, record.count),
                        in_text,
                    });
                }
                found
            });
            instrument.bad.append(&mut missing);
        }
    }
}

/// Ties each deal to the place of its lot.
pub(super) fn tie(drafted: &[Drafted], positions: &mut [InstrumentPositions]) {
    let mut ties: Vec<(usize, Vec<Option<Pledge>>)> = Vec::new();
    for (number, of_one) in drafted.iter().enumerate() {
        let Some(own) = positions.get(number) else {
            continue;
        };
        let named = lots(&of_one.drafts, own);
        if named.iter().all(Option::is_none) {
            continue;
        }
        let pledges = named.into_iter().map(|lot| {
            let (instrument, id) = lot?;
            let row = positions
                .iter()
                .find(|p| p.instrument == instrument)?
                .find(&id)?;
            Some(Pledge {
                instrument,
                row: row as u32,
            })
        });
        ties.push((number, pledges.collect()));
    }
    for (number, pledges) in ties {
        if let Some(own) = positions.get_mut(number) {
            own.pledge = Column::Each(pledges);
        }
    }
}
