//! Curves, indices, FX, the shocks applied to them, and their paths.
