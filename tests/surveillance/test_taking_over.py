"""What was in care before the register began: two people confirm it."""

from datetime import datetime, timedelta

import pytest
import yaml
from sqlmodel import Session

from backend.database import unit_of_work
from register import catalogue
from register.deployment import Deployment
from register.entering import refuse_what_two_decide
from register.refusal import Refusal
from register.revision import as_known
from register.task import open_once, open_tasks
from surveillance.changing_state import suspend
from surveillance.scope_gate import Answer, Check, ask
from surveillance.scope_override import NotOverridden, override
from surveillance.scope_replay import replay
from surveillance.settling import StillOpen, settle
from surveillance.taking_over import NotTakenOver, awaits, confirm, confirmations, unconfirmed
from tests.surveillance.taken_on import ANNA, AUDITOR, BEN, CLEO, DAY, KEY, NOW
from tests.surveillance.test_scope_gate import ADULT


def called(session: Session) -> list[str]:
    """What the cycle opens, twice over."""
    for _ in range(2):
        for one in unconfirmed(session, DAY):
            open_once(session, one, at=NOW)
    return [task.kind for task in open_tasks(session)]


def test_two_people_confirm_a_takeover(registered: str) -> None:
    """It waits as one task that no hand closes, and not for an auditor; with the second signature it is gone."""
    with unit_of_work(registered, by="t") as session:
        assert called(session) == ["takeover"]
        (task,) = open_tasks(session)
        assert "t entered ctbrain-north-ed as in care since 2023-05-02" in task.sentence
        with pytest.raises(StillOpen, match="once two people have confirmed the takeover"):
            settle(session, task.id or 0, signer=ANNA, outcome="Done.", at=NOW)
        with pytest.raises(Refusal, match="auditor"):
            confirm(session, KEY, signer=AUDITOR, reason="Was so.", at=NOW)
        confirm(session, KEY, signer=ANNA, reason="In use since 2023.", at=NOW)
        assert called(session) == ["takeover"]
        with pytest.raises(NotTakenOver, match="anna confirmed ctbrain-north-ed already; a second person must"):  # fmt: skip
            confirm(session, KEY, signer=ANNA, reason="Again.", at=NOW)
        confirm(session, KEY, signer=BEN, reason="The contract says so.", at=NOW)
        assert called(session) == []
        assert [one.name for one in confirmations(session, KEY)] == ["Anna", "Ben"]
        with pytest.raises(NotTakenOver, match="confirmed already"):
            confirm(session, KEY, signer=CLEO, reason="Too.", at=NOW)


def asked(session: Session, deployment: str, at: datetime) -> Answer:
    """The gate's answer on an adult's head CT."""
    check = Check(deployment=deployment, study_instance_uid="1.2.3", attributes=ADULT)
    return ask(session, [check], by="pacs", secret=b"s", at=at)[0]


def test_the_gate_is_closed_until_two_people_have_confirmed(registered: str) -> None:
    """It says where they do; one signature opens nothing, no override does, and what was answered meanwhile is derived again to the letter."""
    later = NOW + timedelta(days=1)
    with unit_of_work(registered, by="t") as session:
        held = asked(session, KEY, NOW)
        confirm(session, KEY, signer=ANNA, reason="In use since 2023.", at=NOW)
        for answer in (held, asked(session, KEY, NOW)):
            assert (answer.may_run, answer.record.attribute) == (False, "deployment")
            assert "two people have not confirmed that. They do so on its page State and decisions" in answer.sentence()  # fmt: skip
        with pytest.raises(NotOverridden, match="two people have not confirmed"):
            override(session, held.record.id, signer=ANNA, reason="Tonight.", at=NOW)
        confirm(session, KEY, signer=BEN, reason="The contract says so.", at=later)
        assert asked(session, KEY, later).may_run
        found = replay(session, held.record.id, secret=b"s", at=later)
        assert (found.same, found.today.decision.scope) == (True, "in")
        assert found.then.scope_version != found.today.scope_version


def test_what_is_suspended_is_not_back_at_another_site_by_one_entry(registered: str) -> None:
    """Entered as live since yesterday where nobody knows of the suspension, it reads nothing."""
    with unit_of_work(registered, by="t") as session:
        suspend(session, KEY, signer=ANNA, reason="Missed bleeds.", at=NOW)
        written = yaml.safe_load(catalogue.export(session, "ctbrain-triage"))
        yesterday = {"from": (DAY - timedelta(days=1)).isoformat()}
        written["deployments"] = [{**written["deployments"][0], "key": "again", "site": "annex", "shadow": None, "live": yesterday}]  # fmt: skip
        form = catalogue.understood(yaml.safe_dump(written), "entry.yaml")
        catalogue.record(session, form, by="t", at=NOW)
        refuse_what_two_decide(session, "ctbrain-triage", NOW)
        answer = asked(session, "again", NOW)
        assert (answer.may_run, answer.record.attribute) == (False, "deployment")


def test_what_is_decided_on_needs_no_confirmation_and_shadow_none(registered: str, entered) -> None:
    """Suspended by a signature it is taken over by a decision; what runs in shadow reaches nobody."""
    with unit_of_work(registered, by="t") as session:
        assert called(session) == ["takeover"]
        suspend(session, KEY, signer=ANNA, reason="Not here.", at=NOW)
        assert called(session) == []
    entered(NOW + timedelta(days=1), shadow={"from": "2026-01-05"})
    with unit_of_work(registered, by="t") as session:
        (entry,) = as_known(session, Deployment, key=KEY)
        assert not awaits(session, entry, DAY)
