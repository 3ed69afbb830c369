//! Adds up what the contracts of a group tell, by day.

use super::kernel::Beside;
use crate::calendar::Date;
use crate::contract::{
    AccrualChange, AccrualClass, AccrualKind as Kind, Block, ContractError,
    Exposure as ContractExposure, InterestFlow, LegTerms, PrincipalFlow, Sink,
};
use crate::engine::group::{AccrualSums, Accruing, Exposure};
use crate::engine::series::{Amount, Day, Series};
use std::collections::BTreeMap;

/// What is added up while the contracts of a group run.
pub(super) struct Collected {
    origin: Date,
    principal: Vec<(Day, Amount)>,
    prepaid: Vec<(Day, Amount)>,
    interest: Lines,
    margin: Lines,
    exposures: BTreeMap<ExposureKey, (Amount, i128)>,
    /// Whether the index is compounded in arrears over periods of interest.
    in_arrears: bool,
}

/// Fixing, start, end, paid day, part of a year, period of interest.
type ExposureKey = (Day, Day, Day, Day, i64, i64, Option<(Day, Day)>);

#[derive(Default)]
struct Lines {
    paid: Vec<(Day, Amount)>,
    standing: Vec<(Day, Amount)>,
    sums: BTreeMap<AccrualClass, (Vec<(Day, i128)>, Vec<(Day, i128)>)>,
}

impl Lines {
    fn flow(&mut self, due: Day, paid: Day, amount: Amount) {
        add(&mut self.paid, paid, amount);
        if due != paid {
            self.standing.push((due, amount));
            self.standing.push((paid, -amount));
        }
    }

    fn accruing(self) -> Option<Accruing> {
        let mut sums = Vec::with_capacity(self.sums.len());
        for (class, (rate, offset)) in self.sums {
            sums.push(AccrualSums {
                class,
                rate: Series::from_amounts(rate)?,
                offset: Series::from_amounts(offset)?,
            });
        }
        Some(Accruing {
            paid: Series::from_amounts(self.paid)?,
            standing: Series::from_amounts(self.standing)?,
            sums,
        })
    }
}

impl Collected {
    pub(super) fn new(origin: Date, terms: &LegTerms) -> Self {
        Self {
            origin,
            in_arrears: terms.pays_in_arrears(),
            principal: Vec::new(),
            prepaid: Vec::new(),
            interest: Lines::default(),
            margin: Lines::default(),
            exposures: BTreeMap::new(),
        }
    }

    pub(super) fn finish(self, beside: Beside, errors: Vec<ContractError>) -> Option<Projected> {
        let exposures = self
            .exposures
            .into_iter()
            .map(
                |(
                    (fixing, start, end, paid, numerator, denominator, within),
                    (balance, spread),
                )| Exposure {
                    fixing,
                    start,
                    end,
                    paid,
                    numerator,
                    denominator,
                    within,
                    balance,
                    spread,
                },
            )
            .collect();
        Some(Projected {
            principal: Series::from_amounts(self.principal)?,
            prepaid: Series::from_amounts(self.prepaid)?,
            interest: self.interest.accruing()?,
            margin: if beside == Beside::Nothing {
                None
            } else {
                Some(self.margin.accruing()?)
            },
            exposures,
            errors,
        })
    }
}

/// Adds to the amount of the last day, if it is the same day: like contracts tell one day after the other.
fn add(amounts: &mut Vec<(Day, i128)>, day: Day, amount: i128) {
    match amounts.last_mut() {
        Some((last, sum)) if *last == day => *sum += amount,
        _ => amounts.push((day, amount)),
    }
}

/// The sum of whole quanta, lane by lane; `None` where there is none.
fn whole(lanes: &[f64]) -> Option<Amount> {
    let mut sum: Amount = 0;
    let mut any = false;
    for lane in lanes {
        any |= *lane != 0.0;
        sum += Amount::from(*lane as i64);
    }
    any.then_some(sum)
}

impl Sink for Collected {
    type Amount = i128;
    const BLOCKS: bool = true;

    fn block(&mut self, block: &Block<'_>) {
        if block.exposure.is_some() {
            block.unpack(self);
            return;
        }
        let (due, paid) = (
            block.due.days_since(self.origin),
            block.paid.days_since(self.origin),
        );
        if let Some(amount) = whole(block.interest) {
            self.interest.flow(due, paid, amount);
        }
        if let Some(amount) = whole(block.margin) {
            self.margin.flow(due, paid, amount);
        }
        if let Some(amount) = whole(block.principal) {
            add(&mut self.principal, paid, amount);
        }
    }

    fn principal(&mut self, _position: usize, flow: &PrincipalFlow<i128>) {
        add(
            &mut self.principal,
            flow.paid.days_since(self.origin),
            flow.amount,
        );
    }

    fn prepayment(&mut self, _position: usize, flow: &PrincipalFlow<i128>) {
        add(
            &mut self.prepaid,
            flow.paid.days_since(self.origin),
            flow.amount,
        );
    }

    fn interest(&mut self, _position: usize, flow: &InterestFlow<i128>) {
        let (due, paid) = (
            flow.due.days_since(self.origin),
            flow.paid.days_since(self.origin),
        );
        self.interest.flow(due, paid, flow.amount);
    }

    fn margin_interest(&mut self, _position: usize, flow: &InterestFlow<i128>) {
        let (due, paid) = (
            flow.due.days_since(self.origin),
            flow.paid.days_since(self.origin),
        );
        self.margin.flow(due, paid, flow.amount);
    }

    fn exposure(&mut self, _position: usize, exposure: &ContractExposure<i128>) {
        let day = |date: Date| date.days_since(self.origin);
        let key = (
            day(exposure.fixing),
            day(exposure.start),
            day(exposure.end),
            day(exposure.paid),
            exposure.numerator,
            exposure.denominator,
            self.in_arrears
                .then(|| (day(exposure.period_start), day(exposure.period_end))),
        );
        let (balance, spread) = self.exposures.entry(key).or_default();
        *balance += exposure.balance;
        // what leaves the range here is refused where the index's part is added
        let own = exposure.balance.saturating_mul(exposure.spread.0.into());
        *spread = spread.saturating_add(own);
    }

    fn accrual(&mut self, _position: usize, change: &AccrualChange) {
        let day = change.day.days_since(self.origin);
        let lines = match change.kind {
            Kind::Interest => &mut self.interest,
            Kind::Margin => &mut self.margin,
        };
        let (rate, offset) = lines.sums.entry(change.class).or_default();
        add(rate, day, change.rate);
        add(offset, day, change.offset);
    }
}

/// What the contracts of a group pay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Projected {
    pub principal: Series,
    /// What is paid back beside the schedule.
    pub prepaid: Series,
    pub interest: Accruing,
    pub margin: Option<Accruing>,
    pub exposures: Vec<Exposure>,
    pub errors: Vec<ContractError>,
}
