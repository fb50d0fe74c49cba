"""When work is due by itself: cron schedules in UTC, as the settings say."""

from datetime import datetime, timedelta

from sqlmodel import Session

from backend.settings import Settings
from backend.work.queue import ask
from register.refusal import Refusal
from surveillance.measurement import latest_cycle
from surveillance.work import Kind, last_of

BY = "schedule"
"""Who asks for what is due by itself."""
OFF = "off"


class NotASchedule(Refusal):
    """A setting that names no times; the sentence says which, and how to write it."""


def schedules(settings: Settings) -> dict[Kind, str]:
    """The cron schedule of what is due by itself; what is off, or cannot be sent for want of a mail server, is not."""
    wanted = {
        Kind.CYCLE: ("CATAMNESIS_CYCLE_CRON", settings.cycle_cron),
        Kind.DIGEST: ("CATAMNESIS_DIGEST_CRON", settings.digest_cron if settings.smtp_url else OFF),
    }
    return {kind: _cron(*said) for kind, said in wanted.items() if said[1].strip() != OFF}


def interval(settings: Settings, kind: Kind, at: datetime) -> timedelta | None:
    """How long it is from one time to the next; None where nothing is due by itself."""
    from croniter import croniter

    cron = schedules(settings).get(kind)
    if cron is None:
        return None
    times = croniter(cron, at)
    first: datetime = times.get_next(datetime)
    following: datetime = times.get_next(datetime)
    return following - first


def ask_for_missed(session: Session, settings: Settings, *, at: datetime) -> None:
    """Ask for what fell due while no worker ran; what was never done here waits for its first time."""
    from croniter import croniter

    for kind, cron in schedules(settings).items():
        done = _last_done(session, kind)
        if done is not None and done < croniter(cron, at).get_prev(datetime):
            ask(session, kind, by=BY, at=at)


def _last_done(session: Session, kind: Kind) -> datetime | None:
    if kind is Kind.CYCLE:
        cycle = latest_cycle(session)
        return cycle.as_of if cycle else None
    last = last_of(session, kind)
    return last.asked_at if last else None


def _cron(name: str, text: str) -> str:
    from croniter import croniter

    if not croniter.is_valid(text):
        raise NotASchedule(
            f"{name}: '{text}' is no schedule; write minute, hour, day, month and weekday as in cron, such as '0 2 * * *' (UTC), or off."
        )
    return text
