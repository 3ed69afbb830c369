//! The names of the ACTUS dictionary, and terms that are given in vain.

use serde_json::{Map, Value};

use super::applicable::{is_given, refuse_idle};
use super::structure::name_of;
use super::terms::{TermError, Terms};
use crate::diagnostic::nearest;

/// What a term holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Cycle,
    Period,
    Number,
    /// Text, or read by the rule that has a use for it.
    Other,
}

/// The terms of the dictionary (actusfrf/actus-dictionary, v1.4), and those that published cases spell differently.
const NAMES: [(Kind, &str); 5] = [
    (
        Kind::Date,
        "amortizationDate boundaryMonitoringAnchorDate boundaryMonitoringEndDate capitalizationEndDate contractDealDate \
         cycleAnchorDateOfDividend cycleAnchorDateOfDividendPayment cycleAnchorDateOfFee \
         cycleAnchorDateOfInterestCalculationBase cycleAnchorDateOfInterestPayment cycleAnchorDateOfMargining \
         cycleAnchorDateOfOptionality cycleAnchorDateOfPrincipalRedemption cycleAnchorDateOfRateReset \
         cycleAnchorDateOfScalingIndex exDividendDate exerciseDate initialExchangeDate maturityDate nonPerformingDate \
         optionExerciseEndDate purchaseDate statusDate terminationDate",
    ),
    (
        Kind::Cycle,
        "boundaryMonitoringCycle cycleOfDividend cycleOfDividendPayment cycleOfFee cycleOfInterestCalculationBase \
         cycleOfInterestPayment cycleOfMargining cycleOfOptionality cycleOfPrincipalRedemption cycleOfRateReset \
         cycleOfScalingIndex",
    ),
    (
        Kind::Period,
        "delinquencyPeriod fixingPeriod gracePeriod prepaymentPeriod settlementPeriod xDayNotice",
    ),
    (
        Kind::Number,
        "accruedInterest boundaryValue coverageOfCreditEnhancement creditLineAmount delinquencyRate exerciseAmount \
         feeAccrued feeRate futuresPrice initialMargin interestCalculationBaseAmount interestScalingMultiplier lifeCap \
         lifeFloor maintenanceMarginLowerBound maintenanceMarginUpperBound marketValueObserved \
         maximumPenaltyFreeDisbursement nextDividendPaymentAmount nextPrincipalRedemptionPayment nextResetRate \
         nominalInterestRate nominalInterestRate2 notionalPrincipal notionalPrincipal2 notionalScalingMultiplier \
         optionStrike1 optionStrike2 penaltyRate periodCap periodFloor premiumDiscountAtIED priceAtPurchaseDate \
         priceAtTerminationDate quantity rateMultiplier rateSpread scalingIndexAtContractDealDate \
         scalingIndexAtStatusDate variationMargin",
    ),
    (
        Kind::Other,
        "arrayCycleAnchorDateOfInterestPayment arrayCycleAnchorDateOfPrincipalRedemption \
         arrayCycleAnchorDateOfRateReset arrayCycleOfInterestPayment arrayCycleOfPrincipalRedemption \
         arrayCycleOfRateReset arrayFixedVariable arrayIncreaseDecrease arrayNextPrincipalRedemptionPayment arrayRate \
         boundaryCrossedFlag boundaryDirection boundaryEffect boundaryLegInitiallyActive boundaryMonitoringEffect \
         businessDayConvention calendar clearingHouse contractID contractIdentifier contractPerformance contractRole \
         contractStructure contractType counterpartyID creatorID creatorId creditEventTypeCovered currency currency2 \
         cyclePointOfInterestPayment cyclePointOfRateReset dayCountConvention deliverySettlement endOfMonthConvention \
         feeBasis fixingDays guaranteedExposure interestCalculationBase marketObjectCode marketObjectCodeOfDividends \
         marketObjectCodeOfRateReset marketObjectCodeOfScalingIndex optionExerciseType optionType penaltyType \
         prepaymentEffect scalingEffect seniority settlementCurrency unit",
    ),
];

