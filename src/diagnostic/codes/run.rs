//! Runs: E0801 to E0899.

codes! {
    NOT_AVAILABLE = "E0801", "a command or construct that this version does not run";
    NOT_HERE = "E0810", "a formula reads what its place does not have";
    DEMAND_UNANSWERED = "E0811", "a demand that the book does not answer";
    NO_TABLE_ROW = "E0812", "a table without a row for a value";
    TABLE_ROWS_TIE = "E0813", "two rows of a table that match equally well";
    UNKNOWN_MEMBER = "E0814", "a value that a dimension does not have";
    WRONG_KIND = "E0815", "a value of another kind than its place asks for";
    CURRENCIES_DIFFER = "E0816", "amounts of different currencies";
    OUT_OF_RANGE = "E0817", "a value beyond what can be counted";
}
