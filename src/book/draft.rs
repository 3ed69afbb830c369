//! Positions while they are read: columns that grow row by row, in the order of the rows.

use super::mapping::Target;
use super::positions::RowOrigin;
use super::take::Taken;
use crate::calendar::{Date, Tenor};
use crate::formula::Value;
use crate::quantity::{Currency, Quanta, Rate};
use std::collections::HashMap;
use std::sync::Arc;

/// The cells of one slot.
#[derive(Clone, Debug)]
pub(super) enum DraftColumn {
    /// Nothing yet.
    Empty,
    Text(Vec<Arc<str>>),
    Currency(Vec<Currency>),
    Amount(Vec<Quanta>),
    Date(Vec<Date>),
    Tenor(Vec<Tenor>),
    Flag(Vec<bool>),
    Rate(Vec<Rate>),
    Value(Interned),
}

/// Values that occur, once each, and which one a position has.
#[derive(Clone, Debug, Default)]
pub(super) struct Interned {
    pub values: Vec<Value>,
    pub index: Vec<u32>,
    /// Texts by value: an open dimension may have many. Looked up, never walked.
    texts: HashMap<Arc<str>, u32>,
}

impl Interned {
    fn place(&mut self, value: Value) -> u32 {
        let known = match &value {
            Value::Text(text) => self.texts.get(text).copied(),
            // Other values are few: members, truth values, bands.
            other => self
                .values
                .iter()
                .position(|v| v == other)
                .map(|p| p as u32),
        };
        known.unwrap_or_else(|| {
            let place = self.values.len() as u32;
            if let Value::Text(text) = &value {
                self.texts.insert(text.clone(), place);
            }
            self.values.push(value);
            place
        })
    }

    pub(super) fn push(&mut self, value: Value) {
        let place = self.place(value);
        self.index.push(place);
    }

    fn append(&mut self, other: Interned) {
        let places: Vec<u32> = other
            .values
            .into_iter()
            .map(|value| self.place(value))
            .collect();
        self.index
            .extend(other.index.iter().filter_map(|i| places.get(*i as usize)));
    }
}

impl DraftColumn {
    pub(super) fn push(&mut self, taken: Taken) {
        match (&mut *self, taken) {
            (DraftColumn::Text(cells), Taken::Text(text)) => cells.push(text),
            (DraftColumn::Currency(cells), Taken::Currency(currency)) => cells.push(currency),
            (DraftColumn::Amount(cells), Taken::Amount(amount)) => cells.push(amount),
            (DraftColumn::Date(cells), Taken::Date(day)) => cells.push(day),
            (DraftColumn::Tenor(cells), Taken::Tenor(tenor)) => cells.push(tenor),
            (DraftColumn::Flag(cells), Taken::Flag(flag)) => cells.push(flag),
            (DraftColumn::Rate(cells), Taken::Rate(rate)) => cells.push(rate),
            (DraftColumn::Value(cells), Taken::Value(value)) => cells.push(value),
            // The kind of a slot never changes: the first cell says which it is.
            (_, taken) => {
                *self = match taken {
                    Taken::Text(text) => DraftColumn::Text(vec![text]),
                    Taken::Currency(currency) => DraftColumn::Currency(vec![currency]),
                    Taken::Amount(amount) => DraftColumn::Amount(vec![amount]),
                    Taken::Date(day) => DraftColumn::Date(vec![day]),
                    Taken::Tenor(tenor) => DraftColumn::Tenor(vec![tenor]),
                    Taken::Flag(flag) => DraftColumn::Flag(vec![flag]),
                    Taken::Rate(rate) => DraftColumn::Rate(vec![rate]),
                    Taken::Value(value) => {
                        let mut cells = Interned::default();
                        cells.push(value);
                        DraftColumn::Value(cells)
                    }
                };
            }
        }
    }

    fn append(&mut self, other: DraftColumn) {
        match (&mut *self, other) {
            (_, DraftColumn::Empty) => {}
            (DraftColumn::Text(cells), DraftColumn::Text(more)) => cells.extend(more),
            (DraftColumn::Currency(cells), DraftColumn::Currency(more)) => cells.extend(more),
            (DraftColumn::Amount(cells), DraftColumn::Amount(more)) => cells.extend(more),
            (DraftColumn::Date(cells), DraftColumn::Date(more)) => cells.extend(more),
            (DraftColumn::Tenor(cells), DraftColumn::Tenor(more)) => cells.extend(more),
            (DraftColumn::Flag(cells), DraftColumn::Flag(more)) => cells.extend(more),
            (DraftColumn::Rate(cells), DraftColumn::Rate(more)) => cells.extend(more),
            (DraftColumn::Value(cells), DraftColumn::Value(more)) => cells.append(more),
            (slot, more) => *slot = more,
        }
    }
}

/// A row that became one position, or several by a split.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The id in the file.
    pub id: Arc<str>,
    /// Its first position in the draft.
    pub first: usize,
    /// How many positions.
    pub count: usize,
    pub origin: RowOrigin,
}

/// Positions of one mapping.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Index into the instrument's shapes.
    pub shape: u32,
    /// What each column is for.
    pub targets: Vec<Target>,
    pub columns: Vec<DraftColumn>,
    pub records: Vec<Record>,
    /// By position.
    pub ids: Vec<Arc<str>>,
    /// By position; empty where no repayment is a schedule.
    pub flows: Vec<Vec<(Date, Quanta)>>,
    /// By position; empty where no file states rates.
    pub steps: Vec<Vec<(Date, Rate)>>,
}

impl Draft {
    pub(super) fn new(shape: u32, targets: Vec<Target>) -> Draft {
        let columns = targets.iter().map(|_| DraftColumn::Empty).collect();
        Draft {
            shape,
            targets,
            columns,
            ..Draft::default()
        }
    }

    /// Adds the positions of another draft of the same mapping behind these.
    pub(super) fn append(&mut self, other: Draft) {
        let before = self.ids.len();
        self.records
            .extend(other.records.into_iter().map(|record| Record {
                first: record.first + before,
                ..record
            }));
        self.ids.extend(other.ids);
        self.flows.extend(other.flows);
        self.steps.extend(other.steps);
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.append(more);
        }
    }

    pub(super) fn column(&self, target: Target) -> Option<&DraftColumn> {
        self.targets
            .iter()
            .position(|t| *t == target)
            .and_then(|place| self.columns.get(place))
    }
}
