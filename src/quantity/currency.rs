//! Currencies by their ISO 4217 code, with minor units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::QuantityError;

/// A currency of ISO 4217. Text and serde form: the three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrencyCode([u8; 3]);

/// The active codes of ISO 4217 with two minor units.
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNH CNY COP \
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES \
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD \
TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
/// Those with none; the rupiah is counted without its sen, as it is paid.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Those with three.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Those with four (units of account).
const FOUR: &str = "CLF UYW";

impl CurrencyCode {
    /// The euro.
    pub const EUR: CurrencyCode = CurrencyCode(*b"EUR");
    /// The US dollar.
    pub const USD: CurrencyCode = CurrencyCode(*b"USD");
    /// The pound sterling.
    pub const GBP: CurrencyCode = CurrencyCode(*b"GBP");
    /// The yen.
    pub const JPY: CurrencyCode = CurrencyCode(*b"JPY");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // made from ASCII letters only
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Decimals of the minor unit: 2 for EUR, 0 for JPY and IDR, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        // four bytes a code: its letters and a blank
        let within = |list: &str| list.as_bytes().chunks(4).any(|c| c.starts_with(&self.0));
        if &self.0 == b"IDR" || within(NONE) {
            0
        } else if within(THREE) {
            3
        } else if within(FOUR) {
            4
        } else {
            2
        }
    }

    /// Decimals of the quantum, which is the minor unit / 100: EUR 4 (1e-4), JPY and IDR 2, KWD 5.
    pub fn quantum_digits(self) -> u32 {
        self.minor_digits() + 2
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CurrencyCode {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<CurrencyCode, QuantityError> {
        let no_currency = || QuantityError::NoCurrency(text.chars().take(40).collect());
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| no_currency())?;
        let known = [TWO, NONE, THREE, FOUR]
            .into_iter()
            .any(|list| list.split_ascii_whitespace().any(|c| c.as_bytes() == code));
        if known {
            Ok(CurrencyCode(code))
        } else {
            Err(no_currency())
        }
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CurrencyCode, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantum_is_a_hundredth_of_the_minor_unit() {
        for (code, digits) in [
            ("EUR", 4),
            ("USD", 4),
            ("JPY", 2),
            ("IDR", 2),
            ("KWD", 5),
            ("CLF", 6),
        ] {
            assert_eq!(
                code.parse::<CurrencyCode>().unwrap().quantum_digits(),
                digits,
                "{code}"
            );
        }
        for text in ["", "eur", "EURO", "XXX", "E R", "Eur", "ÄR"] {
            assert!(text.parse::<CurrencyCode>().is_err(), "{text}");
        }
    }
}
