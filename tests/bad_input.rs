//! Bad input from end to end, with the command itself: what is broken is refused with exit code 1 and a diagnostic that names
//! the place, and nothing is written: no bundle, no half of one, nothing beside it. The bank is `tests/mini_bank`, which reads
//! every kind of input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const LOANS: &str = "data/2026-09-30/loans.csv";
const EUR: &str = "data/2026-09-30/eur.csv";

/// A copy of the mini bank in a folder of its own; its project is `bank`.
struct Bank {
    folder: tempfile::TempDir,
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All paths below a folder, sorted.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listing(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

impl Bank {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mini_bank");
        copy(&mini, &folder.path().join("bank"));
        Bank { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("bank").join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Replaces the one place of a file that says `old`.
    fn edit(&self, name: &str, old: &str, new: &str) -> &Self {
        let text = self.text(name);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        self.write(name, text.replace(old, new))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    fn run(&self) -> Output {
        self.command(&["run", "bank", "--out", "results/bundle"])
            .output()
            .unwrap()
    }

    /// Runs and sees the run refused, with all of `said` in its diagnostics and nothing written.
    fn refused(&self, what: &str, said: &[&str]) {
        let before = listing(self.folder.path());
        let output = self.run();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {printed}");
        for part in said {
            // the drawing of a diagnostic may break a line
            let flat: String = printed.split_whitespace().collect();
            let part: String = part.split_whitespace().collect();
            assert!(
                flat.contains(&part),
                "{what} does not say `{part}`:\n{printed}"
            );
        }
        assert!(!printed.contains("E0999"), "{what}: {printed}");
        assert!(printed.contains("nothing was written"), "{what}: {printed}");
        assert!(
            output.stdout.is_empty(),
            "{what} prints results all the same"
        );
        assert_eq!(listing(self.folder.path()), before, "{what} leaves traces");
    }
}

#[test]
fn the_bank_itself_runs_and_is_verified() {
    let bank = Bank::new();
    let output = bank.run();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "a pipe gets no progress bar");
    assert!(!output.stdout.contains(&0x1b), "a pipe gets no colours");
    let verified = bank
        .command(&["verify", "results/bundle"])
        .output()
        .unwrap();
    assert_eq!(verified.status.code(), Some(0));
}

#[test]
fn texts_that_are_none() {
    type Case = (&'static str, Vec<u8>, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("zeros", vec![0; 300], &["bank.plim"]),
        (
            "not utf-8",
            b"let size\xff: ratio = 5%\n".to_vec(),
            &["bank.plim", "UTF-8"],
        ),
        (
            "a picture",
            (0..=255).cycle().take(5_000).collect(),
            &["bank.plim"],
        ),
        (
            "brackets",
            b"let x: ratio = "
                .iter()
                .copied()
                .chain(std::iter::repeat_n(b'(', 100_000))
                .collect(),
            &["bank.plim"],
        ),
        (
            "utf-16",
            "let x: ratio = 5%"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            &["bank.plim"],
        ),
        ("nothing", Vec::new(), &["`small` is not known"]),
    ];
    for (what, bytes, said) in cases {
        let bank = Bank::new();
        bank.write("bank.plim", bytes);
        bank.refused(what, said);
    }
}

#[test]
fn terms_that_a_position_states_for_itself_are_not_renewed() {
    let bank = Bank::new();
    bank.edit(
        "bank.plim",
        "fixed([rate] * 1%, every = 1Y, daycount = act/360)",
        "fixed([rate] * 1%, steps = schedule(2028-06-30, 4%), every = 1Y, daycount = act/360)
  original_term = 5Y
  margin        = 1%",
    )
    .edit(
        "run.plim",
        "balance_sheet = run_off",
        "balance_sheet = constant",
    )
    .edit(
        "run.plim",
        "settle monthly until 3M",
        "settle monthly until 5M",
    );
    let lost = "a constant balance sheet cannot keep `steps` of `deposit`, which position `D1` states for itself";
    bank.refused("steps", &[lost]);
}

#[test]
fn prefixes_of_a_good_text() {
    let bank = Bank::new();
    let whole = bank.text("run.plim");
    // the last declaration is the exercise: without its end it is either no text or lacks what a run needs
    let exercise = whole.find("exercise").unwrap();
    for end in (0..exercise + 40).step_by(23) {
        let end = (0..=end)
            .rev()
            .find(|&at| whole.is_char_boundary(at))
            .unwrap();
        bank.write("run.plim", &whole[..end]);
        bank.refused(&format!("the first {end} bytes"), &[]);
    }
}

#[test]
fn circles_and_doubles() {
    let bank = Bank::new();
    let run = bank.text("run.plim");
    bank.write(
        "run.plim",
        format!("{run}metric a: money = b\nmetric b: money = a + total\n"),
    );
    bank.refused("a circular metric", &["run.plim:", "`a`"]);

    let bank = Bank::new();
    bank.write("a.plim", "let one: ratio = other\nlet other: ratio = one\n");
    bank.refused("a circular let", &["a.plim:1:"]);

    let bank = Bank::new();
    bank.write("a.plim", "use bank: total\n");
    bank.refused("a module that is none", &["a.plim:1:"]);

    let bank = Bank::new();
    bank.edit(LOANS, "L2,", "L1,");
    bank.refused("a repeated id", &["`L1`", LOANS, "3"]);

    let bank = Bank::new();
    bank.edit(LOANS, "L2,", ",");
    bank.refused("a missing id", &[LOANS, "row 3", "id"]);
}

/// What is wrong in a position file, and what the message names.
#[test]
fn position_files() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            "a renamed column",
            "outstanding,",
            "outstandig,",
            &[
                "`outstanding`",
                "loans.csv",
                "bank.plim:",
                "did you mean `[outstandig]`",
            ],
        ),
        (
            "a missing column",
            ",seg\n",
            "\n",
            &["`seg`", "loans.csv", "bank.plim:"],
        ),
        (
            "a word for a number",
            "2000000.00",
            "two million",
            &["row 4", "`outstanding`", "two million"],
        ),
        (
            "a decimal comma",
            "2000000.00",
            "\"2000000,00\"",
            &["row 4", "`outstanding`", "2000000,00"],
        ),
        (
            "a non-breaking space",
            "2000000.00",
            "2\u{a0}000\u{a0}000.00",
            &["row 4", "`outstanding`"],
        ),
        (
            "a Unicode minus",
            "4.20",
            "\u{2212}4.20",
            &["row 4", "`coupon`", "minus"],
        ),
        (
            "another date format",
            "2027-09-15,4.20",
            "15.09.2027,4.20",
            &["row 4", "`maturity`", "15.09.2027"],
        ),
        (
            "a date before the book's",
            "2027-09-15,4.20",
            "2025-09-15,4.20",
            &["row 4", "`maturity`", "2025-09-15", "2026-09-30"],
        ),
        (
            "a date that is none",
            "2027-09-15,4.20",
            "2027-02-30,4.20",
            &["row 4", "`maturity`", "2027-02-30"],
        ),
        (
            "an empty cell",
            "2000000.00",
            "",
            &["row 4", "`outstanding`"],
        ),
        (
            "a negative principal",
            "2000000.00",
            "-2000000.00",
            &["row 4", "-2000000.00"],
        ),
        (
            "a rate in another unit",
            "4.20",
            "420",
            &["row 4", "`coupon`", "420"],
        ),
        (
            "an unknown currency",
            "USD",
            "USX",
            &["row 4", "`ccy`", "USX"],
        ),
        ("a currency without curve and rate", "USD", "CHF", &["CHF"]),
        (
            "a value without a row in the table",
            ",C\n",
            ",X\n",
            &["`segment_of`", "X"],
        ),
        (
            "too many cells",
            ",C\n",
            ",C,,,7\n",
            &["row 4", "loans.csv"],
        ),
        (
            "too few cells",
            ",2026-09-15,C\n",
            "\n",
            &["row 4", "loans.csv"],
        ),
        ("an open quote", "L3,", "\"L3,", &["loans.csv"]),
    ];
    for (what, old, new, said) in cases {
        let bank = Bank::new();
        let text = bank.text(LOANS);
        let at = text.rfind(old).unwrap();
        bank.write(
            LOANS,
            format!("{}{new}{}", &text[..at], &text[at + old.len()..]),
        );
        bank.refused(what, said);
    }
}

