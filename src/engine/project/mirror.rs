//! Mirror deals of the opening book: what treasury charges on the balances of each group.

use super::Source;
use super::kernel::LegBatch;
use crate::book::InstrumentPositions;
use crate::calendar::Date;
use crate::contract::{Floating as Rates, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::group::{Accruing, Group, GroupKind, InterestTerms, Projection, Withdrawal};
use crate::engine::series::Day;
use crate::engine::transfer::{Deal, Price, Pricing, less, plus, rule_of, term_between};
use crate::plan::{TransferPrice, TransferRule};
use crate::quantity::{RATE_SCALE, Rate, multiply_divide_half_even};
use std::sync::Arc;

/// The rates of the mirrors of a group, in the order of its members.
pub(crate) struct MirrorRates {
    /// The base with the charge for options; of a mirror that floats: what it pays less than the deal.
    pub base: Vec<Rate>,
    /// The liquidity part.
    pub liquidity: Vec<Rate>,
}

fn too_large() -> Diagnostic {
    Diagnostic::error(
        codes::run::AMOUNT_TOO_LARGE,
        "transfer prices add up to more than can be counted",
    )
}

/// Whether the mirror of a group floats with it: it does unless its rule states a rate.
pub(crate) fn floats(group: &Group, rule: Option<&TransferRule>) -> bool {
    matches!(
        group.interest,
        InterestTerms::Floating(_) | InterestTerms::Contracts(_)
    ) && !rule.is_some_and(|rule| matches!(rule.base, TransferPrice::Fixed(_)))
}

/// Prices the mirror of every deal of a projection: rates that a position brings along stand, the rest is concluded on the book's
/// date in the market before any shock.
///
/// # Errors
/// A rule that cannot price what it is for.
pub(crate) fn price_mirrors(
    source: Source<'_>,
    pricing: Pricing<'_, '_>,
    mut projection: Projection,
) -> Result<Projection, Vec<Diagnostic>> {
    let mut errors: Vec<Diagnostic> = Vec::new();
    let horizon = source.horizon(pricing.context.calendar.last());
    for group in &mut projection.groups {
        let made = match source.positions.instrument(group.instrument) {
            Some(positions) => {
                let rows: Vec<usize> = group.members.iter().map(|m| m.row as usize).collect();
                let deals = Deals {
                    positions,
                    rows: &rows,
                    day: 0,
                };
                price(source, pricing, group, &deals, horizon)
            }
            None => rule_of(pricing.context, group).map(|rule| {
                group.opening.transfer_rule = rule;
            }),
        };
        if let Err(error) = made
            && !errors.contains(&error)
        {
            errors.push(error);
        }
        if errors.len() > 20 {
            break;
        }
    }
    if errors.is_empty() {
        Ok(projection)
    } else {
        Err(errors)
    }
}

/// Deals whose mirrors are concluded on a day: rows of positions, those of a group of the opening book or the one of a new contract.
#[derive(Clone, Copy)]
pub(crate) struct Deals<'p> {
    pub positions: &'p InstrumentPositions,
    pub rows: &'p [usize],
    pub day: Day,
}

/// Prices the mirrors of a group that stands for some deals, and puts them beside its interest. Of contracts that are run under the
/// rates of a scenario only the rule is found.
///
/// # Errors
/// A rule that cannot price what it is for.
pub(crate) fn price(
    source: Source<'_>,
    pricing: Pricing<'_, '_>,
    group: &mut Group,
    deals: &Deals<'_>,
    horizon: Date,
) -> Result<(), Diagnostic> {
    group.opening.transfer_rule = rule_of(pricing.context, group)?;
    if group.kind != GroupKind::Contract
        || group.is_derivative()
        || matches!(
            group.interest,
            InterestTerms::None | InterestTerms::Contracts(_)
        )
    {
        return Ok(());
    }
    let Some(rates) = mirror_rates(source, pricing, group, deals)? else {
        return Ok(());
    };
    let Some(batch) = batch_of(source, deals, group) else {
        return Ok(());
    };
    let span = Span {
        valuation: pricing.context.date(deals.day)?,
        horizon,
    };
    let rows = deals.rows;
    let settled = pricing
        .rule(group.opening.transfer_rule)
        .is_some_and(|rule| rule.breakage);
    let accrual = |rates: Vec<Rate>| {
        batch
            .accrual_at(rows, rates, span, Rates::Exposures)
            .ok_or_else(too_large)
    };
    let unit = if settled {
        Some(accrual(vec![Rate(RATE_SCALE); rows.len()])?)
    } else {
        None
    };
    let (base, liquidity) = (accrual(rates.base)?, accrual(rates.liquidity)?);
    put(group, base, liquidity, unit);
    Ok(())
}

