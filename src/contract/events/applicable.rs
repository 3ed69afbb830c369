//! Which terms a contract type has a use for, and which of them need another to have one.

use serde_json::{Map, Value};

use super::terms::{Terms, number_of};

/// Terms of every contract: who, when, in which currency and on which days, and words that name it.
const OF_ALL: &str = "\
    businessDayConvention calendar clearingHouse contractDealDate contractID contractIdentifier contractPerformance \
    contractRole contractStructure contractType counterpartyID creatorID creatorId currency delinquencyPeriod \
    delinquencyRate endOfMonthConvention fixingDays gracePeriod marketObjectCode marketValueObserved nonPerformingDate \
    priceAtPurchaseDate priceAtTerminationDate purchaseDate seniority settlementCurrency statusDate terminationDate unit";

const LOAN: &str = "\
    accruedInterest cycleAnchorDateOfFee cycleAnchorDateOfRateReset cycleOfFee cycleOfRateReset \
    cyclePointOfInterestPayment cyclePointOfRateReset dayCountConvention feeAccrued feeBasis feeRate fixingPeriod \
    initialExchangeDate lifeCap lifeFloor marketObjectCodeOfRateReset nextResetRate nominalInterestRate \
    notionalPrincipal penaltyType periodCap periodFloor premiumDiscountAtIED prepaymentEffect rateMultiplier rateSpread";

const INTEREST: &str = "cycleAnchorDateOfInterestPayment cycleOfInterestPayment";

/// Of what is repaid by a schedule.
const SCHEDULED: &str = "\
    capitalizationEndDate cycleAnchorDateOfScalingIndex cycleOfScalingIndex interestScalingMultiplier \
    marketObjectCodeOfScalingIndex maturityDate notionalScalingMultiplier scalingEffect scalingIndexAtContractDealDate \
    scalingIndexAtStatusDate";

const BASE: &str = "\
    cycleAnchorDateOfInterestCalculationBase cycleOfInterestCalculationBase interestCalculationBase \
    interestCalculationBaseAmount";

const REDEMPTION: &str = "\
    cycleAnchorDateOfPrincipalRedemption cycleOfPrincipalRedemption nextPrincipalRedemptionPayment";

const LISTS: &str = "\
    arrayCycleAnchorDateOfInterestPayment arrayCycleAnchorDateOfPrincipalRedemption arrayCycleAnchorDateOfRateReset \
    arrayCycleOfInterestPayment arrayCycleOfPrincipalRedemption arrayCycleOfRateReset arrayFixedVariable \
    arrayIncreaseDecrease arrayNextPrincipalRedemptionPayment arrayRate";

const SWAP: &str = "\
    accruedInterest cycleAnchorDateOfRateReset cycleOfRateReset cyclePointOfInterestPayment cyclePointOfRateReset \
    dayCountConvention deliverySettlement fixingPeriod initialExchangeDate marketObjectCodeOfRateReset maturityDate \
    nominalInterestRate nominalInterestRate2 notionalPrincipal rateMultiplier rateSpread";

const STOCK: &str = "\
    cycleAnchorDateOfDividend cycleAnchorDateOfDividendPayment cycleOfDividend cycleOfDividendPayment \
    marketObjectCodeOfDividends notionalPrincipal quantity";

const OPTION: &str = "\
    deliverySettlement exerciseAmount exerciseDate maturityDate optionExerciseType optionStrike1 optionStrike2 optionType \
    settlementPeriod";

const ENHANCEMENT: &str = "\
    coverageOfCreditEnhancement creditEventTypeCovered exerciseAmount exerciseDate guaranteedExposure maturityDate \
    settlementPeriod";

const FEES: &str = "cycleAnchorDateOfFee cycleOfFee dayCountConvention feeAccrued feeBasis feeRate notionalPrincipal";

/// The terms of a contract type beside those of all; `None` where the type is unknown.
fn of_type(contract_type: &str) -> Option<&'static [&'static str]> {
    Some(match contract_type {
        "PAM" => &[LOAN, INTEREST, SCHEDULED],
        "LAM" | "NAM" => &[LOAN, INTEREST, SCHEDULED, BASE, REDEMPTION],
        "ANN" => &[
            LOAN,
            INTEREST,
            SCHEDULED,
            BASE,
            REDEMPTION,
            "amortizationDate",
        ],
        "LAX" => &[LOAN, SCHEDULED, BASE, LISTS],
        "CLM" => &[LOAN, INTEREST, "maturityDate xDayNotice"],
        "UMP" => &[LOAN, INTEREST, "xDayNotice"],
        "CSH" => &["notionalPrincipal"],
        "STK" => &[STOCK],
        "COM" => &["quantity"],
        "FXOUT" => &[
            "currency2 deliverySettlement maturityDate notionalPrincipal notionalPrincipal2 settlementPeriod",
        ],
        "SWPPV" => &[SWAP, INTEREST],
        "SWAPS" => &["deliverySettlement"],
        "CAPFL" => &["lifeCap lifeFloor"],
        "OPTNS" => &[OPTION],
        "FUTUR" => &[
            "deliverySettlement exerciseAmount exerciseDate futuresPrice maturityDate settlementPeriod",
        ],
        "CEG" => &[ENHANCEMENT, FEES],
        "CEC" => &[ENHANCEMENT],
        _ => return None,
    })
}

