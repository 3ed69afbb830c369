//! Contracts: E0701 to E0799.

codes! {
    TERMS = "E0701", "a contract with missing or contradictory terms";
}