fn put(group: &mut Group, base: Accruing, liquidity: Accruing, unit: Option<Accruing>) {
    let leg = match &mut group.interest {
        InterestTerms::Fixed(leg) => Arc::make_mut(leg),
        InterestTerms::Floating(floating) => &mut Arc::make_mut(floating).known,
        InterestTerms::Client(client) => &mut Arc::make_mut(client).frozen,
        InterestTerms::None | InterestTerms::Contracts(_) => return,
    };
    leg.ftp_base = Some(base);
    leg.ftp_liquidity = Some(liquidity);
    leg.ftp_unit = unit;
}

/// The terms that the positions of a group share.
fn batch_of<'p>(source: Source<'_>, deals: &Deals<'p>, group: &Group) -> Option<LegBatch<'p>> {
    let row = deals.rows.first().copied().unwrap_or(0);
    source.batch(deals.positions, row, group.leg, group.currency)
}

/// The rates of the mirrors of the deals of a group; `None` where neither the positions nor a rule price them.
///
/// # Errors
/// A rule that cannot price it.
pub(crate) fn mirror_rates(
    source: Source<'_>,
    pricing: Pricing<'_, '_>,
    group: &Group,
    deals: &Deals<'_>,
) -> Result<Option<MirrorRates>, Diagnostic> {
    let Some(batch) = batch_of(source, deals, group) else {
        return Ok(None);
    };
    let (positions, day) = (deals.positions, deals.day);
    let today = pricing.context.date(day)?;
    let market = if day <= 0 {
        pricing.start
    } else {
        pricing.context
    };
    let rule = pricing.rule(group.opening.transfer_rule);
    let option = match rule {
        Some(rule) => pricing.option(rule, group.currency, day)?,
        None => Rate::ZERO,
    };
    let floats = floats(group, rule);
    let index = batch.index().map(|(name, reset)| (name.to_owned(), reset));
    let mut rates = MirrorRates {
        base: Vec::with_capacity(deals.rows.len()),
        liquidity: Vec::with_capacity(deals.rows.len()),
    };
    for row in deals.rows.iter().copied() {
        let until = match group.withdrawal {
            Withdrawal::Dated => positions
                .maturity
                .get(row)
                .map(|end| term_between(today, end)),
            Withdrawal::Notice(tenor) => Some(tenor),
            Withdrawal::OnDemand | Withdrawal::Never => None,
        };
        let reset = index.as_ref().and_then(|(_, reset)| *reset);
        let deal = Deal {
            currency: group.currency,
            fixed_for: if floats { reset.or(until) } else { until },
            until,
        };
        let (own, own_liquidity) = (
            positions.ftp_base.get(row),
            positions.ftp_liquidity.get(row),
        );
        let priced = match (own, own_liquidity, rule) {
            (Some(base), Some(liquidity), _) => Price {
                base: plus(base, option)?,
                liquidity,
            },
            (Some(base), None, None) => Price {
                base,
                liquidity: Rate::ZERO,
            },
            (None, _, None) => return Ok(None),
            (_, _, Some(rule)) => {
                let priced = pricing.price(rule, deal, day)?;
                Price {
                    base: match own {
                        Some(own) => plus(own, option)?,
                        None => priced.base,
                    },
                    liquidity: own_liquidity.unwrap_or(priced.liquidity),
                }
            }
        };
        let base = match (&index, floats) {
            (Some((name, reset)), true) => {
                // a rate that is brought along was struck with the fixing that runs
                let fixing = match (own, positions.last_fixing.get(row)) {
                    (Some(_), Some(fixing)) => fixing,
                    _ => market.index_rate(name, day, day, *reset)?,
                };
                let spread = batch.columns_of_leg().spread.get(row).unwrap_or_default();
                less(plus(fixing, spread)?, priced.base)?
            }
            _ => priced.base,
        };
        rates.base.push(base);
        rates.liquidity.push(priced.liquidity);
    }
    Ok(Some(rates))
}

/// The mean of rates over the members of a group, weighted by nominal.
pub(crate) fn mean_rate(group: &Group, rates: &[Rate]) -> Option<Rate> {
    let mut sum: i128 = 0;
    let mut weight: i128 = 0;
    for (member, rate) in group.members.iter().zip(rates) {
        sum = sum.checked_add(member.nominal.checked_mul(i128::from(rate.0))?)?;
        weight = weight.checked_add(member.nominal)?;
    }
    if weight == 0 {
        return rates.first().copied().or(Some(Rate::ZERO));
    }
    multiply_divide_half_even(sum, 1, weight)
        .ok()
        .and_then(|mean| i64::try_from(mean).ok())
        .map(Rate)
}
