//! The action card: what a management action changes, measure by measure, with it and without it, and line by line of `do`.

mod draw;

pub use draw::draw;

use crate::calendar::Tenor;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::measure::{Measures, Place};
use crate::engine::observe::{DecisionRecord, Recorder, Value as Shown};
use crate::engine::prepare::prepare;
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::Value;
use crate::plan::{
    Action, ActionId, CalendarLine, Comparison, Exercise, Expression, Fold, Frequency, Measure,
    MetricKind, MoneyTag, Node, Origin, Plan, Point, ScenarioKey, ScenarioMeasure, Selection, Type,
};
use crate::quantity::Rational;
use crate::tabular::DataSource;
use rust_decimal::Decimal;
use serde::Serialize;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The exercise; the first that runs the scenario where absent.
    pub exercise: Option<&'q str>,
    /// The scenario in which the action is tried.
    pub scenario: &'q str,
    /// The action.
    pub action: &'q str,
}

/// One measure at one point: without the action, with it, and what each line of `do` alone adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The measure.
    pub measure: String,
    /// ISO date of the point.
    pub at: String,
    /// `EUR`, `ratio`, `d`, …
    pub unit: String,
    /// Without the action.
    pub without: Shown,
    /// With it.
    pub with: Shown,
    /// With less without; `None` where one of them is undefined.
    pub difference: Option<String>,
    /// The same difference for each line of `do` alone; empty for an action of one line.
    pub legs: Vec<Option<String>>,
    /// What the lines together do beyond the sum of each alone.
    pub together: Option<String>,
}

/// A measure that is not on the card, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// The measure.
    pub measure: String,
    /// Why.
    pub reason: String,
}

/// The action card.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The exercise.
    pub exercise: String,
    /// The scenario.
    pub scenario: String,
    /// The action.
    pub action: String,
    /// Its title, or the name again.
    pub title: String,
    /// The lines of `do`.
    pub deeds: Vec<String>,
    /// What was decided, refused and settled.
    pub decisions: Vec<DecisionRecord>,
    /// The measures.
    pub lines: Vec<Line>,
    /// The coverage ratio on every day on which cash is settled.
    pub lcr_by_day: Vec<Line>,
    /// What the project does not measure.
    pub absent: Vec<Absent>,
}

/// The tenors of key rates.
const KEY_RATES: [&str; 10] = [
    "3M", "1Y", "2Y", "3Y", "5Y", "7Y", "10Y", "15Y", "20Y", "30Y",
];

/// A measure of the card.
struct Asked {
    name: String,
    formula: Expression,
    /// Read where the action has settled too; else on the book's date, over the days to come.
    after: bool,
}

