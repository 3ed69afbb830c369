//! Drafts to columns: sorted by id, each value once, repeated ids found.

use super::draft::{Draft, DraftColumn};
use super::fault::{BadRow, Fault};
use super::mapping::{Leg, LegTerm, Target};
use super::positions::*;
use crate::calendar::{Date, Tenor};
use crate::plan::{DimensionId, Term};
use crate::quantity::{Currency, Quanta, Rate};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a position stands: draft, position in it.
type Place = (usize, usize);

/// Sets aside rows whose id is not theirs alone, the good ones among them too: which one is meant cannot be known.
pub(super) fn repeated(drafts: &mut [Draft], bad: &mut Vec<BadRow>, id_columns: &[String]) {
    let mut seen: Vec<(Arc<str>, usize, usize)> = Vec::new();
    for (number, draft) in drafts.iter().enumerate() {
        seen.extend(
            draft
                .records
                .iter()
                .enumerate()
                .map(|(place, record)| (record.id.clone(), number, place)),
        );
    }
    seen.sort();
    let mut taken: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut mark = |number: usize, place: usize| taken.entry(number).or_default().push(place);
    for (a, b) in seen.iter().zip(seen.iter().skip(1)) {
        if a.0 == b.0 {
            mark(a.1, a.2);
            mark(b.1, b.2);
        }
    }
    // A bad row's id may be that of a good one.
    for row in bad.iter() {
        let Some(id) = &row.id else { continue };
        if let Ok(place) = seen.binary_search_by(|(other, _, _)| (**other).cmp(id.as_str()))
            && let Some((_, number, record)) = seen.get(place)
        {
            mark(*number, *record);
        }
    }
    // A part may bear the id of a whole one.
    let mut parts: Vec<(&Arc<str>, usize, usize)> = Vec::new();
    if drafts.iter().any(|draft| {
        draft.records.len() < draft.ids.len()
            || draft
                .records
                .iter()
                .zip(&draft.ids)
                .any(|(r, id)| r.id != *id)
    }) {
        for (number, draft) in drafts.iter().enumerate() {
            for (place, record) in draft.records.iter().enumerate() {
                parts.extend(
                    (record.first..record.first + record.count)
                        .filter_map(|i| draft.ids.get(i))
                        .map(|id| (id, number, place)),
                );
            }
        }
        parts.sort();
        for (a, b) in parts.iter().zip(parts.iter().skip(1)) {
            if a.0 == b.0 {
                mark(a.1, a.2);
                mark(b.1, b.2);
            }
        }
    }
    for (number, mut places) in taken {
        places.sort_unstable();
        places.dedup();
        let Some(draft) = drafts.get_mut(number) else {
            continue;
        };
        for place in places.iter() {
            let Some(record) = draft.records.get(*place) else {
                continue;
            };
            let column = id_columns.get(number).map_or("id", String::as_str);
            bad.push(BadRow {
                source: record.origin.source,
                row: record.origin.row,
                id: Some(record.id.to_string()),
                faults: vec![
                    Fault::new(
                        "id",
                        column,
                        record.id.to_string(),
                        "stands in more than one row",
                    )
                    .help("an id is unique in its instrument"),
                ],
                amount: amount_of(&draft.targets, &draft.columns, record.first, record.count),
                in_text: column.is_empty(),
            });
        }
        let mut place = 0;
        draft.records.retain(|_| {
            place += 1;
            places.binary_search(&(place - 1)).is_err()
        });
    }
}

/// The currency and amount of some positions of a draft.
pub(super) fn amount_of(
    targets: &[Target],
    columns: &[DraftColumn],
    first: usize,
    count: usize,
) -> Option<(Currency, Quanta)> {
    let column = |term| {
        targets
            .iter()
            .position(|t| *t == Target::Term(term))
            .and_then(|place| columns.get(place))
    };
    let Some(DraftColumn::Currency(currencies)) = column(Term::Currency) else {
        return None;
    };
    let amounts = [Term::Principal, Term::Notional, Term::Undrawn]
        .into_iter()
        .find_map(|term| match column(term) {
            Some(DraftColumn::Amount(amounts)) => Some(amounts),
            _ => None,
        })?;
    let sum = amounts
        .iter()
        .skip(first)
        .take(count)
        .try_fold(Quanta::ZERO, |sum, amount| sum.add(*amount).ok())?;
    Some((*currencies.get(first)?, sum))
}

