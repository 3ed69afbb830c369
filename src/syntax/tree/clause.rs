//! Clauses: the lines of a block.

use super::{
    Doc, Edge, Expression, Literal, Metadata, Name, Path, Point, Reference, ScenarioSum, Text,
};
use crate::diagnostic::Span;

/// One clause with its documentation and metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The `///` lines above it.
    pub doc: Option<Doc>,
    /// What the line says.
    pub body: ClauseBody,
    /// Metadata at the end of the line.
    pub metadata: Vec<Metadata>,
    /// From its first word to the end of the line's metadata.
    pub span: Span,
}

/// The forms of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseBody {
    /// `core = 70%`.
    Setting(Setting),
    /// `shock rates EUR: +200bp`.
    Shock(Shock),
    /// `set sight_retail.reprice.up = 60%`.
    Set(Set),
    /// `new covered_5y: 120mn EUR per month`, `grow`, `replace`.
    Volume(Volume),
    /// `target mortgage: to 1.2bn EUR over 12M with mortgage_10y`.
    Target(Target),
    /// A line of a market: `curve EUR_OIS in EUR = …`.
    Factor(Factor),
    /// `include`, `exclude`, `report`.
    Listing(Listing),
    /// `allow issue_covered`, `forbid sell_bonds`.
    Arm(Arm),
    /// `when lcr < 115%`, `do issue(…)`.
    Trigger(Trigger),
    /// `require lcr >= 100% else breach`.
    Require(Require),
    /// `run squeeze, parallel(size) for size in -200bp, 200bp`.
    Run(Run),
    /// `search parallel(size) for size in range(…): lcr_low < 100%`.
    Search(Search),
    /// `step monthly until 3Y`, `settle daily until 90d`.
    Step(Step),
    /// `reconcile assets to 12_400_310_221.55 EUR within 0.01%`.
    Reconcile(Reconcile),
    /// `given shock_size(EUR, short) = 100bp`.
    Given(Given),
    /// `expect lcr at 3M >= 100%`.
    Expect(Expect),
}

impl ClauseBody {
    /// The word that opens a verb line; `None` for a setting.
    pub fn verb(&self) -> Option<&'static str> {
        Some(match self {
            ClauseBody::Setting(_) => return None,
            ClauseBody::Shock(_) => "shock",
            ClauseBody::Set(_) => "set",
            ClauseBody::Volume(volume) => volume.kind.word(),
            ClauseBody::Target(_) => "target",
            ClauseBody::Factor(factor) => factor.kind.word(),
            ClauseBody::Listing(listing) => listing.kind.word(),
            ClauseBody::Arm(arm) => {
                if arm.allowed {
                    "allow"
                } else {
                    "forbid"
                }
            }
            ClauseBody::Trigger(Trigger::When(_)) => "when",
            ClauseBody::Trigger(Trigger::Do(_)) => "do",
            ClauseBody::Require(_) => "require",
            ClauseBody::Run(_) => "run",
            ClauseBody::Search(_) => "search",
            ClauseBody::Step(step) => step.kind.word(),
            ClauseBody::Reconcile(_) => "reconcile",
            ClauseBody::Given(_) => "given",
            ClauseBody::Expect(_) => "expect",
        })
    }
}

/// `key, key = value, value`: a term, a row, an answer to a demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The keys, at least one.
    pub keys: Vec<Key>,
    /// The values, at least one.
    pub values: Vec<Expression>,
    /// From the first key to the last value.
    pub span: Span,
}

impl Setting {
    /// The path of a setting with one key that is a path.
    pub fn path(&self) -> Option<&Path> {
        match self.keys.as_slice() {
            [Key::Path(path)] => Some(path),
            _ => None,
        }
    }
}

/// The key of a setting or of a table's row.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// `core`, `lcr.lookback_24m`, `stable_retail`.
    Path(Path),
    /// `"R01"`.
    Text(Text),
    /// `AA or better`, `up to 3M`.
    Edge(Edge),
    /// `else`.
    Else(Span),
}

impl Key {
    /// Where the key stands.
    pub fn span(&self) -> Span {
        match self {
            Key::Path(path) => path.span,
            Key::Text(text) => text.span,
            Key::Edge(edge) => edge.span,
            Key::Else(span) => *span,
        }
    }
}

