//! What must not matter: the order of rows, the number of threads, the layout of the text, an overlay that says nothing.

use std::path::Path;

use plimsoll::plan::digests as digests_of;
use plimsoll::tabular::Memory;
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::{Program, compiled, digests, one_text, texts_of};

/// Reports of every kind.
fn reporting(mut bank: Bank) -> Bank {
    bank.more = "
dimension band: tenor = up to 1M | up to 6M | beyond
metric volume: money = sum(assets: balance)
metric owed: money = sum(liabilities: balance + accrued)
metric income: money = sum(net_interest during 3M)
metric value: money = sum(assets: pv) - sum(liabilities: pv)
metric gap: money = sum(assets: maturing(band)) - sum(liabilities: maturing(band))
metric need: money = unmet
collateral homes on bullet_loan + annuity_loan {
  secures        = own_bond
  overcollateral = 12%
}
metric lacking: money = uncovered(homes)
metric unencumbered: money = sum(assets: free)
limit enough { require volume >= 1mn EUR else warning }"
        .into();
    bank.calendars =
        "  settle daily until 10d\n  settle monthly until 5M\n  step monthly until 2M".into();
    bank.asks = "  run stress\n  report volume, owed, income, value, need, equity, lacking\n  report volume, owed, unencumbered by segment\n  report gap by band".into();
    bank
}

fn outputs(
    program: &Program,
    exercise: &str,
    data: &Memory,
    threads: usize,
) -> Vec<(String, String)> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let files = digests(&pool.install(|| program.records(exercise, data)));
    files.into_iter().collect()
}

fn shuffled<T: Clone>(list: &[T], seed: u64) -> Vec<T> {
    let mut order: Vec<(u64, usize)> = (0..list.len())
        .map(|at| {
            (
                (at as u64 + 1)
                    .wrapping_mul(seed | 1)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                    >> 7,
                at,
            )
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| list[at].clone()).collect()
}

proptest! {
    #![proptest_config(cases(3))]

    /// I1: rows in any order, 1, 2 or 4 threads: the same bytes of metrics, ledger and trace.
    #[test]
    fn i01_order_and_threads(bank in bank(4), seed in any::<u64>()) {
        let bank = reporting(bank);
        let program = one_text(&bank.text());
        let plain = outputs(&program, "check", &bank.data(), 1);
        let mut other = bank.clone();
        for line in &mut other.lines {
            line.rows = shuffled(&line.rows, seed);
        }
        for threads in [2, 4] {
            prop_assert_eq!(&plain, &outputs(&program, "check", &other.data(), threads));
        }
    }

    /// I7: comments, blank lines, the order of declarations and the parting into files leave the digest of numbers, and so the numbers, as they are.
    #[test]
    fn i07_layout_of_the_text(bank in bank(2), seed in any::<u64>()) {
        let bank = reporting(bank);
        let text = bank.text();
        let program = one_text(&text);
        let mut declarations: Vec<String> = Vec::new();
        for line in text.lines() {
            let begins = line.starts_with(|c: char| c.is_ascii_lowercase());
            match declarations.last_mut() {
                Some(last) if !begins => {
                    last.push_str(line);
                    last.push('\n');
                }
                _ => declarations.push(format!("{line}\n")),
            }
        }
        let mut files = vec![String::new(), String::from("//! Moved\n")];
        for (at, declaration) in shuffled(&declarations, seed).into_iter().enumerate() {
            let laid_out = declaration.replace(" = ", "  =   ").replacen('\n', "   // said\n\n", 1);
            files[at % 2].push_str(&laid_out);
        }
        let files: Vec<(String, String)> = files.into_iter().enumerate().map(|(at, text)| (format!("moved/{at}.plim"), text)).collect();
        let moved = compiled(&files);
        prop_assert_eq!(digests_of(&program.plan).unwrap().numbers, digests_of(&moved.plan).unwrap().numbers);
        let (a, b) = (program.records("check", &bank.data()), moved.records("check", &bank.data()));
        let value = |records: &plimsoll::engine::observe::Recorder| -> Vec<_> {
            records.metrics.iter().map(|m| (m.key.clone(), m.value.clone())).collect()
        };
        prop_assert_eq!(value(&a), value(&b));
        prop_assert_eq!(a.postings, b.postings);
    }

    /// I7: a scenario that says nothing is the one it extends; a shock of nothing is no shock.
    #[test]
    fn i07_empty_overlay(bank in bank(2)) {
        let mut bank = reporting(bank);
        bank.more.push_str("\nscenario silent extends normal {\n}\nscenario nothing extends normal {\n  shock rates all: 0bp\n  shock outflow sight: 0%\n  shock fx USD: 0%\n}");
        bank.asks = bank.asks.replace("run stress", "run silent\n  run nothing");
        let program = one_text(&bank.text());
        let records = program.records("check", &bank.data());
        let of = |scenario: &str| -> Vec<_> {
            records.metrics.iter().filter(|m| m.key.scenario == scenario)
                .map(|m| (m.key.metric.clone(), m.key.date.clone(), m.key.member.clone(), m.value.clone())).collect()
        };
        prop_assert!(!of("normal").is_empty());
        prop_assert_eq!(of("normal"), of("silent"));
        prop_assert_eq!(of("normal"), of("nothing"));
        let ledger = |scenario: &str| -> Vec<_> {
            records.postings.iter().filter(|p| p.scenario == scenario)
                .map(|p| (p.date.clone(), p.account.clone(), p.cause.clone(), p.amount, p.reporting_amount)).collect()
        };
        prop_assert_eq!(ledger("normal"), ledger("silent"));
        prop_assert_eq!(ledger("normal"), ledger("nothing"));
    }
}

/// I1 for the bank of the template, with all that its reports read.
#[test]
fn i01_template() {
    let mut texts = texts_of("templates/sample");
    texts.retain(|(name, _)| name != "tests.plim" && name != "exercise.plim");
    let exercise = "
metric survival: tenor = first(headroom < 0 during 3M, otherwise = 3M)
exercise short {
  book   = banking_book
  market = main
  base   = baseline
  run squeeze
  settle daily until 5d
  settle monthly until 1M
  step monthly until 1M
  report lcr, nsfr, hqla, eve, equity, survival
}";
    texts.push(("exercise.plim".into(), exercise.into()));
    let program = compiled(&texts);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/sample/data/2026-09-30");
    let data = |reversed: bool| {
        let mut data = Memory::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines: Vec<&str> = text.lines().collect();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if reversed && !name.starts_with("eur") {
                lines[1..].reverse();
            }
            data = data.with(&format!("data/2026-09-30/{name}"), lines.join("\n"));
        }
        data
    };
    let plain = outputs(&program, "short", &data(false), 1);
    assert_eq!(plain, outputs(&program, "short", &data(true), 4));
}
