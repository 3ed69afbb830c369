//! A bank as lines of like positions, written as text and files.

use std::fmt::Write;

use chrono::{Datelike, Months, NaiveDate};
use plimsoll::tabular::Memory;

/// How principal comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Bullet,
    Linear(i32),
    Annuity(i32),
    OnDemand,
}

/// How interest comes about. Months between payments or resets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accrues {
    Fixed(i32),
    Index(i32),
    Client(i32),
}

/// A position. Amounts in cents, rates in thousandths of a percent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub currency: &'static str,
    pub principal: i64,
    pub rate: i64,
    pub margin: i64,
    /// Floor of an index, of lines that have one.
    pub floor: i64,
    /// Cap of an index, of lines that have one.
    pub cap: i64,
    /// The day up to which only interest is paid, of lines that have one.
    pub first_principal: NaiveDate,
    /// The day before which nothing is paid, of lines that have one.
    pub grace: NaiveDate,
    /// What is left for maturity, of lines that have one.
    pub balloon: i64,
    pub maturity: NaiveDate,
    /// Months.
    pub term: i32,
    /// Accrued interest as booked.
    pub accrued: i64,
    /// Clean book price in basis points of the nominal.
    pub book: i64,
    /// Clean market price in basis points of the nominal, of lines that are quoted.
    pub price: i64,
    pub segment: &'static str,
}

/// What a loan's payments may have beyond their family.
#[derive(Clone, Debug, Default)]
pub struct Forms {
    pub capped: bool,
    pub interest_only: bool,
    pub grace: bool,
    pub balloon: bool,
    /// Rates from later days on, thousandths of a percent.
    pub steps: Vec<(NaiveDate, i64)>,
}

/// Positions on the same terms: an instrument with its file.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: &'static str,
    pub asset: bool,
    pub family: Family,
    pub accrues: Accrues,
    pub daycount: &'static str,
    pub roll: &'static str,
    pub floored: bool,
    pub forms: Forms,
    pub priced: bool,
    pub quoted: bool,
    pub lots: bool,
    pub accounting: &'static str,
    pub rows: Vec<Row>,
}

impl Line {
    pub fn is_dated(&self) -> bool {
        self.family != Family::OnDemand
    }

    fn instrument(&self) -> String {
        let mut text = String::new();
        let mut set = |key: &str, value: &str| writeln!(text, "  {key} = {value}").unwrap();
        set("id", "[id]");
        set("side", if self.asset { "asset" } else { "liability" });
        set("positions", &format!("\"{}.csv\"", self.name));
        set("currency", "[currency]");
        set("principal", "[principal]");
        let mut parts = String::new();
        for (is_said, part) in [
            (
                self.forms.interest_only,
                "interest_only = [first_principal]",
            ),
            (self.forms.grace, "grace = [grace]"),
            (self.forms.balloon, "balloon = [balloon]"),
        ] {
            if is_said {
                write!(parts, ", {part}").unwrap();
            }
        }
        match self.family {
            Family::Bullet => set("repays", "bullet"),
            Family::Linear(months) => set("repays", &format!("linear(every = {months}M{parts})")),
            Family::Annuity(months) => set("repays", &format!("annuity(every = {months}M{parts})")),
            Family::OnDemand => set("repays", "on_demand"),
        }
        let daycount = self.daycount;
        // what repays in instalments pays interest with them
        let paying = |months: i32| match self.family {
            Family::Bullet | Family::OnDemand => format!(", every = {months}M"),
            _ => String::new(),
        };
        match self.accrues {
            Accrues::Fixed(months) => {
                let steps: Vec<String> = self
                    .forms
                    .steps
                    .iter()
                    .map(|(day, rate)| format!("{day}, {}%", decimal(*rate, 3)))
                    .collect();
                let steps = if steps.is_empty() {
                    String::new()
                } else {
                    format!(", steps = schedule({})", steps.join(", "))
                };
                set(
                    "accrues",
                    &format!(
                        "fixed([rate] * 1%{}{steps}, daycount = {daycount})",
                        paying(months)
                    ),
                );
            }
            Accrues::Index(months) => {
                let floor = if self.floored {
                    ", floor = [floor] * 1%"
                } else {
                    ""
                };
                let cap = if self.forms.capped {
                    ", cap = [cap] * 1%"
                } else {
                    ""
                };
                set(
                    "accrues",
                    &format!(
                        "index(EURIBOR_3M, reset = {months}M, spread = [margin] * 1%{floor}{cap}, daycount = {daycount})"
                    ),
                );
                set("last_fixing", "[rate] * 1%");
            }
            Accrues::Client(months) => set(
                "accrues",
                &format!("client([rate] * 1%, every = {months}M, daycount = {daycount})"),
            ),
        }
        set("accrued", "[accrued]");
        if self.is_dated() {
            set("maturity", "[maturity]");
            set("margin", "[margin] * 1%");
            set("original_term", "[term] * 1M");
            set("roll", self.roll);
        }
        if self.priced {
            set("book", "[book] * 1%");
        }
        if self.quoted {
            set("price", "[price] * 1%");
        }
        if self.lots {
            set("lots", "each");
        }
        set("accounting", self.accounting);
        set("segment", "[segment]");
        format!("instrument {} {{\n{text}}}\n", self.name)
    }

