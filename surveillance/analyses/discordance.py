"""Algorithm × report × outcome: who was right where they differed, and what each of them missed."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.clustering import patients_of
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json, share_of
from surveillance.statistics.agreement import mcnemar
from surveillance.statistics.clustered_pairs import clustered_mcnemar
from surveillance.statistics.estimate import Estimate

VISIBLE = {"blind": ("false",), "ai_visible": ("true",), "unknown": ("unknown",)}


def analyse(material: Material) -> dict[str, Any] | None:
    """The eight cells of verified cases that were also reported, all and apart by what the reader had seen.

    Only cases are counted in which algorithm, report and outcome are each positive or negative; the
    others are counted as `left_out`. A report written with the output of the algorithm in sight is not
    independent of it (incorporation), so those reads stand apart.
    """
    beside = material.verified[["inference_id", "patient", "call", "truth"]].merge(
        material.reported[["inference_id", "call", "ai_visible"]].rename(
            columns={"call": "report"}
        ),
        on="inference_id",
    )
    if beside.empty:
        return None
    usable = beside[
        beside["call"].isin(DECIDED)
        & beside["report"].isin(DECIDED)
        & beside["truth"].isin(DECIDED)
    ]
    return {
        **_cells(usable),
        "left_out": len(beside) - len(usable),
        "complete": bool(material.mature["truth"].notna().all()),
        "erring": list(material.erring),
        "by_visibility": {
            name: _cells(usable[usable["ai_visible"].isin(levels)])
            for name, levels in VISIBLE.items()
            if usable["ai_visible"].isin(levels).any()
        },
    }


def _cells(cases: pd.DataFrame) -> dict[str, Any]:
    found = cases.groupby(["call", "report", "truth"], observed=True).size()

    def count(call: str, report: str, truth: str) -> int:
        return int(found.get((call, report, truth), 0))

    differ = cases[cases["call"] != cases["report"]]
    ai_right_alone = count("positive", "negative", "positive") + count(
        "negative", "positive", "negative"
    )
    report_right_alone = count("positive", "negative", "negative") + count(
        "negative", "positive", "positive"
    )
    return {
        "cells": [
            {"ai": call, "report": report, "outcome": truth, "cases": count(call, report, truth)}
            for call in DECIDED
            for report in DECIDED
            for truth in DECIDED
        ],
        "discordant": ai_right_alone + report_right_alone,
        "ai_right": ai_right_alone,
        "report_right": report_right_alone,
        "ai_right_share": share_of(differ, differ["call"] == differ["truth"]),
        "found_by_ai_only": count("positive", "negative", "positive"),
        "found_by_report_only": count("negative", "positive", "positive"),
        "missed_by_both": count("negative", "negative", "positive"),
        "sensitivity": _compared(cases[cases["truth"] == "positive"], "positive"),
        "specificity": _compared(cases[cases["truth"] == "negative"], "negative"),
    }


def _compared(cases: pd.DataFrame, right: str) -> dict[str, Any]:
    """Algorithm and report on the same cases: each one's rate and their paired difference."""
    ai, report = cases["call"] == right, cases["report"] == right
    difference, p = _paired(cases, ai, report)
    return {
        "ai": share_of(cases, ai),
        "report": share_of(cases, report),
        "difference": as_json(difference, len(cases)),
        "p": p if len(cases) else None,
    }


def _paired(
    cases: pd.DataFrame, ai: "pd.Series[bool]", report: "pd.Series[bool]"
) -> tuple[Estimate, float]:
    """The paired difference and its P: mid-P of McNemar, or Obuchowski's where a patient came more than once."""
    patient = patients_of(cases)
    if 1 < len(np.unique(patient)) < len(cases):
        clustered = clustered_mcnemar(first=ai, second=report, clusters=patient)
        return clustered.difference, clustered.p_value
    test = mcnemar(
        both=int((ai & report).sum()),
        only_first=int((ai & ~report).sum()),
        only_second=int((~ai & report).sum()),
        neither=int((~ai & ~report).sum()),
    )
    return test.difference, test.p_mid
