//! Guarantees and collateral: they pay when a contract that they cover no longer performs.

use serde_json::{Map, Value};

use super::event::{Event, EventType, Exercised, Planned};
use super::loan::{Course, Deal, Fees, deal, fees};
use super::observed::Observed;
use super::structure::{child, name_of};
use super::terms::{Basis, Count, Outcome, Start, Terms, number_of};
use super::window::Window;
use super::{Conventions, Moment};
use crate::calendar::{DayCount, Tenor};

/// What of a covered contract is covered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exposure {
    Notional,
    NotionalAndInterest,
    MarketValue,
}

/// A contract that is covered, or that covers.
struct Part<'a> {
    object: &'a Map<String, Value>,
    /// Its events, where its terms are given.
    course: Option<Course>,
}

struct Enhancement<'a> {
    basis: Basis,
    is_collateral: bool,
    maturity: Moment,
    coverage: f64,
    exposure: Exposure,
    /// A guaranteed amount that stands for the exposure.
    notional: Option<f64>,
    covered: Vec<Part<'a>>,
    covering: Vec<Part<'a>>,
    fees: Option<Fees>,
    count: Count,
    purchase: Option<Deal>,
    termination: Option<Deal>,
    exercise: Option<Moment>,
    settlement: Tenor,
}

/// The events of a guarantee, or of collateral.
pub fn enhancement(
    terms: &Terms<'_>,
    is_collateral: bool,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let contract = Enhancement::read(terms, is_collateral, observed, conventions)?;
    contract.events(to, observed, conventions)
}

/// The kinds of credit event that are covered: delay, delinquency, default; one or a list, default where none is given.
fn triggers<'a>(terms: &Terms<'a>) -> Vec<&'a str> {
    let term = "creditEventTypeCovered";
    let given = terms.array(term).unwrap_or_default();
    let words: Vec<&str> = given
        .into_iter()
        .map(|value| value.as_str().unwrap_or("?").trim())
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| !["DL", "DQ", "DF"].contains(word)) {
        terms.refuse(term, "one of `DL`, `DQ`, `DF`, or a list of them");
    }
    if words.is_empty() { vec!["DF"] } else { words }
}

