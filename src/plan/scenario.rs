//! Behaviours and scenarios, flattened: what holds in a run, and where each value comes from.

use super::action::Action;
use super::cover_pool::CoverPool;
use super::definition::Heading;
use super::expression::{Expression, Selection};
use super::hedge::Hedge;
use super::identifier::*;
use super::instrument::Product;
use super::market::LevelsFile;
use super::new_business::NewBusiness;
use super::origin::Origin;
use super::paths::PathsDefinition;
use crate::calendar::{Date, Tenor};
use crate::quantity::Currency;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What customers do beyond their contracts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Behaviour {
    /// Name and place.
    pub heading: Heading,
    /// The positions that it is for.
    pub on: Vec<Selection>,
    /// The behaviours whose settings it takes over where it says nothing itself; on its positions they no longer apply.
    pub overrides: Vec<BehaviourId>,
    /// Its own settings (before inheritance).
    pub settings: BehaviourSettings,
    /// Place of each setting by its key.
    pub origins: IndexMap<String, Origin>,
}

/// The settings of a behaviour. Ratios per period are yearly here (`Node::Per`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BehaviourSettings {
    /// Share prepaid a year.
    pub prepay: Option<Expression>,
    /// Share withdrawn early a year.
    pub withdraw: Option<Expression>,
    /// Share that defaults a year.
    pub default: Option<Expression>,
    /// Share of the undrawn that is drawn a year.
    pub draw: Option<Expression>,
    /// Share renewed.
    pub renew: Option<Expression>,
    /// `keeps = payment`: the payment stays, the term shortens.
    pub keeps_payment: Option<bool>,
    /// `accrued_on_exit = forfeited`.
    pub accrued_forfeited: Option<bool>,
    /// Fee on exits, share of the amount.
    pub fee: Option<Expression>,
    /// Loss given default.
    pub loss: Option<Expression>,
    /// Time until recovery.
    pub recovered_after: Option<Tenor>,
    /// Core share of a deposit.
    pub core: Option<Expression>,
    /// How the core runs off.
    pub decay: Option<Decay>,
    /// `rest = overnight`.
    pub rest_overnight: Option<bool>,
    /// How the client rate follows the market.
    pub reprice: Option<Beta>,
    /// `observed = daily`; absent: month ends.
    pub observed_daily: Option<bool>,
}

/// How a core deposit runs off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decay {
    /// Equal slices at month ends.
    Linear {
        /// The time until nothing is left.
        term: Expression,
    },
    /// Halves in the stated time.
    Exponential {
        /// The time until half is left.
        half_life: Expression,
    },
    /// Shares by tenor.
    Schedule(Vec<(Tenor, Expression)>),
}

/// `beta(index, up, down, lag, floor)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beta {
    /// Name of the index in the market.
    pub index: FactorName,
    /// Share of a rise that is passed on.
    pub up: Expression,
    /// Share of a fall that is passed on.
    pub down: Expression,
    /// Delay.
    pub lag: Tenor,
    /// Of the client rate; the shadow rate runs on below it.
    pub floor: Option<Expression>,
}

/// A scenario with everything that it inherits put in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Name with arguments, title, place.
    pub key: ScenarioKey,
    /// Name and place of the declaration.
    pub heading: Heading,
    /// What replaces what; `None` where a run of it is refused.
    pub balance_sheet: Option<BalanceSheet>,
    /// What rates do where nothing shocks them; `None` where a run of it is refused.
    pub rates: Option<RatesAssumption>,
    /// The paths of `RatesAssumption::Paths`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Box<PathsDefinition>>,
    /// The shocks, root factors named.
    pub shocks: Vec<Shock>,
    /// Parameters that it sets.
    pub parameters: IndexMap<ParameterId, (Expression, Origin)>,
    /// Table cells that it sets.
    pub cells: Vec<CellOverride>,
    /// All behaviours in force, with its `set` lines put in; keys are the behaviours of the exercise.
    pub behaviours: IndexMap<BehaviourId, Behaviour>,
    /// Products with changed terms.
    pub products: IndexMap<ProductId, Product>,
    /// Armed actions, in order.
    pub allows: Vec<ActionId>,
    /// Cover pools with changed settings.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub cover_pools: IndexMap<CoverPoolId, CoverPool>,
    /// Actions with changed fields.
    pub actions: IndexMap<ActionId, Action>,
    /// Hedging programmes with another ratio.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub hedges: IndexMap<HedgeId, Hedge>,
    /// Every statement in canonical spelling, for `show`, in order of key.
    pub statements: Vec<Statement>,
}

/// A statement of a flattened scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// What it is about: `shock rates EUR`, `set sight_retail.reprice.up`.
    pub key: String,
    /// Its value in canonical spelling.
    pub value: String,
    /// Place, chain of replaced values, reasons.
    pub origin: Origin,
}

/// A table cell set by a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellOverride {
    /// The table.
    pub table: TableId,
    /// The row's patterns.
    pub patterns: Vec<super::definition::Pattern>,
    /// The value.
    pub value: Expression,
    /// Place and reasons.
    pub origin: Origin,
}

/// What happens to principal that comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BalanceSheet {
    /// Nothing replaces it.
    RunOff,
    /// Like for like on the paid day; `rate` in place of market rate at the original term plus margin.
    Constant {
        /// The rate, a fraction a year.
        rate: Option<Expression>,
    },
    /// A plan of new business, with the scenario's `set` lines put in.
    Plan(Box<NewBusiness>),
}

/// What rates do where no shock says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatesAssumption {
    /// Forwards are realised.
    Forwards,
    /// The curve of the book's date stays.
    Constant,
    /// Simulated paths (`Scenario::paths`); the run itself goes along the forwards.
    Paths,
}

/// One shock of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shock {
    /// What is shocked.
    pub target: ShockTarget,
    /// How far, and when.
    pub path: ShockPath,
    /// Place, chain, reasons.
    pub origin: Origin,
}

/// What a shock moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ShockTarget {
    /// Root curves, by name: adds to continuously compounded zero rates.
    Rates(Vec<FactorName>),
    /// A spread: adds.
    Spread(FactorName),
    /// An index: adds.
    Index(FactorName),
    /// A currency: 1 unit is worth (1 + x) times as much.
    Fx(Currency),
    /// A series: adds.
    Series(FactorName),
    /// Market prices of positions: times (1 + x).
    Price(Selection),
    /// Secured deals: points added to the haircut of their collateral.
    Haircut(Selection),
    /// Cumulative share of positions that has left.
    Outflow(Selection),
    /// Cumulative share of undrawn lines that is drawn.
    Drawdown(Selection),
}

/// A level as a function of the date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ShockPath {
    /// Legs, each a level that is reached; the path starts at 0 on `from` and stays after the last.
    Legs(Vec<Leg>),
    /// Levels that replace the curve or series.
    Levels(Box<LevelsFile>),
}

/// One leg of a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Leg {
    /// `to L over T` (linear by calendar days), or a jump without `over`; `from` is the day on which it starts (default: where the leg before ends, at first the book's date or the day of the branch).
    To {
        /// The level that is reached.
        level: Expression,
        /// The time that the way takes; absent: a jump.
        over: Option<Tenor>,
        /// The day on which it begins; absent: where the leg before ends.
        from: Option<Date>,
    },
    /// The level stays.
    Hold(Tenor),
}
