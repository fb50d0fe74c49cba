"""A monitoring plan on its page: added up while it is written, tried, and put in force by a signature."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from httpx import Client, Response

from backend.clock import now
from backend.database import unit_of_work
from dashboards.pages.plan import written_plan
from register.deployment import Deployment
from register.revision import revise
from register.stop_rules import stop_rules
from register.task import open_once, open_tasks
from surveillance.monitors.chart_record import DrawnChart, LockedReference
from surveillance.reference_window import call_for_signatures
from surveillance.view import view
from tests.journeys.served import token_in

KEY = "ctbrain-north-ed"
PLACE = f"/deployments/{KEY}/plan"
RULES = {"watch-0": "sensitivity", "watch-3": "agreement", "detect-3": "0.08", "action-0": "Call the lead."}  # fmt: skip
Come = Callable[..., str]


def send(pages: Client, act: str, **fields: str) -> Response:
    form = {"act": act, "token": token_in(pages.get(PLACE).text)}
    return pages.post(PLACE, data={**form, **RULES, **fields})


def worked_out(pages: Client, **fields: str) -> dict[str, Any]:
    form = {"act": "add up", "token": token_in(pages.get(PLACE).text), **RULES, **fields}
    said = pages.post(PLACE, data=form, headers={"Accept": "application/json"})
    found: dict[str, Any] = said.json()
    return found


def test_the_default_plan_is_spelt_out_with_its_budget(come_as: Come, pages: Client) -> None:
    """What an entry without rules is watched by, each rule with its charts and share; nobody has signed it."""
    come_as("auditor")
    page = pages.get(PLACE, headers={"Accept": "application/json"}).json()
    assert page["total"] == "0.916"
    assert sum(float(r["gets"]) for r in page["rows"] if r["charts"]) == pytest.approx(0.916, abs=0.01)  # fmt: skip
    assert page["in_force"] is None
    assert [(name, rate) for name, _, rate in page["beside"]] == [
        ("drift", "0.084"), ("performance", "not stated"), ("stop rule", "0"), ("equipment", "0"),
    ]  # fmt: skip
    assert page["whole"] == "1"
    assert "a compliance officer or clinical lead activates" in page["hindered"].lower()


def test_shares_add_up_while_the_plan_is_written(come_as: Come, pages: Client) -> None:
    """Agreement keeps two charts and so takes two thirds; drift and what a rule claims are taken off first; too much is refused by its place."""
    come_as("clinical_lead")
    page = worked_out(pages)
    assert [(r["charts"], r["gets"]) for r in page["rows"][:2]] == [(1, "0.305"), (2, "0.611")]
    claimed = worked_out(pages, **{"false_alarms_per_year-0": "0.8", "budget": "2"})
    assert [r["gets"] for r in claimed["rows"][:2]] == ["0.8", "1.12"]
    assert claimed["total"] == "1.92"
    over = worked_out(pages, **{"false_alarms_per_year-0": "3"})
    assert "they claim 3 of 1 false alarms a year" in over["problem"]
    assert over["rows"][0]["values"]["false_alarms_per_year"] == "3"
    assert "rules.1: detect is 'much'" in worked_out(pages, **{"detect-3": "much"})["problem"]
    one_day = worked_out(pages, **{"from": "2026-01-01"})["problem"]
    assert one_day.startswith(
        "reference window: from is 2026-01-01 and to is empty; give both days"
    )


def test_what_applies_as_usual_is_shown_where_nothing_is_written(
    come_as: Come, pages: Client
) -> None:
    """Sensitivity rings of a tenth lost where the row states nothing; what a row states stands in its field."""
    come_as("clinical_lead")
    form = {"act": "add up", "token": token_in(pages.get(PLACE).text), **RULES}
    rows = pages.post(PLACE, data=form).text.split("<tr>")
    (sensitivity,) = [row for row in rows if 'name="detect-0"' in row]
    assert 'value="" placeholder="0.1"' in sensitivity
    assert ">as usual (lower)</option>" in sensitivity
    (agreement,) = [row for row in rows if 'name="detect-1"' in row]
    assert 'value="0.08" placeholder="0.05"' in agreement
    assert ">as usual (either)</option>" in agreement


def test_a_plan_is_put_in_force_by_a_signature_and_keeps_what_the_form_does_not_hold(
    come_as: Come, pages: Client, registered: str
) -> None:
    """Tried first (here there is no history yet); then a new revision with its rules, stop rules kept, and the signature shown."""
    with unit_of_work(registered, by="t") as session:
        before = view(session, KEY).entry.monitoring
    password = come_as("clinical_lead")
    tried = send(pages, "try")
    assert "there are no cases" in tried.text
    assert "Put it in force as it was tried" in tried.text
    assert "Your password" in tried.text
    refused = send(pages, "put in force", reason="As agreed on the board", password="wrong")
    assert refused.status_code == 403
    assert "As agreed on the board" in refused.text
    done = send(pages, "put in force", reason="As agreed on the board", password=password)
    assert done.status_code == 303, done.text
    with unit_of_work(registered, by="t") as session:
        entry = view(session, KEY).entry
    assert entry.revision == 2
    assert entry.monitoring == {
        **before,
        "rules": [{"watch": "sensitivity", "action": "Call the lead."}, {"watch": "agreement", "detect": 0.08}],
    }  # fmt: skip
    page = pages.get(PLACE).text
    assert "activated" in page
    assert "As agreed on the board" in page
    again = send(pages, "put in force", reason="Again", password=password)
    assert "This is the plan in force" in again.text


def test_who_answers_is_written_on_the_page_and_stop_rules_are_not(
    come_as: Come, pages: Client, registered: str
) -> None:
    """Owner and cadence of the plan come from its form; the agreed stop rules are shown, with the way to change them, and stay."""
    with unit_of_work(registered, by="t") as session:
        before = view(session, KEY).entry.monitoring
    password = come_as("clinical_lead")
    page = pages.get(PLACE)
    for rule in stop_rules(before):
        assert f"Suspended at once on {rule.words()}." in page.text
    assert 'href="/enter?algorithm=ctbrain-triage"' in page.text
    wrong = send(pages, "put in force", owner="Dr. Nyberg", reason="She is back", password=password)
    assert "'Dr. Nyberg' is nobody whom the register or an account names. There are: " in wrong.text.replace("&#39;", "'")  # fmt: skip
    for act in ("add up", "try"):
        refused = send(pages, act, owner="Dr. Nyberg")
        assert "is nobody whom the register or an account names" in refused.text
    assert "data-sums hidden" not in refused.text
    assert "data-sums hidden" in send(pages, "add up", budget="none").text
    sent = send(pages, "put in force", owner="cso", cadence="", reason="She is back", password=password)  # fmt: skip
    assert sent.status_code == 303, sent.text
    with unit_of_work(registered, by="t") as session:
        monitoring = view(session, KEY).entry.monitoring
    assert monitoring["owner"] == "cso"
    assert "cadence" not in monitoring
    assert monitoring.get("stop_rules") == before.get("stop_rules")
    assert 'value="cso"' in pages.get(PLACE).text


def test_a_locked_window_is_signed_once(come_as: Come, pages: Client, registered: str) -> None:
    """A task asks for it and says what rang within it; somebody looks at it, takes it as normal, and the task is closed by that.

    Locked anew by other rules the same days, cases and unrest are not asked about again; others are.
    """
    with unit_of_work(registered, by="t") as session:
        session.add(
            LockedReference(
                deployment=KEY, finding="intracranial_haemorrhage", plan="p", first_day=date(2026, 1, 1), last_day=date(2026, 6, 29),
                mature_on=date(2026, 8, 28), locked_at=datetime(2026, 9, 1, tzinfo=UTC), cases=1234, charts=[],
                unsteady=["Studies from 2026-01-02 to 2026-01-09: 9 of 30 outside the indication."],
            )
        )  # fmt: skip
        for called in call_for_signatures(session, at=datetime(2026, 9, 1, tzinfo=UTC)):
            open_once(session, called, at=datetime(2026, 9, 1, tzinfo=UTC))
    password = come_as("clinical_lead")
    page = pages.get(PLACE).text
    assert "2026-01-01 to 2026-06-29, 1,234 cases" in page
    assert "Its own charts rang within it" in page
    inbox = pages.get("/inbox").text
    assert "Studies from 2026-01-02 to 2026-01-09: 9 of 30 outside the indication." in inbox
    assert f'href="{PLACE}#windows"' in inbox
    assert "It is not closed by hand" in inbox
    form = {"token": token_in(page), "password": password, "reason": "Ordinary months"}
    assert pages.post("/reference-windows/1/signature", data=form).status_code == 303
    assert "taken as normal" in pages.get(PLACE).text
    assert "reference window" not in pages.get("/inbox").text.lower()
    assert "signed already" in pages.post("/reference-windows/1/signature", data=form).text
    assert pages.post("/reference-windows/9/signature", data=form).status_code == 404
    at = datetime(2026, 9, 20, tzinfo=UTC)
    for other, asked in (({}, 0), ({"unsteady": ["Runs on 2026-02-02: 9 of 9 without an output."]}, 1), ({"cases": 1235}, 1)):  # fmt: skip
        with unit_of_work(registered, by="t") as session:
            before = session.get_one(LockedReference, 1).model_dump(exclude={"id"})
            session.add(LockedReference(**before | {"plan": "q"} | other))
            session.flush()
            assert len(list(call_for_signatures(session, at=at))) == asked


def test_beside_the_total_stands_how_many_charts_are_drawn(
    come_as: Come, pages: Client, registered: str
) -> None:
    """Of three charts that were set one has no case: it is named, and the page Charts shows the other two."""
    asked = [("sensitivity", None, ""), ("sensitivity", "device_serial_number", "CT-1"), ("sensitivity", "device_serial_number", "CT-2")]  # fmt: skip
    set_then = [{"rule": {"watch": watch, "by": by}, "level": level, "side": "lower"} for watch, by, level in asked]  # fmt: skip
    come_as("clinical_lead")
    assert pages.get(PLACE, headers={"Accept": "application/json"}).json()["drawn"] == ""
    with unit_of_work(registered, by="t") as session:
        session.add(
            LockedReference(
                deployment=KEY, finding="intracranial_haemorrhage", plan="p", first_day=date(2026, 1, 1), last_day=date(2026, 6, 29),
                mature_on=date(2026, 8, 28), locked_at=datetime(2026, 9, 1, tzinfo=UTC), cases=1234, charts=set_then,
            )
        )  # fmt: skip
        for watch, by, level in asked[:2]:
            session.add(DrawnChart(deployment=KEY, finding="intracranial_haemorrhage", reference=1, watch=watch, by=by or "", level=level, side="lower", content={}))  # fmt: skip
    page = pages.get(PLACE, headers={"Accept": "application/json"}).json()
    assert page["charts"] == sum(row["charts"] for row in page["rows"])
    assert page["drawn"] == (
        "The last lock set 3; 2 of them are drawn on the page Charts, both directions on one line. "
        "The rest have no case in the window or since, or no limit, or wait for the next cycle: sensitivity CT-2 lower."
    )
    assert page["drawn"] in pages.get(PLACE).text


def test_a_window_that_stands_no_more_is_not_asked_about(registered: str) -> None:
    """Another plan locks another window: one task, about the one that stands."""
    at = datetime(2026, 9, 1, tzinfo=UTC)
    with unit_of_work(registered, by="t") as session:
        for _ in range(2):
            session.add(
                LockedReference(
                    deployment=KEY, finding="intracranial_haemorrhage", plan="p", first_day=date(2026, 1, 1), last_day=date(2026, 6, 29),
                    mature_on=date(2026, 8, 28), locked_at=at, cases=1234, charts=[],
                )
            )  # fmt: skip
            session.flush()
            for called in call_for_signatures(session, at=at):
                open_once(session, called, at=at)
        assert [task.cause for task in open_tasks(session)] == ["reference window 2"]


def test_what_a_rule_says_for_itself_comes_back_from_the_form(
    come_as: Come, pages: Client, registered: str
) -> None:
    """Owner and action of a rule stay its own, and those of the plan are not written into it."""
    rules = [
        {"watch": "agreement", "owner": "dr.east", "false_alarms_per_year": 0.2},
        {"watch": "sensitivity"},
    ]
    plan = {"owner": "dr.north", "action": "Call.", "rules": rules}
    with unit_of_work(registered, by="t") as session:
        before = view(session, KEY).entry
        stated = before.model_dump(exclude={"revision", "recorded_at", "monitoring"})
        revise(session, Deployment(**stated, monitoring=plan, revision=0, recorded_at=now()))
    come_as("clinical_lead")
    rows = pages.get(PLACE, headers={"Accept": "application/json"}).json()["rows"]
    form = {
        f"{name}-{row['number']}": value for row in rows for name, value in row["values"].items()
    }
    kept = written_plan({**form, "budget": ""}, plan)
    assert kept == {**plan, "rules": [
        {"watch": "agreement", "detect": 0.05, "direction": "either", "false_alarms_per_year": 0.2, "owner": "dr.east"},
        {"watch": "sensitivity", "detect": 0.1, "direction": "lower"},
    ]}  # fmt: skip
