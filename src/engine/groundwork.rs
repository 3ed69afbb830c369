//! What every run of an exercise starts from: groups with their prices and spreads, calendars, templates of new business.

use super::calendars::Calendars;
use super::context::Context;
use super::group::{Group, InterestTerms, Projection};
use super::prepare::Prepared;
use super::project::mirror::price_mirrors;
use super::project::{Source, project};
use super::rates::floating_interest;
use super::reads::Reads;
use super::state::EventCalendar;
use super::state::{mul_div, round_accrued};
use super::steer::Templates;
use super::transfer::Pricing;
use super::valuation::calibrate;
use crate::calendar::DayCount;
use crate::diagnostic::Diagnostic;
use crate::plan::{Expression, InstrumentId, Scenario};
use crate::quantity::RATE_SCALE;
use std::sync::Arc;

/// What every run of an exercise starts from, made once.
pub(super) struct Groundwork<'p> {
    pub(super) source: Source<'p>,
    pub(super) reads: Reads,
    pub(super) calendars: Calendars,
    pub(super) projection: Arc<Projection>,
    pub(super) templates: Templates,
}

impl<'p> Prepared<'p> {
    /// What every run starts from; `more` are scenarios that are run besides those of the exercise.
    pub(super) fn groundwork(
        &'p self,
        further: &[&Expression],
        more: &[&Scenario],
        apart: Option<InstrumentId>,
    ) -> Result<Groundwork<'p>, Vec<Diagnostic>> {
        let exercise = self.exercise;
        let source = Source {
            plan: self.plan,
            exercise,
            positions: &self.read.positions,
            market: &self.market,
            apart,
        };
        let mut reads = Reads::of(self.plan, exercise, further);
        for scenario in more {
            reads.scenario(self.plan, scenario);
        }
        let scenarios = exercise.scenarios.values().chain(more.iter().copied());
        let calendars = Calendars::of(source, scenarios)?;
        let calendar = calendars.all();
        let projected = project(source, &reads, &calendar.days)?;
        let projected = self.priced(source, projected, calendar)?;
        let projection = self.calibrated(projected, calendar)?;
        let templates = Templates::of(source, &projection);
        Ok(Groundwork {
            source,
            reads,
            calendars,
            projection,
            templates,
        })
    }

    /// The mirrors of the opening book, where transfer prices are read.
    fn priced(
        &self,
        source: Source<'_>,
        projection: Projection,
        calendar: &Arc<EventCalendar>,
    ) -> Result<Projection, Vec<Diagnostic>> {
        let Some(base) = self.exercise.scenarios.get(&self.exercise.base) else {
            return Ok(projection);
        };
        if !projection.has_transfer_prices {
            return Ok(projection);
        }
        let known = Arc::new(projection.clone());
        let context = Context::new(
            self.plan,
            self.exercise,
            base,
            self.scenario_market(base).before_shocks(),
            known,
            Arc::clone(calendar),
        );
        let pricing = Pricing {
            context: &context,
            start: &context,
        };
        price_mirrors(source, pricing, projection)
    }

    /// The spread of each priced group over the curve of the book's date, before any shock.
    fn calibrated(
        &self,
        projection: Projection,
        calendar: &Arc<EventCalendar>,
    ) -> Result<Arc<Projection>, Vec<Diagnostic>> {
        let projection = Arc::new(projection);
        let Some(base) = self.exercise.scenarios.get(&self.exercise.base) else {
            return Ok(projection);
        };
        let market = self.scenario_market(base).before_shocks();
        let context = Context::new(
            self.plan,
            self.exercise,
            base,
            market,
            Arc::clone(&projection),
            Arc::clone(calendar),
        );
        let mut spreads = Vec::new();
        let mut errors = Vec::new();
        for (index, group) in projection.groups.iter().enumerate() {
            match opening_spread(&context, group) {
                Ok(Some(spread)) => spreads.push((index, spread)),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut calibrated = (*projection).clone();
        for (index, spread) in spreads {
            if let Some(group) = calibrated.groups.get_mut(index) {
                group.opening.spread = spread;
            }
        }
        Ok(Arc::new(calibrated))
    }
}

/// The spread that reprices a group's stated price; `None` without a price or a curve.
fn opening_spread(context: &Context<'_>, group: &Group) -> Result<Option<f64>, Diagnostic> {
    let Some(price) = group.opening.clean_price else {
        return Ok(None);
    };
    if !context.has_curve(group.currency) {
        return Ok(None);
    }
    let made;
    let leg = match &group.interest {
        InterestTerms::Floating(floating) => {
            let daycount = group.daycount.unwrap_or(DayCount::Act360);
            made = floating_interest(context, floating, daycount, |fixing, period| {
                context.index_rate(&floating.index, fixing, fixing.max(0), period)
            })?;
            Some(&made)
        }
        _ => group.fixed_interest(),
    };
    let none = Default::default();
    let interest = leg.map_or(&none, |leg| &leg.interest);
    let clean = mul_div(
        group.opening.nominal,
        i128::from(price.0),
        i128::from(RATE_SCALE),
    );
    let target = clean + round_accrued(interest.accrued(0, context.projection.date));
    calibrate(context, group, &group.principal, &interest.paid, target, 0).map(Some)
}