/// Terms that have an effect only beside one of others, of which the first is asked for.
const BESIDE: [(&str, &[&str], &str); 5] = [
    (
        "lifeCap lifeFloor marketObjectCodeOfRateReset nextResetRate periodCap periodFloor rateMultiplier rateSpread",
        &[
            "cycleOfRateReset",
            "cycleAnchorDateOfRateReset",
            "arrayCycleAnchorDateOfRateReset",
        ],
        "a cycle like `P3ML1`",
    ),
    (
        "feeRate",
        &["cycleOfFee", "cycleAnchorDateOfFee"],
        "a cycle like `P3ML1`",
    ),
    (
        "cycleAnchorDateOfFee cycleOfFee feeAccrued feeBasis",
        &["feeRate"],
        "an amount or a rate",
    ),
    (
        "cycleAnchorDateOfScalingIndex cycleOfScalingIndex marketObjectCodeOfScalingIndex scalingIndexAtContractDealDate \
         scalingIndexAtStatusDate",
        &["scalingEffect"],
        "one of `I00`, `0N0`, `IN0`",
    ),
    (
        "cycleAnchorDateOfInterestCalculationBase cycleOfInterestCalculationBase interestCalculationBaseAmount",
        &["interestCalculationBase"],
        "`NTL` or `NTIED`",
    ),
];

/// Values that change nothing, whatever the type.
const NEUTRAL: [(&str, &str); 10] = [
    ("accruedInterest", "0"),
    ("feeAccrued", "0"),
    ("feeRate", "0"),
    ("interestCalculationBase", "NT"),
    ("interestScalingMultiplier", "1"),
    ("notionalScalingMultiplier", "1"),
    ("premiumDiscountAtIED", "0"),
    ("rateMultiplier", "1"),
    ("rateSpread", "0"),
    ("scalingEffect", "000"),
];

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split_ascii_whitespace()
}

fn is_neutral(term: &str, value: &Value) -> bool {
    let neutral = NEUTRAL.iter().find(|(name, _)| *name == term);
    neutral.is_some_and(|(_, nothing)| {
        let same_text = value.as_str().is_some_and(|text| text.trim() == *nothing);
        same_text || number_of(value).is_some_and(|number| nothing.parse() == Ok(number))
    })
}

/// Whether a term is given a value.
pub(super) fn is_given(object: &Map<String, Value>, term: &str) -> bool {
    let value = object.get(term).filter(|value| !value.is_null());
    value.is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

/// Notes terms of the dictionary that the contract's type has no use for, and those that have none without another.
pub(super) fn refuse_idle(
    terms: &Terms<'_>,
    object: &Map<String, Value>,
    is_name: impl Fn(&str) -> bool,
) {
    let contract_type = object.get("contractType").and_then(Value::as_str);
    let contract_type = contract_type.unwrap_or_default().trim();
    let Some(groups) = of_type(contract_type) else {
        return;
    };
    let has_use = |term: &str| {
        let own = groups.iter().copied().chain([OF_ALL]);
        own.flat_map(words).any(|name| name == term)
    };
    let acts = |term: &str| {
        let value = object.get(term).filter(|_| is_given(object, term));
        value.is_some_and(|value| !is_neutral(term, value))
    };
    for term in object.keys().filter(|term| acts(term) && is_name(term)) {
        if !has_use(term) {
            let expected = format!("no such term: a `{contract_type}` has no use for it");
            terms.refuse(term, expected);
        }
    }
    for (dependents, drivers, what) in BESIDE {
        let missing = drivers.iter().find(|term| has_use(term));
        let (Some(missing), false) = (missing, drivers.iter().any(|term| is_given(object, term)))
        else {
            continue;
        };
        let mut dependents = words(dependents).filter(|term| has_use(term) && acts(term));
        if let Some(dependent) = dependents.next() {
            terms.refuse(missing, format!("{what}, because `{dependent}` is given"));
        }
    }
}
