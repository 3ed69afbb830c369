//! Money, rates, fixed-point quanta, exact rationals and rounding: the one place where number types meet.
