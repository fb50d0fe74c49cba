"""The interface for other programs, over HTTP."""
