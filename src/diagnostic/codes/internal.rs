//! The command line and faults of Plimsoll itself: E0990 to E0999.

codes! {
    UNKNOWN_CODE = "E0990", "no such code or command";
    THREADS = "E0991", "threads that cannot be made";
    INTERNAL = "E0999", "a fault of Plimsoll itself";
}
