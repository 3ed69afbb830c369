//! Cover pools: at the end of every day the assets of a pool are encumbered up to the debt that they secure and the overcollateral.

use super::Steer;
use super::one;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::cover::{Cover, Stand};
use crate::engine::group::{Group, GroupKind, Withdrawal};
use crate::engine::measure::selection_changes;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Reading, mul_div};
use crate::engine::valuation::is_valued;
use crate::plan::{CoverPool, CoverPoolId, Plan, Selection, Side};
use crate::quantity::{Currency, RATE_SCALE, Rational};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A pool of the run that is under way.
#[derive(Clone, Debug)]
pub(super) struct Pool<'a> {
    plan: &'a CoverPool,
    assets: Enrolled<'a>,
    debts: Enrolled<'a>,
}

/// What a pool takes of a group.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    pub part: Amount,
    /// All of it that is not encumbered otherwise.
    pub of: Amount,
    /// The pool's name.
    pub pool: String,
}

/// The groups that selections hold.
#[derive(Clone, Debug)]
struct Enrolled<'a> {
    on: &'a [Selection],
    side: Side,
    /// Whether a group may come and go as time passes.
    changes: bool,
    /// Ascending.
    members: Arc<Vec<usize>>,
    /// How many groups have been looked at.
    seen: usize,
}

impl<'a> Enrolled<'a> {
    fn of(on: &'a [Selection], side: Side, plan: &Plan) -> Self {
        Self {
            on,
            side,
            changes: on.iter().any(|part| selection_changes(plan, part)),
            members: Arc::default(),
            seen: 0,
        }
    }
}

const WHOLE: i128 = RATE_SCALE as i128;

impl Steer<'_, '_> {
    /// The pools as booked.
    pub(super) fn open_pools(&mut self) -> Result<(), Vec<Diagnostic>> {
        let context = self.context;
        for (place, pool) in context.plan.cover_pools.iter().enumerate() {
            let id = CoverPoolId(u32::try_from(place).unwrap_or(u32::MAX));
            let plan = context.scenario.cover_pools.get(&id).unwrap_or(pool);
            let pool = Pool {
                plan,
                assets: Enrolled::of(&plan.on, Side::Asset, context.plan),
                debts: Enrolled::of(&plan.secures, Side::Liability, context.plan),
            };
            self.run.covers.push(Cover {
                pool: id,
                stands: Vec::new(),
                is_fixed: !pool.assets.changes,
            });
            self.pools.push(pool);
        }
        self.strike_pools(Reading::Start)
    }

    /// Takes note of how every pool stands at the end of a day, or as booked.
    pub(super) fn strike_pools(&mut self, reading: Reading) -> Result<(), Vec<Diagnostic>> {
        self.enrol(reading.day()).map_err(one)?;
        for at in 0..self.pools.len() {
            let Some(pool) = self.pools.get(at) else {
                continue;
            };
            let (stand, _) = self.stand(pool, reading, false).map_err(one)?;
            if let Some(cover) = self.run.covers.get_mut(at) {
                cover.stands.push(stand);
            }
        }
        Ok(())
    }

    /// Takes groups into the pools that select them.
    pub(super) fn enrol(&mut self, day: Day) -> Result<(), Diagnostic> {
        let mut pools = std::mem::take(&mut self.pools);
        let mut is_new = false;
        for pool in &mut pools {
            for part in [&mut pool.assets, &mut pool.debts] {
                is_new |= self.enrol_in(part, pool.plan, day)?;
            }
        }
        if is_new {
            for (place, later) in pools.iter().enumerate() {
                for earlier in pools.iter().take(place) {
                    self.hold_apart(later, earlier)?;
                }
            }
        }
        self.pools = pools;
        Ok(())
    }

