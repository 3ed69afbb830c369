//! Cover pools: I30, for what stands behind debt as long as there is debt.

use plimsoll::engine::cover::Stand;
use plimsoll::engine::state::Run;
use proptest::prelude::*;

use crate::actions::with;
use crate::bank::generate::{bank, cases};
use crate::bank::program::{one_text, run_of};
use crate::books_hold;

/// A pool of three kinds of loans behind own bonds, in a bank whose treasury issues, buys back, sells and pledges what is in it.
const POOL: &str = "
collateral homes on annuity_loan + bullet_loan + linear_loan {
  secures        = own_bond + note
  overcollateral = 12%
}
action deal {
  observed = weekly
  lead     = 2d
  times    = 4
  when held > 0 EUR
  do issue(note_1y, nominal = 300_000 EUR)
  do repo(annuity_loan + bullet_loan, cash = 200_000 EUR, term = 1w, haircut = 8%)
  do sell(linear_loan + bullet_loan, nominal = 400_000 EUR)
  do buy_back(own_bond, nominal = 250_000 EUR)
}
scenario dealing extends stress { allow deal }
";

/// What a pool encumbers of each of its groups, with the group.
fn parts<'r>(run: &'r Run, stand: &'r Stand) -> impl Iterator<Item = (usize, i128)> + 'r {
    let part = |index: &usize| {
        let terms = run.covering(*index, stand.since);
        (*index, terms.iter().map(|(_, amount)| amount).sum())
    };
    stand.members.iter().map(part)
}

proptest! {
    #![proptest_config(cases(3))]

    /// I30: a pool encumbers what it is to hold, or all that is there and not encumbered otherwise; no group bears more than it is
    /// worth; what the parts come to is what the pool holds, to the last quantum; without debt nothing is encumbered.
    #[test]
    fn i30_cover_pools(bank in bank(3), lots in any::<bool>()) {
        let bank = if lots { bank.in_lots() } else { bank };
        let bank = with(&bank, POOL, "dealing");
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "dealing");
            books_hold(run);
            let cover = &run.covers[0];
            let stops = 1 + run.calendar.days.len();
            assert!(cover.stands.len() <= stops && cover.stands.len() > 1);
            for stand in &cover.stands {
                let day = stand.since;
                let mut held = std::collections::BTreeMap::new();
                for (index, part) in parts(run, stand) {
                    let group = run.group(index).unwrap();
                    let worth = run.market_value(index, day).unwrap_or(run.balance(index, day) + run.premium(index, day));
                    let all: i128 = run.encumbered(index, day).iter().map(|(_, amount)| amount).sum();
                    assert!(part >= 0 && all <= worth.max(all - part), "{index} {day:?}: {part} of {all} of {worth}");
                    *held.entry(group.currency).or_insert(0) += part;
                }
                for (currency, held) in held {
                    assert_eq!(held, stand.held[&currency].encumbered, "{day:?}");
                    assert!(held <= stand.held[&currency].available);
                }
                let full = stand.held.values().all(|held| held.encumbered == held.available);
                assert!(full || stand.required <= stand.available);
                // both are rounded once
                assert!((stand.required * 100 - stand.secured * 112).abs() <= 106, "{day:?}");
                if stand.secured == 0 {
                    assert!(stand.held.values().all(|held| held.encumbered == 0));
                }
            }
        });
    }

    /// What is encumbered is memo: without deals in its assets a pool changes no account.
    #[test]
    fn a_pool_moves_no_money(bank in bank(2)) {
        let quiet = "scenario quiet extends stress { }\n";
        let plain = with(&bank, quiet, "quiet");
        let pool = "collateral homes on annuity_loan + bullet_loan {\n  secures = own_bond\n  overcollateral = 12%\n}\n";
        let pooled = with(&bank, &format!("{quiet}{pool}"), "quiet");
        let accounts = |bank: &crate::bank::lines::Bank| {
            one_text(&bank.text()).perform("check", &bank.data(), |performed| run_of(performed, "quiet").accounts.clone())
        };
        prop_assert_eq!(accounts(&plain), accounts(&pooled));
    }
}
