//! Behaviours that set the same thing for the same positions, and shocks that strike the same positions twice, as far as the text
//! alone shows it; the data show the rest.

use std::collections::BTreeSet;

use super::compiler::Compiler;
use super::overlay::{Flat, Value};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Behaviour, BehaviourId, InstrumentId, ScenarioKey, Selection, ShockTarget};

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

    /// Reports two lines of a scenario that shock the same of the same positions: which of them is meant, or both, one cannot tell.
    /// What extends the scenario has both lines as well: they are told once.
    pub(super) fn check_shocks(&mut self, scenario: &ScenarioKey, flat: &Flat) {
        let shocks = || {
            flat.values().filter_map(|entry| match &entry.value {
                Value::Shock(target, _) => Some((target, entry.span)),
                _ => None,
            })
        };
        for (place, (later, again)) in shocks().enumerate() {
            let mut earlier = shocks().take(place);
            let met = earlier.find_map(|(one, first)| Some((both_strike(one, later)?, first)));
            let Some((what, first)) = met else {
                continue;
            };
            let place = |told: &Diagnostic| told.primary.as_ref().map(|label| label.span);
            let is_told = (self.diagnostics.iter())
                .any(|told| told.code == code::SHOCKED_TWICE && place(told) == Some(again));
            if !is_told {
                let message = format!(
                    "two lines of `{}` shock the {what} of the same positions",
                    scenario.0
                );
                self.report(
                    Diagnostic::error(code::SHOCKED_TWICE, message)
                        .at(again, "again here")
                        .also(first, "first here")
                        .help("say it in one line, or part the two with `where` and `where not`"),
                );
            }
        }
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

/// What two shocks both move, of positions that both are for.
fn both_strike(one: &ShockTarget, other: &ShockTarget) -> Option<&'static str> {
    let (a, b, what) = match (one, other) {
        (ShockTarget::Price(a), ShockTarget::Price(b)) => (a, b, "price"),
        (ShockTarget::Haircut(a), ShockTarget::Haircut(b)) => (a, b, "haircut"),
        (ShockTarget::Outflow(a), ShockTarget::Outflow(b)) => (a, b, "outflow"),
        (ShockTarget::Drawdown(a), ShockTarget::Drawdown(b)) => (a, b, "drawdown"),
        _ => return None,
    };
    meet(std::slice::from_ref(a), std::slice::from_ref(b)).then_some(what)
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
