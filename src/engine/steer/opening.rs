//! The opening balance sheet: every group as booked, stated equity, and what they leave open.

use super::funding::Funding;
use super::volume::Volumes;
use super::{Setting, Steer, one};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::context::Context;
use crate::engine::events::Anchor;
use crate::engine::group::{
    ACCRUED_SCALE, Group, GroupKind, InterestTerms, Leg, ONE, Opening, Release, Withdrawal,
};
use crate::engine::ledger::{Ledger, OwnAccrued};
use crate::engine::series::{Amount, Series};
use crate::engine::state::{Account, Cause, Run, mul_div, round_accrued};
use crate::engine::valuation::{Valued, is_valued, market_value};
use crate::formula::{Value, evaluate};
use crate::plan::{
    Accounting, BadRows, BalanceSheet, DimensionMapping, InstrumentId, Mapping, ProductId, Side,
};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rational, in_thousands};
use std::collections::{BTreeMap, BTreeSet};

impl<'c, 'a> Steer<'c, 'a> {
    /// The run before its first day.
    pub(super) fn open(setting: Setting<'c, 'a>) -> Result<Self, Vec<Diagnostic>> {
        let Setting {
            context,
            start,
            source,
            shocks,
            templates,
            reads,
            observe,
        } = setting;
        let sheet = context.scenario.balance_sheet.as_ref();
        let anchor = Anchor {
            date: context.projection.date,
            last_payment: context.projection.last_payment,
        };
        let volumes = match sheet {
            Some(BalanceSheet::Plan(plan)) => Volumes::of(plan, anchor, context.calendar.last()),
            _ => Volumes::default(),
        };
        let run = Run::before_first_day(
            context.scenario.key.clone(),
            context.projection.clone(),
            context.calendar.clone(),
            matches!(sheet, Some(BalanceSheet::Constant { .. })),
        );
        let mut steer = Self {
            context,
            start,
            source,
            shocks,
            templates,
            reads,
            observe,
            armed: Self::armed(context),
            programmes: Self::programmes(context, source),
            repricings: Vec::new(),
            scalings: Vec::new(),
            rolling: Vec::new(),
            deferred: Vec::new(),
            struck: 0,
            run,
            states: Vec::new(),
            ledger: Ledger::default(),
            deals: Vec::new(),
            pools: Vec::new(),
            recoveries: BTreeMap::new(),
            observed: BTreeMap::new(),
            observed_at_ends: BTreeMap::new(),
            watched: BTreeSet::new(),
            sheet,
            volumes,
            funding: Funding::of(context).map_err(one)?,
            failures: Vec::new(),
            numbers: (0, Vec::new()),
            equity_before: BTreeMap::new(),
        };
        let mut errors = Vec::new();
        for group in &context.projection.groups {
            match steer.prepare(group, 0) {
                Ok(prepared) => {
                    steer.take_in(None, prepared);
                }
                Err(error) if !errors.contains(&error) && errors.len() < 50 => errors.push(error),
                Err(_) => {}
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        steer.price_equity().map_err(one)?;
        steer.open_accounts()?;
        steer.watch();
        steer.pledge_opening()?;
        steer.value_opening()?;
        steer.open_pools()?;
        steer.book_opening()?;
        steer.open_volumes().map_err(one)?;
        Ok(steer)
    }

    /// The metrics that behaviours read, and so are observed at the end of each event day.
    fn watch(&mut self) {
        for behaviour in self.context.scenario.behaviours.values() {
            for setting in crate::engine::reads::settings(&behaviour.settings) {
                let reads = crate::engine::reads::Reads::of_expression(self.context.plan, setting);
                if !reads.metrics.is_empty() {
                    self.watched
                        .extend(crate::engine::reads::direct_metrics(setting));
                }
            }
        }
    }

    /// Accounts of each currency: cash where the book names a surplus, plug and unmet need where it states equity.
    fn open_accounts(&mut self) -> Result<(), Vec<Diagnostic>> {
        let book = &self.context.exercise.book;
        let mut currencies: BTreeSet<Currency> = self
            .context
            .projection
            .groups
            .iter()
            .map(|g| g.currency)
            .collect();
        currencies.insert(book.currency);
        for currency in currencies {
            self.ledger.open(currency);
            if let Some(surplus) = book.surplus
                && !self
                    .context
                    .projection
                    .groups
                    .iter()
                    .any(|g| g.kind == GroupKind::Cash && g.currency == currency)
            {
                let mapping = self
                    .context
                    .plan
                    .instruments
                    .get(surplus.index())
                    .map(|i| &i.mapping);
                let alike = self
                    .context
                    .projection
                    .groups
                    .iter()
                    .find(|g| g.kind == GroupKind::Cash);
                let side = Side::Asset;
                let group = self.account_group(
                    GroupKind::Cash,
                    surplus,
                    side,
                    currency,
                    alike,
                    mapping.into_iter().collect(),
                );
                self.take_in_account(group)?;
            }
            if book.equity.is_some()
                && let Some(product) = book.shortfall
            {
                let (instrument, mappings) = self.product_mappings(product);
                for kind in [GroupKind::Plug, GroupKind::Unmet] {
                    let group = self.account_group(
                        kind,
                        instrument,
                        Side::Liability,
                        currency,
                        None,
                        mappings.clone(),
                    );
                    self.take_in_account(group)?;
                }
            }
        }
        Ok(())
    }

    fn take_in_account(&mut self, group: Group) -> Result<(), Vec<Diagnostic>> {
        let prepared = self.prepare(&group, 0).map_err(one)?;
        self.take_in(Some(group), prepared);
        Ok(())
    }

    fn product_mappings(&self, product: ProductId) -> (InstrumentId, Vec<&'a Mapping>) {
        let context: &'c Context<'a> = self.context;
        let product = context
            .scenario
            .products
            .get(&product)
            .or_else(|| context.plan.products.get(product.index()));
        let of = product.map_or(InstrumentId(0), |p| p.of);
        let instrument = context.plan.instruments.get(of.index());
        (
            of,
            product
                .map(|p| &p.mapping)
                .into_iter()
                .chain(instrument.map(|i| &i.mapping))
                .collect(),
        )
    }

    /// A group for an account of the ledger, with the dimensions that its mappings give without a row of a file.
    fn account_group(
        &self,
        kind: GroupKind,
        instrument: InstrumentId,
        side: Side,
        currency: Currency,
        alike: Option<&Group>,
        mappings: Vec<&Mapping>,
    ) -> Group {
        let mut group = Group {
            kind,
            instrument,
            currency,
            side,
            leg: Leg::Only,
            accounting: Accounting::Amortised,
            lot: None,
            birth: None,
            dimensions: alike.map(|g| g.dimensions.clone()).unwrap_or_default(),
            terms: Vec::new(),
            members: Vec::new(),
            opening: Opening::default(),
            withdrawal: if kind == GroupKind::Plug {
                Withdrawal::Dated
            } else {
                Withdrawal::OnDemand
            },
            maturity: None,
            principal: Series::default(),
            amortisation: Series::default(),
            release: Release::default(),
            interest: InterestTerms::None,
            daycount: None,
            contracts: None,
        };
        // a dimension may read another one: a second pass fills what the first could not
        for _ in 0..2 {
            for (dimension, mapping) in mappings.iter().flat_map(|m| &m.dimensions) {
                if group.dimension(*dimension).is_some() {
                    continue;
                }
                if let DimensionMapping::Formula(formula) = mapping
                    && let Ok(value) = evaluate(formula, &self.context.scope(&group, 0))
                    && !value.is_undefined()
                {
                    group.dimensions.push((*dimension, value));
                }
            }
        }
        group.dimensions.sort_by_key(|(dimension, _)| *dimension);
        group
    }

    /// Market values as booked.
    fn value_opening(&mut self) -> Result<(), Vec<Diagnostic>> {
        let mut errors = Vec::new();
        for index in 0..self.context.projection.groups.len() {
            let Some(group) = self.context.projection.groups.get(index) else {
                continue;
            };
            if !is_valued(group) {
                continue;
            }
            match self.opening_value(index, group) {
                Ok(value) => {
                    if let Some(slot) = self.run.opening_values.get_mut(index) {
                        *slot = Some(value);
                    }
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn opening_value(&self, index: usize, group: &Group) -> Result<Amount, Diagnostic> {
        let origin = self.context.projection.date;
        let none = Default::default();
        let leg = self.run.interest_leg(index).unwrap_or(&none);
        if let Some(price) = group.opening.clean_price {
            let clean = mul_div(
                group.opening.nominal,
                i128::from(price.0),
                i128::from(RATE_SCALE),
            );
            return Ok(clean + round_accrued(leg.interest.accrued(0, origin)));
        }
        let principal = self.run.principal(index).unwrap_or(&group.principal);
        let valued = Valued {
            group,
            principal,
            interest: &leg.interest,
            factor: ONE,
            spread: group.opening.spread,
            shock: None,
        };
        market_value(self.start, &valued, 0)
    }

    /// Posts the opening against the other side of each currency, then states equity.
    fn book_opening(&mut self) -> Result<(), Vec<Diagnostic>> {
        let open = (Account::FxPosition, None);
        for index in 0..self.run.group_count() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            let (currency, of, sign) = (group.currency, Some(group.instrument), group.sign());
            let Some(state) = self.states.get(index) else {
                continue;
            };
            let (nominal, accrued, premium) = (state.nominal, state.accrued, state.premium);
            if group.kind == GroupKind::Cash {
                self.ledger.post(
                    currency,
                    (Account::Cash, None),
                    open,
                    nominal * ACCRUED_SCALE,
                    Cause::Opening,
                );
                self.ledger.post(
                    currency,
                    (Account::Accrued, of),
                    open,
                    accrued,
                    Cause::Opening,
                );
                *self.ledger.own_accrued(currency, OwnAccrued::Cash) += accrued;
                continue;
            }
            if group.accounting == Accounting::Memo || sign == 0 || group.is_account() {
                continue;
            }
            let mut fair_value = 0;
            if group.is_at_fair_value() {
                let value = self
                    .run
                    .opening_values
                    .get(index)
                    .copied()
                    .flatten()
                    .unwrap_or(0);
                fair_value = if group.is_derivative() {
                    value - sign * round_accrued(accrued)
                } else {
                    value - nominal - round_accrued(accrued) - premium
                };
            }
            let fair_sign = if group.is_derivative() { 1 } else { sign };
            let parts = [
                (Account::Nominal, sign * nominal * ACCRUED_SCALE),
                (Account::Accrued, sign * accrued),
                (Account::Premium, sign * premium * ACCRUED_SCALE),
                (Account::FairValue, fair_sign * fair_value * ACCRUED_SCALE),
            ];
            for (account, amount) in parts {
                self.ledger
                    .post(currency, (account, of), open, amount, Cause::Opening);
            }
            if let Some(state) = self.states.get_mut(index) {
                state.fair_value = fair_value;
            }
        }
        self.state_equity()?;
        for currency in self.ledger.currencies() {
            let accounts = self.ledger.accounts(currency);
            self.run
                .accounts
                .entry(currency)
                .or_default()
                .push(accounts);
            self.remember(currency, true).map_err(one)?;
        }
        Ok(())
    }

    fn state_equity(&mut self) -> Result<(), Vec<Diagnostic>> {
        let context = self.context;
        let book = &context.exercise.book;
        let Some(equity) = &book.equity else {
            return Ok(());
        };
        let currency = book.currency;
        let money = |value: Value| -> Result<Amount, Diagnostic> {
            match value {
                Value::Money(units, in_currency) if in_currency == currency => {
                    Quanta::from_rational(&units, currency)
                        .map(|q| q.0)
                        .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
                }
                Value::Number(number) if number.is_zero() => Ok(0),
                other => Err(Diagnostic::error(
                    codes::run::WRONG_KIND,
                    format!(
                        "{} stands where an amount in {currency} is due",
                        other.kind()
                    ),
                )),
            }
        };
        let stated = money(
            context
                .plain(equity, currency, 0)
                .map_err(|r| one(r.into_diagnostic()))?,
        )
        .map_err(one)?;
        let mut total = Rational::ZERO;
        for other in self.ledger.currencies() {
            let net = Rational::integer(self.ledger.net_assets(other));
            total = &total + &(&net * &self.to_book(self.start, other, 0).map_err(one)?);
        }
        let net = total.to_scaled(0).map_err(|e| {
            one(Diagnostic::error(
                codes::run::AMOUNT_TOO_LARGE,
                e.to_string(),
            ))
        })?;
        let difference = net - stated * ACCRUED_SCALE;
        let mut allowed: Amount = ACCRUED_SCALE;
        for reconciliation in &book.reconciliations {
            let total = context
                .plain(&reconciliation.total, currency, 0)
                .map_err(|r| one(r.into_diagnostic()))?;
            let within = context
                .plain(&reconciliation.within, currency, 0)
                .map_err(|r| one(r.into_diagnostic()))?;
            let tolerance = match (&within, total.number()) {
                (Value::Number(share), Some(total)) => {
                    money(Value::Money(share * total, currency)).map_err(one)?
                }
                _ => money(within).map_err(one)?,
            };
            allowed = allowed.max(tolerance.abs() * ACCRUED_SCALE);
        }
        if difference.abs() > allowed {
            let show = |amount: Amount| {
                let exact = Quanta(round_accrued(amount)).display(currency).to_string();
                in_thousands(&exact)
            };
            let set_aside = if book.bad_rows == Some(BadRows::Quarantine) {
                ", bring back the rows that were set aside"
            } else {
                ""
            };
            let mut error = Diagnostic::error(
                codes::run::DOES_NOT_BALANCE,
                format!("assets less liabilities are {} {currency}, equity is stated as {} {currency}", show(net), show(stated * ACCRUED_SCALE)),
            )
            .help(format!("correct the equity{set_aside}, or allow for the difference with `reconcile … within …`: it then stands in an account of its own"))
            .note(format!("difference {} {currency}, allowed {} {currency}", show(difference), show(allowed)));
            if let Some(span) = equity.span {
                error = error.at(span, "");
            }
            return Err(one(error));
        }
        let open = (Account::FxPosition, None);
        self.ledger.post(
            currency,
            open,
            (Account::Capital, None),
            stated * ACCRUED_SCALE,
            Cause::Opening,
        );
        self.ledger.post(
            currency,
            open,
            (Account::OpeningDifference, None),
            difference,
            Cause::Opening,
        );
        self.run.equity.push(stated);
        Ok(())
    }

    /// Quanta of the book's currency that a quantum of a currency is worth on a day.
    pub(super) fn to_book(
        &self,
        context: &Context<'_>,
        currency: Currency,
        day: crate::engine::series::Day,
    ) -> Result<Rational, Diagnostic> {
        let book = context.exercise.book.currency;
        if currency == book {
            return Ok(Rational::ONE);
        }
        let rate = context
            .market
            .fx(currency, context.date(day)?)
            .map_err(|error| context.of_currency(error, currency))?;
        Rational::new(Quanta::per_unit(book), Quanta::per_unit(currency))
            .map(|scale| &rate * &scale)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
    }

    /// Equity on a day, quanta of the book's currency: net assets of every currency at the day's rate, less what the opening left open.
    pub(super) fn equity(&self, day: crate::engine::series::Day) -> Result<Amount, Diagnostic> {
        let mut total = Rational::ZERO;
        for currency in self.ledger.currencies() {
            let net = Rational::integer(self.ledger.net_assets(currency));
            total = &total + &(&net * &self.to_book(self.context, currency, day)?);
        }
        let book = self.context.exercise.book.currency;
        let open = -self.ledger.balance(book, Account::OpeningDifference);
        let net = total
            .to_scaled(0)
            .map_err(|e| Diagnostic::error(codes::run::AMOUNT_TOO_LARGE, e.to_string()))?;
        Ok(round_accrued(net - open))
    }

    /// Keeps net assets and the rate of a currency, for the next revaluation.
    pub(super) fn remember(&mut self, currency: Currency, opening: bool) -> Result<(), Diagnostic> {
        if !self.funding.has_equity {
            return Ok(());
        }
        let day = self
            .run
            .done
            .checked_sub(0)
            .and_then(|place| self.run.calendar.days.get(place))
            .copied()
            .unwrap_or(0);
        let rate = self.to_book(
            if opening { self.start } else { self.context },
            currency,
            day,
        )?;
        let net = self.ledger.net_assets(currency);
        self.equity_before.insert(currency, (net, rate));
        Ok(())
    }

    /// What the rates of exchange of the cell made of the net assets at its start, thousandths of a quantum of the book's currency.
    pub(super) fn exchange_result(
        &mut self,
        day: crate::engine::series::Day,
    ) -> Result<i128, Diagnostic> {
        let mut total = Rational::ZERO;
        for (currency, (net, rate)) in &self.equity_before {
            let now = self.to_book(self.context, *currency, day)?;
            total = &total + &(&Rational::integer(*net) * &(&now - rate));
        }
        for currency in self.ledger.currencies() {
            self.remember(currency, false)?;
        }
        total
            .to_scaled(0)
            .map_err(|e| Diagnostic::error(codes::run::AMOUNT_TOO_LARGE, e.to_string()))
    }
}
