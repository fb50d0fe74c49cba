"""What was in care before the register began: two people confirm it."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from backend.database import unit_of_work
from register.deployment import Deployment
from register.refusal import Refusal
from register.revision import as_known
from register.task import open_once, open_tasks
from surveillance.changing_state import suspend
from surveillance.settling import StillOpen, settle
from surveillance.taking_over import NotTakenOver, awaits, confirm, confirmations, unconfirmed
from tests.surveillance.taken_on import ANNA, AUDITOR, BEN, CLEO, DAY, KEY, NOW


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
