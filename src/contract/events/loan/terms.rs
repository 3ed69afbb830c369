//! The terms of a loan.

use super::initial::resolve_maturity;
use crate::calendar::DayCount;
use crate::contract::events::cycle::Run;
use crate::contract::events::observed::Observed;
use crate::contract::events::terms::{Basis, Count, Outcome, Start, Terms};
use crate::contract::events::{Conventions, Moment};

/// How principal is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All at maturity (PAM).
    Bullet,
    /// In equal parts of principal (LAM).
    Linear,
    /// By payments that hold the interest, whatever they leave of it (NAM).
    Negative,
    /// By level payments (ANN).
    Annuity,
    /// By lists of amounts, up and down (LAX).
    Exotic,
    /// On call with notice (CLM).
    Call,
    /// Never by schedule (UMP).
    Open,
}

/// What interest is calculated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterestBase {
    /// The outstanding notional.
    Notional,
    /// What it was at the initial exchange, or a given amount.
    AtIssue,
    /// What it was on the last of some dates.
    Lagged,
}

/// How a variable rate is made of an observed one.
#[derive(Clone, Debug)]
pub struct Resets {
    /// When.
    pub run: Option<Run>,
    /// The market object.
    pub code: Option<String>,
    /// Factor on it.
    pub multiplier: f64,
    /// Added to it.
    pub spread: f64,
    /// Bounds of the rate.
    pub life: (f64, f64),
    /// Bounds of its change at a reset.
    pub period: (f64, f64),
    /// The rate of the next reset, where it is known.
    pub next: Option<f64>,
}

/// Fees.
#[derive(Clone, Copy, Debug)]
pub struct Fees {
    /// When.
    pub run: Run,
    /// An amount, or a rate of a year.
    pub rate: f64,
    /// Whether it is an amount a payment.
    pub absolute: bool,
}

/// Scaling of payments by an index.
#[derive(Clone, Debug)]
pub struct Scaling {
    /// When.
    pub run: Option<Run>,
    /// The index.
    pub code: Option<String>,
    /// Its value to start from.
    pub start: f64,
    /// Whether payments of interest are scaled,
    pub interest: bool,
    /// and payments of principal.
    pub notional: bool,
}

/// A purchase or a termination.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    /// When.
    pub at: Moment,
    /// Its price without accrued interest.
    pub price: f64,
}

/// The terms of a loan, read and checked.
#[derive(Clone, Debug)]
pub struct Loan {
    /// What all contracts have.
    pub basis: Basis,
    /// Which reading is taken where there are several.
    pub conventions: Conventions,
    /// How it is repaid.
    pub form: Form,
    /// How interest counts.
    pub day_count: DayCount,
    /// Notional, positive.
    pub notional: f64,
    /// Rate of a year.
    pub rate: Option<f64>,
    /// Day of the initial exchange.
    pub issue: Moment,
    /// When it ends.
    pub maturity: Moment,
    /// Premium (+) or discount (-) that is paid with the notional.
    pub premium: f64,
    /// Accrued interest on the status date or the initial exchange, positive.
    pub accrued: Option<f64>,
    /// Payments of interest.
    pub interest: Option<Run>,
    /// Anchor of interest as the terms give it.
    pub interest_anchor: Option<Moment>,
    /// Up to when interest is capitalised.
    pub capitalised_to: Option<Moment>,
    /// Payments of principal.
    pub redemption: Option<Run>,
    /// Amount of the next one.
    pub next_redemption: Option<f64>,
    /// When an annuity would be repaid; before or after maturity.
    pub amortised_by: Option<Moment>,
    /// What interest is calculated on,
    pub base: InterestBase,
    /// the amount where it is given,
    pub base_amount: Option<f64>,
    /// and the dates where it lags.
    pub base_run: Option<Run>,
    /// Resets of the rate.
    pub resets: Resets,
    /// Fees.
    pub fees: Option<Fees>,
    /// Accrued fees.
    pub accrued_fees: Option<f64>,
    /// Scaling.
    pub scaling: Option<Scaling>,
    /// Factor on principal and on interest at the start.
    pub scales: (f64, f64),
    /// Bought on the way.
    pub purchase: Option<Deal>,
    /// Ended on the way.
    pub termination: Option<Deal>,
    /// When it was called.
    pub call: Option<Moment>,
}

