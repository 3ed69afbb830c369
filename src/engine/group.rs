//! Groups: positions that are alike in all that a formula, behaviour or shock reads, as amounts by day. They know no scenario.

use super::project::contracts::Contracts;
use super::recalculated::Recalculated;
use super::series::{Amount, Day, Series};
use super::share::mul_div;
use crate::calendar::{AccrualContext, Date, DayCount, Tenor};
use crate::contract::{AccrualClass, Compounding};
use crate::formula::Value;
use crate::plan::{Accounting, DimensionId, FactorName, InstrumentId, ProductId, Side, Term};
use crate::quantity::{Currency, RATE_SCALE, Rate};
use std::sync::Arc;

/// One, in the units of discount factors and survival (1e-15).
pub const ONE: i128 = 1_000_000_000_000_000;

/// Accrued interest is kept in thousandths of a quantum.
pub const ACCRUED_SCALE: i128 = 1_000;

/// The projection of a book: every group with its amounts by day, the same in every scenario.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// The book's date: day 0.
    pub date: Date,
    /// The groups, in order of their first position (instrument, id), legs of one contract side by side.
    pub groups: Vec<Group>,
    /// The last contractual payment of the opening book.
    pub last_payment: Day,
    /// Whether transfer prices are read, and so every deal has its mirror.
    pub has_transfer_prices: bool,
    /// Whether the transfer price of equity is read.
    pub has_equity_price: bool,
    /// Whether interest is read group by group, and so what exits leave of it is kept.
    pub keeps_income: bool,
}

/// What the ledger and the measures treat apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Positions of the book, or new business.
    Contract,
    /// The surplus instrument in one currency: spare cash. Its balance is the ledger's cash.
    Cash,
    /// The plug in one currency: what was borrowed to cover a need. Belongs to `liabilities`.
    Plug,
    /// Need that nothing covered, in one currency. Belongs to `liabilities`; on demand.
    Unmet,
    /// Collateral received for cash lent, which may be used: not the bank's, so of all measures only what is free, encumbered and
    /// unwound counts.
    Received,
}

/// Which leg of a derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The contract has one.
    Only,
    /// What the bank pays.
    Pays,
    /// What the bank receives.
    Receives,
}

/// Where new business comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// Its first day.
    pub day: Day,
    /// The product, if a product was its template; else the terms of what it replaces.
    pub product: Option<ProductId>,
    /// The group of the projection that it follows in kind; `None`: it is not replaced when it comes back.
    pub template: Option<usize>,
}

/// When principal comes back, as liquidity rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// On stated days.
    Dated,
    /// On any day.
    OnDemand,
    /// After notice.
    Notice(Tenor),
    /// Never.
    Never,
}

/// A position inside a group: its instrument's row in the checked book, and its opening nominal, for drill-down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Index of the position within the positions of the group's instrument.
    pub row: u32,
    /// Its opening nominal.
    pub nominal: Amount,
}

/// Positions that are alike in all that is read of them.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it stands for.
    pub kind: GroupKind,
    /// Its instrument.
    pub instrument: InstrumentId,
    /// Its currency (of a derivative: of the leg).
    pub currency: Currency,
    /// Asset, liability, off balance or derivative.
    pub side: Side,
    /// Which leg.
    pub leg: Leg,
    /// How it is carried.
    pub accounting: Accounting,
    /// The id of the position where `lots = each`.
    pub lot: Option<Arc<str>>,
    /// Set for new business.
    pub birth: Option<Birth>,
    /// The values of the dimensions that are read, in order of the dimension.
    pub dimensions: Vec<(DimensionId, Value)>,
    /// The exact values of terms that are read, as of the book's date (rate, maturity, start, margin, …), in order of the term.
    pub terms: Vec<(Term, Value)>,
    /// Its positions, by id. Empty for new business, plug and unmet need.
    pub members: Vec<Member>,
    /// As booked.
    pub opening: Opening,
    /// When principal comes back.
    pub withdrawal: Withdrawal,
    /// The last contractual day of a dated contract (unadjusted), the latest of its members.
    pub maturity: Option<Day>,
    /// Contractual principal by paid day (P). Notionals of swaps have none. Of class P: at the forwards of the opening, see `Run::principal`.
    pub principal: Series,
    /// Amortisation of premium or discount by day, in the sign of `opening.premium` (U).
    pub amortisation: Series,
    /// How that is reckoned.
    pub release: Release,
    /// How interest comes about.
    pub interest: InterestTerms,
    /// Day count of its accrual.
    pub daycount: Option<DayCount>,
    /// Of new business: the contract itself, where a behaviour may keep its payments.
    pub(crate) contracts: Option<Arc<Contracts>>,
}

