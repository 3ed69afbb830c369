//! Measures of a run as a whole: cash, unmet need, equity, net interest income, yearly amounts earned day by day.

use super::Measures;
use super::place::Place;
use super::scope::RunScope;
use crate::calendar::AccrualContext;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::ACCRUED_SCALE;
use crate::engine::series::Day;
use crate::engine::state::{Account, Accounts, Cause, Reading, ResultLine, Run};
use crate::formula::{Refusal, Undefined, Value, evaluate_with};
use crate::plan::{ActionId, InstrumentId, ScenarioMeasure};
use crate::quantity::{Currency, Quanta, Rational};
use std::collections::BTreeMap;

impl Measures<'_> {
    /// Whether a test gives the measure.
    pub(super) fn is_given(&self, measure: &ScenarioMeasure) -> bool {
        let given = &self.exercise.givens.measures;
        given.iter().any(|(given, _)| given == measure)
    }

    pub(super) fn scenario_measure(
        &self,
        measure: &ScenarioMeasure,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        for (given, value) in &self.exercise.givens.measures {
            if given == measure {
                return self.given(value, place);
            }
        }
        match measure {
            ScenarioMeasure::Cash => self.account(place, |a| a.cash),
            ScenarioMeasure::Unmet => {
                self.whole_book("unmet")?;
                self.account(place, |a| a.unmet)
            }
            ScenarioMeasure::Equity => {
                self.whole_book("equity")?;
                self.equity(place)
            }
            ScenarioMeasure::Headroom => self.headroom(place),
            ScenarioMeasure::NetInterest => self.net_interest(place),
            ScenarioMeasure::Decisions(action) => {
                let made = self.run(place)?.decisions.iter();
                let made = made.filter(|d| {
                    d.action == *action
                        && d.counts()
                        && matches!(place.reading, Reading::Day(day) if d.day <= day)
                });
                Ok(Value::Number(Rational::integer(made.count() as i128)))
            }
            ScenarioMeasure::NoPending(action) => {
                let mut made = self.run(place)?.decisions.iter();
                let open = made.any(|d| d.action == *action && d.is_pending(place.reading));
                Ok(Value::Bool(!open))
            }
            ScenarioMeasure::Filled(action) => self.filled(*action, place),
            ScenarioMeasure::Uncovered(pool) => self.uncovered(*pool, place),
            ScenarioMeasure::Accrual(yearly, daycount) => {
                let Some((from, to)) = self.cell(place)? else {
                    return Ok(Value::Undefined(Undefined::NoPrevious));
                };
                let run = self.run(place)?;
                let yearly = evaluate_with(
                    yearly,
                    &RunScope::new(
                        self,
                        Place {
                            reading: Reading::Day(from),
                            ..place
                        },
                    ),
                    locals,
                )?;
                let (Some(a), Some(b)) = (run.date(from), run.date(to)) else {
                    return Ok(Value::Undefined(Undefined::NoPrevious));
                };
                let count = daycount.unwrap_or(crate::calendar::DayCount::Act365);
                let part = count
                    .year_fraction(a, b, &AccrualContext::default())
                    .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
                let part = Rational::new(i128::from(part.numerator), i128::from(part.denominator))
                    .unwrap_or_default();
                Ok(match yearly {
                    Value::Money(x, currency) => Value::Money(x * part, currency),
                    Value::Number(x) => Value::Number(x * part),
                    other => other,
                })
            }
        }
    }

    /// A book without equity is partial: it has no plug and no equity to read.
    fn whole_book(&self, name: &str) -> Result<(), Refusal> {
        if self.exercise.book.equity.is_some() {
            return Ok(());
        }
        Err(Refusal::new(
            codes::PARTIAL_BOOK,
            format!("`{name}` of a book that states no equity"),
        )
        .help("state `equity`, `surplus`, `shortfall` and `unmet_rate` in the book"))
    }

    /// Equity in the book's currency as the ledger carries it; of a slice's currency: what is owed to owners in that currency.
    fn equity(&self, place: Place) -> Result<Value, Refusal> {
        let run = self.run(place)?;
        if self.slice(place).currency.is_some() {
            return self.summed(place, run.accounts.keys().copied(), |currency| {
                let accounts = run.accounts_at(currency, place.reading);
                (
                    accounts.capital * ACCRUED_SCALE + accounts.retained + accounts.oci,
                    ACCRUED_SCALE,
                )
            });
        }
        let index = match place.reading {
            Reading::Start => Some(0),
            Reading::Day(day) => run.calendar.at_or_before(day).map(|at| at + 1),
        };
        let quanta = index
            .and_then(|index| run.equity.get(index))
            .copied()
            .unwrap_or(0);
        let book = self.currency();
        Ok(Value::Money(Quanta(quanta).to_rational(book), book))
    }

    /// An account, summed over currencies at the rates of the place, or of the slice's currency alone.
    fn account(&self, place: Place, read: impl Fn(&Accounts) -> i128) -> Result<Value, Refusal> {
        let run = self.run(place)?;
        self.summed(place, run.accounts.keys().copied(), |currency| {
            (read(&run.accounts_at(currency, place.reading)), 1)
        })
    }

    /// Amounts by currency (in quanta times the stated scale) as one amount.
    fn summed(
        &self,
        place: Place,
        currencies: impl Iterator<Item = Currency>,
        read: impl Fn(Currency) -> (i128, i128),
    ) -> Result<Value, Refusal> {
        let slice = self.slice(place);
        let to = self.fold_currency(place);
        let mut sum = Rational::ZERO;
        for currency in currencies.filter(|c| slice.currency.is_none_or(|only| only == *c)) {
            let (amount, scale) = read(currency);
            if amount == 0 {
                continue;
            }
            let units = Rational::new(amount, Quanta::per_unit(currency).saturating_mul(scale))
                .unwrap_or_default();
            sum = sum + units * self.exchange_rate(place, currency, to)?;
        }
        Ok(Value::Money(sum, to))
    }

    /// What was settled of an action's amounts up to the place, at the rates of the place.
    fn filled(&self, action: ActionId, place: Place) -> Result<Value, Refusal> {
        let mut filled: BTreeMap<Currency, i128> = BTreeMap::new();
        for decision in &self.run(place)?.decisions {
            if decision.action == action && decision.is_done(place.reading) {
                for leg in decision.legs.iter().filter(|leg| leg.is_sized) {
                    *filled.entry(leg.currency).or_default() += leg.filled;
                }
            }
        }
        self.summed(place, filled.keys().copied(), |currency| {
            (filled.get(&currency).copied().unwrap_or(0), 1)
        })
    }

    /// The stretch that a flow of the place belongs to: from the day before on the cash calendar up to the day itself.
    pub(super) fn cell(&self, place: Place) -> Result<Option<(Day, Day)>, Refusal> {
        let run = self.run(place)?;
        let Reading::Day(to) = place.reading else {
            return Ok(None);
        };
        if to <= 0 {
            return Ok(None);
        }
        Ok(Some((day_before(run, to), to)))
    }

    /// Net interest income of the cells since the day before on the cash calendar.
    fn net_interest(&self, place: Place) -> Result<Value, Refusal> {
        let run = self.run(place)?;
        let Some((from, to)) = self.cell(place)? else {
            return Ok(Value::Undefined(Undefined::NoPrevious));
        };
        let slice = self.slice(place);
        let target = self.fold_currency(place);
        let mut sum = Rational::ZERO;
        for ((currency, line), cells) in &run.results {
            if *line != ResultLine::NetInterest
                || slice.currency.is_some_and(|only| only != *currency)
            {
                continue;
            }
            for (day, amount) in run
                .calendar
                .days
                .iter()
                .zip(cells)
                .filter(|(day, _)| **day > from && **day <= to)
            {
                if *amount == 0 {
                    continue;
                }
                let unit = Quanta::per_unit(*currency).saturating_mul(ACCRUED_SCALE);
                let units = Rational::new(*amount, unit).unwrap_or_default();
                let rate = self.exchange_rate(
                    Place {
                        reading: Reading::Day(*day),
                        ..place
                    },
                    *currency,
                    target,
                )?;
                sum = sum + units * rate;
            }
        }
        Ok(Value::Money(sum, target))
    }
}

