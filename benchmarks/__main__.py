"""Run every benchmark and write the page: python -m benchmarks --to docs/benchmarks.md"""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import ingest, page, tally

ROWS = 1_000_000
REPEATS = 5


def main(
    rows: Annotated[int, typer.Option(help="Inferences to import, and cases to tally.")] = ROWS,
    repeats: Annotated[int, typer.Option(help="How often each way runs, in turns.")] = REPEATS,
    to: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
) -> None:
    """Measure the product beside the plainest way to do the same; print the page, or write it."""
    written = page.page(
        ingest.run(rows=rows, repeats=repeats), tally.run(rows=rows, repeats=repeats)
    )
    if to is None:
        print(written)
    else:
        to.write_text(written, encoding="utf-8")
        print(f"{to} is written.")


if __name__ == "__main__":
    typer.run(main)
