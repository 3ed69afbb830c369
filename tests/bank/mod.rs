//! Small random banks as text and files, compiled and run through the library: what the oracle and the invariants stand on.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod generate;
pub mod lines;
pub mod program;
