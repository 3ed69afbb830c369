//! The state of a run: what the loop leaves behind, day by day, and what measures read of it.
//!
//! Exact integers: nominal, flows, postings, market value (quanta, after one rounding), survival and discount factors (1e-15),
//! rates (1e-12), accrued (thousandths of a quantum). Nothing else enters a metric.

use super::cover::Cover;
use super::decision::{Decision, Rebalancing};
pub use super::flows::{Flow, ScenarioFlows};
use super::group::{Group, GroupKind, ONE, Projection, Withdrawal};
use super::income::Incomes;
use super::kept::KeptPayments;
pub use super::posting::{Account, Cause, Posting, ResultLine};
use super::series::{Amount, Day};
pub use super::share::{StepPath, mul_div, round_accrued, scale};
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::plan::ScenarioKey;
use crate::quantity::Currency;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The days on which the loop stops, the same for every run of an exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCalendar {
    /// Every event day, ascending; the first is 0, the book's date.
    pub days: Vec<Day>,
    /// Whether the plug is struck on the day at the same place (the cash calendar).
    pub is_cash: Vec<bool>,
    /// Whether the day at the same place is reported (the grid).
    pub is_step: Vec<bool>,
    /// Whether the loop stops on the day at the same place only for actions and hedging programmes: to read a trigger, to settle, or
    /// to rebalance. Neither the plug nor interest on cash is struck then, so that a trigger which does not fire changes no number.
    pub is_for_actions: Vec<bool>,
    /// Whether behaviours observed at month ends act on the day at the same place.
    pub is_month_end: Vec<bool>,
}

impl EventCalendar {
    /// The place of a day, if the loop stops on it.
    pub fn index_of(&self, day: Day) -> Option<usize> {
        self.days.binary_search(&day).ok()
    }

    /// The place of the last event day on or before `day`.
    pub fn at_or_before(&self, day: Day) -> Option<usize> {
        self.days.partition_point(|d| *d <= day).checked_sub(1)
    }

    /// The last day of the loop.
    pub fn last(&self) -> Day {
        self.days.last().copied().unwrap_or(0)
    }

    /// The days on which behaviours and shocks act: all but those on which the loop stops only for actions.
    pub fn plan_days(&self) -> impl Iterator<Item = Day> + '_ {
        self.days
            .iter()
            .zip(&self.is_for_actions)
            .filter(|(_, for_actions)| !**for_actions)
            .map(|(day, _)| *day)
    }

    /// The days of the cash calendar after `after`, up to and including `until`.
    pub fn cash_days(&self, after: Day, until: Day) -> impl Iterator<Item = Day> + '_ {
        self.days
            .iter()
            .zip(&self.is_cash)
            .filter(move |(day, cash)| **cash && **day > after && **day <= until)
            .map(|(day, _)| *day)
    }
}

/// One of the two readings of the book's date, or an event day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// As booked, before anything struck.
    Start,
    /// A day, after everything on it. Day 0: `shocked`, after instantaneous shocks and their margin calls, before any flow.
    Day(Day),
}

impl Reading {
    /// The day of the reading.
    pub fn day(self) -> Day {
        match self {
            Self::Start => 0,
            Self::Day(day) => day,
        }
    }
}

/// What encumbers a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encumbrance {
    /// The group of the lot that is pledged.
    pub lot: usize,
    /// The secured deal: its group. `None`: encumbered otherwise.
    pub deal: Option<usize>,
    /// Nominal of the lot that is pledged (at opening value; it runs down with the lot). For `encumbered = …`: 0.
    pub nominal: Amount,
    /// Amount encumbered otherwise, at market value.
    pub amount: Amount,
    /// The day on which it is released; `None`: not within the book's life.
    pub release: Option<Day>,
    /// From this reading on; margin calls add entries.
    pub since: Reading,
}

/// Collateral of cash lent that may be used until it is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its group, of the kind [`GroupKind::Received`].
    pub lot: usize,
    /// The group of the cash that is lent.
    pub deal: usize,
    /// The day on which it came.
    pub since: Day,
    /// The day on which it goes back.
    pub release: Day,
}

