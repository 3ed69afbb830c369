//! The level payment of an annuity.

use super::State;
use super::terms::Loan;
use crate::contract::events::Moment;

/// The exact level payment: the amount that, paid with interest on every date of redemption after `at` and on the last, leaves
/// nothing under the contract's own day count and stubs. With `inclusive` a date that is `at` counts. Carries the notional's sign.
///
/// `A = (N + accrued + Y(t,t1) r N) P(1) / (1 + sum P(i))`, `P(i) = prod_{j>=i} (1 + r Y(t_j, t_{j+1}))`.
pub fn annuity(loan: &Loan, at: Moment, state: &State, inclusive: bool) -> f64 {
    let Some(run) = loan.redemption else {
        return 0.0;
    };
    let mut dates = run.dates(loan.amortised_by.unwrap_or(loan.maturity), true);
    dates.retain(|date| *date > at || (inclusive && *date == at));
    let Some(first) = dates.first() else {
        return 0.0;
    };
    let year = |from: Moment, to: Moment| loan.count().fraction(from, to);
    let owed = state.notional + state.accrued + year(at, *first) * state.rate * state.notional;
    let (mut product, mut sum) = (1.0, 1.0);
    for pair in dates.windows(2).rev() {
        if let [from, to] = pair {
            product *= 1.0 + state.rate * year(*from, *to);
            sum += product;
        }
    }
    loan.conventions.round(owed * product / sum)
}
