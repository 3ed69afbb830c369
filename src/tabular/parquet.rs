//! Parquet: typed columns. Numbers are taken exactly; a floating-point number is the shortest decimal that names it.

use super::csv::digest;
use super::date_pattern::DatePattern;
use super::number::parse_number;
use super::source::DataSource;
use super::table::{ColumnKind, Data, Header, InputFile, RowFault, Table, Typed, too_long};
use super::{Wanted, shortened};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::datatypes::*;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::ParquetMetaDataReader;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Reads the wanted columns.
pub(super) fn read(bytes: Vec<u8>, path: &str, wanted: Wanted<'_>) -> Result<Table, Diagnostic> {
    if bytes.is_empty() {
        return Err(Diagnostic::error(
            codes::book::FILE_EMPTY,
            format!("{path} is empty"),
        ));
    }
    let (size, sha256) = (bytes.len() as u64, digest(&bytes));
    // The decoder is not ours; a file made to break it must not end the run without a word.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(Bytes::from(bytes), wanted)));
    let (columns, rows) = match decoded {
        Ok(Ok(decoded)) => decoded,
        Ok(Err(why)) => return Err(broken(path, &why)),
        Err(_) => return Err(broken(path, "its content contradicts its schema")),
    };
    let input = InputFile {
        path: path.to_owned(),
        sha256,
        bytes: size,
        rows: rows as u64,
    };
    Ok(Table {
        path: path.to_owned(),
        input,
        faults: too_long_cells(&columns),
        columns,
        rows,
        first_row: 1,
        blanks: Vec::new(),
    })
}

/// The rows of which a text is longer than any that is meant, each once.
fn too_long_cells(columns: &[(String, Data)]) -> Vec<RowFault> {
    let mut faults = BTreeMap::new();
    for (name, data) in columns {
        if let Data::Text { cells, .. } = data {
            for (index, (start, end)) in cells.iter().enumerate() {
                if let Some(reason) = too_long(name, end - start) {
                    faults.entry(index).or_insert(reason);
                }
            }
        }
    }
    let faults = faults.into_iter();
    faults
        .map(|(index, reason)| RowFault {
            index,
            row: index as u64 + 1,
            reason,
            is_long: true,
        })
        .collect()
}

/// Reads the schema only, from the end of the file.
pub(super) fn header(source: &dyn DataSource, path: &str) -> Result<Header, Diagnostic> {
    const TAIL: u64 = 8;
    let size = source.size(path).map_err(|e| e.diagnostic(path))?;
    if size == 0 {
        return Err(Diagnostic::error(
            codes::book::FILE_EMPTY,
            format!("{path} is empty"),
        ));
    }
    let tail = source
        .read_range(path, size.saturating_sub(TAIL), TAIL as usize)
        .map_err(|e| e.diagnostic(path))?;
    let [a, b, c, d, b'P', b'A', b'R', b'1'] = *tail.as_slice() else {
        return Err(broken(path, "it does not end as one"));
    };
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = size
        .checked_sub(TAIL + length)
        .ok_or_else(|| broken(path, "it is cut off"))?;
    let metadata = source
        .read_range(path, start, length as usize)
        .map_err(|e| e.diagnostic(path))?;
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let metadata =
            ParquetMetaDataReader::decode_metadata(&metadata).map_err(|e| e.to_string())?;
        // Hints of the writer's in-memory types are left aside: dictionaries become what they hold.
        parquet_to_arrow_schema(metadata.file_metadata().schema_descr(), None)
            .map_err(|e| e.to_string())
    }));
    match decoded {
        Ok(Ok(schema)) => {
            let columns = schema
                .fields()
                .iter()
                .map(|field| (field.name().clone(), kind(field.data_type())))
                .collect();
            Ok(Header {
                path: path.to_owned(),
                columns,
            })
        }
        Ok(Err(why)) => Err(broken(path, &why)),
        Err(_) => Err(broken(path, "its schema cannot be read")),
    }
}

fn broken(path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::book::PARQUET_BROKEN,
        format!(
            "{path} is no readable parquet file: {}",
            shortened(&why.to_lowercase())
        ),
    )
    .help("write it again; the compressions snappy, gzip, lz4 and brotli are read")
}

fn kind(data_type: &DataType) -> ColumnKind {
    use DataType::*;
    match data_type {
        Utf8 | LargeUtf8 | Utf8View => ColumnKind::Text,
        Boolean => ColumnKind::Bool,
        Date32 | Date64 | Timestamp(..) => ColumnKind::Date,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32
        | Float64 => ColumnKind::Number,
        Decimal32(..) | Decimal64(..) | Decimal128(..) => ColumnKind::Number,
        other => ColumnKind::Other(format!("{other}").to_lowercase()),
    }
}

type Decoded = (Vec<(String, Data)>, usize);

