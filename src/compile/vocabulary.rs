//! The closed lists of words that the compiler takes, in one place: for messages, and for the pages that tell them.

use super::action::{ACTION_KEYS, OBSERVATIONS};
use super::attribution::METHODS;
use super::behaviour::BEHAVIOUR_KEYS;
use super::book::BOOK_KEYS;
use super::cover_pool::COVER_POOL_KEYS;
use super::deed::DEEDS;
use super::exercise::EXERCISE_KEYS;
use super::hedge::HEDGE_KEYS;
use super::mapping::STRUCTURED;
use super::paths::PATH_MODELS;
use super::reference::{MEASURES, SELECTION_WORDS, TERMS, WINDOWED};
use super::transfer::{TRANSFER_KEYS, TRANSFER_PRICES};
use super::typing::TYPE_NAMES;
use super::volatility::VOLATILITIES;
use crate::calendar::DayCount;
use crate::syntax;
use crate::syntax::tree::ShockKind;

/// How principal comes back.
pub(super) const REPAYMENTS: [&str; 7] = [
    "bullet",
    "linear",
    "annuity",
    "schedule",
    "on_demand",
    "notice",
    "never",
];

/// How interest accrues.
pub(super) const ACCRUALS: [&str; 6] = [
    "fixed",
    "index",
    "compounded",
    "client",
    "cash_flow",
    "none",
];

/// How a position is carried.
pub(super) const ACCOUNTING: [&str; 4] = ["amortised", "fvoci", "fvtpl", "memo"];

/// How a premium or discount goes to interest.
pub(super) const PREMIUM_RELEASES: [&str; 2] = ["effective", "linear"];

/// How a payment day that is no business day moves.
pub(super) const ROLLS: [&str; 4] = ["none", "following", "modified_following", "preceding"];

/// Sides of the balance sheet.
pub(super) const SIDES: [&str; 4] = ["asset", "liability", "off_balance", "derivative"];

/// Business calendars.
pub(super) const CALENDARS: [&str; 4] = ["TARGET", "NEW_YORK", "LONDON", "WEEKENDS"];

/// What a curve is made of.
pub(super) const CURVES: [&str; 7] = [
    "flat",
    "zero",
    "discount_factors",
    "par_swap",
    "spreads",
    "svensson",
    "smith_wilson",
];

/// Compounding of zero rates.
pub(super) const COMPOUNDINGS: [&str; 5] =
    ["continuous", "annual", "semi_annual", "quarterly", "simple"];

/// Between pillars.
pub(super) const INTERPOLATIONS: [&str; 4] = [
    "linear_zero",
    "log_linear_df",
    "step_forward",
    "monotone_convex",
];

/// The arguments of `levels`.
pub(super) const LEVELS: [&str; 8] = [
    "date",
    "unit",
    "value",
    "quotes",
    "interpolate",
    "extrapolate",
    "begins",
    "node",
];

/// How quarters of a file are read as days.
pub(super) const DATE_READINGS: [&str; 3] = ["quarter_held", "quarter_average", "quarter_end"];

/// Folds over positions, dimensions, time and arguments.
pub(super) const FOLDS: [&str; 7] = ["sum", "min", "max", "average", "first", "last", "count"];

/// Measures of the whole run.
const SCENARIO_MEASURES: [&str; 9] = [
    "cash",
    "unmet",
    "equity",
    "headroom",
    "net_interest",
    "decisions",
    "filled",
    "no_pending",
    "uncovered",
];

/// Functions of the language that are evaluated.
pub(super) const FUNCTIONS: [&str; 21] = [
    "exp",
    "log",
    "sqrt",
    "logistic",
    "power",
    "abs",
    "rounded",
    "year_fraction",
    "following",
    "modified_following",
    "preceding",
    "swap_rate",
    "zero_rate",
    "branch",
    "accrual",
    "quantile",
    "mean",
    "attribution",
    "found",
    "range",
    "shifts",
];

/// The arguments of `paths`, besides its model.
pub(super) const PATH_ARGUMENTS: [&str; 8] = [
    "count",
    "seed",
    "mean_reversion",
    "volatility",
    "correlation",
    "history",
    "every",
    "block",
];

/// What reads a column of a file besides `[name]`.
const COLUMN_FUNCTIONS: [&str; 3] = ["value", "date", "split"];

/// A closed list of words.
pub struct Words {
    /// What the words are.
    pub title: &'static str,
    /// The words, in the order of the language.
    pub words: Vec<String>,
}

/// Every closed list of the language, in the order in which a reader meets them.
pub fn vocabulary() -> Vec<Words> {
    let list = |title, words: &[&str]| Words {
        title,
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let day_counts: Vec<&str> = DayCount::ALL.iter().map(|count| count.name()).collect();
    let terms: Vec<&str> = TERMS.iter().map(|(name, _, _)| *name).collect();
    let deeds: Vec<&str> = DEEDS.iter().map(|(word, _)| *word).collect();
    let shocks: Vec<&str> = ShockKind::ALL.iter().map(|kind| kind.word()).collect();
    let mut lists = vec![
        list("Declarations", syntax::declarations()),
        list("Types", &TYPE_NAMES),
        list("Terms of a position", &terms),
        list("Other keys of an instrument or product", &STRUCTURED),
        list("Column functions", &COLUMN_FUNCTIONS),
        list("Sides", &SIDES),
        list("Repayment", &REPAYMENTS),
        list("Accrual", &ACCRUALS),
        list("Accounting", &ACCOUNTING),
        list("Day counts", &day_counts),
        list("Business calendars", &CALENDARS),
        list("Premiums", &PREMIUM_RELEASES),
        list("Rolls of payment days", &ROLLS),
        list("Keys of a book", &BOOK_KEYS),
        list("Curves", &CURVES),
        list("Volatilities", &VOLATILITIES),
        list("Interpolation", &INTERPOLATIONS),
        list("Compounding", &COMPOUNDINGS),
        list("Arguments of levels", &LEVELS),
        list("Quarters", &DATE_READINGS),
        list("Keys of a behaviour", &BEHAVIOUR_KEYS),
        list("Keys of a cover pool", &COVER_POOL_KEYS),
        list("Keys of a transfer price", &TRANSFER_KEYS),
        list("Transfer prices", &TRANSFER_PRICES),
        list("Shocks", &shocks),
        list("Models of simulated paths", &PATH_MODELS),
        list("Arguments of paths", &PATH_ARGUMENTS),
        list("Methods of attribution", &METHODS),
        list("Selections", &SELECTION_WORDS),
        list("Measures", &MEASURES),
        list("Measures with an argument", &WINDOWED),
        list("Measures of the run", &SCENARIO_MEASURES),
        list("Folds", &FOLDS),
        list("Functions", &FUNCTIONS),
        list("Keys of an action", &ACTION_KEYS),
        list("Observation days", &OBSERVATIONS),
        list("What an action does", &deeds),
        list("Keys of a hedge", &HEDGE_KEYS),
        list("Keys of an exercise", &EXERCISE_KEYS),
    ];
    lists.extend(syntax::verbs().into_iter().map(|(block, verbs)| Words {
        title: block,
        words: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
    }));
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_those_of_the_compiler() {
        for word in FOLDS {
            assert!(super::super::fold::fold_of(word).is_some(), "{word}");
        }
    }
}
