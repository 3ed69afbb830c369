//! Mirror deals under a scenario: those that float, those whose price is a mean that moves, and those of new business.

use super::Steer;
use crate::contract::{Fixings, Floating as Rates, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::group::{
    Accruing, Client, ClientPeriod, Group, InterestLeg, InterestTerms, Withdrawal,
};
use crate::engine::project::kernel::{Beside, LegBatch, NewContract};
use crate::engine::project::mirror::{Deals, floats, mean_rate, mirror_rates};
use crate::engine::rates::client_interest;
use crate::engine::series::Day;
use crate::engine::transfer::{Deal, Pricing, less, plus, rule_of, term_between};
use crate::plan::{TransferPrice, TransferRule};
use crate::quantity::{Currency, RATE_SCALE, Rate};

fn too_large() -> Diagnostic {
    Diagnostic::error(
        codes::run::AMOUNT_TOO_LARGE,
        "transfer prices add up to more than can be counted",
    )
}

/// A contract that begins, as its mirror needs to know it.
pub(super) struct Begins<'b, 'p> {
    pub batch: &'b LegBatch<'p>,
    pub row: usize,
    pub contract: NewContract,
    pub fixing: Option<Rate>,
    pub span: Span,
    pub day: Day,
}

impl<'c, 'a> Steer<'c, 'a> {
    pub(super) fn pricing(&self) -> Pricing<'c, 'a> {
        Pricing {
            context: self.context,
            start: self.start,
        }
    }

    /// The price of equity over the run, where a rule is for it and it is read.
    pub(super) fn price_equity(&mut self) -> Result<(), Diagnostic> {
        if self.context.projection.has_equity_price {
            self.run.incomes.equity = self.pricing().equity(self.context.calendar.last())?;
        }
        Ok(())
    }

    /// Interest of a floating group with the base of its mirror, which is the deal's own interest less what stays with the business.
    pub(super) fn mirrored(
        &self,
        group: &Group,
        mut leg: InterestLeg,
    ) -> Result<InterestLeg, Diagnostic> {
        let rule = self.pricing().rule(group.opening.transfer_rule);
        if floats(group, rule)
            && let Some(kept) = leg.ftp_base.take()
        {
            leg.ftp_base = Some(leg.interest.less(&kept).ok_or_else(too_large)?);
        }
        Ok(leg)
    }

    /// The mirror of an account whose price is a mean over the last months: it moves at month ends.
    pub(super) fn client_mirror(
        &self,
        group: &Group,
        client: &Client,
        moved: Option<InterestLeg>,
    ) -> Result<Option<InterestLeg>, Diagnostic> {
        let pricing = self.pricing();
        let Some(rule) = pricing.rule(group.opening.transfer_rule) else {
            return Ok(moved);
        };
        let rolls =
            |price: Option<&TransferPrice>| matches!(price, Some(TransferPrice::Rolling { .. }));
        if !rolls(Some(&rule.base)) && !rolls(rule.liquidity.as_ref()) {
            return Ok(moved);
        }
        let Some((base, liquidity)) = self.opening_means(group, rule)? else {
            return Ok(moved);
        };
        let option = pricing.option(rule, group.currency, 0)?;
        let mut leg = moved.unwrap_or_else(|| client.frozen.clone());
        if rolls(Some(&rule.base)) {
            let path = self.means(&rule.base, group.currency, less(base, option)?, option)?;
            leg.ftp_base = Some(self.accrual(client, &path)?);
        }
        if let Some(part) = rule.liquidity.as_ref().filter(|part| rolls(Some(part))) {
            let path = self.means(part, group.currency, liquidity, Rate::ZERO)?;
            leg.ftp_liquidity = Some(self.accrual(client, &path)?);
        }
        Ok(Some(leg))
    }

    /// The prices at which an account stands when the run begins, before any tranche of it is renewed: as priced, of an account that
    /// begins later the means of that day.
    fn opening_means(
        &self,
        group: &Group,
        rule: &TransferRule,
    ) -> Result<Option<(Rate, Rate)>, Diagnostic> {
        let pricing = self.pricing();
        if group.birth.is_some() {
            let deal = Deal {
                currency: group.currency,
                fixed_for: None,
                until: None,
            };
            let price = pricing.price(rule, deal, 0)?;
            return Ok(Some((price.base, price.liquidity)));
        }
        let Some(positions) = self.source.positions.instrument(group.instrument) else {
            return Ok(None);
        };
        let rows: Vec<usize> = group.members.iter().map(|m| m.row as usize).collect();
        let deals = Deals {
            positions,
            rows: &rows,
            day: 0,
        };
        let Some(rates) = mirror_rates(self.source, pricing, group, &deals)? else {
            return Ok(None);
        };
        let opening = |rates: &[Rate]| mean_rate(group, rates).ok_or_else(too_large);
        Ok(Some((opening(&rates.base)?, opening(&rates.liquidity)?)))
    }

    /// A moving mean from each month end on, with a charge on top.
    fn means(
        &self,
        part: &TransferPrice,
        currency: Currency,
        opening: Rate,
        charge: Rate,
    ) -> Result<Vec<(Day, Rate)>, Diagnostic> {
        let TransferPrice::Rolling {
            curve,
            tenor,
            months,
        } = part
        else {
            return Ok(Vec::new());
        };
        let pricing = self.pricing();
        let mut path = Vec::new();
        for day in pricing.month_ends(self.context.calendar.last()) {
            let mean = pricing.mean(curve, *tenor, *months, currency, opening, day)?;
            let from = if day == 0 { Day::MIN } else { day };
            path.push((from, plus(mean, charge)?));
        }
        Ok(path)
    }

    /// What rates that change by day accrue on the balances of an account.
    fn accrual(&self, client: &Client, path: &[(Day, Rate)]) -> Result<Accruing, Diagnostic> {
        let periods = client.periods.iter().map(|period| ClientPeriod {
            stated: 0,
            ..*period
        });
        let balances = Client {
            rate: client.rate,
            daycount: client.daycount,
            frozen: InterestLeg::default(),
            periods: periods.collect(),
        };
        client_interest(self.context, &balances, path).map(|leg| leg.interest)
    }

    /// The mirrors of contracts that are run one by one under the scenario's rates.
    pub(super) fn contract_mirrors(
        &self,
        group: &Group,
        batch: &LegBatch<'_>,
        deals: &Deals<'_>,
        span: Span,
        fixings: &dyn Fixings,
        leg: InterestLeg,
    ) -> Result<InterestLeg, Diagnostic> {
        let pricing = self.pricing();
        if !self.context.projection.has_transfer_prices {
            return Ok(leg);
        }
        let rows = deals.rows;
        let Some(rates) = mirror_rates(self.source, pricing, group, deals)? else {
            return Ok(leg);
        };
        let accrual = |rates: Vec<Rate>| {
            batch
                .accrual_at(rows, rates, span, Rates::Rates(fixings))
                .ok_or_else(too_large)
        };
        let rule = pricing.rule(group.opening.transfer_rule);
        let unit = match rule {
            Some(rule) if rule.breakage => Some(accrual(vec![Rate(RATE_SCALE); rows.len()])?),
            _ => None,
        };
        let leg = InterestLeg {
            ftp_base: Some(accrual(rates.base)?),
            ftp_liquidity: Some(accrual(rates.liquidity)?),
            ftp_unit: unit,
            ..leg
        };
        self.mirrored(group, leg)
    }

    /// The mirror of a contract that begins, at the price of its day, by the rule of the group that it follows. What floats is left as
    /// what it pays less than the deal; see `mirrored`.
    pub(super) fn mirror_of_birth(
        &self,
        pattern: &Group,
        begins: &Begins<'_, '_>,
        rates: Rates<'_>,
        leg: &mut InterestLeg,
    ) -> Result<Option<usize>, Diagnostic> {
        if !self.context.projection.has_transfer_prices {
            return Ok(None);
        }
        let place = match pattern.opening.transfer_rule {
            Some(place) => Some(place),
            None => rule_of(self.context, pattern)?,
        };
        let pricing = self.pricing();
        let (Some(rule), false) = (
            pricing.rule(place),
            matches!(pattern.interest, InterestTerms::None),
        ) else {
            return Ok(place);
        };
        let (base, liquidity) = self.birth_rates(pattern, rule, begins)?;
        let accrual = |rate: Rate| {
            let contract = NewContract {
                margin: Some(rate),
                ..begins.contract
            };
            begins
                .batch
                .new_contract(
                    begins.row,
                    &contract,
                    begins.fixing,
                    begins.span,
                    Beside::Margin,
                    rates,
                )
                .and_then(|projected| projected.margin)
                .ok_or_else(too_large)
        };
        leg.ftp_base = Some(accrual(base)?);
        leg.ftp_liquidity = Some(accrual(liquidity)?);
        if rule.breakage {
            leg.ftp_unit = Some(accrual(Rate(RATE_SCALE))?);
        }
        Ok(place)
    }

    fn birth_rates(
        &self,
        pattern: &Group,
        rule: &TransferRule,
        begins: &Begins<'_, '_>,
    ) -> Result<(Rate, Rate), Diagnostic> {
        let pricing = self.pricing();
        let term = term_between(begins.contract.start, begins.contract.maturity);
        let until = match pattern.withdrawal {
            Withdrawal::Dated => Some(term),
            Withdrawal::Notice(tenor) => Some(tenor),
            Withdrawal::OnDemand | Withdrawal::Never => None,
        };
        let follows = floats(pattern, Some(rule));
        let reset = begins.batch.index().and_then(|(_, reset)| reset);
        let deal = Deal {
            currency: pattern.currency,
            fixed_for: if follows { reset.or(until) } else { until },
            until,
        };
        let price = pricing.price(rule, deal, begins.day)?;
        let base = match begins.fixing {
            Some(fixing) if follows => less(plus(fixing, begins.contract.rate)?, price.base)?,
            _ => price.base,
        };
        Ok((base, price.liquidity))
    }
}
