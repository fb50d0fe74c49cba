"""Before and after each change: what differs, what is too few to say, and what else changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from backend.database import raw, unit_of_work
from dashboards.analyses.changes import differences
from register.deployment import Deployment
from register.revision import as_known, revise
from surveillance.figures import analyses_of
from tests.surveillance.conftest import MUCH_LATER

CHANGED = date(2026, 5, 1)
Case = tuple[Any, ...]


def case(call: str, truth: str, day: date, failed: str = "", **study: str) -> Case:
    on = f"{day}T10:00:00+00:00"
    run = {
        "completed_at": on,
        **({"score": "", "call": "failed", "failure_reason": failed} if failed else {}),
    }
    return call, "", truth, {
        "studies": {"study_datetime": on, **study}, "inferences": run, "outcomes": {"occurred_at": on, "known_at": on},
    }  # fmt: skip


def around(day: date, *, found: int, missed: int, after: int) -> list[Case]:
    """So many found and missed on each of the 40 days from `after` days later on."""
    days = [day + timedelta(days=after + n) for n in range(40)]
    return [case("+" if n < found else "-", "+", on) for on in days for n in range(found + missed)]


def change(url: str, day: date, **new: Any) -> None:
    with unit_of_work(url, by="t") as session:
        (entry,) = as_known(session, Deployment)
        stated = entry.model_dump(exclude={"revision", "recorded_at", "effective_from", *new})
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        revise(session, Deployment(**stated, **new, effective_from=day, revision=0, recorded_at=at))


@pytest.fixture
def compared(registered: str, analysed):
    """The comparison of each change of the deployment over cases."""

    def comparing(cases: list[Case], *changes: tuple[date, dict[str, Any]]) -> list[Any]:
        for day, new in changes:
            change(registered, day, **new)
        return analysed(cases)["changes"]["changes"]

    return comparing


def measure(said: dict[str, Any], name: str) -> dict[str, Any]:
    return next(m for m in said["measures"] if m["measure"] == name)


BEFORE = around(CHANGED, found=3, missed=0, after=-40)
RULED = {"threshold": 0.7}


def test_sensitivity_that_fell_after_a_change_is_told_with_its_interval(compared) -> None:
    """All of 120 found before, two of three after: less by a third, and the interval of six comparisons holds no 0."""
    (said,) = compared([*BEFORE, *around(CHANGED, found=2, missed=1, after=0)], (CHANGED, RULED))
    found = measure(said, "sensitivity")
    assert (said["before"], said["after"]) == (["2026-03-22", "2026-04-30"], ["2026-05-01", "2026-06-09"])  # fmt: skip
    assert (found["before"]["estimate"], found["after"]["estimate"]) == (1.0, 2 / 3)
    assert found["difference"]["estimate"] == pytest.approx(-1 / 3)
    assert found["difference"]["upper"] < 0
    assert found["differs"]
    assert measure(said, "specificity")["differs"] is None
    told = differences(said)
    assert told.startswith("Sensitivity 100.0 % before and 66.7 % after (-")
    assert told.endswith("(40 days before and 40 after).")


def test_all_that_differs_is_told_the_clearest_first(compared) -> None:
    """Runs fail after an outage, one in four of 320: told before the larger fall of sensitivity in 40 positives, and no third is hidden."""
    days = [CHANGED + timedelta(days=n) for n in range(-40, 40)]
    runs = [case("-", "", on, "timeout" if on >= CHANGED and n < 2 else "") for on in days for n in range(8)]  # fmt: skip
    positives = [case("-" if on >= CHANGED and n % 2 else "+", "+", on) for n, on in enumerate(days)]  # fmt: skip
    children = [case("-", "", on, patient_age="4") for on in days if on >= CHANGED]
    (said,) = compared([*runs, *positives, *children], (CHANGED, RULED))
    differ = [m["measure"] for m in said["measures"] if m["differs"]]
    assert differ == ["sensitivity", "outside the indication", "runs without an output"]
    sizes = {name: abs(measure(said, name)["difference"]["estimate"]) for name in differ}
    assert sizes["sensitivity"] > sizes["runs without an output"]
    told = differences(said).lower()
    assert sorted(differ, key=told.index) == ["runs without an output", "outside the indication", "sensitivity"]  # fmt: skip


def test_what_stays_the_same_is_not_shown_to_differ(compared) -> None:
    """Nothing is claimed of equal shares, nor of 29 cases however bad."""
    (said,) = compared([*BEFORE, *around(CHANGED, found=3, missed=0, after=0)], (CHANGED, RULED))
    assert differences(said).startswith("Nothing is shown to differ")


def test_below_thirty_cases_nothing_is_said(compared) -> None:
    """29 cases on the side after the change, all missed."""
    few = [case("-", "+", CHANGED) for _ in range(29)]
    (said,) = compared([*BEFORE, *few], (CHANGED, RULED))
    assert measure(said, "sensitivity")["enough"] is False
    assert measure(said, "sensitivity")["differs"] is None
    assert differences(said) == "Too few cases to compare (40 days before and 1 after)."


def test_changes_of_one_day_are_one_and_others_near_are_counted(compared) -> None:
    """Threshold and routing change together; another threshold follows within the ninety days."""
    later = CHANGED + timedelta(days=20)
    first, second = compared(
        [*BEFORE, *around(CHANGED, found=3, missed=0, after=0)],
        (CHANGED, {**RULED, "routing": "all heads"}),
        (later, {"threshold": 0.75}),
    )
    assert [one["kind"] for one in first["changes"]] == ["routing_changed", "threshold_changed"]
    assert (first["others"], second["others"]) == (1, 2)
    assert "; 2 other changes in these days)" in differences(second)


def test_use_outside_the_indication_is_compared_as_well(compared) -> None:
    """Children are sent after a change of routing: more outside the indication."""
    cases = [*BEFORE, *(case("+", "", CHANGED + timedelta(days=n % 40), patient_age="4") for n in range(60))]  # fmt: skip
    (said,) = compared(cases, (CHANGED, {"routing": "all heads"}))
    assert measure(said, "outside the indication")["difference"]["estimate"] == 1.0
    assert measure(said, "outside the indication")["differs"]


def test_a_change_before_all_cases_is_not_compared(registered: str, analysed) -> None:
    """There is nothing to hold the cases against; then the question does not arise."""
    change(registered, date(2026, 1, 1), **RULED)
    assert "changes" not in analysed(BEFORE)


def test_simulated_dates_have_no_before(registered: str, analysed) -> None:
    """Dates of a real source that were made up say nothing about before and after."""
    change(registered, CHANGED, **RULED)
    assert "changes" in analysed(BEFORE + around(CHANGED, found=3, missed=0, after=0))
    with psycopg.connect(registered) as pg:
        pg.execute("ALTER TABLE evidence_batch DISABLE TRIGGER ALL")
        pg.execute(
            'UPDATE evidence_batch SET simulated = \'{"studies.study_datetime": "in order"}\''
        )
        pg.execute("ALTER TABLE evidence_batch ENABLE TRIGGER ALL")
    with unit_of_work(registered, by="t") as session:
        said = analyses_of(
            session, raw(session), "ctbrain-north-ed", finding=None, as_of=MUCH_LATER
        )
    assert "verification" in said
    assert "changes" not in said
