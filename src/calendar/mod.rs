//! Dates, tenors, day counts, business days and schedules. Uses nothing of ours.
