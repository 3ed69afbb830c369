//! Shocks of positions: prices, haircuts, outflows and drawdowns as levels by day.

use super::context::Context;
use super::group::{Group, ONE};
use super::series::Day;
use super::state::StepPath;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::market::{LevelPath, Reading, numbers, rational_level};
use crate::plan::{Selection, ShockTarget};
use crate::quantity::{Rate, Rational};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One shock of positions, its levels computed.
struct Prepared<'a> {
    selection: &'a Selection,
    path: LevelPath<Rational>,
    span: Option<Span>,
}

impl Prepared<'_> {
    /// Its level on a day.
    fn level(&self, context: &Context<'_>, day: Day) -> Result<Rational, Diagnostic> {
        let level = rational_level(&self.path, context.projection.date, context.date(day)?);
        Ok(level)
    }
}

/// The shocks of one kind.
struct Kind<'a> {
    /// What they shock, as a script says it: `price`.
    word: &'static str,
    shocks: Vec<Prepared<'a>>,
}

impl<'a> Kind<'a> {
    fn named(word: &'static str) -> Self {
        Self {
            word,
            shocks: Vec::new(),
        }
    }

    /// The shock that strikes a group, with its place.
    ///
    /// # Errors
    /// A second one that strikes the same positions: the text alone did not show it.
    fn striking(
        &self,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<(usize, &Prepared<'a>)>, Diagnostic> {
        let mut first: Option<(usize, &Prepared<'a>)> = None;
        for (at, shock) in self.shocks.iter().enumerate() {
            if (context.selects(shock.selection, group, 0)).map_err(|r| r.into_diagnostic())? {
                match first {
                    Some((_, first)) => {
                        return Err(shocked_twice(context, group, self.word, first, shock));
                    }
                    None => first = Some((at, shock)),
                }
            }
        }
        Ok(first)
    }
}

/// The shocks of positions of a scenario.
pub struct PositionShocks<'a> {
    prices: Kind<'a>,
    haircuts: Kind<'a>,
    outflows: Kind<'a>,
    drawdowns: Kind<'a>,
    /// Survival paths by the word and the place of the shock that makes them, so that groups alike share one.
    made: RefCell<BTreeMap<(&'static str, usize), Option<Arc<StepPath>>>>,
}

impl Default for PositionShocks<'_> {
    fn default() -> Self {
        Self {
            prices: Kind::named("price"),
            haircuts: Kind::named("haircut"),
            outflows: Kind::named("outflow"),
            drawdowns: Kind::named("drawdown"),
            made: RefCell::default(),
        }
    }
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
        let (kind, selection) = match &shock.target {
            ShockTarget::Price(selection) => (&mut prepared.prices, selection),
            ShockTarget::Haircut(selection) => (&mut prepared.haircuts, selection),
            ShockTarget::Outflow(selection) => (&mut prepared.outflows, selection),
            ShockTarget::Drawdown(selection) => (&mut prepared.drawdowns, selection),
            _ => continue,
        };
        match numbers(&shock.path, reading) {
            Ok(path) => kind.shocks.push(Prepared {
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
            &self.prices,
            &self.haircuts,
            &self.outflows,
            &self.drawdowns,
        ];
        let mut idle = Vec::new();
        for (kind, shock) in
            (kinds.iter()).flat_map(|kind| kind.shocks.iter().map(move |shock| (kind.word, shock)))
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
        !self.outflows.shocks.is_empty() || !self.drawdowns.shocks.is_empty()
    }

    /// What a shock of outflow leaves of a group, day by day of the loop; `None`: everything. A level on the book's date is a flow of the day after.
    ///
    /// # Errors
    /// A path that falls or passes 100%.
    pub fn outflow(
        &self,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        Self::path(&self.made, &self.outflows, context, group)
    }

    /// What a shock of drawdown leaves undrawn of a group's lines.
    ///
    /// # Errors
    /// A path that falls or passes 100%.
    pub fn drawdown(
        &self,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        Self::path(&self.made, &self.drawdowns, context, group)
    }

    fn path(
        made: &RefCell<BTreeMap<(&'static str, usize), Option<Arc<StepPath>>>>,
        kind: &Kind<'a>,
        context: &Context<'_>,
        group: &Group,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        let Some((at, shock)) = kind.striking(context, group)? else {
            return Ok(None);
        };
        if let Some(path) = made.borrow().get(&(kind.word, at)) {
            return Ok(path.clone());
        }
        let mut steps = Vec::new();
        let mut before = ONE;
        // not on days on which the loop stops for actions alone: what is read or settled then moves nobody else's money
        for day in context.calendar.plan_days().filter(|day| *day > 0) {
            let level = shock.level(context, day)?;
            let gone = level.to_scaled(15).unwrap_or(i128::MAX);
            if !(0..=ONE).contains(&gone) {
                return Err(falls(shock.span, "passes 100% or falls below nothing"));
            }
            let left = ONE - gone;
            if left > before {
                return Err(falls(shock.span, "falls: what has left does not come back"));
            }
            if left != before {
                steps.push((day, i64::try_from(left).unwrap_or(0)));
                before = left;
            }
        }
        let path = (!steps.is_empty()).then(|| Arc::new(StepPath { steps }));
        made.borrow_mut().insert((kind.word, at), path.clone());
        Ok(path)
    }

    /// The factor of the price shock of a group on a day, 1 + x; `None`: one.
    ///
    /// # Errors
    /// A selection without an answer.
    pub fn price(
        &self,
        context: &Context<'_>,
        group: &Group,
        day: Day,
    ) -> Result<Option<Rational>, Diagnostic> {
        let struck = self.prices.striking(context, group)?;
        struck
            .map(|(_, shock)| Ok(&Rational::ONE + &shock.level(context, day)?))
            .transpose()
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
        let points = match self.haircuts.striking(context, group)? {
            Some((_, shock)) => shock.level(context, day)?,
            None => Rational::ZERO,
        };
        Rate::from_rational(&points)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
    }

    /// Whether anything shocks prices or haircuts.
    pub fn moves_prices(&self) -> bool {
        !self.prices.shocks.is_empty() || !self.haircuts.shocks.is_empty()
    }
}

fn shocked_twice(
    context: &Context<'_>,
    group: &Group,
    word: &str,
    first: &Prepared<'_>,
    second: &Prepared<'_>,
) -> Diagnostic {
    let instrument = context.plan.instruments.get(group.instrument.index());
    let count = group.members.len();
    let mut error = Diagnostic::error(
        codes::run::SHOCKED_TWICE,
        format!(
            "two lines of `{}` shock the {word} of the same {count} position{} of `{}`",
            context.scenario.key.0,
            if count == 1 { "" } else { "s" },
            instrument.map_or("", |i| i.heading.short.as_str()),
        ),
    )
    .help("say it in one line, or part the two with `where` and `where not`");
    if let Some(span) = second.span {
        error = error.at(span, "again here");
    }
    if let Some(span) = first.span {
        error = error.also(span, "first here");
    }
    error
}

fn falls(span: Option<Span>, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::run::PATH_FALLS, format!("the path of this shock {what}"))
        .help("a path of outflows or drawdowns is the share that has left in all: it rises, to 100% at most");
    match span {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}
