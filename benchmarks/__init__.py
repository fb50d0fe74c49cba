"""How much the product costs beside the plainest way to do the same; `python -m benchmarks` runs all."""
