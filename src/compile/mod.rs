//! Tree to plan: modules, names, types and units, overlays, lowering.
