//! Which clauses of a text entered a value: shared by the threads of a run, empty where nobody asks.

use crate::diagnostic::Span;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Takes note of the formulas that are evaluated. One that does not watch costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Witness(Option<Arc<Mutex<BTreeSet<Span>>>>);

impl Witness {
    /// One that takes note.
    pub fn watching() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether it takes note.
    pub fn watches(&self) -> bool {
        self.0.is_some()
    }

    /// The formula at this place was evaluated.
    pub fn saw(&self, span: Option<Span>) {
        if let (Some(seen), Some(span)) = (&self.0, span)
            && let Ok(mut seen) = seen.lock()
        {
            seen.insert(span);
        }
    }

    /// The places of all formulas that were evaluated so far.
    pub fn seen(&self) -> BTreeSet<Span> {
        match &self.0 {
            Some(seen) => seen.lock().map(|seen| seen.clone()).unwrap_or_default(),
            None => BTreeSet::new(),
        }
    }
}
