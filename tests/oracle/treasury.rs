//! What treasury may do, stated twice: as text for the engine, as numbers for the oracle.

use std::fmt::Write;

use crate::bank::lines::decimal;
use crate::secured::Repo;

/// A kind of new contract. Amounts in basis points of the nominal, rates in thousandths of a percent.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub name: &'static str,
    pub instrument: &'static str,
    pub asset: bool,
    pub accounting: &'static str,
    /// Months.
    pub term: u32,
    /// `None`: at par.
    pub price: Option<i64>,
    pub cost: i64,
    /// The rate, or what is added to the par rate of the term.
    pub rate: Rate,
    /// Months.
    pub every: i32,
    pub daycount: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub enum Rate {
    Fixed(i64),
    Par(i64),
}

pub const PRODUCTS: [Product; 3] = [
    Product {
        name: "note_1y",
        instrument: "note",
        asset: false,
        accounting: "amortised",
        term: 12,
        price: Some(9_950),
        cost: 0,
        rate: Rate::Fixed(3_250),
        every: 6,
        daycount: "act/365",
    },
    Product {
        name: "note_4m",
        instrument: "note",
        asset: false,
        accounting: "amortised",
        term: 4,
        price: None,
        cost: 20,
        rate: Rate::Par(300),
        every: 12,
        daycount: "act/360",
    },
    Product {
        name: "paper_2y",
        instrument: "paper",
        asset: true,
        accounting: "fvoci",
        term: 24,
        price: Some(10_100),
        cost: 0,
        rate: Rate::Fixed(2_000),
        every: 12,
        daycount: "30E/360",
    },
];

/// A kind of new swap: the par rate of its months against the index.
#[derive(Clone, Copy, Debug)]
pub struct Hedge {
    pub name: &'static str,
    pub is_payer: bool,
    pub term: u32,
    pub daycount: &'static str,
    pub reset: i32,
}

pub const HEDGES: [Hedge; 2] = [
    Hedge {
        name: "payer_3y",
        is_payer: true,
        term: 36,
        daycount: "30U/360",
        reset: 3,
    },
    Hedge {
        name: "receiver_18m",
        is_payer: false,
        term: 18,
        daycount: "act/365",
        reset: 6,
    },
];

/// What is looked at. Amounts in cents, ratios in percent.
#[derive(Clone, Copy, Debug)]
pub enum When {
    CashBelow(i64),
    CashAbove(i64),
    CoverBelow(i64),
    CoverAbove(i64),
    Unmet,
}

impl When {
    fn text(self) -> String {
        match self {
            Self::CashBelow(cents) => format!("vault < {} EUR", decimal(cents, 2)),
            Self::CashAbove(cents) => format!("vault >= {} EUR", decimal(cents, 2)),
            Self::CoverBelow(percent) => format!("cover < {percent}%"),
            Self::CoverAbove(percent) => format!("cover >= {percent}%"),
            Self::Unmet => "unmet > 0 EUR".into(),
        }
    }
}

/// How much: cents.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    Nominal(i64),
    Proceeds(i64),
}

impl Size {
    fn text(self) -> String {
        match self {
            Self::Nominal(cents) => format!("nominal = {} EUR", decimal(cents, 2)),
            Self::Proceeds(cents) => format!("proceeds = {} EUR", decimal(cents, 2)),
        }
    }
}

