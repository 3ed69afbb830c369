//! New business: what comes back is replaced on its paid day by the same kind of contract, or placed as a plan says.

use super::Steer;
use super::dispose::WHOLE;
use super::mirror::Begins;
use super::offer::part_of;
use super::one;
use super::prepare::ScenarioFixings;
use super::templates::own_payments;
use super::volume::Back;
use crate::contract::{Floating as Rates, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::group::{Birth, Floating, Group, InterestLeg, InterestTerms, Leg, Opening};
use crate::engine::project::kernel::{Beside, NewContract};
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::{Account, Cause, Reading, ScenarioFlows};
use crate::formula::{Value, evaluate};
use crate::plan::{Accounting, BalanceSheet, InstrumentId, ProductId, Side, Term};
use crate::quantity::{RATE_SCALE, Rate, multiply_divide_half_even};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What new business is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Following {
    /// The positions of a kind.
    Kind(usize),
    /// An account of the book.
    Account(usize),
    /// A product.
    Product(ProductId),
}

/// What is to be born: by day and what it follows, the amount and its margin times the amount. Under a plan also what came back,
/// by day, to be placed.
#[derive(Default)]
pub(super) struct Renewals {
    queue: BTreeMap<(Day, Following), (Amount, i128, bool)>,
    back: BTreeMap<Day, Vec<Back>>,
}

impl Renewals {
    /// Adds new business; `weight` is its margin times the amount, where it is known.
    pub(super) fn add(
        &mut self,
        day: Day,
        following: Following,
        amount: Amount,
        weight: i128,
        has_margin: bool,
    ) {
        if amount > 0 {
            let entry = self.queue.entry((day, following)).or_insert((0, 0, true));
            entry.0 += amount;
            entry.1 = entry.1.saturating_add(weight);
            entry.2 &= has_margin;
        }
    }

    fn first_day(&self) -> Option<Day> {
        let queued = self.queue.keys().next().map(|(day, _)| *day);
        let back = self.back.keys().next().copied();
        queued.into_iter().chain(back).min()
    }
}

/// A contract with days or amounts of its own cannot be followed: a new one has none.
fn own_payments_lost(name: &str, term: &str, id: &str, what: &str, instead: &str) -> Diagnostic {
    Diagnostic::error(
        codes::run::SCENARIO_INCOMPLETE,
        format!("{what} cannot keep `{term}` of `{name}`, which position `{id}` states for itself"),
    )
    .help(format!(
        "a new contract has no day or amount of its own: {instead}"
    ))
}

/// What actions make of new business.
struct Made {
    share: Rate,
    margin: Rate,
}

impl Steer<'_, '_> {
    /// Keeps what a group paid back, to be replaced.
    pub(super) fn renew(
        &self,
        index: usize,
        principal: &[(Day, Amount)],
        exit: (Day, Amount),
        renewals: &mut Renewals,
    ) {
        let came = principal.iter().copied().chain(std::iter::once(exit));
        let Some(group) = self.run.group(index) else {
            return;
        };
        match &self.sheet {
            Some(BalanceSheet::Constant { .. }) => {
                let Some((kind, margin)) = self.kind_of(index, group) else {
                    return;
                };
                let rate = i128::from(margin.unwrap_or_default().0);
                for (day, amount) in came {
                    let weight = amount.saturating_mul(rate);
                    let kind = Following::Kind(kind);
                    renewals.add(day, kind, amount, weight, margin.is_some());
                }
            }
            Some(BalanceSheet::Plan(_)) if !group.is_derivative() && group.sign() != 0 => {
                for (day, amount) in came.filter(|(_, amount)| *amount != 0) {
                    let back = Back {
                        group: index,
                        amount,
                    };
                    renewals.back.entry(day).or_default().push(back);
                }
            }
            _ => {}
        }
    }

    /// The kind of positions that a group belongs to, and the margin that what replaces it keeps.
    pub(super) fn kind_of(&self, index: usize, group: &Group) -> Option<(usize, Option<Rate>)> {
        let Some(birth) = &group.birth else {
            return self.templates.kind_of(index);
        };
        // new business keeps its own margin
        let (kind, _) = self.templates.kind_of(birth.template?)?;
        Some((kind, group.opening.margin))
    }

    /// Makes new business of a cell, day by day; what it pays back inside the cell is placed in turn. The lines of a plan act on the
    /// last day of the cell. `only_before`: of the days before the last one.
    pub(super) fn give_birth(
        &mut self,
        to: Day,
        renewals: &mut Renewals,
        only_before: bool,
    ) -> Result<(), Vec<Diagnostic>> {
        let is_planned = matches!(self.sheet, Some(BalanceSheet::Plan(_)));
        let mut errors = Vec::new();
        let mut is_due = is_planned && !only_before;
        loop {
            let mut day = renewals.first_day().filter(|day| !only_before || *day < to);
            let is_last = is_due && day.is_none_or(|day| day >= to);
            if is_last {
                (day, is_due) = (Some(to), false);
            }
            let Some(day) = day else {
                break;
            };
            if is_planned {
                let back = renewals.back.remove(&day).unwrap_or_default();
                self.place_back(day, &back, renewals).map_err(one)?;
                if is_last {
                    self.begin_new(day, renewals).map_err(one)?;
                }
                self.bear(day, to, renewals, &mut errors);
                self.keep(day, &back, renewals).map_err(one)?;
                self.bear(day, to, renewals, &mut errors);
                if is_last {
                    self.raise(day, renewals).map_err(one)?;
                }
            }
            self.bear(day, to, renewals, &mut errors);
            if errors.len() > 20 {
                break;
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Everything that is to be born on a day, moved on to the end of the cell.
    fn bear(&mut self, day: Day, to: Day, renewals: &mut Renewals, errors: &mut Vec<Diagnostic>) {
        while let Some(entry) = renewals.queue.first_entry() {
            if entry.key().0 != day {
                break;
            }
            let ((_, following), (amount, weights, has_margin)) = entry.remove_entry();
            let margin = multiply_divide_half_even(weights, 1, amount)
                .ok()
                .and_then(|rate| i64::try_from(rate).ok())
                .map(Rate)
                .filter(|_| has_margin);
            let moved = self
                .born_like(following, day, amount, margin)
                .and_then(|born| {
                    for index in born {
                        self.fill(index, day).map_err(one)?;
                        if day < to {
                            self.advance(index, day, to, renewals).map_err(one)?;
                        }
                    }
                    Ok(())
                });
            if let Err(more) = moved {
                for error in more {
                    if !errors.contains(&error) {
                        errors.push(error);
                    }
                }
            }
            if errors.len() > 20 {
                break;
            }
        }
    }

    /// New business, as actions let it come about: its groups.
    fn born_like(
        &mut self,
        following: Following,
        day: Day,
        amount: Amount,
        margin: Option<Rate>,
    ) -> Result<Vec<usize>, Vec<Diagnostic>> {
        match following {
            Following::Kind(kind) => {
                let made = self.renewed_share(kind, day).map_err(one)?;
                let amount = part_of(amount, made.share);
                if amount == 0 {
                    return Ok(Vec::new());
                }
                let margin = margin.map(|rate| Rate(rate.0 + made.margin.0));
                let born = self.replacement(kind, day, amount, margin);
                Ok(vec![
                    born.map_err(|error| one(self.about_replaced(error, kind)))?,
                ])
            }
            Following::Account(index) => self.more_of(index, day, amount),
            Following::Product(product) => {
                let offer = self.offer(product, day).map_err(one)?;
                let share = self.made_of(Some(product), offer.instrument, day);
                let amount = part_of(amount, share);
                if amount == 0 {
                    return Ok(Vec::new());
                }
                // what is paid or received, less the cost
                let price = offer.price.unwrap_or(Rate(RATE_SCALE));
                let sign = self.sign_of(offer.instrument);
                let paid = part_of(amount, price) + sign * part_of(amount, offer.cost);
                let begun = self.begin(&offer, "plan", amount, paid - amount, day)?;
                let begun = self.priced(begun, offer.price, day).map_err(one)?;
                self.take_up(begun, day, Cause::Birth).map_err(one)
            }
        }
    }

    /// An error with what was to be replaced, and with the line of the scenario that asks for it.
    fn about_replaced(&self, error: Diagnostic, kind: usize) -> Diagnostic {
        let context = self.context;
        let template = self.templates.kind(kind).map(|template| template.group);
        let pattern = template.and_then(|at| context.projection.groups.get(at));
        let error = pattern.map_or(error.clone(), |group| context.about(error, group));
        let mut statements = context.scenario.statements.iter();
        let asked = statements.find(|statement| statement.key == "balance_sheet");
        match asked.and_then(|statement| statement.origin.span) {
            Some(span) if error.primary.as_ref().is_some_and(|p| p.span != span) => {
                error.also(span, "asked for here")
            }
            _ => error,
        }
    }

    fn sign_of(&self, instrument: InstrumentId) -> Amount {
        let instrument = self.context.plan.instruments.get(instrument.index());
        match instrument.map(|instrument| instrument.side) {
            Some(Side::Liability) => -1,
            _ => 1,
        }
    }

    /// How much of what comes back is replaced, and what is added to its margin, as actions have it.
    fn renewed_share(&self, kind: usize, day: Day) -> Result<Made, Diagnostic> {
        let template = self.templates.kind(kind).map(|template| template.group);
        let pattern = template.and_then(|at| self.context.projection.groups.get(at));
        let Some(pattern) = pattern else {
            return Ok(Made {
                share: WHOLE,
                margin: Rate::ZERO,
            });
        };
        Ok(Made {
            share: self.made_of(None, pattern.instrument, day),
            margin: self.repriced_margin(pattern, day)?,
        })
    }

    fn replacement(
        &mut self,
        kind: usize,
        day: Day,
        amount: Amount,
        margin: Option<Rate>,
    ) -> Result<usize, Diagnostic> {
        let context = self.context;
        let (sheet, instead) = match &self.sheet {
            Some(BalanceSheet::Plan(_)) => (
                "the plan",
                "say with which product it is replaced: `replace … with …`",
            ),
            _ => ("a constant balance sheet", "let the balance sheet run off"),
        };
        let missing = |what: &str, instrument: &str| {
            Diagnostic::error(
                codes::run::SCENARIO_INCOMPLETE,
                format!("`{instrument}` has no `{what}`, and {sheet} replaces it like for like"),
            )
            .help(format!(
                "map `{what} = …` in the instrument, or {instead}; what is replaced needs `original_term`, and `margin` where its rate is fixed"
            ))
        };
        let template = self
            .templates
            .kind(kind)
            .cloned()
            .ok_or_else(|| missing("original_term", ""))?;
        let pattern = context
            .projection
            .groups
            .get(template.group)
            .cloned()
            .ok_or_else(|| missing("original_term", ""))?;
        let name = context
            .plan
            .instruments
            .get(pattern.instrument.index())
            .map_or("", |i| i.heading.short.as_str());
        let term = template
            .original_term
            .ok_or_else(|| missing("original_term", name))?;
        if let Some((own, id)) = &template.own_payments {
            return Err(own_payments_lost(name, own, id, sheet, instead));
        }
        let date = context.date(day)?;
        let maturity = term
            .after(date)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?;
        let floats = matches!(
            pattern.interest,
            InterestTerms::Floating(_) | InterestTerms::Contracts(_)
        );
        let accrues = !matches!(pattern.interest, InterestTerms::None);
        let stated = match &self.sheet {
            Some(BalanceSheet::Constant { rate: Some(rate) }) => Some(rate.clone()),
            _ => None,
        };
        let rate = if !accrues || floats {
            margin.unwrap_or_default()
        } else if let Some(expression) = stated {
            let mut about = pattern.clone();
            about.opening.margin = margin;
            about.terms.retain(|(term, _)| *term != Term::Margin);
            let value = evaluate(&expression, &context.scope(&about, day))
                .map_err(|r| r.at(expression.span).into_diagnostic())?;
            let Value::Number(number) = value else {
                return Err(Diagnostic::error(
                    codes::run::WRONG_KIND,
                    "the rate of a constant balance sheet is no rate",
                ));
            };
            Rate::from_rational(&number)
                .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?
        } else {
            let market = context.swap_rate(pattern.currency, None, term, day)?;
            let margin = margin.ok_or_else(|| missing("margin", name))?;
            Rate::from_rational(&(&market + &margin.to_rational()))
                .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?
        };
        let contract = NewContract {
            amount,
            start: date,
            maturity,
            rate,
            margin,
        };
        let (group, flows) = self.born(&pattern, template.group, day, contract)?;
        Ok(self.settle_birth(
            group,
            flows,
            day,
            amount,
            Some(template.group),
            Cause::Birth,
        ))
    }

    /// A new contract on the terms of a group, as a group of its own.
    fn born(
        &self,
        pattern: &Group,
        template: usize,
        day: Day,
        contract: NewContract,
    ) -> Result<(Group, Option<ScenarioFlows>), Diagnostic> {
        let context = self.context;
        let missing = || {
            Diagnostic::error(
                codes::run::TERM_MISSING,
                "new business without a position to follow",
            )
        };
        let too_large = || {
            Diagnostic::error(
                codes::run::AMOUNT_TOO_LARGE,
                "new business adds up to more than can be counted",
            )
        };
        let positions = self
            .source
            .positions
            .instrument(pattern.instrument)
            .ok_or_else(missing)?;
        let row = pattern.members.first().map_or(0, |m| m.row as usize);
        let batch = self
            .source
            .batch(positions, row, Leg::Only, pattern.currency);
        let batch = batch.ok_or_else(missing)?;
        let span = Span {
            valuation: contract.start,
            horizon: contract.maturity,
        };
        let named = batch
            .index()
            .map(|(index, reset)| (index.to_owned(), reset));
        let fixing = match &named {
            Some((index, reset)) => {
                let rate = context.index_rate(index, day, day, *reset)?;
                Some(batch.rounded(rate))
            }
            None => None,
        };
        let fixings = ScenarioFixings {
            context,
            index: named
                .as_ref()
                .map(|(index, _)| index.clone())
                .unwrap_or_default(),
            reset: named.as_ref().and_then(|(_, reset)| *reset),
            error: RefCell::new(None),
        };
        let recalculated = batch.is_class_p();
        let rates = if recalculated {
            Rates::Rates(&fixings)
        } else {
            Rates::Exposures
        };
        let projected = batch
            .new_contract(row, &contract, fixing, span, Beside::Margin, rates)
            .ok_or_else(too_large)?;
        if let Some(error) = fixings.error.borrow_mut().take() {
            return Err(error);
        }
        if let Some(error) = projected.errors.first() {
            let name = context
                .plan
                .instruments
                .get(pattern.instrument.index())
                .map_or("", |i| i.heading.short.as_str());
            return Err(Diagnostic::error(
                codes::run::TERM_MISSING,
                format!(
                    "new business of `{name}` on {}: {}",
                    contract.start, error.reason
                ),
            ));
        }
        let contracts = self.keeps_payments().then(|| {
            let contracts = batch.new_contracts(row, &contract, fixing, span, Beside::Margin);
            Arc::new(contracts)
        });
        let mut leg = InterestLeg {
            interest: projected.interest,
            margin: projected.margin,
            ..InterestLeg::default()
        };
        let begins = Begins {
            batch: &batch,
            row,
            contract,
            fixing,
            span,
            day,
        };
        let transfer_rule = self.mirror_of_birth(pattern, &begins, rates, &mut leg)?;
        let mut terms = pattern.terms.clone();
        for (term, value) in &mut terms {
            match term {
                Term::Maturity => *value = Value::Date(contract.maturity),
                Term::Start | Term::LastPayment => *value = Value::Date(contract.start),
                Term::Rate => *value = Value::Number(contract.rate.to_rational()),
                Term::Margin => {
                    *value = Value::Number(contract.margin.unwrap_or_default().to_rational())
                }
                _ => {}
            }
        }
        let mut flows = None;
        let interest = match &pattern.interest {
            InterestTerms::None => InterestTerms::None,
            InterestTerms::Floating(floating) => InterestTerms::Floating(Arc::new(Floating {
                known: leg,
                exposures: projected.exposures,
                ..(**floating).clone()
            })),
            InterestTerms::Contracts(_) => {
                flows = Some(ScenarioFlows {
                    principal: Some(projected.principal.clone()),
                    interest: self.mirrored(pattern, leg)?,
                });
                let again = batch.recalculated_new(row, &contract, fixing, span);
                InterestTerms::Contracts(Arc::new(again.ok_or_else(too_large)?))
            }
            _ => InterestTerms::Fixed(Arc::new(leg)),
        };
        let group = Group {
            birth: Some(Birth {
                day,
                product: None,
                template: Some(template),
            }),
            terms,
            members: Vec::new(),
            lot: None,
            opening: Opening {
                nominal: contract.amount,
                margin: contract.margin,
                haircut: pattern.opening.haircut,
                is_bounded: pattern.opening.is_bounded,
                transfer_rule,
                ..Opening::default()
            },
            maturity: Some(contract.maturity.days_since(context.projection.date)),
            principal: projected.principal,
            amortisation: Series::default(),
            interest,
            contracts,
            ..pattern.clone()
        };
        Ok((group, flows))
    }

    fn settle_birth(
        &mut self,
        group: Group,
        flows: Option<ScenarioFlows>,
        day: Day,
        amount: Amount,
        template: Option<usize>,
        cause: Cause,
    ) -> usize {
        let (currency, of, sign) = (group.currency, Some(group.instrument), group.sign());
        let on_ledger = group.accounting != Accounting::Memo;
        let release = group.principal.last_day();
        let mut prepared = match self.prepare(&group, day) {
            Ok(prepared) => prepared,
            Err(error) => {
                self.failures.push(error);
                return self.states.len();
            }
        };
        if let Some(flows) = flows {
            prepared.flows = Some(Arc::new(flows));
        }
        let index = self.take_in(Some(group), prepared);
        if on_ledger {
            self.ledger
                .cash(currency, day, (Account::Nominal, of), -sign * amount, cause);
        }
        if let Some(template) = template {
            self.pledge_again(template, index, release, Reading::Day(day));
        }
        index
    }

    /// What customers draw of a line becomes a loan on the line's terms until its end.
    pub(super) fn draw(
        &mut self,
        index: usize,
        to: Day,
        amount: Amount,
        cause: Cause,
    ) -> Result<(), Diagnostic> {
        let context = self.context;
        let Some(line) = self.run.group(index).cloned() else {
            return Ok(());
        };
        if let Some((own, id)) = own_payments(self.source, &line) {
            let name = self.instrument_name(line.instrument);
            let instead = "leave it out of the instrument of the line";
            return Err(own_payments_lost(&name, own, &id, "what is drawn", instead));
        }
        let positions = self.source.positions.instrument(line.instrument);
        let row = line.members.first().map_or(0, |m| m.row as usize);
        let becomes = positions
            .and_then(|p| p.shape_of(row))
            .and_then(|shape| shape.draws)
            .unwrap_or(line.instrument);
        let end = line
            .maturity
            .unwrap_or_else(|| context.calendar.last())
            .max(to + 1);
        // a line that states how it accrues gives its own rate; else what is drawn is owed without interest
        let contract = NewContract {
            amount,
            start: context.date(to)?,
            maturity: context.date(end)?,
            rate: Rate::ZERO,
            margin: line.opening.margin,
        };
        let (mut group, flows) = if matches!(line.interest, InterestTerms::None) {
            let principal = Series::from_amounts(vec![(end, amount)]).unwrap_or_default();
            let group = Group {
                principal,
                members: Vec::new(),
                interest: InterestTerms::None,
                ..line.clone()
            };
            (group, None)
        } else {
            let spread = self
                .templates
                .kind_of(index)
                .and_then(|(_, margin)| margin)
                .or(line.opening.margin)
                .unwrap_or_default();
            let rate = match line.term(Term::Rate) {
                Some(Value::Number(rate)) => Rate::from_rational(rate).unwrap_or(spread),
                _ => spread,
            };
            self.born(&line, index, to, NewContract { rate, ..contract })?
        };
        group.birth = Some(Birth {
            day: to,
            product: None,
            template: Some(index),
        });
        group.instrument = becomes;
        group.lot = None;
        group.opening = Opening {
            nominal: amount,
            margin: line.opening.margin,
            transfer_rule: group.opening.transfer_rule,
            ..Opening::default()
        };
        group.maturity = Some(end);
        if group.side == crate::plan::Side::OffBalance {
            let target = context.plan.instruments.get(becomes.index());
            group.side = target.map_or(crate::plan::Side::Asset, |i| i.side);
            if group.side == crate::plan::Side::OffBalance {
                group.side = crate::plan::Side::Asset;
            }
            group.accounting = target
                .and_then(|i| i.mapping.accounting)
                .filter(|a| *a != Accounting::Memo)
                .unwrap_or(Accounting::Amortised);
            // a drawn loan is what loans of that instrument are in every dimension that the line does not have
            let loans = || {
                context
                    .projection
                    .groups
                    .iter()
                    .filter(|g| g.instrument == becomes)
            };
            if let Some(alike) = loans()
                .find(|g| g.currency == group.currency)
                .or_else(|| loans().next())
            {
                for (dimension, value) in &alike.dimensions {
                    if group.dimension(*dimension).is_none() {
                        group.dimensions.push((*dimension, value.clone()));
                    }
                }
                group.dimensions.sort_by_key(|(dimension, _)| *dimension);
            }
        }
        self.settle_birth(group, flows, to, amount, None, cause);
        Ok(())
    }
}
