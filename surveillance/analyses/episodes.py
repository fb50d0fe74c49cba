"""Repeat studies of a patient taken together: accuracy by episode instead of by study."""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.proportions import wilson


def analyse(material: Material) -> dict[str, Any] | None:
    """Mature cases of one patient no further apart than the protocol's episode count once.

    An episode was called positive when one of its studies was, and was positive when one of them was;
    it was negative when all of them are known to be. Episodes of which a part is unknown are counted
    as `unsettled`.
    """
    days = material.protocol.episode_days
    cases = material.mature[
        material.mature["patient"].notna() & material.mature["call"].isin(DECIDED)
    ]
    if days is None or cases.empty:
        return None
    episode = number_episodes(cases, days)
    grouped = cases.assign(
        episode=episode,
        called=cases["call"] == "positive",
        ill=cases["truth"] == "positive",
        well=cases["truth"] == "negative",
    ).groupby("episode")
    found = grouped.agg(
        studies=("called", "size"),
        called=("called", "any"),
        ill=("ill", "any"),
        well=("well", "all"),
    )
    settled = found[found["ill"] | found["well"]]
    tp = int((settled["called"] & settled["ill"]).sum())
    tn = int((~settled["called"] & ~settled["ill"]).sum())
    ill = int(settled["ill"].sum())
    return {
        "episode_days": days,
        "studies": len(cases),
        "episodes": len(found),
        "repeated": int((found["studies"] > 1).sum()),
        "unsettled": len(found) - len(settled),
        "counts": {"tp": tp, "fp": len(settled) - ill - tn, "fn": ill - tp, "tn": tn},
        "sensitivity": as_json(wilson(successes=tp, trials=ill)),
        "specificity": as_json(wilson(successes=tn, trials=len(settled) - ill)),
    }


def number_episodes(cases: pd.DataFrame, days: int) -> "pd.Series[int]":
    """The number of the episode of each case: a patient's studies, each within `days` of the one before."""
    ordered = cases.sort_values(["patient", "study_datetime", "inference_id"])
    taken = pd.to_datetime(ordered["study_datetime"], utc=True)
    same_patient = ordered["patient"] == ordered["patient"].shift()
    close = taken - taken.shift() <= pd.Timedelta(days=days)
    numbered = (~(same_patient & close)).astype(int).cumsum()
    return numbered.reindex(cases.index)
