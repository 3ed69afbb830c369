//! Notional repricing cash flows (BCBS d368, section IV): principal on the earlier of its repayment and the day on which its rate is
//! read anew, with the interest on what is neither repaid nor repriced; the spread over an index goes on to the last payment. Contracts
//! as they stand, without behaviour; floors and caps of an index are left out, as an add-on values them.

use super::Measures;
use super::amount::Window;
use super::place::Place;
use crate::engine::group::{Floating, Group, GroupKind, InterestLeg, InterestTerms, Withdrawal};
use crate::engine::rates::floating_interest;
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::{Reading, Run, round_accrued, scale};
use crate::formula::Refusal;
use crate::{calendar::DayCount, diagnostic::codes::run as codes};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// What a group repays, reprices and pays from a place on, by day, as if nothing had left it.
#[derive(Debug, Default)]
pub(super) struct Repricing {
    /// Principal repaid or repriced, whichever is first.
    pub(super) principal: Series,
    /// Interest that is known.
    pub(super) interest: Series,
    /// The part of it that is margin.
    pub(super) margin: Series,
}

/// Schedules of repricing that were made, by group, run and reading.
pub(super) type Repricings = RefCell<HashMap<(usize, usize, Reading), Rc<Repricing>>>;

/// Amounts by day that a schedule is made of.
#[derive(Default)]
pub(super) struct Dated {
    pub(super) principal: Vec<(Day, Amount)>,
    pub(super) interest: Vec<(Day, Amount)>,
    pub(super) margin: Vec<(Day, Amount)>,
}

impl Dated {
    fn sum(self) -> Option<Repricing> {
        Some(Repricing {
            principal: Series::from_amounts(self.principal)?,
            interest: Series::from_amounts(self.interest)?,
            margin: Series::from_amounts(self.margin)?,
        })
    }
}

impl Window {
    /// What of a series falls in the band; the first holds what is due at once.
    fn of(self, series: &Series, share: impl Fn(Amount) -> Amount) -> Amount {
        let before = if self.first {
            0
        } else {
            share(series.through(self.after))
        };
        share(series.through(self.until)) - before
    }
}

impl Measures<'_> {
    /// Principal and interest of a group that are due or reprice in a band. Of a derivative's leg: signed.
    pub(super) fn repricing_flow(
        &self,
        index: usize,
        group: &Group,
        place: Place,
        window: Window,
        margin_excluded: bool,
    ) -> Result<Amount, Refusal> {
        let run = self.run(place)?;
        let schedule = self.repricing(index, group, place)?;
        let (stays, earns) = (
            run.factor(index, place.reading),
            run.earning_factor(index, place.reading),
        );
        let principal = window.of(&schedule.principal, |amount| scale(stays, amount));
        let interest = window.of(&schedule.interest, |amount| scale(earns, amount));
        let margin = match margin_excluded {
            true => window.of(&schedule.margin, |amount| scale(earns, amount)),
            false => 0,
        };
        let flow = principal + interest - margin;
        Ok(if group.is_derivative() {
            group.sign() * flow
        } else {
            flow
        })
    }

    /// Principal that at the start of a band has neither come back nor repriced. Of a derivative's leg: signed.
    pub(super) fn unrepriced(
        &self,
        index: usize,
        group: &Group,
        place: Place,
        window: Window,
    ) -> Result<Amount, Refusal> {
        let stays = self.run(place)?.factor(index, place.reading);
        let schedule = self.repricing(index, group, place)?;
        let whole = scale(stays, schedule.principal.total());
        let gone = if window.first {
            0
        } else {
            scale(stays, schedule.principal.through(window.after))
        };
        Ok(if group.is_derivative() {
            group.sign() * (whole - gone)
        } else {
            whole - gone
        })
    }

    /// When a group's principal comes back or reprices, and what interest is known until then.
    pub(super) fn repricing(
        &self,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<Rc<Repricing>, Refusal> {
        let key = (index, place.run, place.reading);
        if let Some(found) = self.repricings.borrow().get(&key) {
            return Ok(found.clone());
        }
        let dated = self.dated_repricing(index, group, place)?;
        let schedule = dated.sum().ok_or_else(|| {
            let name = self.instrument_name(group);
            let message = format!("the amounts of `{name}` are more than can be counted");
            Refusal::new(codes::AMOUNT_TOO_LARGE, message)
        })?;
        let schedule = Rc::new(schedule);
        self.repricings.borrow_mut().insert(key, schedule.clone());
        Ok(schedule)
    }

    fn dated_repricing(&self, index: usize, group: &Group, place: Place) -> Result<Dated, Refusal> {
        let run = self.run(place)?;
        let today = place.reading.day();
        let at_once = || at_once(run, index, today);
        if group.kind != GroupKind::Contract {
            return Ok(at_once());
        }
        match (group.withdrawal, &group.interest) {
            (Withdrawal::Never, _) => Ok(Dated::default()),
            // the bank may change a client rate on any day
            (Withdrawal::OnDemand | Withdrawal::Notice(_), InterestTerms::Client(_))
            | (Withdrawal::OnDemand, _) => Ok(at_once()),
            (Withdrawal::Notice(tenor), _) => {
                let day = self.window_end(place, tenor)?;
                let mut dated = known(run, index, today, day);
                dated.principal = vec![(day, run.contractual_balance(index, today))];
                Ok(dated)
            }
            (Withdrawal::Dated, InterestTerms::Floating(floating)) => {
                self.floating_repricing(index, group, floating, place)
            }
            (Withdrawal::Dated, InterestTerms::Contracts(contracts)) => {
                self.contracts_repricing(group, contracts, place)
            }
            (Withdrawal::Dated, _) => {
                let mut dated = known(run, index, today, Day::MAX);
                dated.principal = repaid(run, index, group, today);
                Ok(dated)
            }
        }
    }

    fn floating_repricing(
        &self,
        index: usize,
        group: &Group,
        floating: &Floating,
        place: Place,
    ) -> Result<Dated, Refusal> {
        let run = self.run(place)?;
        let today = place.reading.day();
        let engine = &self.context(place)?.engine;
        let overnight_rate = floating.in_arrears.is_some();
        let running = floating
            .with_index(|period| !overnight_rate && period.fixing <= today && period.paid > today);
        let daycount = group.daycount.unwrap_or(DayCount::Act360);
        let leg = floating_interest(engine, &running, daycount, |fixing, period| {
            engine.index_rate(&floating.index, fixing, fixing, period)
        })?;
        if overnight_rate {
            return Ok(overnight(run, index, &leg, today));
        }
        let margin = leg.margin.iter().flat_map(|m| m.paid.after(today));
        Ok(Dated {
            principal: repriced(floating, &repaid(run, index, group, today), today),
            interest: leg.interest.paid.after(today).collect(),
            margin: margin.collect(),
        })
    }
}

