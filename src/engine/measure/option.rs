//! Views of value that have to be asked for: caps and floors with their time value, deposits at a rate that follows the market.

use super::Measures;
use super::place::Place;
use crate::calendar::{DayCount, Tenor};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::{market as market_codes, run as codes};
use crate::engine::behaviour::effective;
use crate::engine::group::{Floating, Group, InterestLeg, InterestTerms};
use crate::engine::rates::{client_interest, client_rates_seen, floating_interest};
use crate::engine::series::Day;
use crate::engine::state::ScenarioFlows;
use crate::formula::Refusal;
use crate::market::Bump;
use crate::quantity::Rate;
use std::sync::Arc;

impl Measures<'_> {
    /// Interest of a floating group whose periods to come bear the expected rate between floor and cap, not that of the forward. What is
    /// fixed by the day of the place stays.
    pub(super) fn with_options(
        &self,
        group: &Group,
        floating: &Floating,
        place: Place,
        scale: f64,
        read: impl Fn(Day, Option<Tenor>) -> Result<Rate, Diagnostic>,
    ) -> Result<InterestLeg, Refusal> {
        if floating.in_arrears.is_some() {
            return Err(self.not_by_period(group, "its rate is compounded in arrears"));
        }
        let engine = &self.context(place)?.engine;
        let Some(volatility) = engine.market.data().volatility(&floating.index) else {
            let index = &floating.index;
            let name = self.instrument_name(group);
            return Err(Refusal::new(
                market_codes::NO_VOLATILITY,
                format!("`{name}` has a floor or cap on `{index}`, and the market has no volatility of it"),
            )
            .help(format!(
                "add `volatility {index} = normal(80bp)` to the market, or value what the forwards make of it: `pv` without `options`"
            )));
        };
        let bounds = (
            floating.floor.map(|rate| rate.to_rational().to_f64()),
            floating.cap.map(|rate| rate.to_rational().to_f64()),
        );
        let today = place.reading.day();
        self.with_periods_to_come(group, floating, place, read, |fixing, forward| {
            let years = f64::from(fixing - today) / 365.0;
            let forward = forward.to_rational().to_f64();
            let expected = volatility.expected(forward, bounds, years, scale)?;
            Rate::from_f64(expected)
                .map_err(|e| Diagnostic::error(codes::OUT_OF_RANGE, e.to_string()))
        })
    }

    /// Interest of a floating group as if its floor and cap ended with the periods whose rate is fixed by the day of the place.
    pub(super) fn without_options(
        &self,
        group: &Group,
        floating: &Floating,
        place: Place,
        read: impl Fn(Day, Option<Tenor>) -> Result<Rate, Diagnostic>,
    ) -> Result<InterestLeg, Refusal> {
        if floating.in_arrears.is_some() && group.opening.is_bounded {
            return Err(self.not_by_period(group, "its rate is compounded in arrears"));
        }
        self.with_periods_to_come(group, floating, place, read, |_, forward| Ok(forward))
    }

    /// Interest of a floating group: within its floor and cap where the rate is fixed, else at what `expected` makes of the forward.
    fn with_periods_to_come(
        &self,
        group: &Group,
        floating: &Floating,
        place: Place,
        read: impl Fn(Day, Option<Tenor>) -> Result<Rate, Diagnostic>,
        expected: impl Fn(Day, Rate) -> Result<Rate, Diagnostic>,
    ) -> Result<InterestLeg, Refusal> {
        let engine = &self.context(place)?.engine;
        let today = place.reading.day();
        let daycount = group.daycount.unwrap_or(DayCount::Act360);
        let open = Floating {
            floor: None,
            cap: None,
            ..floating.clone()
        };
        let leg = floating_interest(engine, &open, daycount, |fixing, period| {
            let rate = read(fixing, period)?;
            if fixing <= today {
                let capped = floating.cap.map_or(rate, |cap| rate.min(cap));
                return Ok(floating.floor.map_or(capped, |floor| capped.max(floor)));
            }
            expected(fixing, rate)
        })?;
        Ok(leg)
    }

    /// Floors and caps without an option of each period: where the payment is recalculated at each reset, or the rate is an average.
    pub(super) fn not_by_period(&self, group: &Group, why: &str) -> Refusal {
        let name = self.instrument_name(group);
        Refusal::new(
            codes::NOT_AVAILABLE,
            format!("the floor or cap of `{name}` is not valued by this version: {why}"),
        )
        .help(format!("leave `{name}` out of `pv(options = true)`"))
    }

    /// Interest of an account at the rate that its behaviour makes of the forwards from the place on; `None` where no behaviour moves it.
    pub(super) fn passed_through(
        &self,
        group: &Group,
        place: Place,
    ) -> Result<Option<Arc<ScenarioFlows>>, Refusal> {
        let InterestTerms::Client(client) = &group.interest else {
            return Ok(None);
        };
        let own = &self.context(place)?.engine;
        let market = self.market(place)?;
        let today = place.reading.day();
        let until = client.periods.last().map_or(0, |period| period.end);
        let interest = self.in_force(place, |context, _| {
            let Some(beta) = effective(context, group)?.reprice else {
                return Ok(None);
            };
            let seen = |day: Day| {
                if day <= today {
                    return own.index_rate(&beta.index, day, day, None);
                }
                let rate = market.index_rate(
                    &beta.index,
                    own.date(day)?,
                    None,
                    own.date(today)?,
                    Bump::None,
                )?;
                Rate::from_f64(rate)
                    .map_err(|e| Diagnostic::error(codes::OUT_OF_RANGE, e.to_string()))
            };
            let rates = client_rates_seen(context, group, client, beta, until, &seen)?;
            Ok(Some(client_interest(context, client, &rates)?))
        })?;
        Ok(interest.map(|interest| {
            Arc::new(ScenarioFlows {
                principal: None,
                interest,
            })
        }))
    }
}
