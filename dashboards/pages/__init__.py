"""The pages: each declares in a frozen dataclass exactly what it shows, and has a twin in JSON."""
