//! What a measure of a run as a whole is made of, for who follows a value down.

use super::ladder::HEADROOM;
use super::place::Place;
use super::record::Recording;
use crate::engine::group::ACCRUED_SCALE;
use crate::engine::observe::{Combine, Term};
use crate::engine::state::Accounts;
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
            ScenarioMeasure::Equity => self.accounts(EQUITY, value, place),
            ScenarioMeasure::Headroom => self.headroom_parts(place),
            ScenarioMeasure::Uncovered(pool) => self.uncovered_parts(*pool, place),
            _ => Ok(Vec::new()),
        }
    }

    fn accounts(&self, named: &Named, value: &Value, place: Place) -> Result<Vec<Term>, Refusal> {
        let Value::Money(whole, target) = value else {
            return Ok(Vec::new());
        };
        let measures = self.measures();
        let run = measures.run(place)?;
        let slice = measures.slice(place);
        let (mut terms, mut rest) = (Vec::new(), whole.clone());
        let currencies = run.accounts.keys().copied();
        for currency in currencies.filter(|c| slice.currency.is_none_or(|only| only == *c)) {
            let accounts = run.accounts_at(currency, place.reading);
            let unit = Quanta::per_unit(currency).saturating_mul(ACCRUED_SCALE);
            for (name, read) in named {
                let amount = read(&accounts);
                if amount == 0 {
                    continue;
                }
                let amount = Rational::new(amount, unit).unwrap_or_default()
                    * measures.exchange_rate(place, currency, *target)?;
                rest = &rest - &amount;
                terms.push(self.part(format!("{name} {currency}"), amount, *target));
            }
        }
        if !rest.is_zero() {
            // the ledger carries amounts of other currencies in whole quanta
            terms.push(self.part(
                "rounding to what the ledger carries".to_owned(),
                rest,
                *target,
            ));
        }
        Ok(terms)
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