impl Measures<'_> {
    /// What instruments earn and owe after a day up to another, in the currency of the place: accrual and amortisation as the
    /// ledger posts them, in order of the instruments. Interest on cash and funding, and what exits forfeit, are in none of them.
    pub(super) fn earned_by_instrument(
        &self,
        place: Place,
        from: Day,
        to: Day,
    ) -> Result<Vec<(InstrumentId, Rational)>, Refusal> {
        let run = self.run(place)?;
        let slice = self.slice(place);
        let target = self.fold_currency(place);
        let mut earned: BTreeMap<InstrumentId, Rational> = BTreeMap::new();
        for posting in &run.postings {
            let counts = matches!(
                (posting.account, posting.cause),
                (Account::Accrued, Cause::Accrual) | (Account::Premium, Cause::Amortisation)
            );
            let (Some(instrument), true) = (posting.instrument, counts) else {
                continue;
            };
            if posting.day <= from
                || posting.day > to
                || slice.currency.is_some_and(|only| only != posting.currency)
            {
                continue;
            }
            let unit = Quanta::per_unit(posting.currency).saturating_mul(ACCRUED_SCALE);
            let units = Rational::new(posting.amount, unit).unwrap_or_default();
            let day = Place {
                reading: Reading::Day(posting.day),
                ..place
            };
            let amount = units * self.exchange_rate(day, posting.currency, target)?;
            let sum = earned.entry(instrument).or_default();
            *sum = &*sum + &amount;
        }
        Ok(earned.into_iter().filter(|(_, x)| !x.is_zero()).collect())
    }
}

/// The last day of the cash calendar before a day; the book's date at least.
fn day_before(run: &Run, day: Day) -> Day {
    let days = run.calendar.days.iter().zip(&run.calendar.is_cash).rev();
    days.filter(|(_, cash)| **cash)
        .map(|(d, _)| *d)
        .find(|d| *d < day)
        .unwrap_or(0)
}