/// `shock outflow deposits where not insured: to 12% over 30d, then to 27% over 5M`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shock {
    /// What kind of quantity moves.
    pub kind: ShockKind,
    /// Where the kind stands.
    pub kind_span: Span,
    /// What is shocked.
    pub target: Reference,
    /// The `where` of the target.
    pub condition: Option<Expression>,
    /// The legs in time, at least one.
    pub legs: Vec<Leg>,
}

/// The kinds of shock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShockKind {
    /// A shift of zero rates: adds.
    Rates,
    /// A shift of a spread: adds.
    Spread,
    /// A shift of an index: adds.
    Index,
    /// A factor on a rate of exchange: multiplies by one plus the size.
    Fx,
    /// A factor on prices: multiplies by one plus the size.
    Price,
    /// Percentage points on the haircut of collateral.
    Haircut,
    /// The cumulative share that has left.
    Outflow,
    /// The cumulative share of commitments that is drawn.
    Drawdown,
    /// A shift of a series: adds.
    Series,
}

impl ShockKind {
    /// All kinds.
    pub const ALL: [ShockKind; 9] = [
        ShockKind::Rates,
        ShockKind::Spread,
        ShockKind::Index,
        ShockKind::Fx,
        ShockKind::Price,
        ShockKind::Haircut,
        ShockKind::Outflow,
        ShockKind::Drawdown,
        ShockKind::Series,
    ];

    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            ShockKind::Rates => "rates",
            ShockKind::Spread => "spread",
            ShockKind::Index => "index",
            ShockKind::Fx => "fx",
            ShockKind::Price => "price",
            ShockKind::Haircut => "haircut",
            ShockKind::Outflow => "outflow",
            ShockKind::Drawdown => "drawdown",
            ShockKind::Series => "series",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<ShockKind> {
        ShockKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One leg of a shock in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// What the leg does.
    pub motion: Motion,
    /// The whole leg.
    pub span: Span,
}

/// What a leg does: levels, never increments.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// `hold 6M`: the level stays.
    Hold {
        /// For how long: a tenor.
        term: Literal,
    },
    /// `+200bp`, `to 12% over 30d`, `to 30% from 2026-10-15 over 7d`.
    Level {
        /// `to` stands before the size. A leg after the first, or one with `over`, always has it.
        to: bool,
        /// The level that is reached.
        size: Box<Expression>,
        /// When the path starts; absent: the book's date.
        from: Option<Point>,
        /// How long it takes, a tenor, linear by days; absent: a jump.
        over: Option<Literal>,
    },
}

/// `set target = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// What is set: a name, a setting or a cell of a table.
    pub target: Reference,
    /// The new value.
    pub value: Expression,
}

/// `new product: size`, `grow selection: rate`, `replace selection: share with product`.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Which of the three.
    pub kind: VolumeKind,
    /// The product or selection.
    pub target: Reference,
    /// The `where` of the target.
    pub condition: Option<Expression>,
    /// How much.
    pub size: Expression,
    /// `with covered_5y`.
    pub with: Option<Reference>,
    /// `from 2027-01-01`.
    pub from: Option<Point>,
    /// `until 2027-12-31`.
    pub until: Option<Point>,
}

/// The kinds of a plan's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VolumeKind {
    /// New business.
    New,
    /// Growth of what is there.
    Grow,
    /// Replacement of what runs off.
    Replace,
}

impl VolumeKind {
    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            VolumeKind::New => "new",
            VolumeKind::Grow => "grow",
            VolumeKind::Replace => "replace",
        }
    }
}

/// `target selection: to level over tenor with product`, `target selection: average level over tenor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The selection.
    pub target: Reference,
    /// The `where` of the target.
    pub condition: Option<Expression>,
    /// The span of `average`: the level is the mean of the days, not the end.
    pub average: Option<Span>,
    /// The levels of the volume, at least one.
    pub legs: Vec<Leg>,
    /// `with mortgage_10y`.
    pub with: Option<Reference>,
}

/// A line of a market: `index EURIBOR_3M in EUR = forward(EUR_3M)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// What it defines.
    pub kind: FactorKind,
    /// The name, or the currency of `discount`, `fx`, `calendar`.
    pub name: Name,
    /// `in EUR`.
    pub currency: Option<Name>,
    /// How it is made.
    pub value: Expression,
}

/// The kinds of a market's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorKind {
    /// A zero curve.
    Curve,
    /// A curve of spreads.
    Spread,
    /// A rate that is fixed.
    Index,
    /// The curve that discounts a currency.
    Discount,
    /// A rate of exchange.
    Fx,
    /// The business days of a currency.
    Calendar,
    /// A series of levels.
    Series,
    /// A volatility.
    Volatility,
}

