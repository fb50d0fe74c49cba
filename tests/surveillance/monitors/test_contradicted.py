"""Outputs of two algorithms on one study."""

from datetime import UTC, date, datetime

from backend.database import raw, unit_of_work
from surveillance.columnar import columns
from surveillance.judged_case import JudgedCase
from surveillance.material import draw_judged, materials
from surveillance.view import view

KEY, FINDING = "ctbrain-north-ed", "intracranial_haemorrhage"


def judged(number: int, deployment: str, call: str, *, finding: str = FINDING) -> JudgedCase:
    return JudgedCase(
        inference_id=f"{deployment}-{number}", deployment=deployment, finding=finding, use_mode="triage",
        study_instance_uid=f"1.{number}", day=date(2026, 3, 1), matures_on=date(2026, 4, 1), scope="in", call=call, site="north",
    )  # fmt: skip


def test_only_another_algorithm_on_the_same_study_and_finding_contradicts(registered: str) -> None:
    """Alike, opposite, undecided, another finding, nobody else: two are compared, one contradicts."""
    with unit_of_work(registered, by="t") as session:
        session.add_all([judged(n, KEY, "positive") for n in range(1, 6)])
        session.add_all([
            judged(1, "other", "positive"), judged(2, "other", "negative"), judged(3, "other", "failed"),
            judged(4, "other", "negative", finding="fracture"),
        ])  # fmt: skip
        session.flush()
        with columns() as duck:
            draw_judged(duck, raw(session), KEY)
            (found,) = materials(duck, raw(session), view(session, KEY), as_of=datetime(2026, 6, 1, tzinfo=UTC))  # fmt: skip
            assert found.contradicted() == {f"{KEY}-1": False, f"{KEY}-2": True}
