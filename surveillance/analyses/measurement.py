"""A measured value against the reference and against the reader, and change beyond measurement error."""

from typing import Any

import pandas as pd

from surveillance.analyses.episodes import number_episodes
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.intraclass import icc, repeatability
from surveillance.statistics.measurement_agreement import bland_altman, lin_ccc
from surveillance.statistics.proportions import wilson

FEWEST = 3


def analyse(material: Material) -> dict[str, Any] | None:
    """Bias, limits of agreement, ICC and CCC of the algorithm's measurement, where units agree.

    Against the reference standard it is accuracy, against the reader's measurement agreement; the two
    stand apart. `change` says how much two measurements of one episode, in which nothing is taken to
    have changed, differ (smallest detectable change), and which share of the measured changes between
    episodes of a patient lies beyond that.
    """
    measured = material.ran[material.ran["measurement"].notna()]
    if measured.empty:
        return None
    by_reference = material.verified.dropna(subset=["measurement", "reference_measurement"])
    read = measured[["inference_id", "measurement", "measurement_unit"]].merge(
        material.reported[["inference_id", "measurement", "measurement_unit"]].dropna(),
        on=["inference_id", "measurement_unit"],
        suffixes=("", "_reader"),
    )
    allowed = material.protocol.acceptable_difference
    return {
        "unit": str(measured["measurement_unit"].iloc[0]),
        "measured": len(measured),
        "acceptable_difference": allowed,
        "reference": _compared(
            by_reference["measurement"], by_reference["reference_measurement"], allowed
        ),
        "reader": _compared(read["measurement"], read["measurement_reader"], allowed),
        "change": _change(measured, material.protocol.episode_days),
    }


def _compared(
    first: "pd.Series[float]", second: "pd.Series[float]", allowed: float | None
) -> dict[str, Any] | None:
    if len(first) < FEWEST:
        return None
    x, y = first.to_numpy(), second.to_numpy()
    found = bland_altman(first=x, second=y, acceptable_difference=allowed)
    named: dict[str, Estimate] = {
        "bias": found.bias,
        "lower_limit": found.lower_limit,
        "upper_limit": found.upper_limit,
        "proportional_bias": found.proportional_bias,
        "icc": icc(ratings=list(zip(x, y, strict=True)), form="2,1"),
        "ccc": lin_ccc(first=x, second=y).ccc,
    }
    if allowed is not None:
        named["within_acceptable"] = found.within_acceptable
    return {
        "pairs": len(x),
        **{name: as_json(estimate) for name, estimate in named.items()},
        "points": [
            [round(float((a + b) / 2), 4), round(float(a - b), 4)]
            for a, b in list(zip(x, y, strict=True))[:POINTS]
        ],
    }


POINTS = 1000
"""Pairs kept for the figure."""


def _change(measured: pd.DataFrame, episode_days: int | None) -> dict[str, Any] | None:
    """Within-episode repeats give the error, first measurements of episodes the change."""
    known = measured[measured["patient"].notna()]
    if episode_days is None or known.empty:
        return None
    episode = number_episodes(known, episode_days)
    error = repeatability(values=known["measurement"].to_numpy(), subjects=episode.to_numpy())
    least = error.smallest_detectable_change
    if least.estimate is None:
        return None
    firsts = known.assign(episode=episode).sort_values("study_datetime").groupby("episode").first()
    change = (
        firsts.sort_values("study_datetime").groupby("patient")["measurement"].diff().dropna().abs()
    )
    return {
        "episode_days": episode_days,
        "within_sd": as_json(error.within_sd),
        "smallest_detectable_change": as_json(least),
        "changes": len(change),
        "beyond_error": as_json(
            wilson(successes=int((change > least.estimate).sum()), trials=len(change))
        ),
    }
