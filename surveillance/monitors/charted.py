"""The charts of a plan followed up to a data cut: what each saw and rang, for the monitors and for who draws them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlmodel import Session

from register.monitoring_plan import monitoring_plan
from surveillance.material import Material
from surveillance.monitors.alarms import Told, told
from surveillance.monitors.chart_record import LockedReference, charted_since, settled
from surveillance.monitors.locked import NotCharted, charts_of, locked, seen_since
from surveillance.monitors.sequential import Path, Question, follow
from surveillance.monitors.streams import Watched


@dataclass(frozen=True, kw_only=True)
class Charted:
    """The charts of a finding up to a data cut, what they saw, and their alarms; or why there are none."""

    seen: Watched | None = None
    reference: LockedReference | None = None
    paths: tuple[Path, ...] = ()
    alarms: tuple[Told, ...] = ()
    followed_since: date | None = None
    why_not: str = ""


def chart(session: Session, material: Material) -> Charted:
    """Follow the charts of the register's plan, held against its locked reference window."""
    plan = monitoring_plan(material.view.entry.monitoring)
    try:
        reference = locked(session, material, plan)
    except NotCharted as why:
        return Charted(why_not=str(why))
    seen = seen_since(material, plan, reference.window)
    since = charted_since(session, material.view.key, material.finding)
    days: dict[Question, list[date]] = defaultdict(list)
    for one in settled(session, material.view.key, material.finding):
        days[one.question()].append(one.settled_on)
    paths = follow(charts_of(reference), seen, settled=days)
    return Charted(
        seen=seen,
        reference=reference,
        paths=paths,
        alarms=tuple(
            told(
                paths,
                first_cycle=pd.Timestamp(reference.mature_on),
                every=1,
                followed_since=pd.Timestamp(since),
            )
        ),
        followed_since=since,
    )