impl Loan {
    /// Reads the terms of a loan; all errors are told.
    pub fn read(
        terms: &Terms<'_>,
        form: Form,
        role: Option<f64>,
        to: Option<Moment>,
        observed: &Observed,
        conventions: &Conventions,
    ) -> Outcome<Loan> {
        let basis = Basis::read(terms, role);
        let issue = terms.required_moment("initialExchangeDate");
        let start = Start {
            at: issue,
            month_end: basis.month_end,
            one_cycle_after: !conventions.anchor_on_exchange,
        };
        let run = |anchor: &str, cycle: &str| terms.run(anchor, cycle, start);
        let rate = terms.number("nominalInterestRate");
        let resets = resets(terms, start);
        let day_count = if rate.is_some() || resets.run.is_some() {
            Basis::day_count(terms)
        } else {
            DayCount::Act365
        };
        let bases = [
            ("NT", InterestBase::Notional),
            ("NTIED", InterestBase::AtIssue),
            ("NTL", InterestBase::Lagged),
        ];
        let base = terms.choice("interestCalculationBase", &bases);
        refuse_what_is_not_calculated(terms);
        let mut loan = Loan {
            conventions: *conventions,
            form,
            day_count,
            notional: terms.required_amount("notionalPrincipal"),
            rate,
            issue,
            maturity: issue,
            premium: premium(terms, form, conventions),
            accrued: terms.number("accruedInterest"),
            interest: run("cycleAnchorDateOfInterestPayment", "cycleOfInterestPayment"),
            interest_anchor: terms.moment("cycleAnchorDateOfInterestPayment"),
            capitalised_to: terms.moment("capitalizationEndDate"),
            redemption: run(
                "cycleAnchorDateOfPrincipalRedemption",
                "cycleOfPrincipalRedemption",
            ),
            next_redemption: terms.number("nextPrincipalRedemptionPayment"),
            amortised_by: terms.moment("amortizationDate"),
            base: base.unwrap_or(InterestBase::Notional),
            base_amount: terms.number("interestCalculationBaseAmount"),
            base_run: run(
                "cycleAnchorDateOfInterestCalculationBase",
                "cycleOfInterestCalculationBase",
            ),
            resets,
            fees: fees(terms, start),
            accrued_fees: terms.number("feeAccrued"),
            scaling: scaling(terms, start),
            scales: (
                terms.number("notionalScalingMultiplier").unwrap_or(1.0),
                terms.number("interestScalingMultiplier").unwrap_or(1.0),
            ),
            purchase: deal(terms, "purchaseDate", "priceAtPurchaseDate"),
            termination: deal(terms, "terminationDate", "priceAtTerminationDate"),
            call: None,
            basis,
        };
        let amortises = matches!(form, Form::Linear | Form::Negative | Form::Annuity);
        let pays_once = |run: &Run| run.cycle.is_none();
        if amortises && loan.redemption.is_none() {
            terms.refuse(
                "cycleOfPrincipalRedemption",
                "a cycle like `P1ML0`, or a date as its anchor",
            );
        } else if matches!(form, Form::Negative | Form::Annuity)
            && !conventions.idle_terms_pass
            && loan.redemption.as_ref().is_some_and(pays_once)
        {
            let expected = "a cycle like `P1ML0`; without one there is one payment only";
            terms.refuse("cycleOfPrincipalRedemption", expected);
        }
        if form == Form::Negative && loan.next_redemption.is_none() {
            let expected = "the amount that each payment has, interest included";
            terms.refuse("nextPrincipalRedemptionPayment", expected);
        }
        if loan.rate.is_none() && !conventions.idle_terms_pass {
            let expected = "a rate of a year like `0.03`; `0` where it bears none";
            terms.refuse("nominalInterestRate", expected);
        }
        resolve_maturity(&mut loan, terms, to, observed)?;
        let paid_at_end = matches!(
            form,
            Form::Bullet | Form::Linear | Form::Negative | Form::Annuity
        );
        if loan.interest.is_none() && paid_at_end && !conventions.no_interest_without_cycle {
            loan.interest = Some(Run::once(loan.maturity));
        }
        loan.check(terms);
        terms.done()?;
        Ok(loan)
    }

