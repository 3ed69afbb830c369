//! Transfer prices: margins, treasury and equity are all the net interest there is; internal deals sum to zero.

use plimsoll::engine::measure::Place;
use plimsoll::engine::state::Reading;
use plimsoll::quantity::Rational;
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::one_text;

/// The bank with centres and a price for every deal of a business line.
fn priced(mut bank: Bank) -> String {
    bank.equity = 10_000_000;
    bank.more.push_str(
        "
ftp by_term on bullet_loan, annuity_loan, linear_loan, term_deposit {
  base = matched(EUR_OIS)
  liquidity = fixed(35bp)
  option = 12bp
  breakage = charged
}
ftp by_reset on floater, floored_loan {
  base = matched(EUR_OIS)
}
ftp by_mean on sight {
  base = rolling(EUR_OIS, tenor = 3Y, window = 5M)
  liquidity = rolling(EUR_OIS, tenor = 1Y, window = 3M)
}
ftp for_equity on equity { base = rolling(EUR_OIS, tenor = 5Y, window = 60M) }
metric gap: money = ftp.ftp_gap_by_rule
metric internal: money = ftp.business_margin + ftp.mirrors_base + ftp.mirrors_liquidity + ftp.mirrors_breakage
metric client: money = sum(assets where centre == business: interest_income) - sum(liabilities where centre == business: interest_income)
metric outside: money = net_interest - client
metric treasury: money = ftp.treasury_by_rule
metric lines: money = ftp.mirrors_base + ftp.mirrors_liquidity + ftp.mirrors_breakage + outside - ftp.equity_by_rule
metric margins: money = ftp.business_margin",
    );
    bank.asks.push_str("\n  report sum(gap during 7M)");
    let text = bank.text();
    let mut told = String::from("use std.ftp as ftp\n");
    for declaration in text.split_inclusive("\n}\n") {
        let treasury = [
            "instrument own_bond",
            "instrument cash",
            "instrument interbank",
        ]
        .iter()
        .any(|name| declaration.contains(name));
        let centre = if treasury { "treasury" } else { "business" };
        let mapped = |from: &str| format!("{from}\n  centre = {centre}");
        told.push_str(
            &declaration
                .replace("  segment = [segment]", &mapped("  segment = [segment]"))
                .replace("  segment = corporate", &mapped("  segment = corporate")),
        );
    }
    told
}

proptest! {
    #![proptest_config(cases(3))]

    /// I14 and I15, on every day of the cash calendar, in every run, in every currency: margins, treasury and the credit of equity are the
    /// interest of the ledger to the last unit, business pays what treasury gets, and treasury is the sum of its lines.
    #[test]
    fn i14_i15_margins_treasury_and_equity(bank in bank(3)) {
        let program = one_text(&priced(bank.clone()));
        program.perform("check", &bank.data(), |performed| {
            let measures = performed.measures();
            let mut moved = false;
            for (number, run) in performed.runs().iter().enumerate() {
                let days = run.calendar.days.iter().zip(&run.calendar.is_cash);
                for (day, _) in days.filter(|(day, cash)| **cash && **day > 0) {
                    let whole = Place::of(number, Reading::Day(*day));
                    let currencies = run.accounts.keys().map(|currency| {
                        let mut slice = (*measures.slice(whole)).clone();
                        slice.currency = Some(*currency);
                        measures.sliced(whole, slice)
                    });
                    for place in std::iter::once(whole).chain(currencies) {
                        let of = |name: &str| program.number_at(&measures, name, place);
                        prop_assert_eq!(of("gap"), Rational::ZERO, "day {}", day);
                        prop_assert_eq!(of("internal"), of("client"));
                        prop_assert_eq!(of("treasury"), of("lines"));
                        moved |= !of("margins").is_zero();
                    }
                }
            }
            prop_assert!(moved);
            Ok(())
        })?;
    }
}