#[test]
fn position_files_as_bytes() {
    let bank = Bank::new();
    bank.write(LOANS, "");
    bank.refused("an empty file", &["loans.csv", "empty"]);

    let bank = Bank::new();
    let mut bytes = bank.text(LOANS).into_bytes();
    bytes.extend(b"L\xe9,EUR,1.00,2027-09-15,1.00,2026-09-15,C\n");
    bank.write(LOANS, bytes);
    bank.refused("a file that is not UTF-8", &["loans.csv", "UTF-8"]);

    let bank = Bank::new();
    let text = bank.text(LOANS);
    bank.write(LOANS, text.replace("2000000.00", &"9".repeat(10_000_000)));
    bank.refused("a number of 10 MB", &["loans.csv", "row 4"]);

    let bank = Bank::new();
    let text = bank.text(LOANS);
    let (first, rest) = text.split_once('\n').unwrap();
    let long = rest.replacen("L1,", &format!("L{},", "1".repeat(10_000_000)), 1);
    bank.write(LOANS, format!("{first}\n{long}"));
    bank.refused(
        "a text of 10 MB",
        &["loans.csv", "row 2", "10,000,001 bytes"],
    );

    let bank = Bank::new();
    bank.write(LOANS, (0..=255u8).cycle().take(100_000).collect::<Vec<_>>());
    bank.refused("a file of any bytes", &["loans.csv"]);

    let bank = Bank::new();
    std::fs::remove_file(bank.path(LOANS)).unwrap();
    std::fs::create_dir(bank.path(LOANS)).unwrap();
    bank.refused("a folder in place of a file", &["loans.csv"]);
}

