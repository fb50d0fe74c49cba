"""What each kind of work does, and how often it is tried."""

from collections.abc import Callable
from dataclasses import dataclass

from surveillance.work import Kind, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """How a kind of work is done. A failure is tried again after `wait` seconds, so many `tries` in all."""

    do: Callable[[str, Work], None]
    tries: int = 1
    wait: int = 0


def _cycle(url: str, work: Work) -> None:
    from backend.cycling import run

    run(url, by=work.asked_by)


def _notice(url: str, work: Work) -> None:
    from backend.clock import now
    from backend.notices import send
    from backend.settings import settings

    send(url, settings(), by=work.asked_by, at=now())


def _digest(url: str, work: Work) -> None:
    from backend.clock import now
    from backend.digest import send
    from backend.settings import settings

    send(url, settings(), by=work.asked_by, at=now())


DUTIES = {
    Kind.CYCLE: Duty(do=_cycle),
    Kind.NOTICE: Duty(do=_notice, tries=12, wait=600),
    Kind.DIGEST: Duty(do=_digest, tries=12, wait=600),
}
