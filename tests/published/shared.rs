//! Where the published files are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder of published files.
#[derive(Clone)]
pub struct Shared(PathBuf);

/// The folder that `PLIMSOLL_SHARED` names, `../shared` by default, if it is there.
pub fn folder() -> Option<Shared> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder =
        std::env::var_os("PLIMSOLL_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    folder.join("data").is_dir().then_some(Shared(folder))
}

/// A row by column.
pub type Row = BTreeMap<String, String>;

impl Shared {
    /// A published file as it is.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.0.join(path)).unwrap()
    }

    /// The rows of a published CSV file.
    pub fn rows(&self, path: &str) -> Vec<Row> {
        rows(&self.0.join(path))
    }
}

/// The rows of a file of the project.
pub fn own(path: &str) -> Vec<Row> {
    rows(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            names
                .iter()
                .map(str::to_owned)
                .zip(record.unwrap().iter().map(str::to_owned))
                .collect()
        })
        .collect()
}
