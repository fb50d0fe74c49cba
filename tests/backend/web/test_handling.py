"""A signal on its page: why, what changed, and the steps people take."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from httpx import Client, Response
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from backend.digest import digests
from register.deployment import Deployment
from register.revision import as_known, revise
from surveillance import signals
from surveillance.change_ledger import ledger
from surveillance.measurement import keep_analyses
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.view import view
from tests.journeys.served import token_in

KEY, AS_OF = "ctbrain-north-ed", datetime(2026, 11, 1, tzinfo=UTC)


def verdict(**other: Any) -> Verdict:
    said: dict[str, Any] = {
        "deployment": KEY, "finding": "intracranial_haemorrhage", "monitor": "performance", "metric": "sensitivity",
        "answer": Answer.BREACHED, "rule": "one-sided score test", "sentence": "Sensitivity is 0.71.", "action": "Look at the cases.",
        "estimate": 0.71, "lower": 0.6, "upper": 0.8, "n": 80, "window_from": date(2026, 7, 1), "window_to": date(2026, 10, 1),
    }  # fmt: skip
    return Verdict(**{**said, **other})


@contextmanager
def work(url: str) -> Iterator[Session]:
    with unit_of_work(url, by="t") as session:
        yield session


def ring(url: str, *, at: datetime = AS_OF, **other: Any) -> None:
    with work(url) as session:
        signals.raise_signals(session, store(session, [verdict(**other)], as_of=at), as_of=at)


def handle(pages: Client, step: str, **fields: str) -> Response:
    form = {"step": step, "reason": "Seen", "token": token_in(pages.get("/signals/1").text)}
    return pages.post("/signals/1", data={**form, **fields})


def test_a_signal_says_why_and_what_changed_at_that_moment(
    come_as, pages: Client, registered: str
) -> None:
    """The sentence, the rule, what to do, and the operating point that was changed two weeks before."""
    with work(registered) as session:
        (entry,) = as_known(session, Deployment)
        stated = entry.model_dump(
            exclude={"revision", "recorded_at", "threshold", "effective_from"}
        )
        revise(session, Deployment(**stated, threshold=0.8, effective_from=date(2026, 6, 20), revision=0,
                                   recorded_at=datetime(2026, 6, 20, tzinfo=UTC)))  # fmt: skip
        (changed,) = ledger(session, view(session, KEY), at=now())
        assert (changed.kind, changed.told) == ("threshold_changed", "0.62 to 0.8")
    ring(registered)
    come_as("clinical_lead")
    assert "/signals/1" in pages.get("/").text
    page = pages.get("/signals/1").text
    for said in (
        "Sensitivity is 0.71.",
        "Look at the cases.",
        "one-sided score test",
        "0.62 to 0.8",
        "2026-06-20",
        "0.600 to 0.800",
    ):
        assert said in page


def test_a_scanner_that_was_seen_later_is_no_change_of_an_earlier_day(registered: str) -> None:
    """The ledger as of a day holds what monitors had said by then."""
    seen = {
        "monitor": "equipment",
        "metric": "new_model",
        "level": "Aquilion ONE",
        "sentence": "New scanner model Aquilion ONE.",
    }
    ring(registered, **seen)
    with work(registered) as session:
        known = view(session, KEY)
        assert [e.told for e in ledger(session, known, at=AS_OF)] == ["Aquilion ONE began to send"]
        assert ledger(session, known, at=AS_OF - timedelta(seconds=1)) == ()


def test_beside_a_change_stands_what_differed_after_it(
    come_as, pages: Client, registered: str
) -> None:
    """The last cycle compared the days around a change of routing; one that it did not compare says so."""
    share = {"estimate": 0.9, "lower": 0.8, "upper": 0.95, "n": 90}
    measured = {
        "measure": "sensitivity", "before": share, "after": {**share, "estimate": 0.7}, "enough": True, "differs": True,
        "difference": {"estimate": -0.2, "lower": -0.31, "upper": -0.08, "n": 180},
    }  # fmt: skip
    compared = {
        "day": "2026-06-20", "changes": [{"kind": "routing_changed", "told": "all heads"}], "before": ["2026-03-22", "2026-06-19"],
        "after": ["2026-06-20", "2026-09-17"], "others": 0, "measures": [measured],
    }  # fmt: skip
    content = {"days": 90, "fewest": 30, "level": 0.9917, "changes": [compared]}
    with work(registered) as session:
        for day, routing in ((20, "all heads"), (25, "all")):
            (entry,) = as_known(session, Deployment)
            stated = entry.model_dump(exclude={"revision", "recorded_at", "routing", "effective_from"})  # fmt: skip
            revise(session, Deployment(**stated, routing=routing, effective_from=date(2026, 6, day), revision=0,
                                       recorded_at=datetime(2026, 6, day, tzinfo=UTC)))  # fmt: skip
        keep_analyses(session, KEY, "intracranial_haemorrhage", {"changes": content}, as_of=AS_OF)
    ring(registered)
    come_as("clinical_lead")
    page = pages.get("/signals/1").text
    assert "Sensitivity 90.0 % before and 70.0 % after (-31.0 to -8.0 points) (90 days before and 90 after)." in page  # fmt: skip
    assert "Not compared: no cases on both sides of it yet." in page
    assert "/deployments/ctbrain-north-ed/analyses?finding=intracranial_haemorrhage#changes" in page
    assert 'id="changes"' in pages.get("/deployments/ctbrain-north-ed/analyses?finding=intracranial_haemorrhage").text  # fmt: skip


def test_people_take_steps_and_the_cause_opens_nothing_twice(
    come_as, pages: Client, registered: str
) -> None:
    """Acknowledged, handed on, linked, put off: each stands there with its reason; the next cycle annotates the same signal."""
    ring(registered)
    come_as("clinical_lead")
    assert handle(pages, "acknowledged").status_code == 303
    assert "Being looked into" in pages.get("/").text
    handle(pages, "assigned", to="dr.north", reason="She knows the scanner")
    handle(pages, "linked", kind="CAPA", to="2026-17")
    until = (now().date() + timedelta(days=30)).isoformat()
    handle(pages, "put off", until=until, reason="Repair is booked")
    page = pages.get("/signals/1").text
    for said in (
        "handed to dr.north",
        "linked to CAPA 2026-17",
        f"put off until {until}",
        "Repair is booked",
    ):
        assert said in page
    ring(registered, at=AS_OF + timedelta(days=7), estimate=0.70, sentence="Sensitivity is 0.70.")
    with work(registered) as session:
        (signal,) = signals.open_signals(session)
        assert (signal.id, signal.seen) == (1, 2)


def test_what_was_put_off_is_told_nobody_until_its_day(
    come_as, pages: Client, registered: str
) -> None:
    """Handed to one person it is hers alone; put off it is in nobody's digest, and back on the day."""
    ring(registered)
    come_as("clinical_lead")
    today = now().date()
    handle(pages, "assigned", to="dr.north")
    with work(registered) as session:
        assert [d.person for d in digests(session, today) if "0.71" in d.text] == ["dr.north"]
    inbox = pages.get("/inbox?format=json").json()["signals"]
    assert [(one["number"], one["owner"], one["sentence"]) for one in inbox] == [
        (1, "dr.north", "Sensitivity is 0.71.")
    ]
    handle(pages, "put off", until=(today + timedelta(days=10)).isoformat())
    assert pages.get("/inbox?format=json").json()["signals"] == []
    with work(registered) as session:
        for days, told in ((0, 0), (9, 0), (10, 1)):
            found = digests(session, today + timedelta(days=days))
            assert len([d for d in found if "0.71" in d.text]) == told