/// The ledger accounts of one currency on an event day, in quanta of the currency; assets positive, liabilities and equity as positive amounts owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Cash in the surplus instrument.
    pub cash: Amount,
    /// Accrued interest on cash (thousandths of a quantum).
    pub cash_accrued: i128,
    /// The plug.
    pub plug: Amount,
    /// Accrued interest on the plug (thousandths of a quantum).
    pub plug_accrued: i128,
    /// Unmet need.
    pub unmet: Amount,
    /// Accrued interest on unmet need (thousandths of a quantum).
    pub unmet_accrued: i128,
    /// Equity as stated in the book (in the book's currency; 0 elsewhere).
    pub capital: Amount,
    /// Result since the book's date, all lines of this currency (thousandths of a quantum). Revaluation of foreign currency stands in `Run::equity` only.
    pub retained: i128,
    /// Other comprehensive income (thousandths of a quantum); at `Start` that of the opening is in the stated equity.
    pub oci: i128,
    /// Assets less liabilities less equity at the opening, inside the tolerance of `reconcile` (thousandths of a quantum).
    pub opening_difference: i128,
    /// Defaulted assets awaiting recovery.
    pub defaulted: Amount,
    /// Cash posted as margin.
    pub margin: Amount,
    /// The other side of amounts in foreign currency (thousandths of a quantum): assets less liabilities at the opening, and conversions.
    pub fx_position: i128,
}

/// A run of one scenario.
#[derive(Clone, Debug)]
pub struct Run {
    /// The scenario.
    pub key: ScenarioKey,
    /// The book's groups.
    pub projection: Arc<Projection>,
    /// The days of the loop.
    pub calendar: Arc<EventCalendar>,
    /// Groups beyond the projection's: new business, plug and unmet need. Their index goes on after the projection's.
    pub births: Vec<Group>,
    /// Flows by group that depend on the scenario's market (floating groups, moved client rates, class P); `None`: as in the projection.
    pub flows: Vec<Option<Arc<ScenarioFlows>>>,
    /// Static survival S by group: rates, age and time; `None`: one.
    pub survival: Vec<Option<Arc<StepPath>>>,
    /// What default alone leaves on the days on which it acts, before the other hazards of the day, on the scale of the static survival, by
    /// group; `None`: nothing defaults.
    pub defaulting: Vec<Option<Arc<StepPath>>>,
    /// Survival of the base of interest, where it is not that of the balance: deposits whose value view runs off while the earnings view stays.
    pub earning: Vec<Option<Arc<StepPath>>>,
    /// Dynamic survival D by group: shocks and states; `None`: one.
    pub dynamic: Vec<Option<Arc<StepPath>>>,
    /// What actions put in place of a dynamic survival, by group: the path until then, and the day. Before that day nobody knows better.
    pub superseded: BTreeMap<usize, Vec<(Day, Option<Arc<StepPath>>)>>,
    /// Loans whose payments stay when part of them is prepaid, by group.
    pub kept: BTreeMap<usize, Arc<KeptPayments>>,
    /// Flows that actions put others in place of, by group: those until then, and the day.
    pub repriced: BTreeMap<usize, Vec<(Day, Option<Arc<ScenarioFlows>>)>>,
    /// Undrawn share that is left, by group, of lines that are drawn; `None`: one.
    pub undrawn: Vec<Option<Arc<StepPath>>>,
    /// Market value (dirty, after price shocks) of lots, and of what is carried at fair value, at each event day; `None`: not valued.
    pub market_values: Vec<Option<Arc<Vec<Amount>>>>,
    /// Market value at `Start`, for the same groups.
    pub opening_values: Vec<Option<Amount>>,
    /// Accounts by currency: at `Start` first, then one for each event day.
    pub accounts: BTreeMap<Currency, Vec<Accounts>>,
    /// Equity (stated, retained with revaluation of foreign currency, and OCI) in quanta of the book's currency: at `Start` first, then one for each
    /// event day. Empty for a partial book.
    pub equity: Vec<Amount>,
    /// Everything that was ever encumbered, by lot.
    pub encumbrances: Vec<Encumbrance>,
    /// Collateral that was received and may be used.
    pub received: Vec<Received>,
    /// The cover pools, in the order of the plan.
    pub covers: Vec<Cover>,
    /// Result lines by currency and cell (the cell ends on the event day of the same index), thousandths of a quantum.
    pub results: BTreeMap<(Currency, ResultLine), Vec<i128>>,
    /// What actions decided and what was refused, in the order in which it was decided.
    pub decisions: Vec<Decision>,
    /// What hedging programmes saw and did, in the order in which they did it.
    pub rebalancings: Vec<Rebalancing>,
    /// The ledger, by day, currency, cause, account and instrument.
    pub postings: Vec<Posting>,
    /// Interest beside the ledger, to be told group by group.
    pub incomes: Incomes,
    /// Shocks of positions that strike none of the book's: warnings.
    pub idle_shocks: Vec<Diagnostic>,
    /// The balance sheet is constant: what comes back is replaced, lines are renewed.
    pub is_constant: bool,
    /// Event days done so far; while the loop runs, later readings are refused.
    pub done: usize,
    /// What every group comes to on an event day of a finished run, at the place of the day; made when first asked for.
    pub columns: Vec<OnceLock<Columns>>,
}

