//! Market data: E0601 to E0699.

pub use self::FILE_UNUSABLE as NO_PILLARS;
pub use super::compile::UNKNOWN_WORD as NO_CALENDAR;
pub use super::run::NOT_HERE as NOT_A_SHIFT;

codes! {
    NO_DISCOUNT_CURVE = "E0601", "a currency has no discount curve";
    NO_CURVE = "E0602", "there is no such curve";
    NO_INDEX = "E0603", "there is no such index";
    MISSING_FIXING = "E0604", "a fixing is missing";
    NO_FX = "E0605", "a rate of exchange is missing";
    NO_SERIES = "E0606", "there is no such series";
    NO_LEVEL = "E0607", "a series has no level on a day";
    NOT_FINITE = "E0608", "a rate or discount factor is out of range";
    BAD_TENOR = "E0609", "a tenor cannot be used here";
    PILLARS_NOT_ASCENDING = "E0611", "the pillars of a curve do not ascend";
    BEYOND_PILLARS = "E0612", "a curve is read beyond its last pillar";
    NOT_REPRICED = "E0613", "a par rate cannot be repriced";
    PILLAR_COUNT = "E0614", "a curve has not the stated number of pillars";
    FILE_UNUSABLE = "E0615", "a market file cannot be used";
    DAY_TWICE = "E0616", "a file has two values of one day";
    LEVELS_WITHOUT_VALUE = "E0617", "levels name no value";
    LEVELS_DO_NOT_ADD = "E0618", "levels replace, they do not add";
    NO_VALUE = "E0620", "a formula of the market has no value";
    PATHS = "E0622", "simulated paths cannot be made";
    NO_VOLATILITY = "E0619", "an option has no volatility";
    BAD_VOLATILITY = "E0624", "a volatility that no model can take";
    BAD_FX = "E0621", "a rate of exchange must be a positive amount";
}
