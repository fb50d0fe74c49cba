"""A monitoring plan tried on a history of 300 days: which charts are silent, how soon they find a change, and what rang."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import Client
from sqlalchemy import insert

from backend.database import unit_of_work
from surveillance.drill import hospital
from surveillance.judged_case import JudgedCase, JudgedRead
from tests.journeys.served import token_in
from tests.surveillance.monitors.test_sequential import REFERENCE, frames

KEY = "ctbrain-north-ed"
PLACE = f"/deployments/{KEY}/plan"
FIRST = hospital.FIRST_DAY
RULES = {"watch-0": "sensitivity", "watch-1": "specificity", "by-1": "device_serial_number", "watch-2": "out_of_scope", "watch-3": "failure"}  # fmt: skip
LONG = {"from": str(FIRST), "to": str(FIRST + timedelta(days=REFERENCE - 1))}
SHORT = {"from": str(FIRST), "to": str(FIRST + timedelta(days=2))}


@pytest.fixture
def history(registered: str) -> str:
    """The cases of a hospital to which children are sent from day 160 on, as those of the head CT deployment."""
    cases, reads = frames("paediatric_off_label_use")
    named = cases.assign(deployment=KEY, study_instance_uid=cases["inference_id"], site="north")
    with unit_of_work(registered, by="t") as session:
        for table, rows in ((JudgedCase, named), (JudgedRead, reads)):
            plain = rows.astype(object).where(rows.notna(), None)
            session.connection().execute(insert(table), plain.to_dict("records"))
    return registered


@pytest.fixture
def lead(history: str, come_as: Callable[..., str], pages: Client) -> str:
    """The clinical lead is signed in; the password."""
    return come_as("clinical_lead")


def tried(pages: Client, **fields: str) -> dict[str, Any]:
    form = {"act": "try", "token": token_in(pages.get(PLACE).text), **RULES, **fields}
    said: dict[str, Any] = pages.post(PLACE, data=form, headers={"Accept": "application/json"}).json()  # fmt: skip
    return said


def test_a_silent_plan_does_not_read_as_a_perfect_one(lead: str, pages: Client) -> None:
    """Three days set next to no chart: nothing is to be expected of it, why is said at each rule, and before the signature, also after a wrong password."""
    page = tried(pages, **SHORT)
    (found,) = page["tried"]
    assert "; 0 false ones are to be expected in so long of the charts that are drawn." in found["summary"]  # fmt: skip
    assert "7 of 7 charts are silent:" in found["summary"]
    assert "7 charts: the reference holds too few cases to keep so low a false-alarm rate; lengthen it." in found["silent"]  # fmt: skip
    assert page["rows"][0]["finds"] == "not charted: the reference holds too few cases to keep so low a false-alarm rate; lengthen it"  # fmt: skip
    assert page["rows"][0]["rang"] == ""
    assert page["warning"].startswith("7 of 7 charts are silent under this plan. What they are to watch is not watched")  # fmt: skip
    form = {"act": "put in force", "token": token_in(pages.get(PLACE).text), **RULES, **SHORT, "reason": "As agreed", "password": "wrong"}  # fmt: skip
    refused = pages.post(PLACE, data=form).text
    assert refused.index(page["warning"]) < refused.index("Your password")
    assert page["warning"] in refused


def test_a_plan_whose_charts_are_drawn_has_no_warning(lead: str, pages: Client) -> None:
    """The false alarms to be expected are those of the plan over the days charted; a rule by what no case says keeps no chart, and that is said."""
    page = tried(pages, **LONG)
    (found,) = page["tried"]
    days = int(found["summary"].partition(" days since")[0].rpartition(" ")[2].replace(",", ""))
    assert f"; {float(page['total']) * days / 365.25:.2g} false ones" in found["summary"]
    assert (found["silent"], page["warning"]) == ([], "")
    none = tried(pages, **LONG, **{"watch-4": "agreement", "by-4": "view_position"})
    assert none["rows"][4]["finds"] == "not charted: no case of the reference window says its view position"  # fmt: skip
    assert "Agreement by view position 0.05 either: no case of the reference window says its view position." in none["warning"]  # fmt: skip


def test_what_could_not_be_tried_is_warned_of_before_the_signature(
    lead: str, pages: Client
) -> None:
    """A window still to come is not mature; one before all evidence holds no case."""
    ahead = tried(pages, **{"from": "2099-01-01", "to": "2099-06-30"})
    assert ahead["warning"].startswith("This plan was not tried: the cases of the reference window (2099-01-01 to 2099-06-30)")  # fmt: skip
    before = tried(pages, **{"from": "2020-01-01", "to": "2020-06-30"})
    assert "3 of 3 charts are silent under this plan. Specificity by device serial number 0.05 lower: no case" in before["warning"]  # fmt: skip
    assert before["tried"][0]["silent"] == ["3 charts: the reference holds no case of it."]


def test_what_takes_longer_than_ten_years_is_not_found(lead: str, pages: Client) -> None:
    """A change of a thousandth is found on one scanner at best while the algorithm is in use."""
    page = tried(pages, **LONG, **{"detect-1": "0.001"})
    assert page["rows"][1]["finds"].endswith(" days; 3 of 4 not within ten years")


def test_what_rings_again_and_again_is_one_line(lead: str, pages: Client) -> None:
    """A line a change: children from day 160 on ring 69 times, some failed runs once; each says what its signal would be called and which cycle tells it first."""
    (found,) = tried(pages, **LONG, **{"watch-0": "out_of_scope", "watch-1": "", "watch-2": ""})["tried"]  # fmt: skip
    assert found["summary"].startswith("70 alarms about 2 changes in the ")
    children, failed = found["changes"]
    assert children.startswith("Use outside the indication: Studies of known scanners from 2023-06-10")  # fmt: skip
    assert "It rang 69 times" in children
    assert children.endswith("The first cycle would have told it, on 2023-06-30, when the cases of the reference window are mature.")  # fmt: skip
    assert failed.startswith("Failure: Runs from 2023-07-03")
    assert failed.endswith("It rang on 2023-07-09. The weekly cycle of 2023-07-14 would have told it first.")  # fmt: skip
