"""Stop rules: agreed beforehand, met by a whole interval, carried out in the same cycle, undone by people only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from backend.database import raw, unit_of_work
from register.lifecycle import State
from register.signature import Signer, under
from register.stop_rules import METRICS, SHARE, SIGNALS, stop_rules
from register.task import open_tasks
from register.transition import Transition
from surveillance import cycle
from surveillance.monitors.verdict import StoredVerdict
from surveillance.scope_gate import Check, ask
from surveillance.signals import open_signals
from surveillance.view import view
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.confirmed import confirmed
from tests.surveillance.standards import register
from tests.surveillance.test_scope_gate import ADULT

KEY = "ctbrain-north-ed"
CUT = datetime(2026, 6, 1, 9, tzinfo=UTC)
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 30}  # fmt: skip
Hospital = Callable[..., str]


@pytest.fixture
def registered(registered: str) -> str:
    """The head CT deployment is in care, as two people confirmed."""
    return confirmed(registered)


@pytest.fixture
def hospital(registered: str, take, tmp_path: Path) -> Hospital:
    """A hospital with some rules and verified studies of each month; every fourth positive is missed."""

    def opening(
        *rules: dict[str, Any],
        n: int = 240,
        start: int = 0,
        month: int = 1,
        taken: datetime = CUT - timedelta(days=1),
        **study: str,
    ) -> str:
        plan = {"owner": "dr.north", "cadence": "monthly", "stop_rules": list(rules)}
        register(registered, PANEL, tmp_path, {"monitoring": plan})
        files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
        for i in range(start, start + n):
            at = datetime(2026, month, 1 + i % 27, 10, tzinfo=UTC).isoformat()
            uid, ill = {"study_instance_uid": f"1.{i}"}, i % 2 == 0
            files["studies"].append(
                {**STUDY, **uid, "patient_id": f"P{i}", "study_datetime": at, **study}
            )
            files["inferences"].append({**INFERENCE, **uid, "inference_id": f"I{i}", "completed_at": at,
                                        "score": "0.9" if ill and i % 8 else "0.1"})  # fmt: skip
            files["outcomes"].append({**OUTCOME, **uid, "outcome_id": f"O{i}", "patient_id": f"P{i}", "occurred_at": at,
                                      "evidence": "adjudication_panel", "value": "positive" if ill else "negative"})  # fmt: skip
        take(write(tmp_path / f"batch-{start}", **files), at=taken)
        return registered

    return opening


def cycled(url: str, at: datetime = CUT) -> cycle.CycleDone:
    """One cycle up to a data cut."""
    with unit_of_work(url, by="t") as session:
        return cycle.run(session, raw(session), as_of=at)


def said(session: Session) -> dict[str, StoredVerdict]:
    """The last verdict of each stop rule, by metric."""
    rows = session.exec(select(StoredVerdict).where(StoredVerdict.monitor == "stop_rule"))
    return {row.content["metric"]: row for row in rows}


def test_a_rule_that_is_met_suspends_in_the_same_cycle(hospital: Hospital) -> None:
    """Decision, task and signal, each once; the gate lets nothing through from then on."""
    url = hospital({"metric": "sensitivity", "below": 0.9})
    assert cycled(url).stopped == (KEY,)
    with unit_of_work(url, by="t") as session:
        assert view(session, KEY).state_on(CUT.date()) is State.SUSPENDED
        (row,) = session.exec(select(Transition)).all()
        (signed,) = under(session, row.record)
        assert (signed.meaning, signed.name) == ("suspended at once", "The stop rule")
        assert "Stop rule 'sensitivity below 0.9': 0.750 (0.6" in signed.reason
        assert row.evidence.startswith(
            "Stop rules in revision 2 of the entry, recorded by t on 2026-01-02"
        )
        tasks = [task for task in open_tasks(session) if task.kind == "suspended_by_rule"]
        assert [(task.deployment, task.owner) for task in tasks] == [(KEY, "dr.north")]
        check = Check(deployment=KEY, study_instance_uid="1.9", attributes=ADULT)
        assert not ask(session, [check], by="pacs", secret=b"s", at=CUT)[0].may_run
    assert cycled(url, CUT + timedelta(days=9)).stopped == ()
    with unit_of_work(url, by="t") as session:
        rung = [s for s in open_signals(session, KEY) if "stop_rule" in s.cause]
        assert [s.seen for s in rung] == [1]
        assert len(session.exec(select(Transition)).all()) == 1
        assert len([t for t in open_tasks(session) if t.kind == "suspended_by_rule"]) == 1


def test_a_point_estimate_beyond_the_limit_is_not_enough(hospital: Hospital) -> None:
    """With few cases no rule acts; with an interval that holds the limit neither."""
    url = hospital(
        {"metric": "sensitivity", "below": 0.9}, {"metric": "specificity", "below": 0.5}, n=48
    )
    assert cycled(url).stopped == ()
    with unit_of_work(url, by="t") as session:
        assert said(session)["sensitivity"].answer == "too_few"
    url = hospital(
        {"metric": "sensitivity", "below": 0.8}, {"metric": "specificity", "below": 0.5},
        taken=CUT + timedelta(minutes=1),
    )  # fmt: skip
    assert cycled(url, CUT + timedelta(hours=1)).stopped == ()
    with unit_of_work(url, by="t") as session:
        answers = said(session)
        assert answers["sensitivity"].content["estimate"] < 0.8
        assert (answers["sensitivity"].answer, answers["specificity"].answer) == (
            "not_shown",
            "steady",
        )


def test_a_rule_on_one_stratum_looks_at_it_alone(hospital: Hospital) -> None:
    """What happens on the ward is not held against the emergency department."""
    rules = ({"metric": "sensitivity", "below": 0.9, "stratum": {"setting": "inpatient"}},)
    assert cycled(hospital(*rules)).stopped == ()
    url = hospital(*rules, setting="inpatient", taken=CUT + timedelta(hours=1))
    assert cycled(url, CUT + timedelta(hours=2)).stopped == (KEY,)


def test_too_many_studies_outside_the_indication_stop_it(hospital: Hospital) -> None:
    """Counted over all that came, with the interval of the share."""
    url = hospital({"metric": "out_of_scope_share", "above": 0.2}, n=60, patient_age="12")
    assert cycled(url).stopped == (KEY,)
    with unit_of_work(url, by="t") as session:
        assert "1.000 (0.9" in said(session)["out_of_scope_share"].content["sentence"]


def test_a_signal_can_be_rule_enough(hospital: Hospital) -> None:
    """Here the claim of the label is breached; another monitor's signal would not do."""
    assert cycled(hospital({"signal": "agreement"})).stopped == ()
    url = hospital({"signal": "performance"})
    assert cycled(url, CUT + timedelta(hours=1)).stopped == (KEY,)
    with unit_of_work(url, by="t") as session:
        (row,) = session.exec(select(Transition)).all()
        assert "Stop rule 'a signal of the performance monitor' is met by signal" in under(session, row.record)[0].reason  # fmt: skip


