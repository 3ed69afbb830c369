//! The place of the results and the ends of a run: what stands is kept, an interruption leaves everything or nothing.

use super::bank::{Bank, LOANS, listing};
use std::process::{Command, Stdio};
use std::time::Duration;

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
