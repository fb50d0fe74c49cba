"""Field safety notices: taken in, asked for until they are answered, acknowledged by a signature."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.database import raw, unit_of_work
from register.safety_notice import NoticeNotTaken, SafetyNotice, acknowledge, acknowledgement, take
from register.signature import Signer
from register.task import close, open_tasks
from surveillance import cycle

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALGORITHM, KEY = "ctbrain-triage", "ctbrain-north-ed"
OFFICER = Signer(key="anna", name="Anna", role="compliance_officer")
NOTICE = {
    "reference": "FSN-2026-01", "issued": date(2026, 5, 20), "received": date(2026, 5, 28),
    "summary": "Small bleeds missed on one kernel.", "action": "Do not send studies of that kernel.",
}  # fmt: skip


def _take(url: str, **change: object) -> int:
    with unit_of_work(url, by="t") as session:
        row = take(session, ALGORITHM, by="t", at=AT, **(NOTICE | change))  # type: ignore[arg-type]
        return row.id or 0


def _tasks(url: str, on: datetime) -> list[tuple[int, str | None, date | None]]:
    with unit_of_work(url, by="t") as session:
        cycle.run(session, raw(session), as_of=on)
        return [
            (t.id or 0, t.deployment, t.due)
            for t in open_tasks(session)
            if t.kind == "safety_notice"
        ]


def test_a_notice_is_asked_for_until_it_is_acknowledged(registered: str) -> None:
    """Closing the task by hand does not answer the notice; the signature does, and closes the task."""
    number = _take(registered)
    (task, deployment, due), = _tasks(registered, AT)  # fmt: skip
    assert (deployment, due) == (KEY, date(2026, 6, 4))
    with unit_of_work(registered, by="t") as session:
        close(session, task, by="x", outcome="Later.", at=AT)
    assert len(_tasks(registered, AT + timedelta(hours=1))) == 1
    with unit_of_work(registered, by="t") as session:
        acknowledge(session, number, signer=OFFICER, reason="Kernel is not sent.", at=AT)
    assert _tasks(registered, AT + timedelta(hours=2)) == []
    with unit_of_work(registered, by="t") as session:
        notice = session.get(SafetyNotice, number)
        assert notice is not None
        signed = acknowledgement(session, notice)
        assert signed is not None
        assert (signed.signer, signed.reason) == ("anna", "Kernel is not sent.")


def test_a_notice_on_another_version_asks_nobody(registered: str) -> None:
    """It is on file all the same."""
    from register.algorithm import ProductVersion

    with unit_of_work(registered, by="t") as session:
        session.add(
            ProductVersion(key=f"{ALGORITHM}:1.0", algorithm=ALGORITHM, version="1.0", revision=1, recorded_at=AT, recorded_by="t")
        )  # fmt: skip
    assert _take(registered, versions=("1.0",)) > 0
    assert _tasks(registered, AT) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"versions": ("9",)}, "Version 9 of ctbrain-triage is not in the register"),
        ({"received": date(2026, 5, 1)}, "is issued, then received"),
        ({"received": date(2027, 5, 1)}, "is issued, then received"),
        ({"summary": " "}, "summary: it is empty"),
    ],
)
def test_a_notice_that_cannot_be_so_is_refused(
    registered: str, change: dict[str, object], says: str
) -> None:
    """The sentence names what is wrong."""
    with pytest.raises(NoticeNotTaken, match=says):
        _take(registered, **change)


def test_a_notice_is_taken_and_acknowledged_once_and_by_the_right_person(registered: str) -> None:
    """The same reference again, an auditor's signature, a second signature: refused."""
    number = _take(registered)
    with pytest.raises(NoticeNotTaken, match="FSN-2026-01 of ctbrain-triage is on file already"):
        _take(registered)
    auditor = Signer(key="c", name="C", role="auditor")
    for signer, says in ((auditor, "a compliance officer or clinical lead"), (OFFICER, ""), (OFFICER, "already")):  # fmt: skip
        with unit_of_work(registered, by="t") as session:
            if says:
                with pytest.raises(NoticeNotTaken, match=says):
                    acknowledge(session, number, signer=signer, reason="R.", at=AT)
            else:
                acknowledge(session, number, signer=signer, reason="R.", at=AT)
