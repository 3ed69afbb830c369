//! What the text or a file states of a position day by day: repayments, and rates that step.

use super::fault::Fault;
use super::mapping::Target;
use super::partly::Gap;
use super::reader::Reader;
use super::row::RowScope;
use super::schedule::{Schedules, Stated};
use super::take::Taken;
use crate::calendar::Date;
use crate::plan::{Repayment, Schedule, Side};
use crate::quantity::{Currency, Quanta, Rate, Rational};
use rust_decimal::Decimal;

impl Reader<'_> {
    /// The stated repayments of a position. They may not exceed what is outstanding; what they leave is due at maturity.
    pub(super) fn flows(
        &self,
        id: Option<&str>,
        whole: Option<Quanta>,
        scope: &RowScope<'_>,
        taken: &[Option<Taken>],
        faults: &mut Vec<Fault>,
    ) -> Vec<(Date, Quanta)> {
        let mut flows = Vec::new();
        match &self.slots.mapping.repays {
            Some(Repayment::Schedule(Schedule::Inline(days))) => {
                for (place, (day, _)) in (0u32..).zip(days) {
                    let slot = self
                        .slots
                        .slots
                        .iter()
                        .position(|slot| slot.target == Target::Flow(place));
                    if let Some(Some(Taken::Amount(amount))) = slot.and_then(|slot| taken.get(slot))
                    {
                        flows.push((*day, *amount));
                    }
                    if *day <= self.date && self.slots.mapping.arrears != Some(true) {
                        let reason = format!("does not lie after the reporting date {}", self.date);
                        faults.push(Fault::new("repays", "", day.to_string(), reason));
                    }
                }
            }
            Some(Repayment::Schedule(Schedule::File(path))) => {
                let (Some(id), Some(schedules), Some(currency)) =
                    (id, self.stated(Stated::Amounts), scope.currency)
                else {
                    return flows;
                };
                match schedules.by_id.get(id) {
                    Some(Ok(stated)) => {
                        for (day, amount) in stated {
                            match Quanta::from_decimal(*amount, currency) {
                                Ok(amount) => flows.push((*day, amount)),
                                Err(_) => faults.push(Fault::new(
                                    "repays",
                                    "amount",
                                    amount.to_string(),
                                    "is too large to be counted",
                                )),
                            }
                        }
                    }
                    Some(Err(fault)) => faults.push((**fault).clone()),
                    None => faults.push(Fault::new(
                        "repays",
                        self.id_column(),
                        id.to_owned(),
                        format!(
                            "has no row in `{}`",
                            super::request::at_date(path, self.date)
                        ),
                    )),
                }
            }
            _ => return flows,
        }
        flows.sort();
        let sum = flows
            .iter()
            .try_fold(Quanta::ZERO, |sum, (_, amount)| sum.add(*amount).ok());
        if let (Some(id), Some(whole)) = (id, whole)
            && sum.is_none_or(|sum| sum > whole)
        {
            faults.push(Fault::new(
                "repays",
                self.id_column(),
                id.to_owned(),
                "repays more than its principal",
            ));
        }
        flows
    }

    /// What the schedules of a position leave open. A derivative's notional runs to its maturity as a matter of course.
    pub(super) fn gaps(
        &self,
        id: &str,
        whole: Option<(Quanta, Currency)>,
        flows: &[(Date, Quanta)],
    ) -> impl Iterator<Item = Gap> + use<> {
        let unstated = self
            .stated(Stated::Rates)
            .is_some_and(|rates| !rates.by_id.contains_key(id));
        let by_schedule = matches!(self.slots.mapping.repays, Some(Repayment::Schedule(_)));
        let left = whole
            .filter(|_| by_schedule && self.side != Side::Derivative)
            .map(|(whole, currency)| {
                let paid: i128 = flows.iter().map(|(_, amount)| amount.0).sum();
                (Quanta(whole.0 - paid), currency)
            })
            .filter(|(left, _)| left.0 > 0)
            .map(|(left, currency)| Gap::Unrepaid(currency, left));
        unstated.then_some(Gap::NoRates).into_iter().chain(left)
    }

    fn stated(&self, what: Stated) -> Option<&Schedules> {
        let file = self.stated.iter().find(|file| file.what == what)?;
        file.read.as_ref()
    }

    /// The rates that a file states for a position, by day; one without a row keeps its rate, with a warning.
    pub(super) fn steps(&self, id: Option<&str>, faults: &mut Vec<Fault>) -> Vec<(Date, Rate)> {
        let stated = self.stated(Stated::Rates).zip(id);
        match stated.and_then(|(rates, id)| rates.by_id.get(id)) {
            None => Vec::new(),
            Some(Err(fault)) => {
                faults.push((**fault).clone());
                Vec::new()
            }
            // what is no rate was refused with its row of the file
            Some(Ok(stated)) => {
                let rate =
                    |value: &Decimal| Rate::from_rational(&Rational::from_decimal(*value)).ok();
                let steps = stated.iter();
                steps
                    .filter_map(|(day, value)| Some((*day, rate(value)?)))
                    .collect()
            }
        }
    }
}
