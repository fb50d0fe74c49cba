"""Work by the worker."""
