//! Amortisation of a premium or discount: by the effective rate (E07, E16), or linear.

use crate::calendar::{AccrualContext, Date, DayCount, YearFraction};
use crate::engine::group::{Group, InterestLeg, InterestTerms, Release};
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::round_accrued;
use crate::quantity::multiply_divide_half_even;

/// Amortisation by day, in the sign of the opening premium, from a day on: zero at first, and the last day takes the rest. It is
/// a function of the day alone, taken on the days of the loop. `leg`: the interest of the group, if it is known. `None` where an
/// amount overflows.
pub(super) fn amortisation(
    group: &Group,
    leg: Option<&InterestLeg>,
    origin: Date,
    from: Day,
    days: &[Day],
) -> Option<Series> {
    if group.opening.premium == 0 {
        return Some(Series::default());
    }
    match (group.release, &group.interest, leg) {
        (Release::Effective(daycount, context), InterestTerms::None, _) => {
            let years = Years::new(daycount, context, origin);
            by_effective_rate(group, &InterestLeg::default(), &years, from, days)
        }
        (Release::Effective(daycount, context), _, Some(leg)) => {
            let years = Years::new(daycount, context, origin);
            by_effective_rate(group, leg, &years, from, days)
        }
        _ => by_outstanding(group, from, days),
    }
}

/// Years between days, as a day count has them.
struct Years {
    daycount: DayCount,
    context: AccrualContext,
    origin: Date,
}

impl Years {
    fn new(daycount: DayCount, context: AccrualContext, origin: Date) -> Self {
        Self {
            daycount,
            context,
            origin,
        }
    }

    /// From a day to a later one.
    fn between(&self, from: Day, to: Day) -> Option<f64> {
        let (start, end) = (
            self.origin.add_days(from).ok()?,
            self.origin.add_days(to).ok()?,
        );
        let years = self.daycount.year_fraction(start, end, &self.context);
        years.ok().map(YearFraction::to_f64)
    }
}

/// The sums are those of the carrying amount at the effective rate, `carrying(t) = sum of flows after t × (1 + y)^-years(t)`,
/// with `y` such that `carrying(from)` = nominal + premium + accrued; years are counted from `from` on.
fn by_effective_rate(
    group: &Group,
    leg: &InterestLeg,
    years: &Years,
    from: Day,
    days: &[Day],
) -> Option<Series> {
    let premium = group.opening.premium;
    let mut paid: std::collections::BTreeMap<Day, Amount> = group.principal.after(from).collect();
    for (day, amount) in leg.interest.paid.after(from) {
        *paid.entry(day).or_default() += amount;
    }
    let Some(last) = paid.keys().next_back().copied() else {
        return Some(Series::default());
    };
    let flows: Option<Vec<Flow>> = paid
        .into_iter()
        .map(|(day, amount)| {
            let years = years.between(from, day)?;
            let amount = amount as f64;
            Some(Flow { day, years, amount })
        })
        .collect();
    let flows = flows?;
    let nominal = group.opening.nominal - group.principal.through(from);
    let origin = years.origin;
    let target = (nominal + premium) as f64 + leg.interest.accrued(from, origin) as f64 / 1000.0;
    let log = effective_rate(&flows, target);
    let mut amounts = Vec::new();
    let mut before = premium;
    for day in days
        .iter()
        .copied()
        .filter(|day| *day > from && *day < last)
    {
        let passed = years.between(from, day)?;
        let carrying: f64 = flows
            .iter()
            .filter(|flow| flow.day > day)
            .map(|flow| flow.amount * libm::exp(-log * (flow.years - passed)))
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
fn by_outstanding(group: &Group, from: Day, days: &[Day]) -> Option<Series> {
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
    if whole == 0 {
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

/// What is paid on a day, and the years until then.
struct Flow {
    day: Day,
    years: f64,
    amount: f64,
}

/// The continuous effective rate at which the flows are worth the target: Newton's steps.
fn effective_rate(flows: &[Flow], target: f64) -> f64 {
    let mut log = 0.0_f64;
    for _ in 0..100 {
        let (mut value, mut slope) = (0.0, 0.0);
        for flow in flows {
            let discounted = flow.amount * libm::exp(-log * flow.years);
            value += discounted;
            slope -= flow.years * discounted;
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
    log
}