#[test]
fn line_ends_of_another_system_are_read() {
    let bank = Bank::new();
    let plain = bank.run();
    assert_eq!(plain.status.code(), Some(0));
    let metrics =
        |bank: &Bank| std::fs::read(bank.folder.path().join("results/bundle/metrics.csv")).unwrap();
    let before = metrics(&bank);
    for name in [LOANS, EUR, "bank.plim", "market.plim", "run.plim"] {
        let text = bank.text(name).replace('\n', "\r\n");
        bank.write(name, text);
    }
    let output = bank.run();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert_eq!(metrics(&bank), before);
}

#[test]
fn market_files() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        ("a curve's file is empty", EUR, "", &["eur.csv"]),
        (
            "a curve's file has a heading alone",
            EUR,
            "tenor,value\n",
            &["eur.csv"],
        ),
        (
            "a curve lacks a pillar",
            EUR,
            "tenor,value\n3M,0.021\n5Y,0.025\n",
            &["eur.csv", "3", "2"],
        ),
        (
            "a curve's column is renamed",
            EUR,
            "tenor,rate\n3M,0.021\n1Y,0.022\n5Y,0.025\n",
            &["eur.csv", "value"],
        ),
        (
            "a pillar is a word",
            EUR,
            "tenor,value\n3M,0.021\nlong,0.022\n5Y,0.025\n",
            &["eur.csv", "row 3", "long"],
        ),
        (
            "a rate in per cent",
            EUR,
            "tenor,value\n3M,2.1\n1Y,2.2\n5Y,2.5\n",
            &["eur.csv"],
        ),
        (
            "a fixing is missing",
            "data/2026-09-30/euribor.csv",
            "date,value\n2026-09-30,0.0210\n",
            &["`EURIBOR_3M`", "2026-08-31"],
        ),
        (
            "a fixing twice",
            "data/2026-09-30/euribor.csv",
            "date,value\n2026-08-31,0.0205\n2026-08-31,0.0206\n2026-09-30,0.0210\n",
            &["euribor.csv", "2026-08-31"],
        ),
    ];
    for (what, name, text, said) in cases {
        let bank = Bank::new();
        bank.write(name, text);
        bank.refused(what, said);
    }
    let gone: &[(&str, &str)] = &[
        (EUR, "eur.csv"),
        ("data/2026-09-30/euribor.csv", "euribor.csv"),
        (LOANS, "loans.csv"),
    ];
    for (name, said) in gone {
        let bank = Bank::new();
        std::fs::remove_file(bank.path(name)).unwrap();
        bank.refused(&format!("{name} is gone"), &[said, "no file"]);
    }
}

