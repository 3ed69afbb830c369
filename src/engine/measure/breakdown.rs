//! What a measure of a run as a whole is made of, for who follows a value down.

use super::ladder::HEADROOM;
use super::place::Place;
use super::record::Recording;
use crate::engine::group::ACCRUED_SCALE;
use crate::engine::observe::{Combine, Term};
use crate::engine::state::{Accounts, Reading};
use crate::formula::{Refusal, Value};
use crate::plan::{InstrumentId, ScenarioMeasure};
use crate::quantity::{Currency, Quanta, Rational};

/// Accounts of a currency, by name, in thousandths of a quantum.
type Named = [(&'static str, fn(&Accounts) -> i128)];

const CASH: &Named = &[("cash", |a| a.cash * ACCRUED_SCALE)];
const UNMET: &Named = &[("unmet", |a| a.unmet * ACCRUED_SCALE)];
const EQUITY: &Named = &[
    ("capital", |a| a.capital * ACCRUED_SCALE),
    ("retained result", |a| a.retained),
    ("other comprehensive income", |a| a.oci),
];

/// Assets less liabilities of a currency: what stands on the other side of them in the books.
fn net_assets(accounts: &Accounts) -> i128 {
    let owners: i128 = EQUITY.iter().map(|(_, read)| read(accounts)).sum();
    owners + accounts.opening_difference + accounts.fx_position
}

/// Thousandths of a quantum in units of their currency.
fn in_units(thousandths: i128, currency: Currency) -> Rational {
    let unit = Quanta::per_unit(currency).saturating_mul(ACCRUED_SCALE);
    Rational::new(thousandths, unit).unwrap_or_default()
}

impl Recording<'_, '_, '_> {
    /// The parts of a measure, which add up to it: accounts by currency, headroom by instrument. None where it has no parts.
    pub(super) fn parts_of_measure(
        &self,
        measure: &ScenarioMeasure,
        value: &Value,
        place: Place,
    ) -> Result<Vec<Term>, Refusal> {
        match measure {
            ScenarioMeasure::Cash => self.accounts(CASH, value, place),
            ScenarioMeasure::Unmet => self.accounts(UNMET, value, place),
            ScenarioMeasure::Equity if self.measures().slice(place).currency.is_some() => {
                self.accounts(EQUITY, value, place)
            }
            ScenarioMeasure::Equity => self.equity(value, place),
            ScenarioMeasure::Headroom => self.headroom_parts(place),
            ScenarioMeasure::Uncovered(pool) => self.uncovered_parts(*pool, place),
            _ => Ok(Vec::new()),
        }
    }

    /// Accounts at the rates of the place.
    fn accounts(&self, named: &Named, value: &Value, place: Place) -> Result<Vec<Term>, Refusal> {
        let Value::Money(_, target) = value else {
            return Ok(Vec::new());
        };
        let measures = self.measures();
        let run = measures.run(place)?;
        let slice = measures.slice(place);
        let mut terms = Vec::new();
        let currencies = run.accounts.keys().copied();
        for currency in currencies.filter(|c| slice.currency.is_none_or(|only| only == *c)) {
            let accounts = run.accounts_at(currency, place.reading);
            let rate = measures.exchange_rate(place, currency, *target)?;
            for (name, read) in named {
                let amount = in_units(read(&accounts), currency) * rate.clone();
                terms.push((format!("{name} {currency}"), amount));
            }
        }
        Ok(self.parts(terms, *target))
    }

    /// Equity in the book's currency: the accounts of owners by currency, each as it was carried when it was booked, and what the
    /// rates of exchange have since made of net assets in other currencies. The ledger carries the same.
    fn equity(&self, value: &Value, place: Place) -> Result<Vec<Term>, Refusal> {
        let Value::Money(whole, target) = value else {
            return Ok(Vec::new());
        };
        let measures = self.measures();
        let run = measures.run(place)?;
        let passed = run.calendar.days.iter().copied();
        let readings = std::iter::once(Reading::Start).chain(passed.map(Reading::Day));
        let readings: Vec<Reading> = readings.filter(|r| *r <= place.reading).collect();
        let (mut terms, mut exchanged) = (Vec::new(), Vec::new());
        for currency in run.accounts.keys().copied() {
            let mut carried = vec![Rational::ZERO; EQUITY.len()];
            let mut exchange = Rational::ZERO;
            let mut before = (Accounts::default(), Rational::ZERO);
            for reading in &readings {
                let now = run.accounts_at(currency, *reading);
                let there = Place {
                    reading: *reading,
                    ..place
                };
                let rate = measures.exchange_rate(there, currency, *target)?;
                let moved = &rate - &before.1;
                if !moved.is_zero() {
                    exchange = exchange + in_units(net_assets(&before.0), currency) * moved;
                }
                for ((_, read), sum) in EQUITY.iter().zip(&mut carried) {
                    let booked = read(&now) - read(&before.0);
                    if booked != 0 {
                        *sum = &*sum + &(in_units(booked, currency) * rate.clone());
                    }
                }
                before = (now, rate);
            }
            for ((name, _), amount) in EQUITY.iter().zip(carried) {
                terms.push((format!("{name} {currency}"), amount));
            }
            exchanged.push((format!("exchange result {currency}"), exchange));
        }
        terms.append(&mut exchanged);
        let rest = terms.iter().fold(whole.clone(), |rest, (_, x)| &rest - x);
        // equity is whole quanta, and so is what was paid for another currency
        terms.push(("rounding to what the ledger carries".to_owned(), rest));
        Ok(self.parts(terms, *target))
    }

    /// The amounts that are not zero as parts of a value.
    fn parts(&self, amounts: Vec<(String, Rational)>, currency: Currency) -> Vec<Term> {
        let amounts = amounts.into_iter().filter(|(_, x)| !x.is_zero());
        amounts.map(|(n, x)| self.part(n, x, currency)).collect()
    }

    fn headroom_parts(&self, place: Place) -> Result<Vec<Term>, Refusal> {
        let measures = self.measures();
        let target = measures.fold_currency(place);
        let mut terms = Vec::new();
        for (instrument, parts) in measures.headroom_by_instrument(place)? {
            let sum: Rational = parts.iter().cloned().sum();
            let told = parts.iter().filter(|part| !part.is_zero()).count();
            if told == 0 {
                continue;
            }
            let mut term = self.part(self.name_of(instrument), sum, target);
            if told > 1 {
                term.combine = Combine::Sum;
            }
            for (name, amount) in HEADROOM
                .iter()
                .zip(parts)
                .filter(|(_, part)| !part.is_zero())
            {
                if told == 1 {
                    term.label = format!("{}: {name}", term.label);
                } else {
                    term.terms
                        .push(self.part((*name).to_owned(), amount, target));
                }
            }
            terms.push(term);
        }
        Ok(terms)
    }

    pub(super) fn name_of(&self, instrument: InstrumentId) -> String {
        let instruments = &self.measures().plan.instruments;
        instruments
            .get(instrument.index())
            .map_or_else(String::new, |i| i.heading.short.clone())
    }

    /// A part of a value, in its currency.
    pub(super) fn part(&self, label: String, amount: Rational, currency: Currency) -> Term {
        Term {
            label,
            amount: self.measures().observed(&Value::Money(amount, currency)),
            unit: String::new(),
            metric: None,
            combine: Combine::Formula,
            terms: Vec::new(),
        }
    }
}
