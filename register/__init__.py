"""The governance: what we run, why we may, and who answers for it."""
