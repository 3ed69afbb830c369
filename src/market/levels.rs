//! Stated levels over time: of curves by nodes, of single values by date.

use super::bootstrap::{ParQuote, bootstrap};
use super::fault::curve_diagnostic;
use super::par_rate::par_payments;
use super::source::{Reading, with_span};
use super::term_structure::{CurveError, TermStructure};
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{DateReading, Interpolation, LevelsFile, Origin, PathDefinition};
use crate::quantity::Rational;
use crate::tabular::{Table, parse_quarter};

/// Values by date. A value holds from its date (`steps`), or the values are linear between dates; after the last it stays.
#[derive(Clone, Debug, Default)]
pub struct DatedValues {
    points: Vec<(Date, Rational)>,
    steps: bool,
    /// Before the first date: its value, or none.
    backward: bool,
}

impl DatedValues {
    /// Values that hold from their date on; before the first date the first holds.
    pub fn steps(mut points: Vec<(Date, Rational)>) -> Self {
        points.sort_by_key(|(date, _)| *date);
        Self {
            points,
            steps: true,
            backward: true,
        }
    }

    /// The value on a day.
    pub fn on(&self, day: Date) -> Option<Rational> {
        let right = self.points.partition_point(|(date, _)| *date <= day);
        let Some((from, before)) = right.checked_sub(1).and_then(|left| self.points.get(left))
        else {
            return self
                .points
                .first()
                .filter(|_| self.backward)
                .map(|(_, value)| value.clone());
        };
        match self.points.get(right) {
            Some((to, after)) if !self.steps => {
                let share = Rational::new(
                    i128::from(day.days_since(*from)),
                    i128::from(to.days_since(*from)),
                )
                .ok()?;
                let level = before.clone() + (after.clone() - before.clone()) * share;
                Rational::from_f64_rounded(level.to_f64())
                    .ok()
                    .filter(|_| day != *from)
                    .or(Some(level))
            }
            _ => Some(before.clone()),
        }
    }

    /// The dates.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.points.iter().map(|(date, _)| *date)
    }

    /// From the definition of a series, index or rate of exchange.
    ///
    /// # Errors
    /// What the file or a formula lacks.
    pub fn read(reading: &Reading<'_>, definition: &PathDefinition) -> Result<Self, Diagnostic> {
        match definition {
            PathDefinition::Inline(points) => {
                let points = points
                    .iter()
                    .map(|(date, value)| Ok((*date, reading.rational(value, None)?)))
                    .collect::<Result<_, Diagnostic>>()?;
                Ok(Self::steps(points))
            }
            PathDefinition::Levels(file) => Self::from_levels(reading, file),
        }
    }

    /// From a file of levels with one value a row.
    ///
    /// # Errors
    /// What the file lacks.
    pub fn from_levels(reading: &Reading<'_>, file: &LevelsFile) -> Result<Self, Diagnostic> {
        let Some(value) = &file.value else {
            return Err(Diagnostic::error(
                codes::market::LEVELS_WITHOUT_VALUE,
                format!("`levels(\"{}\", …)` names no value", file.path),
            )
            .help("name the column: `value = [Unemployment rate]`"));
        };
        let unit = match &file.unit {
            Some(unit) => reading.rational(unit, None)?,
            None => Rational::ONE,
        };
        let rows = counted_rows(reading, file)?;
        let points = rows
            .rows
            .iter()
            .map(|&(date, row)| {
                Ok((
                    date,
                    reading.row_number(&rows.table, row, value)? * unit.clone(),
                ))
            })
            .collect::<Result<Vec<_>, Diagnostic>>()?;
        Ok(Self {
            points,
            steps: file.date == DateReading::QuarterHeld,
            backward: false,
        })
    }
}

/// Curves by date that replace a root.
#[derive(Clone, Debug)]
pub struct LevelCurves {
    curves: Vec<(Date, TermStructure)>,
    steps: bool,
}

