"""What was in care before the register began: on the word of one person until someone else confirms it."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from backend.database import unit_of_work
from register.deployment import Deployment
from register.refusal import Refusal
from register.revision import as_known
from register.signature import Signer
from register.task import open_once, open_tasks
from surveillance.changing_state import suspend
from surveillance.settling import StillOpen, settle
from surveillance.taking_over import NotTakenOver, awaits, confirm, confirmation, unconfirmed
from tests.surveillance.taken_on import ANNA, AUDITOR, DAY, KEY, NOW


def called(session: Session) -> list[str]:
    """What the cycle opens, twice over."""
    for _ in range(2):
        for one in unconfirmed(session, DAY):
            open_once(session, one, at=NOW)
    return [task.kind for task in open_tasks(session)]


def test_someone_else_confirms_a_takeover_once(registered: str) -> None:
    """It waits as one task that no hand closes; not for who entered it, not for an auditor; then it is signed and gone."""
    with unit_of_work(registered, by="t") as session:
        assert called(session) == ["takeover"]
        (task,) = open_tasks(session)
        assert "t entered ctbrain-north-ed as in care since 2023-05-02" in task.sentence
        with pytest.raises(StillOpen, match="once the takeover is confirmed"):
            settle(session, task.id or 0, signer=ANNA, outcome="Done.", at=NOW)
        for who, says in ((Signer(key="t", name="T", role="clinical_lead"), "t entered"), (AUDITOR, "auditor")):  # fmt: skip
            with pytest.raises(Refusal, match=says):
                confirm(session, KEY, signer=who, reason="Was so.", at=NOW)
        confirm(session, KEY, signer=ANNA, reason="In use since 2023.", at=NOW)
        assert called(session) == []
        signed = confirmation(session, KEY)
        assert signed is not None
        assert (signed.name, signed.reason) == ("Anna", "In use since 2023.")
        with pytest.raises(NotTakenOver, match="confirmed already"):
            confirm(session, KEY, signer=ANNA, reason="Again.", at=NOW)


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
