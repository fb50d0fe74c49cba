"""A page shows what it declares, declares what it shows, and reads no case."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session

from backend.clock import now
from backend.database import raw, unit_of_work
from backend.web.accounts import AccountsPage
from backend.web.refusing import RefusedPage
from backend.web.signing_in import SignInPage
from dashboards.pages.adjudication import AdjudicationPage, AuditPage
from dashboards.pages.ai_act import AiActPage
from dashboards.pages.analyses import AnalysesPage
from dashboards.pages.charts import ChartsPage
from dashboards.pages.deployment import DeploymentPage, deployment_page
from dashboards.pages.dossiers import DossiersPage, dossiers_page
from dashboards.pages.due_diligence import DueDiligencePage
from dashboards.pages.entering import EnteringPage
from dashboards.pages.held import HeldPage
from dashboards.pages.inbox import InboxPage
from dashboards.pages.intended_use import IntendedUsePage
from dashboards.pages.label_change import LabelChangePage
from dashboards.pages.lifecycle import LifecyclePage
from dashboards.pages.plan import PlanPage
from dashboards.pages.records import RecordsPage
from dashboards.pages.register import RegisterPage, register_page
from dashboards.pages.register_entry import (
    RegisterEntryPage,
    register_entry_page,
)
from dashboards.pages.rendering import TEMPLATES, Frame, render
from dashboards.pages.review import ReviewPage
from dashboards.pages.shown import as_json, meanings
from dashboards.pages.signal import SignalPage
from dashboards.pages.signal_cases import SignalCasesPage
from dashboards.pages.validations import ValidationsPage
from dashboards.pages.watch import WatchPage, watch_page
from demo.sources import REGISTER
from register import catalogue
from surveillance import cycle
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.identifiability import NEEDS_AUDIT
from surveillance.intake.batch import import_batch
from surveillance.measurement import Measurement, latest_measurement
from surveillance.monitors.verdict import standing
from surveillance.provenance import batches
from surveillance.view import UnknownFinding
from tests.batches import STUDY, write

CT, ICH = "ctbrain-north-ed", "intracranial_haemorrhage"
PAGES: dict[str, type] = {
    "watch.html": WatchPage,
    "deployment.html": DeploymentPage,
    "analyses.html": AnalysesPage,
    "validations.html": ValidationsPage,
    "lifecycle.html": LifecyclePage,
    "review.html": ReviewPage,
    "held.html": HeldPage,
    "inbox.html": InboxPage,
    "register.html": RegisterPage,
    "register_entry.html": RegisterEntryPage,
    "intended_use.html": IntendedUsePage,
    "ai_act.html": AiActPage,
    "due_diligence.html": DueDiligencePage,
    "dossiers.html": DossiersPage,
    "sign_in.html": SignInPage,
    "adjudication.html": AdjudicationPage,
    "adjudication_case.html": AuditPage,
    "refused.html": RefusedPage,
    "accounts.html": AccountsPage,
    "entering.html": EnteringPage,
    "label_change.html": LabelChangePage,
    "records.html": RecordsPage,
    "signal.html": SignalPage,
    "charts.html": ChartsPage,
    "plan.html": PlanPage,
    "signal_cases.html": SignalCasesPage,
}
FRAME = Frame(title="Test", place="watch", person="Ada", role="auditor", token="t")
OF_CASES = ("judged_case", "judged_read", "study", "outcome", "clinical_report", "follow_up")


@pytest.fixture
def session(demo_database_url: str) -> Iterator[Session]:
    with unit_of_work(demo_database_url, by="test") as found:
        yield found


@pytest.fixture
def at() -> datetime:
    return now()


@pytest.mark.parametrize("template", PAGES)
def test_a_template_uses_the_fields_that_its_page_declares(template: str) -> None:
    """No field is shown undeclared, and none is declared for nothing."""
    used = set(re.findall(r"\bpage\.(\w+)", (TEMPLATES / template).read_text(encoding="utf-8")))
    assert used == set(meanings(PAGES[template]))


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.__name__)
def test_every_field_says_what_it_means(page: type) -> None:
    """A field without a meaning is shown to nobody."""
    assert all(meanings(page).values())


def test_watch_has_a_row_a_deployment_and_finding(session: Session, at: datetime) -> None:
    """Simulated and real deployments stand there, told apart by their badge."""
    page = watch_page(session, at=at)
    assert {row.deployment: row.origin.word for row in page.rows} == {
        "ctbrain-north-ed": "SIMULATED",
        "ptx-north-xr": "SIMULATED",
        "nodule-south": "SIMULATED",
        "mammo-south": "SIMULATED",
        "cytology-lab": "REAL, dates simulated",
    }
    assert {s.deployments for s in page.sources} == {
        (CT, "ptx-north-xr"), ("nodule-south",), ("mammo-south",), ("cytology-lab",),
    }  # fmt: skip


def test_watch_tells_use_outside_the_indication(session: Session, at: datetime) -> None:
    """How many of the studies received were not in scope, and what kept most of them out."""
    measured = latest_measurement(session, CT, ICH)
    assert measured is not None
    flow = measured.content["flow"]
    scope = next(row for row in watch_page(session, at=at).rows if row.deployment == CT).scope
    assert scope is not None
    assert scope.outside == flow["out_of_scope"] + flow["undeterminable"]
    assert scope.share == f"{100 * scope.outside / flow['received']:.1f} %"
    assert scope.reasons[0][0] == "manufacturer"
    assert "slice thickness missing" in dict(scope.reasons)
    page = deployment_page(session, CT, ICH, at=at)
    assert any(said.startswith("Optima CT660 sent ") for said in page.statements)


def test_imports_that_changed_nothing_are_counted_only(session: Session, at: datetime) -> None:
    """The same batch again is no row of its own, and what it brought stays told."""
    first = next(batch for batch in batches(session, at) if batch.source == "hospital")
    again = {name: {**c, "accepted": 0, "unchanged": c["read"]} for name, c in first.counts.items()}
    session.add(EvidenceBatch(**{**first.model_dump(exclude={"id"}), "counts": again}))
    session.flush()
    found = [s for s in watch_page(session, at=now()).sources if s.title == first.title]
    session.rollback()
    assert [(s.unchanged, s.deployments) for s in found] == [(1, (CT, "ptx-north-xr"))]
    assert "studies" in found[0].brought


def test_a_source_that_sends_every_night_does_not_fill_the_page(
    session: Session, at: datetime
) -> None:
    """The last three imports stand one by one, the last of them with how many came before."""
    first = next(batch for batch in batches(session, at) if batch.source == "hospital")
    for _ in range(9):
        session.add(EvidenceBatch(**first.model_dump(exclude={"id"})))
    session.flush()
    found = [s for s in watch_page(session, at=now()).sources if s.title == first.title]
    session.rollback()
    assert [s.earlier for s in found] == [0, 0, 7]


def test_watch_says_that_a_figure_cannot_speak_for_all_cases(
    session: Session, at: datetime
) -> None:
    """Where the deployment's page calls a figure not identifiable, so does Watch."""
    measured = latest_measurement(session, CT, ICH)
    assert measured is not None
    content = {**measured.content, "corrected": None, "reason": NEEDS_AUDIT}
    session.add(Measurement(**{**measured.model_dump(exclude={"id"}), "content": content}))
    session.flush()
    watch = render("watch.html", watch_page(session, at=at), FRAME)
    page = deployment_page(session, CT, ICH, at=at)
    deployment = render("deployment.html", page, FRAME)
    session.rollback()
    for told in (watch, deployment):
        assert told.count("Not identifiable for all cases") == 2
    assert page.confusion is not None
    assert {v.stands for v in page.confusion.values} == {"raw: not identifiable for all cases"}


