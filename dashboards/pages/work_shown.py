"""How the work of the installation stands, for the page *Watch*: a silent scheduler is a loud fact."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dashboards.pages.shown import sentence_case, shown
from surveillance.measurement import latest_cycle
from surveillance.work import Standing, Work, standing_work, worker_seen

PATIENCE = timedelta(minutes=2)
"""How long something waits before the page asks whether a worker is there."""
LATE = 2
"""Intervals without a cycle after which the page says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkShown:
    """A piece of work."""

    name: str = shown("What it is")
    told: str = shown("How it stands, in a sentence")
    failed: bool = shown("Whether its last attempt failed")


def work_shown(session: Session, at: datetime) -> tuple[WorkShown, ...]:
    """How the last work of each kind stands, cycles first, and what is open or failed about single things."""
    return tuple(
        WorkShown(
            name=sentence_case(f"{work.kind} {work.about}".strip()),
            told=told_of(work),
            failed=bool(work.problem),
        )
        for work in standing_work(session, at)
    )


def alarms(session: Session, *, at: datetime, every: timedelta | None) -> tuple[str, ...]:
    """What a silent worker or schedule must be seen by; `every` is how often a cycle is due, None = never."""
    cycle, seen = latest_cycle(session), worker_seen(session)
    waiting = [
        w for w in standing_work(session, at) if w.standing in (Standing.WAITS, Standing.RUNS)
    ]
    said = []
    if cycle is not None and every is not None and at - cycle.as_of > LATE * every:
        said.append(
            f"No cycle since {_moment(cycle.as_of)}, and one is due every {_hours(every)}: nobody watches meanwhile. See that a worker runs (catamnesis serve, or catamnesis work)."
        )
    silent = seen is None or at - seen > PATIENCE
    if silent and any(at - work.asked_at > PATIENCE for work in waiting):
        said.append(
            f"Work waits, and no worker has given a sign of life {'yet' if seen is None else f'since {_moment(seen)}'}. Start one: catamnesis serve, or catamnesis work."
        )
    return tuple(said)


def told_of(work: Work) -> str:
    """How a piece of work stands, in a sentence."""
    asked = f"asked for by {work.asked_by} at {_moment(work.asked_at)}"
    match work.standing:
        case Standing.WAITS:
            return f"Waits for the worker, {asked}."
        case Standing.RUNS:
            return f"Running since {_moment(work.started_at)}, {asked}."
        case Standing.DONE:
            return f"Done at {_moment(work.ended_at)}, {asked}."
        case Standing.TRIED_AGAIN:
            return f"Failed at {_moment(work.started_at)} and will be tried again: {work.problem}"
        case Standing.FAILED:
            return f"Failed at {_moment(work.ended_at)}: {work.problem}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _hours(every: timedelta) -> str:
    return f"{every.total_seconds() / 3600:g} hours"