fn decode(bytes: Bytes, wanted: Wanted<'_>) -> Result<Decoded, String> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options)
        .map_err(|e| e.to_string())?;
    let schema = builder.schema().clone();
    let asked = |name: &str| match wanted {
        Wanted::All => true,
        Wanted::Only(names) => names.contains(name),
    };
    let read: Vec<usize> = schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            asked(field.name()) && !matches!(kind(field.data_type()), ColumnKind::Other(_))
        })
        .map(|(i, _)| i)
        .collect();
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows())
        .map_err(|_| "a negative number of rows".to_owned())?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), read.iter().copied());
    let reader = builder
        .with_projection(mask)
        .with_batch_size(16_384)
        .build()
        .map_err(|e| e.to_string())?;
    let mut columns: Vec<Builder> = read
        .iter()
        .filter_map(|i| schema.fields().get(*i))
        .map(|field| Builder::new(field.data_type()))
        .collect();
    let mut counted = 0usize;
    for batch in reader {
        let batch = batch.map_err(|e| e.to_string())?;
        counted += batch.num_rows();
        for (column, array) in columns.iter_mut().zip(batch.columns()) {
            column.extend(array)?;
        }
    }
    if !read.is_empty() && counted != rows {
        return Err("it is cut off".to_owned());
    }
    let mut filled = columns.into_iter();
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(i, field)| {
            let data = if read.contains(&i) {
                filled.next().map(Builder::finish)
            } else {
                None
            };
            (
                field.name().clone(),
                data.unwrap_or_else(|| Data::Other(kind(field.data_type()).name().to_owned())),
            )
        })
        .collect();
    Ok((columns, rows))
}

/// A column that grows by batches.
enum Builder {
    Text {
        text: String,
        cells: Vec<(usize, usize)>,
    },
    Number(Typed<Decimal>),
    Date(Typed<Date>),
    Bool(Typed<bool>),
    Other,
}

type Unusable = (String, &'static str);

impl Builder {
    fn new(data_type: &DataType) -> Builder {
        match kind(data_type) {
            ColumnKind::Text => Builder::Text {
                text: String::new(),
                cells: Vec::new(),
            },
            ColumnKind::Number => Builder::Number(Typed::with_capacity(0)),
            ColumnKind::Date => Builder::Date(Typed::with_capacity(0)),
            ColumnKind::Bool => Builder::Bool(Typed::with_capacity(0)),
            ColumnKind::Untyped | ColumnKind::Other(_) => Builder::Other,
        }
    }

    fn finish(self) -> Data {
        match self {
            Builder::Text { text, cells } => Data::Text {
                text: Arc::new(text),
                cells,
                decimal: '.',
                dates: Arc::new(DatePattern::iso()),
                typed: true,
            },
            Builder::Number(typed) => Data::Number(typed),
            Builder::Date(typed) => Data::Date(typed),
            Builder::Bool(typed) => Data::Bool(typed),
            Builder::Other => Data::Other("nothing".to_owned()),
        }
    }

    fn extend(&mut self, array: &ArrayRef) -> Result<(), String> {
        match self {
            Builder::Text { text, cells } => match array.data_type() {
                DataType::Utf8 => extend_text(text, cells, array.as_string::<i32>().iter()),
                DataType::LargeUtf8 => extend_text(text, cells, array.as_string::<i64>().iter()),
                _ => extend_text(
                    text,
                    cells,
                    array
                        .as_string_view_opt()
                        .ok_or("a text that is none")?
                        .iter(),
                ),
            },
            Builder::Bool(typed) => {
                for value in array
                    .as_boolean_opt()
                    .ok_or("a truth value that is none")?
                    .iter()
                {
                    typed.push(Ok(value));
                }
            }
            Builder::Date(typed) => extend_dates(typed, array)?,
            Builder::Number(typed) => extend_numbers(typed, array)?,
            Builder::Other => {}
        }
        Ok(())
    }
}

fn extend_text<'a>(
    text: &mut String,
    cells: &mut Vec<(usize, usize)>,
    values: impl Iterator<Item = Option<&'a str>>,
) {
    for value in values {
        let start = text.len();
        text.push_str(value.unwrap_or_default());
        cells.push((start, text.len()));
    }
}

fn primitives<T: ArrowPrimitiveType, V>(
    typed: &mut Typed<V>,
    array: &ArrayRef,
    convert: impl Fn(T::Native) -> Result<V, Unusable>,
) -> Result<(), String> {
    for value in array
        .as_primitive_opt::<T>()
        .ok_or("a column of another type than its schema says")?
        .iter()
    {
        typed.push(value.map(&convert).transpose());
    }
    Ok(())
}

