//! A plan of new business: what replaces what, what grows, what is new.

use super::definition::Heading;
use super::expression::{Expression, Point, Selection};
use super::identifier::ProductId;
use super::origin::Origin;
use super::scenario::Leg;
use crate::calendar::{Date, Tenor};
use serde::{Deserialize, Serialize};

/// A balance-sheet assumption line by line. What no line is for runs off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewBusiness {
    /// Name and place.
    pub heading: Heading,
    /// Its lines.
    pub lines: Vec<BusinessLine>,
}

impl NewBusiness {
    /// Whether a line may begin business on a product's terms, or like for like.
    pub fn may_begin(&self, product: ProductId) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| {
            line.products.is_empty() || line.products.iter().any(|(one, _)| *one == product)
        })
    }
}

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BusinessLine {
    /// As `set` names it: `new.mortgage_10y`, `grow.deposits`.
    pub key: String,
    /// How much of what.
    pub volume: Volume,
    /// What is born, with its share; empty: like for like.
    pub products: Vec<(ProductId, Expression)>,
    /// The first day; absent: from the book's date on.
    pub from: Option<Point>,
    /// The last day; absent: to the end.
    pub until: Option<Point>,
    /// As written, in canonical spelling, from the size on.
    pub text: String,
    /// Place and reasons.
    pub origin: Origin,
}

/// What a line of a plan asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Volume {
    /// `new product: 120mn EUR per month`: money a year, a twelfth of it at each month end, part months by days.
    New {
        /// Money a year.
        amount: Expression,
    },
    /// `replace selection: 90%`: a share of what comes back, on its paid day.
    Replace {
        /// Of which positions.
        of: Selection,
        /// The share.
        share: Expression,
    },
    /// `grow selection: 4% per year`: what comes back is replaced on its paid day, and the volume grows at month ends.
    Grow {
        /// Which positions.
        of: Selection,
        /// Share a year, compounded.
        rate: Expression,
    },
    /// `target selection: to 1.2bn EUR over 12M`: the volume follows levels, read at month ends; what comes back in between is replaced.
    Target {
        /// Which positions.
        of: Selection,
        /// Levels of the volume; it starts from what is there.
        legs: Vec<Leg>,
    },
    /// `target selection: average 900mn EUR over 12M`: the straight way on which the mean of the days is the level.
    Average {
        /// Which positions.
        of: Selection,
        /// The mean of the days.
        level: Expression,
        /// Over which time.
        over: Tenor,
        /// From which day on; absent: the book's date.
        from: Option<Date>,
    },
}

impl Volume {
    /// The positions that a line is for; none for new business.
    pub fn of(&self) -> Option<&Selection> {
        match self {
            Volume::New { .. } => None,
            Volume::Replace { of, .. }
            | Volume::Grow { of, .. }
            | Volume::Target { of, .. }
            | Volume::Average { of, .. } => Some(of),
        }
    }

    /// Whether the line keeps a volume, rather than adding or replacing.
    pub fn is_level(&self) -> bool {
        matches!(
            self,
            Volume::Grow { .. } | Volume::Target { .. } | Volume::Average { .. }
        )
    }

    /// The formulas of its size.
    pub fn sizes(&self) -> Vec<&Expression> {
        match self {
            Volume::New { amount: size }
            | Volume::Replace { share: size, .. }
            | Volume::Grow { rate: size, .. }
            | Volume::Average { level: size, .. } => vec![size],
            Volume::Target { legs, .. } => legs
                .iter()
                .filter_map(|leg| match leg {
                    Leg::To { level, .. } => Some(level),
                    Leg::Hold(_) => None,
                })
                .collect(),
        }
    }

    /// The one size that a scenario may set; `None` where there are several levels.
    pub fn size_mut(&mut self) -> Option<&mut Expression> {
        match self {
            Volume::New { amount: size }
            | Volume::Replace { share: size, .. }
            | Volume::Grow { rate: size, .. }
            | Volume::Average { level: size, .. } => Some(size),
            Volume::Target { legs, .. } => match legs.as_mut_slice() {
                [Leg::To { level, .. }] => Some(level),
                _ => None,
            },
        }
    }
}