    fn csv(&self) -> String {
        let mut text = String::from(
            "id,currency,principal,rate,margin,floor,cap,first_principal,grace,balloon,maturity,term,accrued,book,price,segment\n",
        );
        for row in &self.rows {
            writeln!(
                text,
                "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
                row.id,
                row.currency,
                decimal(row.principal, 2),
                decimal(row.rate, 3),
                decimal(row.margin, 3),
                decimal(row.floor, 3),
                decimal(row.cap, 3),
                row.first_principal,
                row.grace,
                decimal(row.balloon, 2),
                row.maturity,
                row.term,
                decimal(row.accrued, 2),
                decimal(row.book, 2),
                decimal(row.price, 2),
                row.segment,
            )
            .unwrap();
        }
        text
    }
}

/// A number in steps of a power of ten.
pub fn decimal(value: i64, digits: usize) -> String {
    let scale = 10_i64.pow(u32::try_from(digits).unwrap());
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.abs() / scale, value.abs() % scale);
    format!("{sign}{whole}.{part:0digits$}")
}

/// A bank with what may happen to it.
#[derive(Clone, Debug)]
pub struct Bank {
    pub date: NaiveDate,
    pub lines: Vec<Line>,
    /// Cash in EUR and in USD, cents.
    pub cash: [i64; 2],
    /// Thousandths of a percent; paid monthly.
    pub cash_rate: i64,
    /// In EUR, cents.
    pub capacity: i64,
    /// In EUR, cents.
    pub minimum: i64,
    /// Curve by pillar: months, thousandths of a percent.
    pub curve: Vec<(i32, i64)>,
    /// EUR for a USD, in steps of 1e-4.
    pub dollar: i64,
    pub balance_sheet: &'static str,
    pub rates: &'static str,
    pub behaviours: Vec<String>,
    /// Clauses of the scenario `stress`, one a line.
    pub stress: Vec<String>,
    /// Lines `settle …` and `step …`.
    pub calendars: String,
    /// Further declarations: metrics, scenarios.
    pub more: String,
    /// Lines `run …` and `report …`.
    pub asks: String,
    /// Equity as stated; what the lines do not tie to stands in the account of the opening difference.
    pub equity: i64,
    pub converts: bool,
    /// The dollar is the euro by another name: its curve, calendar and a rate of one; plug and minimum are in dollars.
    pub relabelled: bool,
}

impl Bank {
    /// Leaves out some lines, and the behaviours with them.
    pub fn without(&mut self, names: &[&str]) {
        self.lines.retain(|line| !names.contains(&line.name));
        self.behaviours.clear();
        self.stress
            .retain(|clause| names.iter().all(|name| !clause.contains(name)));
    }

    /// Keeps positions apart, each a group of its own.
    pub fn in_lots(&self) -> Bank {
        let mut other = self.clone();
        for line in &mut other.lines {
            line.lots = true;
        }
        other
    }

    pub fn line(&self, name: &str) -> &Line {
        self.lines.iter().find(|line| line.name == name).unwrap()
    }

    /// The number of positions of a line; of cash one.
    pub fn line_of(&self, name: &str) -> usize {
        self.lines
            .iter()
            .find(|line| line.name == name)
            .map_or(1, |line| line.rows.len())
    }

