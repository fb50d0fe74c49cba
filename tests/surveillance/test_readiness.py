"""What a deployment needs before it is used in care: each condition, and what is known of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import Session

from backend.database import unit_of_work
from register import catalogue
from register.clearance import Clearance
from register.lifecycle import State
from register.revision import as_known
from surveillance.changing_state import (
    StateNotChanged,
    suspend,
)
from surveillance.readiness import checklist, relabelled
from surveillance.view import view
from tests.surveillance.procured import classified, diligent
from tests.surveillance.taken_on import (
    ANNA,
    DAY,
    KEY,
    NOW,
    moved,
    trained,
)


@pytest.fixture
def session(entered) -> Iterator[Session]:
    """One transaction on a deployment that nothing was decided about, though all was asked before."""
    with unit_of_work(entered(), by="t") as found:
        diligent(found)
        classified(found)
        yield found


def test_live_is_refused_with_every_condition_that_lacks(entered) -> None:
    """Clearance, acceptance, oversight, monitoring and training, each with its remedy."""
    with unit_of_work(entered(oversight={}, monitoring={}), by="t") as session:
        diligent(session)
        classified(session)
        moved(session, State.ASSESSED)
        moved(session, State.SHADOW)
        with pytest.raises(StateNotChanged) as refused:
            moved(session, State.LIVE)
        names = {c.name: c.holds for c in checklist(session, KEY, DAY)}
    for said in ("No local validation", "Nobody is named", "no monitoring plan"):
        assert said in str(refused.value)
    assert names == {
        "clearance": True,
        "due diligence": True,
        "AI Act": True,
        "acceptance": False,
        "oversight": False,
        "monitoring": False,
        "training": False,
    }


def test_a_lapsed_clearance_refuses_care(session) -> None:
    """The day after its end the certificate is no clearance any more."""
    after = datetime(2027, 11, 1, tzinfo=UTC)
    said = {c.name: c for c in checklist(session, KEY, after.date())}["clearance"]
    assert (said.holds, "ended on 2027-10-31" in said.sentence) == (False, True)


def test_one_name_under_two_clearances_is_no_changed_label(session, tmp_path: Path) -> None:
    """EU and US clear it under one name, each in its words: nothing changed until one of them does."""
    written = yaml.safe_load((tmp_path / "entry.yaml").read_text())
    first = written["algorithm"]["clearances"][0]
    there = {**first["indications"][0], "statement": "Adults, in the words of the FDA."}
    written["algorithm"]["clearances"].append({**first, "key": "us", "jurisdiction": "US", "pathway": "fda_510k", "number": "K201234", "indications": [there]})  # fmt: skip
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(written))
    catalogue.record(session, catalogue.read(tmp_path / "two.yaml"), by="t", at=NOW)
    assert len(view(session, KEY).indications) == 2
    assert list(relabelled(session, view(session, KEY), NOW)) == []
    assert list(relabelled(session, view(session, KEY), NOW - timedelta(days=1))) == [
        "label of 'ich-adult' changed"
    ]


def test_each_finding_in_use_needs_a_validation_of_its_own(in_shadow: str, tmp_path: Path) -> None:
    """The one that was accepted says nothing of a second finding."""
    written = yaml.safe_load((tmp_path / "entry.yaml").read_text())
    indications = written["algorithm"]["clearances"][0]["indications"]
    indications.append({**indications[0], "key": "mass", "finding": "brain_mass"})
    written["deployments"][0]["indications"].append("mass")
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(in_shadow, by="t") as session:
        catalogue.record(session, catalogue.read(tmp_path / "two.yaml"), by="t", at=NOW)
        with pytest.raises(StateNotChanged, match="No local validation of brain mass was met and signed"):  # fmt: skip
            moved(session, State.LIVE)


def test_what_was_recorded_in_shadow_is_asked_before_it_goes_live(entered) -> None:
    """Entering spares nobody the questions: each is named with the page where it is answered."""
    with unit_of_work(entered(shadow={"from": "2026-01-05"}), by="t") as session:
        with pytest.raises(StateNotChanged) as refused:
            moved(session, State.LIVE)
        for said in (
            "due diligence was never begun. Begin it on the page Due diligence of ctbrain-triage at north",
            "AI Act questionnaire was never begun. Answer it on the page AI Act of ctbrain-triage at north",
        ):
            assert said in str(refused.value)


def test_what_was_live_before_its_first_decision_is_taken_over(entered) -> None:
    """The checklist says that it was not asked, also once it was suspended and is to run again."""
    with unit_of_work(entered(live={"from": "2026-01-05"}), by="t") as session:
        suspend(session, KEY, signer=ANNA, reason="To be sure.", at=NOW)
        said = {c.name: c for c in checklist(session, KEY, DAY)}
    for name in ("due diligence", "AI Act"):
        assert said[name].holds
        assert "Not asked for: it was in care before its first decision here." in said[name].sentence  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lacks"),
    [({"version": "2.2.0"}, "current training"), ({"expires_on": DAY - timedelta(days=1)}, "current training"),
     ({"person": "dr.south"}, "dr.north")],
)  # fmt: skip
def test_a_training_counts_for_person_version_and_time(
    session, change: dict[str, Any], lacks: str
) -> None:
    """Another version, an expired one, or another person's does not."""
    trained(session, **change)
    said = {c.name: c for c in checklist(session, KEY, DAY)}["training"]
    assert not said.holds
    assert lacks in said.sentence


def test_locally_validated_is_what_a_validation_makes_it(session) -> None:
    """Without one that was met and signed the state is refused, whoever proposes it."""
    moved(session, State.ASSESSED)
    with pytest.raises(StateNotChanged, match="No local validation was met and signed"):
        moved(session, State.LOCALLY_VALIDATED)


def test_a_certificate_of_other_indications_does_not_clear_these(session) -> None:
    """The one the deployment relies on has ended; another of the same product, without them, changes nothing."""
    (own,) = as_known(session, Clearance, algorithm="ctbrain-triage")
    said = own.model_dump(exclude={"key", "revision", "expires"})
    session.add(Clearance(**said, key="ctbrain-triage:other", revision=1, expires=date(2099, 1, 1)))
    session.flush()
    after = own.expires + timedelta(days=1)
    (cleared,) = (c for c in checklist(session, KEY, after) if c.name == "clearance")
    assert (cleared.holds, f"ended on {own.expires}" in cleared.sentence) == (False, True)
