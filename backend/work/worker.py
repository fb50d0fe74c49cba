"""The worker: does what is asked for, asks for what is due, and takes up again what a killed worker left."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.jobs import DeleteJobCondition, Status

from backend.clock import now
from backend.database import unit_of_work
from backend.settings import settings
from backend.work.duties import DUTIES, Duty
from backend.work.queue import SCHEMA, ask
from backend.work.schedule import BY, ask_for_missed, schedules
from register.refusal import Refusal
from surveillance.work import Kind, Work

if TYPE_CHECKING:
    from procrastinate.jobs import Job

AT_ONCE = 2
"""Pieces of work at once: a long cycle keeps no mail waiting."""
SILENCE = 60.0
"""Seconds without a sign of life after which a worker counts as dead."""
KILLED_MOST = 3
"""How often a worker may be killed over one piece of work before it is given up."""


def work(url: str, *, once: bool = False, silence: float = SILENCE) -> None:
    """Work until told to stop, or `once` through what waits. What runs when told to stop is ended first."""
    asyncio.run(_work(url, once=once, silence=silence))


async def _work(url: str, *, once: bool, silence: float) -> None:
    app = _app(url)
    with unit_of_work(url, by=BY) as session:
        ask_for_missed(session, settings(), at=now())
    async with app.open_async():
        await _take_up_again(app, url, silence)
        looking = asyncio.create_task(_keep_looking(app, url, silence))
        try:
            await app.run_worker_async(
                concurrency=AT_ONCE, wait=not once, delete_jobs=DeleteJobCondition.SUCCESSFUL,
                update_heartbeat_interval=silence / 6, stalled_worker_timeout=silence,
            )  # fmt: skip
        finally:
            looking.cancel()


def _app(url: str) -> App:
    app = App(
        connector=PsycopgConnector(conninfo=url, kwargs={"options": f"-c search_path={SCHEMA}"})
    )
    for kind, duty in DUTIES.items():
        retry = RetryStrategy(
            max_attempts=duty.tries - 1, wait=duty.wait, exponential_wait=duty.growing
        )
        app.task(name=kind, pass_context=True, retry=retry if duty.tries > 1 else False)(
            _doing(url, duty)
        )
    for kind, cron in schedules(settings()).items():
        app.periodic(cron=cron)(app.task(name=f"{kind} is due")(_asking(url, kind)))
    return app


def _doing(url: str, duty: Duty) -> Callable[..., None]:
    def do(context: JobContext, work: int) -> None:
        begun = _begin(url, work)
        try:
            duty.do(url, begun)
        except Exception as wrong:
            _end(url, work, problem=_told(wrong), over=context.job.attempts + 1 >= duty.tries)
            raise
        _end(url, work)

    return do


def _asking(url: str, kind: Kind) -> Callable[..., None]:
    def due(timestamp: int) -> None:
        with unit_of_work(url, by=BY) as session:
            ask(session, kind, by=BY, at=now())

    return due


def _begin(url: str, number: int) -> Work:
    with unit_of_work(url, by=BY) as session:
        work = session.get_one(Work, number)
        work.started_at, work.problem = now(), ""
    return work


def _end(url: str, number: int, *, problem: str = "", over: bool = True) -> None:
    with unit_of_work(url, by=BY) as session:
        work = session.get_one(Work, number)
        work.problem = problem
        work.ended_at = now() if over else None


def _told(wrong: Exception) -> str:
    return str(wrong) if isinstance(wrong, Refusal) else f"{type(wrong).__name__}: {wrong}"


async def _keep_looking(app: App, url: str, silence: float) -> None:
    while True:
        await asyncio.sleep(silence / 2)
        await _take_up_again(app, url, silence)


async def _take_up_again(app: App, url: str, silence: float) -> None:
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence):
        if job.attempts + 1 < KILLED_MOST:
            await app.job_manager.retry_job(job)
        else:
            await _give_up(app, url, job)


async def _give_up(app: App, url: str, job: "Job") -> None:
    await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    if "work" in job.task_kwargs:
        told = f"The worker was killed {KILLED_MOST} times while it did this; see its messages and the memory of the machine, then ask again."
        await asyncio.to_thread(_end, url, int(str(job.task_kwargs["work"])), problem=told)
