//! Position files to checked columns: mapping, quarantine, reconciliation.