/// The good positions of an instrument as columns, by id.
pub(super) fn assemble(drafts: &[Draft], into: &mut InstrumentPositions, book_currency: Currency) {
    let mut order: Vec<(&Arc<str>, Place, RowOrigin)> = Vec::new();
    for (number, draft) in drafts.iter().enumerate() {
        for record in &draft.records {
            let places = record.first..record.first + record.count;
            order.extend(
                places.filter_map(|place| {
                    Some((draft.ids.get(place)?, (number, place), record.origin))
                }),
            );
        }
    }
    order.sort_by(|a, b| a.0.cmp(b.0));
    into.ids = order.iter().map(|(id, _, _)| (*id).clone()).collect();
    into.origin = order.iter().map(|(_, _, origin)| *origin).collect();
    let places: Vec<Place> = order.iter().map(|(_, place, _)| *place).collect();
    drop(order);
    if places.is_empty() {
        return;
    }
    into.shape = collapse(
        places
            .iter()
            .map(|(number, _)| drafts.get(*number).map(|draft| draft.shape))
            .collect(),
    );
    let gather = Gather {
        drafts,
        places: &places,
    };

    into.currency = match gather.column(Target::Term(Term::Currency), currencies) {
        Column::Absent => Column::Same(book_currency),
        Column::Each(cells) => collapse(
            cells
                .into_iter()
                .map(|cell| Some(cell.unwrap_or(book_currency)))
                .collect(),
        ),
        same => same,
    };
    let amount = |term| gather.column(Target::Term(term), amounts);
    into.principal = amount(Term::Principal);
    into.notional = amount(Term::Notional);
    into.undrawn = amount(Term::Undrawn);
    into.accrued = amount(Term::Accrued);
    into.pledged = amount(Term::Pledged);
    into.encumbered = amount(Term::Encumbered);
    into.capacity = amount(Term::Capacity);
    into.round = amount(Term::Round);
    let date = |term| gather.column(Target::Term(term), dates);
    into.last_payment = date(Term::LastPayment);
    into.start = date(Term::Start);
    into.maturity = date(Term::Maturity);
    into.next_reset = date(Term::NextReset);
    into.released = date(Term::Released);
    into.first_repayment = gather.column(Target::FirstRepayment, dates);
    into.interest_only = gather.column(Target::InterestOnly, dates);
    into.grace = gather.column(Target::Grace, dates);
    into.balloon = gather.column(Target::Balloon, amounts);
    into.original_term = gather.column(Target::Term(Term::OriginalTerm), tenors);
    into.settles = gather.column(Target::Term(Term::Settles), tenors);
    into.is_callable = gather.column(Target::Term(Term::IsCallable), flags);
    into.is_putable = gather.column(Target::Term(Term::IsPutable), flags);
    let rate = |term| gather.column(Target::Term(term), rates);
    into.last_fixing = rate(Term::LastFixing);
    into.margin = rate(Term::Margin);
    into.ftp_base = rate(Term::FtpBase);
    into.ftp_liquidity = rate(Term::FtpLiquidity);
    into.price = rate(Term::Price);
    into.book = rate(Term::Book);
    into.haircut = rate(Term::Haircut);
    let stepping = |kind: &Option<AccrualKind>| match kind {
        Some(AccrualKind::Fixed { steps, .. }) => steps.len() as u32,
        _ => 0,
    };
    let shapes = into.shapes.iter();
    let most_steps = shapes
        .flat_map(|shape| [&shape.accrues, &shape.pays, &shape.receives])
        .map(stepping)
        .max()
        .unwrap_or(0);
    let leg = |leg| LegColumns {
        rate: gather.column(Target::Leg(leg, LegTerm::Rate), rates),
        steps: (0..most_steps)
            .map(|place| gather.column(Target::Leg(leg, LegTerm::Step(place)), rates))
            .collect(),
        spread: gather.column(Target::Leg(leg, LegTerm::Spread), rates),
        floor: gather.column(Target::Leg(leg, LegTerm::Floor), rates),
        cap: gather.column(Target::Leg(leg, LegTerm::Cap), rates),
        amount: gather.column(Target::Leg(leg, LegTerm::Amount), amounts),
    };
    into.accrues = leg(Leg::Accrues);
    into.pays = leg(Leg::Pays);
    into.receives = leg(Leg::Receives);
    into.schedule = gather.dated(|draft| &draft.flows);
    into.stated_rates = gather.dated(|draft| &draft.steps);
    into.dimensions = gather.dimensions();
}

/// The ids of the lots that a draft's positions pledge, by position of the instrument: `None` where there is none.
pub(super) fn lots(
    drafts: &[Draft],
    places: &InstrumentPositions,
) -> Vec<Option<(crate::plan::InstrumentId, Arc<str>)>> {
    let mut by_id: Vec<(&Arc<str>, Option<(crate::plan::InstrumentId, Arc<str>)>)> = Vec::new();
    for draft in drafts {
        let lot = draft
            .targets
            .iter()
            .zip(&draft.columns)
            .find_map(|(target, column)| match (target, column) {
                (Target::Lot(instrument), DraftColumn::Text(ids)) => Some((*instrument, ids)),
                _ => None,
            });
        for record in &draft.records {
            for place in record.first..record.first + record.count {
                let pledged =
                    lot.and_then(|(instrument, ids)| Some((instrument, ids.get(place)?.clone())));
                if let Some(id) = draft.ids.get(place) {
                    by_id.push((id, pledged));
                }
            }
        }
    }
    by_id.sort_by(|a, b| a.0.cmp(b.0));
    debug_assert_eq!(by_id.len(), places.len());
    by_id.into_iter().map(|(_, lot)| lot).collect()
}

