//! The ledger of a run as records for observers.

use super::observe::{Observer, PostingRecord};
use super::state::{Account, Cause, Posting, Run};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use crate::market::ScenarioMarket;
use crate::plan::{Exercise, Plan};
use crate::quantity::{Currency, Quanta, Rational};
use std::collections::BTreeMap;

/// Tells an observer every posting of a run, in order of day, currency, cause, account and instrument. On each day what is
/// carried in another currency is revalued first, against the result of exchange; what rounding leaves over stands in an account
/// of its own, so that the books balance in the reporting currency, too. `start` is the market before any shock: the opening is
/// carried at its rates.
///
/// # Errors
/// A rate of exchange that is missing, or an amount too large to be counted.
pub fn tell(
    plan: &Plan,
    exercise: &Exercise,
    run: &Run,
    (start, market): (&ScenarioMarket<'_>, &ScenarioMarket<'_>),
    observer: &mut dyn Observer,
) -> Result<(), Diagnostic> {
    // by the name of the instrument, not by its number: where a declaration stands in the text leaves no trace
    let mut postings: Vec<&Posting> = run.postings.iter().collect();
    postings.sort_by_key(|p| (p.day, p.currency, p.cause, p.account, instrument(plan, p)));
    let (opening, moved): (Vec<&Posting>, Vec<&Posting>) = postings
        .into_iter()
        .partition(|p| p.cause == Cause::Opening);
    let mut journal = Journal {
        plan,
        exercise,
        run,
        carried: BTreeMap::new(),
        observer,
    };
    journal.post(start, &opening)?;
    let mut rest = moved.as_slice();
    for day in &run.calendar.days {
        let today = rest.partition_point(|p| p.day <= *day);
        let (of_day, later) = rest.split_at_checked(today).unwrap_or((rest, &[]));
        journal.revalue(market, *day)?;
        journal.post(market, of_day)?;
        rest = later;
    }
    journal.post(market, rest)
}

/// What is carried of an account in another currency: the account's amount, and what it is carried at.
type Carried = BTreeMap<(Currency, String), (i128, i128)>;

struct Journal<'a, 'o> {
    plan: &'a Plan,
    exercise: &'a Exercise,
    run: &'a Run,
    carried: Carried,
    observer: &'o mut dyn Observer,
}

fn out_of_range(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(codes::run::OUT_OF_RANGE, error.to_string())
}

impl Journal<'_, '_> {
    fn date(&self, day: i32) -> Result<Date, Diagnostic> {
        let date = self.exercise.book.date;
        date.add_days(day).map_err(out_of_range)
    }

    /// Thousandths of a quantum of the book's currency for one of another.
    fn rate(
        &self,
        market: &ScenarioMarket<'_>,
        currency: Currency,
        day: i32,
    ) -> Result<Rational, Diagnostic> {
        let book = self.exercise.book.currency;
        let scale = Rational::new(Quanta::per_unit(book), Quanta::per_unit(currency))
            .map_err(out_of_range)?;
        Ok(market.fx(currency, self.date(day)?)? * scale)
    }

    /// Tells postings; those of one day, currency and cause sum to nothing in the reporting currency as well.
    fn post(
        &mut self,
        market: &ScenarioMarket<'_>,
        postings: &[&Posting],
    ) -> Result<(), Diagnostic> {
        let book = self.exercise.book.currency;
        let alike = |a: &&Posting, b: &&Posting| {
            (a.day, a.currency, a.cause) == (b.day, b.currency, b.cause)
        };
        for together in postings.chunk_by(alike) {
            let Some(first) = together.first() else {
                continue;
            };
            let rate = if first.currency == book {
                None
            } else {
                Some(self.rate(market, first.currency, first.day)?)
            };
            let of = (first.day, first.currency);
            let mut sum = 0;
            for posting in together {
                let name = account(self.plan, posting);
                let reporting = match &rate {
                    None => posting.amount,
                    Some(rate) => (Rational::integer(posting.amount) * rate.clone())
                        .to_scaled(0)
                        .map_err(out_of_range)?,
                };
                sum += reporting;
                if rate.is_some() && is_monetary(posting.account) {
                    let carried = self
                        .carried
                        .entry((posting.currency, name.clone()))
                        .or_default();
                    carried.0 += posting.amount;
                    carried.1 += reporting;
                }
                let origin = match posting.cause {
                    Cause::Action(decision) => self.decided(decision)?,
                    Cause::Hedge(rebalancing) => self.rebalanced(rebalancing)?,
                    _ => instrument(self.plan, posting).to_owned(),
                };
                self.tell(
                    of,
                    name,
                    posting.amount,
                    reporting,
                    cause(posting.cause),
                    origin,
                )?;
            }
            if sum != 0 {
                let rounding = "fx rounding".to_owned();
                self.tell(of, rounding, 0, -sum, cause(first.cause), String::new())?;
            }
        }
        Ok(())
    }

    /// The action behind a posting: its name, the day of the decision, and its line in the text.
    fn decided(&self, decision: u32) -> Result<String, Diagnostic> {
        let Some(decision) = self.run.decisions.get(decision as usize) else {
            return Ok(String::new());
        };
        let Some(action) = self.plan.actions.get(decision.action.index()) else {
            return Ok(String::new());
        };
        let (heading, day) = (&action.heading, self.date(decision.day)?);
        let place = &heading.origin;
        Ok(format!(
            "{}, decided {day}, {}:{}",
            heading.short, place.file, place.line
        ))
    }