impl FactorKind {
    /// All kinds.
    pub const ALL: [FactorKind; 8] = [
        FactorKind::Curve,
        FactorKind::Spread,
        FactorKind::Index,
        FactorKind::Discount,
        FactorKind::Fx,
        FactorKind::Calendar,
        FactorKind::Series,
        FactorKind::Volatility,
    ];

    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            FactorKind::Curve => "curve",
            FactorKind::Spread => "spread",
            FactorKind::Index => "index",
            FactorKind::Discount => "discount",
            FactorKind::Fx => "fx",
            FactorKind::Calendar => "calendar",
            FactorKind::Series => "series",
            FactorKind::Volatility => "volatility",
        }
    }
}

/// `include a, b`, `exclude c where …`, `report lcr, net_outflows by currency`.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Which of the three.
    pub kind: ListingKind,
    /// What is listed, at least one.
    pub items: Vec<Expression>,
    /// The break-down of the whole line.
    pub by: Vec<Path>,
}

/// The kinds of listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListingKind {
    /// Positions that belong to a book or test.
    Include,
    /// Positions that do not.
    Exclude,
    /// Metrics that are written.
    Report,
}

impl ListingKind {
    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            ListingKind::Include => "include",
            ListingKind::Exclude => "exclude",
            ListingKind::Report => "report",
        }
    }
}

/// `allow a, b` or `forbid a`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// `allow`; else `forbid`.
    pub allowed: bool,
    /// The actions, in order.
    pub actions: Vec<Path>,
}

/// The two halves of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `when lcr < 115%`.
    When(Expression),
    /// `do issue(covered_5y, nominal = 750mn EUR)`.
    Do(Expression),
}

/// `require condition else warning`.
#[derive(Clone, Debug, PartialEq)]
pub struct Require {
    /// What has to hold.
    pub condition: Expression,
    /// `else breach`; otherwise `else warning`.
    pub breach: bool,
}

/// `run squeeze, parallel(size) for size in -200bp, 200bp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What is run, at least one.
    pub scenarios: Vec<ScenarioSum>,
    /// The values of the variable.
    pub each: Option<Each>,
}

/// `for size in -200bp, -100bp`.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// The variable.
    pub variable: Name,
    /// Its values, at least one.
    pub values: Vec<Expression>,
    /// From `for` to the last value.
    pub span: Span,
}

/// `search family(x) for x in range(…): condition`.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The family.
    pub scenario: ScenarioSum,
    /// The values that are scanned.
    pub each: Each,
    /// What is looked for.
    pub condition: Expression,
}

/// `step monthly until 3Y`, `settle daily until 90d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Days that are printed, or days on which the plug is struck.
    pub kind: StepKind,
    /// How often.
    pub frequency: Frequency,
    /// Up to when.
    pub until: Point,
}

/// The two calendars of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// The days that are printed.
    Step,
    /// The days on which the plug is struck.
    Settle,
}

impl StepKind {
    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            StepKind::Step => "step",
            StepKind::Settle => "settle",
        }
    }
}

/// How often a calendar has a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Month ends.
    Monthly,
    /// Quarter ends.
    Quarterly,
    /// Year ends.
    Yearly,
}

impl Frequency {
    /// All frequencies.
    pub const ALL: [Frequency; 5] = [
        Frequency::Daily,
        Frequency::Weekly,
        Frequency::Monthly,
        Frequency::Quarterly,
        Frequency::Yearly,
    ];

    /// The word as written.
    pub fn word(self) -> &'static str {
        match self {
            Frequency::Daily => "daily",
            Frequency::Weekly => "weekly",
            Frequency::Monthly => "monthly",
            Frequency::Quarterly => "quarterly",
            Frequency::Yearly => "yearly",
        }
    }
}

/// `reconcile selection to amount within tolerance`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconcile {
    /// What is added up.
    pub selection: Expression,
    /// What it should be.
    pub to: Expression,
    /// How far off it may be.
    pub within: Expression,
}

/// `given target = value`: the innermost overlay of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What is given.
    pub target: Reference,
    /// Its value.
    pub value: Expression,
}

/// `expect condition within tolerance`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// What has to hold.
    pub condition: Expression,
    /// How far off an equality may be.
    pub within: Option<Expression>,
}