fn names() -> impl Iterator<Item = &'static str> {
    NAMES
        .iter()
        .flat_map(|(_, names)| names.split_ascii_whitespace())
}

/// Whether the dictionary has a term of that name.
pub fn is_term(name: &str) -> bool {
    names().any(|term| term == name)
}

/// Words of which a term is one, whether or not a rule reads it.
const CHOICES: [(&str, &[(&str, ())]); 3] = [
    ("deliverySettlement", &[("S", ()), ("D", ())]),
    ("endOfMonthConvention", &[("EOM", ()), ("SD", ())]),
    (
        "contractPerformance",
        &[
            ("PF", ()),
            ("DL", ()),
            ("DQ", ()),
            ("DF", ()),
            ("MA", ()),
            ("TE", ()),
        ],
    ),
];

/// Terms that would change figures and that no rule here evaluates, with the values that change nothing.
const NOT_EVALUATED: [(&str, &[&str]); 9] = [
    ("cyclePointOfInterestPayment", &["E", "end"]),
    ("cyclePointOfRateReset", &["B", "beginning"]),
    ("fixingPeriod", &["P0D"]),
    ("nextDividendPaymentAmount", &["0"]),
    ("exDividendDate", &[]),
    ("initialMargin", &["0"]),
    ("variationMargin", &["0"]),
    ("creditLineAmount", &[]),
    ("boundaryValue", &[]),
];

/// At most so many letters are wrong in a term that is taken for another.
const SLIPS: usize = 3;

/// Terms that no dictionary has and that are spelt almost like one that it has: each as an error that names it.
fn misspelt(contract: &str, terms: &Map<String, Value>) -> Vec<TermError> {
    let unknown = terms.keys().filter(|term| !is_term(term));
    let slips = unknown.filter_map(|term| {
        let letters = term.replace(['_', '-', ' '], "");
        let same_letters = names().find(|name| name.eq_ignore_ascii_case(&letters));
        let meant = same_letters.or_else(|| {
            nearest(term, names()).filter(|name| strsim::damerau_levenshtein(term, name) <= SLIPS)
        })?;
        let given = Terms::new(contract, terms);
        Some(given.error(term, format!("`{meant}`; no term has this name")))
    });
    let mut errors: Vec<TermError> = slips.collect();
    for part in parts(terms) {
        errors.extend(misspelt(&part_name(contract, part), part));
    }
    errors
}

/// Terms that have no effect where one was meant: misspelt, of no use to the contract's type, without the term that they need, or
/// not what the dictionary says that they hold.
pub fn idle(contract: &str, object: &Map<String, Value>) -> Vec<TermError> {
    let mut errors = misspelt(contract, object);
    let whole = [(contract.to_owned(), object)].into_iter();
    for (name, object) in whole.chain(parts(object).map(|part| (part_name(contract, part), part))) {
        let terms = Terms::new(&name, object);
        refuse_garbage(&terms, object);
        refuse_idle(&terms, object, is_term);
        errors.extend(terms.done().err().unwrap_or_default());
    }
    errors
}

/// What a term of the dictionary never holds, also where nothing reads it.
fn refuse_garbage(terms: &Terms<'_>, object: &Map<String, Value>) {
    for (kind, names) in NAMES {
        for term in names
            .split_ascii_whitespace()
            .filter(|term| object.contains_key(*term))
        {
            // a getter notes what is wrong
            match kind {
                Kind::Date => drop(terms.moment(term)),
                Kind::Cycle => drop(terms.cycle(term)),
                Kind::Period => drop(terms.period(term)),
                Kind::Number => drop(terms.number(term)),
                Kind::Other => {}
            }
        }
    }
    for (term, choices) in CHOICES {
        terms.choice(term, choices);
    }
}

