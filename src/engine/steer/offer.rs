//! A contract on the terms of a product: its rates made on the day, as one row of positions, then groups like any other's.

use super::Steer;
use super::prepare::ScenarioFixings;
use crate::book::{
    AccrualKind, Column, DimensionColumn, InstrumentPositions, LegColumns, RowOrigin, shape,
};
use crate::calendar::{Date, DayCount};
use crate::contract::{Floating as Rates, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::context::Context;
use crate::engine::group::{
    Birth, Group, GroupKind, InterestLeg, InterestTerms, Leg, Opening, Release, Withdrawal,
};
use crate::engine::project::begin;
use crate::engine::project::kernel::Beside;
use crate::engine::project::mirror::{Deals, price};
use crate::engine::rates::floating_interest;
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::{Account, Cause, ScenarioFlows, mul_div};
use crate::engine::valuation::calibrate;
use crate::formula::{Value, evaluate};
use crate::plan::{
    Accounting, Accrual, DimensionMapping, Expression, InstrumentId, Mapping, Product, ProductId,
    Term,
};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rate};
use std::cell::RefCell;
use std::sync::Arc;

/// The terms of new business: a product's over its instrument's, or an instrument's with some put in place.
pub(super) struct Offer {
    pub instrument: InstrumentId,
    pub product: Option<ProductId>,
    pub mapping: Mapping,
    pub currency: Currency,
    pub maturity: Option<Date>,
    /// A rate in place of the mapping's.
    pub rate: Option<Rate>,
    /// Clean price, share of nominal.
    pub price: Option<Rate>,
    /// Share of nominal.
    pub cost: Rate,
}

/// A contract that begins: its groups, a leg each, with the flows that depend on the scenario.
pub(super) type Begun = Vec<(Group, Option<ScenarioFlows>)>;

