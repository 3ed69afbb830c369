//! Behaviours that set the same thing for the same positions, as far as the text alone shows it; the data show the rest.

use std::collections::BTreeSet;

use super::compiler::Compiler;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Behaviour, BehaviourId, InstrumentId, Selection};

impl Compiler<'_> {
    /// Reports two behaviours without order between them of which one is for all positions of the other's instrument.
    pub(super) fn check_overlaps(&mut self, behaviours: &[BehaviourId]) {
        let mut found = Vec::new();
        for (place, a) in behaviours.iter().enumerate() {
            for b in behaviours.iter().take(place) {
                if a == b || self.overrides(*a, *b) || self.overrides(*b, *a) {
                    continue;
                }
                let (Some(later), Some(earlier)) = (
                    self.behaviours.get(a.index()),
                    self.behaviours.get(b.index()),
                ) else {
                    continue;
                };
                let key = later
                    .origins
                    .keys()
                    .find(|key| earlier.origins.contains_key(*key));
                if let Some(key) = key
                    && meet(&later.on, &earlier.on)
                {
                    found.push(overlap(later, earlier, key));
                }
            }
        }
        self.diagnostics.extend(found);
    }

    /// Whether one behaviour overrides another, perhaps through others.
    fn overrides(&self, one: BehaviourId, other: BehaviourId) -> bool {
        let mut open = vec![one];
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if let Some(behaviour) = self.behaviours.get(next.index())
                && seen.insert(next)
            {
                if behaviour.overrides.contains(&other) {
                    return true;
                }
                open.extend(behaviour.overrides.iter().copied());
            }
        }
        false
    }
}

/// The narrower one is to say `overrides`.
fn overlap(later: &Behaviour, earlier: &Behaviour, key: &str) -> Diagnostic {
    let narrow = |b: &Behaviour| b.on.iter().any(|part| matches!(part, Selection::Where(..)));
    let (later, earlier) = if narrow(earlier) && !narrow(later) {
        (earlier, later)
    } else {
        (later, earlier)
    };
    let mut error = Diagnostic::error(
        code::BEHAVIOURS_OVERLAP,
        format!(
            "`{}` and `{}` both set `{key}` for the same positions",
            later.heading.short, earlier.heading.short
        ),
    )
    .help(format!(
        "say `overrides {}` in the header of `{}`, or part them with `where`",
        earlier.heading.short, later.heading.short
    ));
    if let Some(span) = later.origins.get(key).and_then(|origin| origin.span) {
        error = error.at(span, "set here");
    }
    if let Some(span) = earlier.origins.get(key).and_then(|origin| origin.span) {
        error = error.also(span, "and here");
    }
    error
}

/// Whether the text alone shows that both are for some position: one of them is for all of what the other chooses from.
pub(super) fn meet(one: &[Selection], other: &[Selection]) -> bool {
    let within = |all: &[Selection], part: &[Selection]| {
        let all: Vec<InstrumentId> = all.iter().filter_map(whole).flatten().collect();
        let mut part = part.iter().filter_map(instruments).flatten();
        part.any(|instrument| all.contains(&instrument))
    };
    within(one, other) || within(other, one)
}

/// The instruments that a selection holds without any condition.
fn whole(selection: &Selection) -> Option<Vec<InstrumentId>> {
    match selection {
        Selection::Instrument(id) => Some(vec![*id]),
        Selection::Union(a, b) => {
            let mut all = whole(a)?;
            all.extend(whole(b)?);
            Some(all)
        }
        _ => None,
    }
}

/// The instruments that a selection chooses from.
fn instruments(selection: &Selection) -> Option<Vec<InstrumentId>> {
    match selection {
        Selection::Where(inner, _) => instruments(inner),
        other => whole(other),
    }
}
