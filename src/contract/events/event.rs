//! Events: what happens to a contract, when, and in which order on one day.

use std::fmt;

use super::Moment;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it; the codes stand in `code`")]
pub enum EventType {
    InitialExchange,
    PrincipalRedemption,
    PrincipalIncrease,
    InterestPayment,
    InterestCapitalisation,
    FixedInterestPayment,
    FloatingInterestPayment,
    FeePayment,
    Dividend,
    RateReset,
    RateResetKnown,
    PaymentFixing,
    Scaling,
    InterestBaseFixing,
    Purchase,
    Termination,
    Maturity,
    Call,
    Exercise,
    Settlement,
    Analysis,
}

impl EventType {
    /// The code of the ACTUS dictionary.
    pub const fn code(self) -> &'static str {
        match self {
            EventType::InitialExchange => "IED",
            EventType::PrincipalRedemption => "PR",
            EventType::PrincipalIncrease => "PI",
            EventType::InterestPayment => "IP",
            EventType::InterestCapitalisation => "IPCI",
            EventType::FixedInterestPayment => "IPFX",
            EventType::FloatingInterestPayment => "IPFL",
            EventType::FeePayment => "FP",
            EventType::Dividend => "DV",
            EventType::RateReset => "RR",
            EventType::RateResetKnown => "RRF",
            EventType::PaymentFixing => "PRF",
            EventType::Scaling => "SC",
            EventType::InterestBaseFixing => "IPCB",
            EventType::Purchase => "PRD",
            EventType::Termination => "TD",
            EventType::Maturity => "MD",
            EventType::Call | EventType::Exercise => "XD",
            EventType::Settlement => "STD",
            EventType::Analysis => "AD",
        }
    }

    /// The place in the order of one instant, as seconds: what the published cases require.
    pub const fn offset(self) -> i64 {
        match self {
            EventType::PrincipalIncrease => 10,
            EventType::InitialExchange => 20,
            EventType::PrincipalRedemption => 30,
            EventType::Call => 35,
            EventType::InterestPayment
            | EventType::InterestCapitalisation
            | EventType::FixedInterestPayment => 40,
            EventType::FloatingInterestPayment => 45,
            EventType::FeePayment => 60,
            EventType::Dividend => 70,
            EventType::RateReset | EventType::RateResetKnown => 100,
            EventType::PaymentFixing => 105,
            EventType::Scaling => 110,
            EventType::InterestBaseFixing => 120,
            EventType::Purchase => 130,
            EventType::Termination => 140,
            EventType::Maturity => 150,
            EventType::Exercise => 160,
            EventType::Settlement => 170,
            EventType::Analysis => LAST,
        }
    }
}

/// After every event of an instant.
pub const LAST: i64 = 950;

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An event of a schedule that has not happened yet.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// The unrolled instant: up to it interest runs, on it rates are observed.
    pub at: Moment,
    /// When it happens.
    pub paid: Moment,
    /// What.
    pub kind: EventType,
    /// Its own amount or rate, where terms give one for each.
    pub amount: Option<f64>,
}

impl Planned {
    /// An event that is not rolled.
    pub const fn fixed(at: Moment, kind: EventType) -> Planned {
        Planned {
            at,
            paid: at,
            kind,
            amount: None,
        }
    }

    /// Its place in the order of all events.
    pub fn key(&self) -> i64 {
        self.paid.key(self.kind.offset())
    }
}

/// When an option, a future or a guarantee was exercised, and for how much.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exercised {
    /// The day; `None` before.
    pub date: Option<Moment>,
    /// The amount that it settles for.
    pub amount: f64,
}

/// An event that happened: what was paid, and the contract's state after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub time: Moment,
    /// What.
    pub kind: EventType,
    /// Paid in units of the currency, positive when received.
    pub payoff: f64,
    /// The currency that it is paid in.
    pub currency: String,
    /// Notional after it, negative on the liability side.
    pub notional: f64,
    /// Rate of a year after it.
    pub rate: f64,
    /// Accrued interest after it, with the notional's sign.
    pub accrued: f64,
    /// Of options, futures, guarantees and collateral.
    pub exercised: Option<Exercised>,
}

impl Event {
    /// Its place in the order of all events.
    pub fn key(&self) -> i64 {
        self.time.key(self.kind.offset())
    }
}