impl<'c, 'a> Steer<'c, 'a> {
    /// A product as the scenario has it.
    pub(super) fn product(&self, id: ProductId) -> Option<&'a Product> {
        let context: &'c Context<'a> = self.context;
        let changed = context.scenario.products.get(&id);
        changed.or_else(|| context.plan.products.get(id.index()))
    }

    /// The terms of a product on a day.
    pub(super) fn offer(&self, id: ProductId, day: Day) -> Result<Offer, Diagnostic> {
        let context = self.context;
        let product = self
            .product(id)
            .ok_or_else(|| lacking("", "a definition"))?;
        let own = context.plan.instruments.get(product.of.index());
        let instrument = own.ok_or_else(|| lacking(&product.heading.short, "an instrument"))?;
        let mapping = instrument.mapping.overlaid(product.mapping.clone());
        let (currency, date) = (self.currency_of(&mapping, day)?, context.date(day)?);
        let pseudo = self.pseudo(product.of, currency);
        let ratio = |term: Term| -> Result<Option<Rate>, Diagnostic> {
            let Some(formula) = product.mapping.terms.get(&term) else {
                return Ok(None);
            };
            self.rate_of(formula, &pseudo, day).map(Some)
        };
        let maturity = product
            .maturity
            .map(|term| term.after(date).map_err(out_of_range))
            .transpose()?;
        Ok(Offer {
            instrument: product.of,
            product: Some(id),
            currency,
            maturity,
            rate: None,
            price: ratio(Term::Price)?,
            cost: ratio(Term::Cost)?.unwrap_or(Rate::ZERO),
            mapping,
        })
    }

    fn currency_of(&self, mapping: &Mapping, day: Day) -> Result<Currency, Diagnostic> {
        let book = self.context.exercise.book.currency;
        let Some(formula) = mapping.terms.get(&Term::Currency) else {
            return Ok(book);
        };
        let value = self.context.plain(formula, book, day);
        match value.map_err(|r| r.at(formula.span).into_diagnostic())? {
            Value::Currency(currency) => Ok(currency),
            Value::Text(text) => text.parse().map_err(|_| lacking(&text, "a currency")),
            _ => Ok(book),
        }
    }

    /// A group without amounts, for formulas about a contract that does not exist yet.
    pub(super) fn pseudo(&self, instrument: InstrumentId, currency: Currency) -> Group {
        let side = self
            .context
            .plan
            .instruments
            .get(instrument.index())
            .map_or(crate::plan::Side::Asset, |i| i.side);
        Group {
            kind: GroupKind::Contract,
            instrument,
            currency,
            side,
            leg: Leg::Only,
            accounting: Accounting::Amortised,
            lot: None,
            birth: None,
            dimensions: Vec::new(),
            terms: Vec::new(),
            members: Vec::new(),
            opening: Opening::default(),
            withdrawal: Withdrawal::Dated,
            maturity: None,
            principal: Series::default(),
            amortisation: Series::default(),
            release: Release::default(),
            interest: InterestTerms::None,
            daycount: None,
            contracts: None,
        }
    }

    fn rate_of(&self, formula: &Expression, about: &Group, day: Day) -> Result<Rate, Diagnostic> {
        let value = evaluate(formula, &self.context.scope(about, day))
            .map_err(|r| r.at(formula.span).into_diagnostic())?;
        match value {
            Value::Number(number) => Rate::from_rational(&number).map_err(out_of_range),
            other => Err(Diagnostic::error(
                codes::run::WRONG_KIND,
                format!("{} stands where a rate or ratio is due", other.kind()),
            )),
        }
    }

    /// A contract of some nominal on an offer's terms that begins on a day, at a premium over its nominal.
    pub(super) fn begin(
        &self,
        offer: &Offer,
        id: &str,
        nominal: Amount,
        premium: Amount,
        day: Day,
    ) -> Result<Begun, Vec<Diagnostic>> {
        let context = self.context;
        let positions = self.row(offer, id, nominal, day).map_err(|e| vec![e])?;
        let start = context.date(day).map_err(|e| vec![e])?;
        let made = begin(
            self.source,
            self.reads,
            &positions,
            start,
            premium,
            &context.calendar.days,
        )?;
        let mut begun = Vec::new();
        for mut group in made {
            group.birth = Some(Birth {
                day,
                product: offer.product,
                template: None,
            });
            if context.projection.has_transfer_prices {
                let deals = Deals {
                    positions: &positions,
                    rows: &[0],
                    day,
                };
                let horizon = self.source.horizon(context.calendar.last());
                price(self.source, self.pricing(), &mut group, &deals, horizon)
                    .map_err(|e| vec![e])?;
            }
            let flows = match group.interest {
                InterestTerms::Contracts(_) => {
                    let flows = self.recalculated(&group, &positions, start);
                    let flows = flows.map_err(|e| vec![e])?;
                    group.principal = flows.principal.clone().unwrap_or_default();
                    Some(flows)
                }
                _ => None,
            };
            if self.keeps_payments() {
                group.contracts = self.contracts_in(&group, &positions, &[0], start);
            }
            begun.push((group, flows));
        }
        Ok(begun)
    }

    /// Class P: the contract itself, run under the scenario's rates.
    fn recalculated(
        &self,
        group: &Group,
        positions: &InstrumentPositions,
        start: Date,
    ) -> Result<ScenarioFlows, Diagnostic> {
        let missing = || lacking(&self.instrument_name(group.instrument), "an index");
        let batch = self.source.batch(positions, 0, group.leg, group.currency);
        let batch = batch.ok_or_else(missing)?;
        let (index, reset) = batch.index().ok_or_else(missing)?;
        let fixings = ScenarioFixings {
            context: self.context,
            index: index.to_owned(),
            reset,
            error: RefCell::new(None),
        };
        let span = Span {
            valuation: start,
            horizon: start,
        };
        let too_large = || out_of_range("new business is more than can be counted");
        let projected = batch
            .project(&[0], span, Beside::Margin, Rates::Rates(&fixings))
            .ok_or_else(too_large)?;
        if let Some(error) = fixings.error.borrow_mut().take() {
            return Err(error);
        }
        if let Some(error) = projected.errors.first() {
            let name = self.instrument_name(group.instrument);
            return Err(Diagnostic::error(
                codes::run::TERM_MISSING,
                format!("new business of `{name}` on {start}: {}", error.reason),
            ));
        }
        let leg = InterestLeg {
            interest: projected.interest,
            margin: projected.margin,
            ..InterestLeg::default()
        };
        let deals = Deals {
            positions,
            rows: &[0],
            day: start.days_since(self.context.projection.date),
        };
        Ok(ScenarioFlows {
            principal: Some(projected.principal),
            interest: self.contract_mirrors(group, &batch, &deals, span, &fixings, leg)?,
        })
    }

    pub(super) fn instrument_name(&self, id: InstrumentId) -> String {
        let instrument = self.context.plan.instruments.get(id.index());
        instrument.map_or_else(String::new, |i| i.heading.short.clone())
    }

    /// The one row of positions that the contract is.
    fn row(
        &self,
        offer: &Offer,
        id: &str,
        nominal: Amount,
        day: Day,
    ) -> Result<InstrumentPositions, Diagnostic> {
        let context = self.context;
        let (mapping, name) = (&offer.mapping, self.instrument_name(offer.instrument));
        if let Some(own) = mapping.own_payments() {
            return Err(Diagnostic::error(
                codes::run::TERM_MISSING,
                format!("new business of `{name}` cannot have its `{own}`, which each position states for itself"),
            )
            .help("let the product say how its contracts repay and accrue, without it: `repays = …`, `accrues = …`"));
        }
        let instrument = context.plan.instruments.get(offer.instrument.index());
        let start = context.date(day)?;
        let mut about = self.pseudo(offer.instrument, offer.currency);
        let put = |about: &mut Group, term: Term, value: Value| {
            about.terms.retain(|(t, _)| *t != term);
            about.terms.push((term, value));
        };
        put(&mut about, Term::Start, Value::Date(start));
        put(&mut about, Term::LastPayment, Value::Date(start));
        if let Some(maturity) = offer.maturity {
            put(&mut about, Term::Maturity, Value::Date(maturity));
        }
        let money = Value::Money(Quanta(nominal).to_rational(offer.currency), offer.currency);
        put(&mut about, Term::Principal, money);
        let own = offer
            .product
            .and_then(|id| self.product(id))
            .map(|product| &product.mapping);
        if let Some(term) = offer
            .product
            .and_then(|id| self.product(id))
            .and_then(|p| p.maturity)
            && !mapping.terms.contains_key(&Term::OriginalTerm)
        {
            put(&mut about, Term::OriginalTerm, Value::Tenor(term));
        }
        // a term may read another one: a second pass fills what the first could not; what needs the row of a file stays open
        for pass in 0..2 {
            for (term, formula) in &mapping.terms {
                if about.term(*term).is_some() || matches!(term, Term::Id | Term::Currency) {
                    continue;
                }
                match evaluate(formula, &context.scope(&about, day)) {
                    Ok(value) if !value.is_undefined() => put(&mut about, *term, value),
                    Err(refusal)
                        if pass == 1 && own.is_some_and(|o| o.terms.contains_key(term)) =>
                    {
                        return Err(refusal.at(formula.span).into_diagnostic());
                    }
                    _ => {}
                }
            }
            for (dimension, mapping) in &mapping.dimensions {
                if let DimensionMapping::Formula(formula) = mapping
                    && about.dimension(*dimension).is_none()
                    && let Ok(value) = evaluate(formula, &context.scope(&about, day))
                    && !value.is_undefined()
                {
                    about.dimensions.push((*dimension, value));
                }
            }
        }
        let side = instrument.map_or(crate::plan::Side::Asset, |i| i.side);
        let lots = instrument.is_some_and(|i| i.lots);
        let mut row = InstrumentPositions::empty(offer.instrument, side, lots);
        row.ids = vec![Arc::from(id)];
        row.origin = vec![RowOrigin { source: 0, row: 0 }];
        row.sources = vec![String::new()];
        row.shapes = vec![shape(mapping)];
        row.shape = Column::Same(0);
        row.currency = Column::Same(offer.currency);
        if side == crate::plan::Side::Derivative {
            row.notional = Column::Same(Quanta(nominal));
        } else {
            row.principal = Column::Same(Quanta(nominal));
        }
        row.last_payment = Column::Same(start);
        let share_of = |term: Term| match about.term(term) {
            Some(Value::Number(number)) => Rate::from_rational(number)
                .map(Column::Same)
                .unwrap_or(Column::Absent),
            _ => Column::Absent,
        };
        let date_of = |term: Term| match about.term(term) {
            Some(Value::Date(date)) => Column::Same(*date),
            _ => Column::Absent,
        };
        let tenor_of = |term: Term| match about.term(term) {
            Some(Value::Tenor(tenor)) => Column::Same(*tenor),
            _ => Column::Absent,
        };
        let flag_of = |term: Term| match about.term(term) {
            Some(Value::Bool(flag)) => Column::Same(*flag),
            _ => Column::Absent,
        };
        let money_of = |term: Term| match about.term(term) {
            Some(Value::Money(units, currency)) => Quanta::from_rational(units, *currency)
                .map(Column::Same)
                .unwrap_or(Column::Absent),
            _ => Column::Absent,
        };
        row.maturity = date_of(Term::Maturity);
        row.original_term = tenor_of(Term::OriginalTerm);
        row.settles = tenor_of(Term::Settles);
        row.is_callable = flag_of(Term::IsCallable);
        row.is_putable = flag_of(Term::IsPutable);
        row.margin = share_of(Term::Margin);
        row.ftp_base = share_of(Term::FtpBase);
        row.ftp_liquidity = share_of(Term::FtpLiquidity);
        row.haircut = share_of(Term::Haircut);
        row.price = offer.price.map_or(Column::Absent, Column::Same);
        row.round = money_of(Term::Round);
        // the capacity of a product is what it lends, not what its lots bring
        if own.is_none_or(|own| !own.terms.contains_key(&Term::Capacity)) {
            row.capacity = money_of(Term::Capacity);
        }
        let legs = [
            (&mapping.accrues, &mut row.accrues),
            (&mapping.pays, &mut row.pays),
            (&mapping.receives, &mut row.receives),
        ];
        let mut fixing = None;
        for (accrual, columns) in legs {
            *columns = self.leg_terms(accrual.as_ref(), &about, offer, &name, day)?;
            let index = accrual.as_ref().and_then(Accrual::index);
            if let (Some((index, period)), Some(accrual)) = (index, accrual) {
                let rate = context.index_rate(index, day, day, period)?;
                fixing = Some(accrual.rounded(rate));
            }
        }
        row.last_fixing = fixing.map_or(Column::Absent, Column::Same);
        row.dimensions = about
            .dimensions
            .iter()
            .map(|(dimension, value)| DimensionColumn::of_one(*dimension, value.clone()))
            .collect();
        if matches!(
            row.shapes.first().and_then(|s| s.accrues.as_ref()),
            Some(AccrualKind::CashFlow { .. })
        ) {
            row.accrues.amount = Column::Same(Quanta(nominal));
        }
        Ok(row)
    }

    fn leg_terms(
        &self,
        accrual: Option<&Accrual>,
        about: &Group,
        offer: &Offer,
        name: &str,
        day: Day,
    ) -> Result<LegColumns, Diagnostic> {
        let mut columns = LegColumns::default();
        let value = |formula: &Expression| self.rate_of(formula, about, day).map(Column::Same);
        let each = |formula: &Option<Expression>| match formula {
            Some(formula) => value(formula),
            None => Ok(Column::Absent),
        };
        match accrual {
            Some(Accrual::Fixed { rate, .. } | Accrual::Client { rate, .. }) => {
                columns.rate = match offer.rate {
                    Some(rate) => Column::Same(rate),
                    None => value(rate).map_err(|error| {
                        error.note(format!("new business of `{name}` asks for its rate"))
                    })?,
                };
            }
            Some(Accrual::Index {
                spread, floor, cap, ..
            }) => {
                columns.spread = each(spread)?;
                columns.floor = each(floor)?;
                columns.cap = each(cap)?;
            }
            _ => {}
        }
        Ok(columns)
    }

    /// The same with the spread over the curve of the day at which the contract is worth its price: what it is dealt in later is
    /// valued at that spread, whether or not the books carry it at market value.
    pub(super) fn priced(
        &self,
        mut begun: Begun,
        price: Option<Rate>,
        day: Day,
    ) -> Result<Begun, Diagnostic> {
        let context = self.context;
        for (group, flows) in &mut begun {
            let is_dated = group.withdrawal == Withdrawal::Dated;
            if group.is_derivative() || !is_dated || !context.has_curve(group.currency) {
                continue;
            }
            let target = part_of(group.opening.nominal, price.unwrap_or(Rate(RATE_SCALE)));
            let made;
            let interest = match (&group.interest, &flows) {
                (InterestTerms::Floating(floating), _) => {
                    let daycount = group.daycount.unwrap_or(DayCount::Act360);
                    made = floating_interest(context, floating, daycount, |fixing, period| {
                        context.index_rate(&floating.index, fixing, fixing.max(day), period)
                    })?;
                    Some(&made)
                }
                (_, Some(flows)) => Some(&flows.interest),
                _ => group.fixed_interest(),
            };
            let none = Series::default();
            let paid = interest.map_or(&none, |leg| &leg.interest.paid);
            group.opening.spread = calibrate(context, group, &group.principal, paid, target, day)?;
        }
        Ok(begun)
    }

    /// Takes a contract in and posts what it is carried at; what is paid or received for it is the cash of the same cause.
    pub(super) fn take_up(
        &mut self,
        begun: Begun,
        day: Day,
        cause: Cause,
    ) -> Result<Vec<usize>, Diagnostic> {
        let mut indices = Vec::new();
        for (group, flows) in begun {
            let (currency, of, sign) = (group.currency, Some(group.instrument), group.sign());
            let is_posted = group.accounting != Accounting::Memo && !group.is_derivative();
            let (nominal, premium) = (group.opening.nominal, group.opening.premium);
            let prepared = self.prepare_begun(&group, flows, day)?;
            indices.push(self.take_in(Some(group), prepared));
            if is_posted {
                for (account, amount) in [(Account::Nominal, nominal), (Account::Premium, premium)]
                {
                    self.ledger
                        .cash(currency, day, (account, of), -sign * amount, cause);
                }
            }
        }
        Ok(indices)
    }
}

/// A share of an amount, rounded half to even.
pub(super) fn part_of(amount: Amount, share: Rate) -> Amount {
    mul_div(amount, i128::from(share.0), i128::from(RATE_SCALE))
}

pub(super) fn out_of_range(error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(codes::run::OUT_OF_RANGE, error.to_string())
}

fn lacking(name: &str, what: &str) -> Diagnostic {
    Diagnostic::error(
        codes::run::TERM_MISSING,
        format!("new business of `{name}` has not {what}"),
    )
}
