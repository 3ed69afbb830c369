//! `report attribution(metric, scenario[, method = sequential | shapley])`: the lines in which a scenario differs from the base, and
//! the scenarios with some of them that a method needs.

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::exercise::Draft;
use super::overlay::{Entry, Flat};
use super::spelling;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    AttributedLine, Attribution, AttributionMethod, BehaviourId, Expression, Node, ScenarioKey,
    Type,
};
use crate::syntax::tree::{self, Clause, ExpressionKind, Reference};

/// The methods, the default first.
pub(super) const METHODS: [&str; 3] = ["one_at_a_time", "sequential", "shapley"];

/// The most lines that Shapley parts: it runs two to the power of their number.
const MOST: usize = 6;

/// An attribution while its exercise is read: scenarios are flattened when the market is known.
#[derive(Clone)]
pub(super) struct AttributionDraft {
    attribution: Attribution,
    span: Span,
}

impl AttributionDraft {
    /// What is attributed.
    pub(super) fn metric(&self) -> &Expression {
        &self.attribution.metric
    }

    /// Whose lines, and where it is said.
    pub(super) fn scenario(&self) -> (&ScenarioKey, Span) {
        (&self.attribution.scenario, self.span)
    }
}

/// The call, if an item of a report is an attribution.
pub(super) fn attributed(item: &tree::Expression) -> Option<&Reference> {
    match &item.kind {
        ExpressionKind::Reference(reference) if reference.path.text() == "attribution" => {
            Some(reference)
        }
        _ => None,
    }
}

impl Compiler<'_> {
    /// An item of a report line that is an attribution.
    pub(super) fn attribution_item(
        &mut self,
        draft: &mut Draft,
        reference: &Reference,
        broken_down: bool,
        clause: &Clause,
        cx: &Context,
    ) {
        let parted = Arguments::of(reference.arguments.as_deref().unwrap_or_default());
        let before = self.diagnostics.len();
        self.closed_arguments("attribution", &parted, 2, &["method"]);
        let (Some(metric), Some(scenario)) = (parted.plain.first(), parted.plain.get(1)) else {
            if self.diagnostics.len() == before {
                self.too_few("attribution", "a metric and a scenario", reference.span);
            }
            return;
        };
        if broken_down {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "an attribution is broken down by lines of the scenario, not by a dimension",
                )
                .at(reference.span, "")
                .help("report it on a line of its own, without `by`"),
            );
            return;
        }
        let method = match parted.get("method", None) {
            None => AttributionMethod::OneAtATime,
            Some(value) => match word_of(value) {
                Some("one_at_a_time") => AttributionMethod::OneAtATime,
                Some("sequential") => AttributionMethod::Sequential,
                Some("shapley") => AttributionMethod::Shapley,
                _ => {
                    self.one_of_words("method", &METHODS, value.span);
                    return;
                }
            },
        };
        let text = spelling::expression(&metric.value);
        let metric = self.expression(&metric.value, None, cx);
        let span = scenario.span;
        let scenario = self.expect(&scenario.value, &Expected::new(Type::Scenario), cx);
        let Node::Scenario(key) = scenario.node else {
            return;
        };
        if metric.is_unknown() {
            return;
        }
        if !matches!(
            metric.ty(),
            Type::Number | Type::Ratio | Type::Rate | Type::Money(_)
        ) {
            let a = self.a_type(metric.ty());
            self.report(
                Diagnostic::error(
                    code::TYPES,
                    format!("an attribution adds up, and {a} does not"),
                )
                .at(reference.span, "")
                .help("attribute an amount, a ratio, a rate or a number"),
            );
            return;
        }
        self.drain();
        draft.attributions.push(AttributionDraft {
            attribution: Attribution {
                name: format!("attribution({text}, {}, method = {})", key.0, method.word()),
                metric: metric.expression,
                scenario: key,
                method,
                lines: Vec::new(),
                coalitions: Vec::new(),
                origin: self.origin(clause.span, &clause.metadata),
            },
            span,
        });
    }

    /// Finds the lines and makes the scenarios that the method needs. `flat` gives the flat form of a scenario.
    pub(super) fn attribution(
        &mut self,
        draft: AttributionDraft,
        base: &Flat,
        whole: &Flat,
        behaviours: &[BehaviourId],
    ) -> Attribution {
        let mut attribution = draft.attribution;
        let mut lines = differing(base, whole);
        lines.sort_by_key(|line| {
            let origin = line.entry.map(|entry| &entry.origin);
            origin.map(|origin| (origin.file.clone(), origin.line))
        });
        let count = lines.len();
        if attribution.method == AttributionMethod::Shapley && count > MOST {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!(
                        "`{}` differs from the base in {count} lines, and Shapley would run 2^{count} scenarios",
                        attribution.scenario.0
                    ),
                )
                .at(draft.span, "")
                .help(format!("it parts {MOST} lines at most: write `method = sequential`, or attribute a smaller scenario")),
            );
            return attribution;
        }
        for members in coalitions(attribution.method, count) {
            let mut flat = base.clone();
            for line in members.iter().filter_map(|member| lines.get(*member)) {
                for key in &line.keys {
                    match whole.get(key) {
                        Some(entry) => {
                            flat.insert(key.clone(), entry.clone());
                        }
                        None => {
                            flat.shift_remove(key);
                        }
                    }
                }
            }
            let numbers: Vec<String> = members.iter().map(|m| (m + 1).to_string()).collect();
            let key = ScenarioKey(format!(
                "{} with lines {}",
                attribution.scenario.0,
                numbers.join(", ")
            ));
            let mut scenario = self.scenario(&key, &flat, behaviours);
            scenario.statements.clear();
            attribution.coalitions.push((members, scenario));
        }
        attribution.lines = lines
            .iter()
            .map(|line| AttributedLine {
                label: line.label(),
                origin: line.entry.map(|e| e.origin.clone()).unwrap_or_default(),
            })
            .collect();
        attribution
    }
}

