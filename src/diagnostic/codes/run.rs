//! Runs: E0801 to E0899.
//!
//! What the text alone may show as well as the data has one code, whoever finds it.

pub use self::OUT_OF_RANGE as AMOUNT_TOO_LARGE;
pub use super::book::BAD_ROW as PLEDGE_UNKNOWN;
pub use super::compile::{
    BEHAVIOURS_OVERLAP, CURRENCIES as CURRENCIES_DIFFER, MISSING_ROW as NO_TABLE_ROW,
    NO_TERM as TERM_MISSING, NOT_RUN as SCENARIO_NOT_RUN, OUT_OF_RANGE as PATH_FALLS,
    PLAN_CONTRADICTS, POOLS_OVERLAP, SHOCKED_TWICE, TABLE_ROWS as TABLE_ROWS_TIE,
    TYPES as WRONG_KIND,
};
pub use super::market::NO_DISCOUNT_CURVE as MARKET_MISSING;

codes! {
    NOT_AVAILABLE = "E0801", "a command or construct that this version does not run";
    OFF_CASH_CALENDAR = "E0802", "a day on which cash is not settled";
    SCENARIO_INCOMPLETE = "E0803", "a scenario that does not say what its run needs";
    DOES_NOT_BALANCE = "E0805", "a balance sheet that does not balance";
    NOT_HERE = "E0810", "a formula reads what its place does not have";
    DEMAND_UNANSWERED = "E0811", "a demand that the book does not answer";
    UNKNOWN_MEMBER = "E0814", "a value that a dimension does not have";
    OUT_OF_RANGE = "E0817", "a value beyond what can be counted";
    NO_POSITIONS = "E0823", "a fold over positions without any";
    NO_MARKET_VALUE = "E0824", "a market value that nothing gives";
    NO_MARKET = "E0825", "a rate without a market";
    NOT_RECONCILED = "E0827", "a control total that the book misses";
    LIMIT_UNDEFINED = "E0829", "a limit without a verdict";
    NOT_IN_PROJECT = "E0828", "an exercise, scenario or metric that the project does not have";
    PARTIAL_BOOK = "E0826", "a measure of a whole book, of a partial one";
}
