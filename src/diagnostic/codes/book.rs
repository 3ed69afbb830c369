//! Projects and position files: E0501 to E0599.

pub use super::compile::{MISSING_SETTING as NO_FILES, MISSING_SETTING as NO_ID};

codes! {
    NO_PROJECT = "E0501", "there is no project here";
    UNREADABLE_FILE = "E0502", "a file cannot be read";
    NOT_UTF8 = "E0503", "a text is not in UTF-8";
    BAD_PROJECT_FILE = "E0504", "plimsoll.toml is not as it should be";

    BAD_ROW = "E0510", "a row of a position file is wrong";
    BAD_ROWS_UNSAID = "E0511", "a book that does not say what becomes of bad rows";
    PERCENT = "E0512", "a column of rates in percent";
    NO_POSITION = "E0514", "a book without a position";
    TWO_SPLITS = "E0515", "a position that cannot be parted";

    FILE_MISSING = "E0550", "a data file is missing";
    FILE_UNREADABLE = "E0551", "a data file cannot be read";
    FILE_EMPTY = "E0552", "a data file is empty";
    FILE_ENCODING = "E0553", "a data file is not in its stated encoding";
    COLUMN_MISSING = "E0554", "a data file lacks a column";
    COLUMN_REPEATED = "E0555", "a data file has a column twice";
    COLUMN_TYPE = "E0556", "a column is of another type than its place";
    ROW_RAGGED = "E0557", "a row has more or fewer cells than the header";
    CELL_UNREADABLE = "E0558", "a cell cannot be read";
    PARQUET_BROKEN = "E0559", "a parquet file cannot be read";
    FORMAT_UNKNOWN = "E0560", "how a data file is written is not known";
    QUOTE_UNCLOSED = "E0561", "a quote in a data file is never closed";
}