/// A line of the text that gives some keys another value than the base.
struct Line<'f> {
    keys: Vec<String>,
    /// One of its entries; `None`: the base's line is gone.
    entry: Option<&'f Entry>,
}

impl Line<'_> {
    fn label(&self) -> String {
        let first = self.keys.first().map_or("", String::as_str);
        let Some(entry) = self.entry else {
            return format!("without {first}");
        };
        let text = &entry.text;
        match first.strip_prefix("shock ") {
            Some(_) => {
                let others = self.keys.iter().skip(1);
                let more: Vec<&str> = others.filter_map(|key| key.rsplit(' ').next()).collect();
                let tail = if more.is_empty() {
                    String::new()
                } else {
                    format!(", {}", more.join(", "))
                };
                format!("{first}{tail}: {text}")
            }
            None if first.starts_with("allow ") => {
                let name = first.strip_prefix("allow ").unwrap_or(first);
                format!("{text} {name}")
            }
            None => format!("{first} = {text}"),
        }
    }
}

/// The lines in which a scenario differs from the base.
fn differing<'f>(base: &Flat, whole: &'f Flat) -> Vec<Line<'f>> {
    let mut lines: Vec<Line<'f>> = Vec::new();
    for (key, entry) in whole {
        if base
            .get(key)
            .is_some_and(|other| other.statement == entry.statement)
        {
            continue;
        }
        let same = lines.iter_mut().find(|line| {
            line.entry.is_some_and(|other| {
                other.origin.file == entry.origin.file && other.origin.line == entry.origin.line
            })
        });
        match same {
            Some(line) => line.keys.push(key.clone()),
            None => lines.push(Line {
                keys: vec![key.clone()],
                entry: Some(entry),
            }),
        }
    }
    for key in base.keys().filter(|key| !whole.contains_key(*key)) {
        lines.push(Line {
            keys: vec![key.clone()],
            entry: None,
        });
    }
    lines
}

/// The sets of lines that a method reads, each ascending: first none, last all.
fn coalitions(method: AttributionMethod, count: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    let mut sets: Vec<Vec<usize>> = match method {
        AttributionMethod::OneAtATime => std::iter::once(Vec::new())
            .chain(all.iter().map(|line| vec![*line]))
            .collect(),
        AttributionMethod::Sequential => (0..=count).map(|upto| (0..upto).collect()).collect(),
        AttributionMethod::Shapley => (0..1usize << count)
            .map(|mask| {
                all.iter()
                    .copied()
                    .filter(|l| mask & (1 << l) != 0)
                    .collect()
            })
            .collect(),
    };
    if !sets.contains(&all) {
        sets.push(all);
    }
    sets
}