/// What is due or reprices at once, with what has accrued on it.
fn at_once(run: &Run, index: usize, today: Day) -> Dated {
    let origin = run.projection.date;
    let accrued = run
        .interest_on(index, today)
        .map_or(0, |leg| round_accrued(leg.interest.accrued(today, origin)));
    Dated {
        principal: vec![(today, run.contractual_balance(index, today))],
        interest: vec![(today, accrued)],
        margin: Vec::new(),
    }
}

/// An overnight rate is new each day: all of it reprices at once, with what the index has accrued; the spread goes on.
fn overnight(run: &Run, index: usize, known: &InterestLeg, today: Day) -> Dated {
    let spread = round_accrued(known.interest.accrued(today, run.projection.date));
    let mut dated = at_once(run, index, today);
    for (_, accrued) in &mut dated.interest {
        *accrued -= spread;
    }
    dated.interest.extend(known.interest.paid.after(today));
    let margin = known.margin.iter().flat_map(|m| m.paid.after(today));
    dated.margin = margin.collect();
    dated
}

/// Interest under this run's market in (today, until], and its margin.
fn known(run: &Run, index: usize, today: Day, until: Day) -> Dated {
    let Some(leg) = run.interest_on(index, today) else {
        return Dated::default();
    };
    let margin = leg.margin.iter().flat_map(|m| m.paid.window(today, until));
    Dated {
        principal: Vec::new(),
        interest: leg.interest.paid.window(today, until).collect(),
        margin: margin.collect(),
    }
}

/// Principal that is paid after a day; a notional, which nobody pays, on the last day.
fn repaid(run: &Run, index: usize, group: &Group, today: Day) -> Vec<(Day, Amount)> {
    let paid: Vec<(Day, Amount)> = run
        .principal_on(index, today)
        .into_iter()
        .flat_map(|principal| principal.after(today))
        .collect();
    match group.maturity {
        Some(last) if paid.is_empty() => {
            vec![(last.max(today), run.contractual_balance(index, today))]
        }
        _ => paid,
    }
}

/// The days on which principal is repaid or comes under a rate that is not yet fixed, whichever is first.
fn repriced(floating: &Floating, repaid: &[(Day, Amount)], today: Day) -> Vec<(Day, Amount)> {
    // Balances under a rate to come, by the day on which they change. Where a period ends and none follows, its principal stays
    // covered until it is paid, which may be some days later.
    let mut ends: BTreeMap<Day, (Amount, Day)> = BTreeMap::new();
    let mut changes: BTreeMap<Day, Amount> = BTreeMap::new();
    for period in floating.exposures.iter().filter(|p| p.fixing > today) {
        *changes.entry(period.start).or_insert(0) += period.balance;
        let (ending, paid) = ends.entry(period.end).or_insert((0, period.paid));
        *ending += period.balance;
        *paid = period.paid.max(*paid);
    }
    for (day, (ending, paid)) in ends {
        let starting = changes.get(&day).copied().unwrap_or(0);
        let uncovered = (ending - starting).max(0);
        *changes.entry(day).or_insert(0) -= ending - uncovered;
        *changes.entry(paid).or_insert(0) -= uncovered;
    }
    for (day, amount) in repaid {
        *changes.entry(*day).or_insert(0) += amount;
    }
    let whole: Amount = repaid.iter().map(|(_, amount)| amount).sum();
    let (mut raw, mut gone) = (0, 0);
    let mut days = Vec::new();
    for (day, change) in changes {
        raw += change;
        let now = raw.clamp(gone, whole.max(gone));
        if now > gone {
            days.push((day, now - gone));
            gone = now;
        }
    }
    days
}
