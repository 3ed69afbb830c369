//! Present values: flows in quanta times discount factors at 1e-15, summed in 128 bits, nothing rounded before the end.

use super::Measures;
use super::place::Place;
use crate::calendar::Tenor;
use crate::diagnostic::codes::run as codes;
use crate::engine::context::Context;
use crate::engine::group::{Group, GroupKind, ONE};
use crate::engine::series::Day;
use crate::engine::state::{Reading, ScenarioFlows};
use crate::engine::valuation::{Valued, market_value};
use crate::formula::{Refusal, Value};
use crate::market::Bump;
use crate::plan::{Expression, ShockTarget, Valuation, neighbours_of_key_rate};
use crate::quantity::{Currency, Rational};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What a value asks for.
#[derive(Clone, Debug)]
pub(super) struct ValueOf {
    curve: Option<String>,
    margin_excluded: bool,
    /// What the volatilities of caps and floors are multiplied by; `None`: they are worth what the forwards make of them.
    volatility: Option<f64>,
    /// As if caps and floors were not there.
    unbounded: bool,
    /// Deposits at the rate that follows the market.
    pass_through: bool,
    /// The two bumps of a sensitivity: half the difference of their values.
    bumps: Option<(Bump, Bump)>,
}

/// How flows that are not certain are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlook {
    /// The curves, moved a little.
    pub(super) bump: Bump,
    /// What the volatilities of caps and floors are multiplied by; `None`: forwards decide.
    pub(super) volatility: Option<f64>,
    /// As if caps and floors of periods to come were not there.
    pub(super) unbounded: bool,
    /// Deposits at the rate that follows the market, not at that of the place.
    pub(super) pass_through: bool,
}

/// An outlook as a key: its numbers by their bits.
pub(super) type OutlookKey = [u64; 6];

impl Outlook {
    /// Forwards as they stand.
    pub(super) fn plain() -> Self {
        Self {
            bump: Bump::None,
            volatility: None,
            unbounded: false,
            pass_through: false,
        }
    }

    pub(super) fn key(self) -> OutlookKey {
        let [a, b, c, d] = bump_key(self.bump);
        let volatility = self.volatility.map_or(u64::MAX, f64::to_bits);
        let views = u64::from(self.pass_through) | u64::from(self.unbounded) << 1;
        [a, b, c, d, volatility, views]
    }
}

/// One basis point.
const BASIS_POINT: f64 = 0.0001;

impl ValueOf {
    /// What `pv(…)` asks for; `scale` evaluates what it multiplies volatilities by.
    pub(super) fn new(
        valuation: &Valuation,
        scale: impl Fn(&Expression) -> Result<Value, Refusal>,
    ) -> Result<Self, Refusal> {
        let volatility = match (&valuation.volatility, valuation.options) {
            (_, false) => None,
            (None, true) => Some(1.0),
            (Some(expression), true) => match scale(expression)? {
                Value::Number(scale) if scale.signum() >= 0 => Some(scale.to_f64()),
                other => {
                    return Err(Refusal::new(
                        codes::WRONG_KIND,
                        format!("{} stands where volatilities are scaled", other.kind()),
                    )
                    .at(expression.span)
                    .help("a share of 0% or more: `volatility = 125%`"));
                }
            },
        };
        Ok(Self {
            curve: valuation.curve.clone(),
            margin_excluded: valuation.margin_excluded,
            volatility,
            unbounded: valuation.options_excluded,
            pass_through: valuation.pass_through,
            bumps: None,
        })
    }

    pub(super) fn parallel_bump() -> Self {
        let bumps = (Bump::Parallel(-BASIS_POINT), Bump::Parallel(BASIS_POINT));
        Self {
            curve: None,
            margin_excluded: false,
            volatility: None,
            unbounded: false,
            pass_through: false,
            bumps: Some(bumps),
        }
    }

