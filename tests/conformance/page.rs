//! The figures of `docs/conformance.md`: counted here, never by hand. `UPDATE_DOCUMENTS=1` writes them.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

use super::{EXEMPT, run};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md");
const FROM: &str = "<!-- counted: cargo test --test conformance -->\n";
const TO: &str = "<!-- end of what is counted -->\n";

/// The contract types, as the files of their cases are called, in the order of the page.
const TYPES: [(&str, &str); 18] = [
    ("PAM", "principal at maturity"),
    ("LAM", "linear amortiser"),
    ("NAM", "negative amortiser"),
    ("ANN", "annuity"),
    ("LAX", "exotic amortiser"),
    ("CLM", "call money"),
    ("UMP", "undefined maturity"),
    ("CSH", "cash"),
    ("STK", "stock"),
    ("COM", "commodity"),
    ("FXOUT", "outright"),
    ("SWPPV", "plain swap"),
    ("SWAPS", "swap of two legs"),
    ("CAPFL", "cap and floor"),
    ("OPTNS", "option"),
    ("FUTUR", "future"),
    ("CEG", "guarantee"),
    ("CEC", "collateral"),
];

/// Fails where the page says other figures than the cases give.
pub fn is_true(files: &[PathBuf]) -> Result<(), Failed> {
    let page = std::fs::read_to_string(PAGE)?;
    let (before, rest) = page.split_once(FROM).expect("a place for the figures");
    let (_, after) = rest.split_once(TO).expect("an end of the figures");
    let counted = format!("{before}{FROM}{}{TO}{after}", figures(files));
    if counted == page {
        return Ok(());
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(PAGE, counted)?;
        return Ok(());
    }
    Err("docs/conformance.md says other figures; UPDATE_DOCUMENTS=1 writes these".into())
}

fn figures(files: &[PathBuf]) -> String {
    let (mut reproduced, mut all) = (0, 0);
    let mut missed: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (kind, meaning) in TYPES {
        let stem = format!("actus-tests-{}", kind.to_lowercase());
        let of_kind = |path: &&PathBuf| path.file_stem().is_some_and(|name| name == stem.as_str());
        let cases = files
            .iter()
            .find(of_kind)
            .map_or(Vec::new(), |path: &PathBuf| run(Path::new(path)));
        let right = cases.iter().filter(|(_, why)| why.is_ok()).count();
        missed.extend(
            cases
                .iter()
                .filter(|case| case.1.is_err())
                .map(|case| case.0.clone()),
        );
        rows.push(format!("| {kind} {meaning} | {right} of {} |", cases.len()));
        reproduced += right;
        all += cases.len();
    }
    let mut text = format!(
        "Plimsoll reproduces {reproduced} of the {all} published actus-tests cases that are at hand.\n\n\
         | type | reproduced |\n|---|---|\n{}\n\nNot reproduced, each for a reason:\n",
        rows.join("\n")
    );
    for name in missed {
        let reason = EXEMPT.iter().find(|(exempt, _)| *exempt == name);
        let reason = reason.map_or("no reason is known", |(_, reason)| reason);
        text.push_str(&format!("- `{name}`: {reason}.\n"));
    }
    text
}
