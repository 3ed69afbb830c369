//! Compile: E0201 to E0499.

codes! {
    UNKNOWN_NAME = "E0201", "a name is not known";
    DEFINED_TWICE = "E0202", "something is defined twice";
    RESERVED_NAME = "E0203", "a name of the language cannot be defined";
    CIRCULAR = "E0204", "a definition goes in a circle";
    UNKNOWN_TYPE = "E0205", "a type is not known";
    WRONG_PLACE = "E0206", "something stands where it has no meaning";
    UNKNOWN_SETTING = "E0207", "a block has no such setting";
    UNKNOWN_WORD = "E0208", "a setting has no such value";
    MISSING_SETTING = "E0209", "a block lacks what it needs";
    ARGUMENTS = "E0210", "the arguments do not fit";
    LITERAL_DUE = "E0211", "a value has to stand in the text";
    OUT_OF_RANGE = "E0212", "a value is out of range";
    NO_UNIT = "E0301", "a number has no unit";
    CURRENCIES = "E0302", "two currencies do not mix";
    TENOR_FOR_AMOUNT = "E0303", "a tenor stands where an amount is due";
    TYPES = "E0304", "two units do not meet";
    TENORS = "E0305", "months and days do not compare";
    NOT_ORDERED = "E0306", "something without an order is compared";
    DIMENSION = "E0310", "a dimension is not as it should be";
    TABLE_ROWS = "E0311", "a row of a table does not fit";
    MISSING_ROW = "E0312", "a table has no row for a value";
    NO_TERM = "E0313", "a position lacks a term";
    BOTH_SET = "E0401", "two scenarios of a sum set the same thing";
    SHOCKED_TWICE = "E0402", "a scenario says the same thing twice";
    DERIVED_CURVE = "E0403", "a derived curve is shocked";
    NOTHING_TO_INHERIT = "E0404", "there is nothing to inherit";
    NOT_SETTABLE = "E0405", "something that cannot be set is set";
    NOT_RUN = "E0406", "a run is read that the exercise does not have";
    LOOK_AHEAD = "E0407", "a trigger looks ahead";
    BARE_FLOW = "E0408", "a flow stands without its window";
    BEHAVIOURS_OVERLAP = "E0409", "two behaviours set the same thing";
    PLAN_CONTRADICTS = "E0412", "a plan contradicts the balance sheet, or itself";
    HEDGE_MOVES_NOTHING = "E0413", "a hedge cannot offset what it is to hedge";
    POOLS_OVERLAP = "E0415", "two cover pools share a position";
    NO_REASON = "E0420", "an assumption gives no reason";
    REVIEW_PAST = "E0421", "the review of an assumption is past";
}
