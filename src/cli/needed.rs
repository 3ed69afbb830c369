//! Which texts of the library a project needs: those that it names, and those that these name.

use std::collections::{BTreeMap, BTreeSet};

use super::project::{LIBRARY_PROJECT, SourceText};
use crate::diagnostic::{FileId, SourceMap};

/// The files that are to be read: the project's own, and of the library those that are named, in them, in `others` or in
/// each other. A name in a remark counts: one text too many costs time, one too few would be an error.
pub fn needed(texts: &[SourceText], map: &SourceMap, others: &[&str]) -> BTreeSet<FileId> {
    let modules: BTreeMap<&str, FileId> = texts
        .iter()
        .filter_map(|text| Some((text.module.as_deref()?, text.file)))
        .collect();
    let own = texts.iter().filter(|text| text.module.is_none());
    let mut found: BTreeSet<FileId> = own.map(|text| text.file).collect();
    let mut unread: Vec<&str> = found.iter().map(|file| map.text(*file)).collect();
    unread.extend(others);
    while let Some(text) = unread.pop() {
        for path in paths(text) {
            // `std.lcr.outflow_rate` names the module `std.lcr`; `std.irrbb.bcbs2024` may be followed by a name as well.
            let ends = path.match_indices('.').map(|(end, _)| end);
            for module in ends
                .chain([path.len()])
                .filter_map(|end| path.get(..end))
                .filter_map(|path| modules.get(path))
            {
                if found.insert(*module) {
                    unread.push(map.text(*module));
                }
            }
        }
    }
    found
}

/// The paths of a text that begin with the library's name.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(LIBRARY_PROJECT)
        .filter_map(|(start, _)| text.get(start..))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
            rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
        })
}
