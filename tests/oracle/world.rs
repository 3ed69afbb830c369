//! What a scenario does, stated twice: as text for the engine, as numbers for the oracle.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::sample::select;

use crate::bank::generate::{date, lines};
use crate::bank::lines::{Bank, decimal};
use crate::customers::PREPAID;
use crate::loans::loans;
use crate::swap::Quoted;
use crate::treasury::{Scenario, Treasury};

/// What a client rate gets of an index. Shares in whole percent, months, thousandths of a percent.
#[derive(Clone, Copy, Debug)]
pub struct Beta {
    pub up: i64,
    pub down: i64,
    pub lag: u32,
    pub floor: i64,
}

/// Customers and shocks. Shares in whole percent.
#[derive(Clone, Debug)]
pub struct World {
    pub bank: Bank,
    pub prepay: i64,
    pub forfeited: bool,
    pub fee: i64,
    pub core: i64,
    /// Months.
    pub decay: i64,
    pub overnight: bool,
    pub withdraw: i64,
    pub daily: bool,
    pub default: i64,
    pub loss: i64,
    /// Months.
    pub recovered: u32,
    pub behaves: bool,
    /// What accounts get of the index.
    pub beta: Option<Beta>,
    /// To this share of retail accounts, over so many days.
    pub run_on_accounts: (i64, i64),
    /// This share of term deposits at once.
    pub run_on_deposits: i64,
    /// The index from days after the book's date on, thousandths of a percent.
    pub index: Vec<(u64, i64)>,
    /// Rate of new business, thousandths of a percent.
    pub renewed_at: i64,
    pub plug_rate: i64,
    pub treasury: Treasury,
    pub swaps: Vec<Quoted>,
    /// The last day of those on which cash settles daily; month ends after it.
    pub daily_until: i64,
}

impl World {
    pub fn index(&self, day: NaiveDate) -> i128 {
        let level = self
            .index
            .iter()
            .rfind(|(after, _)| self.bank.date + Days::new(*after) <= day);
        i128::from(level.unwrap_or(&self.index[0]).1) * 10_000_000
    }

    /// Every scenario with its name: the plain one, customers who run, and those of treasury.
    pub fn scenarios(&self) -> Vec<(String, Scenario)> {
        let plain = |name: &str, stressed| {
            (
                name.to_owned(),
                Scenario {
                    stressed,
                    ..Scenario::default()
                },
            )
        };
        let mut all = vec![plain("normal", false), plain("stress", true)];
        all.extend(
            self.treasury
                .names()
                .into_iter()
                .zip(self.treasury.scenarios.iter().cloned()),
        );
        all
    }

    pub fn is_constant(&self) -> bool {
        self.bank.balance_sheet == "constant"
    }

    /// The bank's text with this world put in.
    pub fn text(&self) -> String {
        let mut bank = self.bank.clone();
        bank.calendars = format!(
            "  settle daily until {}d\n  settle monthly until 6M\n  step monthly until 6M",
            self.daily_until
        );
        if self.is_constant() {
            bank.more.push_str(&format!(
                "\nscenario steady extends normal {{\n  balance_sheet = constant(rate = {}%)\n}}",
                decimal(self.renewed_at, 3)
            ));
        }
        if !self.treasury.scenarios.is_empty() {
            bank.more.push('\n');
            bank.more.push_str(&self.treasury.text(bank.date));
            let names = self.treasury.names().join(", ");
            bank.asks = format!("  run stress, {names}\n  report volume, cover");
        }
        bank.stress = vec![
            format!(
                "shock outflow sight where segment == retail: to {}% over {}d",
                self.run_on_accounts.0, self.run_on_accounts.1
            ),
            format!("shock outflow term_deposit: {}%", self.run_on_deposits),
        ];
        if self.behaves {
            let names = bank.lines.iter().map(|line| line.name);
            let prepaid: Vec<&str> = names.filter(|name| PREPAID.contains(name)).collect();
            bank.behaviours = vec![
                format!(
                    "behaviour prepayment on {} {{\n  prepay = {}% per year\n  fee = {}%\n  accrued_on_exit = {}\n}}",
                    prepaid.join(" + "),
                    self.prepay,
                    self.fee,
                    if self.forfeited { "forfeited" } else { "paid" }
                ),
                format!(
                    "behaviour deposits on sight {{\n  core = {}%\n  decay = linear(term = {}M)\n{}{}}}",
                    self.core,
                    self.decay,
                    if self.overnight {
                        "  rest = overnight\n"
                    } else {
                        ""
                    },
                    self.beta.map_or(String::new(), |beta| format!(
                        "  reprice = beta(EURIBOR_3M, up = {}%, down = {}%, lag = {}M, floor = {}%)\n",
                        beta.up,
                        beta.down,
                        beta.lag,
                        decimal(beta.floor, 3)
                    )),
                ),
                format!(
                    "behaviour withdrawal on term_deposit {{\n  withdraw = {}% per year\n{}}}",
                    self.withdraw,
                    if self.daily {
                        "  observed = daily\n"
                    } else {
                        ""
                    }
                ),
                format!(
                    "behaviour losses on linear_loan {{\n  default = {}% per year\n  loss = {}%\n  recovered_after = {}M\n  prepay = 5% per year\n}}",
                    self.default, self.loss, self.recovered
                ),
            ];
        } else {
            bank.behaviours.clear();
        }
        let path: Vec<String> = self
            .index
            .iter()
            .map(|(after, level)| {
                format!("{}, {}%", bank.date + Days::new(*after), decimal(*level, 3))
            })
            .collect();
        let mut text = bank.text();
        let mut included = self.treasury.included(bank.date);
        for (at, swap) in self.swaps.iter().enumerate() {
            included.push_str(&swap.text(at, bank.date));
        }
        text = text.replace("  reconcile cash", &format!("{included}  reconcile cash"));
        text = text.replace(
            "forward(EUR_OIS, fixings = \"fixings.csv\")",
            &format!("path({})", path.join(", ")),
        );
        text = text.replace(
            "fixed(swap_rate(1d) + 20bp, daycount = act/360)",
            &format!("fixed({}%, daycount = act/360)", decimal(self.plug_rate, 3)),
        );
        if self.is_constant() {
            let rate = format!("constant(rate = {}%)", decimal(self.renewed_at, 3));
            text = text.replace(
                "balance_sheet = constant\n",
                &format!("balance_sheet = {rate}\n"),
            );
        }
        text
    }
}

