"""The digest: who hears of what, sent once a day to a real mail server."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

from backend.database import unit_of_work
from backend.digest import digests, send
from backend.mail import NotSent
from backend.settings import Settings
from register.contact import AddressNotValid, Contact, address
from register.escalation import escalated, told
from register.task import Called, Task, open_once

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _waits(url: str, **of: object) -> None:
    with unit_of_work(url, by="t") as session:
        called = {"cause": "c", "kind": "k", "sentence": "Look at it.", "owner": "dr.east"} | of
        open_once(session, Called(**called), at=AT)  # type: ignore[arg-type]


def test_each_person_gets_one_message_a_day(
    database_url: str, mail: tuple[Settings, list[str]]
) -> None:
    """With what waits for them; again the next day; whoever has no address is not forgotten in the list."""
    settings, received = mail
    _waits(database_url)
    _waits(database_url, cause="d", owner="dr.west", sentence="Another.")
    with unit_of_work(database_url, by="t") as session:
        session.add(
            Contact(key="dr.east", email="east@hospital.example", revision=1, recorded_at=AT, recorded_by="t")
        )  # fmt: skip
    for at, expected in ((AT, 1), (AT + timedelta(hours=3), 1), (AT + timedelta(days=1), 2)):
        send(database_url, settings, by="t", at=at)
        assert len(received) == expected
    assert "To: east@hospital.example" in received[0]
    assert "Look at it." in received[0]
    assert "Another." not in received[0]
    with unit_of_work(database_url, by="t") as session:
        assert [(d.person, d.address) for d in digests(session, AT.date())] == [
            ("dr.east", "east@hospital.example"), ("dr.west", ""),
        ]  # fmt: skip


def test_what_the_server_did_not_take_counts_as_not_sent(
    database_url: str, mail: tuple[Settings, list[str]]
) -> None:
    """A server that is not there is named, and the digest goes out when it is back."""
    settings, received = mail
    _waits(database_url)
    with unit_of_work(database_url, by="t") as session:
        session.add(
            Contact(key="dr.east", email="east@hospital.example", revision=1, recorded_at=AT, recorded_by="t")
        )  # fmt: skip
    gone = Settings(smtp_url=SecretStr("smtp://127.0.0.1:1"), mail_from="a@b.example")
    with pytest.raises(
        NotSent, match=r"127\.0\.0\.1 did not take the message for east@hospital.example"
    ):
        send(database_url, gone, by="t", at=AT)
    assert [d.person for d in send(database_url, settings, by="t", at=AT)] == ["dr.east"]
    assert len(received) == 1


@pytest.mark.parametrize("url", [None, "http://host", "smtp://"])
def test_without_a_mail_server_the_setting_is_named(database_url: str, url: str | None) -> None:
    """No server, another protocol, no host."""
    settings = Settings(smtp_url=SecretStr(url) if url else None, mail_from="a@b.example")
    with pytest.raises(NotSent, match="CATAMNESIS_SMTP_URL"):
        send(database_url, settings, by="t", at=AT)


def test_an_overdue_task_is_escalated_after_a_week() -> None:
    """Its owner hears of it first; then everybody named in the oversight; without an owner they do at once."""
    task = Task(
        cause="c", kind="k", sentence="s", owner="dr.east", due=date(2026, 6, 1), opened_at=AT
    )
    oversight = {"clinical_lead": "dr.east", "compliance": "mr.lux"}
    assert told(task, oversight, date(2026, 6, 8)) == ("dr.east",)
    assert not escalated(task, date(2026, 6, 8))
    assert told(task, oversight, date(2026, 6, 9)) == ("dr.east", "mr.lux")
    task.owner = None
    assert told(task, oversight, date(2026, 5, 1)) == ("dr.east", "mr.lux")


@pytest.mark.parametrize("text", ["", "east", "east@", "a b@c.example", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """One address, and only one."""
    with pytest.raises(AddressNotValid):
        address(text)