fn extend_dates(typed: &mut Typed<Date>, array: &ArrayRef) -> Result<(), String> {
    use TimeUnit::*;
    let day = |days: i64, shown: i64| -> Result<Date, Unusable> {
        i32::try_from(days)
            .ok()
            .and_then(|d| Date::from_days(d).ok())
            .ok_or_else(|| (shown.to_string(), "is no day of the years 1600 to 2400"))
    };
    let midnight = |value: i64, a_day: i64| match value.rem_euclid(a_day) {
        0 => day(value.div_euclid(a_day), value),
        _ => {
            let text = day(value.div_euclid(a_day), value)
                .map_or_else(|(shown, _)| shown, |d| d.to_string());
            Err((text, "has a time of day"))
        }
    };
    const SECONDS: i64 = 86_400;
    match array.data_type() {
        DataType::Date32 => {
            primitives::<Date32Type, _>(typed, array, |v| day(i64::from(v), i64::from(v)))
        }
        DataType::Date64 => {
            primitives::<Date64Type, _>(typed, array, |v| midnight(v, SECONDS * 1_000))
        }
        DataType::Timestamp(Second, _) => {
            primitives::<TimestampSecondType, _>(typed, array, |v| midnight(v, SECONDS))
        }
        DataType::Timestamp(Millisecond, _) => {
            primitives::<TimestampMillisecondType, _>(typed, array, |v| {
                midnight(v, SECONDS * 1_000)
            })
        }
        DataType::Timestamp(Microsecond, _) => {
            primitives::<TimestampMicrosecondType, _>(typed, array, |v| {
                midnight(v, SECONDS * 1_000_000)
            })
        }
        _ => primitives::<TimestampNanosecondType, _>(typed, array, |v| {
            midnight(v, SECONDS * 1_000_000_000)
        }),
    }
}

fn extend_numbers(typed: &mut Typed<Decimal>, array: &ArrayRef) -> Result<(), String> {
    let whole =
        |value: i128| -> Result<Decimal, Unusable> { Ok(Decimal::from_i128_with_scale(value, 0)) };
    let scaled = |value: i128, scale: i8| -> Result<Decimal, Unusable> {
        let (mut value, mut places) = (value, i32::from(scale));
        while places > 0 && value % 10 == 0 {
            value /= 10;
            places -= 1;
        }
        while places < 0 {
            value = value
                .checked_mul(10)
                .ok_or_else(|| (value.to_string(), "is too large"))?;
            places += 1;
        }
        Decimal::try_from_i128_with_scale(value, places as u32)
            .map_err(|_| (format!("{value}E-{places}"), "has more than 28 digits"))
    };
    // The shortest text that names a float is what its writer meant by it: 0.1 is 0.1.
    let shortest = |text: String| -> Result<Decimal, Unusable> {
        match parse_number(&text, '.') {
            Ok(value) => Ok(value),
            Err(_) if text.contains("NaN") || text.contains("inf") => Err((text, "is no number")),
            Err(_) => Err((text, "has more than 28 digits")),
        }
    };
    let spelled = |value: &dyn std::fmt::LowerExp| {
        let mut text = String::with_capacity(24);
        let _ = write!(text, "{value:e}");
        text
    };
    match array.data_type() {
        DataType::Int8 => primitives::<Int8Type, _>(typed, array, |v| whole(v.into())),
        DataType::Int16 => primitives::<Int16Type, _>(typed, array, |v| whole(v.into())),
        DataType::Int32 => primitives::<Int32Type, _>(typed, array, |v| whole(v.into())),
        DataType::Int64 => primitives::<Int64Type, _>(typed, array, |v| whole(v.into())),
        DataType::UInt8 => primitives::<UInt8Type, _>(typed, array, |v| whole(v.into())),
        DataType::UInt16 => primitives::<UInt16Type, _>(typed, array, |v| whole(v.into())),
        DataType::UInt32 => primitives::<UInt32Type, _>(typed, array, |v| whole(v.into())),
        DataType::UInt64 => primitives::<UInt64Type, _>(typed, array, |v| whole(v.into())),
        DataType::Float16 => {
            primitives::<Float16Type, _>(typed, array, |v| shortest(spelled(&v.to_f32())))
        }
        DataType::Float32 => primitives::<Float32Type, _>(typed, array, |v| shortest(spelled(&v))),
        DataType::Float64 => primitives::<Float64Type, _>(typed, array, |v| shortest(spelled(&v))),
        DataType::Decimal32(_, scale) => {
            primitives::<Decimal32Type, _>(typed, array, |v| scaled(v.into(), *scale))
        }
        DataType::Decimal64(_, scale) => {
            primitives::<Decimal64Type, _>(typed, array, |v| scaled(v.into(), *scale))
        }
        DataType::Decimal128(_, scale) => {
            primitives::<Decimal128Type, _>(typed, array, |v| scaled(v, *scale))
        }
        _ => Err("a number of an unknown type".to_owned()),
    }
}