def test_readers_of_a_study_are_shown_without_any_clinical_report(
    session: Session, at: datetime
) -> None:
    """Each reader has a row with what was left open, and both pages say that no report is clinical."""
    measured = latest_measurement(session, "cytology-lab", "breast_malignancy")
    assert measured is not None
    read = measured.content["agreement"]
    counts = {**read["counts"], "both_negative": 7, "indeterminate": 5}
    readers = {name: {"counts": counts, "kappa": read["kappa"]} for name in ("A", "B")}
    content = {**measured.content, "agreement": {**read, "study_readers": readers}}
    session.add(Measurement(**{**measured.model_dump(exclude={"id"}), "content": content}))
    session.flush()
    page = deployment_page(session, "cytology-lab", None, at=at)
    row = next(r for r in watch_page(session, at=at).rows if r.deployment == "cytology-lab")
    session.rollback()
    assert [(r.name, r.counts) for r in page.study_readers] == [
        ("Reader A", (0, 0, 0, 7, 5)), ("Reader B", (0, 0, 0, 7, 5)),
    ]  # fmt: skip
    html = render("deployment.html", page, FRAME)
    assert "No clinical reports; 2 readers of a study." in html
    assert "Indeterminate" in html
    assert (row.kappa, row.study_readers) == (None, 2)


