//! Kinds of new business: groups whose replacements are alike, the same in every scenario.

use crate::calendar::Tenor;
use crate::engine::group::{Group, GroupKind, InterestTerms, Projection, Withdrawal};
use crate::engine::project::Source;
use crate::formula::Value;
use crate::plan::Term;
use crate::quantity::{Rate, multiply_divide_half_even};
use indexmap::IndexMap;
use std::sync::Arc;

/// What a group's replacements follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The first group of the kind.
    pub group: usize,
    /// Term at origination; `None` where no position says it.
    pub original_term: Option<Tenor>,
    /// A term of payments that a position has for itself, and the position: replacements cannot keep it.
    pub own_payments: Option<(&'static str, Arc<str>)>,
}

/// The kinds of new business of a book.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    kinds: Vec<Template>,
    /// By group of the projection: its kind, and the margin or spread that its replacements keep.
    of_group: Vec<Option<(usize, Option<Rate>)>>,
}

impl Templates {
    /// Finds the kinds.
    pub fn of(source: Source<'_>, projection: &Projection) -> Self {
        let mut kinds: IndexMap<String, Template> = IndexMap::new();
        let mut of_group = Vec::with_capacity(projection.groups.len());
        for (index, group) in projection.groups.iter().enumerate() {
            if !is_replaced(group) {
                of_group.push(None);
                continue;
            }
            let original_term = match group.term(Term::OriginalTerm) {
                Some(Value::Tenor(tenor)) => Some(*tenor),
                _ => None,
            };
            let index_of = match &group.interest {
                InterestTerms::Floating(floating) => Some(floating.index.clone()),
                _ => None,
            };
            let row = group.members.first().map_or(0, |m| m.row as usize);
            let positions = source.positions.instrument(group.instrument);
            let shape = positions.and_then(|p| p.shape.get(row)).unwrap_or(0);
            // of loans that are run by themselves as well: replacements keep the floor and the cap
            let bounds = positions.map(|p| (p.accrues.floor.get(row), p.accrues.cap.get(row)));
            let pledged = positions.and_then(|p| p.pledge.get(row)).map(|_| index);
            let key = format!(
                "{} {} {shape} {:?} {:?} {:?} {:?} {pledged:?}",
                group.instrument.0,
                group.currency,
                group.lot.as_ref().filter(|_| pledged.is_some()),
                group.dimensions,
                original_term,
                (index_of, bounds)
            );
            let own_payments = own_payments(source, group);
            let kind = kinds.insert_full(
                key.clone(),
                Template {
                    group: index,
                    original_term,
                    own_payments: own_payments.clone(),
                },
            );
            // the first of a kind stays its pattern
            if let (at, Some(first)) = kind
                && let Some((_, slot)) = kinds.get_index_mut(at)
            {
                *slot = Template {
                    own_payments: first.own_payments.or(own_payments),
                    ..first
                };
            }
            of_group.push(Some((kind.0, margin_of(source, group))));
        }
        Self {
            kinds: kinds.into_values().collect(),
            of_group,
        }
    }

    /// The kind of a group of the projection, and what its replacements keep over the market.
    pub fn kind_of(&self, group: usize) -> Option<(usize, Option<Rate>)> {
        self.of_group.get(group).copied().flatten()
    }

    /// A kind.
    pub fn kind(&self, kind: usize) -> Option<&Template> {
        self.kinds.get(kind)
    }
}

/// The first term of payments that a member of a group has for itself, with the member.
pub(super) fn own_payments(source: Source<'_>, group: &Group) -> Option<(&'static str, Arc<str>)> {
    let positions = source.positions.instrument(group.instrument)?;
    group.members.iter().find_map(|member| {
        let row = member.row as usize;
        Some((
            positions.own_payments(row)?,
            positions.ids.get(row)?.clone(),
        ))
    })
}

/// Whether what comes back of a group is replaced: accounts, deposits on demand and derivatives are constant by definition.
fn is_replaced(group: &Group) -> bool {
    group.kind == GroupKind::Contract
        && !group.is_derivative()
        && group.withdrawal == Withdrawal::Dated
        && group.sign() != 0
}

/// The margin of a fixed rate, or the spread over an index, weighted by nominal.
fn margin_of(source: Source<'_>, group: &Group) -> Option<Rate> {
    if !matches!(
        group.interest,
        InterestTerms::Floating(_) | InterestTerms::Contracts(_)
    ) {
        return group.opening.margin;
    }
    let positions = source.positions.instrument(group.instrument)?;
    let mut weights: i128 = 0;
    for member in &group.members {
        let spread = positions
            .accrues
            .spread
            .get(member.row as usize)
            .unwrap_or_default();
        weights = weights.checked_add(member.nominal.checked_mul(i128::from(spread.0))?)?;
    }
    if group.opening.nominal == 0 {
        return Some(Rate::ZERO);
    }
    multiply_divide_half_even(weights, 1, group.opening.nominal)
        .ok()
        .and_then(|rate| i64::try_from(rate).ok())
        .map(Rate)
}
