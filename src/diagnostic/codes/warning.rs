//! Warnings: W0101 to W0999.

codes! {
    STALE_MARKET = "W0601", "market data are older than the book";
}
