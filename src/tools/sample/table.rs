//! One position file of the sample bank: columns, written as CSV or Parquet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::{Datelike, NaiveDate};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::SampleError;

/// The cells of a column.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Words; an empty word is an empty cell.
    Words(Vec<String>),
    /// Identifiers: words without repetition.
    Ids(Vec<String>),
    /// Money in cents.
    Cents(Vec<i64>),
    /// Rates in percent, in units of 0.0001%.
    Percent(Vec<i64>),
    /// Percent that may be missing.
    MaybePercent(Vec<Option<i64>>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Dates.
    Days(Vec<NaiveDate>),
}

/// A named file with its columns.
#[derive(Debug, Clone)]
pub struct Table {
    /// Columns in the order of the file.
    pub columns: Vec<(&'static str, Cells)>,
}

/// A decimal with `places` digits after the point.
pub fn decimal(value: i64, places: u32) -> String {
    let unit = 10_i64.pow(places);
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    let unit = unit.unsigned_abs();
    format!(
        "{sign}{}.{:0width$}",
        magnitude / unit,
        magnitude % unit,
        width = places as usize
    )
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Cells::Words(v) | Cells::Ids(v) => v.len(),
            Cells::Cents(v) | Cells::Percent(v) | Cells::Whole(v) => v.len(),
            Cells::MaybePercent(v) => v.len(),
            Cells::Days(v) => v.len(),
        }
    }

    fn cell(&self, row: usize) -> String {
        match self {
            Cells::Words(v) | Cells::Ids(v) => v.get(row).cloned().unwrap_or_default(),
            Cells::Cents(v) => v.get(row).map(|x| decimal(*x, 2)).unwrap_or_default(),
            Cells::Percent(v) => v.get(row).map(|x| decimal(*x, 4)).unwrap_or_default(),
            Cells::MaybePercent(v) => v
                .get(row)
                .copied()
                .flatten()
                .map(|x| decimal(x, 4))
                .unwrap_or_default(),
            Cells::Whole(v) => v.get(row).map(i64::to_string).unwrap_or_default(),
            Cells::Days(v) => v.get(row).map(NaiveDate::to_string).unwrap_or_default(),
        }
    }

    fn array(&self) -> Result<ArrayRef, SampleError> {
        let wide = |v: &[i64]| v.iter().map(|x| i128::from(*x)).collect::<Vec<_>>();
        Ok(match self {
            Cells::Words(v) | Cells::Ids(v) => Arc::new(StringArray::from_iter(
                v.iter().map(|w| (!w.is_empty()).then_some(w.as_str())),
            )),
            Cells::Cents(v) => {
                Arc::new(Decimal128Array::from(wide(v)).with_precision_and_scale(15, 2)?)
            }
            Cells::Percent(v) => {
                Arc::new(Decimal128Array::from(wide(v)).with_precision_and_scale(9, 4)?)
            }
            Cells::MaybePercent(v) => Arc::new(
                Decimal128Array::from_iter(v.iter().map(|x| x.map(i128::from)))
                    .with_precision_and_scale(9, 4)?,
            ),
            Cells::Whole(v) => Arc::new(Int32Array::from_iter_values(v.iter().map(|x| *x as i32))),
            Cells::Days(v) => Arc::new(Date32Array::from_iter_values(
                v.iter().map(|d| d.num_days_from_ce() - 719_163),
            )),
        })
    }

    fn data_type(&self) -> DataType {
        match self {
            Cells::Words(_) | Cells::Ids(_) => DataType::Utf8,
            Cells::Cents(_) => DataType::Decimal128(15, 2),
            Cells::Percent(_) | Cells::MaybePercent(_) => DataType::Decimal128(9, 4),
            Cells::Whole(_) => DataType::Int32,
            Cells::Days(_) => DataType::Date32,
        }
    }
}

impl Table {
    /// Number of rows: that of the first column.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.1.len())
    }

    /// Sum of a column of money by currency, in cents; `currency` is a column of words, absent it is all euro.
    pub fn totals(&self, money: &str, currency: &str) -> BTreeMap<String, i64> {
        let column = |name: &str| self.columns.iter().find(|c| c.0 == name).map(|c| &c.1);
        let mut totals = BTreeMap::new();
        if let Some(Cells::Cents(amounts)) = column(money) {
            for (row, amount) in amounts.iter().enumerate() {
                let code = column(currency).map_or_else(|| "EUR".to_owned(), |c| c.cell(row));
                *totals.entry(code).or_insert(0) += amount;
            }
        }
        totals
    }

    /// CSV: comma, point, ISO dates, LF.
    pub fn csv(&self) -> Vec<u8> {
        let mut text = String::new();
        let names: Vec<&str> = self.columns.iter().map(|c| c.0).collect();
        let _ = writeln!(text, "{}", names.join(","));
        for row in 0..self.rows() {
            let cells: Vec<String> = self.columns.iter().map(|c| c.1.cell(row)).collect();
            let _ = writeln!(text, "{}", cells.join(","));
        }
        text.into_bytes()
    }

    /// Parquet, snappy, one row group. The writer is pinned in `Cargo.lock`, so the bytes are too.
    ///
    /// # Errors
    /// Where the writer refuses a column.
    pub fn parquet(&self) -> Result<Vec<u8>, SampleError> {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|(name, cells)| Field::new(*name, cells.data_type(), nullable(cells)))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let arrays = self
            .columns
            .iter()
            .map(|c| c.1.array())
            .collect::<Result<Vec<_>, _>>()?;
        let batch = RecordBatch::try_new(schema.clone(), arrays)?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("plimsoll sample bank".to_owned());
        for (name, cells) in &self.columns {
            let encoding = match cells {
                Cells::Ids(_) => Encoding::DELTA_BYTE_ARRAY,
                Cells::Cents(_) => Encoding::DELTA_BINARY_PACKED,
                _ => continue,
            };
            let path = ColumnPath::from(*name);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, encoding);
        }
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_skip_arrow_metadata(true);
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new_with_options(&mut bytes, schema, options)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(bytes)
    }
}

fn nullable(cells: &Cells) -> bool {
    matches!(cells, Cells::Words(_) | Cells::MaybePercent(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_plain() {
        for (value, places, text) in [
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (123_456, 4, "12.3456"),
            (100, 2, "1.00"),
        ] {
            assert_eq!(decimal(value, places), text);
        }
    }
}