@pytest.mark.parametrize(
    "rule", [{"metric": "sensitivity", "below": 0.9}, {"signal": "performance"}]
)
def test_people_let_it_run_again_and_old_cases_do_not_stop_it_twice(
    hospital: Hospital, rule: dict[str, Any]
) -> None:
    """What they knew when they decided is behind them; what comes after is judged anew."""
    url = hospital(rule)
    cycled(url)
    again = CUT + timedelta(days=3)
    with unit_of_work(url, by="t") as session:
        restart(session, again)
    assert cycled(url, again + timedelta(hours=1)).stopped == ()
    with unit_of_work(url, by="t") as session:
        assert view(session, KEY).state_on(again.date()) is State.SHADOW
        assert not [s for s in open_signals(session, KEY) if "stop_rule" in s.cause]
    if "metric" in rule:
        hospital(rule, start=1000, month=7, taken=CUT + timedelta(days=70))
        assert cycled(url, CUT + timedelta(days=90)).stopped == (KEY,)


def test_without_a_rule_nothing_stops_by_itself(hospital: Hospital) -> None:
    """A breached claim rings; people decide."""
    url = hospital()
    assert cycled(url).stopped == ()
    with unit_of_work(url, by="t") as session:
        assert session.exec(select(Transition)).all() == []


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([{"metric": "sensitivity"}], "needs `below`"),
        ([{"metric": "sensitivity", "above": 0.9}], "needs `below`"),
        ([{"metric": "sensitivity", "below": 80}], "between 0 and 1"),
        ([{"metric": "auc", "below": 0.9}], "metric is one of sensitivity, specificity"),
        ([{"metric": SHARE, "below": 0.9}], "needs `above`"),
        ([{"signal": "gut feeling"}], "signal is one of performance"),
        ([{"signal": "drift", "below": 0.3}], "with no limit"),
        ([{"metric": "sensitivity", "below": 0.9, "days": 3}], "'days' is not known here"),
        ([{"metric": "sensitivity", "below": 0.9, "stratum": {"colour": "red"}}], "stratum is `all`"),
        ([{"metric": "sensitivity", "below": 0.9}, {"metric": "sensitivity", "below": 0.8}], "stop_rules.1"),
        ([{"metric": "sensitivity", "below": 0.9, "finding": "fracture"}], "a stop rule is about 'fracture'"),
        ({"metric": "sensitivity"}, "write a list"),
    ],
)  # fmt: skip
def test_a_rule_no_machine_can_act_on_is_refused_with_the_entry(
    registered: str, tmp_path: Path, rules: Any, complaint: str
) -> None:
    """With its place and what would do."""
    with pytest.raises(Exception, match=complaint):
        register(registered, PANEL, tmp_path, {"monitoring": {"stop_rules": rules}})


_FIGURE = st.builds(
    lambda metric, limit: {"metric": metric, "above" if metric == SHARE else "below": limit},
    st.sampled_from([*METRICS, SHARE]),
    st.floats(0.01, 0.99),
)


@given(st.one_of(_FIGURE, st.sampled_from([{"signal": name} for name in SIGNALS])))
def test_what_is_written_is_what_is_acted_on(rule: dict[str, Any]) -> None:
    """A rule is read once and says what was written; a plan with it twice is refused."""
    (read,) = stop_rules({"stop_rules": [rule]})
    assert (read.metric or read.signal) in read.words()
    assert read.limit == next((v for v in rule.values() if isinstance(v, float)), 0.0)
    with pytest.raises(ValueError, match="take one out"):
        stop_rules({"stop_rules": [rule, rule]})


def restart(session: Session, at: datetime) -> None:
    """One proposes shadow, another approves."""
    from surveillance.changing_state import decide, propose

    anna = Signer(key="anna", name="Anna", role="clinical_lead")
    ben = Signer(key="ben", name="Ben", role="compliance_officer")
    row = propose(session, KEY, State.SHADOW, signer=anna, evidence="", reason="Mended.",
                  effective_from=at.date(), at=at)  # fmt: skip
    decide(session, row.id or 0, approve=True, signer=ben, reason="Agreed.", at=at)
