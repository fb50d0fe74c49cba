"""Notices: what cannot wait is mailed at once after the cycle that raised it, once, to whoever answers for it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from backend import cycling
from backend.clock import now
from backend.database import unit_of_work
from backend.mail import NotSent
from backend.notices import notices, send
from backend.settings import Settings, settings
from register.contact import Contact
from register.task import Called, open_once
from surveillance.handling import ASSIGNED, take_step
from surveillance.monitors.verdict import Answer
from surveillance.signals import open_signals
from surveillance.stopping import SUSPENDED_BY_RULE
from surveillance.work import Kind, Standing, last_of
from tests.backend.rung import CT, ring
from tests.backend.worked import work

Mail = tuple[Settings, list[str]]


@pytest.fixture
def reached(registered: str) -> str:
    """A database in which one person of the oversight, and one beyond, has an address."""
    with unit_of_work(registered, by="t") as session:
        for person in ("dr.north", "dr.beyond"):
            session.add(
                Contact(key=person, email=f"{person}@hospital.example", revision=1, recorded_at=now(), recorded_by="t")
            )  # fmt: skip
    return registered


def _mailed(url: str, mail: Mail, at: datetime | None = None) -> list[str]:
    before = len(mail[1])
    send(url, mail[0], by="t", at=at or now())
    return mail[1][before:]


def test_what_is_urgent_is_mailed_once(reached: str, mail: Mail) -> None:
    """With why, what to do and where; to the oversight of the deployment, and not again."""
    ring(reached, "performance", Answer.BREACHED, "Sensitivity is below the label.")
    (message,) = _mailed(reached, mail)
    assert "To: dr.north@hospital.example" in message
    assert "ctbrain-north-ed: Sensitivity is below the label." in message
    assert "Do something about performance." in message
    assert "http://127.0.0.1:8000/signals/1" in message
    assert _mailed(reached, mail) == []
    ring(reached, "performance", Answer.BREACHED, "Sensitivity is still below the label.")
    assert _mailed(reached, mail) == []


@pytest.mark.parametrize(
    ("monitor", "answer", "urgent"),
    [
        ("drift", Answer.SHIFTED, False),
        ("drift", Answer.BROKEN, True),
        ("stop_rule", Answer.BREACHED, True),
        ("equipment", Answer.SHIFTED, True),
        ("agreement", Answer.BREACHED, False),
    ],
)
def test_the_rest_waits_for_the_digest(
    reached: str, mail: Mail, monitor: str, answer: Answer, urgent: bool
) -> None:
    """Drift is not urgent; a monitor that could not look is, whichever it is."""
    ring(reached, monitor, answer)
    assert len(_mailed(reached, mail)) == urgent


def test_who_it_was_handed_to_hears_of_it(reached: str, mail: Mail) -> None:
    """And nobody else."""
    ring(reached, "performance", Answer.BREACHED)
    with unit_of_work(reached, by="t") as session:
        take_step(session, open_signals(session)[0].id or 0, ASSIGNED, to="dr.beyond", reason="She knows.", by="t",
                  name="T", role="clinical_lead", at=now())  # fmt: skip
    (message,) = _mailed(reached, mail)
    assert "To: dr.beyond@" in message


def test_a_suspension_by_a_rule_is_urgent(reached: str, mail: Mail) -> None:
    """The task that tells of it goes out at once, whatever signal was behind it."""
    called = Called(cause="c", kind=SUSPENDED_BY_RULE, deployment=CT, sentence="Suspended by its stop rule.", owner="dr.north")  # fmt: skip
    with unit_of_work(reached, by="t") as session:
        open_once(session, called, at=now())
    assert "Suspended by its stop rule." in _mailed(reached, mail)[0]


def test_what_is_old_or_over_is_not_told_at_once(reached: str, mail: Mail) -> None:
    """A site that sets its mail server up is not told of what digests would have told for months."""
    ring(reached, "performance", Answer.BREACHED)
    assert _mailed(reached, mail, now() + timedelta(days=8)) == []
    ring(reached, "performance", Answer.MET)
    assert _mailed(reached, mail) == []


def test_what_no_server_took_is_told_when_one_does(reached: str, mail: Mail) -> None:
    """It counts as not told."""
    ring(reached, "performance", Answer.BREACHED)
    gone = mail[0].model_copy(update={"smtp_url": Settings(smtp_url="smtp://127.0.0.1:1").smtp_url})  # type: ignore[arg-type]
    with pytest.raises(NotSent, match=r"did not take the message for dr\.north"):
        send(reached, gone, by="t", at=now())
    assert len(_mailed(reached, mail)) == 1


def test_a_cycle_has_it_told_by_the_worker(
    reached: str, mail: Mail, from_environment: Callable[..., None]
) -> None:
    """Only when there is something to tell."""
    url = mail[0].smtp_url
    assert url is not None
    from_environment(smtp_url=url.get_secret_value(), mail_from="c@hospital.example", digest_cron="off", cycle_cron="off")  # fmt: skip
    cycling.run(reached, by="ada")
    with unit_of_work(reached, by="t") as session:
        assert last_of(session, Kind.NOTICE) is None
    ring(reached, "performance", Answer.BREACHED)
    cycling.run(reached, by="ada")
    work(reached, once=True)
    assert len(mail[1]) == 1
    with unit_of_work(reached, by="t") as session:
        done = last_of(session, Kind.NOTICE)
        assert done is not None
        assert done.standing is Standing.DONE
        assert notices(session, settings(), at=now()) == []
