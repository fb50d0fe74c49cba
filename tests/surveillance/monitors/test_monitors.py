"""Monitors: quiet when nothing changed, clear when something did, and nothing leaves the machine."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backend.database import unit_of_work
from surveillance.judged_case import CASE_COLUMNS, READ_COLUMNS
from surveillance.monitors import agreement, drift, equipment, performance
from surveillance.monitors.charted import Charted
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict, standing, store
from surveillance.performance import measure
from surveillance.signals import open_signals, raise_signals
from surveillance.view import view

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
KEY, FINDING = "ctbrain-north-ed", "intracranial_haemorrhage"
Make = Callable[..., Context]


@pytest.fixture
def context(registered: str) -> Make:
    """A context over made-up cases of the head CT deployment."""
    with unit_of_work(registered, by="t") as session:
        known = view(session, KEY)

    def making(rows: pd.DataFrame, *, dates_made_up: bool = False) -> Context:
        n = len(rows)
        cases = pd.DataFrame(dict.fromkeys(CASE_COLUMNS, [None] * n))
        cases["inference_id"] = cases["patient"] = [f"I{i}" for i in range(n)]
        cases["deployment"], cases["finding"], cases["scope"], cases["call"] = (
            KEY,
            FINDING,
            "in",
            "negative",
        )
        cases["score"], cases["matures_on"] = 0.5, pd.Timestamp("2026-11-01")
        cases["day"] = pd.Timestamp("2026-08-01")
        for name in rows:
            cases[name] = rows[name].to_numpy()
        reads = pd.DataFrame(columns=list(READ_COLUMNS))
        measured = measure(
            cases, reads, deployment=KEY, finding=FINDING, first=None, last=None, as_of=AS_OF
        )
        return Context(view=known, finding=FINDING, as_of=AS_OF, measured=measured, cases=cases, reads=reads, investigations=pd.DataFrame(), lesions=pd.DataFrame(), text_errors={},
                       dates_made_up=dates_made_up, charted=Charted)  # fmt: skip

    return making


def _months(n: int, scores: Callable[[int], Any], scanner: Callable[[int], Any]) -> pd.DataFrame:
    """n cases in each of five months; `scores` and `scanner` draw a month's values."""
    return pd.concat(
        [
            pd.DataFrame({"day": pd.Timestamp(2026, month, 15), "score": scores(month),
                          "manufacturer_model_name": scanner(month)}, index=range(n))
            for month in range(5, 10)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("n", [60, 300, 3000])
def test_equal_months_do_not_ring(context: Make, n: int) -> None:
    """Months drawn from one distribution give *steady* or *too few*, whatever their size."""
    rng = np.random.default_rng(n)
    rows = _months(n, lambda _: rng.beta(1, 5, n), lambda _: rng.choice(["A", "B"], n))
    answers = {verdict.answer for verdict in drift.watch(context(rows))}
    assert answers == ({Answer.TOO_FEW} if n < 100 else {Answer.STEADY})


def test_a_shift_rings_with_its_size_limit_and_what_is_new(context: Make) -> None:
    """A new scanner that takes half of the last month shifts the mix and is named."""
    n, rng = 400, np.random.default_rng(0)
    rows = _months(
        n,
        lambda month: rng.beta(1, 5, n) if month < 9 else rng.beta(3, 3, n),
        lambda month: rng.choice(["A", "B"], n) if month < 9 else rng.choice(["A", "NEW"], n),
    )
    verdicts = {verdict.metric: verdict for verdict in drift.watch(context(rows))}
    for metric in ("score", "manufacturer_model_name"):
        found = verdicts[metric]
        assert found.answer is Answer.SHIFTED
        assert found.estimate is not None
        assert found.threshold is not None
        assert found.estimate > found.threshold >= drift.LIMIT
    assert "of in-scope cases" in verdicts["manufacturer_model_name"].sentence
    assert "New: NEW." in verdicts["manufacturer_model_name"].sentence


def _sent(scanner: str, *months: int, n: int, scope: str = "in") -> pd.DataFrame:
    rows = {"day": [pd.Timestamp(2026, month, 15) for month in months for _ in range(n)],
            "manufacturer_model_name": scanner, "scope": scope}  # fmt: skip
    return pd.DataFrame(rows).assign(
        scope_attribute=None if scope == "in" else "manufacturer",
    )


def test_a_new_scanner_rings_until_the_deployment_names_it(context: Make) -> None:
    """One that came after the first months rings, in scope or not; one the register names is told calmly."""
    made = context(
        pd.concat([
            _sent("OLD", *range(1, 9), n=20),
            _sent("NEW", 7, 8, n=20, scope="out"),
            _sent("SOMATOM Force", 7, 8, n=20),
            _sent("STRAY", 8, n=2),
        ])
    )  # fmt: skip
    found = {verdict.level: verdict for verdict in equipment.watch(made)}
    assert {level: v.answer for level, v in found.items()} == {
        "NEW": Answer.SHIFTED, "SOMATOM Force": Answer.STEADY, "STRAY": Answer.TOO_FEW,
    }  # fmt: skip
    assert found["NEW"].sentence == (
        "New scanner model NEW: 40 studies since 2026-07-15; none of them within the indication "
        "(most outside it by manufacturer)."
    )
    assert found["NEW"].action.startswith("Stop sending its studies")


def test_new_software_of_a_known_scanner_is_told_for_ninety_days(context: Make) -> None:
    """From its tenth study on; long ago it is described, and where the first months said no version nothing is new."""

    def sent(software: str | None, *months: int) -> pd.DataFrame:
        return _sent("A", *months, n=20).assign(software_versions=software)

    (found,) = equipment.watch(context(pd.concat([sent("V1", *range(1, 11)), sent("V2", 10)])))
    assert (found.answer, found.level) == (Answer.SHIFTED, "V2")
    assert found.sentence == (
        "New scanner software V2 on A: 20 studies since 2026-10-15; all of them within the indication."
    )
    (past,) = equipment.watch(context(pd.concat([sent("V1", *range(1, 11)), sent("V2", 6)])))
    assert past.answer is Answer.DESCRIBED
    assert list(equipment.watch(context(pd.concat([sent(None, 1), sent("V2", 10)])))) == []


def test_old_scanners_are_no_news(context: Make) -> None:
    """Scanners of the first months within the indication give no verdict, nor do dates that are made up."""
    rows = pd.concat([_sent("A", 1, 8, n=20), _sent("B", 2, 3, n=20)])
    assert list(equipment.watch(context(rows))) == []
    news = pd.concat([rows, _sent("C", 8, n=20)])
    assert list(equipment.watch(context(news, dates_made_up=True))) == []


def test_dates_that_are_made_up_are_not_judged(context: Make) -> None:
    """Drift over simulated dates of a real source says nothing, and the verdict says that."""
    rows = pd.DataFrame({"score": np.linspace(0, 1, 500)})
    (verdict,) = drift.watch(context(rows, dates_made_up=True))
    assert verdict.answer is Answer.TOO_FEW
    assert "simulated" in verdict.sentence


def test_evidently_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring a distance opens no connection."""

    def refuse(*address: object) -> None:
        raise AssertionError(f"a connection was tried: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"score": rng.random(200), "setting": rng.choice(["a", "b"], 200)})
    assert set(drift.distances(frame, frame)) == {"score", "setting"}


def _verified(tp: int, fn: int, tn: int, fp: int, **more: object) -> pd.DataFrame:
    cells = [("positive", "positive", tp), ("negative", "positive", fn), ("negative", "negative", tn),
             ("positive", "negative", fp)]  # fmt: skip
    rows = [
        {"call": call, "truth": truth, "tier": "surgery", **more}
        for call, truth, n in cells
        for _ in range(n)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("tp", "fn", "answer"),
    [
        (190, 10, Answer.MET),
        (180, 24, Answer.NOT_SHOWN),
        (140, 60, Answer.BREACHED),
        (20, 2, Answer.TOO_FEW),
    ],
)
def test_sensitivity_is_held_against_the_claim(
    context: Make, tp: int, fn: int, answer: Answer
) -> None:
    """The claim of 0.92 with margin 0.05 is met, not shown, breached, or there is too little to say."""
    verdicts = list(performance.watch(context(_verified(tp, fn, 200, 10))))
    found = next(v for v in verdicts if v.metric == "sensitivity" and not v.by)
    assert found.answer is answer
    assert found.threshold == pytest.approx(0.87)
    assert found.n == tp + fn
    assert found.rule
    assert found.action


def test_a_scanner_is_judged_on_its_own(context: Make) -> None:
    """A fall on one of two scanners is breached there while the other meets the claim."""
    good = _verified(95, 5, 100, 5, manufacturer_model_name="GOOD")
    bad = _verified(60, 40, 100, 5, manufacturer_model_name="BAD")
    verdicts = performance.watch(context(pd.concat([good, bad])))
    found = {v.level: v.answer for v in verdicts if v.metric == "sensitivity" and v.by}
    assert found == {"GOOD": Answer.MET, "BAD": Answer.BREACHED}


def test_agreement_has_no_limit(context: Make) -> None:
    """Agreement is described and never breached: nobody knows who was right."""
    (verdict,) = agreement.watch(context(_verified(10, 90, 10, 90)))
    assert verdict.answer in (Answer.DESCRIBED, Answer.TOO_FEW)
    assert verdict.threshold is None


def _verdict(answer: Answer, estimate: float = 0.5) -> Verdict:
    return Verdict(deployment=KEY, finding=FINDING, monitor="performance", metric="sensitivity", answer=answer,
                   rule="r", sentence=f"It is {estimate}.", action="Act.", estimate=estimate)  # fmt: skip


def test_one_cause_rings_once_and_falls_silent(database_url: str) -> None:
    """The same cause is one open signal, annotated; when the answer is well again it closes."""
    with unit_of_work(database_url, by="t") as session:
        for estimate in (0.5, 0.4):
            stored = store(session, [_verdict(Answer.BREACHED, estimate)], as_of=AS_OF)
            raise_signals(session, stored, as_of=AS_OF)
        (signal,) = open_signals(session)
        assert (signal.seen, signal.sentence) == (2, "It is 0.4.")
        raise_signals(
            session, store(session, [_verdict(Answer.MET, 0.9)], as_of=AS_OF), as_of=AS_OF
        )
        assert open_signals(session) == []
        assert [v.answer for v in standing(session)] == [Answer.MET]


@pytest.mark.parametrize(
    ("moved", "n", "answer"),
    [(0.0, 200, Answer.STEADY), (2.0, 200, Answer.SHIFTED), (2.0, 30, Answer.TOO_FEW)],
)
def test_embeddings_that_moved_ring_as_a_matter_of_acquisition(
    context: Make, moved: float, n: int, answer: Answer
) -> None:
    """Vectors of the last month lie two standard deviations away, or where they were; with few nothing is said."""
    rng = np.random.default_rng(3)
    rows = _months(200, lambda _: rng.beta(1, 5, 200), lambda _: rng.choice(["A", "B"], 200))
    made = context(rows)
    last = made.cases.loc[pd.to_datetime(made.cases["day"]).dt.month == 9, "inference_id"]
    vectors = {run: rng.normal(moved * (run in set(last)), 1, 4).tolist() for run in made.cases["inference_id"]}  # fmt: skip
    kept = made.cases.groupby("day").head(n)[["inference_id", "day"]]
    runs = kept.assign(version=None, config_digest=None, embedded=True)
    of = replace(made, runs=runs, embeddings=lambda chosen: [vectors[run] for run in chosen])
    (said,) = [v for v in drift.watch(of) if v.metric == "embedding"]
    assert said.answer is answer
    if answer is Answer.SHIFTED:
        assert said.matter == "acquisition"
        assert said.lower is not None
        assert said.lower > drift.LIMIT
        assert "(600 and 200 embeddings; limit 0.1)" in said.sentence


def test_embeddings_of_another_length_are_of_another_model(context: Make) -> None:
    """Four numbers in the reference months, five in the last: an update, and no question of distance."""
    made = context(_months(200, lambda _: np.full(200, 0.5), lambda _: np.full(200, "A")))
    last = set(made.cases.loc[pd.to_datetime(made.cases["day"]).dt.month == 9, "inference_id"])
    runs = made.cases[["inference_id", "day"]].assign(version=None, config_digest=None, embedded=True)  # fmt: skip
    of = replace(made, runs=runs, embeddings=lambda chosen: [[0.5] * (4 + (run in last)) for run in chosen])  # fmt: skip
    (said,) = [v for v in drift.watch(of) if v.metric == "embedding"]
    assert (said.answer, said.matter) == (Answer.SHIFTED, "version")
    assert "embeddings have 4 and 5 numbers" in said.sentence