/// What the groups come to on one event day, by group.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// S × D, at 1e-15.
    factor: Vec<i64>,
    /// S × D × contractual stock, quanta.
    balance: Vec<Amount>,
}

impl Run {
    /// How many groups there are.
    pub fn group_count(&self) -> usize {
        self.projection.groups.len() + self.births.len()
    }

    /// A group by its index.
    pub fn group(&self, index: usize) -> Option<&Group> {
        match index.checked_sub(self.projection.groups.len()) {
            None => self.projection.groups.get(index),
            Some(birth) => self.births.get(birth),
        }
    }

    /// All groups with their index.
    pub fn groups(&self) -> impl Iterator<Item = (usize, &Group)> {
        self.projection
            .groups
            .iter()
            .chain(&self.births)
            .enumerate()
    }

    /// The date of a day.
    pub fn date(&self, day: Day) -> Option<Date> {
        self.projection.date.add_days(day).ok()
    }

    /// The accounts of a currency at a reading; all zero where the currency has none.
    pub fn accounts_at(&self, currency: Currency, reading: Reading) -> Accounts {
        let place = match reading {
            Reading::Start => Some(0),
            Reading::Day(day) => self.calendar.at_or_before(day).map(|at| at + 1),
        };
        self.accounts
            .get(&currency)
            .zip(place)
            .and_then(|(days, place)| days.get(place))
            .copied()
            .unwrap_or_default()
    }

    /// S × D of a group on a day (1e-15): the share of the contractual stock that is left.
    pub fn factor(&self, index: usize, reading: Reading) -> i128 {
        let Reading::Day(day) = reading else {
            return ONE;
        };
        match self.columns_of(day) {
            Some(columns) => columns.factor.get(index).map_or(ONE, |f| i128::from(*f)),
            None => self.factor_on(index, day),
        }
    }

    /// The columns of an event day, once the run is finished.
    fn columns_of(&self, day: Day) -> Option<&Columns> {
        let column = self.columns.get(self.calendar.index_of(day)?)?;
        Some(column.get_or_init(|| {
            let count = self.group_count();
            let mut columns = Columns {
                factor: Vec::with_capacity(count),
                balance: Vec::with_capacity(count),
            };
            for index in 0..count {
                let factor = self.factor_on(index, day);
                columns.factor.push(factor.clamp(0, ONE) as i64);
                columns
                    .balance
                    .push(scale(factor, self.contractual_balance(index, day)));
            }
            columns
        }))
    }

    fn factor_on(&self, index: usize, day: Day) -> i128 {
        let fixed = path_at(&self.survival, index, day);
        let moving = path_at(&self.dynamic, index, day);
        scale(moving, fixed)
    }

    /// The dynamic survival of a group as it is expected on a day: without what actions settle later. `None`: one.
    pub fn expected(&self, index: usize, day: Day) -> Option<&StepPath> {
        let later = self.superseded.get(&index).into_iter().flatten();
        match later.into_iter().find(|(on, _)| *on > day) {
            Some((_, path)) => path.as_deref(),
            None => self.dynamic.get(index)?.as_deref(),
        }
    }

    /// Puts a path in place of a group's dynamic survival from a day on, because an action settles.
    pub fn supersede(&mut self, index: usize, day: Day, path: StepPath) {
        if let Some(slot) = self.dynamic.get_mut(index) {
            let before = slot.replace(Arc::new(path));
            let list = self.superseded.entry(index).or_default();
            if list.last().is_none_or(|(last, _)| *last < day) {
                list.push((day, before));
            }
        }
    }

    /// The same for the base of interest.
    pub fn earning_factor(&self, index: usize, reading: Reading) -> i128 {
        let Reading::Day(day) = reading else {
            return ONE;
        };
        let fixed = match self.earning.get(index) {
            Some(Some(path)) => path.at(day),
            _ => return self.factor(index, reading),
        };
        let moving = path_at(&self.dynamic, index, day);
        scale(moving, fixed)
    }

