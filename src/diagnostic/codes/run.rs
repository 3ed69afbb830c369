//! Runs: E0801 to E0899.

codes! {
    NOT_AVAILABLE = "E0801", "a command or construct that this version does not run";
    OFF_CASH_CALENDAR = "E0802", "a day on which cash is not settled";
    SCENARIO_INCOMPLETE = "E0803", "a scenario that does not say what its run needs";
    AMOUNT_TOO_LARGE = "E0804", "an amount too large to be counted";
    DOES_NOT_BALANCE = "E0805", "a balance sheet that does not balance";
    TERM_MISSING = "E0806", "a position without a term that the run reads";
    PATH_FALLS = "E0807", "a cumulative path that falls or passes 100%";
    MARKET_MISSING = "E0808", "a market input that the run reads";
    PLEDGE_UNKNOWN = "E0809", "a pledge that names no lot";
    BEHAVIOURS_OVERLAP = "E0850", "two behaviours that say the same thing of one position";
    NOT_HERE = "E0810", "a formula reads what its place does not have";
    DEMAND_UNANSWERED = "E0811", "a demand that the book does not answer";
    NO_TABLE_ROW = "E0812", "a table without a row for a value";
    TABLE_ROWS_TIE = "E0813", "two rows of a table that match equally well";
    UNKNOWN_MEMBER = "E0814", "a value that a dimension does not have";
    WRONG_KIND = "E0815", "a value of another kind than its place asks for";
    CURRENCIES_DIFFER = "E0816", "amounts of different currencies";
    OUT_OF_RANGE = "E0817", "a value beyond what can be counted";
    SCENARIO_NOT_RUN = "E0821", "a scenario that the exercise does not run";
    NO_POSITIONS = "E0823", "a fold over positions without any";
    NO_MARKET_VALUE = "E0824", "a market value that nothing gives";
    NO_MARKET = "E0825", "a rate without a market";
    NOT_RECONCILED = "E0827", "a control total that the book misses";
    LIMIT_UNDEFINED = "E0829", "a limit without a verdict";
    NOT_IN_PROJECT = "E0828", "an exercise, scenario or metric that the project does not have";
    PARTIAL_BOOK = "E0826", "a measure of a whole book, of a partial one";
}