impl LevelCurves {
    /// The zero rate at `time` years on a day; `None` before the first date.
    ///
    /// # Errors
    /// Beyond the nodes.
    pub fn zero(&self, strike: Date, day: Date, time: f64) -> Result<Option<f64>, CurveError> {
        if day < strike {
            return Ok(None);
        }
        let right = self.curves.partition_point(|(date, _)| *date <= day);
        let Some((from, before)) = right.checked_sub(1).and_then(|left| self.curves.get(left))
        else {
            return Ok(None);
        };
        let near = before.zero(time)?;
        match self.curves.get(right) {
            Some((to, after)) if !self.steps => {
                let share = f64::from(day.days_since(*from)) / f64::from(to.days_since(*from));
                Ok(Some(near + (after.zero(time)? - near) * share))
            }
            _ => Ok(Some(near)),
        }
    }

    /// The dates on which a curve begins to hold.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.curves.iter().map(|(date, _)| *date)
    }

    /// From a file: nodes by column, or a long file with the columns `date,tenor,value`.
    ///
    /// # Errors
    /// What the file lacks, or nodes that no curve goes through.
    pub fn read(reading: &Reading<'_>, file: &LevelsFile) -> Result<Self, Diagnostic> {
        let unit = match &file.unit {
            Some(unit) => reading.number(unit, None)?,
            None => 1.0,
        };
        let rows = counted_rows(reading, file)?;
        let mut quoted: Vec<(Date, Vec<(Tenor, f64)>)> = Vec::new();
        if file.nodes.is_empty() {
            let (tenors, values) = (rows.table.column("tenor")?, rows.table.column("value")?);
            for &(date, row) in &rows.rows {
                let tenor = tenors.tenor(row).map_err(|error| error.diagnostic())?;
                let value = values.number(row).map_err(|error| error.diagnostic())?;
                let (Some(tenor), Some(value)) = (tenor, value) else {
                    return Err(values.error(row, "is missing").diagnostic());
                };
                let node = (tenor, Rational::from_decimal(value).to_f64() * unit);
                match quoted.last_mut() {
                    Some((last, nodes)) if *last == date => nodes.push(node),
                    _ => quoted.push((date, vec![node])),
                }
            }
        } else {
            for &(date, row) in &rows.rows {
                let nodes = file
                    .nodes
                    .iter()
                    .map(|(tenor, value)| {
                        Ok((
                            *tenor,
                            reading.row_number(&rows.table, row, value)?.to_f64() * unit,
                        ))
                    })
                    .collect::<Result<_, Diagnostic>>()?;
                quoted.push((date, nodes));
            }
        }
        let curves = quoted
            .into_iter()
            .map(|(date, nodes)| Ok((date, curve_of(file, date, &nodes)?)))
            .collect::<Result<Vec<_>, Diagnostic>>()?;
        Ok(Self {
            curves,
            steps: file.date == DateReading::QuarterHeld,
        })
    }
}

fn curve_of(
    file: &LevelsFile,
    date: Date,
    nodes: &[(Tenor, f64)],
) -> Result<TermStructure, Diagnostic> {
    let interpolation = file.interpolate.unwrap_or(Interpolation::LinearZero);
    let refuse = |error: CurveError| curve_diagnostic(&file.path, &error, &Origin::default());
    let calendar = |error: crate::calendar::CalendarError| {
        Diagnostic::error(
            codes::market::BAD_TENOR,
            format!("`{}`: {error}", file.path),
        )
    };
    let years = |to: Date| f64::from(to.days_since(date)) / 365.0;
    let mut quotes = Vec::with_capacity(nodes.len());
    for &(tenor, rate) in nodes {
        let end = tenor.after(date).map_err(calendar)?;
        let payments = par_payments(date, end).map_err(calendar)?;
        quotes.push(ParQuote {
            maturity: years(end),
            rate,
            payments: payments
                .into_iter()
                .map(|(to, accrual)| (years(to), accrual))
                .collect(),
        });
    }
    if file.par {
        return bootstrap(&quotes, interpolation, file.extrapolate_flat).map_err(refuse);
    }
    let (times, zeros) = quotes
        .iter()
        .map(|quote| (quote.maturity, quote.rate))
        .unzip();
    TermStructure::new(times, zeros, interpolation, file.extrapolate_flat).map_err(refuse)
}

