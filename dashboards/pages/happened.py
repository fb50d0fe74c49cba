"""What changed around a deployment, and how each change lies to when that began which a chart found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlmodel import Session

from dashboards.analyses.changes import differences
from dashboards.figures.markings import Pin
from dashboards.pages.shown import sentence_case, shown, words
from surveillance.change_ledger import COMPARED_DAYS, LedgerEntry, around, ledger
from surveillance.measurement import latest_analyses
from surveillance.monitors.chart_record import DrawnChart, drawn
from surveillance.view import DeploymentView

NEAR = timedelta(days=14)
"""So close to the likeliest day a change is taken to explain it."""
BEFORE, THEN, AFTER = "before it began", "when it may have begun", "after it began"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A change around the deployment."""

    number: int = shown("Its number on the charts")
    day: str = shown("Day at the site")
    kind: str = shown("What kind of change")
    told: str = shown("What happened")
    source: str = shown("Who or what says so")
    when: str = shown("How it lies to when began what a chart found; empty = no chart rang")
    after: str = shown("What was different after it; empty = not compared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The first, likeliest and last day on which began what a chart found, and whether it may have begun before them."""

    found: str
    earliest: date
    about: date
    latest: date
    or_before: bool

    def lies(self, day: date) -> str:
        """How a day lies to it."""
        if day > self.latest:
            return AFTER
        return THEN if self.or_before or day >= self.earliest else BEFORE


def onset(charts: Sequence[DrawnChart]) -> Onset | None:
    """When began what the charts of a question found last; none where none rang."""
    alarms = [alarm for chart in charts for alarm in chart.content["alarms"]]
    if not alarms:
        return None
    last = max(alarms, key=lambda alarm: str(alarm["on"]))
    days = {name: date.fromisoformat(last[name]) for name in ("earliest", "about", "latest")}
    return Onset(found=f"{words(charts[0].watch)}{charts[0].content['where']}", or_before=last["from_the_start"], **days)  # fmt: skip


def onsets(session: Session, deployment: str, finding: str) -> list[Onset]:
    """When began what each question of the plan found last, the earliest first."""
    kept = sorted(drawn(session, deployment, finding), key=DrawnChart.question)
    asked = (tuple(sides) for _, sides in groupby(kept, key=DrawnChart.question))
    return sorted(filter(None, map(onset, asked)), key=lambda one: one.about)


def happened(
    session: Session,
    known: DeploymentView,
    finding: str,
    *,
    since: date,
    until: date,
    began: Onset | None,
    at: datetime,
) -> tuple[Happened, ...]:
    """The changes from one day to another, numbered in the order in which they happened."""
    changes = ledger(session, known, at=at)
    different, found = _different(session, known.key, finding), onsets(session, known.key, finding)
    return tuple(
        Happened(
            number=number, day=entry.day.isoformat(), kind=sentence_case(words(entry.kind)), told=entry.told, source=entry.source,
            when=began.lies(entry.day) if began else "",
            after=_after(entry, different.get(entry.day.isoformat(), ""), found, changes),
        )
        for number, entry in enumerate(around(changes, since, until), start=1)
    )  # fmt: skip


def recorded_then(changes: Sequence[Happened], began: Onset | None) -> str:
    """Which changes are recorded for when it may have begun, or that none is; empty where no chart rang."""
    if began is None:
        return ""
    then = [c for c in changes if c.when == THEN]
    if began.earliest == began.latest:
        span = f"{'on or before' if began.or_before else 'on'} {began.latest}"
    else:
        span = f"up to {began.latest}" if began.or_before else f"from {began.earliest} to {began.latest}"  # fmt: skip
    by = f"by the chart of {began.found}, {span}"
    ask = "ask whoever runs the scanners, and the manufacturer, what was changed"
    if not then:
        return f"Nothing is recorded for when it may have begun, {by}: {ask} in these days."
    told = f"Recorded for when it may have begun, {by}: {', '.join(f'{c.number} ({c.kind.lower()}, {c.day})' for c in then)}."
    if any(abs(date.fromisoformat(c.day) - began.about) <= NEAR for c in then):
        return told
    return f"{told} Nothing is recorded within {NEAR.days} days of the likeliest day, {began.about}: {ask} then."


def pins(changes: Sequence[Happened]) -> list[Pin]:
    """The changes as they are pinned on charts."""
    return [Pin(number=c.number, day=c.day, label=c.kind) for c in changes]


def _after(
    entry: LedgerEntry, said: str, found: Sequence[Onset], changes: tuple[LedgerEntry, ...]
) -> str:
    """What differs after a change, with a word of caution where something else changed in the days that were compared, or charts found that it did."""
    if not said:
        return said
    compared = timedelta(days=COMPARED_DAYS)
    first, last = entry.day - compared, entry.day + compared
    near = [f"{words(other.kind)} ({other.day})" for other in around(changes, first, last) if other.day != entry.day]  # fmt: skip
    near += [
        f"what the chart of {one.found} found ({one.about})"
        for one in found if first <= one.about <= last and one.about != entry.day
    ]  # fmt: skip
    if not near:
        return said
    return f"{said} In the days that were compared lies also: {', '.join(dict.fromkeys(near))}; that may show here as well."


def _different(session: Session, deployment: str, finding: str) -> dict[str, str]:
    """By day of a change, what the last cycle found to differ after it."""
    kept = latest_analyses(session, deployment, finding).get("changes")
    return (
        {change["day"]: differences(change) for change in kept.content["changes"]} if kept else {}
    )
