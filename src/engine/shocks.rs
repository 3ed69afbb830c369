//! Shocks of positions: prices, haircuts, outflows and drawdowns as levels by day.

use super::context::Context;
use super::group::{Group, ONE};
use super::series::Day;
use super::state::StepPath;
use super::survival::times;
use crate::diagnostic::{Diagnostic, codes};
use crate::market::{LevelPath, Reading, numbers, rational_level};
use crate::plan::{Selection, ShockTarget};
use crate::quantity::{Rate, Rational};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One shock of positions, its levels computed.
struct Prepared<'a> {
    selection: &'a Selection,
    path: LevelPath<Rational>,
    span: Option<crate::diagnostic::Span>,
}

/// The shocks of positions of a scenario.
#[derive(Default)]
pub struct PositionShocks<'a> {
    prices: Vec<Prepared<'a>>,
    haircuts: Vec<Prepared<'a>>,
    outflows: Vec<Prepared<'a>>,
    drawdowns: Vec<Prepared<'a>>,
    /// Survival paths by the shocks that make them, so that groups alike share one.
    made: std::cell::RefCell<BTreeMap<(bool, Vec<usize>), Option<Arc<StepPath>>>>,
}

/// Makes the position shocks of a scenario ready.
///
/// # Errors
/// What a level lacks.
pub fn prepare<'a>(
    shocks: &'a [crate::plan::Shock],
    reading: &Reading<'_>,
) -> Result<PositionShocks<'a>, Vec<Diagnostic>> {
    let mut prepared = PositionShocks::default();
    let mut errors = Vec::new();
    for shock in shocks {
        let (list, selection) = match &shock.target {
            ShockTarget::Price(selection) => (&mut prepared.prices, selection),
            ShockTarget::Haircut(selection) => (&mut prepared.haircuts, selection),
            ShockTarget::Outflow(selection) => (&mut prepared.outflows, selection),
            ShockTarget::Drawdown(selection) => (&mut prepared.drawdowns, selection),
            _ => continue,
        };
        match numbers(&shock.path, reading) {
            Ok(path) => list.push(Prepared {
                selection,
                path,
                span: shock.origin.span,
            }),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(prepared)
    } else {
        Err(errors)
    }
}

impl<'a> PositionShocks<'a> {
    /// A warning for each shock that strikes no position of the book: it moves nothing, which a slip in its `where` may be the cause of.
    ///
    /// # Errors
    /// A selection without an answer.
    pub fn idle(
        &self,
        context: &Context<'_>,
        groups: &[Group],
    ) -> Result<Vec<Diagnostic>, Diagnostic> {
        let kinds = [
            ("price", &self.prices),
            ("haircut", &self.haircuts),
            ("outflow", &self.outflows),
            ("drawdown", &self.drawdowns),
        ];
        let mut idle = Vec::new();
        for (kind, shock) in
            (kinds.iter()).flat_map(|(kind, list)| list.iter().map(move |s| (kind, s)))
        {
            let mut strikes = false;
            for group in groups {
                if (context.selects(shock.selection, group, 0)).map_err(|r| r.into_diagnostic())? {
                    strikes = true;
                    break;
                }
            }
            if !strikes {
                let warning = Diagnostic::warning(
                    codes::warning::IDLE_SHOCK,
                    format!("this shock of {kind} strikes no position of the book"),
                );
                let warning = match shock.span {
                    Some(span) => warning.at(span, ""),
                    None => warning,
                };
                idle.push(warning.help("if it is meant to, look at its selection: what positions are called stands in `plimsoll list`"));
            }
        }
        Ok(idle)
    }

    /// Whether any takes money out or draws lines.
    pub fn move_balances(&self) -> bool {
        !self.outflows.is_empty() || !self.drawdowns.is_empty()
    }

