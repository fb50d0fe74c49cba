"""Several readers, the same cases: does the algorithm help them, and how does it compare with them?"""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.readers import (
    MultiReader,
    ReaderMean,
    obuchowski_rockette,
    single_modality_readers,
)

RATING = "{rating}"
"""Unit of a reader's measurement that is his suspicion, on any scale that rises with it."""
FEW = 10
"""Cases of either kind below which readers are not compared."""
ENOUGH = 0.5
"""A reader who rated less than this share of the cases rated by anyone does not enter."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Readers' areas under the curve: blind against the algorithm, and with it in sight against blind.

    Both are Obuchowski–Rockette analyses with random readers and cases over the cases of known truth that
    every reader rated: ratings are the readers' measurements in the unit `{rating}`. The algorithm
    enters as a second modality that is the same for each reader (Hillis 2005; Hupse 2013).
    """
    found = {
        "algorithm": against_algorithm(material.verified, material.reads),
        "in_sight": in_sight(material.verified, material.reads),
    }
    return found if any(found.values()) else None


def against_algorithm(verified: pd.DataFrame, reads: pd.DataFrame) -> dict[str, Any] | None:
    """The algorithm's area less the mean of blind readers'."""
    scored = verified[verified["score"].notna()]
    table = _crossed(scored, reads[reads["ai_visible"] == "false"], ["reader"])
    if table is None:
        return None
    labels, score = _labels(scored, table), scored.set_index("inference_id")["score"]
    own = score[table.index].to_numpy()
    found = obuchowski_rockette(
        scores=[[own, table[reader].to_numpy()] for reader in table], labels=labels
    )
    alone = single_modality_readers(
        scores=[table[reader].to_numpy() for reader in table], labels=labels
    )
    return _said(table.columns, labels, found, [pair[1] for pair in found.reader_aucs], alone)


def in_sight(verified: pd.DataFrame, reads: pd.DataFrame) -> dict[str, Any] | None:
    """The readers' mean area with the algorithm in sight less that without."""
    known = reads[reads["ai_visible"].isin(["true", "false"])]
    table = _crossed(verified, known, ["reader", "ai_visible"])
    if table is None:
        return None
    given = set(table.columns)
    readers = [
        r for r in sorted(known["reader"].dropna().unique()) if {(r, "true"), (r, "false")} <= given
    ]
    if len(readers) < 2:
        return None
    labels = _labels(verified, table)
    found = obuchowski_rockette(
        scores=[[table[r, seen].to_numpy() for seen in ("true", "false")] for r in readers],
        labels=labels,
    )
    return _said(readers, labels, found, [a - b for a, b in found.reader_aucs], None)


def _crossed(verified: pd.DataFrame, reads: pd.DataFrame, by: list[str]) -> "pd.DataFrame | None":
    """Cases x readers without gaps: the last rating of each case by each reader; None when too few."""
    cases = verified.loc[verified["truth"].isin(DECIDED), ["inference_id", "truth"]]
    ratings = reads[(reads["measurement_unit"] == RATING) & reads["reader"].notna()].merge(
        cases, on="inference_id"
    )
    if ratings.empty:
        return None
    table = ratings.sort_values("reported_at").pivot_table(
        index="inference_id", columns=by, values="measurement", aggfunc="last"
    )
    table = table.loc[:, table.notna().mean() >= ENOUGH].dropna()
    kinds = _labels(cases, table).value_counts()
    if table.shape[1] < 2 or len(kinds) < 2 or kinds.min() < FEW:
        return None
    return table


def _labels(cases: pd.DataFrame, table: pd.DataFrame) -> "pd.Series[bool]":
    return cases.set_index("inference_id")["truth"][table.index] == "positive"


def _said(
    readers: Any,
    labels: "pd.Series[bool]",
    found: MultiReader,
    values: list[float],
    alone: ReaderMean | None,
) -> dict[str, Any]:
    return {
        "cases": len(labels),
        "diseased": int(labels.sum()),
        "difference": as_json(found.difference),
        "p_value": found.p_value,
        "first": as_json(found.auc_1),
        "second": as_json(alone.auc if alone else found.auc_2),
        "readers": [
            {"reader": str(reader), "value": float(value)}
            for reader, value in zip(readers, values, strict=True)
        ],
    }