/// A line of `do`. Amounts in cents.
#[derive(Clone, Debug)]
pub enum Leg {
    Issue(usize, i64),
    /// As much as brings cash to this, if it is below.
    IssueUpTo(usize, i64),
    Buy(usize, i64),
    BuyBack(&'static str, i64),
    Sell(Vec<&'static str>, Size, Option<&'static str>),
    Repo(Repo),
    Hedge(usize, i64),
    Unwind(&'static str),
    Equity(i64),
    Dividend(i64),
    Tax(i64),
    /// Money lent against bonds.
    Lend(Repo),
}

impl Leg {
    fn text(&self) -> String {
        let money = |cents: &i64| decimal(*cents, 2);
        match self {
            Self::Issue(at, cents) => {
                format!(
                    "issue({}, nominal = {} EUR)",
                    PRODUCTS[*at].name,
                    money(cents)
                )
            }
            Self::IssueUpTo(at, cents) => format!(
                "issue({}, nominal = max({} EUR - vault, 0 EUR))",
                PRODUCTS[*at].name,
                money(cents)
            ),
            Self::Buy(at, cents) => {
                format!(
                    "buy({}, nominal = {} EUR)",
                    PRODUCTS[*at].name,
                    money(cents)
                )
            }
            Self::BuyBack(name, cents) => {
                format!("buy_back({name}, nominal = {} EUR)", money(cents))
            }
            Self::Sell(names, size, order) => {
                let order = order.map_or(String::new(), |order| format!(", order = {order}"));
                format!(
                    "sell(({}) where currency == EUR, {}{order})",
                    names.join(" + "),
                    size.text()
                )
            }
            Self::Repo(terms) => format!(
                "repo(bond where currency == EUR, cash = {} EUR, term = {}d, haircut = {}%, rate = {}%, roll = {})",
                money(&terms.cash),
                terms.term,
                terms.haircut,
                decimal(terms.rate, 3),
                terms.rolls
            ),
            Self::Hedge(at, cents) => format!(
                "hedge({}, notional = {} EUR)",
                HEDGES[*at].name,
                money(cents)
            ),
            Self::Unwind(name) => format!("unwind({name})"),
            Self::Equity(cents) => format!("issue_equity({} EUR)", money(cents)),
            Self::Dividend(cents) => format!("pay_dividend({} EUR)", money(cents)),
            Self::Tax(cents) => format!("pay_tax({} EUR)", money(cents)),
            Self::Lend(terms) => format!(
                "reverse_repo(bond where currency == EUR, cash = {} EUR, term = {}d, haircut = {}%, rate = {}%, roll = false, instrument = lent)",
                money(&terms.cash),
                terms.term,
                terms.haircut,
                decimal(terms.rate, 3)
            ),
        }
    }
}

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    pub when: When,
    pub again: Option<When>,
    pub observed: &'static str,
    /// Days.
    pub lead: i64,
    pub times: Option<usize>,
    /// Months.
    pub apart: Option<u32>,
    /// Cents a calendar quarter.
    pub capacity: Option<i64>,
    pub available: bool,
    /// Basis points.
    pub cost: Option<i64>,
    /// Days after the book's date, in place of the trigger.
    pub on: Option<i64>,
    pub legs: Vec<Leg>,
}

impl Action {
    fn text(&self, at: usize, date: chrono::NaiveDate) -> String {
        let mut text = format!("action a{at} {{\n");
        let mut set = |key: &str, value: String| writeln!(text, "  {key} = {value}").unwrap();
        if let Some(day) = self.on {
            set("on_date", crate::deal::day_after(date, day).to_string());
        } else {
            set("observed", self.observed.into());
        }
        if self.lead > 0 {
            set("lead", format!("{}d", self.lead));
        }
        if let Some(times) = self.times {
            set("times", times.to_string());
        }
        if let Some(months) = self.apart {
            set("apart", format!("{months}M"));
        }
        if let Some(cents) = self.capacity {
            set("capacity", format!("{} EUR per quarter", decimal(cents, 2)));
        }
        if !self.available {
            set("available", "false".into());
        }
        if let Some(again) = self.again {
            set("again_when", again.text());
        }
        if let Some(cost) = self.cost {
            set("cost", format!("{cost}bp"));
        }
        if self.on.is_none() {
            writeln!(text, "  when {}", self.when.text()).unwrap();
        }
        for leg in &self.legs {
            writeln!(text, "  do {}", leg.text()).unwrap();
        }
        text.push_str("}\n");
        text
    }
}

/// What happens: to the market, to customers, and what treasury is allowed.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Customers run.
    pub stressed: bool,
    /// Basis points, at once.
    pub rates: i64,
    /// Percent, at once, on bonds.
    pub price: i64,
    /// Percentage points on the haircut of repos, at once.
    pub haircut: i64,
    /// The dollar: percent, over so many days; 0: at once.
    pub dollar: (i64, i64),
    /// Places of the actions.
    pub allows: Vec<usize>,
}

/// A repo of the book: what is pledged of the first bond, cents.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub terms: Repo,
    pub pledged: i64,
}

/// Actions, and scenarios that arm them.
#[derive(Clone, Debug, Default)]
pub struct Treasury {
    pub actions: Vec<Action>,
    pub scenarios: Vec<Scenario>,
    pub standing: Option<Standing>,
}

impl Treasury {
    pub fn name(at: usize) -> String {
        format!("s{at}")
    }

