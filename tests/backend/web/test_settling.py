"""A task that a decision closes is not closed by hand while its matter is open; the inbox leads to where it is decided."""

from datetime import timedelta

import yaml
from httpx import Client, Response
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from register import catalogue, scope_review
from register.lifecycle import State
from register.task import Called, called_by, open_once
from surveillance.changing_state import propose, reopen_stale, withdraw
from surveillance.view import view
from tests.journeys.served import token_in
from tests.surveillance.taken_on import ANNA

KEY, ALGORITHM = "ctbrain-north-ed", "ctbrain-triage"


def recorded(session: Session, threshold: float) -> None:
    said = yaml.safe_load(catalogue.export(session, ALGORITHM))
    said["deployments"][0]["threshold"] = threshold
    form = catalogue.understood(yaml.safe_dump(said), "the entry")
    catalogue.record(session, form, by="t", at=now())


def closed_by_hand(pages: Client, number: int | None, password: str) -> Response:
    token = token_in(pages.get("/inbox").text)
    form = {"outcome": "Done, I think.", "password": password, "token": token}
    return pages.post(f"/inbox/{number}", data=form)


def test_a_validation_called_for_is_closed_by_the_approval_alone(
    come_as, pages: Client, registered: str
) -> None:
    """Refused with what closes it and the way there; once nothing is stale any more, a hand closes it."""
    password = come_as("compliance_officer")
    with unit_of_work(registered, by="t") as session:
        recorded(session, 0.7)
        task = reopen_stale(session, view(session, KEY), at=now())
        assert task is not None
        number = task.id
    inbox = pages.get("/inbox").text
    way = f'on the page <a href="/deployments/{KEY}/lifecycle">State and decisions</a>'
    assert f"closes by itself once the state is approved anew, {way}" in inbox
    assert f'action="/inbox/{number}"' not in inbox
    refused = closed_by_hand(pages, number, password)
    assert (refused.status_code, f"Task {number} is still open." in refused.text) == (403, True)
    assert way in refused.text
    with unit_of_work(registered, by="t") as session:
        recorded(session, 0.62)
    assert closed_by_hand(pages, number, password).status_code == 303


def test_a_proposal_is_closed_by_its_decision_alone(
    come_as, pages: Client, registered: str
) -> None:
    """While it waits nobody calls it done; withdrawn, its task is gone."""
    password = come_as("compliance_officer")
    with unit_of_work(registered, by="t") as session:
        row = propose(session, KEY, State.SHADOW, signer=ANNA, evidence="Minutes.", reason="Too many missed.",
                      effective_from=now().date(), at=now())  # fmt: skip
        number = row.id or 0
        (task,) = called_by(session, row.record)
        waiting = task.id
    refused = closed_by_hand(pages, waiting, password)
    assert (refused.status_code, "decided on or withdrawn" in refused.text) == (403, True)
    with unit_of_work(registered, by="t") as session:
        withdraw(session, number, signer=ANNA, reason="Not so.", at=now())
    assert "decided on or withdrawn" not in pages.get("/inbox").text


def test_a_review_that_falls_due_no_more_is_closed_by_hand(
    come_as, pages: Client, registered: str
) -> None:
    """The task of the review that is due is not, nor that of one waiting for approval."""
    password = come_as("clinical_lead")
    with unit_of_work(registered, by="t") as session:
        due = scope_review.due_on(session, view(session, KEY).entry, now().date())
        assert due is not None
        numbers = [
            open_once(
                session,
                Called(cause=cause, kind=kind, sentence="Review it.", deployment=KEY),
                at=now(),
            ).id
            for cause, kind in (
                (scope_review.cause(KEY, due), "scope_review"),
                ("scope review completion 9", "scope_review_approval"),
                (scope_review.cause(KEY, due - timedelta(days=3)), "scope_review"),
            )
        ]
    answers = [closed_by_hand(pages, number, password) for number in numbers]
    assert [answer.status_code for answer in answers] == [403, 403, 303]
    for answer in answers[:2]:
        assert f'<a href="/deployments/{KEY}/review">Scope review</a>' in answer.text
