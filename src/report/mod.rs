//! Results for people: the terminal summary.
