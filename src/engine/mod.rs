//! Project, steer, measure: positions and a market under a plan become metrics.

pub mod observe;
