//! Market data: E0601 to E0699.

codes! {}
