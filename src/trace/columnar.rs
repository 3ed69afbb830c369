//! The bundle's Parquet files: the rows of `metrics.csv` with exact decimals, and the ledger.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::row::{DECIMALS, Row};
use crate::calendar::Date;
use crate::engine::observe::PostingRecord;
use crate::quantity::CurrencyCode;

/// Digits of the decimal columns.
const PRECISION: u8 = 38;

/// Decimals of the ledger's amounts: enough for a thousandth of the quantum of every currency. A quantum has six at most, that
/// of a unit of account whose minor unit has four.
pub const LEDGER_DECIMALS: u32 = 9;

/// Rows of one row group of the ledger.
const ROW_GROUP: usize = 1 << 16;

/// `metrics.parquet`: the rows of `metrics.csv`, `value` as a decimal with 12 decimals, null where undefined.
pub fn metrics(rows: &[Row]) -> Result<Vec<u8>, ParquetError> {
    let text = |f: fn(&Row) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(f)))
    };
    let values: Vec<Option<i128>> = rows.iter().map(|r| r.value).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("exercise", text(|r| &r.exercise)),
        ("scenario", text(|r| &r.scenario)),
        ("date", dates(rows.iter().map(|r| r.date.as_str()))?),
        ("metric", text(|r| &r.metric)),
        ("dimension", text(|r| &r.dimension)),
        ("member", text(|r| &r.member)),
        ("value", decimals(values, DECIMALS)?),
        ("unit", text(|r| &r.unit)),
    ];
    write(std::iter::once(batch(columns)))
}

/// `ledger.parquet`: one row a posting; `amount` in units of `currency`, `reporting_amount` in units of the currency that the
/// posting's exercise is reported in, which `reporting` gives, as it was carried; debit positive.
///
/// # Errors
/// A currency that is none, an exercise without one, or an amount too large for the columns.
pub fn ledger<'r>(
    postings: &[PostingRecord],
    reporting: impl Fn(&str) -> Option<&'r str>,
) -> Result<Vec<u8>, ParquetError> {
    let batches = postings.chunks(ROW_GROUP).map(|rows| {
        let text = |f: fn(&PostingRecord) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.iter().map(f)))
        };
        let own = rows
            .iter()
            .map(|r| in_units(r.amount, &r.currency).map(Some))
            .collect::<Result<_, _>>()?;
        let carried = rows
            .iter()
            .map(|r| {
                let currency = reporting(&r.exercise).unwrap_or_default();
                in_units(r.reporting_amount, currency).map(Some)
            })
            .collect::<Result<_, _>>()?;
        batch(vec![
            ("exercise", text(|r| &r.exercise)),
            ("scenario", text(|r| &r.scenario)),
            ("date", dates(rows.iter().map(|r| r.date.as_str()))?),
            ("currency", text(|r| &r.currency)),
            ("account", text(|r| &r.account)),
            ("amount", decimals(own, LEDGER_DECIMALS)?),
            ("reporting_amount", decimals(carried, LEDGER_DECIMALS)?),
            ("cause", text(|r| &r.cause)),
            ("origin", text(|r| &r.origin)),
        ])
    });
    if postings.is_empty() {
        let empty: Vec<PostingRecord> = Vec::new();
        return write(std::iter::once(empty_ledger(&empty)));
    }
    write(batches)
}

fn empty_ledger(rows: &[PostingRecord]) -> Result<RecordBatch, ParquetError> {
    let text = || -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|r| r.origin.as_str()),
        ))
    };
    batch(vec![
        ("exercise", text()),
        ("scenario", text()),
        ("date", dates(std::iter::empty())?),
        ("currency", text()),
        ("account", text()),
        ("amount", decimals(Vec::new(), LEDGER_DECIMALS)?),
        ("reporting_amount", decimals(Vec::new(), LEDGER_DECIMALS)?),
        ("cause", text()),
        ("origin", text()),
    ])
}

/// Thousandths of a quantum of a currency as a decimal with [`LEDGER_DECIMALS`] decimals.
fn in_units(thousandths: i128, currency: &str) -> Result<i128, ParquetError> {
    let code: CurrencyCode = currency
        .parse()
        .map_err(|_| ParquetError::General(format!("`{currency}` is no currency")))?;
    let scaled = LEDGER_DECIMALS
        .checked_sub(code.quantum_digits() + 3)
        .and_then(|missing| thousandths.checked_mul(10i128.checked_pow(missing)?))
        .filter(|amount| amount.unsigned_abs() < 10u128.pow(u32::from(PRECISION)));
    scaled.ok_or_else(|| {
        ParquetError::General(format!(
            "a posting of {thousandths} thousandths of a quantum of {currency} is too large"
        ))
    })
}

