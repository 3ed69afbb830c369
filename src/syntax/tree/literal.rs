//! Literals: the text as written and its exact value.

use rust_decimal::Decimal;

/// A literal, exactly as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// The text: `1_200mn EUR`.
    pub text: String,
    /// What it says.
    pub value: LiteralValue,
}

/// The kinds of literal.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralValue {
    /// `3`, `0.75`, `100k`.
    Number(Amount),
    /// `5%`, `25bp`.
    Share(Share),
    /// `30d`, `2w`, `3M`, `10Y`.
    Tenor(Tenor),
    /// `750mn EUR`.
    Money {
        /// How much.
        amount: Amount,
        /// Of which currency, an ISO code.
        currency: String,
    },
    /// `2026-09-30`.
    Date(Date),
    /// `act/360`.
    Daycount(Daycount),
}

/// An exact number with its suffix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount {
    /// The digits before the suffix.
    pub digits: Decimal,
    /// The suffix.
    pub scale: Scale,
    /// Digits times suffix.
    pub value: Decimal,
}

/// The suffix of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// None.
    One,
    /// `k`: a thousand.
    Thousand,
    /// `mn`: a million.
    Million,
    /// `bn`: a thousand million.
    Billion,
}

/// A share: `4.5%`, `25bp`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The digits as written: 4.5 of `4.5%`.
    pub digits: Decimal,
    /// `%` or `bp`.
    pub unit: ShareUnit,
    /// As a fraction: 0.045 of `4.5%`.
    pub fraction: Decimal,
}

/// The units of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareUnit {
    /// `%`: a hundredth.
    Percent,
    /// `bp`: a hundredth of a hundredth.
    BasisPoint,
}

/// A length of time: `30d`, `2w`, `3M`, `10Y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tenor {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: TenorUnit,
}

/// The units of a tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenorUnit {
    /// `d`.
    Day,
    /// `w`.
    Week,
    /// `M`.
    Month,
    /// `Y`.
    Year,
}

/// A day of the Gregorian calendar that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the last of the month.
    pub day: u8,
}

/// A rule that counts days into years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Daycount {
    /// `act/360`.
    Act360,
    /// `act/365`, `act/365F`.
    Act365,
    /// `act/actISDA`.
    ActActIsda,
    /// `act/actICMA`.
    ActActIcma,
    /// `30E/360`.
    Thirty360European,
    /// `30E/360ISDA`.
    Thirty360EuropeanIsda,
    /// `30U/360`.
    Thirty360Us,
    /// `28E/336`.
    TwentyEight336,
}
