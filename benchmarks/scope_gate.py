"""Asking the scope gate over HTTP, against the bare decision: `python -m benchmarks.scope_gate`.

The bare decision is that of `Gate.derive` with the register in memory: state, clauses, attributes. The gate authenticates,
reads the register, decides, signs, records and writes the trail, in one transaction of the embedded server.
Requests pass through the whole application in this process, without a socket.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from backend import embedded
from backend.access import give_account
from backend.clock import now
from backend.database import migrate, unit_of_work
from backend.tokens import give_token
from backend.web.app import create_app
from benchmarks.spent import ratio
from demo.sources import REGISTER
from register import catalogue
from register.signature import Signer
from surveillance.scope_gate import Check, Gate
from surveillance.taking_over import confirm

CHECK = "/api/v1/scope/check"
STUDY = {
    "modality": "CT", "body_part_examined": "HEAD", "patient_age": 54, "slice_thickness": 3.0,
    "setting": "emergency", "manufacturer": "SIEMENS",
}  # fmt: skip
DEPLOYMENT = "ctbrain-north-ed"
BATCH = 1000


class NotLetThrough(AssertionError):
    """The gate did not answer as the bare decision does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Seconds of one turn: a bare decision, a single check, and a check within a batch."""

    bare: float
    median: float
    p99: float
    batched: float


def run(*, requests: int, repeats: int) -> list[str]:
    """Rows of a table, each way in turns; ratios are taken within each turn."""
    with _served() as (url, token), ThreadPoolExecutor(max_workers=1) as apart:
        turns = apart.submit(asyncio.run, _turns(url, token, requests, repeats)).result()
    ways = {
        "bare decision, median": [t.bare for t in turns],
        "single check, median": [t.median for t in turns],
        "single check, 99th percentile": [t.p99 for t in turns],
        f"check in a batch of {BATCH:,}": [t.batched for t in turns],
    }
    return [
        "| way | ratio to the bare decision, median (range) | a second |",
        "|---|---:|---:|",
        *(
            f"| {name} | {ratio(spent, [t.bare for t in turns])} | {1 / statistics.median(spent):,.0f} |"
            for name, spent in ways.items()
        ),
    ]


async def _turns(url: str, token: str, requests: int, repeats: int) -> list[Turn]:
    transport = httpx.ASGITransport(app=create_app(url))
    headers = {"Authorization": f"Bearer {token}"}
    turns = []
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gate", headers=headers, timeout=600
    ) as client:
        await _post(client, _question(0))
        for _ in range(repeats):
            bare = _bare(url, requests)
            single = [await _post(client, _question(n)) for n in range(requests)]
            batch = await _post(client, {"checks": [_question(n) for n in range(BATCH)]})
            turns.append(
                Turn(
                    bare=statistics.median(bare),
                    median=statistics.median(single),
                    p99=statistics.quantiles(single, n=100, method="inclusive")[98],
                    batched=batch / BATCH,
                )
            )
    return turns


def _bare(url: str, times: int) -> list[float]:
    with unit_of_work(url, by="benchmark") as session:
        gate = Gate(session, now())
        check = Check(deployment=DEPLOYMENT, study_instance_uid="1.2", attributes=STUDY)
        if gate.derive(check).decision.scope != "in":
            raise NotLetThrough("The bare decision is not in scope.")
        return [_seconds(lambda: gate.derive(check)) for _ in range(times)]


async def _post(client: httpx.AsyncClient, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    answer = await client.post(CHECK, json=body)
    spent = time.perf_counter() - began
    said = answer.json()
    answers = said["decisions"] if "checks" in body else [said]
    if not all(one.get("may_run") is True for one in answers):
        raise NotLetThrough(f"The gate answered {answer.status_code}: {answer.text[:200]}")
    return spent


def _question(number: int) -> dict[str, Any]:
    return {"deployment": DEPLOYMENT, "study": {"study_instance_uid": f"1.2.{number}", **STUDY}}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _served() -> Iterator[tuple[str, str]]:
    """An embedded server of its own whose register knows the deployment, and a token."""
    home = Path(tempfile.mkdtemp(prefix="catamnesis-benchmark-"))
    try:
        url = embedded.start(home)
        migrate(url)
        with unit_of_work(url, by="benchmark") as session:
            entry = catalogue.read(REGISTER / "ctbrain-triage.yaml")
            catalogue.record(session, entry, by="benchmark", at=now())
            for key in ("anna", "ben"):
                lead = Signer(key=key, name=key.title(), role="clinical_lead")
                confirm(session, DEPLOYMENT, signer=lead, reason="In use before.", at=now())
            give_account(session, key="pacs", name="PACS", role="integrator", at=now())
            token = give_token(session, name="b", account="pacs", sites=(), days=1, at=now())[1]
        yield url, token
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def main(
    requests: Annotated[int, typer.Option(help="Single checks in a turn.")] = 300,
    repeats: Annotated[int, typer.Option(help="How often each way runs, in turns.")] = 5,
) -> None:
    """Measure the gate beside the bare decision and print the table."""
    print("\n".join(run(requests=requests, repeats=repeats)))


if __name__ == "__main__":
    typer.run(main)
