"""A hospital of a few cases, each described by what was called, reported and found."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backend.database import raw, unit_of_work
from dashboards.analyses import shown
from surveillance.figures import analyses_of
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write
from tests.surveillance.conftest import MUCH_LATER
from tests.surveillance.standards import register

PANEL = {
    "positive": [{"evidence": "adjudication_panel"}, {"evidence": "registry", "within_days": 730}],
    "negative": [{"evidence": "adjudication_panel"}],
    "matures_after_days": 30,
}
INVESTIGATION = {
    "finding": "intracranial_haemorrhage", "kind": "mri", "trigger": "ai",
    "performed_at": "2026-01-12T10:00:00+00:00",
}  # fmt: skip
Analyses = dict[str, dict[str, Any]]
CALLED = {"+": "0.9", "-": "0.1"}
SAID = {"+": "positive", "-": "negative", "?": "indeterminate"}


@pytest.fixture
def analysed(registered: str, take, tmp_path: Path) -> Callable[..., Analyses]:
    """Import cases such as `("+", "-", "+")`: call, report and outcome, each +, - or ? or empty.

    A fourth part changes the rows of the case: `{"outcomes": {"occurred_at": ...}}`.
    """

    def analysing(
        cases: Iterable[tuple[Any, ...]],
        *,
        as_of: datetime = MUCH_LATER,
        standard: dict[str, Any] | None = None,
        deployment: dict[str, Any] | None = None,
    ) -> Analyses:
        if standard or deployment:
            register(registered, standard or PANEL, tmp_path, deployment)
        files: dict[str, list[dict[str, str]]] = {}
        for n, (call, report, truth, *rest) in enumerate(cases):
            uid, change = {"study_instance_uid": f"1.{n}"}, rest[0] if rest else {}
            rows = {"studies": {**STUDY, **uid, "patient_id": f"P{n}"},
                    "inferences": {**INFERENCE, **uid, "inference_id": f"I{n}", "score": CALLED[call]}}  # fmt: skip
            if report:
                rows["reports"] = {**REPORT, **uid, "report_id": f"R{n}", "call": SAID[report]}
            if truth:
                rows["outcomes"] = {**OUTCOME, **uid, "outcome_id": f"O{n}", "patient_id": f"P{n}",
                                    "evidence": "adjudication_panel", "value": SAID[truth]}  # fmt: skip
            for name, row in rows.items():
                files.setdefault(name, []).append({**row, **change.get(name, {})})
            for row in change.get("investigations", ()):
                number = len(files.setdefault("investigations", []))
                files["investigations"].append(
                    {
                        **INVESTIGATION,
                        "investigation_id": f"V{number}",
                        "patient_id": f"P{n}",
                        **row,
                    }
                )
        take(write(tmp_path / "b", **files), at=as_of)
        with unit_of_work(registered, by="t") as session:
            found = analyses_of(
                session, raw(session), "ctbrain-north-ed", finding=None, as_of=as_of
            )
        _can_be_told(found)
        return found

    return analysing


def _can_be_told(found: Analyses) -> None:
    """Every analysis is told with as many cells as heads in each row."""
    told = list(shown(found))
    assert sorted(one.key for one in told) == sorted(found)
    for one in told:
        for table in one.tables:
            assert {len(row) for row in table.rows} <= {len(table.columns)}, table.caption
