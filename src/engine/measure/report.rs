//! What an exercise reports: rows of values with what they are made of, and the verdicts of its limits.

use super::Measures;
use super::place::{Place, Resolved, Slice};
use super::record::{Apart, Recording};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::engine::observe::{LimitRecord, MetricKey, Observer, Verdict};
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Value, member, spell};
use crate::plan::{
    Comparison, Domain, Expression, Limit, LimitSeverity, Node, Over, Point, Report, ReportKey,
    Requirement,
};
use std::cmp::Ordering;

/// Gives the text of a formula as its author wrote it, on one line.
pub type Texts<'t> = dyn Fn(Option<Span>) -> String + Sync + 't;

/// A row to come: where it is read, and the names of its slice.
struct RowPlace {
    place: Place,
    dimension: String,
    member: String,
}

/// A day that a report has rows of.
#[derive(Clone, Copy)]
struct Dated {
    /// Where its formula is read.
    read: Day,
    /// The day that the rows bear.
    shown: Day,
}

impl Measures<'_> {
    /// Evaluates everything that the exercise reports of one run, and tells the observer.
    ///
    /// # Errors
    /// Everything that some report or limit lacks; the observer may have seen records by then.
    pub fn report(
        &self,
        run: usize,
        texts: &Texts<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Verdict, Diagnostics> {
        let mut errors: Diagnostics = Vec::new();
        let mut worst = Verdict::Held;
        let mut recording = Recording::new(self, texts);
        for report in &self.exercise.reports {
            self.report_line(report, run, &mut recording, observer, &mut errors);
        }
        for limit in self
            .exercise
            .limits
            .iter()
            .filter_map(|id| self.plan.limits.get(id.index()))
        {
            for requirement in &limit.requirements {
                match self.verdict(limit, requirement, run) {
                    Ok((record, days)) => {
                        worst = worst.max(record.verdict);
                        // The worst day and the first that failed can be explained, reported or not.
                        for day in days {
                            let place = Place::of(run, Reading::Day(day));
                            if let Err(refusal) =
                                recording.read(&requirement.condition, place, observer)
                            {
                                add(&mut errors, refusal);
                            }
                        }
                        observer.limit(record);
                    }
                    Err(refusal) => add(&mut errors, refusal),
                }
            }
        }
        if errors.is_empty() {
            Ok(worst)
        } else {
            Err(errors)
        }
    }

    /// Evaluates what the exercise reports and limits of one run on one day (an ISO date, or `start`), and tells the observer down
    /// to the contracts of an instrument.
    ///
    /// # Errors
    /// Everything that some report lacks.
    pub fn report_contracts(
        &self,
        run: usize,
        date: &str,
        apart: Apart<'_>,
        texts: &Texts<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(), Diagnostics> {
        let mut errors: Diagnostics = Vec::new();
        let mut recording = Recording::new(self, texts).with_contracts(apart);
        let days = self.runs.get(run).map(|c| &c.run.calendar.days);
        let readings = days
            .into_iter()
            .flatten()
            .map(|day| Reading::Day(*day))
            .filter(|reading| {
                self.date(Place::of(run, *reading))
                    .is_some_and(|d| d.to_string() == date)
            })
            .chain((date == "start").then_some(Reading::Start));
        let conditions = self
            .exercise
            .limits
            .iter()
            .filter_map(|id| self.plan.limits.get(id.index()))
            .flat_map(|limit| &limit.requirements)
            .map(|requirement| &requirement.condition);
        let formulas: Vec<&Expression> = self
            .exercise
            .reports
            .iter()
            .map(|report| &report.formula)
            .chain(conditions)
            .collect();
        for reading in readings {
            for report in &self.exercise.reports {
                if reading == Reading::Start {
                    continue;
                }
                match self.rows_of(report, run) {
                    Ok(rows) => {
                        for dated in rows.into_iter().filter(|d| d.shown == reading.day()) {
                            self.report_day(
                                report,
                                run,
                                dated,
                                &mut recording,
                                observer,
                                &mut errors,
                            );
                        }
                    }
                    Err(refusal) => add(&mut errors, refusal),
                }
            }
            for formula in &formulas {
                if let Err(refusal) = recording.read(formula, Place::of(run, reading), observer) {
                    add(&mut errors, refusal);
                }
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn report_line(
        &self,
        report: &Report,
        run: usize,
        recording: &mut Recording<'_, '_, '_>,
        observer: &mut dyn Observer,
        errors: &mut Diagnostics,
    ) {
        match self.rows_of(report, run) {
            Ok(rows) => {
                for dated in rows {
                    self.report_day(report, run, dated, recording, observer, errors);
                }
            }
            Err(refusal) => add(errors, refusal),
        }
    }

    /// The days on which a report has rows in a run: the steps; of what is read at one point (`nii_12m at start`) that day;
    /// none in other runs than that of which it is reported (`tier1 under base`).
    fn rows_of(&self, report: &Report, run: usize) -> Result<Vec<Dated>, Refusal> {
        if let Some(key) = &report.under
            && self.run_under(key)? != run
        {
            return Ok(Vec::new());
        }
        let here = Place::of(run, Reading::Day(0));
        if let Node::At(_, point) = &report.formula.node
            && *point != Point::Previous
            && let Resolved::Reading(reading) = self.resolve(here, point)?
        {
            let shown = reading.day();
            return Ok(vec![Dated { read: 0, shown }]);
        }
        let day = |day| Dated {
            read: day,
            shown: day,
        };
        Ok(self.step_days(run).into_iter().map(day).collect())
    }

    fn report_day(
        &self,
        report: &Report,
        run: usize,
        dated: Dated,
        recording: &mut Recording<'_, '_, '_>,
        observer: &mut dyn Observer,
        errors: &mut Diagnostics,
    ) {
        let total = Place::of(run, Reading::Day(dated.read));
        let shown = self.date(Place::of(run, Reading::Day(dated.shown)));
        let shown = shown.map_or_else(String::new, |date| date.to_string());
        let rows = match self.rows(report, total) {
            Ok(rows) => rows,
            Err(refusal) => {
                add(errors, refusal);
                return;
            }
        };
        for row in rows {
            let key = MetricKey {
                exercise: self.exercise.heading.name.clone(),
                scenario: self.scenario_name(run),
                date: shown.clone(),
                metric: report.name.clone(),
                dimension: row.dimension,
                member: row.member,
            };
            if let Err(refusal) = recording.reported(report, key, row.place, observer) {
                add(errors, refusal);
            }
        }
    }

    /// The days after the book's date on which cash is settled.
    pub fn cash_days(&self, run: usize) -> Vec<Day> {
        let calendar = self.runs.get(run).map(|context| &context.run.calendar);
        calendar.map_or_else(Vec::new, |calendar| {
            calendar.cash_days(0, calendar.last()).collect()
        })
    }

    /// The days that are reported; of an exercise without calendars the book's date.
    pub fn step_days(&self, run: usize) -> Vec<Day> {
        let Some(context) = self.runs.get(run) else {
            return Vec::new();
        };
        let calendar = &context.run.calendar;
        let steps: Vec<Day> = calendar
            .days
            .iter()
            .zip(&calendar.is_step)
            .filter(|(_, step)| **step)
            .map(|(d, _)| *d)
            .collect();
        if steps.is_empty() { vec![0] } else { steps }
    }

    /// The total and each combination of the values of its dimensions. A measure that takes a band has no total over bands.
    fn rows(&self, report: &Report, total: Place) -> Result<Vec<RowPlace>, Refusal> {
        let is_band = |key: &ReportKey| match key {
            ReportKey::Dimension(d) => {
                matches!(
                    self.plan.dimensions.get(d.index()).map(|d| &d.domain),
                    Some(Domain::Bands(_))
                )
            }
            ReportKey::Currency => false,
        };
        let mut rows = Vec::new();
        if !report.by.iter().any(is_band) {
            rows.push(RowPlace {
                place: total,
                dimension: String::new(),
                member: String::new(),
            });
        }
        if report.by.is_empty() {
            return Ok(rows);
        }
        let mut combinations: Vec<(Vec<String>, Slice)> = vec![(Vec::new(), Slice::default())];
        for key in &report.by {
            let over = match key {
                ReportKey::Currency => Over::Currency,
                ReportKey::Dimension(d) => Over::Dimension(*d),
            };
            let mut next = Vec::new();
            for (names, slice) in combinations {
                let inside = self.sliced(total, slice);
                for (value, slice) in self.members(over, inside)? {
                    let mut names = names.clone();
                    names.push(self.member_name(&value));
                    next.push((names, slice));
                }
            }
            combinations = next;
        }
        let dimension: Vec<&str> = report
            .by
            .iter()
            .map(|key| match key {
                ReportKey::Currency => "currency",
                ReportKey::Dimension(d) => self
                    .plan
                    .dimensions
                    .get(d.index())
                    .map_or("", |d| d.heading.short.as_str()),
            })
            .collect();
        let dimension = dimension.join(",");
        for (names, slice) in combinations {
            rows.push(RowPlace {
                place: self.sliced(total, slice),
                dimension: dimension.clone(),
                member: names.join(","),
            });
        }
        Ok(rows)
    }

    /// A value of a dimension as a row names it.
    pub(super) fn member_name(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.to_string(),
            Value::Member(d, m) | Value::Band(d, m) => member(self.plan, *d, *m),
            other => spell(self.plan, other),
        }
    }

    pub(super) fn scenario_name(&self, run: usize) -> String {
        self.runs
            .get(run)
            .map_or_else(String::new, |c| c.engine.scenario.key.0.clone())
    }

    /// A requirement over a whole run: each day of the cash calendar, the book's date included; and the days that matter where
    /// it failed.
    fn verdict(
        &self,
        limit: &Limit,
        requirement: &Requirement,
        run: usize,
    ) -> Result<(LimitRecord, Vec<Day>), Refusal> {
        let Some(context) = self.runs.get(run) else {
            return Err(crate::formula::absent("a run".to_owned()));
        };
        let calendar = &context.run.calendar;
        let mut days: Vec<Day> = vec![0];
        days.extend(calendar.cash_days(0, calendar.last()));
        let (mut first, mut last, mut undefined) = (None, None, false);
        let (checked, mut failed) = (days.len() as u64, 0);
        let mut worst: Option<(Day, Value)> = None;
        for day in days {
            let place = Place::of(run, Reading::Day(day));
            match self.evaluate(&requirement.condition, place)? {
                Value::Bool(true) => {}
                Value::Bool(false) => {
                    first = first.or(Some(day));
                    last = Some(day);
                    failed += 1;
                }
                _ => undefined = true,
            }
            if let Some((side, smallest)) = watched(&requirement.condition) {
                let value = self.evaluate(side, place)?;
                if !value.is_undefined() {
                    let worse = match &worst {
                        None => true,
                        Some((_, so_far)) => match (
                            value.number(),
                            so_far.number(),
                            days_of(self, &value),
                            days_of(self, so_far),
                        ) {
                            (Some(a), Some(b), _, _) => {
                                a.cmp(b)
                                    == if smallest {
                                        Ordering::Less
                                    } else {
                                        Ordering::Greater
                                    }
                            }
                            (_, _, Some(a), Some(b)) => {
                                if smallest {
                                    a < b
                                } else {
                                    a > b
                                }
                            }
                            _ => false,
                        },
                    };
                    if worse {
                        worst = Some((day, value));
                    }
                }
            }
        }
        let verdict = match (first, requirement.severity, undefined) {
            (Some(_), LimitSeverity::Breach, _) => Verdict::Breach,
            (Some(_), LimitSeverity::Warning, _) => Verdict::Warning,
            (None, _, true) => Verdict::Undefined,
            (None, _, false) => Verdict::Held,
        };
        let date = |day: Day| context.run.date(day).map(|d| d.to_string());
        let unit = worst.as_ref().map_or_else(String::new, |(_, value)| {
            let ty = watched(&requirement.condition).map(|(side, _)| &side.ty);
            self.unit(
                value,
                ty.unwrap_or(&crate::plan::Type::Unknown),
                Place::of(run, Reading::Day(0)),
            )
        });
        let mut days: Vec<Day> = first
            .into_iter()
            .chain(worst.as_ref().map(|(day, _)| *day).filter(|_| failed > 0))
            .collect();
        days.dedup();
        let record = LimitRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.scenario_name(run),
            limit: limit.heading.short.clone(),
            title: limit
                .heading
                .title
                .clone()
                .unwrap_or_else(|| limit.heading.short.clone()),
            requirement: requirement.text.clone(),
            place: super::record::place_of(&requirement.origin),
            verdict,
            first: first.and_then(date),
            last: last.and_then(date),
            failed,
            checked,
            worst_date: worst.as_ref().and_then(|(day, _)| date(*day)),
            worst: worst.map(|(_, value)| self.observed(&value)),
            unit,
        };
        Ok((record, days))
    }
}

fn days_of(measures: &Measures<'_>, value: &Value) -> Option<i64> {
    match value {
        Value::Tenor(tenor) => measures.days_of_tenor(*tenor),
        _ => None,
    }
}

/// The side of a comparison that is watched, and whether its smallest value is the worst.
fn watched(condition: &Expression) -> Option<(&Expression, bool)> {
    match &condition.node {
        Node::Compare(Comparison::Greater | Comparison::GreaterOrEqual, left, _) => {
            Some((left, true))
        }
        Node::Compare(Comparison::Less | Comparison::LessOrEqual, left, _) => Some((left, false)),
        _ => None,
    }
}

/// Adds an error once: the same thing is missing on every day.
fn add(errors: &mut Diagnostics, refusal: Refusal) {
    let diagnostic: Diagnostic = refusal.into_diagnostic();
    if !errors.contains(&diagnostic) {
        errors.push(diagnostic);
    }
}