    pub(super) fn key_rate(tenor: Tenor) -> Result<Self, Refusal> {
        let Some(months) = tenor.in_months().filter(|m| *m > 0) else {
            return Err(
                Refusal::new(codes::WRONG_KIND, format!("a key rate at {tenor}"))
                    .help("key rates stand at months or years: `key_rate(5Y)`"),
            );
        };
        let years = |months: i32| f64::from(months) / 12.0;
        let (before, after) = neighbours_of_key_rate(tenor);
        let triangle = |size: f64| Bump::Triangle {
            from: before.map_or(f64::NEG_INFINITY, years),
            at: years(months),
            to: after.map_or(f64::INFINITY, years),
            size,
        };
        Ok(Self {
            curve: None,
            margin_excluded: false,
            volatility: None,
            unbounded: false,
            pass_through: false,
            bumps: Some((triangle(-BASIS_POINT), triangle(BASIS_POINT))),
        })
    }

    /// Units of the value in a quantum.
    pub(super) fn scale(&self) -> i128 {
        if self.bumps.is_some() { 2 * ONE } else { ONE }
    }
}

/// A bump as a key: its numbers by their bits.
pub(super) fn bump_key(bump: Bump) -> [u64; 4] {
    match bump {
        Bump::None => [0; 4],
        Bump::Parallel(size) => [1, size.to_bits(), 0, 0],
        Bump::Triangle { from, at, to, size } => {
            [from.to_bits(), at.to_bits(), to.to_bits(), size.to_bits()]
        }
    }
}

type FloatingKey = (usize, usize, Option<usize>, Reading, OutlookKey);
type CurveKey = (
    usize,
    Option<usize>,
    Reading,
    Currency,
    Option<String>,
    [u64; 4],
);

/// Discount factors and floating flows that were already computed.
#[derive(Default)]
pub(super) struct Valuations {
    pub(super) floating: RefCell<FxHashMap<FloatingKey, Arc<ScenarioFlows>>>,
    discounts: RefCell<FxHashMap<CurveKey, Rc<RefCell<FxHashMap<Day, i64>>>>>,
    values: RefCell<FxHashMap<(usize, Place, bool, Option<String>, OutlookKey), i128>>,
}

/// The discount factors of one curve as it stands at a place, by day, each computed when first asked for.
pub(super) struct Discounts {
    known: Rc<RefCell<FxHashMap<Day, i64>>>,
}

