//! Compile: E0201 to E0499.

codes! {}