#[test]
fn what_the_text_no_longer_says() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            "a discount curve",
            "market.plim",
            "  discount USD = USD_GOV\n",
            "",
            &["USD"],
        ),
        (
            "a rate of exchange",
            "market.plim",
            "  fx       USD = 0.9214 EUR\n",
            "",
            &["USD"],
        ),
        (
            "an index",
            "market.plim",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAA, fixings = \"data/{at}/euribor.csv\")\n",
            "",
            &["`EURIBOR_3M`"],
        ),
        (
            "a curve",
            "market.plim",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAA,",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAB,",
            &["`EUR_AAB`", "market.plim:4", "did you mean `EUR_AAA`"],
        ),
        (
            "a row of a table",
            "bank.plim",
            "  \"C\" = corporate\n",
            "",
            &["`segment_of`", "C"],
        ),
        (
            "a row of a table by dimension",
            "bank.plim",
            "  corporate = 100%\n",
            "",
            &["`weight`", "corporate"],
        ),
    ];
    for (what, name, old, new, said) in cases {
        let bank = Bank::new();
        bank.edit(name, old, new);
        bank.refused(&format!("without {what}"), said);
    }
}

/// A bundle that stands already is kept whatever happens to the next run, and what is no bundle is never touched.
#[test]
fn what_stands_at_the_place_is_kept() {
    let bank = Bank::new();
    assert_eq!(bank.run().status.code(), Some(0));
    bank.edit(LOANS, "2000000.00", "two million");
    let card = bank.folder.path().join("results/bundle/run.json");
    let before = std::fs::read(&card).unwrap();
    bank.refused("a bad run over a good bundle", &["row 4"]);
    assert_eq!(std::fs::read(&card).unwrap(), before);

    let bank = Bank::new();
    let own = bank.folder.path().join("results/bundle");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("thesis.txt"), "years of work").unwrap();
    bank.refused(
        "a folder that is no bundle",
        &["results/bundle", "no bundle"],
    );
    assert_eq!(
        std::fs::read(own.join("thesis.txt")).unwrap(),
        b"years of work"
    );

    let bank = Bank::new();
    assert_eq!(bank.run().status.code(), Some(0));
    std::fs::write(bank.folder.path().join("results/bundle/notes.txt"), "mine").unwrap();
    bank.refused("a bundle with something beside it", &["notes.txt"]);
}

#[test]
fn a_command_line_that_is_wrong() {
    let bank = Bank::new();
    for arguments in [
        &["run", "bank", "--scenario", "shakn"][..],
        &["run", "bank", "--exercise", "none"],
        &["run", "bank", "--set", "weight(corporate)"],
        &["run", "bank", "--set", "nothing=7%"],
        &["run", "bank", "--threads", "0"],
        &["run", "nowhere"],
        &["run", "bank", "--format", "xml"],
        &["rn", "bank"],
        &["explain", "bank", "total"],
        &["verify", "bank"],
    ] {
        let before = listing(bank.folder.path());
        let output = bank.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert_eq!(listing(bank.folder.path()), before, "{arguments:?}");
    }
}