/// Terms that are idle, that nothing here evaluates, or that are given in vain beside the others.
pub fn in_vain(contract: &str, object: &Map<String, Value>) -> Vec<TermError> {
    let mut errors = idle(contract, object);
    errors.extend(alone(contract, object));
    for part in parts(object) {
        errors.extend(alone(&part_name(contract, part), part));
    }
    errors
}

fn alone(contract: &str, object: &Map<String, Value>) -> Vec<TermError> {
    let terms = Terms::new(contract, object);
    let given = |term: &str| is_given(object, term);
    for (term, nothing) in NOT_EVALUATED {
        let value = object.get(term).filter(|_| given(term));
        let text = value.map(|value| match value.as_str() {
            Some(text) => text.trim().to_owned(),
            None => value.to_string(),
        });
        if text.is_some_and(|text| !nothing.contains(&text.as_str())) {
            let expected = match nothing {
                [] => "no such term: it is not evaluated".to_owned(),
                [only, ..] => format!("`{only}`: anything else is not evaluated"),
            };
            terms.refuse(term, expected);
        }
    }
    for (price, date) in [
        ("priceAtPurchaseDate", "purchaseDate"),
        ("priceAtTerminationDate", "terminationDate"),
    ] {
        if given(price) && !given(date) {
            terms.refuse(date, format!("a date, because `{price}` is given"));
        }
    }
    for term in ["currency", "currency2", "settlementCurrency"] {
        let code = terms.text(term);
        if code.is_some_and(|code| code.len() != 3 || !code.bytes().all(|c| c.is_ascii_uppercase()))
        {
            terms.refuse(term, "a currency like `EUR`");
        }
    }
    terms.done().err().unwrap_or_default()
}

/// The contracts that a contract is made of.
fn parts(terms: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let structure = terms.get("contractStructure").and_then(Value::as_array);
    let references = structure.into_iter().flatten();
    let objects = references.filter_map(|reference| reference.get("object")?.as_object());
    objects.filter(|object| object.contains_key("contractType"))
}

fn part_name(contract: &str, part: &Map<String, Value>) -> String {
    match name_of(part) {
        Some(name) => format!("{contract} / {name}"),
        None => contract.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(errors: &[TermError]) -> Vec<String> {
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_slip_is_told_with_what_was_meant_and_an_unknown_name_is_nobodys_business() {
        let terms = serde_json::json!({
            "rateMultipler": 2, "maturitydate": "2027-01-15", "nominal_interest_rate": 0.04, "fixingDays": "P2D",
            "branch": "North",
            "contractStructure": [{"object": {"contractType": "PAM", "contractID": "leg", "lifeCpa": 0.1}}],
        });
        let errors = told(&misspelt("c", terms.as_object().unwrap()));
        let meant: Vec<&str> = errors
            .iter()
            .map(|error| error.split("expected ").nth(1).unwrap())
            .collect();
        assert_eq!(
            meant,
            [
                "`maturityDate`; no term has this name",
                "`nominalInterestRate`; no term has this name",
                "`rateMultiplier`; no term has this name",
                "`lifeCap`; no term has this name",
            ]
        );
    }

    #[test]
    fn what_cannot_have_an_effect_is_told() {
        let terms = serde_json::json!({
            "contractType": "PAM", "currency": "euro", "priceAtPurchaseDate": "99", "cyclePointOfInterestPayment": "B",
            "cyclePointOfRateReset": "B", "fixingPeriod": "P2D", "priceAtTerminationDate": " ",
        });
        let errors = told(&in_vain("c", terms.as_object().unwrap()));
        assert_eq!(
            errors,
            [
                "contract `c`: `cyclePointOfInterestPayment` is `B`, expected `E`: anything else is not evaluated",
                "contract `c`: `fixingPeriod` is `P2D`, expected `P0D`: anything else is not evaluated",
                "contract `c`: `purchaseDate` is missing, expected a date, because `priceAtPurchaseDate` is given",
                "contract `c`: `currency` is `euro`, expected a currency like `EUR`",
            ]
        );
    }
}
