use super::*;
use crate::calendar::{Date, Tenor};
use rust_decimal::Decimal;

fn csv(text: impl Into<Vec<u8>>) -> Result<Table, Vec<Diagnostic>> {
    read(&Memory::new().with("a.csv", text), "a.csv", None)
}

fn message(result: Result<Table, Vec<Diagnostic>>) -> String {
    let errors = result.unwrap_err();
    let first = errors.first().unwrap();
    format!(
        "{} {} | {}",
        first.code,
        first.message,
        first.help.clone().unwrap_or_default()
    )
}

fn numbers(table: &Table, name: &str) -> Vec<Option<Decimal>> {
    let column = table.column(name).unwrap();
    (0..table.len())
        .map(|row| column.number(row).unwrap())
        .collect()
}

#[test]
fn one_table_however_it_is_written() {
    let expected = vec![Some(Decimal::new(15, 1)), None, Some(Decimal::new(-3, 0))];
    for text in [
        "id,x\na,1.5\nb,\nc,-3\n",
        "id,x\r\na,1.5\r\nb,\r\nc,-3",
        "id,x\ra,1.5\rb,\rc,-3\r",
        "\u{feff}id,x\na,1.5\nb, \nc,-3.0\n",
        "\"id\",\"x\"\n\"a\",\"1.5\"\n\"b\",\"\"\n\"c\",\"-3\"\n\n\n",
        " id , x\na, 1.5 \n\nb,\nc,-3\n",
    ] {
        let table = csv(text).unwrap();
        assert_eq!(numbers(&table, "x"), expected, "{text:?}");
        assert_eq!(table.column("id").unwrap().text(2).unwrap().unwrap(), "c");
        assert_eq!(table.input.rows, 3);
        assert_eq!(table.input.bytes, text.len() as u64);
    }
    let style = FileFormat::Csv {
        separator: ';',
        decimal: ',',
        date: "dd.mm.yyyy".into(),
        encoding: "windows-1252".into(),
    };
    let source = Memory::new().with(
        "a.csv",
        b"id;x;Fr\xfch;tag\n\xe4;1,5;;30.09.2026\n".to_vec(),
    );
    let table = read(&source, "a.csv", Some(&style)).unwrap();
    assert_eq!(numbers(&table, "x"), expected[..1]);
    assert!(table.has("Früh"));
    assert_eq!(
        table.column("tag").unwrap().date(0).unwrap().unwrap(),
        "2026-09-30".parse::<Date>().unwrap()
    );
    assert_eq!(
        header(&source, "a.csv", Some(&style))
            .unwrap()
            .columns
            .len(),
        4
    );
}

#[test]
fn quotes_hold_separators_lines_and_quotes() {
    let table = csv("id,\"a \"\"b\"\"\"\n\"x,1\n2\",\"5\"\" pipe\"\ny,5\" bare\n").unwrap();
    assert_eq!(table.names().collect::<Vec<_>>(), ["id", "a \"b\""]);
    assert_eq!(
        table.column("id").unwrap().text(0).unwrap().unwrap(),
        "x,1\n2"
    );
    let column = table.column("a \"b\"").unwrap();
    assert_eq!(column.text(0).unwrap().unwrap(), "5\" pipe");
    assert_eq!(column.text(1).unwrap().unwrap(), "5\" bare");
}

#[test]
fn bad_files_are_named() {
    for (bytes, expected) in [
        (
            &b""[..],
            "E0552 a.csv is empty | its first line names its columns",
        ),
        (
            b"\xef\xbb\xbf",
            "E0552 a.csv is empty | its first line names its columns",
        ),
        (
            b"id,x\na,1\nb,\xff\n",
            "E0553 a.csv, row 3, column `x`: the byte 0xFF is not UTF-8 | save the file as UTF-8, or say how it is written: `file = csv(encoding = \"windows-1252\")`",
        ),
        (
            b"\xff\xfei\0d\0",
            "E0553 a.csv is UTF-16LE, not UTF-8 | say so: `file = csv(encoding = \"UTF-16LE\")`",
        ),
        (
            b"id,x\na,1\nb\n",
            "E0557 a.csv, row 3 has 1 cells, the header has 2 | a cell that holds the separator stands in quotes: `\"Smith, Jones\"`",
        ),
        (
            b"id,x\na,1,5\n",
            "E0557 a.csv, row 2 has 3 cells, the header has 2: `1,5` is written with a decimal comma | a cell that holds the separator stands in quotes: `\"Smith, Jones\"`",
        ),
        (
            b"id,x\na,\"1\nb,2\n",
            "E0561 a.csv, row 2: a quote that is opened in this row is never closed | a quote inside a quoted cell is doubled: `\"5\"\" pipe\"`",
        ),
        (
            b"id,x\na,\"1\"2\n",
            "E0557 a.csv, row 2 has text behind a closing quote | a cell that holds the separator stands in quotes: `\"Smith, Jones\"`",
        ),
    ] {
        assert_eq!(message(csv(bytes)), expected);
    }
    assert_eq!(
        message(read(&Memory::new(), "b.csv", None))
            .split(" | ")
            .next()
            .unwrap(),
        "E0550 there is no file `b.csv`"
    );
    assert!(message(read(&Memory::new(), "b.xlsx", None)).starts_with("E0560"));
}

