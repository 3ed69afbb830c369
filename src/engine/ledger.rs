//! Double entry per currency: every posting has two sides, so what is posted always balances.

use super::group::ACCRUED_SCALE;
use super::series::{Amount, Day};
use super::state::{Account, Accounts, Cause, Posting, ResultLine, round_accrued};
use crate::plan::InstrumentId;
use crate::quantity::Currency;
use std::collections::BTreeMap;

const ACCOUNTS: usize = Account::ALL.len();

/// The accounts of one currency, thousandths of a quantum, debit positive.
#[derive(Clone, Debug, Default)]
struct Books {
    balances: [i128; ACCOUNTS],
    /// What was posted on the day, by cause and instrument.
    day: BTreeMap<(Cause, Account, Option<InstrumentId>), i128>,
    /// Net interest and the other lines of the cell.
    results: [i128; ResultLine::ALL.len()],
    /// Cash flows of the cell by day, quanta.
    cash_flows: BTreeMap<Day, Amount>,
    cash_accrued: i128,
    plug_accrued: i128,
    unmet_accrued: i128,
}

/// The ledger of a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    books: BTreeMap<Currency, Books>,
    postings: Vec<Posting>,
}

/// Which part of accrued interest is the ledger's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnAccrued {
    /// On cash.
    Cash,
    /// On the plug.
    Plug,
    /// On unmet need.
    Unmet,
}

fn line_of(account: Account) -> Option<usize> {
    match account {
        Account::NetInterest => Some(0),
        Account::Impairment => Some(1),
        Account::FairValueResult => Some(2),
        Account::Fee => Some(3),
        Account::DisposalResult => Some(5),
        _ => None,
    }
}

impl Books {
    fn add(
        &mut self,
        account: Account,
        instrument: Option<InstrumentId>,
        amount: i128,
        cause: Cause,
    ) {
        if let Some(balance) = self.balances.get_mut(account as usize) {
            *balance += amount;
        }
        if let Some(line) = line_of(account).and_then(|line| self.results.get_mut(line)) {
            // a credit to a result account is a gain
            *line -= amount;
        }
        *self.day.entry((cause, account, instrument)).or_default() += amount;
    }

    fn balance(&self, account: Account) -> i128 {
        self.balances.get(account as usize).copied().unwrap_or(0)
    }
}

impl Ledger {
    /// Opens the accounts of a currency.
    pub fn open(&mut self, currency: Currency) {
        self.books.entry(currency).or_default();
    }

    /// The currencies that have accounts.
    pub fn currencies(&self) -> Vec<Currency> {
        self.books.keys().copied().collect()
    }

    /// Posts an amount (thousandths of a quantum): debit to one account, credit to another. A negative amount turns the sides.
    pub fn post(
        &mut self,
        currency: Currency,
        (debit, debit_of): (Account, Option<InstrumentId>),
        (credit, credit_of): (Account, Option<InstrumentId>),
        amount: i128,
        cause: Cause,
    ) {
        if amount == 0 {
            return;
        }
        let books = self.books.entry(currency).or_default();
        books.add(debit, debit_of, amount, cause);
        books.add(credit, credit_of, -amount, cause);
    }

    /// Posts a movement of cash (quanta) on a day against an account: received if positive.
    pub fn cash(
        &mut self,
        currency: Currency,
        day: Day,
        against: (Account, Option<InstrumentId>),
        amount: Amount,
        cause: Cause,
    ) {
        if amount == 0 {
            return;
        }
        self.post(
            currency,
            (Account::Cash, None),
            against,
            amount * ACCRUED_SCALE,
            cause,
        );
        *self
            .books
            .entry(currency)
            .or_default()
            .cash_flows
            .entry(day)
            .or_default() += amount;
    }

    /// The balance of an account, thousandths of a quantum, debit positive.
    pub fn balance(&self, currency: Currency, account: Account) -> i128 {
        self.books
            .get(&currency)
            .map_or(0, |books| books.balance(account))
    }

    /// The balance of an account in quanta, debit positive.
    pub fn quanta(&self, currency: Currency, account: Account) -> Amount {
        round_accrued(self.balance(currency, account))
    }

