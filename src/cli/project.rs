//! Finding and reading a project: `plimsoll.toml`, every `.plim` file in sorted order, and the embedded library.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::diagnostic::{Diagnostic, FileId, SourceMap, Span, codes::book};
use crate::trace::digest::sha256;

/// The name of the file that makes a folder a project.
pub const PROJECT_FILE: &str = "plimsoll.toml";

/// The editions of the language that this version reads.
pub const EDITIONS: &[&str] = &["2026"];

/// The name of the project that is the library itself.
pub const LIBRARY_PROJECT: &str = "std";

/// The folder of the library that holds banks of its tests: `plimsoll test stdlib` runs them, no project reads them.
const PROOF: &str = "proof";

/// Folders deeper than this are refused: a project is a few folders of text.
const DEEPEST: usize = 32;

/// A text larger than this is refused (bytes).
const LARGEST_TEXT: u64 = 16 << 20;

/// The standard library, embedded.
static LIBRARY: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/stdlib");

/// One text of a project or of the library.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// Its number in the source map.
    pub file: FileId,
    /// Its name with `/`: relative to the project, `std/lcr.plim` for the library.
    pub name: String,
    /// The module that it is, `std.lcr`; `None` for a file of the project.
    pub module: Option<String>,
    /// SHA-256 of its bytes.
    pub digest: String,
}

/// A project read into memory, whatever its text says.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder of `plimsoll.toml`.
    pub root: PathBuf,
    /// Its name.
    pub name: String,
    /// The edition of the language that it is written in.
    pub edition: String,
    /// Its own files, then those of the library, each sorted by name.
    pub texts: Vec<SourceText>,
    /// SHA-256 of `plimsoll.toml`.
    pub project_file_digest: String,
}

/// What `plimsoll.toml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectFile {
    name: toml::Spanned<String>,
    edition: toml::Spanned<String>,
}

impl Project {
    /// The files of the project itself.
    pub fn own(&self) -> impl Iterator<Item = &SourceText> {
        self.texts
            .iter()
            .filter(|t| t.module.is_none() || self.is_library())
    }

    /// The file of one of the project's own texts.
    pub fn path_of(&self, text: &SourceText) -> PathBuf {
        let prefix = format!("{LIBRARY_PROJECT}/");
        let relative = if self.is_library() {
            text.name.strip_prefix(&prefix).unwrap_or(&text.name)
        } else {
            &text.name
        };
        self.root.join(relative)
    }

    /// Whether the project is the standard library itself.
    pub fn is_library(&self) -> bool {
        self.name == LIBRARY_PROJECT
    }

    /// The SHA-256 over names and digests of the library's files.
    pub fn library_digest(&self) -> String {
        let lines: String = self
            .texts
            .iter()
            .filter(|t| t.module.is_some())
            .map(|t| format!("{} {}\n", t.digest, t.name))
            .collect();
        sha256(lines.as_bytes())
    }
}

/// Reads the project in a folder. All that is wrong is said; a project comes back only if every text could be read.
pub fn load(folder: &Path, sources: &mut SourceMap) -> Result<Project, Vec<Diagnostic>> {
    let root = find(folder).map_err(|d| vec![*d])?;
    let toml_path = root.join(PROJECT_FILE);
    let (toml_text, project_file_digest) =
        read_text(&toml_path, PROJECT_FILE, sources).map_err(|d| vec![*d])?;
    let toml_id = sources.add(PROJECT_FILE, toml_text.clone());
    let (name, edition) = read_project_file(&toml_text, toml_id)?;

    let mut names = Vec::new();
    let mut errors = Vec::new();
    list_texts(&root, "", 0, &mut names, &mut errors);
    names.sort();
    let is_library = name == LIBRARY_PROJECT;
    let mut texts = Vec::new();
    for relative in names {
        let shown = if is_library {
            format!("{LIBRARY_PROJECT}/{relative}")
        } else {
            relative.clone()
        };
        match read_text(&root.join(&relative), &shown, sources) {
            Ok((text, digest)) => {
                let module = is_library.then(|| module_of(&relative));
                texts.push(SourceText {
                    file: sources.add(shown.clone(), text),
                    name: shown,
                    module,
                    digest,
                });
            }
            Err(d) => errors.push(*d),
        }
    }
    if errors.is_empty() && texts.is_empty() {
        errors.push(
            Diagnostic::error(
                book::NO_PROJECT,
                format!("the project `{name}` has no text"),
            )
            .help(
                "write a file that ends in `.plim`, or start from `plimsoll new my_bank --sample`",
            ),
        );
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if !is_library {
        texts.extend(library(sources));
    }
    Ok(Project {
        root,
        name,
        edition,
        texts,
        project_file_digest,
    })
}

/// The embedded library's texts, sorted by name.
fn library(sources: &mut SourceMap) -> Vec<SourceText> {
    let mut files = Vec::new();
    embedded(&LIBRARY, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|(relative, text)| {
            let name = format!("{LIBRARY_PROJECT}/{relative}");
            let file = sources.add(name.clone(), text);
            SourceText {
                file,
                name,
                module: Some(module_of(&relative)),
                digest: sha256(text.as_bytes()),
            }
        })
        .collect()
}

fn embedded(dir: &Dir<'static>, files: &mut Vec<(String, &'static str)>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if let Some(text) = file.contents_utf8().filter(|_| path.ends_with(".plim")) {
            files.push((path, text));
        }
    }
    for inner in dir.dirs().filter(|inner| inner.path() != Path::new(PROOF)) {
        embedded(inner, files);
    }
}

