//! Which events of a schedule happen, and which are told.

use super::Moment;
use super::event::{EventType, LAST};
use super::loan::Deal;

/// The part of a contract's life that a projection tells: after the status date, up to its end or a termination, from a purchase.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    first: i64,
    last: i64,
    shown: i64,
}

impl Window {
    /// The window of a contract. Everything on the status date itself is past; everything on the last instant is kept.
    pub fn new(
        status: Moment,
        to: Option<Moment>,
        purchase: Option<Deal>,
        termination: Option<Deal>,
    ) -> Window {
        let end = to.map_or(i64::MAX, |to| to.key(LAST));
        let ended = termination.map_or(i64::MAX, |deal| {
            deal.at.key(EventType::Termination.offset())
        });
        Window {
            first: status.key(LAST),
            last: end.min(ended),
            shown: purchase.map_or(i64::MIN, |deal| deal.at.key(EventType::Purchase.offset())),
        }
    }

    /// Whether an event of that place in the order happens.
    pub const fn happens(&self, key: i64) -> bool {
        self.first <= key && key <= self.last
    }

    /// Whether it is told: what happens before a purchase happens to somebody else.
    pub const fn shows(&self, key: i64) -> bool {
        self.happens(key) && self.shown <= key
    }
}