/// Tries an action of a scenario.
///
/// # Errors
/// An exercise, scenario or action that the project does not have, and all that its runs lack.
pub fn impact(
    plan: &Plan,
    question: Question<'_>,
    data: &dyn DataSource,
) -> Result<Card, Vec<Diagnostic>> {
    let (id, action) = action_of(plan, question.action)?;
    let (found, scenario) = exercise_of(plan, question)?;
    let exercise = trial(plan, found, &scenario, id, action);
    let (asked, mut absent) = asked(plan, &exercise);
    let formulas: Vec<&Expression> = asked.iter().map(|asked| &asked.formula).collect();
    let prepared = prepare(plan, &exercise, data)?;
    let performed = prepared.perform(None, &formulas, &|_, _| {})?;
    let measures = performed.measures();
    let run = |key: &ScenarioKey| {
        measures.run_of(key).ok_or_else(|| {
            vec![Diagnostic::error(
                codes::run::SCENARIO_NOT_RUN,
                key.0.clone(),
            )]
        })
    };
    let without = run(&key_of(&scenario, "without", question.action))?;
    let with = run(&key_of(&scenario, "with", question.action))?;
    let mut legs = Vec::new();
    if action.deeds.len() > 1 {
        for place in 1..=action.deeds.len() {
            legs.push(run(&key_of(
                &scenario,
                &format!("line {place} of"),
                question.action,
            ))?);
        }
    }
    let mut told = Recorder::default();
    measures.tell_decisions(with, &mut told);
    told.decisions.retain(|d| d.action == action.heading.short);
    for decision in &mut told.decisions {
        decision.scenario = scenario.0.clone();
    }
    let runs = Runs {
        measures: &measures,
        without,
        with,
        legs,
    };
    let days = runs.days(&performed.runs().get(with).map_or_else(Vec::new, |run| {
        let settled = run
            .decisions
            .iter()
            .filter(|d| d.action == id && d.counts());
        settled.map(|d| d.settles).collect()
    }));
    let mut lines = Vec::new();
    for asked in &asked {
        let days = if asked.after { days.as_slice() } else { &[0] };
        for day in days {
            match runs.line(&asked.name, &asked.formula, *day) {
                Ok(line) => lines.push(line),
                Err(reason) => {
                    absent.push(Absent {
                        measure: asked.name.clone(),
                        reason,
                    });
                    break;
                }
            }
        }
    }
    let lcr = asked.iter().find(|asked| asked.name == "lcr");
    let lcr_by_day = lcr.map_or_else(Vec::new, |asked| {
        let days = runs.cash_days();
        let lines = days
            .into_iter()
            .map(|day| runs.line("lcr", &asked.formula, day));
        lines.filter_map(Result::ok).collect()
    });
    absent.dedup();
    Ok(Card {
        exercise: exercise.heading.name.clone(),
        scenario: scenario.0,
        action: action.heading.short.clone(),
        title: action
            .heading
            .title
            .clone()
            .unwrap_or_else(|| action.heading.short.clone()),
        deeds: action.deeds.iter().map(|deed| deed.text.clone()).collect(),
        decisions: told.decisions,
        lines,
        lcr_by_day,
        absent,
    })
}

fn refused(message: String, known: &[&str], what: &str) -> Vec<Diagnostic> {
    let error = Diagnostic::error(codes::run::NOT_IN_PROJECT, message);
    vec![if known.is_empty() {
        error.help(format!("the project has no {what}"))
    } else {
        error.help(format!("there are: {}", known.join(", ")))
    }]
}

fn action_of<'p>(plan: &'p Plan, name: &str) -> Result<(ActionId, &'p Action), Vec<Diagnostic>> {
    let mut actions = (0..).map(ActionId).zip(&plan.actions);
    let found = actions.find(|(_, a)| a.heading.short == name || a.heading.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = plan
            .actions
            .iter()
            .map(|a| a.heading.short.as_str())
            .collect();
        refused(format!("there is no action `{name}`"), &known, "action")
    })
}

fn exercise_of<'p>(
    plan: &'p Plan,
    question: Question<'_>,
) -> Result<(&'p Exercise, ScenarioKey), Vec<Diagnostic>> {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let named: Vec<&Exercise> = plan
        .exercises
        .iter()
        .filter(|e| question.exercise.is_none_or(|name| e.heading.name == name))
        .collect();
    if named.is_empty() {
        let known: Vec<&str> = plan
            .exercises
            .iter()
            .map(|e| e.heading.name.as_str())
            .collect();
        let name = question.exercise.unwrap_or_default();
        return Err(refused(
            format!("there is no exercise `{name}`"),
            &known,
            "exercise",
        ));
    }
    for exercise in &named {
        let mut runs = exercise.runs.iter();
        if let Some(key) = runs.find(|key| bare(&key.0) == bare(question.scenario)) {
            return Ok((exercise, key.clone()));
        }
    }
    let mut known: Vec<&str> = named
        .iter()
        .flat_map(|e| &e.runs)
        .map(|k| k.0.as_str())
        .collect();
    known.dedup();
    Err(refused(
        format!("no exercise runs the scenario `{}`", question.scenario),
        &known,
        "scenario that is run",
    ))
}

fn key_of(scenario: &ScenarioKey, how: &str, action: &str) -> ScenarioKey {
    ScenarioKey(format!("{} {how} {action}", scenario.0))
}

