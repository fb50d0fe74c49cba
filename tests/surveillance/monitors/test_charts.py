"""The charts of a plan in a cycle: held against a window locked once, told once per matter, and kept to be looked at."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlmodel import Session, select

from backend.database import unit_of_work
from register.lifecycle import State
from register.monitoring_plan import monitoring_plan
from register.transition import Transition
from surveillance.drill import hospital
from surveillance.handling import PUT_OFF, handling, take_step
from surveillance.material import Material
from surveillance.monitors import charts
from surveillance.monitors.chart_record import DrawnChart, LockedReference, behind_verdict
from surveillance.monitors.charted import Charted, chart
from surveillance.monitors.context import Context
from surveillance.monitors.drawn import draw
from surveillance.monitors.locked import charts_of, locked
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.signals import behind, open_signals, raise_signals
from surveillance.view import view
from tests.surveillance.monitors.test_sequential import DAYS, REFERENCE, frames

KEY, FINDING = "ctbrain-north-ed", hospital.FINDING
FIRST = hospital.FIRST_DAY
PLAN: dict[str, Any] = {
    "owner": "lead",
    "rules": [
        {"watch": "sensitivity"}, {"watch": "sensitivity", "by": "device_serial_number"}, {"watch": "reference"},
        {"watch": "agreement"}, {"watch": "study_feed"},
    ],
    "reference": {"from": str(FIRST), "to": str(FIRST + timedelta(days=REFERENCE - 1))},
}  # fmt: skip
Make = Callable[..., Material]


@contextmanager
def work(url: str) -> Iterator[Session]:
    with unit_of_work(url, by="t") as session:
        yield session


@pytest.fixture
def material(registered: str) -> Make:
    """The cases of a simulated hospital as those of the head CT deployment, under a plan."""
    with work(registered) as session:
        known = view(session, KEY)

    def making(fault: str = "", *, days: int = DAYS, **plan: Any) -> Material:
        cases, reads = frames(fault)
        known.entry.monitoring = {**PLAN, **plan}
        as_of = datetime.combine(FIRST + timedelta(days=days), datetime.min.time(), UTC)
        return Material(view=replace(known), finding=FINDING, as_of=as_of, cases=cases, reads=reads, investigations=pd.DataFrame(columns=["inference_id", "trigger"]),
                        lesions=pd.DataFrame(), dates_made_up=False, text_errors={})  # fmt: skip

    return making


def verdicts(material: Material, charted: Charted) -> list[Verdict]:
    return list(charts.watch(Context.of(material, {}, lambda: charted)))


def test_a_fault_on_one_scanner_is_one_signal_that_names_it(
    registered: str, material: Make
) -> None:
    """The sentence says where, how many were missed and how many were expected; the chart is kept with its alarm."""
    of = material(
        "sensitivity_drop_on_one_scanner", rules=PLAN["rules"][:2], false_alarms_per_year=3
    )
    with work(registered) as session:
        charted = chart(session, of)
        said = verdicts(of, charted)
        rang = {(v.metric, v.level) for v in said if v.answer is Answer.SHIFTED}
        assert ("sensitivity", "CT-2") in rang
        raise_signals(session, store(session, said, as_of=of.as_of), as_of=of.as_of)
        (signal,) = [s for s in open_signals(session) if s.cause.endswith(": sensitivity")]
        assert "where device serial number is CT-2 (Revolution) from" in signal.sentence
        assert "missed, where the reference window leads to expect" in signal.sentence
        draw(session, KEY, FINDING, charted)
        (kept,) = behind_verdict(session, behind(session, signal)[0].verdict())
        assert kept.content["alarms"]
        assert max(kept.content["values"]) >= kept.content["limit"]


def test_use_outside_the_indication_names_what_keeps_the_studies_out(
    registered: str, material: Make
) -> None:
    """Children are sent: the sentence says that it is most often the age, and which."""
    of = material("paediatric_off_label_use", rules=[{"watch": "out_of_scope"}])
    with work(registered) as session:
        (said,) = verdicts(of, chart(session, of))
    assert said.answer is Answer.SHIFTED
    assert re.search(
        r"What keeps out more than before is patient age \(\d+ of them, from 0 to 16\)\.",
        said.sentence,
    )
    assert said.matter == f"{FINDING}: use outside the indication"


def test_what_keeps_out_most_is_not_what_keeps_out_more(registered: str, material: Make) -> None:
    """A tenth of the studies has always had contrast; children are fewer and new, and they are named."""
    of = material("paediatric_off_label_use", rules=[{"watch": "out_of_scope"}])
    contrast = (of.cases["scope"] == "in") & (of.cases.index % 10 == 0)
    cases = of.cases.assign(
        scope=of.cases["scope"].mask(contrast, "out"),
        scope_attribute=of.cases["scope_attribute"].mask(contrast, "contrast_bolus_agent"),
    )
    with work(registered) as session:
        (said,) = verdicts(of, chart(session, replace(of, cases=cases)))
    assert "What keeps out more than before is patient age (" in said.sentence


def test_each_question_has_one_verdict_whichever_way_it_rings(
    registered: str, material: Make
) -> None:
    """Agreement is watched in both directions and asked once; quiet charts say what was seen and expected."""
    of = material()
    with work(registered) as session:
        said = verdicts(of, chart(session, of))
    assert len({v.cause for v in said}) == len(said)
    quiet = next(v for v in said if v.metric == "agreement")
    assert quiet.answer is Answer.STEADY
    assert quiet.rule.count("a change of 0.05") == 2
    assert "to be expected by it" in quiet.sentence


def test_rules_that_ask_the_same_in_two_places_are_one_question(
    registered: str, material: Make
) -> None:
    """Each direction in a rule of its own, another rule between them: one verdict, and it rings if either does."""
    rules = [
        {"watch": "agreement", "direction": "lower"}, {"watch": "study_feed"},
        {"watch": "agreement", "direction": "higher"},
    ]  # fmt: skip
    of = material("label_noise", rules=rules)
    with work(registered) as session:
        said = verdicts(of, chart(session, of))
    assert sorted(v.metric for v in said) == ["agreement", "study_feed"]
    agreement = next(v for v in said if v.metric == "agreement")
    assert agreement.rule.count("a change of") == 2


def test_an_alarm_falls_silent_after_ninety_days(registered: str, material: Make) -> None:
    """A feed that was out for five days rings for a while, and then no more."""
    with work(registered) as session:
        for days, answer in ((200, Answer.SHIFTED), (DAYS - 1, Answer.STEADY)):
            of = material("feed_outage", days=days)
            (feed,) = [v for v in verdicts(of, chart(session, of)) if v.metric == "study_feed"]
            assert feed.answer is answer, feed.sentence
            assert ("It rang 2 times from" in feed.sentence) is (answer is Answer.STEADY)


def test_nothing_needs_to_come_while_it_is_suspended(registered: str, material: Make) -> None:
    """The same silence rings where the deployment runs and not where it was suspended on these days."""
    of = material("feed_outage", days=200, rules=[{"watch": "study_feed"}])

    def change(day: int, to: State) -> Transition:
        return Transition(
            deployment=KEY, from_state=State.LIVE, to_state=to, effective_from=FIRST + timedelta(days=day), evidence="",
            configuration={}, proposed_by="t", proposed_at=of.as_of,
        )  # fmt: skip

    known = replace(of.view, changes=(change(155, State.SUSPENDED), change(190, State.LIVE)))
    with work(registered) as session:
        answers = [
            said.answer
            for one in (of, replace(of, view=known))
            for said in verdicts(one, chart(session, one))
        ]
    assert answers == [Answer.SHIFTED, Answer.STEADY]


def test_a_reference_window_is_locked_once_for_a_plan(registered: str, material: Make) -> None:
    """Later cycles hold against the same limits; another plan locks another, and the first stays as it was."""
    with work(registered) as session:
        early, late = material(days=200), material("sensitivity_drop_on_one_scanner")
        plan = monitoring_plan(early.view.entry.monitoring)
        first = locked(session, early, plan)
        assert locked(session, late, plan).id == first.id
        assert [c.design.limit for c in charts_of(first)] == [
            path.chart.design.limit for path in chart(session, late).paths
        ]
        stricter = material(false_alarms_per_year=0.2)
        other = chart(session, stricter).reference
        assert other is not None
        assert other.id != first.id
        limits = [[c.design.limit for c in charts_of(r)] for r in (first, other)]
        assert all(new > old for old, new in zip(*limits, strict=True))
        assert len(session.exec(select(LockedReference)).all()) == 2


def test_before_the_window_is_mature_nothing_is_charted(registered: str, material: Make) -> None:
    """The verdict says from when it can be."""
    of = material(days=REFERENCE + 5)
    with work(registered) as session:
        charted = chart(session, of)
        (said,) = verdicts(of, charted)
        draw(session, KEY, FINDING, charted)
        assert session.exec(select(DrawnChart)).all() == []
    assert said.answer is Answer.TOO_FEW
    assert "are mature on 2023-06-30; wait until then" in said.sentence


AT = datetime(2026, 11, 1, tzinfo=UTC)


def one(monitor: str, answer: Answer, level: str = "", **other: Any) -> Verdict:
    said: dict[str, Any] = {
        "deployment": KEY, "finding": FINDING, "monitor": monitor, "metric": "sensitivity", "answer": answer, "level": level,
        "rule": "r", "sentence": f"{monitor} {level}", "action": "Act.", "matter": f"{FINDING}: sensitivity",
    }  # fmt: skip
    return Verdict(**{**said, **other})


def ring(session: Session, *said: Verdict, days: int = 0) -> None:
    at = AT + timedelta(days=days)
    raise_signals(session, store(session, said, as_of=at), as_of=at)


def test_what_joins_an_open_signal_wakes_it(registered: str) -> None:
    """A signal that was put off waits again when another scanner rings about the same matter, and is still one."""
    with work(registered) as session:
        ring(session, one("charts", Answer.SHIFTED), one("performance", Answer.BREACHED, "A"))
        (signal,) = open_signals(session)
        assert signal.sentence == "performance A"
        take_step(session, signal.id or 0, PUT_OFF, reason="Service comes.", by="lead", name="Lead", role="clinical_lead",
                  at=AT + timedelta(hours=1), until=AT.date() + timedelta(days=30))  # fmt: skip
        ring(session, one("charts", Answer.SHIFTED), one("performance", Answer.BREACHED, "A"), days=1)  # fmt: skip
        assert handling(session, signal, AT.date()).rests_until is not None
        ring(session, one("charts", Answer.SHIFTED, "B"), one("charts", Answer.SHIFTED), days=2)
        assert handling(session, signal, AT.date()).rests_until is None
        assert [s.level for s in (v.verdict() for v in behind(session, signal))] == ["A", "B", ""]
        assert open_signals(session) == [signal]


@pytest.mark.parametrize(
    ("rang", "later", "stays"),
    [
        (one("performance", Answer.BREACHED, "A"), one("performance", Answer.MET), True),
        (one("charts", Answer.SHIFTED, "A"), one("charts", Answer.STEADY), False),
        (one("charts", Answer.SHIFTED, "A"), one("charts", Answer.BROKEN, matter=""), True),
        (one("drift", Answer.BROKEN, metric="monitor", matter=""), one("drift", Answer.STEADY), False),
        (one("drift", Answer.SHIFTED, "A"), one("charts", Answer.STEADY), True),
    ],
)  # fmt: skip
def test_what_is_not_asked_again_rings_on_unless_it_was_withdrawn(
    registered: str, rang: Verdict, later: Verdict, stays: bool
) -> None:
    """Too few cases of a scanner do not settle it; a plan that no longer asks and a monitor that works again do."""
    with work(registered) as session:
        ring(session, rang)
        (signal,) = open_signals(session)
        ring(session, later, days=1)
        assert (signal.closed_at is None) is stays


def use(
    material: Material, watch: str, change: Callable[[pd.DataFrame], dict[str, Any]], **rule: Any
) -> Material:
    """The hospital with what readers and others did added to its cases, under one rule; `change` gives fields of the material."""
    cases = material.cases.copy()
    material.view.entry.monitoring = {**PLAN, "rules": [{"watch": watch, **rule}], "false_alarms_per_year": 4}  # fmt: skip
    return replace(material, cases=cases, **change(cases))


def _late(cases: pd.DataFrame) -> "pd.Series[bool]":
    return pd.to_datetime(cases["day"]) >= pd.Timestamp(FIRST + timedelta(days=160))


def _acted(action: str) -> Callable[[pd.DataFrame], dict[str, Any]]:
    def change(cases: pd.DataFrame) -> dict[str, Any]:
        cases["user_action"] = "accepted"
        every = cases.index % 10
        cases.loc[(every == 0) | (_late(cases) & (every < 4)), "user_action"] = action
        return {}

    return change


def _investigated(cases: pd.DataFrame) -> dict[str, Any]:
    chosen = cases.loc[(cases.index % 100 == 0) | (_late(cases) & (cases.index % 10 == 0)), "inference_id"]  # fmt: skip
    return {"investigations": pd.DataFrame({"inference_id": chosen, "trigger": "ai"})}


def _contradicted(cases: pd.DataFrame) -> dict[str, Any]:
    both = cases[cases.index % 2 == 0]
    said = (both.index % 20 == 0) | (_late(both) & (both.index % 6 == 0))
    opposite = both["call"].astype(str).map({"positive": "negative", "negative": "positive"})
    called = opposite.where(said, both["call"].astype(str))
    others = pd.DataFrame({"inference_id": both["inference_id"], "deployment": "other", "call": called})  # fmt: skip
    return {"others": lambda: others}


def _more_positive(cases: pd.DataFrame) -> dict[str, Any]:
    cases.loc[_late(cases) & (cases.index % 5 == 0) & (cases["call"] == "negative"), "call"] = "positive"  # fmt: skip
    return {}


def _slower(cases: pd.DataFrame) -> dict[str, Any]:
    cases["study_datetime"] = pd.to_datetime(cases["day"]).dt.tz_localize("UTC")
    minutes = cases.index % 9 + _late(cases) * 4
    cases["completed_at"] = cases["study_datetime"] + pd.to_timedelta(minutes, unit="min")
    return {}


@pytest.mark.parametrize(
    ("watch", "change", "told"),
    [
        ("called_positive", _more_positive, "called positive"),
        ("latency", _slower, "later after the study than the reference's median"),
        ("overruled", _acted("rejected"), "rejected or modified"),
        ("ignored", _acted("ignored"), "ignored or not opened"),
        ("over_reading", _investigated, "with an investigation that the algorithm alone set in motion"),
        ("contradiction", _contradicted, "on which the two contradict each other"),
    ],
)  # fmt: skip
def test_what_readers_and_others_do_is_watched_where_a_plan_asks(
    registered: str, material: Make, watch: str, change: Callable[..., Any], told: str
) -> None:
    """Three times as often since day 160: it rings, in its own words, as a matter of its own; before, it is steady."""
    of = use(material(), watch, change)
    early = replace(of, as_of=of.as_of - timedelta(days=DAYS - 155))
    with work(registered) as session:
        (quiet,) = verdicts(early, chart(session, early))
        (said,) = verdicts(of, chart(session, of))
    assert quiet.answer in (Answer.STEADY, Answer.TOO_FEW)
    assert said.answer is Answer.SHIFTED
    assert told in said.sentence
    assert said.matter.removeprefix(f"{FINDING}: ")


def test_a_flag_that_is_reported_later_is_told(registered: str, material: Make) -> None:
    """Half of the flagged reports lie beyond the reference's median by definition; an hour more on each makes it most."""

    def change(cases: pd.DataFrame) -> dict[str, Any]:
        reads = of.reads.copy()
        waits = pd.to_timedelta(reads.index % 7 + 1, unit="h")
        taken = pd.Series((reads["reported_at"] - waits).to_numpy(), index=reads["inference_id"])
        cases["study_datetime"] = cases["inference_id"].map(taken[~taken.index.duplicated()])
        late = reads["inference_id"].map(_late(cases).set_axis(cases["inference_id"]))
        reads.loc[late, "reported_at"] += pd.Timedelta(hours=5)
        return {"reads": reads}

    of = material()
    of = use(of, "turnaround", change)
    with work(registered) as session:
        (said, *_) = verdicts(of, chart(session, of))
    assert said.answer is Answer.SHIFTED, said.sentence
    assert "reported later than the reference's median" in said.sentence


def test_a_column_of_the_sites_own_has_charts_of_its_levels(
    registered: str, material: Make
) -> None:
    """By x_shift, two levels; a column that no study has keeps none, and that is said."""

    def change(cases: pd.DataFrame) -> dict[str, Any]:
        cases["extra"] = ['{"x_shift": "night"}' if n % 3 else '{"x_shift": "day"}' for n in range(len(cases))]  # fmt: skip
        return {}

    with work(registered) as session:
        of = use(material(), "agreement", change, by="x_shift")
        assert {v.level for v in verdicts(of, chart(session, of))} == {"day", "night"}
        none = use(material(), "agreement", lambda _: {}, by="x_ward")
        (said,) = verdicts(none, chart(session, none))
        assert said.answer is Answer.TOO_FEW
        assert "no case of the reference window says its x ward" in said.sentence
