"""A program outside: a register of its own, a token, and questions over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Client, Response

from backend.access import give_account
from backend.clock import now
from backend.database import unit_of_work
from backend.tokens import give_token
from demo.sources import REGISTER
from register import catalogue
from tests.confirmed import confirmed
from tests.journeys.served import served

CHECK = "/api/v1/scope/check"
ADULT = {
    "study_instance_uid": "1.2.3", "modality": "CT", "body_part_examined": "HEAD", "patient_age": 54,
    "slice_thickness": 3.0, "setting": "emergency", "manufacturer": "SIEMENS",
}  # fmt: skip
Ask = Callable[..., Response]
Token = Callable[..., str]


@pytest.fixture
def registered(database_url: str) -> str:
    """A database that knows the head CT deployment, a second site, and an integrator."""
    with unit_of_work(database_url, by="t") as session:
        for name in ("ctbrain-triage.yaml", "nodule-ct.yaml"):
            form = catalogue.read(REGISTER / name)
            catalogue.record(session, form, by="t", at=datetime(2026, 1, 1, tzinfo=UTC))
        give_account(session, key="pacs", name="PACS", role="integrator", at=now())
        give_account(session, key="anna", name="Anna", role="auditor", at=now())
    return confirmed(database_url)


@pytest.fixture
def program(registered: str) -> Iterator[Client]:
    """Requests to the interface as it is served; no token yet."""
    with served(registered) as address, Client(base_url=address, timeout=60) as found:
        yield found


@pytest.fixture
def token(registered: str) -> Token:
    """Make a token, by default one that is valid everywhere."""

    def making(*sites: str, name: str = "router", age: timedelta = timedelta(0)) -> str:
        with unit_of_work(registered, by="t") as session:
            return give_token(
                session, name=name, account="pacs", sites=sites, days=365, at=now() - age
            )[1]

    return making


@pytest.fixture
def ask(program: Client, token: Token) -> Ask:
    """Ask the gate about one study, or about whatever body is given."""
    bearer = {"Authorization": f"Bearer {token()}"}

    def asking(body: dict[str, Any] | None = None, **study: Any) -> Response:
        return program.post(CHECK, json=body or question(**study), headers=bearer)

    return asking


def question(key: str | None = None, **study: Any) -> dict[str, Any]:
    """May the head CT algorithm run on an adult's head CT, with changes?"""
    asked = {"deployment": "ctbrain-north-ed", "study": {**ADULT, **study}}
    return asked if key is None else {**asked, "idempotency_key": key}
