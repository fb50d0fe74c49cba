"""The evidence: append-only tables, one noun a file, each row with the time it happened and the time we learned it."""
