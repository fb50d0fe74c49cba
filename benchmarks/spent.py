"""What a piece of work costs: wall time, and CPU time here and in the database server."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds of one run; `client` is this process with all its threads, `server` the database's processes."""

    wall: float
    client: float
    server: float = 0.0

    @property
    def cpu(self) -> float:
        """CPU seconds of both sides."""
        return self.client + self.server


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times the product costs what the plain way costs, over alternating repeats."""

    median: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        """The median with the range: 2.31 (2.20 to 2.44)."""
        return f"{self.median:.2f} ({self.lowest:.2f} to {self.highest:.2f})"


def measured(work: Callable[[], object], *, backend: int | None = None) -> Spent:
    """Do some work and say what it cost; `backend` is the process of the database session, if it has one."""
    server, cpu, wall = _server(backend), time.process_time(), time.perf_counter()
    work()
    return Spent(
        wall=time.perf_counter() - wall,
        client=time.process_time() - cpu,
        server=_server(backend) - server,
    )


def ratio(ours: Sequence[float], plain: Sequence[float]) -> Ratio:
    """Each run of ours over the plain run beside it.

    >>> str(ratio([2.0, 3.0, 4.0], [1.0, 1.0, 1.0]))
    '3.00 (2.00 to 4.00)'
    """
    found = [one / other for one, other in zip(ours, plain, strict=True)]
    return Ratio(median=statistics.median(found), lowest=min(found), highest=max(found))


def _server(backend: int | None) -> float:
    """CPU seconds so far of every process of the server that a session belongs to."""
    if backend is None:
        return 0.0
    spent = 0.0
    for process in psutil.Process(backend).parent().children():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent
