//! Management actions: what the bank does along the path, when, how much of it, and in which order.

use super::definition::Heading;
use super::expression::{Expression, Selection};
use super::identifier::*;
use super::origin::Origin;
use crate::calendar::{Date, Period, Tenor};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A management action. A scenario arms it with `allow`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Name and place.
    pub heading: Heading,
    /// The days on which the trigger is read.
    pub observed: Option<Observation>,
    /// From the decision to the settlement, which is rolled to a business day.
    pub lead: Option<Tenor>,
    /// How many decisions there may be; absent: any number.
    pub times: Option<u32>,
    /// The least time between two decisions.
    pub apart: Option<Tenor>,
    /// How much may be settled in a calendar period.
    pub capacity: Option<Capacity>,
    /// Whether the market is open (type bool); absent: always.
    pub available: Option<Expression>,
    /// After a decision nothing is decided until this has been true on an observation day.
    pub again_when: Option<Expression>,
    /// Cost of the deal, share of its amount; in place of the product's.
    pub cost: Option<Expression>,
    /// Decided on this day, whatever the state.
    pub on_date: Option<Date>,
    /// The trigger (type bool).
    pub when: Option<Expression>,
    /// What is done, line by line.
    pub deeds: Vec<Deed>,
    /// Place of each setting by its key.
    pub origins: IndexMap<String, Origin>,
}

/// `capacity = 1bn EUR per quarter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// The amount.
    pub amount: Expression,
    /// The calendar period in which settlements count.
    pub period: Period,
}

/// The days on which a trigger is read, the book's date among them where it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// Each day.
    Daily,
    /// Each seventh day from the book's date.
    Weekly,
    /// Ends of calendar months.
    MonthEnd,
    /// Ends of calendar quarters.
    QuarterEnd,
}

/// A line of `do`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    /// What is done.
    pub verb: Verb,
    /// As written, in canonical spelling.
    pub text: String,
    /// Place.
    pub origin: Origin,
}

/// How much of a selection is dealt in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Size {
    /// Nominal.
    Nominal(Expression),
    /// Cash that it brings, or costs.
    Proceeds(Expression),
}

impl Size {
    /// The formula of the amount.
    pub fn amount(&self) -> &Expression {
        match self {
            Self::Nominal(amount) | Self::Proceeds(amount) => amount,
        }
    }
}

/// Which lots of a selection come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotOrder {
    /// The least loss against the carrying amount, as a share of nominal.
    SmallestLoss,
    /// The highest price.
    HighestPrice,
    /// The smallest haircut.
    SmallestHaircut,
}

/// What is bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bought {
    /// A new lot of a product.
    Product(ProductId),
    /// More of what is held.
    Selection(Selection),
}

/// The verbs of `do`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verb {
    /// `issue(product, nominal)`: money taken on the product's terms.
    Issue {
        /// The product.
        product: ProductId,
        /// How much, nominal.
        nominal: Expression,
    },
    /// `buy_back(selection, nominal)`: own liabilities bought before they are due.
    BuyBack {
        /// Which.
        selection: Selection,
        /// How much.
        size: Size,
        /// Which first; absent: pro rata.
        order: Option<LotOrder>,
    },
    /// `sell(selection, proceeds, order)`.
    Sell {
        /// Which.
        selection: Selection,
        /// How much.
        size: Size,
        /// Which first; absent: pro rata.
        order: Option<LotOrder>,
    },
    /// `buy(product or selection, nominal)`.
    Buy {
        /// What.
        what: Bought,
        /// How much.
        size: Size,
    },
    /// `repo(selection, cash, term, haircut)`: cash taken against lots.
    Repo {
        /// The lots.
        selection: Selection,
        /// The cash.
        cash: Expression,
        /// The term of the deal.
        term: Tenor,
        /// The haircut of the collateral.
        haircut: Expression,
        /// The rate of the deal a year; absent: the money market rate at its term.
        rate: Option<Expression>,
        /// It is taken anew when it is due.
        roll: bool,
        /// The instrument that the deal is of.
        of: Option<InstrumentId>,
    },
    /// `reverse_repo(selection, cash, term, haircut)`: cash lent against lots.
    ReverseRepo {
        /// The lots.
        selection: Selection,
        /// The cash.
        cash: Expression,
        /// The term of the deal.
        term: Tenor,
        /// The haircut of the collateral.
        haircut: Expression,
        /// The rate of the deal a year; absent: the money market rate at its term.
        rate: Option<Expression>,
        /// It is lent anew when it is due.
        roll: bool,
        /// The collateral may be used: received like the lots of the selection, it may stand behind repos until it goes back.
        rehypothecate: bool,
        /// The instrument that the deal is of.
        of: Option<InstrumentId>,
    },
    /// `hedge(product, notional)`: a swap.
    Hedge {
        /// The product.
        product: ProductId,
        /// Its notional.
        notional: Expression,
    },
    /// `unwind(selection)`: derivatives closed at their value.
    Unwind {
        /// Which.
        selection: Selection,
        /// The result is spread over the life that was left.
        amortise: bool,
    },
    /// `reprice(selection, rate)`: the client rate moves by so much.
    Reprice {
        /// Which.
        selection: Selection,
        /// Added to the rate.
        rate: Expression,
    },
    /// `scale(product, ratio)`: new business times a factor.
    Scale {
        /// The product.
        product: ProductId,
        /// The factor.
        ratio: Expression,
    },
    /// `stop(product)`: no new business.
    Stop {
        /// The product.
        product: ProductId,
    },
    /// `draw(selection, nominal)`: a committed line of the bank is drawn.
    Draw {
        /// The line.
        selection: Selection,
        /// How much.
        nominal: Expression,
    },
    /// `issue_equity(money)`.
    IssueEquity {
        /// How much.
        amount: Expression,
    },
    /// `pay_dividend(money)`.
    PayDividend {
        /// How much.
        amount: Expression,
    },
    /// `pay_tax(money)`.
    PayTax {
        /// How much.
        amount: Expression,
    },
}

