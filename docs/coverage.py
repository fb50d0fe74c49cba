"""The page of coverage, made by simulation: `python -m docs.coverage` (some minutes)."""

from pathlib import Path

from docs.markdown import table
from surveillance.coverage import SEED, cover
from surveillance.coverage.scenarios import scenarios

PAGE = Path(__file__).parent / "reference" / "coverage.md"
DRAWS = 5000
MARK = "<!-- Written by docs/coverage.py by simulation; run it again when a method or a setting changes. -->"
HEADS = [
    "method", "of", "setting", "truth", "held", "too low", "too high", "not estimable", "mean width",
]  # fmt: skip


def page() -> str:
    """One row a setting: how often the interval held the truth, and on which side it missed."""
    found = cover(scenarios(), draws=DRAWS, seed=SEED)
    rows = [
        [f"`{c.method}`", c.output, c.setting, "varies" if c.truth is None else f"{c.truth:.4g}", f"{100 * c.share:.1f} %", f"{c.too_low:,}",
         f"{c.too_high:,}", f"{c.not_estimable:,}", f"{c.mean_width:.3g}"]
        for c in found
    ]  # fmt: skip
    said = (
        f"How often a 95 % interval holds the true value, in {DRAWS:,} simulated draws of each setting, a fifth or a tenth of "
        "them where a method is slow (Monte-Carlo error "
        f"about {100 * found[0].error * 1.96:.1f} points, 1.4 and 1.9 for the slow). Bounds and audit intervals are meant to hold it more often; "
        "where an interval holds it less often, the docstring of the method says so. Made by `python -m docs.coverage`; "
        "`catamnesis qualify --coverage` gives the same on an installation."
    )
    return "\n\n".join([MARK, "# Coverage of intervals", said, table(HEADS, rows)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
