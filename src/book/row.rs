//! A row as the place where formulas stand: columns, terms and dimensions of one position.

use super::mapping::{Leg, LegTerm, Slots, Target};
use crate::calendar::{Date, Tenor};
use crate::diagnostic::codes;
use crate::formula::{Overlay, Refusal, Scope, Undefined, Value, absent, evaluate};
use crate::plan::{DimensionId, Plan, Side, Term, Type};
use crate::quantity::{Currency, Rational};
use crate::tabular::{Cell as FileCell, CellError, Column, DatePattern};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The columns of a file that a mapping names, by name. Looked up, never walked.
pub(super) type Columns<'t> = HashMap<&'t str, Column<'t>>;

/// One row of a file, or a position given in the text (which has no columns).
pub(super) struct RowScope<'a> {
    pub plan: &'a Plan,
    pub overlay: &'a Overlay,
    pub slots: &'a Slots<'a>,
    pub columns: &'a Columns<'a>,
    pub row: usize,
    pub date: Date,
    pub side: Side,
    pub currency: Option<Currency>,
    /// The id of a position given in the text.
    pub id: Option<&'a str>,
    /// The class of a parted position.
    pub class: Option<(DimensionId, Value)>,
    /// What was wrong with a cell, when a formula was refused because of it.
    pub fault: RefCell<Option<CellError>>,
    /// The last empty cell that was met.
    pub empty: Cell<Option<&'a str>>,
    /// Terms that read terms: how deep.
    pub depth: Cell<u8>,
}

/// Terms and dimensions may read one another, without circles.
const DEEPEST: u8 = 32;

impl<'a> RowScope<'a> {
    /// The value of a mapped term or dimension, by its formula.
    fn follow(&self, target: Target, name: &str) -> Result<Value, Refusal> {
        let Some(slot) = self.slots.slots.iter().find(|slot| slot.target == target) else {
            return Err(absent(format!("`{name}`")));
        };
        if self.depth.get() >= DEEPEST {
            return Err(absent(format!("`{name}`, which reads itself")));
        }
        self.depth.set(self.depth.get() + 1);
        let value = evaluate(slot.expression, self);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn with_column<T>(
        &self,
        name: &str,
        read: impl Fn(&Column<'a>) -> Result<Option<T>, CellError>,
    ) -> Result<Option<T>, Refusal> {
        let Some((own, column)) = self.columns.get_key_value(name) else {
            return Err(absent(format!("the column `{name}`")));
        };
        match read(column) {
            Ok(None) => {
                self.empty.set(Some(own));
                Ok(None)
            }
            Ok(value) => Ok(value),
            Err(error) => {
                let refusal = Refusal::new(codes::book::CELL_UNREADABLE, error.to_string());
                self.fault.replace(Some(error));
                Err(refusal)
            }
        }
    }
}

const EMPTY: Value = Value::Undefined(Undefined::EmptyCell);

impl Scope for RowScope<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }

    fn overlay(&self) -> &Overlay {
        self.overlay
    }

    fn currency(&self) -> Option<Currency> {
        self.currency
    }

    fn anchor(&self) -> Option<Date> {
        Some(self.date)
    }

    fn column(&self, name: &str, ty: &Type) -> Result<Value, Refusal> {
        let row = self.row;
        let text = |column: &Column<'_>| {
            column
                .text(row)
                .map(|t| t.map(|t| Value::Text(t.as_ref().into())))
        };
        let number = |column: &Column<'_>| {
            column
                .number(row)
                .map(|n| n.map(|n| Value::Number(Rational::from(n))))
        };
        let value = match ty {
            Type::Number | Type::Ratio | Type::Rate | Type::Money(_) | Type::Per(..) => {
                self.with_column(name, number)
            }
            Type::Date => {
                self.with_column(name, |column| column.date(row).map(|d| d.map(Value::Date)))
            }
            Type::Bool => self.with_column(name, |column| {
                column.boolean(row).map(|b| b.map(Value::Bool))
            }),
            Type::Tenor => self.with_column(name, |column| {
                column.tenor(row).map(|t| t.map(Value::Tenor))
            }),
            Type::Unknown => self.with_column(name, |column| match column.cell(row) {
                FileCell::Number(_) => number(column),
                FileCell::Date(day) => Ok(Some(Value::Date(day))),
                FileCell::Bool(value) => Ok(Some(Value::Bool(value))),
                _ => text(column),
            }),
            _ => self.with_column(name, text),
        };
        Ok(value?.unwrap_or(EMPTY))
    }

    fn column_date(&self, name: &str, pattern: &str) -> Result<Value, Refusal> {
        let Some(compiled) = DatePattern::compile(pattern) else {
            return Err(Refusal::new(
                codes::book::FORMAT_UNKNOWN,
                format!("`{pattern}` is no date pattern"),
            )
            .help("`yyyy`, `mm` and `dd` once each: `dd.mm.yyyy`, `yyyymmdd`"));
        };
        Ok(self
            .with_column(name, |column| {
                column
                    .date_by(self.row, &compiled)
                    .map(|d| d.map(Value::Date))
            })?
            .unwrap_or(EMPTY))
    }

    fn term(&self, term: Term) -> Result<Value, Refusal> {
        let name = super::mapping::key_of(term);
        let days_between = |from: Date, to: Date| Value::Tenor(Tenor::days(to - from));
        match term {
            Term::Id if self.id.is_some() => Ok(self.id.map_or(EMPTY, |id| Value::Text(id.into()))),
            Term::Currency => self
                .currency
                .map(Value::Currency)
                .ok_or_else(|| absent("the currency of the position".to_owned())),
            Term::Rate => self.follow(Target::Leg(Leg::Accrues, LegTerm::Rate), name),
            Term::Remaining => Ok(match self.follow(Target::Term(Term::Maturity), name)? {
                Value::Date(maturity) => days_between(self.date, maturity),
                other => other,
            }),
            Term::Age => Ok(match self.follow(Target::Term(Term::Start), name)? {
                Value::Date(start) => days_between(start, self.date),
                other => other,
            }),
            Term::Side => Ok(Value::Text(
                match self.side {
                    Side::Asset => "asset",
                    Side::Liability => "liability",
                    Side::OffBalance => "off_balance",
                    Side::Derivative => "derivative",
                }
                .into(),
            )),
            other => self.follow(Target::Term(other), name),
        }
    }

    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        if let Some((parted, class)) = &self.class
            && *parted == dimension
        {
            return Ok(class.clone());
        }
        let name = self
            .plan
            .dimensions
            .get(dimension.index())
            .map_or("", |d| d.heading.short.as_str());
        self.follow(Target::Dimension(dimension), name)
    }
}
