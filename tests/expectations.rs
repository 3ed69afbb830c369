//! What `plimsoll test` prints of an expectation that fails: both sides and their difference, in the unit of its line.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod small_bank;

const TESTS: &str = r#"
metric cash_share: ratio = sum(cash: balance) / sum(mortgage: balance)
metric of_nothing: ratio = sum(cash: balance) / sum(mortgage: accrued)
metric wait: tenor = if cash_share > 1% then 12M else 3M
test shares at 2026-09-30 in EUR {
  market = flat_market
  base   = baseline
  include cash(id = "CB", principal = 20mn EUR)
  include mortgage(id = "M1", principal = 60mn EUR, maturity = 2036-09-30, accrues = fixed(3.6%, daycount = 30E/360), accrued = 0, segment = retail)
  expect cash_share == 500%
  expect cash_share == 5bp
  expect cash_share == 33.333333333333333333% within 0%
  expect of_nothing == 5%
  expect wait == 11M
}
"#;

fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let bank = small_bank::beside(TESTS);
    let run = small_bank::plimsoll("test", bank.path(), arguments);
    let printed = [run.stdout, run.stderr].concat();
    (run.status.code(), String::from_utf8(printed).unwrap())
}

#[test]
fn a_failure_is_told_in_the_unit_of_its_line() {
    let (code, text) = said(&[]);
    assert_eq!(code, Some(1));
    for line in [
        "is 33.3333333333%, expected 500%, difference -466.6666666667%",
        "is 3333.3333333333bp, expected 5bp, difference 3328.3333333333bp",
        "is undefined (division by zero), expected 5%",
        "is 12M, expected 11M, difference 30d",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_name_that_no_test_has_is_refused_with_the_closest() {
    let (code, text) = said(&["--only", "share"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("0 passed, 1 failed"), "{text}");
    let (code, text) = said(&["--only", "sharse"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("E0828"), "{text}");
    assert!(text.contains("the closest is `shares`"), "{text}");
}