    /// Nominal outstanding N(t), quanta; of a derivative the memo notional.
    pub fn balance(&self, index: usize, reading: Reading) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        match group.kind {
            GroupKind::Cash => self.share_of_cash(index, group, reading),
            GroupKind::Plug => self.accounts_at(group.currency, reading).plug,
            GroupKind::Unmet => self.accounts_at(group.currency, reading).unmet,
            GroupKind::Contract | GroupKind::Received => match &group.birth {
                Some(birth) if reading.day() < birth.day || reading == Reading::Start => 0,
                _ => match reading {
                    Reading::Start => self.contractual_balance(index, 0),
                    Reading::Day(day) => match self.columns_of(day) {
                        Some(columns) => columns.balance.get(index).copied().unwrap_or(0),
                        None => scale(
                            self.factor_on(index, day),
                            self.contractual_balance(index, day),
                        ),
                    },
                },
            },
        }
    }

    /// Accrued interest A(t), due and unpaid interest included, in thousandths of a quantum.
    pub fn accrued(&self, index: usize, reading: Reading) -> i128 {
        let Some(group) = self.group(index) else {
            return 0;
        };
        if self.unborn(group, reading) {
            return 0;
        }
        let day = reading.day();
        match group.kind {
            GroupKind::Cash if self.holds_cash(index) => {
                self.accounts_at(group.currency, reading).cash_accrued
            }
            GroupKind::Plug => self.accounts_at(group.currency, reading).plug_accrued,
            GroupKind::Unmet => self.accounts_at(group.currency, reading).unmet_accrued,
            _ => scale(
                self.earning_factor(index, reading),
                self.interest_leg(index)
                    .map_or(0, |leg| leg.interest.accrued(day, self.projection.date)),
            ),
        }
    }

    /// Unamortised premium (+) or discount (-), U(t), quanta.
    pub fn premium(&self, index: usize, reading: Reading) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        if group.opening.premium == 0 && group.amortisation.is_empty()
            || self.unborn(group, reading)
        {
            return 0;
        }
        scale(
            self.factor(index, reading),
            group.opening.premium - group.amortisation.through(reading.day()),
        )
    }

    /// Fair-value adjustment F(t), quanta: market value less nominal, accrued and premium, for what is carried at fair value.
    pub fn fair_value(&self, index: usize, reading: Reading) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        if !group.is_at_fair_value() {
            return 0;
        }
        match self.market_value(index, reading) {
            None => 0,
            Some(value) if group.is_derivative() => {
                // the value of a leg bears its sign, what has accrued on it does not
                value - group.sign() * round_accrued(self.accrued(index, reading))
            }
            Some(value) => {
                value
                    - self.balance(index, reading)
                    - round_accrued(self.accrued(index, reading))
                    - self.premium(index, reading)
            }
        }
    }

    /// Undrawn commitment, quanta; none after the last day of the line, unless the balance sheet is constant.
    pub fn undrawn_amount(&self, index: usize, reading: Reading) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        let day = reading.day();
        if group.opening.undrawn == 0
            || (!self.is_constant && group.maturity.is_some_and(|last| last <= day))
        {
            return 0;
        }
        match reading {
            Reading::Start => group.opening.undrawn,
            Reading::Day(day) => scale(path_at(&self.undrawn, index, day), group.opening.undrawn),
        }
    }

    /// Dirty market value, quanta, signed for legs of derivatives (what is paid is negative). `None`: the group is not valued by the loop.
    pub fn market_value(&self, index: usize, reading: Reading) -> Option<Amount> {
        let group = self.group(index)?;
        if matches!(
            group.kind,
            GroupKind::Cash | GroupKind::Plug | GroupKind::Unmet
        ) {
            return Some(self.balance(index, reading));
        }
        match reading {
            Reading::Start => self.opening_values.get(index).copied().flatten(),
            Reading::Day(day) => {
                let place = self.calendar.at_or_before(day)?;
                self.market_values.get(index)?.as_ref()?.get(place).copied()
            }
        }
    }

    /// What may be called until the day: on demand, or at a notice that ends by then.
    pub fn callable(&self, index: usize, reading: Reading, until: Day) -> Amount {
        let Some(group) = self.group(index) else {
            return 0;
        };
        let called = match group.withdrawal {
            Withdrawal::OnDemand => true,
            Withdrawal::Notice(tenor) => self
                .date(reading.day())
                .and_then(|today| {
                    tenor
                        .after(today)
                        .ok()
                        .map(|day| day - self.projection.date)
                })
                .is_some_and(|day| day <= until),
            Withdrawal::Dated | Withdrawal::Never => false,
        };
        if called {
            self.balance(index, reading)
        } else {
            0
        }
    }

    /// Encumbered part of a lot at the reading, in quanta of market value: by release day, `None` last.
    pub fn encumbered(&self, index: usize, reading: Reading) -> Vec<(Option<Day>, Amount)> {
        let mut parts = BTreeMap::new();
        for pledge in self.encumbrances_of(index, reading) {
            *parts
                .entry(pledge.release.map_or((1, 0), |day| (0, day)))
                .or_insert(0) += self.pledged_value(index, pledge, reading);
        }
        for (due, amount) in self.covering(index, reading) {
            *parts.entry(due.map_or((1, 0), |day| (0, day))).or_insert(0) += amount;
        }
        parts
            .into_iter()
            .map(|((open, day), amount)| ((open == 0).then_some(day), amount))
            .collect()
    }

    /// What a group is worth behind a deal: its market value, else its amortised cost, as in a cover pool.
    pub fn collateral_value(&self, index: usize, reading: Reading) -> Amount {
        self.market_value(index, reading)
            .unwrap_or_else(|| self.balance(index, reading) + self.premium(index, reading))
    }

    /// The part of that which no pledge holds, whatever stands in a cover pool.
    pub fn unpledged(&self, index: usize, reading: Reading) -> Amount {
        let pledges = self.encumbrances_of(index, reading);
        let held: Amount = pledges
            .map(|pledge| self.pledged_value(index, pledge, reading))
            .sum();
        self.collateral_value(index, reading) - held
    }

    /// The encumbrances of a lot that are in force at the reading.
    pub fn encumbrances_of(
        &self,
        index: usize,
        reading: Reading,
    ) -> impl Iterator<Item = &Encumbrance> {
        self.encumbrances.iter().filter(move |e| {
            e.lot == index && e.since <= reading && e.release.is_none_or(|day| day > reading.day())
        })
    }

    /// Market value of what one encumbrance holds at the reading.
    pub fn pledged_value(&self, index: usize, pledge: &Encumbrance, reading: Reading) -> Amount {
        if pledge.nominal == 0 {
            return pledge.amount;
        }
        let whole = self.balance(index, reading);
        let value = self.collateral_value(index, reading);
        let pledged = self.pledged_nominal(index, pledge, reading.day());
        if whole == 0 {
            0
        } else {
            mul_div(value, pledged.min(whole), whole)
        }
    }

    /// Whether a group is an account without a position of the book in which nothing stood on any day so far.
    pub fn is_idle(&self, group: &Group) -> bool {
        let idle = |accounts: &Accounts| match group.kind {
            GroupKind::Contract | GroupKind::Received => false,
            GroupKind::Cash => accounts.cash == 0 && accounts.cash_accrued == 0,
            GroupKind::Plug => accounts.plug == 0 && accounts.plug_accrued == 0,
            GroupKind::Unmet => accounts.unmet == 0 && accounts.unmet_accrued == 0,
        };
        group.is_account()
            && group.members.is_empty()
            && self
                .accounts
                .get(&group.currency)
                .is_none_or(|days| days.iter().all(idle))
    }

    /// Whether this group of the surplus instrument carries the accrued interest of the currency's cash.
    pub fn holds_cash(&self, index: usize) -> bool {
        let Some(group) = self.group(index) else {
            return false;
        };
        self.groups()
            .find(|(_, g)| g.kind == GroupKind::Cash && g.currency == group.currency)
            .is_some_and(|(first, _)| first == index)
    }

    pub(super) fn unborn(&self, group: &Group, reading: Reading) -> bool {
        group
            .birth
            .as_ref()
            .is_some_and(|birth| reading == Reading::Start || reading.day() < birth.day)
    }

    /// Cash is one account a currency; groups of the surplus instrument share it by their opening, the first takes the rest.
    fn share_of_cash(&self, index: usize, group: &Group, reading: Reading) -> Amount {
        let cash = self.accounts_at(group.currency, reading).cash;
        let alike = || {
            self.groups()
                .filter(|(_, g)| g.kind == GroupKind::Cash && g.currency == group.currency)
        };
        let total: Amount = alike().map(|(_, g)| g.opening.nominal).sum();
        let share = |g: &Group| {
            if total == 0 {
                0
            } else {
                mul_div(cash, g.opening.nominal, total)
            }
        };
        if self.holds_cash(index) {
            cash - alike()
                .filter(|(other, _)| *other != index)
                .map(|(_, g)| share(g))
                .sum::<Amount>()
        } else {
            share(group)
        }
    }
}

fn path_at(paths: &[Option<Arc<StepPath>>], index: usize, day: Day) -> i128 {
    match paths.get(index) {
        Some(Some(path)) => path.at(day),
        _ => ONE,
    }
}
