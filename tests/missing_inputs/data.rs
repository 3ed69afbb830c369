//! The data files of a project with one of them changed or taken away.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use plimsoll::tabular::{DataSource, Folder, SourceError};

/// A folder in which one file is another one, or none.
pub struct Altered {
    folder: Folder,
    path: String,
    bytes: Option<Vec<u8>>,
}

impl Altered {
    pub fn new(folder: Folder, path: &str, bytes: Option<Vec<u8>>) -> Self {
        Altered {
            folder,
            path: path.to_owned(),
            bytes,
        }
    }

    fn bytes(&self) -> Result<&[u8], SourceError> {
        self.bytes.as_deref().ok_or(SourceError::Missing)
    }
}

impl DataSource for Altered {
    fn files(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let mut files = self.folder.files(pattern)?;
        files.retain(|file| *file != self.path || self.bytes.is_some());
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if path == self.path {
            return Ok(self.bytes()?.to_vec());
        }
        self.folder.read(path)
    }

    fn size(&self, path: &str) -> Result<u64, SourceError> {
        if path == self.path {
            return Ok(self.bytes()?.len() as u64);
        }
        self.folder.size(path)
    }

    fn read_range(&self, path: &str, start: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        if path == self.path {
            let bytes = self.bytes()?;
            let start = (start as usize).min(bytes.len());
            let end = start.saturating_add(length).min(bytes.len());
            return Ok(bytes[start..end].to_vec());
        }
        self.folder.read_range(path, start, length)
    }
}

/// A CSV file without its `row`th line; 0 is the heading.
pub fn without_row(bytes: &[u8], row: usize) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let kept: Vec<&str> = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(at, _)| *at != row)
        .map(|(_, line)| line)
        .collect();
    kept.concat().into_bytes()
}

/// Number of rows of a CSV file.
pub fn rows(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).unwrap().lines().count() - 1
}

/// The first cell of a row of a CSV file.
pub fn first_cell(bytes: &[u8], row: usize) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let line = text.lines().nth(row).unwrap();
    line.split(',').next().unwrap().to_owned()
}

/// A file without a column: of a CSV file the heading is another one, of a Parquet file it is gone.
pub fn without_column(path: &str, bytes: &[u8], column: &str) -> Vec<u8> {
    if path.ends_with(".parquet") {
        return without_parquet_column(bytes, column);
    }
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (heading, rest) = text.split_once('\n').unwrap();
    let names: Vec<String> = heading
        .split(',')
        .map(|name| {
            let bare = name.trim().trim_matches('"');
            if bare == column {
                "gone".to_owned()
            } else {
                name.to_owned()
            }
        })
        .collect();
    assert!(names.contains(&"gone".to_owned()), "{path}: {column}");
    format!("{}\n{rest}", names.join(",")).into_bytes()
}

fn without_parquet_column(bytes: &[u8], column: &str) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes.to_vec()))
        .unwrap()
        .build()
        .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let schema = batches[0].schema();
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|at| schema.field(*at).name() != column)
        .collect();
    assert_eq!(kept.len() + 1, schema.fields().len(), "{column}");
    let schema = Arc::new(schema.project(&kept).unwrap());
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, schema, None).unwrap();
    for batch in batches {
        writer.write(&batch.project(&kept).unwrap()).unwrap();
    }
    writer.close().unwrap();
    out
}