impl Verb {
    /// Its word in the language.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Issue { .. } => "issue",
            Self::BuyBack { .. } => "buy_back",
            Self::Sell { .. } => "sell",
            Self::Buy { .. } => "buy",
            Self::Repo { .. } => "repo",
            Self::ReverseRepo { .. } => "reverse_repo",
            Self::Hedge { .. } => "hedge",
            Self::Unwind { .. } => "unwind",
            Self::Reprice { .. } => "reprice",
            Self::Scale { .. } => "scale",
            Self::Stop { .. } => "stop",
            Self::Draw { .. } => "draw",
            Self::IssueEquity { .. } => "issue_equity",
            Self::PayDividend { .. } => "pay_dividend",
            Self::PayTax { .. } => "pay_tax",
        }
    }

    /// The formula of the amount of money that it asks for; `None` where it has none.
    pub fn amount(&self) -> Option<&Expression> {
        match self {
            Self::Issue { nominal, .. } | Self::Draw { nominal, .. } => Some(nominal),
            Self::BuyBack { size, .. } | Self::Sell { size, .. } | Self::Buy { size, .. } => {
                Some(size.amount())
            }
            Self::Repo { cash, .. } | Self::ReverseRepo { cash, .. } => Some(cash),
            Self::Hedge { notional, .. } => Some(notional),
            Self::IssueEquity { amount }
            | Self::PayDividend { amount }
            | Self::PayTax { amount } => Some(amount),
            Self::Unwind { .. } | Self::Reprice { .. } | Self::Scale { .. } | Self::Stop { .. } => {
                None
            }
        }
    }

    /// The positions that it deals in.
    pub fn selection(&self) -> Option<&Selection> {
        match self {
            Self::BuyBack { selection, .. }
            | Self::Sell { selection, .. }
            | Self::Repo { selection, .. }
            | Self::ReverseRepo { selection, .. }
            | Self::Unwind { selection, .. }
            | Self::Reprice { selection, .. }
            | Self::Draw { selection, .. }
            | Self::Buy {
                what: Bought::Selection(selection),
                ..
            } => Some(selection),
            _ => None,
        }
    }

    /// The product that it deals in.
    pub fn product(&self) -> Option<ProductId> {
        match self {
            Self::Issue { product, .. }
            | Self::Hedge { product, .. }
            | Self::Scale { product, .. }
            | Self::Stop { product }
            | Self::Buy {
                what: Bought::Product(product),
                ..
            } => Some(*product),
            _ => None,
        }
    }

    /// The formulas besides its amount: haircut, rate, factor.
    pub fn settings(&self) -> Vec<&Expression> {
        match self {
            Self::Repo { haircut, rate, .. } | Self::ReverseRepo { haircut, rate, .. } => {
                std::iter::once(haircut).chain(rate.as_ref()).collect()
            }
            Self::Reprice { rate, .. } => vec![rate],
            Self::Scale { ratio, .. } => vec![ratio],
            _ => Vec::new(),
        }
    }
}

impl Action {
    /// Every formula of it but the conditions inside selections.
    pub fn formulas(&self) -> Vec<&Expression> {
        let conditions = [
            self.when.as_ref(),
            self.available.as_ref(),
            self.again_when.as_ref(),
            self.cost.as_ref(),
            self.capacity.as_ref().map(|capacity| &capacity.amount),
        ];
        let deeds = self
            .deeds
            .iter()
            .flat_map(|deed| deed.verb.amount().into_iter().chain(deed.verb.settings()));
        conditions.into_iter().flatten().chain(deeds).collect()
    }
}
