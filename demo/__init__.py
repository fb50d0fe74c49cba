"""Batches of evidence to try the product with: real published data sets read where the user keeps
them, and one simulated hospital whose truth and faults are known. Nothing here is part of the
product's own reasoning."""
