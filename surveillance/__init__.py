"""What happened, what turned out to be true, and what it says about the algorithms."""
