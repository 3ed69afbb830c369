//! The command line and faults of Plimsoll itself: E0990 to E0999.

codes! {
    UNKNOWN_CODE = "E0990", "no such code or command";
    INTERNAL = "E0999", "a fault of Plimsoll itself";
}