    /// Cash flows of the cell by day.
    pub fn cash_flows(&self, currency: Currency) -> impl Iterator<Item = (Day, Amount)> + '_ {
        self.books
            .get(&currency)
            .into_iter()
            .flat_map(|books| books.cash_flows.iter().map(|(day, amount)| (*day, *amount)))
    }

    /// Sets aside what of the account `accrued` is the ledger's own, thousandths of a quantum; it is posted by the caller.
    pub fn own_accrued(&mut self, currency: Currency, which: OwnAccrued) -> &mut i128 {
        let books = self.books.entry(currency).or_default();
        match which {
            OwnAccrued::Cash => &mut books.cash_accrued,
            OwnAccrued::Plug => &mut books.plug_accrued,
            OwnAccrued::Unmet => &mut books.unmet_accrued,
        }
    }

    /// Assets less liabilities, thousandths of a quantum.
    pub fn net_assets(&self, currency: Currency) -> i128 {
        [
            Account::Nominal,
            Account::Accrued,
            Account::Premium,
            Account::FairValue,
            Account::Cash,
            Account::Plug,
            Account::Unmet,
            Account::Margin,
            Account::Defaulted,
        ]
        .into_iter()
        .map(|account| self.balance(currency, account))
        .sum()
    }

    /// The sum of every account: zero, or the books do not balance.
    pub fn imbalance(&self, currency: Currency) -> i128 {
        self.books
            .get(&currency)
            .map_or(0, |books| books.balances.iter().sum())
    }

    /// The accounts of a currency as a reading keeps them.
    pub fn accounts(&self, currency: Currency) -> Accounts {
        let own = self.books.get(&currency);
        let result: i128 = [
            Account::NetInterest,
            Account::Impairment,
            Account::FairValueResult,
            Account::Fee,
            Account::DisposalResult,
            Account::Distributed,
        ]
        .into_iter()
        .map(|a| self.balance(currency, a))
        .sum();
        Accounts {
            cash: self.quanta(currency, Account::Cash),
            cash_accrued: own.map_or(0, |b| b.cash_accrued),
            plug: -self.quanta(currency, Account::Plug),
            plug_accrued: own.map_or(0, |b| b.plug_accrued),
            unmet: -self.quanta(currency, Account::Unmet),
            unmet_accrued: own.map_or(0, |b| b.unmet_accrued),
            capital: -self.quanta(currency, Account::Capital),
            retained: -result,
            oci: -self.balance(currency, Account::Oci),
            opening_difference: -self.balance(currency, Account::OpeningDifference),
            defaulted: self.quanta(currency, Account::Defaulted),
            margin: self.quanta(currency, Account::Margin),
            fx_position: -self.balance(currency, Account::FxPosition),
        }
    }

    /// Ends a day: hands over its postings in order of currency, cause, account and instrument, and the result lines of the cell.
    /// `strikes`: interest on cash has been struck, so that the cash flows before count no more.
    pub fn close(
        &mut self,
        day: Day,
        strikes: bool,
        mut result: impl FnMut(Currency, ResultLine, i128),
    ) {
        for (currency, books) in &mut self.books {
            for ((cause, account, instrument), amount) in std::mem::take(&mut books.day) {
                if amount != 0 {
                    self.postings.push(Posting {
                        day,
                        currency: *currency,
                        account,
                        instrument,
                        amount,
                        cause,
                    });
                }
            }
            for (line, amount) in ResultLine::ALL.into_iter().zip(&mut books.results) {
                result(*currency, line, std::mem::take(amount));
            }
            if strikes {
                books.cash_flows.clear();
            }
        }
    }

    /// Every posting, in order of day, currency, cause, account and instrument.
    pub fn into_postings(self) -> Vec<Posting> {
        self.postings
    }

    /// Every posting so far.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_posted_balances() {
        let mut ledger = Ledger::default();
        let eur = Currency::EUR;
        ledger.post(
            eur,
            (Account::Cash, None),
            (Account::Capital, None),
            5_000,
            Cause::Opening,
        );
        ledger.cash(eur, 3, (Account::NetInterest, None), 2, Cause::Interest);
        let mut lines = Vec::new();
        ledger.close(3, true, |_, line, amount| lines.push((line, amount)));
        assert_eq!(ledger.imbalance(eur), 0);
        assert_eq!(ledger.accounts(eur).cash, 7);
        assert_eq!(ledger.accounts(eur).retained, 2_000);
        assert_eq!(lines.first(), Some(&(ResultLine::NetInterest, 2_000)));
        assert_eq!(ledger.postings().len(), 4);
    }
}
