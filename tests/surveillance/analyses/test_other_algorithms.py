"""Another algorithm on the same studies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from backend.database import raw, unit_of_work
from dashboards.analyses.other_algorithms import tell
from surveillance.analyses.other_algorithms import analyse
from surveillance.columnar import columns
from surveillance.judged_case import JudgedCase
from surveillance.material import draw_judged, materials
from surveillance.view import view

KEY, OTHER, FINDING = "ctbrain-north-ed", "helper-north", "intracranial_haemorrhage"
FIRST = date(2026, 1, 1)


def judged(deployment: str, number: int, call: str, truth: str | None) -> JudgedCase:
    """One study a day."""
    day = FIRST + timedelta(days=number)
    return JudgedCase(
        inference_id=f"{deployment}-{number}", deployment=deployment, finding=FINDING, use_mode="triage", study_instance_uid=f"1.{number}",
        day=day, matures_on=day + timedelta(days=30), scope="in", call=call, truth=truth, site="north",
    )  # fmt: skip


def compared(url: str, differs: Any, *, studies: int = 200) -> dict[str, Any] | None:
    """This algorithm calls every case positive, rightly; the other calls it negative where `differs` of the study's number."""
    with unit_of_work(url, by="t") as session:
        for n in range(studies):
            session.add(judged(KEY, n, "positive", "positive"))
            session.add(judged(OTHER, n, "negative" if differs(n) else "positive", None))
        session.flush()
        with columns() as duck:
            draw_judged(duck, raw(session), KEY)
            (material,) = materials(duck, raw(session), view(session, KEY), as_of=datetime(2026, 12, 1, tzinfo=UTC))  # fmt: skip
            assert analyse(replace(material, dates_made_up=True)) is None
            return analyse(material)


def test_two_algorithms_that_come_apart_lately(registered: str) -> None:
    """11 of 110 differ before, 45 of the last 90: more often by forty points, and it was right in all of them."""
    said = compared(registered, lambda n: n % 10 == 0 if n < 110 else n % 2 == 0)
    (one,) = said["others"]
    assert (one["deployment"], one["lately"]["estimate"], one["before"]["estimate"]) == (OTHER, 0.5, 0.1)  # fmt: skip
    assert (one["right"], one["other_right"], one["enough"]) == (56, 0, True)
    assert "differ more often in the last 90 study days than before: by 40.0 points" in tell(said).sentences[0]  # fmt: skip


def test_what_differs_as_it_always_did_has_not_come_apart(registered: str) -> None:
    """The same share in both periods."""
    said = compared(registered, lambda n: n % 10 == 0)
    assert tell(said).sentences[0] == "It is not shown to come apart from another algorithm lately."


def test_a_handful_is_not_judged(registered: str) -> None:
    """Ten studies before the last ninety days are too few to say that anything changed."""
    said = compared(registered, lambda n: n >= 10, studies=100)
    assert "Too few studies that both read" in tell(said).sentences[0]
