//! Accounts, causes and lines of the ledger.

use super::series::Day;
use crate::plan::InstrumentId;
use crate::quantity::Currency;

/// Lines of the result, for cells between event days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResultLine {
    /// Interest earned less interest owed: net interest income.
    NetInterest,
    /// Loss given default.
    Impairment,
    /// Fair value through profit or loss.
    FairValue,
    /// Fees on exits.
    Fee,
    /// Revaluation of foreign currency.
    Exchange,
    /// Sales, buy-backs and unwinds: what was received less what was carried.
    Disposal,
}

impl ResultLine {
    /// Every line.
    pub const ALL: [Self; 6] = [
        Self::NetInterest,
        Self::Impairment,
        Self::FairValue,
        Self::Fee,
        Self::Exchange,
        Self::Disposal,
    ];
}

/// Why an amount was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The opening balance.
    Opening,
    /// The contract: scheduled principal.
    Principal,
    /// The contract: interest paid.
    Interest,
    /// Accrual to the day.
    Accrual,
    /// Premium or discount amortised.
    Amortisation,
    /// Exit by default.
    Default,
    /// Exit by prepayment, withdrawal or decay.
    Exit,
    /// Exit by a shock of the scenario, or a behaviour that reads the state.
    Outflow,
    /// Draw of a line.
    Draw,
    /// Replacement under a constant balance sheet.
    Birth,
    /// Fair value.
    FairValue,
    /// A margin call, or its return.
    MarginCall,
    /// Interest on cash, plug and unmet need.
    CashInterest,
    /// The plug was struck.
    Plug,
    /// One currency was bought with another.
    Conversion,
    /// A management action: the decision by its place in `Run::decisions`.
    Action(u32),
    /// A hedging programme: what it did, by its place in `Run::rebalancings`.
    Hedge(u32),
}

/// The account that a posting touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Nominal of an instrument.
    Nominal,
    /// Accrued interest of an instrument.
    Accrued,
    /// Unamortised premium of an instrument.
    Premium,
    /// Fair-value adjustment of an instrument.
    FairValue,
    /// Cash.
    Cash,
    /// The plug.
    Plug,
    /// Unmet need.
    Unmet,
    /// Cash posted as margin.
    Margin,
    /// Defaulted assets.
    Defaulted,
    /// Retained result: net interest.
    NetInterest,
    /// Retained result: impairment.
    Impairment,
    /// Retained result: fair value.
    FairValueResult,
    /// Retained result: fees.
    Fee,
    /// Retained result: sales, buy-backs and unwinds.
    DisposalResult,
    /// Retained result that was paid out: dividends and tax.
    Distributed,
    /// Other comprehensive income.
    Oci,
    /// Stated equity.
    Capital,
    /// What the opening left open, inside the tolerance.
    OpeningDifference,
    /// The other side of foreign currency.
    FxPosition,
}

impl Account {
    /// Every account.
    pub const ALL: [Self; 19] = [
        Self::Nominal,
        Self::Accrued,
        Self::Premium,
        Self::FairValue,
        Self::Cash,
        Self::Plug,
        Self::Unmet,
        Self::Margin,
        Self::Defaulted,
        Self::NetInterest,
        Self::Impairment,
        Self::FairValueResult,
        Self::Fee,
        Self::DisposalResult,
        Self::Distributed,
        Self::Oci,
        Self::Capital,
        Self::OpeningDifference,
        Self::FxPosition,
    ];
}

/// A line of the ledger: debit positive, credit negative, in the account's currency, summed over the groups of an instrument.
/// The lines of one cause, day and currency sum to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The event day.
    pub day: Day,
    /// The currency.
    pub currency: Currency,
    /// The account.
    pub account: Account,
    /// The instrument, for the accounts of instruments.
    pub instrument: Option<InstrumentId>,
    /// Thousandths of a quantum.
    pub amount: i128,
    /// Why.
    pub cause: Cause,
}
