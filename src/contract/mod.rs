//! What one contract pays, exact, in integers: a module a contract family.