/// A random world.
pub fn world(most: usize) -> impl Strategy<Value = World> {
    date()
        .prop_flat_map(move |date| {
            (
                (lines(date, most), loans(date, most)),
                (
                    prop_oneof![4 => 0..300_000_000i64, 1 => Just(0i64)],
                    prop_oneof![2 => 0..100_000_000i64, 1 => Just(0i64)],
                    0..4_000i64,
                ),
                (0..200_000_000i64, 0..20_000_000i64, 100..5_000i64),
                (
                    select(vec!["constant", "run_off"]),
                    any::<bool>(),
                    0..4_000i64,
                    -100..4_000i64,
                ),
                (
                    0..40i64,
                    any::<bool>(),
                    0..10i64,
                    0..=100i64,
                    1..30i64,
                    any::<bool>(),
                ),
                (
                    0..20i64,
                    any::<bool>(),
                    0..5i64,
                    0..100i64,
                    1..6u32,
                    (0..4u8, 0..100i64, 1..4u32, select(vec![0i64, 0, -200, 300])),
                ),
                (0..60i64, 1..90i64, 0..20i64),
                prop::collection::vec((1..60u64, -50..5_000i64), 3),
            )
                .prop_map(
                    move |(
                        (mut lines, loans),
                        (euro, us, cash_rate),
                        (capacity, minimum, plug_rate),
                        (balance_sheet, converts, renewed_at, curve),
                        (prepay, forfeited, fee, core, decay, overnight),
                        (withdraw, daily, default, loss, recovered, (behaves, down, lag, floor)),
                        (run, over, run_on_deposits),
                        steps,
                    )| {
                        let constant = balance_sheet == "constant";
                        // new business refuses days and amounts that a position states for itself
                        lines.extend(
                            loans
                                .into_iter()
                                .filter(|line| !constant || line.name == "variable_loan"),
                        );
                        for line in &mut lines {
                            line.priced = false;
                            line.lots = true;
                            if line.name == "sight" && line.daycount.starts_with("30") {
                                line.daycount = "act/365";
                            }
                        }
                        let mut index = vec![(0, 2_100)];
                        for (after, level) in steps {
                            let last = index.last().unwrap().0;
                            index.push((last + after, level));
                        }
                        World {
                            bank: Bank {
                                date,
                                lines,
                                cash: [euro, us],
                                cash_rate,
                                capacity,
                                minimum,
                                curve: [3, 12, 36, 120]
                                    .into_iter()
                                    .map(|months| (months, curve))
                                    .collect(),
                                dollar: 9214,
                                balance_sheet,
                                rates: "forwards",
                                behaviours: Vec::new(),
                                stress: Vec::new(),
                                calendars: String::new(),
                                more: String::new(),
                                asks: "  run stress\n  report volume".into(),
                                equity: 0,
                                converts,
                                relabelled: false,
                            },
                            prepay,
                            forfeited,
                            fee,
                            core,
                            decay,
                            overnight,
                            withdraw,
                            daily,
                            default,
                            loss,
                            recovered,
                            behaves: behaves > 0,
                            beta: (behaves > 1).then_some(Beta {
                                up: prepay * 2,
                                down,
                                lag,
                                floor,
                            }),
                            run_on_accounts: (run, over),
                            run_on_deposits,
                            index,
                            renewed_at,
                            plug_rate,
                            treasury: Treasury::default(),
                            swaps: Vec::new(),
                            daily_until: 40,
                        }
                    },
                )
        })
        .prop_map(|mut world| {
            world.bank.more = "metric volume: money = sum(assets: balance)
metric inside: money = sum(assets: due(30d)) - sum(liabilities: due(30d))
metric paying: money = sum(assets: interest(30d)) - sum(liabilities: interest(30d))
metric value: money = sum(assets: pv) - sum(liabilities: pv)
metric low: money = min(headroom during 60d)"
                .into();
            world.bank.asks = "  run stress\n  report volume, inside, paying, value, low".into();
            world
        })
}