#[test]
fn machines_get_the_errors_as_data() {
    let bank = Bank::new();
    bank.edit(LOANS, "2000000.00", "two million");
    for command in [
        &["run", "bank", "--format", "json"][..],
        &["run", "bank", "--dry-run", "--format", "json"],
    ] {
        let output = bank.command(command).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stderr.is_empty());
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["ok"], false);
        assert_eq!(document["diagnostics"][0]["severity"], "error");
    }
    bank.write("plimsoll.toml", "name =");
    for command in ["run", "check", "test", "list"] {
        let output = bank
            .command(&[command, "bank", "--format", "json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["ok"], false, "{command}");
    }
}

/// Interrupted or killed after any time, a run leaves a whole bundle or none; what a killed one left beside the place goes with
/// the next run.
#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing_or_everything() {
    for signal in ["-INT", "-TERM", "-KILL"] {
        for milliseconds in [0, 20, 60, 90, 110, 130, 150, 180, 250] {
            let bank = Bank::new();
            let mut child = bank
                .command(&["run", "bank", "--out", "results/bundle"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            // the process may be done
            let _ = Command::new("kill")
                .arg(signal)
                .arg(child.id().to_string())
                .stderr(Stdio::null())
                .status();
            let status = child.wait().unwrap();
            let results = bank.folder.path().join("results");
            let bundle = results.join("bundle");
            if bundle.exists() {
                let verified = bank
                    .command(&["verify", "results/bundle"])
                    .output()
                    .unwrap();
                assert_eq!(
                    verified.status.code(),
                    Some(0),
                    "{signal} after {milliseconds} ms"
                );
            } else {
                assert_ne!(status.code(), Some(0));
            }
            let beside = || std::fs::read_dir(&results).map_or(0, Iterator::count);
            if signal != "-KILL" {
                assert_eq!(
                    beside(),
                    usize::from(bundle.exists()),
                    "{signal} after {milliseconds} ms"
                );
            }
            assert_eq!(bank.run().status.code(), Some(0));
            assert_eq!(beside(), 1, "{signal} after {milliseconds} ms");
        }
    }
}

#[test]
fn more_threads_than_can_be_made_are_refused() {
    let bank = Bank::new();
    let mut command = bank.command(&["run", "bank", "--threads", "99999"]);
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("E0991"), "{printed}");
}

#[test]
fn a_text_is_not_overwritten_by_the_plan() {
    let bank = Bank::new();
    let before = bank.text("bank.plim");
    for file in ["bank/bank.plim", "bank/data/2026-09-30/loans.csv"] {
        let output = bank
            .command(&["check", "bank", "--emit", file])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("E0904"), "{printed}");
    }
    assert_eq!(bank.text("bank.plim"), before);
    for _ in 0..2 {
        let output = bank
            .command(&["check", "bank", "--emit", "plan.json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}

/// No file may grow beyond a few kilobytes: as on a full disk, the write fails in the middle.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let bank = Bank::new();
    let before = listing(&bank.folder.path().join("bank"));
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 8; exec \"$0\" run bank --out bundle"])
        .arg(env!("CARGO_BIN_EXE_plimsoll"))
        .current_dir(bank.folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("E0902") && printed.contains("nothing was written"),
        "{printed}"
    );
    assert_eq!(listing(&bank.folder.path().join("bank")), before);
    assert_eq!(std::fs::read_dir(bank.folder.path()).unwrap().count(), 1);
    for command in ["new other --sample", "check bank --emit plan.json"] {
        let script = format!("ulimit -f 1; exec \"$0\" {command}");
        let output = Command::new("sh")
            .args(["-c", &script])
            .arg(env!("CARGO_BIN_EXE_plimsoll"))
            .current_dir(bank.folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert_eq!(
            std::fs::read_dir(bank.folder.path()).unwrap().count(),
            1,
            "{command}"
        );
    }
}

/// A market older than the book is warned about by name, and run.
#[test]
fn an_old_market_is_warned_about() {
    let bank = Bank::new();
    bank.write("data/2026-09-30/old.csv", "date,value\n2026-08-31,0.0205\n");
    bank.edit(
        "market.plim",
        "  discount EUR",
        "  index    OLD_3M in EUR = forward(EUR_AAA, fixings = \"data/{at}/old.csv\")\n  discount EUR",
    );
    std::fs::create_dir(bank.path("data/2026-08-31")).unwrap();
    bank.write(
        "data/2026-08-31/usd.csv",
        bank.text("data/2026-09-30/usd.csv"),
    );
    bank.edit(
        "market.plim",
        "data/{at}/usd.csv",
        "data/2026-08-31/usd.csv",
    );
    for command in [
        &["run", "bank"][..],
        &["run", "bank", "--dry-run"],
        &["check", "bank"],
    ] {
        let output = bank.command(command).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{printed}");
        assert_eq!(printed.matches("W0601").count(), 2, "{printed}");
        assert!(
            printed.contains("old.csv") && printed.contains("2026-08-31/usd.csv"),
            "{printed}"
        );
    }
}

/// A reader that goes away (`| head`) is no error and no panic.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let bank = Bank::new();
    let output = Command::new("sh")
        .args([
            "-c",
            "\"$0\" run bank --out bundle | true; \"$0\" list bank > /dev/full; echo done",
        ])
        .arg(env!("CARGO_BIN_EXE_plimsoll"))
        .current_dir(bank.folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.is_empty(), "{printed}");
    assert!(bank.folder.path().join("bundle/run.json").is_file());
}