/// How the premium of a group goes to interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// In proportion to outstanding nominal times days.
    #[default]
    Linear,
    /// By the rate at which the flows are worth the carrying amount, over years of a day count.
    Effective(DayCount, AccrualContext),
}

/// The opening amounts of a group, as booked (`start`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Nominal N (of a derivative: the notional, which is memo).
    pub nominal: Amount,
    /// Unamortised premium (+) or discount (-), U.
    pub premium: Amount,
    /// Undrawn commitment.
    pub undrawn: Amount,
    /// Clean market price, share of nominal; `None` where none is mapped.
    pub clean_price: Option<Rate>,
    /// Spread over the discount curve, continuously compounded, that reprices the clean price; 0 without a price or market.
    pub spread: f64,
    /// Customer margin, weighted by nominal: what new business of the kind keeps.
    pub margin: Option<Rate>,
    /// Amount encumbered otherwise than by deals of the book (`encumbered = …`), at market value, and the day on which it ends.
    pub encumbered: Vec<(Amount, Option<Day>)>,
    /// Haircut when it is monetised, or of a secured deal's collateral.
    pub haircut: Rate,
    /// What can be monetised a day, for lots with a capacity.
    pub capacity_per_day: Option<Amount>,
    /// Days until the proceeds of a sale arrive.
    pub settles: Option<Tenor>,
    /// Whether its contracts have a floor or cap on their index.
    pub is_bounded: bool,
    /// The rule that prices its mirror, by its place in the plan, if transfer prices are read.
    pub transfer_rule: Option<usize>,
}

/// How interest comes about.
#[derive(Clone, Debug)]
pub enum InterestTerms {
    /// None.
    None,
    /// Known amounts: the same in every scenario (class L0).
    Fixed(Arc<InterestLeg>),
    /// Linear in the fixings of an index, floored and capped alike in the whole group (classes L1 and G).
    Floating(Arc<Floating>),
    /// A rate that the bank sets and that a behaviour may move; the balance is on demand or at notice.
    Client(Arc<Client>),
    /// Position by position under each scenario (class P): floating annuities.
    Contracts(Arc<Recalculated>),
}

/// Interest of a group: what is paid by day, and how it accrues.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InterestLeg {
    /// All of it.
    pub interest: Accruing,
    /// The part that is customer margin, if it is read.
    pub margin: Option<Accruing>,
    /// The mirror's base on the same balances, if it is read; owed or earned by accrual. Of a floating group that knows no
    /// scenario yet: what the mirror pays less than the deal, see [`Accruing::less`].
    pub ftp_base: Option<Accruing>,
    /// The mirror's liquidity part on the same balances, if it is read.
    pub ftp_liquidity: Option<Accruing>,
    /// One a year on the same balances, where mirrors that end early are settled.
    pub ftp_unit: Option<Accruing>,
}

/// Interest that accrues and is paid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accruing {
    /// By paid day (I), rounded contract by contract.
    pub paid: Series,
    /// What no longer grows and is not yet paid: + where accrual ends, - on the paid day, where the two differ.
    pub standing: Series,
    /// How accrued interest runs, a class of day count each.
    pub sums: Vec<AccrualSums>,
}

/// Running sums R and K of one class: accrued(t) = (R(t) × number(t) - K(t)) / basis, exact at any day.
#[derive(Clone, Debug, PartialEq)]
pub struct AccrualSums {
    /// Day numbers and basis.
    pub class: AccrualClass,
    /// Sum of balance × rate, quanta × 1e-12.
    pub rate: Series,
    /// Sum of balance × rate × number of the day since which it accrues, quanta × 1e-12.
    pub offset: Series,
}

/// Accrual between two changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Day numbers and basis.
    pub class: AccrualClass,
    /// R.
    pub rate: i128,
    /// K.
    pub offset: i128,
    /// What stands and no longer grows, quanta.
    pub standing: Amount,
}

impl Running {
    /// Accrued interest on the day with this number of the class, in thousandths of a quantum: that of [`Accruing::accrued`].
    pub fn accrued(&self, number: i64) -> i128 {
        let numerator = self
            .rate
            .saturating_mul(i128::from(number))
            .saturating_sub(self.offset);
        self.standing * ACCRUED_SCALE + in_thousandths(numerator, i128::from(self.class.basis()))
    }
}

