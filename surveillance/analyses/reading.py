"""What readers do with the output, and what it does to their own accuracy."""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json, share_of
from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.proportions import wilson

FOLLOWED, OVERRODE = ("accepted",), ("rejected", "modified")
FEW = 10
"""Reads of a reader below which his figures are not shown one by one."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Acceptance, override and not-opened rates, and readers' accuracy with the algorithm in sight and blind.

    The rates are of outputs shown to a reader. `deference` compares how often the report says what the
    algorithm says, where the algorithm was wrong: with it in sight against blind; a higher share in
    sight is automation bias. `by_quarter` holds the blind and the sighted reads against the outcome, so
    that a change of the readers' own accuracy can be seen.
    """
    if material.reported.empty:
        return None
    reads = material.ran[["inference_id", "patient", "call", "truth", "day", "matures_on"]].merge(
        material.reported[["inference_id", "call", "ai_visible", "reader"]].rename(
            columns={"call": "report"}
        ),
        on="inference_id",
    )
    mature = reads["inference_id"].isin(material.verified["inference_id"])
    settled = reads[mature & reads["truth"].isin(DECIDED) & reads["report"].isin(DECIDED)]
    quarter = pd.PeriodIndex(pd.to_datetime(settled["day"]), freq="Q").astype(str)
    return {
        "actions": _actions(material),
        "deference": _deference(settled),
        "erring": list(material.erring),
        "by_quarter": [
            {"quarter": str(name), "ai_visible": str(seen), **_accuracy(part)}
            for (name, seen), part in settled.groupby([quarter, settled["ai_visible"]], sort=True)
        ],
        "readers": [
            {"reader": str(name), **_accuracy(part)}
            for name, part in settled.groupby("reader", sort=True)
            if len(part) >= FEW
        ],
    }


def _actions(material: Material) -> list[dict[str, Any]]:
    shown = material.ran[material.ran["shown_at"].notna() | material.ran["user_action"].notna()]
    said = []
    for call in DECIDED:
        action = shown.loc[shown["call"] == call, "user_action"].fillna("not recorded")
        if len(action):
            said.append(
                {
                    "call": call,
                    "outputs": len(action),
                    "accepted": as_json(_share(action, FOLLOWED)),
                    "overridden": as_json(_share(action, OVERRODE)),
                    "ignored": as_json(_share(action, ("ignored",))),
                    "not_opened": as_json(_share(action, ("not_shown",))),
                    "not_recorded": int((action == "not recorded").sum()),
                }
            )
    return said


def _share(action: "pd.Series[str]", among: tuple[str, ...]) -> Any:
    return wilson(successes=int(action.isin(among).sum()), trials=len(action))


def _deference(settled: pd.DataFrame) -> dict[str, Any] | None:
    wrong = settled[settled["call"].isin(DECIDED) & (settled["call"] != settled["truth"])]
    same = wrong["report"] == wrong["call"]
    counts = {
        name: (
            int(same[wrong["ai_visible"] == level].sum()),
            int((wrong["ai_visible"] == level).sum()),
        )
        for name, level in (("in_sight", "true"), ("blind", "false"))
    }
    if not counts["in_sight"][1]:
        return None
    (seen, of_seen), (blind, of_blind) = counts["in_sight"], counts["blind"]
    return {
        "in_sight": as_json(wilson(successes=seen, trials=of_seen)),
        "blind": as_json(wilson(successes=blind, trials=of_blind)),
        "difference": as_json(
            newcombe(successes_1=seen, trials_1=of_seen, successes_2=blind, trials_2=of_blind)
        ),
    }


def _accuracy(part: pd.DataFrame) -> dict[str, Any]:
    ill, right = part["truth"] == "positive", part["report"] == part["truth"]
    return {
        "reads": len(part),
        "sensitivity": share_of(part[ill], right[ill]),
        "specificity": share_of(part[~ill], right[~ill]),
    }
