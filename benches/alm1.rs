//! Workload ALM-1 through the contract kernels: `cargo bench --bench alm1 -- --positions 200000 [--out FILE]`.
//!
//! Annuities, bullets, floaters, linear loans and deposits, all paying on the first of the month, in seven rate scenarios;
//! the value of every contract in every scenario, interest of 36 months, principal of 360. The sink keeps those in place of
//! group vectors; the contracts are the engine's own. The timed and reported run is unrounded binary64; `note` gives the same
//! run at the engine's quantum. Prints one JSON line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::marker::PhantomData;
use std::process::ExitCode;
use std::time::Instant;

use plimsoll::calendar::{Date, DayCount, Tenor};
use plimsoll::contract::{
    Accrual, Amount, Block, Column, Columns, Exposure, Floating, IndexId, InterestFlow, LegTerms,
    PrincipalFlow, Repayment, Sink, Span, project,
};
use plimsoll::quantity::{CurrencyCode, Rate};

const SCENARIOS: usize = 7;
const MONTHS: usize = 360;
const SEED: u64 = 20_260_101;
/// Quanta a unit: EUR.
const QUANTA: f64 = 10_000.0;
const BASIS_POINT: i64 = 100_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Annuity,
    Bullet,
    Floater,
    Linear,
    Deposit,
}

/// The first of the k-th month after January 2026.
fn month(k: i32) -> Date {
    Date::from_ymd(2026 + k / 12, (k % 12 + 1) as u32, 1).expect("within the calendar")
}

/// Months from January 2026.
fn month_number(day: Date) -> usize {
    let (year, month, _) = day.ymd();
    ((year - 2026) * 12 + month as i32 - 1) as usize
}