    /// Declarations: instruments, products, actions, scenarios.
    pub fn text(&self, date: chrono::NaiveDate) -> String {
        let mut text = String::new();
        for (name, side, accounting) in [
            ("note", "liability", "amortised"),
            ("paper", "asset", "fvoci"),
        ] {
            writeln!(
                text,
                "instrument {name} {{\n  side = {side}\n  repays = bullet\n  lots = each\n  accounting = {accounting}\n  segment = corporate\n}}"
            )
            .unwrap();
        }
        text.push_str("instrument repo {\n  side = liability\n  repays = bullet\n  accrues = fixed(1%, daycount = act/360)\n  accounting = amortised\n  segment = corporate\n}\n");
        text.push_str("instrument lent {\n  side = asset\n  repays = bullet\n  accrues = fixed(1%, daycount = act/360)\n  accounting = amortised\n  segment = corporate\n}\n");
        for (name, accounting) in [("swap", "fvtpl"), ("booked_swap", "amortised")] {
            writeln!(
                text,
                "instrument {name} {{\n  side = derivative\n  lots = each\n  accounting = {accounting}\n  segment = corporate\n}}"
            )
            .unwrap();
        }
        for hedge in HEDGES {
            let fixed = format!(
                "fixed(swap_rate({}M), every = 12M, daycount = {})",
                hedge.term, hedge.daycount
            );
            let floating = format!(
                "index(EURIBOR_3M, reset = {}M, daycount = act/360)",
                hedge.reset
            );
            let (pays, receives) = if hedge.is_payer {
                (fixed, floating)
            } else {
                (floating, fixed)
            };
            writeln!(
                text,
                "product {} of swap {{\n  currency = EUR\n  maturity = {}M\n  pays = {pays}\n  receives = {receives}\n}}",
                hedge.name, hedge.term
            )
            .unwrap();
        }
        for product in PRODUCTS {
            let rate = match product.rate {
                Rate::Fixed(milli) => format!("{}%", decimal(milli, 3)),
                Rate::Par(milli) => {
                    format!("swap_rate({}M) + {}%", product.term, decimal(milli, 3))
                }
            };
            let price = product.price.map_or(String::new(), |price| {
                format!("  price = {}%\n", decimal(price, 2))
            });
            writeln!(
                text,
                "product {} of {} {{\n  currency = EUR\n  maturity = {}M\n{price}  cost = {}bp\n  accrues = fixed({rate}, every = {}M, daycount = {})\n}}",
                product.name, product.instrument, product.term, product.cost, product.every, product.daycount
            )
            .unwrap();
        }
        text.push_str("metric vault: money = sum(cash: balance)\nmetric cover: ratio = (vault + sum(bond: free)) / (sum(liabilities: due(30d)) + 10% * sum(liabilities: callable(30d)) + 1_000 EUR)\n");
        for (at, action) in self.actions.iter().enumerate() {
            text.push_str(&action.text(at, date));
        }
        for (at, scenario) in self.scenarios.iter().enumerate() {
            let parent = if scenario.stressed {
                "stress"
            } else {
                "normal"
            };
            writeln!(text, "scenario {} extends {parent} {{", Self::name(at)).unwrap();
            if scenario.rates != 0 {
                writeln!(text, "  shock rates EUR: {:+}bp", scenario.rates).unwrap();
            }
            if scenario.price != 0 {
                writeln!(text, "  shock price bond: {:+}%", scenario.price).unwrap();
            }
            if scenario.haircut != 0 {
                writeln!(text, "  shock haircut repo: {}%", scenario.haircut).unwrap();
            }
            match scenario.dollar {
                (0, _) => {}
                (to, 0) => writeln!(text, "  shock fx USD: {to:+}%").unwrap(),
                (to, over) => writeln!(text, "  shock fx USD: to {to:+}% over {over}d").unwrap(),
            }
            if !scenario.allows.is_empty() {
                let names: Vec<String> = scenario.allows.iter().map(|a| format!("a{a}")).collect();
                writeln!(text, "  allow {}", names.join(", ")).unwrap();
            }
            text.push_str("}\n");
        }
        text
    }

    /// The line of the book for the repo that stands in it.
    pub fn included(&self, date: chrono::NaiveDate) -> String {
        self.standing.map_or(String::new(), |standing| {
            let terms = standing.terms;
            format!(
                "  include repo(id = \"R\", principal = {} EUR, maturity = {}, original_term = 1Y, margin = 0%, accrues = fixed({}%, daycount = act/360), accrued = 0 EUR, pledges = bond(\"bond-000\"), pledged = {} EUR, haircut = {}%)\n",
                decimal(terms.cash, 2),
                crate::deal::day_after(date, terms.term),
                decimal(terms.rate, 3),
                decimal(standing.pledged, 2),
                terms.haircut
            )
        })
    }

    pub fn names(&self) -> Vec<String> {
        (0..self.scenarios.len()).map(Self::name).collect()
    }
}
