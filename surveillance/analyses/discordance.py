"""Algorithm × report × outcome: who was right where they differed, and what each of them missed."""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.agreement import mcnemar
from surveillance.statistics.proportions import wilson

VISIBLE = {"blind": ("false",), "ai_visible": ("true",), "unknown": ("unknown",)}


def analyse(material: Material) -> dict[str, Any] | None:
    """The eight cells of verified cases that were also reported, all and apart by what the reader had seen.

    Only cases are counted in which algorithm, report and outcome are each positive or negative; the
    others are counted as `left_out`. A report written with the output of the algorithm in sight is not
    independent of it (incorporation), so those reads stand apart.
    """
    beside = material.verified[["inference_id", "call", "truth"]].merge(
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
        "ai_right_share": as_json(
            wilson(successes=ai_right_alone, trials=ai_right_alone + report_right_alone)
        ),
        "found_by_ai_only": count("positive", "negative", "positive"),
        "found_by_report_only": count("negative", "positive", "positive"),
        "missed_by_both": count("negative", "negative", "positive"),
        "sensitivity": _compared(cases[cases["truth"] == "positive"], "positive"),
        "specificity": _compared(cases[cases["truth"] == "negative"], "negative"),
    }


def _compared(cases: pd.DataFrame, right: str) -> dict[str, Any]:
    """Algorithm and report on the same cases: each one's rate and their paired difference."""
    ai, report = cases["call"] == right, cases["report"] == right
    both, only_ai, only_report = (
        int((ai & report).sum()),
        int((ai & ~report).sum()),
        int((~ai & report).sum()),
    )
    test = mcnemar(
        both=both,
        only_first=only_ai,
        only_second=only_report,
        neither=len(cases) - both - only_ai - only_report,
    )
    return {
        "ai": as_json(wilson(successes=both + only_ai, trials=len(cases))),
        "report": as_json(wilson(successes=both + only_report, trials=len(cases))),
        "difference": as_json(test.difference),
        "p_mid": test.p_mid,
    }