/// Uniform in [0, 1): field `j` of position `i`.
fn uniform(i: u64, j: u64) -> f64 {
    let mut z = SEED.wrapping_add((i * 8 + j + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 53) as f64
}

fn floor(x: f64) -> i64 {
    x as i64 // not negative here
}

/// Discount factors by scenario and month, and the floored three-month forwards.
struct Curves {
    discount: Vec<[f64; SCENARIOS]>,
    forward: Vec<[f64; SCENARIOS]>,
}

fn curves() -> Curves {
    let nodes = [1, 3, 6, 12, 24, 36, 60, 84, 120, 180, 240, 360];
    let zeros = [
        2.00, 2.02, 2.05, 2.10, 2.15, 2.25, 2.45, 2.60, 2.80, 3.00, 3.05, 2.95,
    ];
    let t = |k: i32| f64::from(month(k) - month(0)) / 365.0;
    let mut discount = vec![[1.0; SCENARIOS]; MONTHS + 1];
    for s in 0..SCENARIOS {
        let rates: Vec<(f64, f64)> = nodes
            .iter()
            .zip(zeros)
            .map(|(k, zero)| {
                let t = t(*k);
                let short = 0.0250 * libm::exp(-t / 4.0);
                let long = 0.0100 * (1.0 - libm::exp(-t / 4.0));
                let shock = [
                    0.0,
                    0.02,
                    -0.02,
                    -0.65 * short + 0.9 * long,
                    0.8 * short - 0.6 * long,
                    short,
                    -short,
                ][s];
                (t, zero / 100.0 + shock)
            })
            .collect();
        let zero = |t: f64| {
            let place = rates.partition_point(|(node, _)| *node < t);
            if place == 0 {
                return rates[0].1;
            }
            let ((t0, z0), (t1, z1)) = (rates[place - 1], rates[place.min(rates.len() - 1)]);
            if t1 > t0 {
                z0 + (z1 - z0) / (t1 - t0) * (t - t0)
            } else {
                z1
            }
        };
        for (k, row) in discount.iter_mut().enumerate().skip(1) {
            let t = t(k as i32);
            row[s] = libm::exp(-zero(t) * t);
        }
    }
    let mut forward = vec![[0.0; SCENARIOS]; MONTHS + 1];
    for q in 0..=MONTHS - 3 {
        for s in 0..SCENARIOS {
            let rate =
                (discount[q][s] / discount[q + 3][s] - 1.0) / (t(q as i32 + 3) - t(q as i32));
            forward[q][s] = if rate > 0.0 { rate } else { 0.0 };
        }
    }
    Curves { discount, forward }
}

/// Positions of one kind and day count, and their numbers in the workload.
struct Batch {
    terms: LegTerms,
    columns: Columns,
    numbers: Vec<u32>,
    sign: f64,
}

fn batches(n: u64) -> Vec<Batch> {
    let mut batches = Vec::new();
    for kind in [
        Kind::Annuity,
        Kind::Bullet,
        Kind::Floater,
        Kind::Linear,
        Kind::Deposit,
    ] {
        for day_count in [DayCount::Thirty360E, DayCount::Act365] {
            let every = Tenor::months(1);
            let repayment = match kind {
                Kind::Annuity => Repayment::Annuity { every },
                Kind::Linear => Repayment::Linear { every },
                _ => Repayment::Bullet,
            };
            let accrual = match kind {
                Kind::Floater => Accrual::Index {
                    index: IndexId(0),
                    reset: Tenor::months(3),
                    lag: 0,
                    every: Some(every),
                    rounding: None,
                    in_arrears: false,
                },
                _ => Accrual::Fixed { every: Some(every) },
            };
            let mut terms = LegTerms::new(CurrencyCode::EUR, repayment, accrual, day_count);
            // of a third of the floaters the reset falls on the valuation day and its fixing is the scenario's
            (terms.arrears, terms.month_end) = (true, Some(false));
            let sign = if kind == Kind::Deposit { -1.0 } else { 1.0 };
            batches.push((
                kind,
                Batch {
                    terms,
                    columns: Columns::default(),
                    numbers: Vec::new(),
                    sign,
                },
            ));
        }
    }
    let mut loose: Vec<Vec<(i128, Rate, Date, Rate, Date)>> =
        batches.iter().map(|_| Vec::new()).collect();
    for i in 0..n {
        let class = floor(100.0 * uniform(i, 0));
        let (kind, cap) = match class {
            0..40 => (0, 360.0),
            40..60 => (1, 360.0),
            60..80 => (2, 357.0),
            80..90 => (3, 360.0),
            _ => (4, 60.0),
        };
        let notional = 1000 + floor(999_001.0 * uniform(i, 1));
        let rate = (50 + floor(701.0 * uniform(i, 2))) * BASIS_POINT;
        let months = 1 + floor(cap * uniform(i, 3));
        let batch = kind * 2 + usize::from(uniform(i, 4) >= 0.5);
        let phase = floor(3.0 * uniform(i, 5));
        let spread = (25 + floor(276.0 * uniform(i, 6))) * BASIS_POINT;
        let principal = i128::from(notional) * QUANTA as i128;
        loose[batch].push((
            principal,
            Rate(rate),
            month(months as i32),
            Rate(spread),
            month(phase as i32),
        ));
        batches[batch].1.numbers.push(i as u32);
    }
    for ((kind, batch), rows) in batches.iter_mut().zip(loose) {
        let columns = &mut batch.columns;
        columns.principal = rows.iter().map(|row| row.0).collect();
        columns.maturity = Column::of(rows.iter().map(|row| row.2));
        columns.accrued = Column::Same(0);
        if *kind == Kind::Floater {
            // the first periods pay the rate of the position, whole: fixing = rate - spread
            columns.last_fixing = Column::of(rows.iter().map(|row| Rate(row.1.0 - row.3.0)));
            columns.spread = Column::of(rows.iter().map(|row| row.3));
            columns.next_reset = Column::of(rows.iter().map(|row| row.4));
        } else {
            columns.rate = Column::of(rows.iter().map(|row| row.1));
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

struct Results {
    /// By scenario, then position, in quanta.
    value: Vec<Vec<f64>>,
    interest: Vec<[f64; SCENARIOS]>,
    principal: Vec<f64>,
}

/// Values every contract in every scenario as its blocks come.
struct Valuer<'a, A> {
    curves: &'a Curves,
    numbers: &'a [u32],
    sign: f64,
    results: &'a mut Results,
    /// Values of the block's positions, by scenario: kept while its days go by.
    running: [Vec<f64>; SCENARIOS],
    /// The positions of the running block.
    places: Vec<u32>,
    amount: PhantomData<A>,
}

impl<A> Valuer<'_, A> {
    /// Puts the values of the block that has ended where they belong.
    fn settle(&mut self) {
        for (values, running) in self.results.value.iter_mut().zip(&self.running) {
            for (place, value) in self.places.iter().zip(running) {
                if let Some(number) = self.numbers.get(*place as usize) {
                    values[*number as usize] = self.sign * value;
                }
            }
        }
        self.places.clear();
    }
}

impl<A: Amount> Sink for Valuer<'_, A> {
    type Amount = A;
    const ACCRUALS: bool = false;
    const MARGIN: bool = false;
    const BLOCKS: bool = true;

    fn principal(&mut self, _: usize, _: &PrincipalFlow<A>) {
        panic!("every contract of the workload goes in a block");
    }
    fn interest(&mut self, _: usize, _: &InterestFlow<A>) {
        panic!("every contract of the workload goes in a block");
    }
    fn exposure(&mut self, _: usize, _: &Exposure<A>) {
        panic!("every contract of the workload goes in a block");
    }

    fn block(&mut self, block: &Block<'_>) {
        let k = month_number(block.paid);
        if self.places.first() != block.positions.first() {
            self.settle();
            self.places.extend_from_slice(block.positions);
            for running in &mut self.running {
                running.clear();
                running.resize(block.positions.len(), 0.0);
            }
        }
        let discount = &self.curves.discount[k];
        let sign = self.sign;
        self.results.principal[k] += sign * block.principal.iter().sum::<f64>();
        let base: f64 = if k <= 36 {
            block.interest.iter().sum()
        } else {
            0.0
        };
        let rates = block.exposure.map(|exposure| {
            let part = exposure.numerator as f64 / exposure.denominator as f64;
            self.curves.forward[month_number(exposure.period_start)].map(|rate| rate * part)
        });
        let held: f64 = if k <= 36 && rates.is_some() {
            block.balance.iter().sum()
        } else {
            0.0
        };
        if k <= 36 {
            for (s, interest) in self.results.interest[k].iter_mut().enumerate() {
                *interest += sign * (base + rates.map_or(0.0, |rates| held * rates[s]));
            }
        }
        let lanes = block.positions.len();
        for (s, running) in self.running.iter_mut().enumerate() {
            let running = &mut running[..lanes];
            let discount = discount[s];
            let flows = block.interest.iter().zip(block.principal);
            match rates {
                None => {
                    for (value, (interest, principal)) in running.iter_mut().zip(flows) {
                        *value += (interest + principal) * discount;
                    }
                }
                Some(rates) => {
                    let rate = rates[s];
                    for ((value, (interest, principal)), balance) in
                        running.iter_mut().zip(flows).zip(block.balance)
                    {
                        *value += (interest + balance * rate + principal) * discount;
                    }
                }
            }
        }
    }
}

fn run<A: Amount>(batches: &[Batch], curves: &Curves, n: usize) -> Results {
    let mut results = Results {
        value: vec![vec![0.0; n]; SCENARIOS],
        interest: vec![[0.0; SCENARIOS]; 37],
        principal: vec![0.0; MONTHS + 1],
    };
    let span = Span {
        valuation: month(0),
        horizon: month(MONTHS as i32),
    };
    for batch in batches {
        let mut sink = Valuer::<A> {
            curves,
            numbers: &batch.numbers,
            sign: batch.sign,
            results: &mut results,
            running: Default::default(),
            places: Vec::new(),
            amount: PhantomData,
        };
        let errors = project(
            &batch.terms,
            &batch.columns,
            span,
            Floating::Exposures,
            &mut sink,
        );
        assert!(errors.is_empty(), "{:?}", errors.first());
        sink.settle();
    }
    results
}

/// CPU seconds, user and system, of the one thread that all runs on, where the system tells them to the nanosecond.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kilobytes = line.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

/// The median run by CPU time of a few: results, CPU and wall seconds. Without a CPU clock the wall's is taken.
fn timed(repetitions: usize, run: impl Fn() -> Results) -> (Results, f64, f64) {
    let mut runs: Vec<(Results, f64, f64)> = (0..repetitions)
        .map(|_| {
            let (cpu, wall) = (cpu_seconds(), Instant::now());
            let results = run();
            let wall = wall.elapsed().as_secs_f64();
            let cpu = cpu.zip(cpu_seconds()).map_or(wall, |(from, to)| to - from);
            (results, cpu, wall)
        })
        .collect();
    runs.sort_by(|a, b| a.1.total_cmp(&b.1));
    runs.swap_remove(repetitions / 2)
}

/// The rows of the result file: name and value in units.
fn rows(results: &Results) -> Vec<(String, f64)> {
    let mut rows = Vec::new();
    for (s, values) in results.value.iter().enumerate() {
        let total: f64 = values.iter().sum();
        let weight = |i: usize| (i as u64).wrapping_mul(2_654_435_761) % 1000;
        let weighted: f64 = values
            .iter()
            .enumerate()
            .map(|(i, value)| value * (weight(i) as f64 / 1000.0))
            .sum();
        rows.push((format!("pv {s}"), total / QUANTA));
        rows.push((format!("wpv {s}"), weighted / QUANTA));
        for (k, interest) in results.interest.iter().enumerate().skip(1) {
            rows.push((format!("nii {s} {k}"), interest[s] / QUANTA));
        }
        for (k, principal) in results.principal.iter().enumerate().skip(1) {
            rows.push((format!("prin {s} {k}"), principal / QUANTA));
        }
    }
    rows
}

fn arguments() -> Result<(u64, Option<String>), String> {
    let (mut positions, mut out) = (200_000, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--positions" => {
                positions = value()?
                    .parse()
                    .map_err(|_| "--positions needs a number".to_owned())?
            }
            "--out" => out = Some(value()?),
            "--bench" => {}
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok((positions, out))
}

fn main() -> ExitCode {
    let (positions, out) = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let (batches, curves, n) = (batches(positions), curves(), positions as usize);
    let (unrounded, cpu, wall) = timed(3, || run::<f64>(&batches, &curves, n));
    let (exact, exact_cpu, _) = timed(3, || run::<i128>(&batches, &curves, n));
    let (unrounded, exact) = (rows(&unrounded), rows(&exact));
    let distance = unrounded
        .iter()
        .zip(&exact)
        .map(|((_, x), (_, y))| (x - y).abs() / x.abs().max(1.0))
        .fold(0.0, f64::max);
    let note =
        format!("unrounded, 1 thread; at the quantum: {exact_cpu:.6} CPU s, {distance:.1e} away");
    println!(
        "{{\"peer\": \"plimsoll\", \"n\": {n}, \"scen\": {SCENARIOS}, \"cpu_s\": {cpu:.6}, \"wall_s\": {wall:.6}, \
         \"rss_mb\": {:.1}, \"note\": \"{note}\"}}",
        peak_megabytes(),
    );
    if let Some(path) = out {
        let mut text = String::new();
        for (name, value) in &unrounded {
            let _ = writeln!(text, "{name} {value:.17e}");
        }
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
