//! Warnings: W0101 to W0999.

codes! {
    IDLE_ELSE = "W0201", "an `else` row is never read";
    NOTHING_SHOCKED = "W0202", "a shock matches no position";
    UNUSED = "W0203", "nothing uses a definition";
    WARNING_AFTER_BREACH = "W0204", "a limit's warning can never come before its breach";
    STALE_MARKET = "W0601", "market data are older than the book";
}