struct Gather<'a> {
    drafts: &'a [Draft],
    places: &'a [Place],
}

impl Gather<'_> {
    fn column<T: Copy + PartialEq>(
        &self,
        target: Target,
        cells_of: fn(&DraftColumn) -> Option<&[T]>,
    ) -> Column<T> {
        let by_draft: Vec<Option<&[T]>> = self
            .drafts
            .iter()
            .map(|draft| draft.column(target).and_then(cells_of))
            .collect();
        if by_draft.iter().all(Option::is_none) {
            return Column::Absent;
        }
        let cell = |(number, place): &Place| by_draft.get(*number)?.as_ref()?.get(*place).copied();
        collapse(self.places.iter().map(cell).collect())
    }

    fn dated<T: Copy>(&self, of: fn(&Draft) -> &Vec<Vec<(Date, T)>>) -> DatedColumn<T> {
        if self.drafts.iter().all(|draft| of(draft).is_empty()) {
            return DatedColumn::default();
        }
        let mut column = DatedColumn {
            starts: Vec::with_capacity(self.places.len() + 1),
            rows: Vec::new(),
        };
        column.starts.push(0);
        for (number, place) in self.places {
            let draft = self.drafts.get(*number);
            let rows = draft.and_then(|draft| of(draft).get(*place));
            column.rows.extend(rows.into_iter().flatten());
            column.starts.push(column.rows.len());
        }
        column
    }

    fn dimensions(&self) -> Vec<DimensionColumn> {
        let mut dimensions: Vec<DimensionId> = Vec::new();
        for target in self.drafts.iter().flat_map(|draft| &draft.targets) {
            if let Target::Dimension(id) = target
                && !dimensions.contains(id)
            {
                dimensions.push(*id);
            }
        }
        dimensions
            .into_iter()
            .map(|id| self.dimension(id))
            .collect()
    }

    fn dimension(&self, dimension: DimensionId) -> DimensionColumn {
        let by_draft: Vec<_> = self
            .drafts
            .iter()
            .map(|draft| match draft.column(Target::Dimension(dimension)) {
                Some(DraftColumn::Value(interned)) => {
                    Some((interned, vec![UNMAPPED; interned.values.len()]))
                }
                _ => None,
            })
            .collect();
        let mut column = DimensionColumn {
            dimension,
            values: Vec::new(),
            index: Vec::with_capacity(self.places.len()),
        };
        let mut renumbered = by_draft;
        // Drafts name the same value by numbers of their own; the few drafts of an instrument are joined by comparing.
        let several = renumbered.iter().flatten().count() > 1;
        for (number, place) in self.places {
            let slot = renumbered.get_mut(*number).and_then(Option::as_mut);
            let Some((interned, numbers)) = slot else {
                column.index.push(UNMAPPED);
                continue;
            };
            let Some(own) = interned.index.get(*place).copied() else {
                continue;
            };
            let Some(new) = numbers.get_mut(own as usize) else {
                continue;
            };
            if *new == UNMAPPED
                && let Some(value) = interned.values.get(own as usize)
            {
                let known = if several {
                    column.values.iter().position(|v| v == value)
                } else {
                    None
                };
                *new = known.unwrap_or(column.values.len()) as u32;
                if known.is_none() {
                    column.values.push(value.clone());
                }
            }
            column.index.push(*new);
        }
        column
    }
}

/// One cell for all where they are equal.
fn collapse<T: Copy + PartialEq>(cells: Vec<Option<T>>) -> Column<T> {
    match cells.first() {
        Some(Some(first)) if cells.iter().all(|cell| *cell == Some(*first)) => Column::Same(*first),
        Some(_) if cells.iter().any(Option::is_some) => Column::Each(cells),
        _ => Column::Absent,
    }
}

fn currencies(column: &DraftColumn) -> Option<&[Currency]> {
    if let DraftColumn::Currency(cells) = column {
        Some(cells)
    } else {
        None
    }
}

fn amounts(column: &DraftColumn) -> Option<&[Quanta]> {
    if let DraftColumn::Amount(cells) = column {
        Some(cells)
    } else {
        None
    }
}

fn dates(column: &DraftColumn) -> Option<&[Date]> {
    if let DraftColumn::Date(cells) = column {
        Some(cells)
    } else {
        None
    }
}

fn tenors(column: &DraftColumn) -> Option<&[Tenor]> {
    if let DraftColumn::Tenor(cells) = column {
        Some(cells)
    } else {
        None
    }
}

fn flags(column: &DraftColumn) -> Option<&[bool]> {
    if let DraftColumn::Flag(cells) = column {
        Some(cells)
    } else {
        None
    }
}

fn rates(column: &DraftColumn) -> Option<&[Rate]> {
    if let DraftColumn::Rate(cells) = column {
        Some(cells)
    } else {
        None
    }
}
