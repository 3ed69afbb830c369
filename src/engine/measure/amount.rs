//! Measures of one group as integers.

use super::Measures;
use super::income::Income;
use super::place::Place;
use super::value::ValueOf;
use crate::calendar::Tenor;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{ACCRUED_SCALE, Group, GroupKind, Leg, ONE, Withdrawal};
use crate::engine::series::Day;
use crate::engine::state::{Encumbrance, Reading, Received, Run, mul_div, round_accrued, scale};
use crate::formula::{Refusal, Value};
use crate::plan::{Band, Domain, Expression, Measure, Node, Selection};
use crate::quantity::Rational;
use std::sync::Arc;

/// A measure with its windows and bands as days of the run.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    Balance,
    Undrawn,
    Accrued,
    AmortisedCost,
    Book,
    MarketValue,
    Free,
    /// All, or what is released in the band.
    Encumbered(Option<Window>),
    Due(Day),
    Callable(Day),
    Interest(Day),
    NetFlow(Day),
    /// Until when, and the lots against which a deal stands that counts.
    Unwound(Day, Option<Arc<Selection>>),
    Maturing(Window),
    Repricing(Window),
    /// Principal and interest by the day of repricing; whether the margin is left out.
    RepricingFlow(Window, bool),
    Unrepriced(Window),
    Value(ValueOf),
    /// Accrual since the last day of the cash calendar.
    Income(Income),
    Share(Share),
}

/// Ratios over groups.
#[derive(Clone, Debug)]
pub(super) enum Share {
    Free,
    Encumbered(Window),
}

/// A band as days: `(after, until]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Window {
    pub(super) after: Day,
    pub(super) until: Day,
    /// The first band holds what is on demand, the last what never comes.
    pub(super) first: bool,
    last: bool,
}

impl Window {
    fn holds(self, day: Option<Day>) -> bool {
        match day {
            Some(day) => (self.first || day > self.after) && day <= self.until,
            None => self.last,
        }
    }
}

impl Leaf {
    /// The measure at a place; `band` evaluates the band that it takes.
    pub(super) fn resolve(
        measures: &Measures<'_>,
        measure: &Measure,
        place: Place,
        band: impl Fn(&Expression) -> Result<Value, Refusal>,
    ) -> Result<Leaf, Refusal> {
        let until = |tenor: &Tenor| measures.window_end(place, *tenor);
        let window = |e: &Expression| measures.band_window(place, &band(e)?);
        Ok(match measure {
            Measure::Balance => Leaf::Balance,
            Measure::Undrawn => Leaf::Undrawn,
            Measure::Accrued => Leaf::Accrued,
            Measure::AmortisedCost => Leaf::AmortisedCost,
            Measure::Book => Leaf::Book,
            Measure::MarketValue => Leaf::MarketValue,
            Measure::Free => Leaf::Free,
            Measure::Encumbered(None) => Leaf::Encumbered(None),
            Measure::Encumbered(Some(e)) => Leaf::Encumbered(Some(window(e)?)),
            Measure::FreeShare => Leaf::Share(Share::Free),
            Measure::EncumberedShare(e) => Leaf::Share(Share::Encumbered(window(e)?)),
            Measure::Due(t) => Leaf::Due(until(t)?),
            Measure::Callable(t) => Leaf::Callable(until(t)?),
            Measure::Interest(t) => Leaf::Interest(until(t)?),
            Measure::NetFlow(t) => Leaf::NetFlow(until(t)?),
            Measure::Unwound(t, lots) => {
                let lots = lots.as_ref().and_then(|lots| match &lots.node {
                    Node::Selection(selection) => Some(Arc::new((**selection).clone())),
                    _ => None,
                });
                Leaf::Unwound(until(t)?, lots)
            }
            Measure::Maturing(e) => Leaf::Maturing(window(e)?),
            Measure::Repricing(e) => Leaf::Repricing(window(e)?),
            Measure::RepricingFlow(e, margin) => {
                let included = band(margin)? == Value::Bool(true);
                Leaf::RepricingFlow(window(e)?, !included)
            }
            Measure::Unrepriced(e) => Leaf::Unrepriced(window(e)?),
            Measure::Value(valuation) => Leaf::Value(ValueOf::new(valuation, &band)?),
            Measure::Pv01 => Leaf::Value(ValueOf::parallel_bump()),
            Measure::KeyRate(tenor) => Leaf::Value(ValueOf::key_rate(*tenor)?),
            Measure::InterestIncome => Leaf::Income(Income::Interest),
            Measure::MarginIncome => Leaf::Income(Income::Margin),
            Measure::FtpBaseIncome => Leaf::Income(Income::FtpBase),
            Measure::FtpLiquidityIncome => Leaf::Income(Income::FtpLiquidity),
            Measure::FtpBreakageIncome => Leaf::Income(Income::FtpBreakage),
        })
    }

