"""Tallying judged cases in columns, against the same counts by a pandas groupby a stratum.

Both begin with the cases in memory and end with one row per deployment, finding, version, day and level of
every stratum. pandas is tried twice: on text columns, as the store hands them out, and on columns turned
into categories before the clock starts. The counts must be equal, cell by cell; the score histograms too.
"""

from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from benchmarks.spent import Spent, measured
from surveillance import tallies
from surveillance.columnar import columns
from surveillance.judged_case import STRATA

KEYS = ["deployment", "finding", "day", "version"]
LEVELS = {
    "version": 2, "use_mode": 2, "site": 1, "manufacturer": 3, "manufacturer_model_name": 8,
    "device_serial_number": 16, "software_versions": 6, "patient_sex": 2, "age_band": 8, "setting": 4,
    "view_position": 3, "protocol_name": 6, "scope_attribute": 5,
}  # fmt: skip
"""How many levels each stratum of the made-up cases has."""


class TalliesDiffer(AssertionError):
    """The two ways did not count the same."""


@dataclass(slots=True, kw_only=True)
class Tallying:
    """Costs of the repeats, in pairs, and how many tallies came out."""

    rows: int
    tallies: int = 0
    ours: list[Spent] = field(default_factory=list)
    plain: list[Spent] = field(default_factory=list)
    coded: list[Spent] = field(default_factory=list)


def run(*, rows: int, repeats: int) -> Tallying:
    """Tally the same cases both ways in turns, and compare every count."""
    found = Tallying(rows=rows)
    cases, reads = judged_cases(rows)
    texts = [*LEVELS, "deployment", "finding", "scope", "call", "truth", "day"]
    coded = cases.astype(dict.fromkeys(texts, "category"))
    with columns() as duck:
        for name, frame in (("cases", cases), ("reads", reads)):
            duck.register("frame", frame)
            duck.execute(f"CREATE TABLE {name} AS FROM frame")
            duck.unregister("frame")
        for _ in range(repeats):
            counted: dict[str, Any] = {}
            found.ours.append(measured(lambda: tallies.count(duck)))
            for spent, frame in ((found.plain, cases), (found.coded, coded)):
                spent.append(measured(lambda frame=frame: counted.update(by_pandas(frame, reads))))  # type: ignore[misc]  # noqa: B023
                found.tallies = _compare(duck, counted)
    return found