/// The floating periods of a group.
#[derive(Clone, Debug)]
pub struct Floating {
    /// The index.
    pub index: FactorName,
    /// Between resets; the tenor of what is fixed where the index has none of its own.
    pub reset: Option<Tenor>,
    /// Floor of the index.
    pub floor: Option<Rate>,
    /// Cap of the index.
    pub cap: Option<Rate>,
    /// The multiple to which the index is rounded, before floor and cap.
    pub rounding: Option<Rate>,
    /// How it is compounded in arrears, if it is an overnight rate that is.
    pub in_arrears: Option<Compounding>,
    /// The multiple to which payments are rounded, where it is not a quantum.
    pub round: Option<i64>,
    /// What does not depend on fixings to come: what the running periods pay, and how the spread accrues.
    pub known: InterestLeg,
    /// The periods to come, in order of their fixing, balances summed.
    pub exposures: Vec<Exposure>,
}

/// A floating balance over a period to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// The day on which the index is read.
    pub fixing: Day,
    /// Accrual begins,
    pub start: Day,
    /// and ends; after it the amount stands until it is paid.
    pub end: Day,
    /// The paid day.
    pub paid: Day,
    /// The part of a year between start and end: numerator
    pub numerator: i64,
    /// over denominator.
    pub denominator: i64,
    /// The period of interest that it is part of, where the rate is compounded in arrears over that.
    pub within: Option<(Day, Day)>,
    /// Sum of balances.
    pub balance: Amount,
    /// Sum of balance × spread over the index, quanta × 1e-12.
    pub spread: i128,
}

impl Floating {
    /// The same with the spread only where a period is not among those of which `pays` is asked.
    pub fn with_index(&self, pays: impl Fn(&Exposure) -> bool) -> Floating {
        let period = |exposure: &Exposure| match pays(exposure) {
            true => *exposure,
            false => Exposure {
                balance: 0,
                ..*exposure
            },
        };
        Floating {
            exposures: self.exposures.iter().map(period).collect(),
            ..self.clone()
        }
    }
}

/// A deposit or account whose rate the bank sets.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client rate on the book's date, the same in the whole group.
    pub rate: Rate,
    /// Day count.
    pub daycount: DayCount,
    /// Interest at today's rate for ever: in force where no behaviour moves the rate.
    pub frozen: InterestLeg,
    /// The periods of interest, by start.
    pub periods: Vec<ClientPeriod>,
}

/// A period of interest on an account, of all positions that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientPeriod {
    /// First day of accrual.
    pub start: Day,
    /// Last day.
    pub end: Day,
    /// The paid day.
    pub paid: Day,
    /// Sum of balances.
    pub balance: Amount,
    /// Opening accrued interest that is paid with it.
    pub stated: Amount,
}

impl Group {
    /// An account for which the ledger's figure stands: cash, plug, unmet need.
    pub fn is_account(&self) -> bool {
        matches!(
            self.kind,
            GroupKind::Cash | GroupKind::Plug | GroupKind::Unmet
        )
    }

    /// The interest leg where it is the same in every scenario.
    pub fn fixed_interest(&self) -> Option<&InterestLeg> {
        match &self.interest {
            InterestTerms::Fixed(leg) => Some(leg),
            InterestTerms::Client(client) => Some(&client.frozen),
            _ => None,
        }
    }

    /// A leg of a derivative: its nominal is memo, its value in the balance sheet is its fair value.
    pub fn is_derivative(&self) -> bool {
        self.side == Side::Derivative
    }

    /// Carried at market value.
    pub fn is_at_fair_value(&self) -> bool {
        matches!(self.accounting, Accounting::Fvoci | Accounting::Fvtpl)
    }

    /// What counts as an asset: +1, as a liability: -1; of a derivative's leg: received +1, paid -1; else 0.
    pub fn sign(&self) -> i128 {
        match (self.side, self.leg) {
            (Side::Asset, _) | (Side::Derivative, Leg::Receives) => 1,
            (Side::Liability, _) | (Side::Derivative, Leg::Pays) => -1,
            _ => 0,
        }
    }

    /// The value of a dimension, if the group has it.
    pub fn dimension(&self, dimension: DimensionId) -> Option<&Value> {
        self.dimensions
            .iter()
            .find(|(id, _)| *id == dimension)
            .map(|(_, value)| value)
    }