    /// Terms that contradict each other.
    fn check(&self, terms: &Terms<'_>) {
        let issue = self.issue;
        if self.maturity < issue {
            terms.refuse(
                "maturityDate",
                format!("a date after the initial exchange on {issue}"),
            );
        }
        let before = |term: &str, date: Option<Moment>, limit: Moment, what: &str| {
            if date.is_some_and(|date| date < limit) {
                terms.refuse(term, format!("a date not before {what} on {limit}"));
            }
        };
        let termination = self.termination.map(|deal| deal.at);
        before(
            "terminationDate",
            termination,
            issue,
            "the initial exchange",
        );
        for (term, (low, high)) in [
            ("lifeFloor", self.resets.life),
            ("periodFloor", self.resets.period),
        ] {
            if low > high {
                terms.refuse(term, format!("a rate not above the cap of {high}"));
            }
        }
        if self.capitalised_to.is_some_and(|to| to > self.maturity) {
            let expected = format!("a date not after the maturity on {}", self.maturity);
            terms.refuse("capitalizationEndDate", expected);
        }
        before(
            "amortizationDate",
            self.amortised_by,
            issue,
            "the initial exchange",
        );
        before(
            "capitalizationEndDate",
            self.capitalised_to,
            issue,
            "the initial exchange",
        );
        if !self.conventions.idle_terms_pass {
            self.anchors_within_life(terms);
        }
        if self.form != Form::Open {
            terms.deals_before(self.maturity, &self.conventions);
        }
        if self.base == InterestBase::Lagged && self.base_run.is_none() {
            terms.refuse("cycleOfInterestCalculationBase", "a cycle like `P1ML0`");
        }
    }

    /// A schedule that starts after the end has no date, and before the initial exchange there is nothing to pay. Interest may
    /// have begun before: it is then accrued at the exchange.
    fn anchors_within_life(&self, terms: &Terms<'_>) {
        for term in [
            "cycleAnchorDateOfPrincipalRedemption",
            "cycleAnchorDateOfRateReset",
            "cycleAnchorDateOfFee",
            "cycleAnchorDateOfScalingIndex",
            "cycleAnchorDateOfInterestCalculationBase",
        ] {
            if terms.moment(term).is_some_and(|date| date < self.issue) {
                let expected = format!("a date not before the initial exchange on {}", self.issue);
                terms.refuse(term, expected);
            }
        }
        let given = terms.moment("maturityDate");
        let Some(maturity) = given.filter(|maturity| *maturity >= self.issue) else {
            return;
        };
        for term in [
            "cycleAnchorDateOfInterestPayment",
            "cycleAnchorDateOfPrincipalRedemption",
            "cycleAnchorDateOfRateReset",
            "cycleAnchorDateOfFee",
            "cycleAnchorDateOfScalingIndex",
            "cycleAnchorDateOfInterestCalculationBase",
        ] {
            if terms.moment(term).is_some_and(|date| date > maturity) {
                terms.refuse(term, format!("a date not after the maturity on {maturity}"));
            }
        }
    }

    /// The part of a year between two instants, under the contract's day count and business days.
    pub fn fraction(&self, from: Moment, to: Moment) -> f64 {
        self.basis.fraction(self.count(), from, to)
    }

    /// Whether a call that is repaid on a day leaves a maturity that is given as it is.
    pub fn called_after(&self, repaid: Moment, maturity: Moment) -> bool {
        self.conventions.call_after_maturity_only || repaid >= maturity
    }

    /// The day count with the maturity.
    pub const fn count(&self) -> Count {
        Count {
            day_count: self.day_count,
            maturity: Some(self.maturity),
        }
    }
}

impl Fees {
    /// The part of an absolute fee that has accrued at an instant, with the contract's sign.
    pub fn part(&self, loan: &Loan, at: Moment) -> f64 {
        let dates = self.run.dates(loan.maturity, true);
        let before = dates.iter().rev().find(|date| **date <= at);
        let after = dates.iter().find(|date| **date > at);
        before.zip(after).map_or(0.0, |(before, after)| {
            let (part, whole) = (loan.fraction(*before, at), loan.fraction(*before, *after));
            loan.basis.sign * self.rate * part / whole
        })
    }
}