    /// How many units of the integer make a quantum.
    pub(super) fn scale(&self) -> i128 {
        match self {
            Leaf::Accrued | Leaf::Income(_) => ACCRUED_SCALE,
            Leaf::Value(value) => value.scale(),
            _ => 1,
        }
    }
}

impl Measures<'_> {
    /// The last day of a window of a measure: the day with clamp, `(t, t+W]`.
    pub(super) fn window_end(&self, place: Place, tenor: Tenor) -> Result<Day, Refusal> {
        let run = self.run(place)?;
        let today = place.reading.day();
        let day = run
            .date(today)
            .and_then(|date| tenor.after(date).ok())
            .map(|end| end - run.projection.date);
        day.ok_or_else(|| {
            Refusal::new(
                codes::OUT_OF_RANGE,
                format!("a window of {tenor} leaves the calendar"),
            )
        })
    }

    /// The days of a band, seen from the place.
    fn band_window(&self, place: Place, band: &Value) -> Result<Window, Refusal> {
        let Value::Band(dimension, number) = band else {
            return Err(Refusal::new(
                codes::WRONG_KIND,
                format!("{} stands where a band is due", band.kind()),
            )
            .help("fold over a dimension of bands: `sum(gap: …)`, or report `by gap`"));
        };
        let Some(Domain::Bands(bands)) = self
            .plan
            .dimensions
            .get(dimension.index())
            .map(|d| &d.domain)
        else {
            return Err(Refusal::new(
                codes::WRONG_KIND,
                "a dimension without bands stands where a band is due",
            ));
        };
        let number = *number as usize;
        let end = |band: &Band| match band.end {
            Some(tenor) => self
                .window_end(place, tenor)
                .map(|day| if band.holds_end { day } else { day - 1 }),
            None => Ok(Day::MAX),
        };
        let until = bands.get(number).map_or(Ok(Day::MAX), end)?;
        let after = match number.checked_sub(1).and_then(|before| bands.get(before)) {
            Some(before) => end(before)?,
            None => place.reading.day(),
        };
        Ok(Window {
            after,
            until,
            first: number == 0,
            last: number + 1 == bands.len(),
        })
    }

    /// A measure of one group, in the leaf's units.
    pub(super) fn amount(&self, leaf: &Leaf, index: usize, place: Place) -> Result<i128, Refusal> {
        let run = self.run(place)?;
        let reading = place.reading;
        let Some(group) = run.group(index) else {
            return Ok(0);
        };
        if is_unborn(group, reading) {
            return Ok(0);
        }
        // collateral received is not the bank's
        let is_received = group.kind == GroupKind::Received;
        if is_received && !matches!(leaf, Leaf::Free | Leaf::Encumbered(_) | Leaf::Unwound(..)) {
            return Ok(0);
        }
        Ok(match leaf {
            Leaf::Balance => balance(run, index, group, reading),
            Leaf::Undrawn => run.undrawn_amount(index, reading),
            // the legs of a derivative net: received less paid
            Leaf::Accrued if group.is_derivative() => group.sign() * run.accrued(index, reading),
            Leaf::Accrued => run.accrued(index, reading),
            Leaf::AmortisedCost if group.is_derivative() => 0,
            Leaf::AmortisedCost => run.balance(index, reading) + run.premium(index, reading),
            Leaf::Book => self.book(run, index, group, place)?,
            Leaf::MarketValue => match self.market_value(index, group, place)? {
                Some(value) => value,
                None => return Err(self.unpriced(group)),
            },
            Leaf::Free => {
                let held: i128 = self
                    .encumbered(run, index, place)?
                    .iter()
                    .map(|(_, amount)| amount)
                    .sum();
                self.face_or_market(run, index, group, place)? - held
            }
            Leaf::Encumbered(window) => self
                .encumbered(run, index, place)?
                .iter()
                .filter(|(release, _)| window.is_none_or(|w| w.holds(*release)))
                .map(|(_, amount)| amount)
                .sum(),
            Leaf::Due(until) => run.due(index, reading, *until),
            Leaf::Callable(until) => run.callable(index, reading, *until),
            Leaf::Interest(until) if group.is_derivative() => {
                group.sign() * run.interest_due(index, reading, *until)
            }
            Leaf::Interest(until) => run.interest_due(index, reading, *until),
            Leaf::NetFlow(until) if group.is_derivative() => {
                let principal = scale(
                    run.factor(index, reading),
                    group.principal.between(reading.day(), *until),
                );
                group.sign() * (run.interest_due(index, reading, *until) + principal)
            }
            Leaf::NetFlow(until) => {
                group.sign()
                    * (run.interest_due(index, reading, *until) + run.due(index, reading, *until))
            }
            Leaf::Unwound(until, lots) => {
                self.unwound(run, index, group, place, *until, lots.as_deref())?
            }
            Leaf::Maturing(window) => {
                if group.is_derivative() {
                    return Ok(0);
                }
                let amount = self.book(run, index, group, place)?;
                spread(amount, *window, |day| {
                    principal_share(run, index, group, reading, day)
                })
            }
            Leaf::Repricing(window) => {
                let amount = if group.is_derivative() {
                    group.sign() * run.balance(index, reading)
                } else {
                    self.book(run, index, group, place)?
                };
                let schedule = self.repricing(index, group, place)?;
                let whole = schedule.principal.total();
                spread(amount, *window, |day| match whole {
                    // Nothing is scheduled (it never comes, or is due and unpaid): by its last day.
                    0 => {
                        let over = group.maturity.is_some_and(|last| last <= day);
                        Share01::all(day == Day::MAX || over)
                    }
                    _ => Share01 {
                        part: schedule.principal.through(day),
                        whole,
                    },
                })
            }
            Leaf::RepricingFlow(window, margin_excluded) => {
                self.repricing_flow(index, group, place, *window, *margin_excluded)?
            }
            Leaf::Unrepriced(window) => self.unrepriced(index, group, place, *window)?,
            Leaf::Value(value) => self.value(value, index, group, place)?,
            Leaf::Income(income) => self.income(*income, index, group, place)?,
            Leaf::Share(_) => 0,
        })
    }

    /// `free_share` and `encumbered_share` over groups.
    pub(super) fn share(
        &self,
        leaf: &Leaf,
        members: &[usize],
        place: Place,
    ) -> Result<Rational, Refusal> {
        let context = self.context(place)?;
        let run = context.run;
        // Held by earlier bands, by this one, in all.
        let (mut whole, mut before, mut inside, mut held): (i128, i128, i128, i128) = (0, 0, 0, 0);
        for index in members.iter().filter(|index| context.is_pledged(**index)) {
            let Some(group) = run.group(*index) else {
                continue;
            };
            if is_unborn(group, place.reading) || group.kind == GroupKind::Received {
                continue;
            }
            let pooled = context.pool_of(*index);
            let (parts, of) = match pooled {
                Some(pool) => run.pool_parts(pool, group.currency, place.reading),
                None => (self.encumbered(run, *index, place)?, 0),
            };
            if parts.is_empty() && members.len() == 1 {
                // Nothing is pledged: no value is asked for.
                break;
            }
            whole += match pooled {
                Some(_) => of,
                None => self.face_or_market(run, *index, group, place)?,
            };
            for (release, amount) in parts {
                held += amount;
                if let Leaf::Share(Share::Encumbered(window)) = leaf {
                    if window.holds(release) {
                        inside += amount;
                    } else if release.is_some_and(|day| day <= window.after) {
                        before += amount;
                    }
                }
            }
            if pooled.is_some() {
                // all of a pool bear the same share
                break;
            }
        }
        // At 1e-15, as survival is; the shares of all bands and the free one are one exactly.
        let share = |part: i128| {
            if whole > 0 {
                mul_div(part, ONE, whole)
            } else {
                0
            }
        };
        let share = match leaf {
            Leaf::Share(Share::Encumbered(_)) => share(before + inside) - share(before),
            _ => ONE - share(held),
        };
        Ok(Rational::new(share, ONE).unwrap_or_default())
    }

    /// Carrying amount without accrued interest: N + U + F.
    fn book(&self, run: &Run, index: usize, group: &Group, place: Place) -> Result<i128, Refusal> {
        let reading = place.reading;
        if group.is_derivative() {
            return Ok(run.fair_value(index, reading));
        }
        let cost = run.balance(index, reading) + run.premium(index, reading);
        if place.branch.is_none() || !group.is_at_fair_value() {
            return Ok(cost + run.fair_value(index, reading));
        }
        Ok(match self.market_value(index, group, place)? {
            Some(value) => value - round_accrued(run.accrued(index, reading)),
            None => cost,
        })
    }

    /// Market value where there is one; what is on demand stands at face.
    fn face_or_market(
        &self,
        run: &Run,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<i128, Refusal> {
        if let Some(value) = self.market_value(index, group, place)? {
            return Ok(value);
        }
        if group.lot.is_some()
            && group.withdrawal == Withdrawal::Dated
            && group.accounting != crate::plan::Accounting::Memo
            && self.context(place)?.pool_of(index).is_none()
        {
            return Err(self.unpriced(group));
        }
        Ok(run.balance(index, place.reading) + run.premium(index, place.reading))
    }

    fn unpriced(&self, group: &Group) -> Refusal {
        let name = self.instrument_name(group);
        let lot = group
            .lot
            .as_deref()
            .map_or_else(String::new, |lot| format!(" (\"{lot}\")"));
        Refusal::new(codes::NO_MARKET_VALUE, format!("`{name}`{lot} has no market value"))
            .help(format!("map its clean price in the instrument, `price = …`, or leave `{name}` out of the selection"))
    }

    /// What encumbers a lot, by the day of release, at the market values of the place.
    fn encumbered(
        &self,
        run: &Run,
        index: usize,
        place: Place,
    ) -> Result<Vec<(Option<Day>, i128)>, Refusal> {
        if !self.context(place)?.is_pledged(index) {
            return Ok(Vec::new());
        }
        let parts = run.encumbered(index, place.reading);
        if place.branch.is_none() || parts.is_empty() {
            return Ok(parts);
        }
        let own = run.market_value(index, place.reading).unwrap_or(0);
        let Some(group) = run.group(index) else {
            return Ok(parts);
        };
        let branched = self.market_value(index, group, place)?.unwrap_or(own);
        if own == 0 || own == branched {
            return Ok(parts);
        }
        Ok(parts
            .into_iter()
            .map(|(day, amount)| (day, mul_div(amount, branched, own)))
            .collect())
    }

    /// Of a lot, cash included: what comes back less what leaves if the secured deals that mature in the window were undone.
    fn unwound(
        &self,
        run: &Run,
        index: usize,
        group: &Group,
        place: Place,
        until: Day,
        lots: Option<&Selection>,
    ) -> Result<i128, Refusal> {
        let reading = place.reading;
        let secures = |e: &&Encumbrance| {
            let stands = e.since <= reading && e.release.is_some_and(|day| day > reading.day());
            stands && e.release.is_some_and(|day| day <= until)
        };
        let given_back = |r: &&Received| {
            let is_there = r.since <= reading.day() && r.release > reading.day();
            reading != Reading::Start && is_there && r.release <= until
        };
        let context = &self.context(place)?.engine;
        let is_chosen = |lot: usize| match (lots, run.group(lot)) {
            (None, _) => Ok(true),
            (Some(lots), Some(lot)) => context.selects(lots, lot, reading.day()),
            (Some(_), None) => Ok(false),
        };
        // a deal counts in whole if any of its lots is chosen
        let counts = |deal: usize| -> Result<bool, Refusal> {
            let secured = run.encumbrances.iter().filter(secures);
            let secured = secured.filter(|e| e.deal == Some(deal)).map(|e| e.lot);
            let lent = run.received.iter().filter(given_back);
            let lent = lent.filter(|r| r.deal == deal).map(|r| r.lot);
            for lot in secured.chain(lent) {
                if is_chosen(lot)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let mut comes_back: i128 = 0;
        for pledge in run.encumbrances_of(index, reading).filter(secures) {
            if let Some(deal) = pledge.deal
                && counts(deal)?
            {
                comes_back += run.pledged_value(index, pledge, reading);
            }
        }
        let mut received = run.received.iter().filter(given_back);
        if let Some(received) = received.find(|r| r.lot == index) {
            return Ok(match counts(received.deal)? {
                true => comes_back - self.face_or_market(run, index, group, place)?,
                false => comes_back,
            });
        }
        if self.cash_lot(run, group) != Some(index) {
            return Ok(comes_back);
        }
        let secured = run.encumbrances.iter().filter(secures);
        let secured = secured.filter_map(|e| e.deal);
        let lent = run.received.iter().filter(given_back).map(|r| r.deal);
        let mut deals: Vec<usize> = secured.chain(lent).collect();
        deals.sort_unstable();
        deals.dedup();
        let mut leaves: i128 = 0;
        for deal in deals {
            if let Some(secured) = run.group(deal)
                && secured.currency == group.currency
                && counts(deal)?
            {
                leaves -= secured.sign() * run.balance(deal, reading);
            }
        }
        Ok(comes_back - leaves)
    }

    /// The group that stands for cash of a currency: the surplus instrument's, else the first asset on demand.
    pub(super) fn cash_lot(&self, run: &Run, group: &Group) -> Option<usize> {
        let alike = |g: &Group| g.currency == group.currency && g.side == crate::plan::Side::Asset;
        run.groups()
            .find(|(_, g)| alike(g) && g.kind == GroupKind::Cash)
            .or_else(|| {
                run.groups()
                    .find(|(_, g)| alike(g) && g.withdrawal == Withdrawal::OnDemand)
            })
            .map(|(index, _)| index)
    }
}

fn is_unborn(group: &Group, reading: Reading) -> bool {
    group
        .birth
        .as_ref()
        .is_some_and(|birth| reading == Reading::Start || reading.day() < birth.day)
}

/// Nominal; of a derivative the notional, counted once.
fn balance(run: &Run, index: usize, group: &Group, reading: Reading) -> i128 {
    match (group.is_derivative(), group.leg) {
        (true, Leg::Pays) => 0,
        _ => run.balance(index, reading),
    }
}

/// A share as a fraction of two amounts.
struct Share01 {
    part: i128,
    whole: i128,
}

impl Share01 {
    /// All of it or nothing.
    fn all(part: bool) -> Self {
        Self {
            part: i128::from(part),
            whole: 1,
        }
    }
}

/// How much of what is outstanding has come due by a day.
fn principal_share(run: &Run, index: usize, group: &Group, reading: Reading, day: Day) -> Share01 {
    let today = reading.day();
    let all = Share01::all;
    match group.withdrawal {
        Withdrawal::OnDemand => all(true),
        Withdrawal::Never => all(day == Day::MAX),
        Withdrawal::Notice(_) => all(day == Day::MAX || run.callable(index, reading, day) != 0),
        Withdrawal::Dated
            if matches!(
                group.kind,
                GroupKind::Plug | GroupKind::Unmet | GroupKind::Cash
            ) =>
        {
            all(true)
        }
        Withdrawal::Dated => {
            let whole = group.principal.between(today, Day::MAX);
            if whole == 0 || day == Day::MAX {
                // Nothing is scheduled (a notional, or what is due and unpaid): by its last day.
                return all(day == Day::MAX || group.maturity.is_some_and(|last| last <= day));
            }
            Share01 {
                part: group.principal.between(today, day),
                whole,
            }
        }
    }
}

/// The amount of the band: the differences of cumulative shares, so that all bands add up to the whole exactly.
fn spread(amount: i128, window: Window, share: impl Fn(Day) -> Share01) -> i128 {
    let until = |day: Day| {
        let Share01 { part, whole } = share(day);
        if part == whole {
            amount
        } else {
            mul_div(amount, part, whole)
        }
    };
    let before = if window.first { 0 } else { until(window.after) };
    until(window.until) - before
}
