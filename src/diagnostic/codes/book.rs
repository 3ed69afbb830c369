//! Projects and position files: E0501 to E0599.

codes! {
    NO_PROJECT = "E0501", "there is no project here";
    UNREADABLE_FILE = "E0502", "a file cannot be read";
    NOT_UTF8 = "E0503", "a text is not in UTF-8";
    BAD_PROJECT_FILE = "E0504", "plimsoll.toml is not as it should be";
}
