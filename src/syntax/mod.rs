//! Source text to a tree: spans, the pest binding, tree types, the formatter. Knows no finance.