impl Measures<'_> {
    /// The value of a group in units of 1e-15 (or half of it) quanta. Of a derivative's leg: signed.
    pub(super) fn value(
        &self,
        value: &ValueOf,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<i128, Refusal> {
        match value.bumps {
            None => self.present_value(value, index, group, place, Bump::None),
            Some((down, up)) => {
                let down = self.present_value(value, index, group, place, down)?;
                Ok(down - self.present_value(value, index, group, place, up)?)
            }
        }
    }

    fn present_value(
        &self,
        value: &ValueOf,
        index: usize,
        group: &Group,
        place: Place,
        bump: Bump,
    ) -> Result<i128, Refusal> {
        // Without a floor or cap there is no option to see.
        let bounded = group.opening.is_bounded;
        let outlook = Outlook {
            bump,
            volatility: value.volatility.filter(|_| bounded),
            unbounded: value.unbounded && bounded,
            pass_through: value.pass_through,
        };
        // A group's value does not depend on the slice.
        let key = (
            index,
            Place {
                slice: 0,
                ladder: None,
                ..place
            },
            value.margin_excluded,
            value.curve.clone(),
            outlook.key(),
        );
        if let Some(found) = self.valuations.values.borrow().get(&key) {
            return Ok(*found);
        }
        let today = place.reading.day();
        let flows = self.run_off(index, place, outlook)?;
        let known = self.discounts(place, group.currency, value.curve.as_deref(), bump);
        let mut sum: i128 = 0;
        for flow in flows {
            let interest = if value.margin_excluded {
                flow.interest - flow.margin
            } else {
                flow.interest
            };
            let amount = flow.principal + interest;
            if amount == 0 {
                continue;
            }
            let factor = if flow.day <= today {
                ONE
            } else {
                i128::from(self.discount(
                    &known,
                    place,
                    group.currency,
                    value.curve.as_deref(),
                    bump,
                    flow.day,
                )?)
            };
            let product = amount.checked_mul(factor).and_then(|p| sum.checked_add(p));
            sum = product.ok_or_else(|| {
                Refusal::new(
                    codes::OUT_OF_RANGE,
                    "a present value beyond what can be counted",
                )
            })?;
        }
        if group.is_derivative() && group.kind == GroupKind::Contract {
            sum *= group.sign();
        }
        self.valuations.values.borrow_mut().insert(key, sum);
        Ok(sum)
    }

    fn discounts(
        &self,
        place: Place,
        currency: Currency,
        curve: Option<&str>,
        bump: Bump,
    ) -> Discounts {
        let key = (
            place.run,
            place.branch,
            place.reading,
            currency,
            curve.map(str::to_owned),
            bump_key(bump),
        );
        let known = self
            .valuations
            .discounts
            .borrow_mut()
            .entry(key)
            .or_default()
            .clone();
        Discounts { known }
    }

    fn discount(
        &self,
        discounts: &Discounts,
        place: Place,
        currency: Currency,
        curve: Option<&str>,
        bump: Bump,
        day: Day,
    ) -> Result<i64, Refusal> {
        if let Some(found) = discounts.known.borrow().get(&day) {
            return Ok(*found);
        }
        let market = self.market(place)?;
        let today = self.today(place)?;
        let of_day = match curve {
            Some(name) => market.curve(name, today)?,
            None => market.discount_curve(currency, today)?,
        };
        let date = self
            .run(place)?
            .date(day)
            .ok_or_else(|| Refusal::new(codes::OUT_OF_RANGE, "a flow beyond the calendar"))?;
        let units = of_day.bumped(bump).discount_units(date)?;
        discounts.known.borrow_mut().insert(day, units);
        Ok(units)
    }

    /// Dirty market value at a place; under a scenario that strikes there, the value moves with the curves as the present value does.
    pub(super) fn market_value(
        &self,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<Option<i128>, Refusal> {
        let run = self.run(place)?;
        let own = run.market_value(index, place.reading);
        if place.branch.is_none() || group.is_account() {
            return Ok(own);
        }
        if own.is_none() {
            return Ok(None);
        }
        let flows = self.contractual(index, group, place, Outlook::plain())?;
        let principal = flows
            .as_ref()
            .and_then(|f| f.principal.as_ref())
            .unwrap_or(&group.principal);
        let none = crate::engine::group::Accruing::default();
        let interest = flows
            .as_ref()
            .map(|f| &f.interest)
            .or_else(|| group.fixed_interest())
            .map_or(&none, |leg| &leg.interest);
        let context = self.context(place)?;
        let mut struck = Context::new(
            self.plan,
            self.exercise,
            context.engine.scenario,
            (*self.market(place)?).clone(),
            run.projection.clone(),
            run.calendar.clone(),
        );
        struck.overlay = self.overlay_at(place).clone();
        let valued = Valued {
            group,
            principal,
            interest,
            factor: run.factor(index, place.reading),
            spread: group.opening.spread,
            shock: self.price_shock(index, group, place)?,
        };
        Ok(Some(market_value(&struck, &valued, place.reading.day())?))
    }

    /// The price shocks on a group at a place, as a factor: the run's own, and those of the scenario that strikes there.
    fn price_shock(
        &self,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<Option<Rational>, Refusal> {
        let context = self.context(place)?;
        let own = context.engine.scenario;
        let struck = place.branch.map(|b| self.difference(b)).transpose()?;
        let today = self.today(place)?;
        let origin = self.exercise.book.date;
        let before = place.reading == Reading::Start;
        let mut factor: Option<Rational> = None;
        let scenarios = [
            (Some(own), origin, before),
            (struck.as_deref(), today, false),
        ];
        for (scenario, strike, skipped) in scenarios {
            let Some(scenario) = scenario.filter(|_| !skipped) else {
                continue;
            };
            for shock in &scenario.shocks {
                let ShockTarget::Price(selection) = &shock.target else {
                    continue;
                };
                if self.selects(selection, index, group, place, &[])? {
                    let level = self.striking.level(scenario, &shock.path, strike, today)?;
                    factor = Some(factor.unwrap_or(Rational::ONE) * (Rational::ONE + level));
                }
            }
        }
        Ok(factor)
    }
}
