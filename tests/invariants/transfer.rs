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
    bank.more.push_str(BEGUN);
    bank.asks
        .push_str("\n  run dealing, planned\n  report sum(gap during 7M)");
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

/// What treasury and the business lines begin along the path: by actions, by a plan, by a programme.
const BEGUN: &str = "
product new_loan of bullet_loan {
  currency = EUR
  maturity = 2Y
  margin = 1%
  price = 99%
  accrues = fixed(swap_rate(2Y) + margin, every = 6M, daycount = act/365)
}
product new_floater of floater {
  currency = EUR
  maturity = 1Y
  margin = 1%
  accrues = index(EURIBOR_3M, reset = 3M, spread = 40bp, daycount = act/360)
}
product new_deposit of term_deposit {
  currency = EUR
  maturity = 1Y
  margin = 0.2%
  accrues = fixed(swap_rate(1Y) - margin, daycount = act/365)
}
product new_bond of own_bond {
  currency = EUR
  maturity = 3Y
  margin = 0%
  price = 99.5%
  accrues = fixed(swap_rate(3Y) + 30bp, every = 1Y, daycount = act/actICMA)
}
instrument swap {
  side = derivative
  currency = EUR
  accounting = fvtpl
  centre = treasury
}
instrument quiet_swap {
  side = derivative
  currency = EUR
  accounting = amortised
  centre = treasury
}
product payer of swap {
  maturity = 3Y
  pays = fixed(swap_rate(3Y), every = 1Y, daycount = act/365)
  receives = index(EURIBOR_3M, reset = 3M, daycount = act/360)
}
product cheap_payer of quiet_swap {
  maturity = 3Y
  pays = fixed(swap_rate(3Y) - 1%, every = 1Y, daycount = act/365)
  receives = index(EURIBOR_3M, reset = 3M, daycount = act/360)
}
hedge programme on bullet_loan + annuity_loan {
  product = payer
  measure = pv01
  ratio = 50%
  every = 1M
}
action deals {
  observed = weekly
  lead = 2d
  times = 2
  when sum(assets: balance) > 0 EUR
  do issue(new_bond, nominal = 300_000 EUR)
  do issue(new_deposit, nominal = 100_000 EUR)
  do buy(new_loan, nominal = 200_000 EUR)
  do buy(new_floater, nominal = 50_000 EUR)
  do sell(bullet_loan, nominal = 20_000 EUR)
  do hedge(cheap_payer, notional = 400_000 EUR)
}
plan growing {
  new new_loan: 100_000 EUR per month
  new new_floater: 30_000 EUR per month
  new new_deposit: 50_000 EUR per month
}
scenario dealing extends stress { allow deals }
scenario planned extends stress { balance_sheet = growing }
";

proptest! {
    #![proptest_config(cases(3))]

    /// I14 and I15, whatever is begun by actions, plans and programmes: on every day of the cash calendar, in every run, in every currency: margins, treasury and the credit of equity are the
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
                        prop_assert_eq!(of("gap"), Rational::ZERO, "{} day {}", run.key.0, day);
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
