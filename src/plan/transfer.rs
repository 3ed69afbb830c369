//! Transfer prices: at which rate treasury deals with the business lines.

use super::definition::Heading;
use super::expression::{Expression, Selection};
use super::identifier::FactorName;
use crate::calendar::Tenor;
use serde::{Deserialize, Serialize};

/// `ftp … on …`: the price of the mirror deal that treasury holds of each position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRule {
    /// Name and place.
    pub heading: Heading,
    /// The positions that it is for; `Selection::Equity` for the credit of equity.
    pub on: Vec<Selection>,
    /// The full names of the rules that it overrides on its positions.
    pub overrides: Vec<String>,
    /// The price of money.
    pub base: TransferPrice,
    /// The price of liquidity on top; `None`: none.
    pub liquidity: Option<TransferPrice>,
    /// What treasury charges for the options of the deal, a rate a year, part of the base price.
    pub option: Option<Expression>,
    /// Whether a mirror that ends early is settled at its value.
    pub breakage: bool,
}

/// How a part of the price is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TransferPrice {
    /// The rate of a curve, or of a spread, at the term of the deal on the day on which the mirror is concluded.
    Matched(FactorName),
    /// The mean of a curve's rates at a tenor over a window of months that ends on the day.
    Rolling {
        /// The curve or spread.
        curve: FactorName,
        /// The term of each tranche.
        tenor: Tenor,
        /// How far back the mean goes, in whole months.
        months: u32,
    },
    /// A stated rate.
    Fixed(Expression),
}
