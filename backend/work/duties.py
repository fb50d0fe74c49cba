"""What each kind of work does, and how often it is tried."""

from collections.abc import Callable
from dataclasses import dataclass

from surveillance.work import REVIEW, Kind, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """How a kind of work is done, and tried again after a failure: so many `tries` in all, `wait` seconds apart, or
    `growing` times longer after each."""

    do: Callable[[str, Work], None]
    tries: int = 1
    wait: int = 0
    growing: int = 0


def _cycle(url: str, work: Work) -> None:
    from backend.cycling import run

    run(url, by=work.asked_by)


def _gathering(url: str, work: Work) -> None:
    from backend.reviewing import gather

    gather(url, int(work.about.removeprefix(REVIEW)), by=work.asked_by)


def _notice(url: str, work: Work) -> None:
    from backend.clock import now
    from backend.notices import send
    from backend.settings import settings

    send(url, settings(), by=work.asked_by, at=now())


def _webhook(url: str, work: Work) -> None:
    from backend.clock import now
    from backend.settings import settings
    from backend.webhook import post

    post(url, settings(), work.about, by=work.asked_by, at=now())


def _digest(url: str, work: Work) -> None:
    from backend.clock import now
    from backend.digest import send
    from backend.settings import settings

    send(url, settings(), by=work.asked_by, at=now())


DUTIES = {
    Kind.CYCLE: Duty(do=_cycle),
    Kind.GATHERING: Duty(do=_gathering),
    Kind.NOTICE: Duty(do=_notice, tries=12, wait=600),
    Kind.WEBHOOK: Duty(do=_webhook, tries=9, growing=4),
    Kind.DIGEST: Duty(do=_digest, tries=12, wait=600),
}