#[test]
fn bad_columns_and_cells_are_named() {
    let table = csv("id,coupon,coupon2,coupon2,n\na,1,1,1,x\n\nb,1\u{a0}000,1,1,−5\n").unwrap();
    let shown = |d: Diagnostic| format!("{} | {}", d.message, d.help.unwrap_or_default());
    assert_eq!(
        shown(table.column("Coupon").unwrap_err()),
        "a.csv has no column `Coupon` | did you mean `[coupon]`?"
    );
    assert_eq!(
        shown(table.column("balance").unwrap_err()),
        "a.csv has no column `balance` | its columns are `id`, `coupon`, `coupon2`, `coupon2`, `n`"
    );
    assert_eq!(
        shown(table.column("coupon2").unwrap_err()),
        "a.csv has the column `coupon2` twice | rename one of them in the file"
    );
    assert_eq!(
        table
            .column("coupon")
            .unwrap()
            .number(1)
            .unwrap_err()
            .to_string(),
        "a.csv, row 4, column `coupon`: `1\u{a0}000` holds a non-breaking space"
    );
    assert_eq!(
        table
            .column("n")
            .unwrap()
            .number(1)
            .unwrap_err()
            .to_string(),
        "a.csv, row 4, column `n`: `−5` has a minus that is not the plain `-`"
    );
    assert_eq!(
        table.column("n").unwrap().date(0).unwrap_err().to_string(),
        "a.csv, row 2, column `n`: `x` is no date"
    );
    let semicolons = csv("id;x\na;1\n").unwrap();
    assert_eq!(
        shown(semicolons.column("x").unwrap_err()),
        "a.csv has no column `x` | its cells seem to be separated by `;`: `file = csv(separator = \";\")`"
    );
}

#[test]
fn a_cell_of_ten_megabytes_is_refused_and_a_long_number_shortened() {
    let long = |digits: usize| format!("id,x\na,{}", "9".repeat(digits));
    assert_eq!(
        message(csv(long(10_000_000))),
        "E0558 a.csv, row 2 has a cell of 10,000,000 bytes in column `x`, 65,536 at most are read | look for lines that were run together"
    );
    let table = csv(long(65_536)).unwrap();
    let error = table.column("x").unwrap().number(0).unwrap_err();
    let error = error.to_string();
    assert!(
        error.len() < 200 && error.ends_with("has more than 28 digits"),
        "{error}"
    );
}

#[test]
fn headers_are_read_without_rows() {
    let long: String = (0..20_000)
        .map(|i| format!("column {i},"))
        .collect::<String>()
        + "\"last\none\"\n1,2\n";
    for (text, columns, last) in [
        ("id,x\n\"broken", 2, "x"),
        ("id,x", 2, "x"),
        ("id,\"a\nb\"\n1,2", 2, "a\nb"),
        (&long, 20_001, "last\none"),
    ] {
        let header = header(&Memory::new().with("a.csv", text), "a.csv", None).unwrap();
        assert_eq!(
            (
                header.columns.len(),
                header.columns.last().unwrap().0.as_str()
            ),
            (columns, last)
        );
    }
    for text in ["", "\n"] {
        assert!(header(&Memory::new().with("a.csv", text), "a.csv", None).is_err());
    }
}