    pub fn line_mut(&mut self, name: &str) -> &mut Line {
        self.lines
            .iter_mut()
            .find(|line| line.name == name)
            .unwrap()
    }

    pub fn text(&self) -> String {
        let mut text = String::from("dimension segment = retail | corporate\n");
        for line in &self.lines {
            text.push_str(&line.instrument());
        }
        let date = self.date;
        writeln!(
            text,
            "instrument cash \"Cash\" {{
  side = asset
  repays = on_demand
  accrues = client({cash_rate}%, every = 1M, daycount = act/360)
  accrued = 0
  accounting = amortised
  segment = corporate
}}
instrument interbank {{
  side = liability
  repays = bullet
  accounting = amortised
  segment = corporate
}}
product overnight of interbank {{
  maturity = 1d
  accrues = fixed(swap_rate(1d) + 20bp, daycount = act/360)
  capacity = {capacity} {own}
}}
market main {{
  curve EUR_OIS in EUR = zero(\"eur.csv\", interpolate = log_linear_df, daycount = act/365, extrapolate = flat)
  curve USD_OIS in USD = {us_curve}
  index EURIBOR_3M in EUR = forward(EUR_OIS, fixings = \"fixings.csv\")
  discount EUR = EUR_OIS
  discount USD = USD_OIS
  fx USD = {dollar} EUR
  calendar EUR = TARGET
  calendar USD = {us_calendar}
}}
book banking_book at {date} in EUR {{
  equity = {equity} EUR
  bad_rows = reject
  surplus = cash
  shortfall = overnight
  minimum_cash = {minimum} {own}
  convert = {converts}
  unmet_rate = 8%
  include cash(id = \"CB\", principal = {euro} EUR)
{fed}  include {names}
  reconcile cash where currency == EUR to {euro} EUR within 100bn EUR
}}
scenario normal {{
  balance_sheet = {balance_sheet}
  rates = {rates}
}}
scenario stress extends normal {{
  {stress}
}}
{behaviours}
{more}
exercise check {{
  book = banking_book
  market = main
  base = normal
{calendars}
{asks}
}}",
            cash_rate = decimal(self.cash_rate, 3),
            capacity = decimal(self.capacity, 2),
            minimum = decimal(self.minimum, 2),
            equity = decimal(self.equity, 2),
            dollar = decimal(self.dollar, 4),
            euro = decimal(self.cash[0], 2),
            // without money there need not be an account
            fed = if self.cash[1] == 0 {
                String::new()
            } else {
                format!("  include cash(id = \"FED\", currency = USD, principal = {} USD)\n", decimal(self.cash[1], 2))
            },
            converts = self.converts,
            own = if self.relabelled { "USD" } else { "EUR" },
            us_calendar = if self.relabelled { "TARGET" } else { "NEW_YORK" },
            us_curve = if self.relabelled {
                "zero(\"eur.csv\", interpolate = log_linear_df, daycount = act/365, extrapolate = flat)"
            } else {
                "flat(3.5%, daycount = act/365)"
            },
            names = self.lines.iter().map(|l| l.name).collect::<Vec<_>>().join(", "),
            balance_sheet = self.balance_sheet,
            rates = self.rates,
            stress = self.stress.join("\n  "),
            behaviours = self.behaviours.join("\n"),
            more = self.more,
            calendars = self.calendars,
            asks = self.asks,
        )
        .unwrap();
        text
    }

    pub fn data(&self) -> Memory {
        let mut curve = String::from("tenor,value\n");
        for (months, rate) in &self.curve {
            writeln!(curve, "{months}M,{}", decimal(*rate, 5)).unwrap();
        }
        let mut fixings = String::from("date,value\n");
        let first = self.date.with_day(1).unwrap();
        for back in (0..13).rev() {
            let day = (first - Months::new(back)).pred_opt().unwrap();
            let level = 2000 + i64::from(back) * 37;
            writeln!(fixings, "{day},{}", decimal(level, 5)).unwrap();
        }
        writeln!(fixings, "{},0.02150", self.date).unwrap();
        let mut data = Memory::new()
            .with("eur.csv", curve)
            .with("fixings.csv", fixings);
        for line in &self.lines {
            data = data.with(&format!("{}.csv", line.name), line.csv());
        }
        data
    }
}