/// The exercise with the scenario in its variants, for at least three years.
fn trial(
    plan: &Plan,
    exercise: &Exercise,
    scenario: &ScenarioKey,
    id: ActionId,
    action: &Action,
) -> Exercise {
    let mut trial = exercise.clone();
    trial.reports.clear();
    trial.limits.clear();
    trial.runs = vec![exercise.base.clone()];
    let Some(own) = exercise.scenarios.get(scenario) else {
        return trial;
    };
    let name = action.heading.short.as_str();
    let mut add = |key: ScenarioKey, armed: bool, leg: Option<usize>| {
        let mut variant = own.clone();
        variant.key = key.clone();
        if armed && !variant.allows.contains(&id) {
            variant.allows.push(id);
        }
        if !armed {
            variant.allows.retain(|other| *other != id);
        }
        if let Some(leg) = leg {
            let changed = variant
                .actions
                .get(&id)
                .or_else(|| plan.actions.get(id.index()));
            if let Some(mut one) = changed.cloned() {
                one.deeds = one.deeds.into_iter().skip(leg).take(1).collect();
                variant.actions.insert(id, one);
            }
        }
        trial.scenarios.insert(key.clone(), variant);
        trial.runs.push(key);
    };
    add(key_of(scenario, "without", name), false, None);
    add(key_of(scenario, "with", name), true, None);
    if action.deeds.len() > 1 {
        for place in 0..action.deeds.len() {
            let key = key_of(scenario, &format!("line {} of", place + 1), name);
            add(key, true, Some(place));
        }
    }
    // interest is told for three years: the calendar of cash goes on as it ended
    let three_years = Tenor::months(36);
    let line = |frequency| CalendarLine {
        frequency,
        until: Point::Tenor(three_years),
        origin: Origin::default(),
    };
    let goes_on = |lines: &[CalendarLine]| lines.iter().any(|line| line.until == Point::Maturity);
    if !goes_on(&trial.settle) {
        let date = exercise.book.date;
        let end = |line: &CalendarLine| match &line.until {
            Point::Date(date) => Some(*date),
            Point::Tenor(tenor) => tenor.point_after(date).ok(),
            _ => None,
        };
        let last = trial.settle.iter().chain(&trial.step).filter_map(end).max();
        let wanted = three_years.point_after(date).ok();
        if last.zip(wanted).is_none_or(|(last, wanted)| last < wanted) {
            if trial.settle.is_empty() {
                trial.settle = trial.step.clone();
            }
            trial.settle.push(line(Frequency::Monthly));
        }
    }
    trial
}

