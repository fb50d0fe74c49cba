"""Another version: matched with what the clearance lets change, switched in one signed act, validated anew."""

from datetime import UTC, date, datetime

import pytest
import yaml

from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.algorithm import ProductVersion
from register.change_plan import GROUNDS, ground_of
from register.clearance import Clearance
from register.deployment import Deployment
from register.entry_form import EntryForm
from register.revision import as_known
from register.signature import Signer, under
from register.task import close, open_tasks
from surveillance import cycle
from surveillance.version_switch import NotSwitched, switch

KEY, AT = "ctbrain-north-ed", datetime(2026, 6, 1, tzinfo=UTC)
LEAD = Signer(key="ben", name="Ben", role="clinical_lead")
PLAN = [
    {
        "key": "retraining",
        "modification": "Retraining on new scanners.",
        "verification": "Held-out set.",
    }
]


def _entry(ground: str | None = "retraining", plan: list[dict[str, str]] = PLAN) -> EntryForm:
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["algorithm"]["clearances"][0]["change_plan"] = plan
    release = {"version": "2.4.0", "released": date(2026, 5, 20)}
    if ground:
        release["change"] = {"ground": ground, "summary": "Trained anew."}
    written["algorithm"]["devices"].append(release)
    return EntryForm.model_validate(written)


def _take(url: str, form: EntryForm) -> None:
    with unit_of_work(url, by="t") as session:
        catalogue.record(session, form, by="t", at=AT)


@pytest.mark.parametrize(
    ("ground", "planned", "says"),
    [
        ("retraining", True, "covers it as 'retraining': Retraining on new scanners. Ask for the results of its verification: Held-out set."),
        ("letter_to_file", False, GROUNDS["letter_to_file"]),
        (None, False, "states no ground"),
    ],
)  # fmt: skip
def test_a_release_is_matched_with_the_change_plan(
    registered: str, ground: str | None, planned: bool, says: str
) -> None:
    """Covered, resting on something else, or on nothing that was stated."""
    _take(registered, _entry(ground))
    with unit_of_work(registered, by="t") as session:
        version = as_known(session, ProductVersion, key="ctbrain-triage:2.4.0")[0]
        found = ground_of(version, as_known(session, Clearance, algorithm="ctbrain-triage"))
    assert found.planned is planned
    assert says in found.sentence


def test_a_ground_that_no_plan_has_is_refused() -> None:
    """The sentence names the version, the ground and what there is."""
    with pytest.raises(
        ValueError, match=r"version '2.4.0' changes on the ground 'magic'.*retraining"
    ):
        _entry("magic")


def test_a_plan_that_was_withdrawn_covers_nothing(registered: str) -> None:
    """The ground stays with the release; the plan it named is gone."""
    version = ProductVersion(
        key="a:2", algorithm="a", version="2", change={"ground": "retraining", "summary": "S."}
    )
    assert "no change plan on record has" in ground_of(version, []).sentence


def test_a_release_calls_for_one_decision(registered: str) -> None:
    """One task at each deployment that runs an earlier version; closed, it stays closed."""
    _take(registered, _entry())
    for hour in (8, 9):
        with unit_of_work(registered, by="t") as session:
            cycle.run(session, raw(session), as_of=datetime(2026, 6, 2, hour, tzinfo=UTC))
            found = [task for task in open_tasks(session) if task.kind == "release"]
            if hour == 8:
                assert [(t.deployment, t.owner) for t in found] == [(KEY, found[0].owner)]
                assert "Version 2.4.0 was released on 2026-05-20" in found[0].sentence
                close(session, found[0].id or 0, by="ben", outcome="We stay.", at=AT)
            else:
                assert found == []


def test_a_switch_is_signed_and_reopens_what_depended_on_it(registered: str) -> None:
    """The register as of before still has the old version; the signature stands under the revision."""
    _take(registered, _entry())
    later = datetime(2026, 6, 3, tzinfo=UTC)
    with unit_of_work(registered, by="t") as session:
        entry = switch(session, KEY, "2.4.0", signer=LEAD, reason="Release notes read.", at=later)
        revision = entry.revision
    with unit_of_work(registered, by="t") as session:
        assert as_known(session, Deployment, key=KEY)[0].version == "2.4.0"
        assert as_known(session, Deployment, AT, key=KEY)[0].version == "2.3.1"
        signed = under(session, f"deployment {KEY} revision {revision}")
        assert [(s.signer, s.reason) for s in signed] == [("ben", "Release notes read.")]


@pytest.mark.parametrize(
    ("version", "role", "says"),
    [
        ("2.3.1", "clinical_lead", "runs version 2.3.1 already"),
        ("9.9", "clinical_lead", "is not in the register; others are: 2.4.0"),
        ("2.4.0", "auditor", "a compliance officer or clinical lead switches"),
    ],
)
def test_a_switch_that_cannot_be_is_refused(
    registered: str, version: str, role: str, says: str
) -> None:
    """Same version, unknown version, wrong role: nothing is recorded."""
    _take(registered, _entry())
    person = Signer(key="x", name="X", role=role)
    with unit_of_work(registered, by="t") as session, pytest.raises(NotSwitched, match=says):
        switch(session, KEY, version, signer=person, reason="R.", at=AT)