#[test]
fn parquet_types_become_exact_values() {
    use arrow::array::*;
    use std::sync::Arc;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(StringArray::from(vec![Some("a"), None]))),
        (
            "dict",
            Arc::new(
                vec![Some("x"), Some("y")]
                    .into_iter()
                    .collect::<DictionaryArray<arrow::datatypes::Int32Type>>(),
            ),
        ),
        ("float", Arc::new(Float64Array::from(vec![0.1, f64::NAN]))),
        ("float32", Arc::new(Float32Array::from(vec![3.6f32, 1e30]))),
        (
            "decimal",
            Arc::new(
                Decimal128Array::from(vec![Some(12345), None])
                    .with_precision_and_scale(20, 3)
                    .unwrap(),
            ),
        ),
        ("int", Arc::new(Int64Array::from(vec![i64::MAX, -1]))),
        ("day", Arc::new(Date32Array::from(vec![20726, i32::MAX]))),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from(vec![
                20726 * 86_400_000_000,
                1,
            ])),
        ),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"\xff"[..], b"b"])),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let source = Memory::new().with("a.parquet", bytes.clone());
    let table = read(&source, "a.parquet", None).unwrap();
    let column = |name: &str| table.column(name).unwrap();
    assert_eq!(column("id").text(0).unwrap().unwrap(), "a");
    assert!(column("id").is_missing(1));
    assert_eq!(column("dict").text(1).unwrap().unwrap(), "y");
    assert_eq!(
        column("float").number(0).unwrap().unwrap().to_string(),
        "0.1"
    );
    assert_eq!(
        column("float").number(1).unwrap_err().to_string(),
        "a.parquet, row 2, column `float`: `NaN` is no number"
    );
    assert_eq!(
        column("float32").number(0).unwrap().unwrap().to_string(),
        "3.6"
    );
    assert!(column("float32").number(1).is_err());
    assert_eq!(
        column("decimal").number(0).unwrap().unwrap().to_string(),
        "12.345"
    );
    assert_eq!(column("decimal").number(1).unwrap(), None);
    assert_eq!(
        column("int").number(0).unwrap().unwrap().to_string(),
        "9223372036854775807"
    );
    assert_eq!(column("int").text(1).unwrap().unwrap(), "-1");
    let day = "2026-09-30".parse::<Date>().unwrap();
    assert_eq!(column("day").date(0).unwrap(), Some(day));
    assert!(column("day").date(1).is_err());
    assert_eq!(column("time").date(0).unwrap(), Some(day));
    assert_eq!(
        column("time").date(1).unwrap_err().to_string(),
        "a.parquet, row 2, column `time`: `1970-01-01` has a time of day"
    );
    assert_eq!(column("flag").boolean(0).unwrap(), Some(true));
    assert_eq!(column("bytes").kind(), ColumnKind::Other("binary".into()));
    assert!(
        column("id").number(0).is_err()
            && column("id").date(0).is_err()
            && column("int").date(0).is_err()
    );
    let header = header(&source, "a.parquet", None).unwrap();
    assert!(
        header
            .columns
            .iter()
            .all(|(name, kind)| *kind == column(name).kind())
    );
    let one = ["int".to_owned()].into();
    let some = read_columns(&source, "a.parquet", None, Wanted::Only(&one)).unwrap();
    assert_eq!(
        some.column("int").unwrap().number(1).unwrap(),
        Some(Decimal::NEGATIVE_ONE)
    );
    for length in (0..bytes.len()).step_by(7) {
        let cut = Memory::new().with("a.parquet", &bytes[..length]);
        assert!(
            read(&cut, "a.parquet", None).is_err()
                && super::header(&cut, "a.parquet", None).is_err(),
            "{length}"
        );
    }
}

#[test]
fn a_text_of_a_parquet_file_has_the_bound_of_a_cell() {
    use arrow::array::{ArrayRef, StringArray};
    let long = "x".repeat(64 * 1024 + 1);
    let names: ArrayRef =
        std::sync::Arc::new(StringArray::from(vec![Some("a"), Some(&long), None]));
    let batch = arrow::array::RecordBatch::try_from_iter([("name", names)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let source = Memory::new().with("a.parquet", bytes);
    let told = read(&source, "a.parquet", None).unwrap_err();
    let told: Vec<String> = told.into_iter().map(|fault| fault.message).collect();
    assert_eq!(
        told,
        ["a.parquet, row 2 has a cell of 65,537 bytes in column `name`, 65,536 at most are read"]
    );
}

#[test]
fn files_by_pattern_are_sorted() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.csv", "a.csv", "c.parquet", ".hidden.csv"] {
        std::fs::create_dir_all(folder.path().join("data/[2026]")).unwrap();
        std::fs::write(folder.path().join("data/[2026]").join(name), "x\n1\n").unwrap();
    }
    let source = Folder::new(folder.path());
    assert_eq!(
        source.files("data/*/*.csv").unwrap(),
        ["data/[2026]/a.csv", "data/[2026]/b.csv"]
    );
    assert_eq!(
        source.files("data/[2026]/a.csv").unwrap(),
        ["data/[2026]/a.csv"]
    );
    assert!(source.files("data/none.csv").unwrap().is_empty());
    assert!(matches!(
        source.read("data"),
        Err(SourceError::Unreadable(_))
    ));
    assert_eq!(
        Memory::new()
            .with("d/b.csv", "")
            .with("d/a.csv", "")
            .with("d/e/a.csv", "")
            .files("d/*.csv")
            .unwrap(),
        ["d/a.csv", "d/b.csv"]
    );
    assert_eq!(
        csv("t\n3M\n")
            .unwrap()
            .column("t")
            .unwrap()
            .tenor(0)
            .unwrap(),
        Some(Tenor::months(3))
    );
}