fn dates<'a>(texts: impl Iterator<Item = &'a str>) -> Result<ArrayRef, ParquetError> {
    let days: Result<Vec<i32>, ParquetError> = texts
        .map(|t| {
            t.parse::<Date>()
                .map(Date::days)
                .map_err(|_| ParquetError::General(format!("`{t}` is no date")))
        })
        .collect();
    Ok(Arc::new(Date32Array::from(days?)))
}

fn decimals(values: Vec<Option<i128>>, digits: u32) -> Result<ArrayRef, ParquetError> {
    let scale = i8::try_from(digits).map_err(|e| ParquetError::General(e.to_string()))?;
    Ok(Arc::new(
        Decimal128Array::from(values)
            .with_precision_and_scale(PRECISION, scale)
            .map_err(arrow)?,
    ))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, ParquetError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| {
            Field::new(
                *name,
                array.data_type().clone(),
                matches!(array.data_type(), DataType::Decimal128(..)),
            )
        })
        .collect();
    RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns.into_iter().map(|(_, a)| a).collect(),
    )
    .map_err(arrow)
}

fn arrow(error: ArrowError) -> ParquetError {
    ParquetError::ArrowError(error.to_string())
}

fn write(
    mut batches: impl Iterator<Item = Result<RecordBatch, ParquetError>>,
) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("plimsoll".into())
        .build();
    let Some(first) = batches.next() else {
        return Ok(Vec::new());
    };
    let first = first?;
    let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties))?;
    writer.write(&first)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn read(bytes: Vec<u8>) -> Vec<RecordBatch> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))
            .unwrap()
            .build()
            .unwrap();
        reader.map(|b| b.unwrap()).collect()
    }

    #[test]
    fn metrics_and_ledger_read_back_exactly() {
        let row = |value, unit: &str| Row {
            exercise: "e".into(),
            scenario: "base".into(),
            date: "2026-09-30".into(),
            metric: "lcr".into(),
            dimension: String::new(),
            member: String::new(),
            value,
            digits: 12,
            unit: unit.into(),
        };
        let batches = read(
            metrics(&[
                row(Some(1_545_000_000_000), "ratio"),
                row(None, "undefined"),
            ])
            .unwrap(),
        );
        let value = batches[0].column_by_name("value").unwrap();
        let value = value.as_any().downcast_ref::<Decimal128Array>().unwrap();
        assert_eq!(
            (value.value_as_string(0), value.is_null(1)),
            ("1.545000000000".to_string(), true)
        );
        use arrow::array::Array;

        let posting = |currency: &str, amount: i128| PostingRecord {
            exercise: "e".into(),
            scenario: "base".into(),
            date: "2026-09-30".into(),
            currency: currency.into(),
            account: "cash".into(),
            amount,
            reporting_amount: 7,
            cause: "c".into(),
            origin: "o".into(),
        };
        let euro = |_: &str| Some("EUR");
        let amounts = [
            ("JPY", "-0.123450000"),
            ("EUR", "-0.001234500"),
            ("KWD", "-0.000123450"),
            ("CLF", "-0.000012345"),
        ];
        let rows: Vec<PostingRecord> = amounts.map(|(code, _)| posting(code, -12_345)).to_vec();
        let batches = read(ledger(&rows, euro).unwrap());
        let column = |name: &str, row: usize| {
            let values = batches[0].column_by_name(name).unwrap();
            let values = values.as_any().downcast_ref::<Decimal128Array>().unwrap();
            values.value_as_string(row)
        };
        for (row, (code, amount)) in amounts.iter().enumerate() {
            assert_eq!(column("amount", row), *amount, "{code}");
            assert_eq!(column("reporting_amount", row), "0.000000700", "{code}");
        }
        assert_eq!(read(ledger(&[], euro).unwrap()).len(), 0);
        // refused, never left out
        assert!(ledger(&[posting("EUR", i128::MAX / 100)], euro).is_err());
        assert!(ledger(&[posting("EUR", 10i128.pow(37))], euro).is_err());
        assert!(ledger(&[posting("EUR", 1)], |_| None).is_err());
    }
}
