//! Contracts: E0701 to E0799.

codes! {}
