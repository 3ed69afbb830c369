//! Reading what a market says: constant formulas, files of pillars, fixings, levels and holidays.

use super::term_structure::TermStructure;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::formula::{Overlay, Refusal, Scope, Value, evaluate};
use crate::plan::{Expression, Interpolation, Plan, Type};
use crate::quantity::{Currency, Rational};
use crate::tabular::{self, Column, DataSource, InputFile, Table};
use std::cell::RefCell;
use std::sync::Arc;

/// Where the market's formulas and files are read.
pub struct Reading<'a> {
    plan: &'a Plan,
    overlay: &'a Overlay,
    source: &'a dyn DataSource,
    /// The book's date: `{at}` in paths, and the day of the curves.
    pub date: Date,
    /// The book's currency.
    pub currency: Currency,
    tables: RefCell<Vec<Arc<Table>>>,
}

/// A zero rate of a curve on a date gone by.
pub struct HistoryRow {
    /// The date.
    pub date: Date,
    /// The currency, where the file names it.
    pub currency: Option<Currency>,
    /// The term.
    pub tenor: Tenor,
    /// The rate, a fraction a year.
    pub value: f64,
}

/// The surroundings of a formula of the market: literals, parameters, tables, and the row of a file.
struct MarketScope<'a> {
    plan: &'a Plan,
    overlay: &'a Overlay,
    currency: Option<Currency>,
    row: Option<(&'a Table, usize)>,
}

impl Scope for MarketScope<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }
    fn overlay(&self) -> &Overlay {
        self.overlay
    }
    fn currency(&self) -> Option<Currency> {
        self.currency
    }
    fn column(&self, name: &str, ty: &Type) -> Result<Value, Refusal> {
        let Some((table, row)) = self.row else {
            return Err(crate::formula::absent(format!("the column `{name}`")));
        };
        let column = table.column(name)?;
        let value = match ty {
            Type::Text => column
                .text(row)
                .map(|cell| cell.map(|text| Value::Text(text.as_ref().into()))),
            Type::Date => column.date(row).map(|cell| cell.map(Value::Date)),
            Type::Bool => column.boolean(row).map(|cell| cell.map(Value::Bool)),
            Type::Tenor => column.tenor(row).map(|cell| cell.map(Value::Tenor)),
            _ => column
                .number(row)
                .map(|cell| cell.map(|number| Value::Number(Rational::from_decimal(number)))),
        };
        match value {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(column.error(row, "is missing").diagnostic().into()),
            Err(error) => Err(error.diagnostic().into()),
        }
    }
}

impl<'a> Reading<'a> {
    /// Reads for the book's date and currency; parameters are those of the overlay.
    pub fn new(
        plan: &'a Plan,
        overlay: &'a Overlay,
        source: &'a dyn DataSource,
        date: Date,
        currency: Currency,
    ) -> Self {
        Self {
            plan,
            overlay,
            source,
            date,
            currency,
            tables: RefCell::new(Vec::new()),
        }
    }