    fn chosen(
        context: &Context<'_>,
        list: &[Prepared<'a>],
        group: &Group,
    ) -> Result<Vec<usize>, Diagnostic> {
        let mut chosen = Vec::new();
        for (at, shock) in list.iter().enumerate() {
            if context
                .selects(shock.selection, group, 0)
                .map_err(|r| r.into_diagnostic())?
            {
                chosen.push(at);
            }
        }
        match chosen.as_slice() {
            [first, second, ..] => Err(shocked_twice(context, group, list, *first, *second)),
            _ => Ok(chosen),
        }
    }

    /// What outflow shocks leave of a group, day by day of the loop; `None`: everything. A level on the book's date is a flow of the day after.
    ///
    /// # Errors
    /// A path that falls or passes 100%.
    pub fn outflow(
        &self,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        let chosen = Self::chosen(context, &self.outflows, group)?;
        self.path(context, false, &self.outflows, chosen)
    }

    /// What drawdown shocks leave undrawn of a group's lines.
    ///
    /// # Errors
    /// A path that falls or passes 100%.
    pub fn drawdown(
        &self,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        let chosen = Self::chosen(context, &self.drawdowns, group)?;
        self.path(context, true, &self.drawdowns, chosen)
    }

    fn path(
        &self,
        context: &Context<'_>,
        draws: bool,
        list: &[Prepared<'a>],
        chosen: Vec<usize>,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        if chosen.is_empty() {
            return Ok(None);
        }
        if let Some(path) = self.made.borrow().get(&(draws, chosen.clone())) {
            return Ok(path.clone());
        }
        let mut steps = Vec::new();
        let mut before = ONE;
        // not on days on which the loop stops for actions alone: what is read or settled then moves nobody else's money
        for day in context.calendar.plan_days().filter(|day| *day > 0) {
            let mut left = ONE;
            for shock in chosen.iter().filter_map(|at| list.get(*at)) {
                let level =
                    rational_level(&shock.path, context.projection.date, context.date(day)?);
                let gone = level.to_scaled(15).unwrap_or(i128::MAX);
                if !(0..=ONE).contains(&gone) {
                    return Err(falls(shock.span, "passes 100% or falls below nothing"));
                }
                left = times(left, ONE - gone);
            }
            if left > before {
                return Err(falls(
                    chosen
                        .first()
                        .and_then(|at| list.get(*at))
                        .and_then(|s| s.span),
                    "falls: what has left does not come back",
                ));
            }
            if left != before {
                steps.push((day, i64::try_from(left).unwrap_or(0)));
                before = left;
            }
        }
        let path = (!steps.is_empty()).then(|| Arc::new(StepPath { steps }));
        self.made.borrow_mut().insert((draws, chosen), path.clone());
        Ok(path)
    }

    /// The factor of price shocks of a group on a day, 1 + x; `None`: one.
    ///
    /// # Errors
    /// A selection without an answer.
    pub fn price(
        &self,
        context: &Context<'_>,
        group: &Group,
        day: Day,
    ) -> Result<Option<Rational>, Diagnostic> {
        let mut factor: Option<Rational> = None;
        for at in Self::chosen(context, &self.prices, group)? {
            let Some(shock) = self.prices.get(at) else {
                continue;
            };
            let level = &Rational::ONE
                + &rational_level(&shock.path, context.projection.date, context.date(day)?);
            factor = Some(match factor {
                Some(before) => &before * &level,
                None => level,
            });
        }
        Ok(factor)
    }

    /// Points added to the haircut of a secured deal's collateral on a day.
    ///
    /// # Errors
    /// A selection without an answer.
    pub fn haircut(
        &self,
        context: &Context<'_>,
        group: &Group,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        let mut points = Rational::ZERO;
        for at in Self::chosen(context, &self.haircuts, group)? {
            let Some(shock) = self.haircuts.get(at) else {
                continue;
            };
            points =
                &points + &rational_level(&shock.path, context.projection.date, context.date(day)?);
        }
        Rate::from_rational(&points)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
    }

    /// Whether anything shocks prices or haircuts.
    pub fn moves_prices(&self) -> bool {
        !self.prices.is_empty() || !self.haircuts.is_empty()
    }
}

/// Two lines of a scenario that choose the same positions: the text alone did not show it.
fn shocked_twice(
    context: &Context<'_>,
    group: &Group,
    list: &[Prepared<'_>],
    first: usize,
    second: usize,
) -> Diagnostic {
    let span = |at: usize| list.get(at).and_then(|shock| shock.span);
    let instrument = context.plan.instruments.get(group.instrument.index());
    let mut error = Diagnostic::error(
        codes::run::SHOCKED_TWICE,
        format!(
            "two lines of `{}` shock the same of {} positions of `{}`",
            context.scenario.key.0,
            group.members.len(),
            instrument.map_or("", |i| i.heading.short.as_str()),
        ),
    )
    .help("say it in one line, or part the two with `where` and `where not`");
    if let Some(span) = span(second) {
        error = error.at(span, "again here");
    }
    if let Some(span) = span(first) {
        error = error.also(span, "first here");
    }
    error
}

fn falls(span: Option<crate::diagnostic::Span>, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::run::PATH_FALLS, format!("the path of this shock {what}"))
        .help("a path of outflows or drawdowns is the share that has left in all: it rises, to 100% at most");
    match span {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}
