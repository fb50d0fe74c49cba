"""A deployment on its way into care: who moves it, and what it needs before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from backend.database import raw
from register.lifecycle import State
from register.signature import Signer
from register.training import Training
from register.transition import Transition
from surveillance.changing_state import (
    decide,
    propose,
)
from surveillance.validation.plan import PlanForm, fix
from surveillance.validation.run import run
from surveillance.validation.sign_off import sign
from tests.batches import INFERENCE, OUTCOME, STUDY, write

KEY = "ctbrain-north-ed"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = NOW.date()
ANNA = Signer(key="anna", name="Anna", role="clinical_lead")
BEN = Signer(key="ben", name="Ben", role="compliance_officer")
CLEO = Signer(key="cleo", name="Cleo", role="compliance_officer")
AUDITOR = Signer(key="otto", name="Otto", role="auditor")
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 30}  # fmt: skip
READY: dict[str, Any] = {
    "oversight": {"clinical_lead": "dr.north"}, "monitoring": {"owner": "dr.north", "cadence": "monthly"},
    "shadow": None, "live": None, "use_mode": "triage", "scanners": [],
}  # fmt: skip


def proposed(session: Session, to: State, *, at: datetime = NOW, by: Signer = ANNA) -> Transition:
    """Proposed by one, and not decided yet."""
    return propose(session, KEY, to, signer=by, evidence="minutes of 1 June", reason="As agreed.",
                   effective_from=at.date(), at=at)  # fmt: skip


def moved(session: Session, to: State, *, at: datetime = NOW, by: Signer = ANNA, other: Signer = BEN) -> Transition:  # fmt: skip
    """Proposed by one, approved by another."""
    row = proposed(session, to, at=at, by=by)
    return decide(
        session, row.id or 0, approve=True, signer=other, reason="Read and agreed.", at=at
    )


def trained(session: Session, person: str = "dr.north", **change: Any) -> None:
    """A training of one person on the algorithm."""
    said = {"version": None, "completed_on": DAY - timedelta(days=9), "expires_on": None, **change}
    session.add(Training(person=person, subject="ctbrain-triage", source="vendor course", recorded_by="t",
                         recorded_at=NOW, **said))  # fmt: skip
    session.flush()


def validated(
    session: Session,
    take,
    tmp_path: Path,
    *,
    signer: Signer = CLEO,
    key: str = "local",
    fixed_at: datetime = NOW - timedelta(days=90),
) -> None:
    """A local validation on shadow cases that is met and signed."""
    files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
    for n in range(200):
        uid, ill = {"study_instance_uid": f"1.{n}"}, n % 2 == 0
        files["studies"].append(
            {**STUDY, **uid, "patient_id": f"P{n}", "study_datetime": "2026-01-12T10:00:00+00:00"}
        )
        files["inferences"].append(
            {**INFERENCE, **uid, "inference_id": f"I{n}", "score": "0.9" if ill else "0.1"}
        )
        files["outcomes"].append({**OUTCOME, **uid, "outcome_id": f"O{n}", "patient_id": f"P{n}",
                                  "evidence": "adjudication_panel", "value": "positive" if ill else "negative"})  # fmt: skip
    take(write(tmp_path / "cases", **files))
    plan = fix(
        session,
        PlanForm.model_validate(
            {"key": key, "deployment": KEY, "population": "Adults of January in shadow", "from": "2026-01-01",
             "to": "2026-01-31", "prevalence": 0.5, "criteria": [{"metric": "sensitivity", "claim": 0.92, "margin": 0.05}]}),
        author=Signer(key="anna", name="Anna", role="clinical_lead"), at=fixed_at,
    )  # fmt: skip
    assert run(session, raw(session), plan, by="t", as_of=NOW).content["verdict"] == "met"
    sign(session, key, signer=signer, meaning="accepted", reason="All met.", at=NOW)
