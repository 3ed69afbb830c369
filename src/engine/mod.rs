//! Project, steer, measure: positions and a market under a plan become metrics.

pub mod events;
pub mod group;
pub mod measure;
pub mod observe;
pub mod project;
pub mod reads;
pub mod series;
pub mod state;
