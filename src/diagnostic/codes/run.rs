//! Runs: E0801 to E0899.

codes! {
    NOT_AVAILABLE = "E0801", "a command or construct that this version does not run";
}
