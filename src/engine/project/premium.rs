//! Amortisation of a premium or discount by the effective rate (E16).

use crate::calendar::Date;
use crate::engine::group::{Group, InterestLeg};
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::round_accrued;
use crate::quantity::multiply_divide_half_even;

/// Amortisation by day, in the sign of the opening premium: the sums are those of the carrying amount at the effective rate,
/// `carrying(t) = sum of flows after t × (1 + y)^-(days / 365)`, with `y` such that `carrying(from)` = nominal + premium + accrued.
/// It is a function of the day alone, taken on the days of the loop; the last day takes the rest. `None` where an amount overflows.
pub(super) fn amortisation(
    group: &Group,
    leg: &InterestLeg,
    origin: Date,
    from: Day,
    days: &[Day],
) -> Option<Series> {
    let premium = group.opening.premium;
    let mut flows: std::collections::BTreeMap<Day, Amount> = group.principal.after(from).collect();
    for (day, amount) in leg.interest.paid.after(from) {
        *flows.entry(day).or_default() += amount;
    }
    let Some(last) = flows.keys().next_back().copied() else {
        return Some(Series::default());
    };
    if premium == 0 {
        return Some(Series::default());
    }
    let flows: Vec<(Day, f64)> = flows
        .into_iter()
        .map(|(day, amount)| (day, amount as f64))
        .collect();
    let nominal = group.opening.nominal - group.principal.through(from);
    let target = (nominal + premium) as f64 + leg.interest.accrued(from, origin) as f64 / 1000.0;
    let since: Vec<(Day, f64)> = flows.iter().map(|(on, a)| (on - from, *a)).collect();
    let rate = effective_rate(&since, target);
    let log = libm::log1p(rate);
    let mut amounts = Vec::new();
    let mut before = premium;
    for day in days
        .iter()
        .copied()
        .filter(|day| *day > from && *day < last)
    {
        let left = flows.iter().filter(|(on, _)| *on > day);
        let carrying: f64 = left
            .map(|(on, amount)| amount * libm::exp(-log * f64::from(on - day) / 365.0))
            .sum();
        let clean = group.opening.nominal - group.principal.through(day)
            + round_accrued(leg.interest.accrued(day, origin));
        let left = libm::rint(carrying - clean as f64) as Amount;
        if left != before {
            amounts.push((day, before - left));
            before = left;
        }
    }
    if before != 0 {
        amounts.push((last, before));
    }
    Series::from_amounts(amounts)
}

/// Amortisation in proportion to outstanding nominal times days, for floating contracts: no rate is effective before it is fixed.
pub(super) fn by_outstanding(group: &Group, from: Day, days: &[Day]) -> Option<Series> {
    let premium = group.opening.premium;
    let repaid: Vec<(Day, Amount)> = group.principal.after(from).collect();
    let weight = |day: Day| {
        let left = repaid.iter().filter(|(on, _)| *on > day);
        left.map(|(on, amount)| amount * i128::from(on - day))
            .sum::<i128>()
    };
    let (whole, Some((last, _))) = (weight(from), repaid.last().copied()) else {
        return Some(Series::default());
    };
    if premium == 0 || whole == 0 {
        return Some(Series::default());
    }
    let (mut amounts, mut before) = (Vec::new(), premium);
    for day in days.iter().copied().filter(|d| *d > from && *d < last) {
        let left = multiply_divide_half_even(premium, weight(day), whole).ok()?;
        amounts.push((day, before - left));
        before = left;
    }
    amounts.push((last, before));
    Series::from_amounts(amounts)
}

/// The yearly effective rate at which the flows are worth the target: Newton on the logarithm of the growth factor.
fn effective_rate(flows: &[(Day, f64)], target: f64) -> f64 {
    let mut log = 0.0_f64;
    for _ in 0..100 {
        let (mut value, mut slope) = (0.0, 0.0);
        for (day, amount) in flows {
            let time = f64::from(*day) / 365.0;
            let discounted = amount * libm::exp(-log * time);
            value += discounted;
            slope -= time * discounted;
        }
        if slope == 0.0 {
            break;
        }
        let step = (value - target) / slope;
        if !step.is_finite() {
            break;
        }
        log -= step.clamp(-1.0, 1.0);
        if step.abs() < 1e-15 {
            break;
        }
    }
    libm::expm1(log)
}
