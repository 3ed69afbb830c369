//! Records of values: each metric once for each place, after the ones that it was made of.

use super::Measures;
use super::classes::Class;
use super::place::{Place, Resolved};
use super::report::Texts;
use super::scope::RunScope;
use crate::calendar::Tenor;
use crate::engine::exact_sum::settle;
use crate::engine::group::Group;
use crate::engine::observe::{self, Combine, MetricKey, MetricRecord, Observer, Term};
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Value, decimal, evaluate_with, spell};
use crate::plan::{
    Expression, Fold, InstrumentId, MetricId, Node, Origin, Report, ScenarioMeasure, Selection,
    Type,
};
use crate::quantity::{Currency, Rational};
use std::collections::HashMap;

/// Where a definition stands.
pub fn place_of(origin: &Origin) -> observe::Place {
    observe::Place {
        file: origin.file.clone(),
        line: origin.line,
    }
}

impl Measures<'_> {
    /// A value for observers: full precision, as decimal text.
    pub fn observed(&self, value: &Value) -> observe::Value {
        observe::Value::Number(match value {
            Value::Number(x) | Value::Money(x, _) => decimal(x),
            Value::Tenor(tenor) => self
                .days_of_tenor(*tenor)
                .map_or_else(String::new, |days| days.to_string()),
            Value::Bool(b) => i32::from(*b).to_string(),
            Value::Undefined(reason) => {
                return observe::Value::Undefined(reason.reason().to_owned());
            }
            other => {
                return observe::Value::Undefined(format!(
                    "{} is no number",
                    spell(self.plan, other)
                ));
            }
        })
    }

    /// A length of time in days, counted from the book's date.
    pub fn days_of_tenor(&self, tenor: Tenor) -> Option<i64> {
        let origin = self.exercise.book.date;
        match tenor.in_days() {
            Some(days) => Some(i64::from(days)),
            None => tenor
                .point_after(origin)
                .ok()
                .map(|day| i64::from(day - origin)),
        }
    }

    /// The unit of a value: a currency, `ratio`, `rate`, `d`, `number`, `bool`; `undefined` without a value.
    pub fn unit(&self, value: &Value, ty: &Type, place: Place) -> String {
        match (value, ty) {
            (Value::Undefined(_), _) => "undefined".to_owned(),
            (Value::Money(_, currency), _) => currency.to_string(),
            (_, Type::Money(_)) => self.fold_currency(place).to_string(),
            (Value::Tenor(_), _) => "d".to_owned(),
            (Value::Bool(_), _) => "bool".to_owned(),
            (_, Type::Ratio) => "ratio".to_owned(),
            (_, Type::Rate) => "rate".to_owned(),
            _ => "number".to_owned(),
        }
    }

    /// The short name of a metric where it is unique in the plan, else its path.
    pub fn metric_name(&self, id: MetricId) -> String {
        let Some(metric) = self.plan.metrics.get(id.index()) else {
            return String::new();
        };
        let alike = self
            .plan
            .metrics
            .iter()
            .filter(|m| m.heading.short == metric.heading.short)
            .count();
        if alike > 1 {
            metric.heading.name.clone()
        } else {
            metric.heading.short.clone()
        }
    }
}

/// Tells an observer of metrics, each place once.
pub(super) struct Recording<'r, 'm, 'a> {
    measures: &'m Measures<'a>,
    texts: &'r Texts<'r>,
    /// What was told of a metric at a place.
    told: HashMap<(MetricId, Place), observe::Value>,
    contracts: Option<Apart<'r>>,
}

/// The instrument whose contracts are shown, each with its name.
#[derive(Clone, Copy)]
pub struct Apart<'n> {
    /// The instrument; its positions are groups of their own in the run.
    pub instrument: InstrumentId,
    /// The name of the contract of a group.
    pub name: &'n dyn Fn(&Group) -> String,
}

impl<'r, 'm, 'a> Recording<'r, 'm, 'a> {
    pub(super) fn new(measures: &'m Measures<'a>, texts: &'r Texts<'r>) -> Self {
        Self {
            measures,
            texts,
            told: HashMap::new(),
            contracts: None,
        }
    }