@pytest.mark.parametrize(
    ("step", "fields", "says"),
    [
        ("acknowledged", {}, "Being looked into"),
        ("assigned", {"to": "dr.north"}, "Handed to dr.north"),
        ("noted", {}, "Put off to"),
    ],
)
def test_who_takes_a_signal_on_wakes_it(
    come_as, pages: Client, registered: str, step: str, fields: dict[str, str], says: str
) -> None:
    """Put off, then taken on or handed to someone: it waits in the inbox again; a note leaves it at rest."""
    ring(registered)
    come_as("clinical_lead")
    handle(pages, "put off", until=(now().date() + timedelta(days=10)).isoformat())
    assert handle(pages, step, **fields).status_code == 303
    assert says in pages.get("/signals/1").text
    waiting = pages.get("/inbox?format=json").json()["signals"]
    assert len(waiting) == (step != "noted")


@pytest.mark.parametrize(
    ("step", "fields", "says"),
    [
        ("acknowledged", {"reason": " "}, "Say in a sentence why"),
        ("assigned", {}, "Name the person"),
        ("assigned", {"to": "nobody"}, "'nobody' is nobody whom the register or an account names. There are: "),
        ("linked", {"kind": "CAPA"}, "Give the number of the CAPA"),
        ("put off", {}, "Put it off to a day after"),
        ("put off", {"until": "2099-01-01"}, "not beyond"),
        ("put off", {"until": "soon"}, "'soon' is no day"),
        ("settled", {}, "there is nothing to settle"),
        ("closed", {}, "is no step about a signal"),
        ("noted", {"token": "x"}, "too old"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_taken_is_told_and_nothing_typed_is_lost(
    come_as, pages: Client, registered: str, step: str, fields: dict[str, str], says: str
) -> None:
    """The sentence stands on the page, with what was typed still in the form."""
    ring(registered)
    come_as("clinical_lead")
    refused = handle(pages, step, **{"reason": "Because of the scanner", **fields})
    assert (refused.status_code, says in refused.text.replace("&#39;", "'")) == (403, True)
    assert fields.get("reason", "Because of the scanner") in refused.text
    assert "“" not in pages.get("/signals/1").text


def test_a_stop_rule_is_not_put_off_and_a_closed_signal_not_handled(
    come_as, pages: Client, registered: str
) -> None:
    """The one is decided on the page of its state; the other closed by itself."""
    ring(registered, monitor="stop_rule")
    come_as("clinical_lead")
    until = (now().date() + timedelta(days=5)).isoformat()
    assert "is not put off" in handle(pages, "put off", until=until).text
    ring(registered, monitor="stop_rule", answer=Answer.STEADY, at=AS_OF + timedelta(days=7))
    closed = pages.get("/signals/1").text
    assert "It closed" in closed
    assert "open from the data cut of 2026-11-01" in closed
    assert "to that of 2026-11-08" in closed
    assert "no open signal 1" in pages.post("/signals/1", data={"step": "noted", "reason": "x", "token": token_in(pages.get("/register").text)}).text  # fmt: skip


def test_an_auditor_reads_and_does_nothing(come_as, pages: Client, registered: str) -> None:
    """Who only reads sees no form, and the server refuses one."""
    ring(registered)
    come_as("auditor")
    assert "handles a signal" in pages.get("/signals/1").text
    assert handle(pages, "acknowledged").status_code == 403
    assert pages.get("/signals/9").status_code == 404
    beyond = pages.get("/signals/99999999999999999999")
    assert (beyond.status_code, "There is no record of that number." in beyond.text) == (404, True)
