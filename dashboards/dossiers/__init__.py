"""Documents: one content model, rendered as PDF, JSON and CSV with the same numbers."""
