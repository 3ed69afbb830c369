//! Warnings: W0101 to W0999.

codes! {}
