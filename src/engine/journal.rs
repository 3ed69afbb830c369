//! The ledger of a run as records for observers.

use super::observe::{Observer, PostingRecord};
use super::state::{Account, Cause, Posting, Run};
use crate::diagnostic::{Diagnostic, codes};
use crate::market::ScenarioMarket;
use crate::plan::{Exercise, Plan};
use crate::quantity::{Currency, Quanta, Rational};
use std::collections::BTreeMap;

/// Tells an observer every posting of a run, in order of day, currency, cause, account and instrument.
///
/// # Errors
/// A rate of exchange that is missing, or an amount too large to be counted.
pub fn tell(
    plan: &Plan,
    exercise: &Exercise,
    run: &Run,
    market: &ScenarioMarket<'_>,
    observer: &mut dyn Observer,
) -> Result<(), Diagnostic> {
    let mut rates: BTreeMap<(Currency, i32), Rational> = BTreeMap::new();
    let book = exercise.book.currency;
    // by the name of the instrument, not by its number: where a declaration stands in the text leaves no trace
    let mut postings: Vec<&Posting> = run.postings.iter().collect();
    postings.sort_by_key(|p| (p.day, p.currency, p.cause, p.account, instrument(plan, p)));
    for posting in postings {
        let range = |error: String| Diagnostic::error(codes::run::OUT_OF_RANGE, error);
        let date = exercise
            .book
            .date
            .add_days(posting.day)
            .map_err(|error| range(error.to_string()))?;
        let carried = if posting.currency == book {
            posting.amount
        } else {
            let key = (posting.currency, posting.day);
            if let std::collections::btree_map::Entry::Vacant(e) = rates.entry(key) {
                let scale =
                    Rational::new(Quanta::per_unit(book), Quanta::per_unit(posting.currency))
                        .map_err(|error| range(error.to_string()))?;
                e.insert(market.fx(posting.currency, date)? * scale);
            }
            let rate = rates.get(&key).cloned().unwrap_or_default();
            (Rational::integer(posting.amount) * rate)
                .to_scaled(0)
                .map_err(|error| range(error.to_string()))?
        };
        observer.posting(PostingRecord {
            exercise: exercise.heading.name.clone(),
            scenario: run.key.0.clone(),
            date: date.to_string(),
            currency: posting.currency.to_string(),
            account: account(plan, posting),
            amount: posting.amount,
            reporting_amount: carried,
            cause: cause(posting.cause).to_owned(),
            origin: instrument(plan, posting).to_owned(),
        });
    }
    Ok(())
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
    }
}