struct CountedRows {
    table: std::sync::Arc<Table>,
    /// The day from which a row holds (or at which it stands), and the row; ascending.
    rows: Vec<(Date, usize)>,
}

fn counted_rows(reading: &Reading<'_>, file: &LevelsFile) -> Result<CountedRows, Diagnostic> {
    let table = reading.table(&file.path, file.unit.as_ref().and_then(|unit| unit.span))?;
    let column = table.column(&file.date_column)?;
    // Quarters are counted from year 0, days stay days: `begins` moves all rows by the same number of them.
    let mut keys: Vec<(i64, usize)> = Vec::new();
    let quarters = file.date != DateReading::Day;
    for row in 0..table.len() {
        if !reading.row_counts(&table, row, file.filter.as_ref())? {
            continue;
        }
        if quarters {
            let text = column.text(row).map_err(|error| error.diagnostic())?;
            let quarter = text.as_deref().and_then(|text| {
                parse_quarter(text).or_else(|| {
                    text.parse::<Date>()
                        .ok()
                        .map(|date| (date.year(), (date.month() - 1) / 3 + 1))
                })
            });
            let Some((year, quarter)) = quarter else {
                return Err(column
                    .error(row, "is no quarter")
                    .help("quarters are written `2025 Q1`")
                    .diagnostic());
            };
            keys.push((i64::from(year) * 4 + i64::from(quarter) - 1, row));
        } else {
            match column.date(row).map_err(|error| error.diagnostic())? {
                Some(date) => keys.push((i64::from(date.days()), row)),
                None => return Err(column.error(row, "is missing").diagnostic()),
            }
        }
    }
    keys.sort_by_key(|(key, _)| *key);
    let Some(&(first, _)) = keys.first() else {
        return Err(Diagnostic::error(
            codes::market::FILE_UNUSABLE,
            format!("no row of `{}` counts", table.path),
        )
        .help("check the `where` after the file"));
    };
    let out_of_range = |error: crate::calendar::CalendarError| {
        with_span(
            Diagnostic::error(
                codes::market::BAD_TENOR,
                format!("`{}`: {error}", table.path),
            ),
            None,
        )
    };
    let mut rows = Vec::with_capacity(keys.len());
    for (key, row) in keys {
        let date = if quarters {
            let start = match file.begins {
                Some(begins) => {
                    begins.add_months(i32::try_from((key - first) * 3).unwrap_or(i32::MAX))
                }
                None => Date::from_ymd(
                    i32::try_from(key.div_euclid(4)).unwrap_or(i32::MAX),
                    u32::try_from(key.rem_euclid(4) * 3 + 1).unwrap_or(1),
                    1,
                ),
            }
            .map_err(out_of_range)?;
            let next = start.add_months(3).map_err(out_of_range)?;
            match file.date {
                DateReading::QuarterAverage => start
                    .add_days(next.days_since(start) / 2)
                    .map_err(out_of_range)?,
                DateReading::QuarterEnd => next.add_days(-1).map_err(out_of_range)?,
                DateReading::QuarterHeld | DateReading::Day => start,
            }
        } else {
            let days = match file.begins {
                Some(begins) => i64::from(begins.days()) + key - first,
                None => key,
            };
            Date::from_days(i32::try_from(days).unwrap_or(i32::MAX)).map_err(out_of_range)?
        };
        rows.push((date, row));
    }
    Ok(CountedRows { table, rows })
}
