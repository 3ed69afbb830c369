//! The plan (IR): plain serde data, canonical form and digests. Knows no syntax and no engine.