    /// The value of a term as of the book's date, if the group has it exactly.
    pub fn term(&self, term: Term) -> Option<&Value> {
        self.terms
            .iter()
            .find(|(id, _)| *id == term)
            .map(|(_, value)| value)
    }
}

impl Accruing {
    /// Accrued interest on the day (S = D = 1), interest that is due and not yet paid included, in thousandths of a quantum, rounded half to even once.
    pub fn accrued(&self, day: Day, origin: Date) -> i128 {
        let standing = self.standing.through(day) * ACCRUED_SCALE;
        let Ok(date) = origin.add_days(day) else {
            return standing;
        };
        let mut grown: i128 = 0;
        let mut parts: Vec<(i128, i128)> = Vec::new();
        let alone = self.sums.len() == 1;
        for sums in &self.sums {
            let (place, rate) = sums.rate.counted_through(day);
            // rates at 1e-12 on 1e22 quanta times day numbers below 1e6 would pass 128 bits only beyond 1e20 units
            let numerator = rate
                .saturating_mul(i128::from(sums.class.number(date)))
                .saturating_sub(sums.offset.through_beside(place, day));
            if numerator == 0 {
                continue;
            }
            let basis = i128::from(sums.class.basis());
            if alone {
                grown = in_thousandths(numerator, basis);
                continue;
            }
            match parts.iter_mut().find(|(b, _)| *b == basis) {
                Some((_, sum)) => *sum += numerator,
                None => parts.push((basis, numerator)),
            }
        }
        for (basis, numerator) in parts {
            grown += in_thousandths(numerator, basis);
        }
        standing + grown
    }

    /// How it runs from a day to the next change, where all of it is of one class of day count.
    pub fn running(&self, day: Day) -> Option<Running> {
        let [sums] = self.sums.as_slice() else {
            return None;
        };
        Some(Running {
            class: sums.class,
            rate: sums.rate.through(day),
            offset: sums.offset.through(day),
            standing: self.standing.through(day),
        })
    }

    /// This less other interest on the same balances. `None` where a sum overflows.
    pub fn less(&self, other: &Self) -> Option<Self> {
        let both = |own: &Series, other: &Series| {
            let mut amounts: Vec<(Day, Amount)> = own.after(Day::MIN).collect();
            amounts.extend(other.after(Day::MIN).map(|(day, amount)| (day, -amount)));
            Series::from_amounts(amounts)
        };
        let none = Series::default();
        let of = |list: &[AccrualSums], class: AccrualClass| {
            let found = list.iter().find(|sums| sums.class == class);
            found.map_or((none.clone(), none.clone()), |sums| {
                (sums.rate.clone(), sums.offset.clone())
            })
        };
        let mut classes: Vec<AccrualClass> = self.sums.iter().map(|s| s.class).collect();
        for sums in &other.sums {
            if !classes.contains(&sums.class) {
                classes.push(sums.class);
            }
        }
        let mut sums = Vec::with_capacity(classes.len());
        for class in classes {
            let (own, others) = (of(&self.sums, class), of(&other.sums, class));
            sums.push(AccrualSums {
                class,
                rate: both(&own.0, &others.0)?,
                offset: both(&own.1, &others.1)?,
            });
        }
        Some(Self {
            paid: both(&self.paid, &other.paid)?,
            standing: both(&self.standing, &other.standing)?,
            sums,
        })
    }

    /// The first day after `day` on which something is paid, or accrual changes its course.
    pub fn next_after(&self, day: Day) -> Option<Day> {
        let sums = self
            .sums
            .iter()
            .flat_map(|s| [s.rate.next_after(day), s.offset.next_after(day)]);
        [self.paid.next_after(day), self.standing.next_after(day)]
            .into_iter()
            .chain(sums)
            .flatten()
            .min()
    }

    /// Earned or owed in (after, until], paid or not: paid plus the change of accrued, in thousandths of a quantum.
    pub fn income(&self, after: Day, until: Day, origin: Date) -> i128 {
        self.paid.between(after, until) * ACCRUED_SCALE + self.accrued(until, origin)
            - self.accrued(after, origin)
    }
}

/// Balance × rate × days over a basis, in thousandths of a quantum, rounded half to even.
fn in_thousandths(numerator: i128, basis: i128) -> i128 {
    mul_div(
        numerator,
        1,
        basis.saturating_mul(i128::from(RATE_SCALE) / ACCRUED_SCALE),
    )
}
