"""Random audits of what nobody called positive: designed, drawn, queued, and what they make known."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.database import raw, unit_of_work
from surveillance import cycle, random_audit
from surveillance.figures import analyses_of
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write

KEY, FINDING = "ctbrain-north-ed", INFERENCE["finding"]
CUT, LATER = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
FRAME = {"first": date(2026, 1, 1), "last": date(2026, 1, 31)}


@pytest.fixture
def hospital(registered: str, take, tmp_path: Path) -> str:
    """10 verified positives and 90 negatives nobody looked at, of which 60 on one scanner and 30 on another."""
    files: dict[str, list[dict[str, str]]] = {
        "studies": [],
        "inferences": [],
        "reports": [],
        "outcomes": [],
    }
    for n in range(100):
        uid, called = {"study_instance_uid": f"1.{n}"}, n < 10
        scanner = "SOMATOM Force" if n < 70 else "Revolution CT"
        files["studies"].append(
            {**STUDY, **uid, "patient_id": f"P{n}", "manufacturer_model_name": scanner}
        )
        files["inferences"].append(
            {**INFERENCE, **uid, "inference_id": f"I{n:03d}", "score": "0.9" if called else "0.1"}
        )
        files["reports"].append(
            {**REPORT, **uid, "report_id": f"R{n}", "call": "positive" if called else "negative"}
        )
        if called:
            files["outcomes"].append({**OUTCOME, "outcome_id": f"O{n}", "patient_id": f"P{n}"})
    take(write(tmp_path / "b", **files))
    run(registered, CUT)
    return registered


def run(url: str, as_of: datetime) -> None:
    with unit_of_work(url, by="t") as session:
        cycle.run(session, raw(session), as_of=as_of)


def designed(session: Any, **how: Any) -> random_audit.Design:
    return random_audit.design(raw(session), KEY, FINDING, **FRAME, **how)


def test_the_frame_is_what_nobody_called_positive_and_nobody_verified(hospital: str) -> None:
    """Ninety of the hundred cases."""
    with unit_of_work(hospital, by="t") as session:
        found = designed(session, size=30)
    assert (len(found.frame), found.size) == (90, 30)
    assert found.upper_if_none == pytest.approx(1 - 0.05 ** (1 / 30))


def test_a_wanted_half_width_gives_the_size(hospital: str) -> None:
    """A tighter interval needs more cases, a census at most."""
    with unit_of_work(hospital, by="t") as session:
        wide, tight = designed(session, half_width=0.1), designed(session, half_width=0.02)
    assert wide.size < tight.size <= 90


def test_strata_are_drawn_in_proportion(hospital: str) -> None:
    """Sixty and thirty cases: twenty and ten of them, each with the chance of one in three."""
    with unit_of_work(hospital, by="t") as session:
        found = designed(session, size=30, by="manufacturer_model_name")
    assert {s.level: (s.cases, s.drawn) for s in found.strata} == {
        "SOMATOM Force": (60, 20),
        "Revolution CT": (30, 10),
    }
    assert {s.probability for s in found.strata} == {1 / 3}


def test_the_same_seed_draws_the_same_cases(registered: str, hospital: str) -> None:
    """And another seed others; a case is drawn once only."""
    with unit_of_work(hospital, by="t") as session:
        drawn = []
        for seed in (7, 7, 8):
            nested = session.begin_nested()
            audit = random_audit.draw(
                session, designed(session, size=20), seed=seed, by="t", at=CUT
            )
            drawn.append(
                {c.inference_id for c in random_audit.queue(session, raw(session), audit.id)}
            )
            nested.rollback()
        assert drawn[0] == drawn[1] != drawn[2]
        audit = random_audit.draw(session, designed(session, size=20), seed=7, by="t", at=CUT)
        again = random_audit.draw(session, designed(session, size=70), seed=7, by="t", at=CUT)
        twice = Counter(
            c.inference_id
            for a in (audit, again)
            for c in random_audit.queue(session, raw(session), a.id)
        )
    assert set(twice.values()) == {1}
    assert len(twice) == 90


def test_an_audit_makes_sensitivity_identifiable(hospital: str, take, tmp_path: Path) -> None:
    """Before: not identifiable. After thirty of ninety, one a miss: three are estimated to be missed."""

    def verification() -> dict[str, Any]:
        with unit_of_work(hospital, by="t") as session:
            return analyses_of(session, raw(session), KEY, finding=None, as_of=LATER)[
                "verification"
            ]

    assert not verification()["identifiable"]
    with unit_of_work(hospital, by="t") as session:
        audit = random_audit.draw(session, designed(session, size=30), seed=1, by="t", at=CUT).id
        waiting = random_audit.queue(session, raw(session), audit)
    rows = [
        {**OUTCOME, "outcome_id": case.outcome_id, "study_instance_uid": case.study_instance_uid,
         "patient_id": "", "evidence": "adjudication_panel",
         "value": "positive" if n == 0 else "negative", "verification_reason": "random_audit",
         "verification_probability": str(case.probability)}
        for n, case in enumerate(waiting)
    ]  # fmt: skip
    take(write(tmp_path / "c", outcomes=rows[:29]), at=datetime(2026, 5, 1, tzinfo=UTC))
    with unit_of_work(hospital, by="t") as session:
        (left,) = random_audit.queue(session, raw(session), audit)
    assert left.outcome_id == rows[29]["outcome_id"], "a list made later names the same outcome"
    take(write(tmp_path / "d", outcomes=rows[29:]), at=datetime(2026, 5, 2, tzinfo=UTC))
    said = verification()
    assert said["identifiable"]
    weighted = next(e for e in said["estimates"] if e["name"] == "weighted by the design")
    assert weighted["sensitivity"]["estimate"] == pytest.approx(10 / 13)


@pytest.mark.parametrize(
    ("how", "says"),
    [({"size": 91}, "91 cases cannot be drawn from 90"), ({}, "Give the size"), ({"size": 5, "by": "reader"}, "not a stratum"),
     ({"size": 1, "by": "manufacturer_model_name"}, "at least 2")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(hospital: str, how: dict[str, Any], says: str) -> None:
    """With the remedy."""
    with (
        pytest.raises(random_audit.AuditNotPossible, match=says),
        unit_of_work(hospital, by="t") as session,
    ):
        designed(session, **how)