    /// The same, that goes on from the groups of an instrument to its contracts.
    pub(super) fn with_contracts(mut self, apart: Apart<'r>) -> Self {
        self.contracts = Some(apart);
        self
    }

    /// The evaluator.
    pub(super) fn measures(&self) -> &'m Measures<'a> {
        self.measures
    }

    fn contracts_of(
        &self,
        apart: &Apart<'_>,
        class: &Class,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Vec<Term>, Refusal> {
        let measures = self.measures;
        let run = measures.run(place)?;
        let mut terms = Vec::new();
        for index in &class.members {
            let value = measures.value_of_class(&class.only(*index), body, place, locals)?;
            if value.number().is_some_and(Rational::is_zero) {
                continue;
            }
            terms.push(Term {
                label: run.group(*index).map(apart.name).unwrap_or_default(),
                amount: measures.observed(&value),
                unit: String::new(),
                metric: None,
                combine: Combine::Formula,
                terms: Vec::new(),
            });
        }
        Ok(terms)
    }

    /// The records of what a formula reads at a place.
    pub(super) fn read(
        &mut self,
        formula: &Expression,
        place: Place,
        observer: &mut dyn Observer,
    ) -> Result<(), Refusal> {
        self.terms(formula, place, &[], observer, &mut Vec::new())
    }

    /// The record of a row that a `report` line asks for.
    pub(super) fn reported(
        &mut self,
        report: &Report,
        key: MetricKey,
        place: Place,
        observer: &mut dyn Observer,
    ) -> Result<(), Refusal> {
        let value = match report.metric {
            Some(id) => self.measures.metric(id, place)?,
            None => self.measures.evaluate(&report.formula, place)?,
        };
        let definition = report
            .metric
            .and_then(|id| self.measures.plan.metrics.get(id.index()));
        let formula = definition.map_or(&report.formula, |m| &m.formula);
        let origin = definition.map_or(&report.origin, |m| &m.heading.origin);
        let told = self.record(key, value, formula, origin, true, place, observer)?;
        if let Some(id) = report.metric {
            self.told.insert((id, place), told);
        }
        Ok(())
    }

    /// Tells a record, and answers with the value that stands in it.
    #[allow(clippy::too_many_arguments)]
    fn record(
        &mut self,
        key: MetricKey,
        value: Value,
        formula: &Expression,
        origin: &Origin,
        reported: bool,
        place: Place,
        observer: &mut dyn Observer,
    ) -> Result<observe::Value, Refusal> {
        let mut terms = Vec::new();
        self.terms(formula, place, &[], observer, &mut terms)?;
        // A metric that is one sum shows its parts, not the sum again.
        let mut combine = Combine::Formula;
        if let (
            Node::FoldPositions { .. } | Node::FoldDimension { .. } | Node::FoldTime { .. },
            [only],
        ) = (&formula.node, terms.as_mut_slice())
            && !only.terms.is_empty()
        {
            combine = only.combine;
            terms = std::mem::take(&mut only.terms);
        }
        if combine == Combine::Formula {
            each_once(&mut terms);
        }
        let mut observed = self.measures.observed(&value);
        settle(&mut observed, combine, &mut terms);
        observer.metric(MetricRecord {
            unit: self.measures.unit(&value, &formula.ty, place),
            value: observed.clone(),
            key,
            reported,
            place: place_of(origin),
            formula: (self.texts)(formula.span),
            combine,
            terms,
            skipped: self.measures.skipped_in(formula, place),
        });
        Ok(observed)
    }

    fn key(&self, id: MetricId, place: Place) -> MetricKey {
        let measures = self.measures;
        let slice = measures.slice(place);
        let mut names = Vec::new();
        let mut members = Vec::new();
        if let Some(currency) = slice.currency {
            names.push("currency".to_owned());
            members.push(currency.to_string());
        }
        for (dimension, value) in slice.members.iter().chain(&slice.bands) {
            names.push(
                measures
                    .plan
                    .dimensions
                    .get(dimension.index())
                    .map_or_else(String::new, |d| d.heading.short.clone()),
            );
            members.push(measures.member_name(value));
        }
        MetricKey {
            exercise: measures.exercise.heading.name.clone(),
            scenario: measures.scenario_name(place.run),
            date: match place.reading {
                Reading::Start => "start".to_owned(),
                Reading::Day(_) => measures
                    .date(place)
                    .map_or_else(String::new, |d| d.to_string()),
            },
            metric: measures.metric_name(id),
            dimension: names.join(","),
            member: members.join(","),
        }
    }

    /// What a formula reads, in text order.
    fn terms(
        &mut self,
        formula: &Expression,
        place: Place,
        locals: &[Value],
        observer: &mut dyn Observer,
        terms: &mut Vec<Term>,
    ) -> Result<(), Refusal> {
        let measures = self.measures;
        let read = |e: &Expression, place: Place| {
            evaluate_with(e, &RunScope::new(measures, place), locals)
        };
        match &formula.node {
            Node::Metric(id) => {
                let value = measures.metric(*id, place)?;
                let definition = measures.definition(*id)?;
                let plain = place.branch.is_none() && place.ladder.is_none();
                let given = measures
                    .exercise
                    .givens
                    .metrics
                    .iter()
                    .any(|(metric, _, _)| metric == id);
                let amount = match self.told.get(&(*id, place)) {
                    Some(told) => told.clone(),
                    None if plain && !given => {
                        let told = self.record(
                            self.key(*id, place),
                            value.clone(),
                            &definition.formula,
                            &definition.heading.origin,
                            false,
                            place,
                            observer,
                        )?;
                        self.told.insert((*id, place), told.clone());
                        told
                    }
                    None => measures.observed(&value),
                };
                terms.push(Term {
                    label: measures.metric_name(*id),
                    amount,
                    unit: measures.unit(&value, &definition.ty, place),
                    metric: plain.then(|| self.key(*id, place)),
                    combine: Combine::Formula,
                    terms: Vec::new(),
                });
            }
            Node::FoldPositions {
                fold,
                selection,
                body,
            } => {
                if **selection == Selection::Equity {
                    let value = read(formula, place)?;
                    terms.push(self.term(formula, &value, place));
                    return Ok(());
                }
                let parts = measures.parts(*fold, selection, body, place, locals)?;
                let value = measures.total(*fold, body, parts.values.iter().cloned(), place)?;
                let mut term = self.term(formula, &value, place);
                term.combine = if *fold == Fold::Sum {
                    Combine::Sum
                } else {
                    Combine::Formula
                };
                for (class, value) in parts.classes.classes.iter().zip(&parts.values) {
                    if value.number().is_some_and(Rational::is_zero) {
                        continue;
                    }
                    let contracts = match &self.contracts {
                        Some(apart) if apart.instrument == class.instrument => {
                            self.contracts_of(apart, class, body, place, locals)?
                        }
                        _ => Vec::new(),
                    };
                    term.terms.push(Term {
                        label: measures.class_label(class, place),
                        amount: measures.observed(value),
                        unit: String::new(),
                        metric: None,
                        combine: Combine::Sum,
                        terms: contracts,
                    });
                }
                terms.push(term);
            }
            Node::FoldDimension { fold, over, body } => {
                let parts = measures.dimension_parts(*over, body, place, locals)?;
                let values = parts.iter().map(|(_, value)| value.clone());
                let value = crate::formula::fold(*fold, values, &RunScope::new(measures, place))?;
                let mut term = self.term(formula, &value, place);
                term.combine = if *fold == Fold::Sum {
                    Combine::Sum
                } else {
                    Combine::Formula
                };
                for (member, own) in parts {
                    if own.number().is_some_and(Rational::is_zero) {
                        continue;
                    }
                    term.terms.push(Term {
                        label: measures.member_name(&member),
                        amount: measures.observed(&own),
                        unit: String::new(),
                        metric: None,
                        combine: Combine::Formula,
                        terms: Vec::new(),
                    });
                }
                terms.push(term);
            }
            Node::FoldTime {
                fold: Fold::Sum,
                body,
                until,
                ..
            } if matches!(
                body.node,
                Node::ScenarioMeasure(ScenarioMeasure::NetInterest)
            ) =>
            {
                let value = read(formula, place)?;
                let today = place.reading.day();
                let until = measures.day_of(place, until, today)?;
                terms.push(self.earned(formula, value, place, (today, until))?);
            }
            Node::ScenarioMeasure(ScenarioMeasure::NetInterest) => {
                let value = read(formula, place)?;
                let cell = measures.cell(place)?.unwrap_or_default();
                terms.push(self.earned(formula, value, place, cell)?);
            }
            Node::ScenarioMeasure(measure) if !measures.is_given(measure) => {
                let value = read(formula, place)?;
                let mut term = self.term(formula, &value, place);
                term.terms = self.parts_of_measure(measure, &value, place)?;
                if !term.terms.is_empty() {
                    term.combine = Combine::Sum;
                }
                terms.push(term);
            }
            Node::FoldTime {
                fold: kind @ (Fold::First | Fold::Last | Fold::Min | Fold::Max),
                body,
                until,
                ..
            } => {
                let value = read(formula, place)?;
                let mut term = self.term(formula, &value, place);
                if let Some((day, there, decided)) =
                    measures.deciding_day(*kind, body, until, place, locals)?
                {
                    if !decided {
                        term.label
                            .push_str(&format!(": on no day until {}", self.day(place, day)));
                    }
                    let value = read(body, there)?;
                    let mut on = self.term(body, &value, there);
                    on.label.push_str(&format!(" on {}", self.day(place, day)));
                    self.terms(body, there, locals, observer, &mut on.terms)?;
                    term.terms.push(on);
                }
                terms.push(term);
            }
            Node::FoldTime { .. }
            | Node::ScenarioMeasure(_)
            | Node::Factor(_)
            | Node::SwapRate { .. }
            | Node::Parameter(_) => {
                let value = read(formula, place)?;
                terms.push(self.term(formula, &value, place));
            }
            Node::Branch(body, _) | Node::Under(body, _) => {
                let value = read(formula, place)?;
                let mut term = self.term(formula, &value, place);
                let there = match &formula.node {
                    Node::Branch(_, scenario) => match read(scenario, place)? {
                        Value::Scenario(key) => Some(Place {
                            branch: Some(measures.branch_of(&key)?),
                            ..place
                        }),
                        _ => None,
                    },
                    Node::Under(_, scenario) => match read(scenario, place)? {
                        Value::Scenario(key) => measures.run_of(&key).map(|run| Place {
                            run,
                            branch: None,
                            ..place
                        }),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(there) = there {
                    self.terms(body, there, locals, observer, &mut term.terms)?;
                }
                terms.push(term);
            }
            Node::At(body, point) => {
                if let Resolved::Reading(reading) = measures.resolve(place, point)? {
                    self.terms(
                        body,
                        Place {
                            reading,
                            ladder: None,
                            ..place
                        },
                        locals,
                        observer,
                        terms,
                    )?;
                }
            }
            Node::If(condition, then, otherwise) => {
                self.terms(condition, place, locals, observer, terms)?;
                match read(condition, place)? {
                    Value::Bool(true) => self.terms(then, place, locals, observer, terms)?,
                    Value::Bool(false) => self.terms(otherwise, place, locals, observer, terms)?,
                    _ => {}
                }
            }
            Node::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    self.terms(argument, place, locals, observer, terms)?;
                    values.push(read(argument, place)?);
                }
                if measures
                    .given_function(*function, &values, place)?
                    .is_none()
                    && let Some(f) = measures.plan.functions.get(function.index())
                {
                    self.terms(&f.body, place, &values, observer, terms)?;
                }
            }
            node => {
                let mut parts = Vec::new();
                super::analysis::for_each_part(node, &mut |part| parts.push(part));
                for part in parts {
                    self.terms(part, place, locals, observer, terms)?;
                }
            }
        }
        Ok(())
    }

    /// Net interest by instrument; what is left is interest on cash and funding, and what exits forfeit.
    fn earned(
        &self,
        formula: &Expression,
        value: Value,
        place: Place,
        (from, until): (Day, Day),
    ) -> Result<Term, Refusal> {
        let measures = self.measures;
        let mut term = self.term(formula, &value, place);
        let Value::Money(total, currency) = value else {
            return Ok(term);
        };
        let mut rest = total;
        for (instrument, amount) in measures.earned_by_instrument(place, from, until)? {
            rest = &rest - &amount;
            let mut part = self.part(self.name_of(instrument), amount.clone(), currency);
            if let Some(apart) = self
                .contracts
                .as_ref()
                .filter(|a| a.instrument == instrument)
            {
                part.terms =
                    self.earned_by_contract(apart, amount, currency, place, (from, until))?;
                part.combine = Combine::Sum;
            }
            term.terms.push(part);
        }
        if !rest.is_zero() {
            let rest = self.part("cash, funding and exits".to_owned(), rest, currency);
            term.terms.push(rest);
        }
        term.combine = Combine::Sum;
        Ok(term)
    }

    /// Net interest of an instrument by contract; what the ledger posted of the instrument as a whole is left at the end.
    fn earned_by_contract(
        &self,
        apart: &Apart<'_>,
        amount: Rational,
        currency: Currency,
        place: Place,
        (from, until): (Day, Day),
    ) -> Result<Vec<Term>, Refusal> {
        let measures = self.measures;
        let run = measures.run(place)?;
        let (mut terms, mut rest) = (Vec::new(), amount);
        for (index, own) in measures.earned_by_group(apart.instrument, place, from, until)? {
            rest = &rest - &own;
            let name = run.group(index).map(apart.name).unwrap_or_default();
            terms.push(self.part(name, own, currency));
        }
        if !rest.is_zero() {
            terms.push(self.part("posted for all of them".to_owned(), rest, currency));
        }
        Ok(terms)
    }

    /// The date of a day of the run.
    fn day(&self, place: Place, day: Day) -> String {
        let date = self.measures.run(place).ok().and_then(|run| run.date(day));
        date.map_or_else(String::new, |date| date.to_string())
    }

    fn term(&self, formula: &Expression, value: &Value, place: Place) -> Term {
        let label = match &formula.node {
            Node::Parameter(id) => self
                .measures
                .plan
                .parameters
                .get(id.index())
                .map_or_else(String::new, |p| p.heading.short.clone()),
            _ => (self.texts)(formula.span),
        };
        Term {
            label,
            amount: self.measures.observed(value),
            unit: self.measures.unit(value, &formula.ty, place),
            metric: None,
            combine: Combine::Formula,
            terms: Vec::new(),
        }
    }
}

/// Leaves out what a formula reads again: the same thing with the same value.
fn each_once(terms: &mut Vec<Term>) {
    let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
    for mut term in terms.drain(..) {
        if term.combine == Combine::Formula {
            each_once(&mut term.terms);
        }
        if !kept.contains(&term) {
            kept.push(term);
        }
    }
    *terms = kept;
}

impl Measures<'_> {
    /// A class in words: instrument, currency, what the formula reads of it, and how many groups it holds.
    fn class_label(&self, class: &Class, place: Place) -> String {
        let Some(group) = self.run(place).ok().and_then(|run| run.group(class.first)) else {
            return String::new();
        };
        let mut label = format!("{} {}", self.instrument_name(group), group.currency);
        for value in &class.key {
            if let Value::Member(..) | Value::Band(..) | Value::Text(_) = value {
                label.push(' ');
                label.push_str(&self.member_name(value));
            }
        }
        match (class.members.len(), &group.lot) {
            (1, Some(lot)) => label.push_str(&format!(" \"{lot}\"")),
            (1, None) => {}
            (groups, _) => label.push_str(&format!(" ({groups} groups)")),
        }
        label
    }

    /// Days that folds over time in a formula skipped as undefined.
    fn skipped_in(&self, formula: &Expression, place: Place) -> u64 {
        let mut sum = match &formula.node {
            Node::FoldTime { body, .. } => self
                .skipped
                .borrow()
                .get(&(std::ptr::from_ref(body.as_ref()) as usize, place))
                .copied()
                .unwrap_or(0),
            _ => 0,
        };
        super::analysis::for_each_part(&formula.node, &mut |part| {
            sum += self.skipped_in(part, place)
        });
        sum
    }
}
