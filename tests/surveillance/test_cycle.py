"""The cycle: incremental equals anew, tallies add up, signals ring once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlmodel import select

from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.task import open_tasks
from surveillance import cycle
from surveillance.figures import performance_of
from surveillance.handling import SETTLED, take_step
from surveillance.measurement import (
    Analysis,
    keep_analyses,
    latest_analyses,
    latest_measurement,
)
from surveillance.monitors.verdict import Answer, StoredVerdict, Verdict, standing, store
from surveillance.signals import behind, open_signals, raise_signals
from surveillance.tallies import COUNTS
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write

KEY, FINDING = "ctbrain-north-ed", "intracranial_haemorrhage"


def _hospital(n: int, start: int = 0) -> dict[str, list[dict[str, str]]]:
    """n studies on consecutive days; every third positive, every fourth missed by the algorithm."""
    files: dict[str, list[dict[str, str]]] = {
        "studies": [],
        "inferences": [],
        "reports": [],
        "outcomes": [],
    }
    for i in range(start, start + n):
        day = datetime(2025, 12, 1, 10, tzinfo=UTC) + timedelta(days=i % 40)
        uid, at = f"1.{i}", day.isoformat()
        truth = "positive" if i % 3 == 0 else "negative"
        files["studies"].append(
            {**STUDY, "study_instance_uid": uid, "patient_id": f"P{i}", "study_datetime": at}
        )
        files["inferences"].append(
            {**INFERENCE, "inference_id": f"I{i}", "study_instance_uid": uid, "completed_at": at,
             "score": "0.9" if (i % 3 == 0) != (i % 4 == 0) else "0.1"}
        )  # fmt: skip
        files["reports"].append(
            {**REPORT, "report_id": f"R{i}", "study_instance_uid": uid, "call": truth}
        )
        files["outcomes"].append(
            {**OUTCOME, "outcome_id": f"O{i}", "patient_id": f"P{i}", "value": truth,
             "evidence": "adjudication_panel", "occurred_at": (day + timedelta(days=2)).isoformat()}
        )  # fmt: skip
    return files


def _run(url: str, as_of: datetime) -> cycle.CycleDone:
    with unit_of_work(url, by="t") as session:
        return cycle.run(session, raw(session), as_of=as_of)


def _stored(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as pg:
        return {
            table: pg.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall()
            for table in ("judged_case", "judged_read", "tally")
        }


def _verdicts_given(url: str) -> int:
    with psycopg.connect(url) as pg:
        return len(pg.execute("SELECT FROM verdict").fetchall())


def test_a_cycle_in_steps_ends_where_one_from_scratch_ends(
    take, registered: str, tmp_path: Path
) -> None:
    """Judging only the touched days gives the same cases and tallies as judging all of them."""
    files = _hospital(60)
    late = {**files["outcomes"][3], "value": "positive"}
    take(write(tmp_path / "a", studies=files["studies"], inferences=files["inferences"]))
    _run(registered, datetime(2026, 2, 2, tzinfo=UTC))
    take(write(tmp_path / "b", reports=files["reports"], outcomes=files["outcomes"][:30]),
         at=datetime(2026, 3, 1, tzinfo=UTC))  # fmt: skip
    _run(registered, datetime(2026, 3, 2, tzinfo=UTC))
    moved = {**files["studies"][5], "study_datetime": "2025-12-31T10:00:00+00:00"}
    take(write(tmp_path / "c", studies=[moved], outcomes=[late, *files["outcomes"][30:]]),
         at=datetime(2026, 4, 1, tzinfo=UTC))  # fmt: skip
    stepwise = _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    in_steps = _stored(registered)
    with psycopg.connect(registered) as pg:
        for table in ("judged_case", "judged_read", "tally"):
            pg.execute(f"DELETE FROM {table}")
        pg.execute("ALTER TABLE cycle DISABLE TRIGGER ALL")
        pg.execute("DELETE FROM cycle")
        pg.execute("ALTER TABLE cycle ENABLE TRIGGER ALL")
    anew = _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    assert _stored(registered) == in_steps
    assert stepwise.judged[KEY]["days"] < anew.judged[KEY]["days"]


def test_nothing_new_means_nothing_judged(take, registered: str, tmp_path: Path) -> None:
    """A cycle without new evidence touches no day and gives no new verdict; a day later it looks whether a feed is silent."""
    take(write(tmp_path / "a", **_hospital(20)))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    before, given = _stored(registered), _verdicts_given(registered)
    at_noon = _run(registered, datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert (at_noon.judged[KEY]["days"], at_noon.verdicts) == (0, 0)
    day_later = _run(registered, datetime(2026, 6, 2, tzinfo=UTC))
    assert day_later.judged[KEY]["days"] == 0
    assert day_later.verdicts > 0
    assert (_stored(registered), _verdicts_given(registered)) == (before, given)


def test_new_evidence_touches_only_its_days(take, registered: str, tmp_path: Path) -> None:
    """A late outcome has its patient's study days judged again and no other."""
    files = _hospital(40)
    take(write(tmp_path / "a", **{**files, "outcomes": files["outcomes"][1:]}))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    take(write(tmp_path / "b", outcomes=files["outcomes"][:1]), at=datetime(2026, 6, 2, tzinfo=UTC))
    done = _run(registered, datetime(2026, 6, 3, tzinfo=UTC))
    assert (done.judged[KEY]["days"], done.judged[KEY]["cases"]) == (1, 1)


