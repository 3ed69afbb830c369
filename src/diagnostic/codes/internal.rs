//! Faults of Plimsoll itself: E0999.

codes! {
    INTERNAL = "E0999", "a fault of Plimsoll itself";
}
