"""Triage in time: from the examination to flag, opening, report and communication, flagged against unflagged."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.material import Material
from surveillance.statistics.percentiles import percentile
from surveillance.statistics.survival import Quantile, kaplan_meier_quantile, log_rank

SHARES = {"median": 0.5, "p90": 0.9, "p95": 0.95}
LIVE = ("triage", "concurrent", "second_reader", "rule_out", "autonomous")
FEW = 10


def analyse(material: Material) -> dict[str, Any] | None:
    """Minutes from the examination to each step, with censoring of what has not happened yet.

    A case in which a step has not happened counts as censored at the data cut (Kaplan–Meier). A step
    that lies before the examination is a fault of clocks: it is left out and counted as
    `out_of_order`. `displacement` asks whether the unflagged wait longer for their report in live use
    than they did in shadow.
    """
    if material.view.purpose != "triage" or material.ran.empty:
        return None
    cases = _steps(material)
    flagged, live = cases["call"] == "positive", cases["use_mode"].isin(LIVE)
    waits = {
        step: _wait(cases, step, material)
        for step in ("result", "flag", "opening", "report", "communication")
    }
    happened = {step: wait for step, wait in waits.items() if wait["happened"].any()}
    return {
        "cases": len(cases),
        "steps": [
            {
                "step": step,
                "out_of_order": int(wait["out_of_order"].sum()),
                "flagged": _summary(wait[flagged & live]),
                "unflagged": _summary(wait[~flagged & live]),
                "log_rank_p": _compared(wait[flagged & live], wait[~flagged & live]),
            }
            for step, wait in happened.items()
        ],
        "displacement": _displacement(waits["report"][~flagged], live[~flagged]),
        "by_month": [
            {
                "month": str(month),
                **{
                    name: _percentiles(waits["report"].loc[part.index])
                    for name, part in (
                        ("flagged", part[part["call"] == "positive"]),
                        ("unflagged", part[part["call"] != "positive"]),
                    )
                },
            }
            for month, part in cases.groupby(
                pd.to_datetime(cases["day"]).dt.strftime("%Y-%m"), sort=True
            )
        ],
    }


def _steps(material: Material) -> pd.DataFrame:
    """The cases that ran with the moment of each step, in UTC."""
    cases = material.ran.merge(
        material.reported[
            ["inference_id", "call", "opened_at", "reported_at", "communicated_at"]
        ].rename(columns={"call": "said"}),
        on="inference_id",
        how="left",
    )
    moments = {"taken": "study_datetime", "result": "completed_at", "flag": "shown_at", "opening": "opened_at",
               "report": "reported_at", "communication": "communicated_at"}  # fmt: skip
    return cases.assign(
        **{step: pd.to_datetime(cases[column], utc=True) for step, column in moments.items()}
    )


def _wait(cases: pd.DataFrame, step: str, material: Material) -> pd.DataFrame:
    """Minutes to a step; censored at the data cut where it has not happened.

    Only what the report calls positive has to be communicated.
    """
    happened = cases[step].notna()
    until = cases[step].fillna(pd.Timestamp(material.as_of))
    minutes = (until - cases["taken"]).dt.total_seconds() / 60
    return pd.DataFrame(
        {
            "minutes": minutes,
            "happened": happened,
            "out_of_order": happened & (minutes < 0),
            "usable": minutes.notna()
            & (minutes >= 0)
            & ((step != "communication") | (cases["said"] == "positive")),
        }
    )


def _summary(wait: pd.DataFrame) -> dict[str, Any]:
    used = wait[wait["usable"]]
    if not used["happened"].any():
        return {"cases": len(used), "happened": 0, **dict.fromkeys(SHARES)}
    times, events = used["minutes"].to_numpy(), used["happened"].to_numpy()
    return {
        "cases": len(used),
        "happened": int(events.sum()),
        **{
            name: _quantile(kaplan_meier_quantile(times=times, events=events, quantile=share))
            for name, share in SHARES.items()
        },
    }


def _percentiles(wait: pd.DataFrame) -> dict[str, Any]:
    done = wait.loc[wait["usable"] & wait["happened"], "minutes"]
    return {
        "reports": len(done),
        "median": _quantile(percentile(values=done, percentile=50)) if len(done) >= FEW else None,
        "p90": float(np.percentile(done, 90)) if len(done) >= FEW else None,
    }


def _compared(first: pd.DataFrame, second: pd.DataFrame) -> float | None:
    first, second = first[first["usable"]], second[second["usable"]]
    if first.empty or second.empty:
        return None
    return log_rank(
        times_1=first["minutes"].to_numpy(), events_1=first["happened"].to_numpy(),
        times_2=second["minutes"].to_numpy(), events_2=second["happened"].to_numpy(),
    ).p_value  # fmt: skip


def _displacement(wait: pd.DataFrame, live: "pd.Series[bool]") -> dict[str, Any] | None:
    """Time to the report of unflagged cases, in shadow and live; None without both."""
    before, after = wait[~live & wait["usable"]], wait[live & wait["usable"]]
    if len(before) < FEW or len(after) < FEW:
        return None
    return {
        "shadow": _summary(before),
        "live": _summary(after),
        "log_rank_p": _compared(before, after),
    }


def _quantile(found: Quantile) -> dict[str, Any]:
    return {
        "estimate": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        "n": found.n,
        "method": found.method,
        "reason": found.reason,
    }