def _edit(url: str, folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Record the entry of the head CT algorithm with a change."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    change(written)
    (folder / "entry.yaml").write_text(yaml.safe_dump(written, sort_keys=False))
    with unit_of_work(url, by="t") as session:
        form = catalogue.read(folder / "entry.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 6, 2, tzinfo=UTC))


def test_a_changed_register_has_every_day_judged_again(
    take, registered: str, tmp_path: Path
) -> None:
    """Another threshold means other calls: all days are judged anew."""
    take(write(tmp_path / "a", **_hospital(40)))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    _edit(registered, tmp_path, lambda entry: entry["deployments"][0].update(threshold=0.95))
    done = _run(registered, datetime(2026, 6, 3, tzinfo=UTC))
    assert done.judged[KEY]["days"] == 40


def test_an_edited_claim_is_held_against_what_is_stored(
    take, registered: str, tmp_path: Path
) -> None:
    """No case is judged again; there is a new verdict with the new limit, and the old one keeps the limit it was given."""
    take(write(tmp_path / "a", **_hospital(120)))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    before = _stored(registered)
    claims = lambda entry: entry["algorithm"]["clearances"][0]["indications"][0]["claims"]  # noqa: E731

    def edited(entry: dict[str, Any]) -> None:
        claims(entry)[0].update(value=0.70)
        entry["effective_from"] = "2026-06-02"

    _edit(registered, tmp_path, edited)
    done = _run(registered, datetime(2026, 6, 2, 1, tzinfo=UTC))
    assert (done.judged[KEY]["days"], _stored(registered)) == (0, before)
    with unit_of_work(registered, by="t") as session:
        given = session.exec(
            select(StoredVerdict)
            .where(StoredVerdict.cause == f"{KEY}|{FINDING}|performance|sensitivity||")
            .order_by(StoredVerdict.id)
        )
        assert [stored.verdict().threshold for stored in given] == pytest.approx([0.87, 0.65])


def test_what_was_settled_is_looked_at_in_the_next_cycle(
    take, registered: str, tmp_path: Path
) -> None:
    """Also on the same day and without new evidence; after that there is nothing to look at again."""
    take(write(tmp_path / "a", **_hospital(20)))
    at = datetime(2026, 6, 1, 8, tzinfo=UTC)
    _run(registered, at)
    with unit_of_work(registered, by="t") as session:
        rung = Verdict(deployment=KEY, finding=FINDING, monitor="charts", metric="failure", answer=Answer.SHIFTED, rule="r", sentence="s", action="a")  # fmt: skip
        raise_signals(session, store(session, [rung], as_of=at), as_of=at)
        (signal,) = [s for s in open_signals(session, KEY) if "charts" in s.cause]
        take_step(session, signal.id or 0, SETTLED, reason="Mended.", by="l", name="L", role="clinical_lead", at=at + timedelta(hours=1))  # fmt: skip
    assert _run(registered, at + timedelta(hours=2)).verdicts > 0
    assert _run(registered, at + timedelta(hours=3)).verdicts == 0


def test_a_cycle_does_not_go_back(registered: str) -> None:
    """Figures of an earlier date are asked for, not cycled to."""
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(cycle.CycleBehind, match="The last cycle was as of 2026-06-01"):
        _run(registered, datetime(2026, 5, 1, tzinfo=UTC))


def test_a_scanner_that_began_to_send_is_a_recorded_change_in_the_same_cycle(
    take, registered: str, tmp_path: Path
) -> None:
    """What is compared around a change does not alter in a cycle that brings nothing new."""
    first = datetime(2026, 1, 1, 10, tzinfo=UTC)
    files = _hospital(0)
    for n in range(150):
        day = first + timedelta(days=n)
        model = "NEW" if n >= 120 else "OLD"
        files["studies"].append(
            {**STUDY, "study_instance_uid": f"1.{n}", "patient_id": f"P{n}", "study_datetime": day.isoformat(), "manufacturer_model_name": model}
        )  # fmt: skip
        files["inferences"].append(
            {**INFERENCE, "inference_id": f"I{n}", "study_instance_uid": f"1.{n}", "completed_at": day.isoformat()}
        )  # fmt: skip
    at = first + timedelta(days=160)
    take(write(tmp_path / "b", studies=files["studies"], inferences=files["inferences"]), at=at)
    found = []
    for later in range(2):
        _run(registered, at + timedelta(days=later))
        with unit_of_work(registered, by="t") as session:
            found.append(latest_analyses(session, KEY, FINDING)["changes"].content)
    assert [change["changes"][0]["kind"] for change in found[0]["changes"]] == ["scanner_seen"]
    assert found[0] == found[1]


def test_tallies_add_up(demo_database_url: str) -> None:
    """In every stratum the counts over all levels are those of the day as a whole."""
    sums = ", ".join(f"sum({name})" for name in COUNTS)
    with psycopg.connect(demo_database_url) as pg:
        whole = pg.execute(
            f"SELECT deployment, finding, day, {sums} FROM tally WHERE by = '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
        strata = [row[0] for row in pg.execute("SELECT DISTINCT by FROM tally WHERE by <> ''")]
        assert len(strata) > 8
        for by in strata:
            parts = pg.execute(
                f"SELECT deployment, finding, day, {sums} FROM tally WHERE by = %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                [by],
            ).fetchall()
            assert parts == whole, by


def test_tallies_agree_with_the_figures_derived_from_evidence(demo_database_url: str) -> None:
    """What pages add up from tallies is what the command line derives from the evidence."""
    with unit_of_work(demo_database_url, by="t") as session:
        stored = latest_measurement(session, KEY, FINDING)
        assert stored is not None
        derived = performance_of(
            session, raw(session), KEY, finding=FINDING, first=None, last=None, as_of=stored.as_of
        )
        row = (
            raw(session)
            .execute(
                "SELECT sum(received), sum(in_scope), sum(out_of_scope), sum(undeterminable), sum(processed), "
                "sum(failed), sum(tp) FILTER (WHERE mature), sum(fp) FILTER (WHERE mature), "
                "sum(fn) FILTER (WHERE mature), sum(tn) FILTER (WHERE mature) "
                "FROM (SELECT *, matures_on <= %s::date AS mature FROM tally WHERE deployment = %s AND by = '') t",
                [stored.as_of, KEY],
            )
            .fetchone()
        )
    flow, counts = derived["flow"], derived["counts"]
    assert row is not None
    assert [int(value) for value in row] == [
        *(
            flow[n]
            for n in (
                "received",
                "in_scope",
                "out_of_scope",
                "undeterminable",
                "processed",
                "failed",
            )
        ),
        *(counts[n] for n in ("tp", "fp", "fn", "tn")),
    ]
    assert {name: stored.content[name] for name in derived if name != "strata"} == {
        name: value for name, value in derived.items() if name != "strata"
    }


def test_the_fault_put_into_the_simulated_scanner_is_found(demo_database_url: str) -> None:
    """The sensitivity that fell on one scanner and what readers made of it, the uncleared scanner, the children and the outage: each is told once."""
    with unit_of_work(demo_database_url, by="t") as session:
        breached = [v for v in standing(session, KEY) if v.answer == "breached"]
        signals = open_signals(session, KEY)
        rang = [(v.monitor, v.level) for v in (s.verdict() for s in behind(session, signals[0]))]
    assert [(v.metric, v.level) for v in breached] == [("sensitivity", "SOMATOM Force")]
    assert sorted(signal.cause.partition("|")[2] for signal in signals) == [
        "failure", "intracranial_haemorrhage: agreement", "intracranial_haemorrhage: sensitivity",
        "intracranial_haemorrhage: use outside the indication", "scanner Aquilion ONE",
    ]  # fmt: skip
    fell = next(signal for signal in signals if signal.cause == breached[0].about)
    assert "SOMATOM Force" in fell.sentence
    assert rang == [("performance", "SOMATOM Force"), ("charts", "73211"), ("charts", "")]
    sent = next(s for s in signals if s.cause.endswith("use outside the indication"))
    assert "What keeps out more than before is patient age (" in sent.sentence
    came = next(signal for signal in signals if "|scanner " in signal.cause)
    assert came.sentence.startswith("New scanner model Aquilion ONE: ")
    assert "none of them within the indication" in came.sentence
    assert "name it among the deployment's scanners" in came.action


def test_a_new_scanner_calls_for_its_validation_at_once(demo_database_url: str) -> None:
    """Though it was taken over and nobody named the model: one task, whose owner leads the oversight."""
    with unit_of_work(demo_database_url, by="t") as session:
        (called,) = [t for t in open_tasks(session) if t.kind == "equipment_validation"]
    assert called.deployment == KEY
    assert called.sentence.startswith("New scanner model Aquilion ONE: ")
    assert "No local validation of ctbrain-north-ed knows it: validate it there, or stop the routing" in called.sentence  # fmt: skip
    assert called.owner


def test_a_scanner_that_cannot_be_judged_is_told(demo_database_url: str) -> None:
    """A scanner without slice thickness is in no figure, and the verdict connects the two; it does not ring."""
    with unit_of_work(demo_database_url, by="t") as session:
        (told,) = [v for v in standing(session, KEY) if v.level == "Optima CT660"]
    assert told.answer == "described"
    assert "undeterminable: slice thickness missing" in told.sentence


def test_the_harmless_deployments_do_not_ring(demo_database_url: str) -> None:
    """A release that changes nothing and a small shadow run raise no signal."""
    with unit_of_work(demo_database_url, by="t") as session:
        assert open_signals(session, "ptx-north-xr") == []
        assert open_signals(session, "cytology-lab") == []


def test_a_monitor_that_breaks_rings(take, registered: str, tmp_path: Path, monkeypatch) -> None:
    """A monitor that cannot look gives the verdict *broken*, which opens a signal of its own."""

    def fail(_: object) -> None:
        raise ZeroDivisionError("no denominator")

    monkeypatch.setitem(cycle.MONITORS, "drift", fail)
    take(write(tmp_path / "a", **_hospital(10)))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    with unit_of_work(registered, by="t") as session:
        assert "ZeroDivisionError: no denominator" in open_signals(session, KEY)[0].sentence


def test_no_claim_is_met_by_figures_of_those_who_were_looked_at(
    registered: str, take: Any, tmp_path: Path
) -> None:
    """Verification of positives only: raw sensitivity is 1.00, and the verdict is that nothing is shown."""
    files = _hospital(120)
    missed = {r["study_instance_uid"] for r in files["inferences"] if r["score"] == "0.1"}
    files["outcomes"] = [o for o in files["outcomes"] if f"1.{o['outcome_id'][1:]}" not in missed]
    take(write(tmp_path / "b", **files))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    with unit_of_work(registered, by="t") as session:
        (said,) = [
            v
            for v in standing(session, KEY)
            if v.monitor == "performance" and v.metric == "sensitivity" and not v.by
        ]
    assert said.estimate == 1
    assert said.answer == "not_shown"
    assert "Not identifiable" in said.sentence


def test_an_investigation_that_arrives_later_renews_the_analysis(
    registered: str, take: Any, tmp_path: Path
) -> None:
    """Nothing else changed: over-reading is answered anew."""
    take(write(tmp_path / "a", **_hospital(30)))
    _run(registered, datetime(2026, 6, 1, tzinfo=UTC))
    row = {"investigation_id": "V1", "patient_id": "P0", "finding": FINDING, "kind": "mri", "trigger": "ai",
           "performed_at": "2025-12-03T10:00:00+00:00"}  # fmt: skip
    take(write(tmp_path / "b", investigations=[row]), at=datetime(2026, 6, 2, tzinfo=UTC))
    with unit_of_work(registered, by="t") as session:
        assert "over_reading" not in latest_analyses(session, KEY, FINDING)
    _run(registered, datetime(2026, 6, 3, tzinfo=UTC))
    with unit_of_work(registered, by="t") as session:
        assert latest_analyses(session, KEY, FINDING)["over_reading"].content["investigations"] == 1


def test_a_question_that_no_longer_arises_has_no_answer(registered: str) -> None:
    """The last answer stays in the record and is not shown as one of today."""
    at = datetime(2026, 6, 1, tzinfo=UTC)
    with unit_of_work(registered, by="t") as session:
        keep_analyses(session, KEY, FINDING, {"episodes": {"studies": 1}}, as_of=at)
        keep_analyses(session, KEY, FINDING, {"episodes": {"studies": 1}}, as_of=at)
        assert latest_analyses(session, KEY, FINDING)["episodes"].content == {"studies": 1}
        keep_analyses(session, KEY, FINDING, {}, as_of=at)
        assert latest_analyses(session, KEY, FINDING) == {}
        session.flush()
        assert len(session.exec(select(Analysis)).all()) == 2