/// The measures of the card, and those that the project does not have.
fn asked(plan: &Plan, exercise: &Exercise) -> (Vec<Asked>, Vec<Absent>) {
    let mut asked = Vec::new();
    let mut absent = Vec::new();
    let metric = |names: &[&str]| {
        let mut all = (0..).map(crate::plan::MetricId).zip(&plan.metrics);
        all.find(|(_, m)| names.contains(&m.heading.name.as_str()))
            .map(|(id, m)| expression(Node::Metric(id), m.ty.clone()))
    };
    let mut named =
        |name: &str, names: &[&str], missing: &str, asked: &mut Vec<Asked>| match metric(names) {
            Some(formula) => asked.push(Asked {
                name: name.to_owned(),
                formula,
                after: true,
            }),
            None => absent.push(Absent {
                measure: name.to_owned(),
                reason: missing.to_owned(),
            }),
        };
    named(
        "lcr",
        &["lcr", "std.lcr.lcr"],
        "the project does not use `std.lcr`",
        &mut asked,
    );
    named(
        "nsfr",
        &["nsfr", "std.nsfr.nsfr"],
        "the project does not use `std.nsfr`",
        &mut asked,
    );
    asked.push(Asked {
        name: "survival horizon".to_owned(),
        formula: survival(ScenarioMeasure::Headroom, Comparison::Less),
        after: true,
    });
    if exercise.book.equity.is_some() {
        asked.push(Asked {
            name: "first unmet need".to_owned(),
            formula: survival(ScenarioMeasure::Unmet, Comparison::Greater),
            after: false,
        });
    }
    for months in [12, 36] {
        asked.push(Asked {
            name: format!("net interest income, {months} months"),
            formula: over(ScenarioMeasure::NetInterest, months),
            after: false,
        });
    }
    named(
        "eve",
        &[
            "eve",
            "std.irrbb.bcbs2016.eve",
            "std.irrbb.bcbs2024.eve",
            "std.value.eve",
        ],
        "the project does not use `eve` of the library",
        &mut asked,
    );
    if exercise.market.is_some() {
        for tenor in KEY_RATES {
            if let Ok(at) = tenor.parse::<Tenor>() {
                asked.push(Asked {
                    name: format!("eve, key rate {tenor} down 1bp"),
                    formula: net(&Measure::KeyRate(at)),
                    after: true,
                });
            }
        }
    } else {
        absent.push(Absent {
            measure: "eve, key rates".to_owned(),
            reason: "the exercise has no market".to_owned(),
        });
    }
    asked.push(Asked {
        name: "encumbered assets".to_owned(),
        formula: folded(Selection::Assets, Measure::Encumbered(None)),
        after: true,
    });
    let mut transfer = false;
    for (id, metric) in (0..).map(crate::plan::MetricId).zip(&plan.metrics) {
        if metric.heading.name.starts_with("std.ftp.") && metric.kind == MetricKind::Flow {
            transfer = true;
            let flow = expression(Node::Metric(id), metric.ty.clone());
            asked.push(Asked {
                name: format!("{}, 12 months", metric.heading.short),
                formula: fold_time(Fold::Sum, flow, 12, None),
                after: false,
            });
        }
    }
    if !transfer {
        absent.push(Absent {
            measure: "transfer prices".to_owned(),
            reason: "the project measures no transfer prices".to_owned(),
        });
    }
    if exercise.book.equity.is_some() {
        asked.push(Asked {
            name: "equity".to_owned(),
            formula: expression(
                Node::ScenarioMeasure(ScenarioMeasure::Equity),
                Type::Money(MoneyTag::Report),
            ),
            after: true,
        });
    } else {
        absent.push(Absent {
            measure: "equity".to_owned(),
            reason: "the book states none".to_owned(),
        });
    }
    let capital = [
        "equity_ratio",
        "leverage_ratio",
        "cet1_ratio",
        "capital_ratio",
        "total_capital_ratio",
    ];
    let mut any = false;
    for (id, metric) in (0..).map(crate::plan::MetricId).zip(&plan.metrics) {
        if capital.contains(&metric.heading.short.as_str()) {
            any = true;
            asked.push(Asked {
                name: metric.heading.short.clone(),
                formula: expression(Node::Metric(id), metric.ty.clone()),
                after: true,
            });
        }
    }
    if !any {
        absent.push(Absent {
            measure: "capital ratio".to_owned(),
            reason: format!(
                "the project has no metric of one of the names {}",
                capital.join(", ")
            ),
        });
    }
    (asked, absent)
}

fn expression(node: Node, ty: Type) -> Expression {
    Expression {
        node,
        ty,
        span: None,
    }
}

fn fold_time(
    fold: Fold,
    body: Expression,
    months: i32,
    otherwise: Option<Expression>,
) -> Expression {
    let ty = if fold == Fold::First {
        Type::Tenor
    } else {
        body.ty.clone()
    };
    expression(
        Node::FoldTime {
            fold,
            body: Box::new(body),
            until: Point::Tenor(Tenor::months(months)),
            otherwise: otherwise.map(Box::new),
        },
        ty,
    )
}

/// `first(measure < 0 during 12M, otherwise = 12M)`.
fn survival(measure: ScenarioMeasure, comparison: Comparison) -> Expression {
    let money = Type::Money(MoneyTag::Report);
    let body = expression(
        Node::Compare(
            comparison,
            Box::new(expression(Node::ScenarioMeasure(measure), money.clone())),
            Box::new(expression(Node::Money(Decimal::ZERO, None), money)),
        ),
        Type::Bool,
    );
    let year = expression(Node::Tenor(Tenor::months(12)), Type::Tenor);
    fold_time(Fold::First, body, 12, Some(year))
}

