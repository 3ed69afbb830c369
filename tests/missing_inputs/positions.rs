//! What is missing of a position is told with its name.

use std::path::Path;
use std::process::Command;

const BANK: &str = r#"
instrument cash "Cash" {
  side       = asset
  repays     = on_demand
  accrues    = none
  accounting = amortised
}
instrument loan "Loan" {
  id         = [id]
  side       = asset
  positions  = "loans.csv"
  currency   = EUR
  principal  = [amount]
  maturity   = [end]
  repays     = linear(every = 3M, interest_only = [only])
  accrues    = fixed([rate] * 1%, steps = schedule("steps.csv"), daycount = 30E/360)
  accrued    = 0
  accounting = amortised
}
book b "Book" at 2026-09-30 in EUR {
  bad_rows = quarantine
  surplus  = cash
  include loan
  // more
  include cash(id = "C", currency = EUR, principal = 10mn EUR)
}
metric total: money = sum(assets: balance)
scenario quiet {
  balance_sheet = run_off
  rates         = forwards
}
exercise size {
  book = b
  base = quiet
  report total
}
"#;

const LOANS: &str = "id,amount,end,rate,only
L1,1000,2028-09-30,3,2027-09-30
L2,1000,2028-09-30,3,2029-09-30
L3,1000,2028-09-30,3,2027-09-30
";

/// What the command says of the bank in a folder.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let output = command.args(arguments).arg(folder).output().unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn positions_are_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("plimsoll.toml", "name = \"bank\"\nedition = \"2026\"\n");
    write("bank.plim", BANK);
    write("loans.csv", LOANS);
    write("steps.csv", "id,date,rate\nL1,2027-09-30,0.04\n");
    let aside = said(
        folder.path(),
        &["cashflows", "--instrument", "loan", "--position", "L2"],
    );
    for part in [
        "`L2` is no position: its row was set aside",
        "loans.csv, row 3, column `only`: `2029-09-30` does not lie before the maturity",
    ] {
        assert!(aside.contains(part), "{aside}");
    }
    let told = said(folder.path(), &["run", "--dry-run"]);
    let part = "`loan` position `L3`: the file of its rates has no row of it";
    assert!(told.contains(part), "{told}");
    let late = "include loan(id = \"T\", currency = EUR, principal = 5 EUR, maturity = 2025-09-30,\n    \
                repays = bullet, accrues = none)";
    write("bank.plim", &BANK.replace("// more", late));
    let refused = said(folder.path(), &["run", "--dry-run"]);
    let part = "position `T`: `maturity`: `2025-09-30` lies before the reporting date";
    assert!(refused.contains(part), "{refused}");
}