def test_studies_without_any_output_are_told(database_url: str, tmp_path: Path) -> None:
    """Stored studies are judged by the scope, counted on both pages, and not called no evidence."""
    start = datetime(2026, 2, 1, tzinfo=UTC)
    thick = {**STUDY, "study_instance_uid": "1.2.4", "slice_thickness": "9"}
    with unit_of_work(database_url, by="t") as session:
        form = catalogue.read(REGISTER / "ctbrain-triage.yaml")
        catalogue.record(session, form, by="t", at=start)
        folder = write(tmp_path / "batch", studies=[STUDY, thick])
        import_batch(raw(session), folder, key=b"secret", by="t", at=start, time_zone=None)
        cycle.run(session, raw(session), as_of=datetime(2026, 6, 1, tzinfo=UTC))
    with unit_of_work(database_url, by="t") as session:
        (row,) = watch_page(session, at=now()).rows
        page = deployment_page(session, CT, None, at=now())
    for badge, scope in ((row.origin, row.scope), (page.origin, page.tried)):
        assert badge.word == "No output yet"
        assert scope is not None
        assert (scope.received, scope.in_scope) == (2, 1)
        assert scope.reasons == (("slice thickness", 1),)
    assert "No output of the algorithm yet." in render("deployment.html", page, FRAME)


def test_a_clearance_that_ends_soon_is_told_on_watch(session: Session) -> None:
    """Half a year before the end, and after it, the row says so; while it holds for longer, nothing."""
    told = {
        day: next(
            r.clearance
            for r in watch_page(session, at=datetime(*day, tzinfo=UTC)).rows
            if r.deployment == CT
        )
        for day in ((2026, 12, 1), (2027, 9, 1), (2027, 12, 1))
    }
    assert [badge and badge.word for badge in told.values()] == [
        None, "Clearance ends soon", "Clearance expired",
    ]  # fmt: skip


def test_a_claim_is_told_as_it_was_stated(session: Session, at: datetime) -> None:
    """A claim of 0.925 is 0.925 on the card, in the sentence, in the rule and in the register."""
    page = deployment_page(session, "cytology-lab", None, at=at)
    entry = register_entry_page(session, "cytology-classifier", at=at)
    said = next(v for v in page.verdicts if v.question == "Performance: sensitivity")
    for told in (
        render("deployment.html", page, FRAME),
        render("register_entry.html", entry, FRAME),
        said.sentence,
        said.rule,
    ):
        assert "0.925" in told
        assert "0.93 " not in told


def test_watch_shows_the_measured_figures(session: Session, at: datetime) -> None:
    """Raw and corrected figures are those of the last measurement, and the corrected one is judged."""
    measured = latest_measurement(session, CT, ICH)
    assert measured is not None
    row = next(row for row in watch_page(session, at=at).rows if row.deployment == CT)
    for metric in row.metrics:
        raw = measured.content["performance"][metric.metric]
        other = measured.content["corrected"][metric.metric]
        assert (metric.raw.estimate, metric.raw.n) == (raw["estimate"], raw["n"])
        assert metric.corrected
        assert (metric.corrected.lower, metric.corrected.upper) == (other["lower"], other["upper"])
        assert metric.judged == "corrected"
    flow = measured.content["flow"]
    assert (row.matured, row.pending, row.failed) == (
        flow["matured"],
        flow["pending"],
        flow["failed"],
    )
    assert row.kappa is not None
    assert row.kappa.estimate == measured.content["agreement"]["kappa"]["estimate"]


def test_a_signal_says_why_and_what_to_do(session: Session, at: datetime) -> None:
    """The fault that was put into the simulation rings, with a sentence, an action and a link."""
    signals = watch_page(session, at=at).signals
    assert any(
        "98.3 % interval for 3 scanner models at once" in signal.sentence for signal in signals
    )
    assert all(signal.action and signal.number for signal in signals)