fn over(measure: ScenarioMeasure, months: i32) -> Expression {
    let flow = expression(
        Node::ScenarioMeasure(measure),
        Type::Money(MoneyTag::Report),
    );
    fold_time(Fold::Sum, flow, months, None)
}

fn folded(selection: Selection, measure: Measure) -> Expression {
    let body = expression(Node::Measure(measure), Type::Money(MoneyTag::Position));
    expression(
        Node::FoldPositions {
            fold: Fold::Sum,
            selection: Box::new(selection),
            body: Box::new(body),
        },
        Type::Money(MoneyTag::Report),
    )
}

/// Assets less liabilities plus derivatives.
fn net(measure: &Measure) -> Expression {
    use crate::plan::Operator;
    let of = |selection| Box::new(folded(selection, measure.clone()));
    let ty = Type::Money(MoneyTag::Report);
    let own = Node::Arithmetic(
        Operator::Subtract,
        of(Selection::Assets),
        of(Selection::Liabilities),
    );
    let own = expression(own, ty.clone());
    expression(
        Node::Arithmetic(Operator::Add, Box::new(own), of(Selection::Derivatives)),
        ty,
    )
}

/// The runs that are compared.
struct Runs<'m, 'a> {
    measures: &'m Measures<'a>,
    without: usize,
    with: usize,
    legs: Vec<usize>,
}

impl Runs<'_, '_> {
    /// The days of the cash calendar that the runs share.
    fn cash_days(&self) -> Vec<Day> {
        let mut days = vec![0];
        days.extend(self.measures.cash_days(self.without));
        days
    }

    /// The book's date, the first days of cash on which something had settled, and a year on.
    fn days(&self, settled: &[Day]) -> Vec<Day> {
        let cash = self.cash_days();
        let mut days = vec![0];
        for day in settled.iter().take(4) {
            days.extend(cash.iter().copied().find(|cash| cash >= day));
        }
        days.extend(cash.iter().copied().find(|cash| *cash >= 365));
        days.sort_unstable();
        days.dedup();
        days
    }

    fn line(&self, name: &str, formula: &Expression, day: Day) -> Result<Line, String> {
        let place = |run| Place::of(run, Reading::Day(day));
        let read = |run| {
            let value = self.measures.evaluate(formula, place(run));
            value.map_err(|refusal| refusal.into_diagnostic().message)
        };
        let (without, with) = (read(self.without)?, read(self.with)?);
        let mut legs = Vec::new();
        for leg in &self.legs {
            legs.push(read(*leg)?);
        }
        let number = |value: &Value| match value {
            Value::Tenor(_) => match self.measures.observed(value) {
                Shown::Number(days) => days.parse::<i128>().ok().map(Rational::integer),
                Shown::Undefined(_) => None,
            },
            other => other.number().cloned(),
        };
        let less = |value: &Value| Some(&number(value)? - &number(&without)?);
        let difference = less(&with);
        let parts: Vec<Option<Rational>> = legs.iter().map(less).collect();
        let sum = parts.iter().try_fold(Rational::ZERO, |sum, part| {
            part.as_ref().map(|part| &sum + part)
        });
        let together = match (&difference, sum, parts.is_empty()) {
            (Some(all), Some(sum), false) => Some(decimal(&(all - &sum))),
            _ => None,
        };
        Ok(Line {
            measure: name.to_owned(),
            at: self
                .measures
                .date(place(self.with))
                .map_or_else(String::new, |date| date.to_string()),
            unit: self.measures.unit(&with, &formula.ty, place(self.with)),
            without: self.measures.observed(&without),
            with: self.measures.observed(&with),
            difference: difference.as_ref().map(decimal),
            legs: parts
                .iter()
                .map(|part| part.as_ref().map(decimal))
                .collect(),
            together,
        })
    }
}

fn decimal(number: &Rational) -> String {
    number.to_decimal().map_or_else(
        || number.to_fixed(12),
        |decimal| decimal.normalize().to_string(),
    )
}