    /// Looks at the groups that were not seen yet, or at all where they come and go. Whether there are other members now.
    fn enrol_in(
        &self,
        part: &mut Enrolled<'_>,
        pool: &CoverPool,
        day: Day,
    ) -> Result<bool, Diagnostic> {
        let from = if part.changes { 0 } else { part.seen };
        let mut found = Vec::new();
        for index in from..self.run.group_count() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            if group.side == part.side && self.is_enrolled(part, pool, group, day)? {
                found.push(index);
            }
        }
        part.seen = self.run.group_count();
        if part.changes {
            let is_new = *part.members != found;
            if is_new {
                part.members = Arc::new(found);
            }
            return Ok(is_new);
        }
        let is_new = !found.is_empty();
        if is_new {
            Arc::make_mut(&mut part.members).extend(found);
        }
        Ok(is_new)
    }

    fn is_enrolled(
        &self,
        part: &Enrolled<'_>,
        pool: &CoverPool,
        group: &Group,
        day: Day,
    ) -> Result<bool, Diagnostic> {
        for selection in part.on {
            let holds = self.context.selects(selection, group, day);
            if group.kind == GroupKind::Cash && holds == Ok(true) {
                let (pool, name) = (&pool.heading, self.instrument_name(group.instrument));
                let error = Diagnostic::error(
                    codes::run::WRONG_KIND,
                    format!("`{}` holds `{name}`: spare cash goes where it is needed and covers no debt", pool.short),
                )
                .help(format!("leave `{name}` out of the pool; deposits that are set aside are an instrument of their own"));
                return Err(match pool.origin.span {
                    Some(span) => error.at(span, ""),
                    None => error,
                });
            }
            // collateral received is no asset of a pool, the plug and unmet need no debt of a pool, whatever their product is of
            let is_own = !group.is_account() && group.kind != GroupKind::Received;
            if is_own && holds.map_err(|refusal| refusal.into_diagnostic())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An asset stands in one pool, and a debt behind one.
    fn hold_apart(&self, later: &Pool<'_>, earlier: &Pool<'_>) -> Result<(), Diagnostic> {
        let kinds = [
            (&later.assets, &earlier.assets, "hold"),
            (&later.debts, &earlier.debts, "secure"),
        ];
        for (one, other, does) in kinds {
            let shared = one
                .members
                .iter()
                .find(|index| other.members.binary_search(index).is_ok());
            let Some(group) = shared.and_then(|index| self.run.group(*index)) else {
                continue;
            };
            let named = match &group.lot {
                Some(lot) => format!("`{}(\"{lot}\")`", self.instrument_name(group.instrument)),
                None => format!("positions of `{}`", self.instrument_name(group.instrument)),
            };
            let error = Diagnostic::error(
                codes::run::POOLS_OVERLAP,
                format!(
                    "`{}` and `{}` both {does} {named}",
                    earlier.plan.heading.short, later.plan.heading.short
                ),
            )
            .help("part them with `where`: an asset stands in one pool, a debt behind one");
            return Err(match later.plan.heading.origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
        Ok(())
    }

    /// What pools encumber of each group at this moment of a day.
    pub(super) fn covering_now(&self, day: Day) -> Result<BTreeMap<usize, Covered>, Diagnostic> {
        let mut shares = BTreeMap::new();
        for pool in &self.pools {
            let (stand, values) = self.stand(pool, Reading::Day(day), true)?;
            let parts = stand.shared(&values);
            for ((index, (_, of)), part) in stand.members.iter().zip(values).zip(parts) {
                if part > 0 {
                    let pool = pool.plan.heading.short.clone();
                    shares.insert(*index, Covered { part, of, pool });
                }
            }
        }
        Ok(shares)
    }

    /// How a pool stands at a reading, and what its members come to, in their order. `at_once`: in the midst of the day, at its
    /// prices, before the market values of the day are kept.
    fn stand(
        &self,
        pool: &Pool<'_>,
        reading: Reading,
        at_once: bool,
    ) -> Result<(Stand, Vec<(Currency, Amount)>), Diagnostic> {
        let day = reading.day();
        let mut stand = Stand::new(reading, Arc::clone(&pool.assets.members));
        let mut rates = Rates {
            steer: self,
            reading,
            known: BTreeMap::new(),
        };
        let mut secured = Rational::ZERO;
        let mut terms: BTreeMap<(bool, Day), Amount> = BTreeMap::new();
        for index in pool.debts.members.iter() {
            let owed = self.states.get(*index).map_or(0, |state| state.nominal);
            let Some(group) = self.run.group(*index).filter(|_| owed > 0) else {
                continue;
            };
            let owed = Rational::integer(owed) * rates.of(group.currency)?;
            self.terms_of_debt(*index, group, day, rounded(&owed)?, &mut terms);
            secured = secured + owed;
        }
        stand.secured = rounded(&secured)?;
        stand.terms = terms
            .into_iter()
            .map(|((never, due), amount)| ((!never).then_some(due), amount))
            .collect();
        let pledged: BTreeSet<usize> = self.run.encumbrances.iter().map(|e| e.lot).collect();
        let mut values = Vec::with_capacity(stand.members.len());
        for index in stand.members.iter() {
            let Some(group) = self.run.group(*index) else {
                continue;
            };
            let pledged = pledged.contains(index);
            let value = self.uncommitted(*index, group, reading, at_once, pledged)?;
            values.push((group.currency, value));
            stand.held.entry(group.currency).or_default().available += value;
        }
        let mut available = Rational::ZERO;
        for (currency, held) in &stand.held {
            available = available + Rational::integer(held.available) * rates.of(*currency)?;
        }
        stand.available = rounded(&available)?;
        if stand.secured == 0 {
            return Ok((stand, values));
        }
        let over = i128::from(self.overcollateral(pool.plan, day)?);
        let factor = Rational::new(WHOLE + over, WHOLE).unwrap_or(Rational::ONE);
        let required = &secured * &factor;
        stand.required = rounded(&required)?;
        for held in stand.held.values_mut() {
            held.encumbered = match required.divide(&available) {
                Ok(share) if share < Rational::ONE => {
                    rounded(&(&Rational::integer(held.available) * &share))?
                }
                _ => held.available,
            };
        }
        Ok((stand, values))
    }

    /// The overcollateral of a pool on a day, in the units of rates.
    fn overcollateral(&self, pool: &CoverPool, day: Day) -> Result<i64, Diagnostic> {
        let stated = self.share(&pool.overcollateral, day)?;
        if stated.0 >= 0 {
            return Ok(stated.0);
        }
        let error = Diagnostic::error(
            codes::run::OUT_OF_RANGE,
            format!(
                "the overcollateral of `{}` is negative: {}%",
                pool.heading.short,
                (stated.to_rational() * Rational::integer(100)).to_fixed(4)
            ),
        )
        .help("overcollateral is what the pool holds beyond the debt: `12%`, or `0%`");
        Err(match pool.overcollateral.span {
            Some(span) => error.at(span, ""),
            None => error,
        })
    }

    /// When a debt is due, as `maturing` spreads it: by its principal to come; at once where it is on demand.
    fn terms_of_debt(
        &self,
        index: usize,
        group: &Group,
        day: Day,
        owed: Amount,
        terms: &mut BTreeMap<(bool, Day), Amount>,
    ) {
        let tomorrow = day.saturating_add(1);
        let mut add = |key, amount| *terms.entry(key).or_default() += amount;
        match group.withdrawal {
            Withdrawal::OnDemand => add((false, tomorrow), owed),
            Withdrawal::Never => add((true, 0), owed),
            Withdrawal::Notice(notice) => {
                let due = self.context.date(day).ok().and_then(|today| {
                    let end = notice.after(today).ok()?;
                    Some(end.days_since(self.context.projection.date))
                });
                add((due.is_none(), due.unwrap_or(0)), owed);
            }
            Withdrawal::Dated => {
                let principal = self.run.principal_on(index, day);
                let whole = principal.map_or(0, |p| p.between(day, Day::MAX));
                if whole <= 0 {
                    // due and not yet paid
                    return add((false, group.maturity.unwrap_or(tomorrow)), owed);
                }
                let (mut paid, mut done) = (0, 0);
                for (due, amount) in principal.into_iter().flat_map(|p| p.after(day)) {
                    paid += amount;
                    let until = mul_div(owed, paid, whole);
                    add((false, due), until - done);
                    done = until;
                }
            }
        }
    }

    /// What a group comes to for a pool: market value, else amortised cost, less what is encumbered otherwise.
    fn uncommitted(
        &self,
        index: usize,
        group: &Group,
        reading: Reading,
        at_once: bool,
        is_pledged: bool,
    ) -> Result<Amount, Diagnostic> {
        let Some(state) = self.states.get(index) else {
            return Ok(0);
        };
        let value = match self.run.market_value(index, reading) {
            _ if at_once && is_valued(group) => self.value_of(index, group, reading.day())?,
            Some(value) => value,
            None => state.nominal + state.premium,
        };
        if !is_pledged {
            return Ok(value.max(0));
        }
        let committed: Amount = self
            .run
            .encumbrances_of(index, reading)
            .map(|pledge| {
                if pledge.nominal == 0 || state.nominal == 0 {
                    return pledge.amount;
                }
                let nominal = self.run.pledged_nominal(index, pledge, reading.day());
                mul_div(value, nominal.min(state.nominal), state.nominal)
            })
            .sum();
        Ok((value - committed).max(0))
    }
}

/// What a quantum of each currency is worth in quanta of the book's.
struct Rates<'s, 'c, 'a> {
    steer: &'s Steer<'c, 'a>,
    reading: Reading,
    known: BTreeMap<Currency, Rational>,
}

impl Rates<'_, '_, '_> {
    fn of(&mut self, currency: Currency) -> Result<Rational, Diagnostic> {
        if let Some(rate) = self.known.get(&currency) {
            return Ok(rate.clone());
        }
        let context = match self.reading {
            Reading::Start => self.steer.start,
            Reading::Day(_) => self.steer.context,
        };
        let rate = self.steer.to_book(context, currency, self.reading.day())?;
        self.known.insert(currency, rate.clone());
        Ok(rate)
    }
}

fn rounded(amount: &Rational) -> Result<Amount, Diagnostic> {
    amount
        .to_scaled(0)
        .map_err(|e| Diagnostic::error(codes::run::AMOUNT_TOO_LARGE, e.to_string()))
}