    /// Parameters and tables in force.
    pub fn overlay(&self) -> &'a Overlay {
        self.overlay
    }

    /// The plan whose definitions formulas name.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// The files that were read, in the order of first use.
    pub fn files(&self) -> Vec<InputFile> {
        self.tables
            .borrow()
            .iter()
            .map(|table| table.input.clone())
            .collect()
    }

    /// The value of a formula that reads neither a position nor a run.
    ///
    /// # Errors
    /// What the formula lacks.
    pub fn value(
        &self,
        expression: &Expression,
        currency: Option<Currency>,
    ) -> Result<Value, Diagnostic> {
        let scope = MarketScope {
            plan: self.plan,
            overlay: self.overlay,
            currency,
            row: None,
        };
        evaluate(expression, &scope)
            .map_err(|refusal| refusal.at(expression.span).into_diagnostic())
    }

    /// A formula as an exact number.
    ///
    /// # Errors
    /// What the formula lacks, or where it is undefined.
    pub fn rational(
        &self,
        expression: &Expression,
        currency: Option<Currency>,
    ) -> Result<Rational, Diagnostic> {
        number_of(self.value(expression, currency)?, expression)
    }

    /// A formula as a binary number, for shifts.
    ///
    /// # Errors
    /// As `rational`.
    pub fn number(
        &self,
        expression: &Expression,
        currency: Option<Currency>,
    ) -> Result<f64, Diagnostic> {
        Ok(self.rational(expression, currency)?.to_f64())
    }

    /// A formula as a truth value.
    ///
    /// # Errors
    /// As `rational`.
    pub fn truth(
        &self,
        expression: &Expression,
        currency: Option<Currency>,
    ) -> Result<bool, Diagnostic> {
        match self.value(expression, currency)? {
            Value::Bool(truth) => Ok(truth),
            _ => Err(undefined(expression)),
        }
    }

    /// A formula over the columns of a row, as an exact number; `None` where a cell is missing.
    ///
    /// # Errors
    /// A cell that cannot be read.
    pub fn row_number(
        &self,
        table: &Table,
        row: usize,
        expression: &Expression,
    ) -> Result<Rational, Diagnostic> {
        let scope = MarketScope {
            plan: self.plan,
            overlay: self.overlay,
            currency: None,
            row: Some((table, row)),
        };
        number_of(
            evaluate(expression, &scope).map_err(Refusal::into_diagnostic)?,
            expression,
        )
    }

    /// Whether a row counts.
    ///
    /// # Errors
    /// A cell that cannot be read.
    pub fn row_counts(
        &self,
        table: &Table,
        row: usize,
        filter: Option<&Expression>,
    ) -> Result<bool, Diagnostic> {
        let Some(filter) = filter else {
            return Ok(true);
        };
        let scope = MarketScope {
            plan: self.plan,
            overlay: self.overlay,
            currency: None,
            row: Some((table, row)),
        };
        match evaluate(filter, &scope).map_err(Refusal::into_diagnostic)? {
            Value::Bool(truth) => Ok(truth),
            _ => Err(undefined(filter)),
        }
    }

    /// A file by the path that the text names, `{at}` being the book's date. Each file is read once.
    ///
    /// # Errors
    /// A file that is not there, empty or not a table; the place of the line that names it is underlined.
    pub fn table(&self, path: &str, span: Option<Span>) -> Result<Arc<Table>, Diagnostic> {
        let path = path.replace("{at}", &self.date.to_string());
        if let Some(table) = self.tables.borrow().iter().find(|table| table.path == path) {
            return Ok(table.clone());
        }
        let table = tabular::read(self.source, &path, None).map_err(|mut errors| {
            let first = if errors.is_empty() {
                Diagnostic::error(
                    codes::market::FILE_UNUSABLE,
                    format!("`{path}` cannot be read"),
                )
            } else {
                errors.swap_remove(0)
            };
            with_span(first, span)
        })?;
        if table.is_empty() {
            return Err(with_span(
                Diagnostic::error(
                    codes::market::FILE_UNUSABLE,
                    format!("`{path}` has no rows"),
                ),
                span,
            ));
        }
        let table = Arc::new(table);
        self.tables.borrow_mut().push(table.clone());
        Ok(table)
    }

    /// The rows `tenor,value` of a file of pillars.
    ///
    /// # Errors
    /// A missing or unreadable cell.
    pub fn pillars(&self, path: &str, span: Option<Span>) -> Result<Vec<(Tenor, f64)>, Diagnostic> {
        let table = self.table(path, span)?;
        let locate = |name: &str| table.column(name).map_err(|error| with_span(error, span));
        let (tenors, values) = (locate("tenor")?, locate("value")?);
        (0..table.len())
            .map(|row| {
                let tenor = cell(&tenors, row, tenors.tenor(row))?;
                let value = cell(&values, row, values.number(row))?;
                Ok((tenor, Rational::from_decimal(value).to_f64()))
            })
            .collect()
    }

    /// The rows `date,value` of a file of fixings or levels, ascending.
    ///
    /// # Errors
    /// A missing or unreadable cell, or a day that stands twice.
    pub fn dated(
        &self,
        path: &str,
        span: Option<Span>,
    ) -> Result<Vec<(Date, Rational)>, Diagnostic> {
        let table = self.table(path, span)?;
        let locate = |name: &str| table.column(name).map_err(|error| with_span(error, span));
        let (dates, values) = (locate("date")?, locate("value")?);
        let mut rows = (0..table.len())
            .map(|row| {
                Ok((
                    cell(&dates, row, dates.date(row))?,
                    Rational::from_decimal(cell(&values, row, values.number(row))?),
                ))
            })
            .collect::<Result<Vec<_>, Diagnostic>>()?;
        rows.sort_by_key(|(date, _)| *date);
        if let Some([(date, _), _]) = rows
            .windows(2)
            .find(|pair| matches!(pair, [(a, _), (b, _)] if a == b))
        {
            return Err(with_span(
                Diagnostic::error(
                    codes::market::DAY_TWICE,
                    format!("`{}` has two values of {date}", table.path),
                ),
                span,
            ));
        }
        Ok(rows)
    }

    /// The rows `date,tenor,value` of a history of curves, with `currency` where it is needed.
    ///
    /// # Errors
    /// A missing column, or a missing or unreadable cell.
    pub fn history(
        &self,
        path: &str,
        by_currency: bool,
        span: Option<Span>,
    ) -> Result<Vec<HistoryRow>, Diagnostic> {
        let table = self.table(path, span)?;
        let locate = |name: &str| table.column(name).map_err(|error| with_span(error, span));
        let (dates, tenors, values) = (locate("date")?, locate("tenor")?, locate("value")?);
        let currencies = if by_currency {
            Some(locate("currency")?)
        } else {
            None
        };
        (0..table.len())
            .map(|row| {
                let currency = match &currencies {
                    Some(column) => {
                        let text = cell(column, row, column.text(row))?;
                        let wrong = |_| column.error(row, "is no currency").diagnostic();
                        Some(text.parse::<Currency>().map_err(wrong)?)
                    }
                    None => None,
                };
                let value = cell(&values, row, values.number(row))?;
                Ok(HistoryRow {
                    date: cell(&dates, row, dates.date(row))?,
                    currency,
                    tenor: cell(&tenors, row, tenors.tenor(row))?,
                    value: Rational::from_decimal(value).to_f64(),
                })
            })
            .collect()
    }

    /// A file of shifts `tenor,value`, linear between tenors, flat beyond.
    ///
    /// # Errors
    /// As `pillars`, or pillars that do not ascend.
    pub fn shifts(&self, path: &str, span: Option<Span>) -> Result<TermStructure, Diagnostic> {
        let pillars = self.pillars(path, span)?;
        let mut times = Vec::with_capacity(pillars.len());
        for (tenor, _) in &pillars {
            let to = tenor.after(self.date).map_err(|error| {
                with_span(
                    Diagnostic::error(codes::market::BAD_TENOR, format!("`{path}`: {error}")),
                    span,
                )
            })?;
            times.push(f64::from(to.days_since(self.date)) / 365.0);
        }
        let values = pillars.iter().map(|(_, value)| *value).collect();
        TermStructure::new(times, values, Interpolation::LinearZero, true).map_err(|error| {
            with_span(
                super::fault::curve_diagnostic(path, &error, &crate::plan::Origin::default()),
                span,
            )
        })
    }
}

/// A cell that must be there.
pub(super) fn cell<T>(
    column: &Column<'_>,
    row: usize,
    read: Result<Option<T>, tabular::CellError>,
) -> Result<T, Diagnostic> {
    match read {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(column.error(row, "is missing").diagnostic()),
        Err(error) => Err(error.diagnostic()),
    }
}

fn number_of(value: Value, expression: &Expression) -> Result<Rational, Diagnostic> {
    match value {
        Value::Number(number) | Value::Money(number, _) => Ok(number),
        _ => Err(undefined(expression)),
    }
}

fn undefined(expression: &Expression) -> Diagnostic {
    with_span(
        Diagnostic::error(
            codes::market::NO_VALUE,
            "the market needs a number here, this formula has none",
        ),
        expression.span,
    )
}

/// Says where, if nothing said it before.
pub fn with_span(diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    match (&diagnostic.primary, span) {
        (None, Some(span)) => diagnostic.at(span, ""),
        _ => diagnostic,
    }
}
