"""Work is asked for, done by a worker over a real queue, and taken up again when one is killed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from backend.clock import now
from backend.database import unit_of_work
from backend.settings import Settings
from backend.work.beside import worker_beside
from backend.work.queue import ask
from backend.work.schedule import NotASchedule, ask_for_missed, interval, schedules
from surveillance.measurement import Cycle, latest_cycle
from surveillance.work import Kind, Standing, Work, last_of, worker_seen
from tests.backend.worked import work

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
SILENCE = 3
PATIENCE = 40


def _ask(url: str, kind: Kind = Kind.CYCLE) -> int:
    with unit_of_work(url, by="t") as session:
        number = ask(session, kind, by="ada", at=now()).id
    assert number is not None
    return number


def _work(url: str, number: int) -> Work:
    with unit_of_work(url, by="t") as session:
        return session.get_one(Work, number)


def _cycle(url: str, as_of: datetime) -> None:
    with unit_of_work(url, by="t") as session:
        session.add(Cycle(as_of=as_of, judged={}))


def _wait(until: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not until():
        assert monotonic() < deadline, "It took too long."
        sleep(0.1)


@contextmanager
def _worker(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    program = f"from backend.work.worker import work; work({url!r}, silence={SILENCE})"
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path.cwd()) as running:
        yield running
        running.terminate()


@contextmanager
def _evidence_locked(url: str) -> Iterator[None]:
    """As while an import runs."""
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
        yield


def test_what_is_asked_for_is_done(registered: str) -> None:
    """By the next worker, in the name of who asked; what waits already is not asked for twice."""
    number = _ask(registered)
    assert (_work(registered, number).standing, _ask(registered)) == (Standing.WAITS, number)
    work(registered, once=True)
    done = _work(registered, number)
    assert done.standing is Standing.DONE
    assert done.started_at is not None
    with unit_of_work(registered, by="t") as session:
        cycle = latest_cycle(session)
        assert cycle is not None
        assert cycle.as_of > done.asked_at
    assert _ask(registered) != number


def test_what_is_undone_was_not_asked_for(database_url: str) -> None:
    """The queue and the record of it are one transaction."""
    with unit_of_work(database_url, by="t") as session:
        ask(session, Kind.CYCLE, by="ada", at=AT)
        session.rollback()
    with psycopg.connect(database_url) as pg:
        assert pg.execute("SELECT count(*) FROM jobs.procrastinate_jobs").fetchone() == (0,)


def test_what_fails_says_why(
    database_url: str,
    capfd: pytest.CaptureFixture[str],
    from_environment: Callable[..., None],
) -> None:
    """A cycle that cannot go back is over; mail that no server takes is tried again."""
    from_environment(digest_cron="off")
    _cycle(database_url, now() + timedelta(days=1))
    cycle, digest = _ask(database_url), _ask(database_url, Kind.DIGEST)
    work(database_url, once=True)
    assert _work(database_url, cycle).standing is Standing.FAILED
    assert _work(database_url, cycle).problem.startswith("A cycle cannot go back behind the last")
    assert _work(database_url, digest).standing is Standing.TRIED_AGAIN
    assert "CATAMNESIS_SMTP_URL" in _work(database_url, digest).problem


def test_a_schedule_is_cron_in_utc_or_off() -> None:
    """Nightly unless said otherwise; the digest needs a mail server; what cannot be read is refused by name."""
    assert schedules(Settings()) == {Kind.CYCLE: "0 2 * * *"}
    assert interval(Settings(), Kind.CYCLE, AT) == timedelta(days=1)
    assert interval(Settings(cycle_cron="0 */6 * * *"), Kind.CYCLE, AT) == timedelta(hours=6)
    assert interval(Settings(cycle_cron="off"), Kind.CYCLE, AT) is None
    with pytest.raises(NotASchedule, match="CATAMNESIS_CYCLE_CRON: 'at night' is no schedule"):
        schedules(Settings(cycle_cron="at night"))


@pytest.mark.parametrize(
    ("last", "cron", "asked"),
    [
        (11, "0 2 * * *", False),
        (11, "0 12 * * *", False),
        (1, "0 2 * * *", True),
        (1, "off", False),
    ],
)
def test_what_fell_due_without_a_worker_is_asked_for_when_one_comes(
    database_url: str, last: int, cron: str, asked: bool
) -> None:
    """A machine that is off at night still has its cycle; one that never had any waits for its night."""
    late = AT - timedelta(minutes=1)
    with unit_of_work(database_url, by="t") as session:
        ask_for_missed(session, Settings(cycle_cron=cron), at=late)
        assert last_of(session, Kind.CYCLE) is None
    _cycle(database_url, AT.replace(hour=last))
    with unit_of_work(database_url, by="t") as session:
        ask_for_missed(session, Settings(cycle_cron=cron), at=late)
        assert (last_of(session, Kind.CYCLE) is not None) is asked


@pytest.mark.slow
def test_work_of_a_killed_worker_is_taken_up_again(
    registered: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the next one, when the dead one was silent long enough; two cycles never run at once."""
    number = _ask(registered)
    with _evidence_locked(registered), _worker(registered) as worker:
        _wait(lambda: _work(registered, number).standing is Standing.RUNS)
        second = _ask(registered)
        sleep(1)
        assert _work(registered, second).standing is Standing.WAITS
        worker.kill()
    with _worker(registered):
        _wait(lambda: _work(registered, second).standing is Standing.DONE)
    assert _work(registered, number).standing is Standing.DONE


@pytest.mark.slow
def test_work_that_kills_every_worker_is_given_up(
    registered: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """After the third, with a sentence."""
    number = _ask(registered)
    with _evidence_locked(registered):
        for _ in range(3):
            before = _work(registered, number).started_at
            with _worker(registered) as worker:
                _wait(lambda before=before: _work(registered, number).started_at != before)  # type: ignore[misc]
                worker.kill()
        with _worker(registered):
            _wait(lambda: _work(registered, number).standing is Standing.FAILED)
    assert "killed 3 times" in _work(registered, number).problem


def test_a_worker_runs_beside_the_pages(
    registered: str, from_environment: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    """In a process of its own, which ends with them."""
    from_environment(database_url=registered)
    number = _ask(registered)
    with worker_beside():
        _wait(lambda: _work(registered, number).standing is Standing.DONE)
        with unit_of_work(registered, by="t") as session:
            seen = worker_seen(session)
    assert seen is not None
    with unit_of_work(registered, by="t") as session:
        assert worker_seen(session) is None
