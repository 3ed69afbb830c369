//! Syntax: E0101 to E0199.

codes! {
    UNEXPECTED_TEXT = "E0101", "text that is no line of the language here";
    UNKNOWN_CLAUSE = "E0102", "a line begins with a word that begins no clause";
    UNKNOWN_DECLARATION = "E0103", "a declaration begins with a word that declares nothing";
    MISSING_COLON = "E0104", "a colon is missing between a target and what is said about it";
    BROKEN_LINE = "E0105", "a line begins with what should end the line above";
    UNCLOSED_BLOCK = "E0106", "a block is never closed";
    UNCLOSED_BRACKET = "E0107", "a bracket is never closed";
    UNCLOSED_TEXT = "E0108", "a text is not closed on its line";
    STRAY_CLOSING = "E0109", "a bracket closes nothing";
    RESERVED_WORD = "E0110", "a reserved word stands where a name is due";
    BAD_NUMBER = "E0111", "a number with a suffix that does not exist";
    TENOR_FOR_AMOUNT = "E0112", "a tenor stands where an amount is due";
    DECIMAL_COMMA = "E0113", "a comma inside a number";
    BAD_DATE = "E0114", "a date that is not written year-month-day, or does not exist";
    BLANK_BEFORE_UNIT = "E0115", "a blank between a number and its unit";
    SET_FOR_COMPARE = "E0116", "`=` where `==` is due";
    MIXED_AND_OR = "E0117", "`and` and `or` mixed without brackets";
    CHAINED_COMPARISON = "E0118", "comparisons in a chain";
    FOREIGN_CHARACTER = "E0119", "a character that looks like one of the language and is another";
    MERGE_MARKER = "E0120", "the mark of an unresolved merge";
    FOREIGN_NAME = "E0121", "a name with letters beyond a to z";
    BARE_ACT_ACT = "E0122", "`act/act` without saying which";
    VALUES_ARE_NAMES = "E0123", "a value of a dimension that is no name";
    LEG_WITHOUT_TO = "E0124", "a leg of a shock without `to`";
    AT_ONCE = "E0125", "`at once` in a shock";
    BARE_WHERE = "E0126", "`where` after a list or a sum";
    SAID_TWICE = "E0127", "a part of a header stands twice";
    INDENTED_DECLARATION = "E0128", "a declaration does not begin in column 0";
    TOO_DEEP = "E0129", "brackets or choices are nested too deeply";
    TOO_LARGE = "E0130", "a file is too large";
    NUMBER_TOO_LONG = "E0131", "a number has too many digits";
    DANGLING_DOC = "E0132", "documentation with nothing below it";
    FOREIGN_SYNTAX = "E0133", "a sign or habit of another language";
    NOT_A_ROW = "E0134", "a line of a table that is no row";
    BLANK_BEFORE_BRACKET = "E0135", "a blank before the bracket of a call";
    UNKNOWN_DAYCOUNT = "E0136", "a day count that does not exist";
}