    /// The hedging programme behind a posting: its name, the day, and its line in the text.
    fn rebalanced(&self, rebalancing: u32) -> Result<String, Diagnostic> {
        let made = self.run.rebalancings.get(rebalancing as usize);
        let hedge = made.and_then(|made| self.plan.hedges.get(made.hedge.index()));
        let (Some(made), Some(hedge)) = (made, hedge) else {
            return Ok(String::new());
        };
        let place = &hedge.heading.origin;
        Ok(format!(
            "{}, {}, {}:{}",
            hedge.heading.short,
            self.date(made.day)?,
            place.file,
            place.line
        ))
    }

    /// Revalues what is carried in other currencies at the rates of a day.
    fn revalue(&mut self, market: &ScenarioMarket<'_>, day: i32) -> Result<(), Diagnostic> {
        let mut carried = std::mem::take(&mut self.carried);
        let mut rates: BTreeMap<Currency, Rational> = BTreeMap::new();
        let mut results: BTreeMap<Currency, i128> = BTreeMap::new();
        for ((currency, name), (amount, at)) in &mut carried {
            if !rates.contains_key(currency) {
                rates.insert(*currency, self.rate(market, *currency, day)?);
            }
            let rate = rates.get(currency).cloned().unwrap_or_default();
            let now = (Rational::integer(*amount) * rate)
                .to_scaled(0)
                .map_err(out_of_range)?;
            let change = now - *at;
            if change != 0 {
                *at = now;
                *results.entry(*currency).or_default() += change;
                let of = (day, *currency);
                self.tell(of, name.clone(), 0, change, REVALUATION, String::new())?;
            }
        }
        for (currency, result) in results {
            let of = (day, currency);
            let name = "retained/exchange".to_owned();
            self.tell(of, name, 0, -result, REVALUATION, String::new())?;
        }
        self.carried = carried;
        Ok(())
    }

    fn tell(
        &mut self,
        (day, currency): (i32, Currency),
        account: String,
        amount: i128,
        reporting_amount: i128,
        cause: &str,
        origin: String,
    ) -> Result<(), Diagnostic> {
        self.observer.posting(PostingRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.run.key.0.clone(),
            date: self.date(day)?.to_string(),
            currency: currency.to_string(),
            account,
            amount,
            reporting_amount,
            cause: cause.to_owned(),
            origin,
        });
        Ok(())
    }
}

const REVALUATION: &str = "fx revaluation";

/// Assets and liabilities; results, equity and the position in other currencies stay as they were booked.
fn is_monetary(account: Account) -> bool {
    matches!(
        account,
        Account::Nominal
            | Account::Accrued
            | Account::Premium
            | Account::FairValue
            | Account::Cash
            | Account::Plug
            | Account::Unmet
            | Account::Margin
            | Account::Defaulted
    )
}

fn instrument<'p>(plan: &'p Plan, posting: &Posting) -> &'p str {
    posting
        .instrument
        .and_then(|id| plan.instruments.get(id.index()))
        .map_or("", |instrument| instrument.heading.short.as_str())
}

fn account(plan: &Plan, posting: &Posting) -> String {
    let of_group = |part: &str| format!("{}/{part}", instrument(plan, posting));
    match posting.account {
        Account::Nominal => of_group("nominal"),
        Account::Accrued => of_group("accrued"),
        Account::Premium => of_group("premium"),
        Account::FairValue => of_group("fair value"),
        Account::Cash => "cash".to_owned(),
        Account::Plug => "plug".to_owned(),
        Account::Unmet => "unmet need".to_owned(),
        Account::Margin => "margin".to_owned(),
        Account::Defaulted => "defaulted".to_owned(),
        Account::NetInterest => "retained/net interest".to_owned(),
        Account::Impairment => "retained/impairment".to_owned(),
        Account::FairValueResult => "retained/fair value".to_owned(),
        Account::Fee => "retained/fees".to_owned(),
        Account::DisposalResult => "retained/disposals".to_owned(),
        Account::Distributed => "retained/distributed".to_owned(),
        Account::Oci => "oci".to_owned(),
        Account::Capital => "capital".to_owned(),
        Account::OpeningDifference => "opening difference".to_owned(),
        Account::FxPosition => "fx position".to_owned(),
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Opening => "opening balance",
        Cause::Principal => "scheduled principal",
        Cause::Interest => "interest paid",
        Cause::Accrual => "accrual",
        Cause::Amortisation => "amortisation of premium",
        Cause::Default => "default",
        Cause::Exit => "prepaid or withdrawn",
        Cause::Outflow => "outflow shock",
        Cause::Draw => "draw of a line",
        Cause::Birth => "new business",
        Cause::FairValue => "fair value",
        Cause::MarginCall => "margin call",
        Cause::CashInterest => "interest on cash and funding",
        Cause::Plug => "funding plug",
        Cause::Conversion => "currency conversion",
        Cause::Action(_) => "action",
        Cause::Hedge(_) => "hedge",
    }
}