def judged_cases(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases of one deployment over a year, and the read of each, drawn with a fixed seed."""
    rng = np.random.default_rng(2026)

    def drawn(names: list[str], chances: list[float]) -> "np.ndarray[Any, Any]":
        """One of the names for each row; what the chances leave over stays empty."""
        left = max(1 - sum(chances), 0.0)
        chosen = rng.choice(len(names) + 1, rows, p=[*chances, left])
        return np.array([*names, None], dtype=object)[chosen]

    identifier = pd.Series(np.arange(rows)).astype(str)
    day = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
    cases = pd.DataFrame({"inference_id": identifier, "deployment": "benchmark", "finding": "nodule",
                          "day": day.date, "matures_on": (day + pd.Timedelta(days=60)).date})  # fmt: skip
    for name, levels in LEVELS.items():
        known = np.array([f"{name} {n}" for n in range(levels)], dtype=object)
        cases[name] = known[rng.integers(0, levels, rows)]
    cases["scope"] = drawn(["in", "out", "undeterminable"], [0.9, 0.07, 0.03])
    cases["call"] = drawn(
        ["positive", "negative", "indeterminate", "failed"], [0.15, 0.82, 0.02, 0.01]
    )
    cases["truth"] = drawn(["positive", "negative", "indeterminate"], [0.1, 0.5, 0.01])
    cases["score"] = rng.beta(0.8, 3.0, rows)
    reads = pd.DataFrame({"inference_id": identifier, "call": drawn(["positive", "negative"], [0.12, 0.88]),
                          "deciding": True})  # fmt: skip
    return cases, reads


def by_pandas(cases: pd.DataFrame, reads: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The counts of every stratum, keyed by its name; the empty name holds all cases and their scores."""
    deciding = reads.loc[reads["deciding"], ["inference_id", "call"]]
    joined = cases.merge(deciding.rename(columns={"call": "report"}), on="inference_id", how="left")
    scope, call, truth, report = (joined[name] for name in ("scope", "call", "truth", "report"))
    covered, ran = scope == "in", call.isin(["positive", "negative", "indeterminate"])
    known = covered & ran & truth.notna()
    undecided = (call == "indeterminate") | (truth == "indeterminate")
    counts = pd.DataFrame({
        "received": True, "in_scope": covered, "out_of_scope": scope == "out",
        "undeterminable": scope == "undeterminable", "processed": covered & ran,
        "failed": covered & call.isin(["failed", "not_processed"]),
        "called_positive": covered & (call == "positive"), "verified": known,
        **_crossed(covered, call, truth, ("tp", "fp", "fn", "tn")),
        "indeterminate": known & undecided,
        **_crossed(covered, call, report, ("both_positive", "ai_only", "report_only", "both_negative")),
    }, index=joined.index).astype("int64")  # fmt: skip
    table = pd.concat([joined[[*KEYS, *LEVELS.keys() - {"version"}]], counts], axis=1)
    found = {"": table.groupby(KEYS, observed=True)[list(counts)].sum()}
    for name in LEVELS:
        if name != "version":
            found[name] = table.groupby([*KEYS, name], observed=True)[list(counts)].sum()
    bins = np.minimum(np.floor(joined["score"] * tallies.SCORE_BINS), tallies.SCORE_BINS - 1)
    scored = joined.assign(bin=bins.astype(int))[covered & ran]
    found["scores"] = scored.groupby([*KEYS, "bin"], observed=True).size().to_frame("cases")
    return found


def _crossed(
    covered: "pd.Series[bool]",
    call: "pd.Series[Any]",
    beside: "pd.Series[Any]",
    names: tuple[str, str, str, str],
) -> "dict[str, pd.Series[bool]]":
    pairs = (("positive", "positive"), ("positive", "negative"),
             ("negative", "positive"), ("negative", "negative"))  # fmt: skip
    return {
        name: covered & (call == c) & (beside == b)
        for name, (c, b) in zip(names, pairs, strict=True)
    }


def _compare(duck: duckdb.DuckDBPyConnection, plain: dict[str, pd.DataFrame]) -> int:
    """Refuse unless every stratum holds the same counts; how many tallies there are."""
    rows = 0
    for name in ("", *(n for n in (*STRATA, tallies.SCOPE_REASON) if n != "version")):
        ours = duck.execute(
            f'SELECT * FROM tally WHERE "by" = ? ORDER BY {", ".join(KEYS)}, level', [name]
        ).df()
        theirs = plain[name].reset_index()
        theirs["level"] = theirs[name].astype(str) if name else ""
        theirs = theirs.sort_values([*KEYS, "level"])
        columns_of = list(tallies.COUNTS)
        if not np.array_equal(ours[columns_of].to_numpy(), theirs[columns_of].to_numpy()):
            raise TalliesDiffer(f"The counts by '{name}' differ.")
        rows += len(ours)
    histograms = duck.execute(
        "SELECT (place - 1)::INT AS bin, sum(cases::BIGINT)::BIGINT AS cases FROM (SELECT "
        "unnest(string_split(trim(scores, '{}'), ',')) AS cases, "
        f"unnest(range(1, {tallies.SCORE_BINS + 1})) AS place FROM tally WHERE scores IS NOT NULL) "
        "GROUP BY bin HAVING sum(cases::BIGINT) > 0 ORDER BY bin"
    ).df()
    scores = plain["scores"].groupby("bin")["cases"].sum()
    if histograms["cases"].tolist() != scores.tolist():
        raise TalliesDiffer("The score histograms differ.")
    return rows
