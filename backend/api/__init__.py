"""The interface for other programs: JSON under /api/, opened by a token and by nothing else."""