/// `irrbb/bcbs2016.plim` is the module `std.irrbb.bcbs2016`.
fn module_of(relative: &str) -> String {
    let stem = relative.strip_suffix(".plim").unwrap_or(relative);
    format!("{LIBRARY_PROJECT}.{}", stem.replace('/', "."))
}

/// The folder of the project: the one that is given, or for `.` the nearest above it that has a `plimsoll.toml`.
fn find(folder: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let folder = if folder.file_name().is_some_and(|n| n == PROJECT_FILE) {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if folder.join(PROJECT_FILE).is_file() {
        return Ok(folder.to_path_buf());
    }
    if folder == Path::new(".") {
        let mut above = PathBuf::from("..");
        for _ in 0..DEEPEST {
            if above.join(PROJECT_FILE).is_file() {
                return Ok(above);
            }
            above.push("..");
        }
    }
    let shown = folder.display();
    let d = if !folder.exists() {
        Diagnostic::error(book::NO_PROJECT, format!("there is no folder `{shown}`"))
            .help("`plimsoll new NAME --sample` makes a project")
    } else if folder.is_file() {
        Diagnostic::error(
            book::NO_PROJECT,
            format!("`{shown}` is a file, a project is a folder"),
        )
        .help(format!("name the folder that holds `{PROJECT_FILE}`"))
    } else {
        Diagnostic::error(
            book::NO_PROJECT,
            format!("`{shown}` is no project: it has no `{PROJECT_FILE}`"),
        )
        .help("`plimsoll new NAME --sample` makes a project")
    };
    Err(Box::new(d))
}

/// Whether a project may have this name.
pub fn is_project_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn read_project_file(text: &str, id: FileId) -> Result<(String, String), Vec<Diagnostic>> {
    let at = |range: std::ops::Range<usize>| Span::new(id, range.start, range.end);
    let parsed: ProjectFile = toml::from_str(text).map_err(|e| {
        let message = e
            .message()
            .lines()
            .next()
            .unwrap_or("not readable")
            .to_string();
        let d = Diagnostic::error(
            book::BAD_PROJECT_FILE,
            format!("{PROJECT_FILE} is not as it should be: {message}"),
        )
        .help("it holds two lines: `name = \"my_bank\"` and `edition = \"2026\"`");
        vec![match e.span() {
            Some(range) => d.at(at(range), ""),
            None => d,
        }]
    })?;
    let mut errors = Vec::new();
    let name = parsed.name.get_ref();
    if !is_project_name(name) {
        errors.push(
            Diagnostic::error(
                book::BAD_PROJECT_FILE,
                format!("`{name}` cannot be a project's name"),
            )
            .at(at(parsed.name.span()), "")
            .help("a name begins with a letter and holds letters, digits, `_` and `-`"),
        );
    }
    let edition = parsed.edition.get_ref();
    if !EDITIONS.contains(&edition.as_str()) {
        errors.push(
            Diagnostic::error(
                book::BAD_PROJECT_FILE,
                format!("edition `{edition}` is not known to this version"),
            )
            .at(at(parsed.edition.span()), "")
            .help(format!(
                "this version reads edition {}",
                EDITIONS.join(", ")
            )),
        );
    }
    if errors.is_empty() {
        Ok((name.clone(), edition.clone()))
    } else {
        Err(errors)
    }
}

/// Collects the names of all `.plim` files under a folder; hidden folders, links to folders and projects within are left out.
fn list_texts(
    root: &Path,
    relative: &str,
    depth: usize,
    names: &mut Vec<String>,
    errors: &mut Vec<Diagnostic>,
) {
    let folder = root.join(relative);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) => {
            errors.push(unreadable(&folder.display().to_string(), &e));
            return;
        }
    };
    for entry in entries {
        let (entry, kind) = match entry.and_then(|e| e.file_type().map(|k| (e, k))) {
            Ok(pair) => pair,
            Err(e) => {
                errors.push(unreadable(&folder.display().to_string(), &e));
                continue;
            }
        };
        let os_name = entry.file_name();
        let Some(name) = os_name.to_str() else {
            if os_name.to_string_lossy().ends_with(".plim") {
                errors.push(Diagnostic::error(
                    book::NOT_UTF8,
                    format!("the name of `{}` is not in UTF-8", entry.path().display()),
                ));
            }
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let inner = if relative.is_empty() {
            name.to_string()
        } else {
            format!("{relative}/{name}")
        };
        if kind.is_dir() {
            if depth < DEEPEST && !entry.path().join(PROJECT_FILE).is_file() {
                list_texts(root, &inner, depth + 1, names, errors);
            }
        } else if name.ends_with(".plim") {
            names.push(inner);
        }
    }
}

