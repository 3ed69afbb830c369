//! Warnings: W0101 to W0999.

codes! {
    IDLE_ELSE = "W0201", "an `else` row is never read";
    UNUSED = "W0203", "a definition that nothing reads";
    WARNING_AFTER_BREACH = "W0204", "a limit's warning can never come before its breach";
    IDLE_SHOCK = "W0402", "a shock strikes no position";
    RENEWED_ANYWAY = "W0412", "renewals are passed over";
    STALE_MARKET = "W0601", "market data are older than the book";
    NO_ROW_PASSES = "W0602", "no row of a file is of the instrument";
    SCHEDULE_IN_PART = "W0603", "a schedule says nothing of a part of a position";
    IDLE_TERM = "W0701", "a term of a published case has no effect";
}
