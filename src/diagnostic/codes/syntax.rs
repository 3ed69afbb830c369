//! Syntax: E0101 to E0199.

codes! {
    UNEXPECTED_TEXT = "E0101", "text that is no line of the language here";
}