/// What is paid with the notional at the initial exchange, above it or below.
fn premium(terms: &Terms<'_>, form: Form, conventions: &Conventions) -> f64 {
    let premium = terms.number("premiumDiscountAtIED").unwrap_or(0.0);
    if matches!(form, Form::Call | Form::Open) && conventions.no_premium_on_call {
        0.0
    } else {
        premium
    }
}

/// A date with its price; a date without a price is a contradiction.
pub fn deal(terms: &Terms<'_>, date: &str, price: &str) -> Option<Deal> {
    let bought = terms.moment("purchaseDate");
    if let Some(bought) = bought.filter(|bought| terms.moment(date).is_some_and(|at| at < *bought))
    {
        terms.refuse(date, format!("a date not before the purchase on {bought}"));
    }
    match (terms.moment(date), terms.number(price)) {
        (Some(at), Some(price)) => Some(Deal { at, price }),
        (Some(_), None) => {
            terms.refuse(price, format!("a price, because `{date}` is given"));
            None
        }
        _ => None,
    }
}

/// How the rate is reset.
pub fn resets(terms: &Terms<'_>, start: Start) -> Resets {
    let bound = |term: &str, otherwise: f64| terms.number(term).unwrap_or(otherwise);
    Resets {
        run: terms.run("cycleAnchorDateOfRateReset", "cycleOfRateReset", start),
        code: terms.text("marketObjectCodeOfRateReset").map(str::to_owned),
        multiplier: bound("rateMultiplier", 1.0),
        spread: bound("rateSpread", 0.0),
        life: (
            bound("lifeFloor", f64::NEG_INFINITY),
            bound("lifeCap", f64::INFINITY),
        ),
        period: (
            bound("periodFloor", f64::NEG_INFINITY),
            bound("periodCap", f64::INFINITY),
        ),
        next: terms.number("nextResetRate"),
    }
}

/// Fees of a contract, if it has any.
pub fn fees(terms: &Terms<'_>, start: Start) -> Option<Fees> {
    let rate = terms.number("feeRate")?;
    let run = terms.run("cycleAnchorDateOfFee", "cycleOfFee", start)?;
    let basis = terms.choice("feeBasis", &[("A", true), ("N", false)]);
    Some(Fees {
        run,
        rate,
        absolute: terms.required("feeBasis", basis, "`A` or `N`", true),
    })
}

fn scaling(terms: &Terms<'_>, start: Start) -> Option<Scaling> {
    // published files write the letter O for the digit
    let effect = terms.text("scalingEffect")?;
    let known = effect.len() == 3 && effect.chars().all(|c| "IN0OMP".contains(c));
    if !known {
        terms.refuse("scalingEffect", "one of `000`, `I00`, `0N0`, `IN0`");
    }
    let (interest, notional) = (effect.contains('I'), effect.contains('N'));
    if !interest && !notional {
        return None;
    }
    let first = "scalingIndexAtContractDealDate";
    let start_value = terms
        .number(first)
        .or_else(|| terms.number("scalingIndexAtStatusDate"));
    Some(Scaling {
        run: terms.run(
            "cycleAnchorDateOfScalingIndex",
            "cycleOfScalingIndex",
            start,
        ),
        code: terms
            .text("marketObjectCodeOfScalingIndex")
            .map(str::to_owned),
        start: terms.required(first, start_value, "the index to scale from", 1.0),
        interest,
        notional,
    })
}

/// Terms with a meaning that no rule here gives are refused, so that no figure is silently without them.
fn refuse_what_is_not_calculated(terms: &Terms<'_>) {
    for (term, nothing) in [("prepaymentEffect", "N"), ("penaltyType", "O")] {
        let given = terms.text(term);
        if given.is_some_and(|given| given != nothing && given != "N") {
            terms.refuse(
                term,
                format!("`{nothing}`: prepayments are behaviour, not terms"),
            );
        }
    }
}
