//! A file written whole or not at all.

use std::path::Path;

/// Writes the text beside the file and renames it into place, so that whatever stops it half-way leaves what was there. A file that is
/// replaced keeps its permissions, a link stays a link.
///
/// # Errors
/// A folder that cannot be written; nothing is left beside.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let place = match std::fs::canonicalize(path) {
        Ok(place) => place,
        Err(_) => path.to_owned(),
    };
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let beside = place.with_file_name(format!(".{name}.partial-{}", std::process::id()));
    let written = std::fs::write(&beside, text)
        .and_then(|()| match std::fs::metadata(&place) {
            Ok(stands) => std::fs::set_permissions(&beside, stands.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| std::fs::rename(&beside, &place));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
