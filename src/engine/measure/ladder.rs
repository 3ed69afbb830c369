//! Headroom: cash, the flows of the ladder to a day, and what free lots bring until then. No action, no plug, no new business.

use super::Measures;
use super::place::Place;
use super::run_off::signed;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{GroupKind, Leg, Withdrawal};
use crate::engine::series::Day;
use crate::engine::state::{Reading, mul_div};
use crate::formula::{Refusal, Value};
use crate::plan::{InstrumentId, Side};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rate, Rational};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The ladder of one instrument in one currency, struck at one reading.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// Cash at the reading.
    cash: i128,
    /// Net flows by day after it.
    flows: BTreeMap<Day, i128>,
    /// What each lot may bring: market value after haircut, a day's capacity, days until proceeds arrive, and its last day.
    lots: Vec<Lot>,
}

#[derive(Clone, Copy, Debug)]
struct Lot {
    value: i128,
    per_day: Option<i128>,
    lag: Day,
    /// What is paid back by then is a flow and can no longer be sold.
    matures: Option<Day>,
}

/// Ladders that were struck.
pub(super) type Ladders = RefCell<
    FxHashMap<(usize, Reading, Option<usize>), Rc<BTreeMap<(InstrumentId, Currency), Ladder>>>,
>;

/// What stands in headroom, in the order in which it is told: cash, flows, and what free lots bring.
pub(super) const HEADROOM: [&str; 3] = ["cash", "flows until then", "free lots after haircut"];

impl Ladder {
    /// The parts of headroom on a day, in the order of [`HEADROOM`].
    fn headroom(&self, from: Day, day: Day) -> [i128; 3] {
        let flows: i128 = self
            .flows
            .range(from + 1..=day.max(from + 1))
            .filter(|(on, _)| **on <= day)
            .map(|(_, amount)| amount)
            .sum();
        let monetised: i128 = self
            .lots
            .iter()
            .filter(|lot| lot.matures.is_none_or(|last| last > day))
            .map(|lot| {
                let days = i128::from((day - from - lot.lag).max(0));
                match lot.per_day {
                    // Without a capacity all of it is there once the sale settles.
                    None if day - from >= lot.lag => lot.value,
                    None => 0,
                    Some(capacity) => lot.value.min(capacity.saturating_mul(days)),
                }
            })
            .sum();
        [self.cash, flows, monetised]
    }
}

impl Measures<'_> {
    /// Headroom: inside a fold over time of the ladder struck at the place, else of the ladder struck on the book's date.
    pub(super) fn headroom(&self, place: Place) -> Result<Value, Refusal> {
        let parts = self.headroom_by_instrument(place)?;
        let sum = parts.into_iter().flat_map(|(_, parts)| parts).sum();
        Ok(Value::Money(sum, self.fold_currency(place)))
    }

    /// Headroom by instrument, each in the parts of [`HEADROOM`], in the currency of the place.
    pub(super) fn headroom_by_instrument(
        &self,
        place: Place,
    ) -> Result<Vec<(InstrumentId, [Rational; 3])>, Refusal> {
        let (struck, day) = match place.ladder {
            Some(day) => (place.reading, day),
            None => (
                if place.reading == Reading::Start {
                    Reading::Start
                } else {
                    Reading::Day(0)
                },
                place.reading.day(),
            ),
        };
        let struck = Place {
            reading: struck,
            ladder: None,
            ..place
        };
        let ladders = self.ladders_at(struck)?;
        let slice = self.slice(place);
        let to = self.fold_currency(place);
        let mut parts: Vec<(InstrumentId, [Rational; 3])> = Vec::new();
        for ((instrument, currency), ladder) in ladders
            .iter()
            .filter(|((_, c), _)| slice.currency.is_none_or(|only| only == *c))
        {
            let rate = self.exchange_rate(struck, *currency, to)?;
            let amounts = ladder.headroom(struck.reading.day(), day).map(|amount| {
                Rational::new(amount, Quanta::per_unit(*currency)).unwrap_or_default() * &rate
            });
            match parts.last_mut().filter(|(last, _)| last == instrument) {
                Some((_, sums)) => {
                    for (sum, amount) in sums.iter_mut().zip(amounts) {
                        *sum = &*sum + &amount;
                    }
                }
                None => parts.push((*instrument, amounts)),
            }
        }
        Ok(parts)
    }

    fn ladders_at(
        &self,
        place: Place,
    ) -> Result<Rc<BTreeMap<(InstrumentId, Currency), Ladder>>, Refusal> {
        let key = (place.run, place.reading, place.branch);
        if let Some(found) = self.ladders.borrow().get(&key) {
            return Ok(found.clone());
        }
        let ladders = Rc::new(self.strike_ladders(place)?);
        self.ladders.borrow_mut().insert(key, ladders.clone());
        Ok(ladders)
    }

    fn strike_ladders(
        &self,
        place: Place,
    ) -> Result<BTreeMap<(InstrumentId, Currency), Ladder>, Refusal> {
        let run = self.run(place)?;
        let reading = place.reading;
        let has_surplus = run.groups().any(|(_, g)| g.kind == GroupKind::Cash);
        let mut ladders: BTreeMap<(InstrumentId, Currency), Ladder> = BTreeMap::new();
        for (index, group) in run.groups() {
            if group
                .birth
                .as_ref()
                .is_some_and(|b| reading == Reading::Start || reading.day() < b.day)
            {
                continue;
            }
            let ladder = ladders
                .entry((group.instrument, group.currency))
                .or_default();
            let is_cash = group.kind == GroupKind::Cash
                || (!has_surplus
                    && group.side == Side::Asset
                    && group.withdrawal == Withdrawal::OnDemand);
            if is_cash {
                ladder.cash += run.balance(index, reading);
                continue;
            }
            match group.kind {
                GroupKind::Plug | GroupKind::Unmet => {
                    // The plug is not there in the ladder: what it stands for is owed on the next day.
                    *ladder.flows.entry(reading.day() + 1).or_insert(0) -=
                        run.balance(index, reading);
                    continue;
                }
                GroupKind::Cash | GroupKind::Contract | GroupKind::Received => {}
            }
            // what received collateral pays is not the bank's
            let is_own = group.kind != GroupKind::Received;
            for flow in is_own
                .then(|| self.ladder_flows(index, place))
                .transpose()?
                .into_iter()
                .flatten()
            {
                *ladder.flows.entry(flow.day).or_insert(0) +=
                    signed(group, flow.principal + flow.interest);
            }
            let sells = group.side == Side::Asset
                && group.leg == Leg::Only
                // What the text gives neither a haircut nor a capacity is not there to be monetised.
                && (group.opening.capacity_per_day.is_some() || group.opening.haircut != Rate::ZERO);
            if !sells {
                continue;
            }
            let Some(value) = self.market_value(index, group, place)? else {
                continue;
            };
            let held: i128 = run
                .encumbered(index, reading)
                .iter()
                .map(|(_, amount)| amount)
                .sum();
            let haircut = i128::from(group.opening.haircut.0);
            let scale = i128::from(RATE_SCALE);
            let after = mul_div(value - held, scale - haircut, scale);
            let lag = match group.opening.settles {
                None => 0,
                Some(tenor) => {
                    let today = self.today(place)?;
                    tenor
                        .after(today)
                        .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?
                        - today
                }
            };
            ladder.lots.push(Lot {
                value: after,
                per_day: group.opening.capacity_per_day,
                lag,
                matures: group.maturity,
            });
        }
        Ok(ladders)
    }
}
