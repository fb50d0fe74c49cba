"""Simulated hospitals with seeded faults, to see what the monitoring plan finds, how late, and how often it rings for nothing."""
