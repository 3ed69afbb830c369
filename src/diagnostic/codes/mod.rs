//! The stable codes, one file a family. A code is never reused for something else.
//!
//! To add one: append a line `NAME = "E0123", "title";` to its family and a page `docs/errors/E0123.md`.

use serde::{Serialize, Serializer};

/// Declares a family: `NAME = "E0101", "what it means, as the title of its page";`
macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = concat!($code, ": ", $title)] pub const $name: $crate::diagnostic::Code = $crate::diagnostic::Code::new($code, $title);)*
        /// The codes of this family in the order of their declaration.
        pub const ALL: &[$crate::diagnostic::Code] = &[$($name),*];
    };
}

pub mod book;
pub mod bundle;
pub mod compile;
pub mod contract;
pub mod internal;
pub mod market;
pub mod run;
pub mod syntax;
pub mod warning;

/// A stable code such as `E0312` with the title of its page. Equal codes are equal whatever the title.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    id: &'static str,
    title: &'static str,
}

impl Code {
    /// A code; only the tables of this folder make one.
    const fn new(id: &'static str, title: &'static str) -> Self {
        Code { id, title }
    }

    /// `E0312`.
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// The title of its page.
    pub const fn title(self) -> &'static str {
        self.title
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Code {}
impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}
impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// Every declared code, sorted by its id.
pub fn all() -> Vec<Code> {
    let families = [
        syntax::ALL,
        compile::ALL,
        book::ALL,
        market::ALL,
        contract::ALL,
        run::ALL,
        bundle::ALL,
        internal::ALL,
        warning::ALL,
    ];
    let mut codes: Vec<Code> = families.iter().flat_map(|f| f.iter().copied()).collect();
    codes.sort();
    codes
}

/// The code with this id, written in any case.
pub fn find(id: &str) -> Option<Code> {
    all()
        .into_iter()
        .find(|c| c.id.eq_ignore_ascii_case(id.trim()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique_and_well_formed() {
        let codes = super::all();
        for pair in codes.windows(2) {
            assert!(
                pair[0].id() < pair[1].id(),
                "{} is declared twice",
                pair[1].id()
            );
        }
        for c in codes {
            let digits = c.id().strip_prefix(['E', 'W']).unwrap_or("");
            assert!(
                digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()),
                "{}",
                c.id()
            );
        }
    }
}
