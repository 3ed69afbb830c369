//! Project, steer, measure: positions and a market under a plan become metrics.

pub mod action_calendar;
pub mod attribution;
pub mod behaviour;
mod calendars;
pub mod context;
pub mod decision;
pub mod events;
pub mod group;
pub mod hazard;
pub mod journal;
pub mod ledger;
pub mod measure;
pub mod observe;
pub mod perform;
pub mod posting;
pub mod project;
pub mod rates;
pub mod reads;
pub mod search;
pub mod series;
pub mod share;
pub mod shocks;
pub mod simulate;
pub mod state;
pub mod steer;
pub mod survival;
pub mod valuation;