/// Reads a text whole and gives it with the digest of its bytes. A byte order mark is dropped.
fn read_text(
    path: &Path,
    shown: &str,
    sources: &mut SourceMap,
) -> Result<(String, String), Box<Diagnostic>> {
    let fail = |e: &std::io::Error| Box::new(unreadable(shown, e));
    let meta = std::fs::metadata(path).map_err(|e| fail(&e))?;
    if !meta.is_file() {
        return Err(Box::new(Diagnostic::error(
            book::UNREADABLE_FILE,
            format!("`{shown}` is no file"),
        )));
    }
    if meta.len() > LARGEST_TEXT {
        let d = Diagnostic::error(
            book::UNREADABLE_FILE,
            format!(
                "`{shown}` has {} bytes, a text has at most {LARGEST_TEXT}",
                meta.len()
            ),
        );
        return Err(Box::new(d.help("positions belong in CSV or Parquet files")));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(&e))?;
    let digest = sha256(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) => Ok((
            text.strip_prefix('\u{feff}')
                .map(str::to_string)
                .unwrap_or(text),
            digest,
        )),
        Err(e) => {
            let good = e.utf8_error().valid_up_to();
            let lossy = String::from_utf8_lossy(e.as_bytes()).into_owned();
            let file = sources.add(shown, lossy);
            let d = Diagnostic::error(book::NOT_UTF8, format!("`{shown}` is not in UTF-8"))
                .at(
                    Span::new(file, good, good + '\u{fffd}'.len_utf8()),
                    "this byte",
                )
                .help("save it as UTF-8");
            Err(Box::new(d))
        }
    }
}

fn unreadable(shown: &str, error: &std::io::Error) -> Diagnostic {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string().to_lowercase(),
    };
    Diagnostic::error(
        book::UNREADABLE_FILE,
        format!("`{shown}` cannot be read: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        dir
    }
    const TOML: (&str, &[u8]) = ("plimsoll.toml", b"name = \"b\"\nedition = \"2026\"\n");

    #[test]
    fn texts_are_read_in_sorted_order_and_hidden_or_inner_projects_left_out() {
        let dir = project(&[
            TOML,
            ("z.plim", b""),
            ("a/b.plim", b""),
            (".git/x.plim", b""),
            ("in/plimsoll.toml", b""),
            ("in/y.plim", b""),
        ]);
        let p = load(dir.path(), &mut SourceMap::new()).unwrap();
        let own: Vec<&str> = p.own().map(|t| t.name.as_str()).collect();
        assert_eq!(own, ["a/b.plim", "z.plim"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_code() {
        let cases: &[(&str, Vec<(&str, &[u8])>, &str)] = &[
            ("E0501", vec![("a.plim", b"")], "is no project"),
            ("E0501", vec![TOML], "has no text"),
            (
                "E0503",
                vec![TOML, ("a.plim", b"let \xff")],
                "is not in UTF-8",
            ),
            (
                "E0504",
                vec![("plimsoll.toml", b"name = \"b\"\nedition = \"1999\"\n")],
                "edition `1999`",
            ),
            (
                "E0504",
                vec![("plimsoll.toml", b"name = \"b\"\n")],
                "missing field",
            ),
            (
                "E0504",
                vec![("plimsoll.toml", b"name = 3 =")],
                "not as it should be",
            ),
        ];
        for (code, files, message) in cases {
            let dir = project(files);
            let errors = load(dir.path(), &mut SourceMap::new()).unwrap_err();
            assert_eq!(errors[0].code.id(), *code);
            assert!(errors[0].message.contains(message), "{}", errors[0].message);
        }
    }
}
