//! Which positions are one group: alike in contract kind, currency, the dimensions and terms that are read, and what must stay apart.

use crate::book::{AccrualKind, InstrumentPositions};
use crate::calendar::DayCount;
use crate::engine::group::Leg;
use crate::engine::reads::Reads;
use crate::formula::Value;
use crate::plan::{DimensionId, PremiumRelease, Term};
use crate::quantity::Currency;
use indexmap::IndexMap;

/// What part of the contract a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LegOf {
    pub leg: Leg,
    pub currency: Currency,
}

/// The rows of one group of one instrument.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub leg: LegOf,
    /// Rows in order of their ids.
    pub rows: Vec<usize>,
}

/// What of an instrument's positions enters the key.
pub(super) struct KeyTerms {
    pub dimensions: Vec<DimensionId>,
    pub terms: Vec<Term>,
    /// Each position is a group of its own.
    pub apart: bool,
}

/// What must be known of an exercise to part positions.
pub(super) struct Needs {
    /// New business follows from what comes back, so its terms must be alike.
    pub renewals: bool,
}

impl KeyTerms {
    pub(super) fn of(reads: &Reads, needs: &Needs, positions: &InstrumentPositions) -> Self {
        let concerns = |readers: &crate::engine::reads::Readers| {
            readers
                .as_ref()
                .is_none_or(|set| set.contains(&positions.instrument))
        };
        let dimensions = reads
            .dimensions
            .iter()
            .filter(|(_, readers)| concerns(readers))
            .map(|(id, _)| *id);
        let dimensions = dimensions
            .filter(|id| {
                positions
                    .dimensions
                    .iter()
                    .any(|column| column.dimension == *id)
            })
            .collect();
        let mut terms: Vec<Term> = Vec::new();
        for (term, readers) in &reads.terms {
            let stored = match term {
                Term::Remaining => Term::Maturity,
                Term::Age => Term::Start,
                Term::Side | Term::Currency => continue,
                other => *other,
            };
            if concerns(readers) && !terms.contains(&stored) {
                terms.push(stored);
            }
        }
        if needs.renewals && !terms.contains(&Term::OriginalTerm) {
            terms.push(Term::OriginalTerm);
        }
        terms.sort_unstable();
        Self {
            dimensions,
            terms,
            apart: false,
        }
    }
}

/// The bits of a value, so that values compare.
fn bits(value: Option<&Value>, texts: &mut IndexMap<String, ()>) -> [i128; 2] {
    let Some(value) = value else { return [0, 0] };
    let (kind, content) = match value {
        Value::Number(number) => (1, texts.insert_full(number.to_fixed(20), ()).0 as i128),
        Value::Money(number, currency) => (
            2,
            texts
                .insert_full(format!("{} {currency}", number.to_fixed(20)), ())
                .0 as i128,
        ),
        Value::Tenor(tenor) => {
            let normal = tenor.normal();
            (
                3,
                i128::from(normal.in_months().unwrap_or(0)) << 32
                    | i128::from(normal.in_days().unwrap_or(0)),
            )
        }
        Value::Date(date) => (4, i128::from(date.days())),
        Value::Bool(yes) => (5, i128::from(*yes)),
        Value::Text(text) => (6, texts.insert_full(text.to_string(), ()).0 as i128),
        Value::Member(_, place) | Value::Band(_, place) => (7, i128::from(*place)),
        Value::Currency(currency) => (8, texts.insert_full(currency.to_string(), ()).0 as i128),
        Value::Daycount(daycount) => (9, texts.insert_full(daycount.to_string(), ()).0 as i128),
        Value::Scenario(key) => (10, texts.insert_full(key.0.clone(), ()).0 as i128),
        Value::Undefined(_) => (11, 0),
    };
    [kind, content]
}

/// Parts the positions of an instrument. Groups stand in the order of their first position; legs of one contract side by side.
pub(super) fn part(positions: &InstrumentPositions, key: &KeyTerms) -> Vec<Rows> {
    let mut texts = IndexMap::new();
    let mut groups: IndexMap<Vec<i128>, Rows> = IndexMap::new();
    for row in 0..positions.len() {
        let Some(shape) = positions.shape_of(row) else {
            continue;
        };
        let mut common = vec![i128::from(positions.shape.get(row).unwrap_or(0))];
        for dimension in &key.dimensions {
            common.extend(bits(positions.dimension(*dimension, row), &mut texts));
        }
        for term in &key.terms {
            common.extend(bits(positions.term(*term, row).as_ref(), &mut texts));
        }
        // years of act/actICMA are those of a contract's own coupons
        let own_years = shape.premium == Some(PremiumRelease::Effective(DayCount::ActActIcma));
        // what a shock, pledge or valuation treats one by one
        let alone = key.apart
            || positions.lots
            || own_years
            || positions.pledge.get(row).is_some()
            || positions.encumbered.get(row).is_some()
            || positions.capacity.get(row).is_some()
            || positions.price.get(row).is_some();
        common.push(if alone { row as i128 } else { -1 });
        common.push(
            positions
                .start
                .get(row)
                .map_or(0, |start| i128::from(start.days())),
        );
        common.push(positions.round.get(row).map_or(0, |unit| unit.0));
        let own = positions.currency.get(row);
        let legs = [
            (
                Leg::Only,
                shape.accrues.as_ref(),
                &positions.accrues,
                shape.pays.is_none() && shape.receives.is_none(),
            ),
            (
                Leg::Pays,
                shape.pays.as_ref(),
                &positions.pays,
                shape.pays.is_some(),
            ),
            (
                Leg::Receives,
                shape.receives.as_ref(),
                &positions.receives,
                shape.receives.is_some(),
            ),
        ];
        for (leg, kind, columns, present) in legs {
            if !present {
                continue;
            }
            let currency = match kind {
                Some(AccrualKind::CashFlow { currency }) => Some(*currency),
                _ => own,
            };
            let Some(currency) = currency else { continue };
            let mut exact = common.clone();
            exact.push(leg as i128);
            exact.push(texts.insert_full(currency.to_string(), ()).0 as i128);
            match kind {
                Some(AccrualKind::Index { .. }) => {
                    exact.extend(
                        [columns.floor.get(row), columns.cap.get(row)]
                            .map(|rate| rate.map_or(i128::MIN, |r| i128::from(r.0))),
                    );
                }
                Some(AccrualKind::Client { .. }) => {
                    exact.push(columns.rate.get(row).map_or(i128::MIN, |r| i128::from(r.0)))
                }
                _ => {}
            }
            groups
                .entry(exact)
                .or_insert_with(|| Rows {
                    leg: LegOf { leg, currency },
                    rows: Vec::new(),
                })
                .rows
                .push(row);
        }
    }
    groups.into_values().collect()
}