impl<'a> Enhancement<'a> {
    fn read(
        terms: &Terms<'a>,
        is_collateral: bool,
        observed: &Observed,
        conventions: &Conventions,
    ) -> Outcome<Enhancement<'a>> {
        let basis = Basis::read(terms, None);
        let parts = |role: &str| -> Outcome<Vec<Part<'a>>> {
            let objects = terms.referred(role);
            let read = objects.into_iter().map(|object| {
                let of_type = object.get("contractType").and_then(Value::as_str);
                let is_loan = of_type.is_some_and(|text| super::loan::form(text.trim()).is_some());
                let course = is_loan.then(|| child(terms, object, None, observed, conventions));
                let course = course.transpose()?;
                Ok(Part { object, course })
            });
            read.collect()
        };
        let (covered, covering) = (parts("COVE")?, parts("COVI")?);
        if covered.is_empty() {
            terms.refuse("contractStructure", "a contract in the role `COVE`");
        }
        if is_collateral && covering.is_empty() {
            terms.refuse("contractStructure", "a contract in the role `COVI`");
        }
        let end = covered.iter().filter_map(|part| part.course.as_ref());
        let end = end.map(Course::end).max();
        let maturity = terms.moment("maturityDate").or(end);
        let maturity = maturity.unwrap_or_else(|| terms.required_moment("maturityDate"));
        terms.matures_after_start(maturity);
        terms.deals_before(maturity, conventions);
        let start = Start {
            at: terms.moment("purchaseDate").unwrap_or(basis.status),
            month_end: basis.month_end,
            one_cycle_after: true,
        };
        let fees = if is_collateral {
            None
        } else {
            fees(terms, start)
        };
        let exposures = [
            ("NO", Exposure::Notional),
            ("NI", Exposure::NotionalAndInterest),
            ("MV", Exposure::MarketValue),
        ];
        let triggers = triggers(terms);
        let known = terms.moment("exerciseDate");
        let exercise = observed.of("CE").find(|event| {
            let names = event.contract.as_deref();
            let performance = event.performance.as_deref().unwrap_or_default();
            triggers.contains(&performance)
                && event.time <= maturity
                && event.time > basis.status
                && covered
                    .iter()
                    .any(|part| name_of(part.object) == names && names.is_some())
        });
        let contract = Enhancement {
            is_collateral,
            maturity,
            coverage: terms.amount("coverageOfCreditEnhancement").unwrap_or(1.0),
            exposure: terms
                .choice("guaranteedExposure", &exposures)
                .unwrap_or(Exposure::Notional),
            notional: terms.amount("notionalPrincipal").filter(|_| !is_collateral),
            count: Count {
                day_count: match fees {
                    Some(_) => Basis::day_count(terms),
                    None => DayCount::Act365,
                },
                maturity: Some(maturity),
            },
            fees,
            purchase: deal(terms, "purchaseDate", "priceAtPurchaseDate"),
            termination: deal(terms, "terminationDate", "priceAtTerminationDate"),
            exercise: known.or(exercise.map(|event| event.time)),
            settlement: terms.period("settlementPeriod").unwrap_or(Tenor::days(0)),
            covered,
            covering,
            basis,
        };
        let by_name_only = contract.covered.iter().any(|part| part.course.is_none());
        if contract.notional.is_none() && by_name_only && contract.exposure != Exposure::MarketValue
        {
            terms.refuse(
                if is_collateral {
                    "contractStructure"
                } else {
                    "notionalPrincipal"
                },
                "an amount, or the terms of every covered contract",
            );
        }
        terms.done()?;
        Ok(contract)
    }

    fn plan(&self) -> Outcome<Vec<Planned>> {
        let basis = &self.basis;
        let rolled = |at, kind| -> Outcome<Planned> {
            let paid = basis.shift(at)?;
            Ok(Planned {
                paid,
                ..Planned::fixed(at, kind)
            })
        };
        let mut plan = Vec::new();
        for at in self.fee_dates() {
            if self.exercise.is_none_or(|exercise| at <= exercise) {
                plan.push(rolled(at, EventType::FeePayment)?);
            }
        }
        match self.exercise {
            Some(at) => {
                plan.push(Planned::fixed(at, EventType::Exercise));
                let at = basis.after(at, self.settlement)?;
                plan.push(rolled(at, EventType::Settlement)?);
            }
            None => plan.push(Planned::fixed(self.maturity, EventType::Maturity)),
        }
        let bought = self
            .purchase
            .map(|deal| Planned::fixed(deal.at, EventType::Purchase));
        let ended = self
            .termination
            .map(|deal| Planned::fixed(deal.at, EventType::Termination));
        plan.extend(bought.into_iter().chain(ended));
        plan.sort_by_key(Planned::key);
        Ok(plan)
    }

    fn fee_dates(&self) -> Vec<Moment> {
        self.fees
            .map_or(Vec::new(), |fees| fees.run.dates(self.maturity, true))
    }

    fn events(
        &self,
        to: Option<Moment>,
        observed: &Observed,
        conventions: &Conventions,
    ) -> Outcome<Vec<Event>> {
        let (basis, sign) = (&self.basis, self.basis.sign);
        let window = Window::new(basis.status, to, self.purchase, self.termination);
        let mut exercised = Exercised::default();
        let (mut notional, mut accrued_fees, mut since) = (0.0, 0.0, basis.status);
        if self.fees.is_some() && self.purchase.is_none() {
            notional = self.amount(basis.status, observed)?;
        }
        let mut events = Vec::new();
        for planned in self.plan()? {
            if !window.happens(planned.key()) {
                continue;
            }
            accrued_fees = self.accrued_fees(accrued_fees, notional, since, planned.at);
            since = planned.at;
            let paid = match planned.kind {
                EventType::Purchase => {
                    notional = self.amount(planned.at, observed)?;
                    accrued_fees = 0.0;
                    self.purchase.map_or(0.0, |deal| -sign * deal.price)
                }
                EventType::FeePayment => {
                    let amount = match self.fees {
                        Some(fees) if fees.absolute => sign * fees.rate,
                        _ => accrued_fees,
                    };
                    notional = self.amount(planned.at, observed)?;
                    accrued_fees = 0.0;
                    amount
                }
                EventType::Exercise => {
                    notional = conventions.round(self.amount(planned.at, observed)?);
                    exercised = Exercised {
                        date: Some(planned.at),
                        amount: notional,
                    };
                    0.0
                }
                EventType::Settlement => {
                    // between exercise and settlement no fee accrues
                    notional = 0.0;
                    exercised.amount + std::mem::take(&mut accrued_fees)
                }
                EventType::Termination => {
                    notional = 0.0;
                    self.termination.map_or(0.0, |deal| sign * deal.price)
                }
                _ => {
                    notional = 0.0;
                    0.0
                }
            };
            let paid = paid * observed.exchange(basis, paid, planned.at)?;
            if window.shows(planned.key()) {
                events.push(Event {
                    time: planned.paid,
                    kind: planned.kind,
                    payoff: conventions.round(paid),
                    currency: basis.paid_in().to_owned(),
                    notional,
                    rate: 0.0,
                    accrued: 0.0,
                    exercised: Some(exercised),
                });
            }
        }
        Ok(events)
    }

    /// Fees since the last were paid; after an exercise none accrue.
    fn accrued_fees(&self, so_far: f64, notional: f64, since: Moment, at: Moment) -> f64 {
        let Some(fees) = self.fees else {
            return 0.0;
        };
        if self.exercise.is_some_and(|exercise| since >= exercise) {
            return so_far;
        }
        let year = |from, to| self.basis.fraction(self.count, from, to);
        if !fees.absolute {
            return so_far + year(since, at) * notional * fees.rate;
        }
        // an amount is for a whole cycle, also where the last one is cut short
        let mut k = 0;
        while let (Some(before), Some(after)) = (fees.run.date(k), fees.run.date(k + 1)) {
            if before > at {
                break;
            }
            if at < after {
                return self.basis.sign * fees.rate * year(before, at) / year(before, after);
            }
            k += 1;
        }
        0.0
    }

    /// What is covered at an instant, with the contract's sign; collateral covers no more than it is worth.
    fn amount(&self, at: Moment, observed: &Observed) -> Outcome<f64> {
        let exposure = match self.notional {
            Some(amount) => amount,
            None => self.sum(&self.covered, at, observed)?,
        };
        let covered = self.coverage * exposure;
        let covered = if self.is_collateral {
            covered.min(self.sum(&self.covering, at, observed)?)
        } else {
            covered
        };
        Ok(self.basis.sign * covered)
    }

    /// The sum of exposures, or of values of what has a price.
    fn sum(&self, parts: &[Part<'_>], at: Moment, observed: &Observed) -> Outcome<f64> {
        let values = parts.iter().map(|part| {
            let priced = self.exposure == Exposure::MarketValue;
            match &part.course {
                Some(course) if !priced => {
                    let (notional, accrued) = course.state_at(at, observed)?;
                    Ok(match self.exposure {
                        Exposure::NotionalAndInterest => (notional + accrued).abs(),
                        _ => notional.abs(),
                    })
                }
                _ => {
                    let code = part.object.get("marketObjectCode").and_then(Value::as_str);
                    let quantity = part.object.get("quantity").and_then(number_of);
                    let price = observed.value(&self.basis, "marketObjectCode", code, at)?;
                    Ok(quantity.unwrap_or(1.0) * price)
                }
            }
        });
        values.sum()
    }
}
