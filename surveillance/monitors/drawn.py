"""Drawing the charts as a cycle leaves them, to be looked at."""

from typing import Any

import pandas as pd
from sqlmodel import Session, col, delete

from register.monitoring_plan import FEEDS
from surveillance.monitors.chart_record import DrawnChart
from surveillance.monitors.charted import Charted
from surveillance.monitors.sequential import Alarm, Path
from surveillance.monitors.streams import Watched


def draw(session: Session, deployment: str, finding: str, charted: Charted) -> None:
    """Put the charts of a finding in the place of those drawn before."""
    session.exec(
        delete(DrawnChart).where(
            col(DrawnChart.deployment) == deployment, col(DrawnChart.finding) == finding
        )
    )
    for path in charted.paths:
        if charted.reference is None or path.chart.design.arl0 is None or path.stream.empty:
            continue
        rule = path.chart.rule
        session.add(
            DrawnChart(
                deployment=deployment, finding=finding, reference=charted.reference.id or 0, watch=rule.watch,
                by=rule.by or "", level=path.chart.level, side=path.chart.side, content=_content(path, charted.seen),
            )
        )  # fmt: skip


def _content(path: Path, seen: Watched | None) -> dict[str, Any]:
    days = path.stream["entered"].dt.strftime("%Y-%m-%d")
    anew = {f"{day:%Y-%m-%d}": 0.0 for day in path.settled}
    highest = pd.Series(path.statistic).groupby(days.to_numpy(), sort=True).max()
    highest = pd.Series(anew | highest.to_dict(), dtype=float).sort_index()
    return {
        "limit": path.chart.design.limit,
        "words": path.chart.words(),
        "where": path.where,
        "days": highest.index.tolist(),
        "values": [round(float(value), 4) for value in highest],
        "alarms": [_alarm(path, alarm) for alarm in path.alarms],
        "cases": _flagged(path, seen),
    }


def _alarm(path: Path, alarm: Alarm) -> dict[str, Any]:
    began, days = path.began(alarm), path.since(alarm)["day"]
    said = {"on": alarm.on, "first": days.min(), "last": days.max(),
            "earliest": began.earliest, "about": began.about, "latest": began.latest}  # fmt: skip
    return {name: f"{day:%Y-%m-%d}" for name, day in said.items()} | {
        "from_the_start": began.from_the_start,
        "change": f"{path.of_one_change(alarm)[0].on:%Y-%m-%d}",
        "sentence": path.sentence(alarm),
    }


def _flagged(path: Path, seen: Watched | None) -> list[str]:
    """The flagged cases of the change that it found last; none where it counts days."""
    if not path.alarms or seen is None or path.chart.rule.watch in FEEDS:
        return []
    since = path.since(path.alarms[-1])
    flagged = seen.cases.loc[since.loc[since["flag"], "row"], "inference_id"]
    return [str(one) for one in flagged]
