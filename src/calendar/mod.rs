//! Days, tenors, day counts, business calendars and schedules.
//!
//! A day is an integer; nothing here reads a clock. Schedules are always counted from their anchor, so they never drift.

mod business;
mod date;
mod day_count;
mod error;
mod schedule;
mod tenor;

pub use business::{BusinessCalendar, HolidayList, Roll, easter_sunday};
pub use date::{Date, Weekday, days_in_month, is_leap_year};
pub use day_count::{AccrualContext, CouponGrid, DayCount, YearFraction};
pub use error::CalendarError;
pub use schedule::{backward, forward, schedule_date};
pub use tenor::{Period, Tenor, TenorUnit};
