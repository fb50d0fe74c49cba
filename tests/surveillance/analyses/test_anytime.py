"""The interval of a claim at any time: in the order in which cases counted, held only where the raw share stands."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashboards.analyses.anytime import tell
from surveillance.statistics.confidence_sequences import confidence_sequence
from surveillance.statistics.proportions import wilson

Case = tuple[Any, ...]


def case(call: str, day: int, *, known: int = 0) -> Case:
    """A positive of a day of 2025, whose outcome became known so many days after its study."""
    on = datetime(2025, 1, 1, 10, tzinfo=UTC) + timedelta(days=day)
    known_at = (on + timedelta(days=known)).isoformat()
    return call, "", "+", {
        "studies": {"study_datetime": on.isoformat()},
        "inferences": {"completed_at": on.isoformat()},
        "outcomes": {"occurred_at": on.isoformat(), "known_at": known_at},
    }  # fmt: skip


def sensitivity(said: dict[str, Any]) -> dict[str, Any]:
    (found,) = (one for one in said["anytime"]["series"] if one["metric"] == "sensitivity")
    return dict(found)


def first_beyond(flags: Sequence[int], floor: float) -> int:
    """After how many cases the whole interval lies above or below, from the sequence itself."""
    found = confidence_sequence(values=list(flags))
    return next(
        n for n, (low, high) in enumerate(zip(found.lower, found.upper, strict=True), start=1)
        if low is not None and high is not None and (low > floor or high < floor)
    )  # fmt: skip


@pytest.mark.parametrize(("call", "answer"), [("+", "met"), ("-", "breached")])
def test_a_claim_is_shown_from_the_first_day_on_which_it_may_be_said(
    analysed, call: str, answer: str
) -> None:
    """One positive a day, all found or all missed: the day on which the interval first leaves 0.92 less 0.05, and not before it is mature."""
    said = analysed([case(call, day) for day in range(90)])
    found = sensitivity(said)
    n = first_beyond([int(call == "+")] * 90, found["floor"])
    assert found["shown"] == {"answer": answer, "cases": n, "on": str(date(2025, 1, 1) + timedelta(days=n - 1 + 60))}  # fmt: skip
    assert (found["claim"], found["n"], found["cases"][-1]) == (0.92, 90, 90)
    assert found["days"][0] == "2025-03-02"
    (told,) = [s for s in tell(said["anytime"]).sentences if s.startswith("Sensitivity")]
    assert f"after {n} cases, that the claim {'holds' if call == '+' else 'fails'}" in told


def test_a_share_that_fell_is_said_to_have_changed(analysed) -> None:
    """All found for 150 days, then none: by a day on which the limits exclude those of the best days, and nothing is held against the claim."""
    cases = [case("+" if day < 150 else "-", day) for day in range(220)]
    said = analysed(cases)
    found = sensitivity(said)
    assert "2025-07-29" < found["changed"] < "2025-08-20"
    assert found["shown"] is None
    assert found["lower"][-1] < 150 / 220 < found["upper"][-1]
    (told,) = [s for s in tell(said["anytime"]).sentences if s.startswith("Sensitivity")]
    assert "the share has changed" in told
    assert "means little" in told
    (table,) = tell(said["anytime"]).tables
    assert [row[-1] for row in table.rows] == ["share changed"]


def test_limits_are_those_of_the_day_and_not_of_better_ones_before(analysed) -> None:
    """Sixty found, then every second missed: the claim that was shown is shown no longer, with limits wider than those of one look."""
    calls = ["+"] * 60 + ["-", "+", "+"] * 10
    found = sensitivity(analysed([case(call, day) for day, call in enumerate(calls)]))
    assert max(found["lower"]) > found["floor"] > found["lower"][-1]
    assert found["changed"] is None
    assert found["shown"]["answer"] == "not shown"
    once = wilson(successes=80, trials=90)
    assert found["lower"][-1] < once.lower
    assert found["upper"][-1] > once.upper


def test_a_case_counts_when_its_outcome_is_known(analysed) -> None:
    """A miss of the first day that becomes known last is the last to count."""
    found = sensitivity(analysed([case("-", 0, known=200), *(case("+", day) for day in range(1, 11))]))  # fmt: skip
    assert found["estimate"][-2:] == pytest.approx([1.0, 10 / 11])
    assert found["shown"]["answer"] == "not shown"


def test_where_chance_did_not_decide_who_was_verified_nothing_is_held(analysed) -> None:
    """Positive calls were followed up and negative ones rarely: the raw share describes these, and the table says so."""
    reported = [("+", "+", "+") for _ in range(40)] + [("-", "-", "-") for _ in range(5)]
    said = analysed([*reported, *(("-", "-", "") for _ in range(200))])
    found = sensitivity(said)
    assert found["not_held"]
    assert found["shown"] is None
    (table,) = tell(said["anytime"]).tables
    assert {row[-1] for row in table.rows} == {"not held"}


def test_a_long_history_keeps_so_many_days(analysed) -> None:
    """The last among them, and the interval is that of all cases."""
    found = sensitivity(analysed([case("+" if day % 10 else "-", day) for day in range(260)]))
    assert len(found["days"]) == 200
    assert found["cases"][-1] == 260
    whole = confidence_sequence(values=[1.0 if day % 10 else 0.0 for day in range(260)])
    assert found["lower"][-1] == pytest.approx(whole.lower[-1])