def test_a_deployment_shows_the_flow_that_adds_up(session: Session, at: datetime) -> None:
    """What is left of a step and what left it are the step before."""
    flow = deployment_page(session, CT, None, at=at).flow
    for step, following in pairwise(flow):
        assert step.n == following.n + sum(n for _, n in step.left)


def test_a_deployment_keeps_agreement_off_the_axes_of_performance(
    session: Session, at: datetime
) -> None:
    """Kappa is drawn in a chart of its own and sensitivity in none of those."""
    page = deployment_page(session, CT, ICH, at=at)
    assert [chart.key for chart in page.performance_charts] == [
        "sensitivity-by-month",
        "specificity-by-month",
    ]
    assert [chart.key for chart in page.agreement_charts] == ["agreement-by-month"]
    names = [series["name"] for chart in page.performance_charts for series in chart.plot["data"]]
    assert not any("kappa" in name for name in names)


def test_a_deployment_pins_what_changed(session: Session, at: datetime) -> None:
    """The outage and the new scanner of the simulation are numbered and described, and when it first sent."""
    kinds = [event.kind for event in deployment_page(session, CT, ICH, at=at).events]
    assert kinds == ["Outage", "Scanner installed", "Scanner seen"]


def test_a_deployment_shows_every_verdict(session: Session, at: datetime) -> None:
    """Each verdict that stands is on the page, what rang first."""
    page = deployment_page(session, CT, ICH, at=at)
    assert len(page.verdicts) == len(standing(session, CT))
    assert page.verdicts[0].badge.word == "Below claim"


def test_real_cases_with_simulated_dates_say_so(session: Session, at: datetime) -> None:
    """The course over time of such a source is marked as meaning nothing, and not joined by a line."""
    page = deployment_page(session, "cytology-lab", None, at=at)
    assert page.dates_made_up
    assert page.performance_charts[0].plot["data"][0]["mode"] == "markers"
    assert page.agreement_charts == ()


def test_a_finding_it_is_not_cleared_for_is_refused(session: Session, at: datetime) -> None:
    """The sentence names the findings there are."""
    with pytest.raises(UnknownFinding, match=ICH):
        deployment_page(session, CT, "scoliosis", at=at)


def test_dossiers_name_every_file_of_the_manifest(session: Session, at: datetime) -> None:
    """PDF, JSON, manifest and annex of both documents, with their hashes."""
    rows = dossiers_page(session, at=at).rows
    assert {row.kind for row in rows} == {"PMCF evidence pack", "Annual scope review"}
    for row in rows:
        assert [file.label for file in row.documents] == ["PDF", "JSON", "Manifest"]
        assert all(len(file.sha256) == 64 for file in (*row.documents, *row.annex))
        assert row.state == "Draft"


def test_no_page_reads_a_case(session: Session, at: datetime) -> None:
    """A page costs the same with ten cases or a hundred million: it reads what was counted already."""
    asked: list[str] = []
    connection = session.connection()

    def listen(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(connection, "before_cursor_execute", listen)
    watch_page(session, at=at)
    deployment_page(session, CT, ICH, at=at)
    register_page(session, at=at)
    register_entry_page(session, "ctbrain-triage", at=at)
    dossiers_page(session, at=at)
    event.remove(connection, "before_cursor_execute", listen)
    assert asked
    by_key = "FROM quarantined_row"  # looks up the key of each waiting row, and nothing else
    reads = [s for s in asked if by_key not in s]
    assert [s for s in reads if re.search(rf"\b(FROM|JOIN) ({'|'.join(OF_CASES)})\b", s)] == []


def test_an_empty_installation_says_what_to_do(database_url: str, at: datetime) -> None:
    """Watch and Register link the pages on which to go on; nothing breaks for want of data."""
    with unit_of_work(database_url, by="test") as session:
        watch, register = watch_page(session, at=at), register_page(session, at=at)
        dossiers = dossiers_page(session, at=at)
    assert 'page <a href="/">Watch</a>' in render("watch.html", watch, FRAME)
    assert 'page <a href="/enter">Enter</a>' in render("register.html", register, FRAME)
    assert "catamnesis dossier build" in render("dossiers.html", dossiers, FRAME)
    assert as_json(watch)["rows"] == []
