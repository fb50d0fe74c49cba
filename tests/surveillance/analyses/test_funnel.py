"""Scanners and sites beside each other."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.database import raw, unit_of_work
from dashboards.analyses.funnel import tell
from demo.sources import REGISTER
from register import catalogue
from surveillance.analyses.funnel import analyse
from surveillance.columnar import columns
from surveillance.judged_case import JudgedCase
from surveillance.material import draw_judged, materials
from surveillance.measurement import Cycle
from surveillance.view import view

FINDING = "intracranial_haemorrhage"


def scanner(serial: str, found: int, missed: int, **also: str) -> list[tuple[Any, ...]]:
    rows = {"studies": {"device_serial_number": serial, **also}}
    return [*[("+", "", "+", rows)] * found, *[("-", "", "+", rows)] * missed]


def test_a_scanner_that_stands_apart_is_named(analysed) -> None:
    """Sensitivity 0.60 on one of four scanners against 0.95: outside limits that show chance alone, since four are few."""
    worse = [*scanner("S1", 95, 5), *scanner("S2", 48, 2), *scanner("S3", 30, 20), *scanner("S4", 2, 1)]  # fmt: skip
    said = analysed(worse)["funnel"]
    (funnel,) = (one for one in said["funnels"] if one["by"] == "device_serial_number")
    outside = {unit["unit"]: unit["outside"] for unit in funnel["units"]}
    assert outside == {"S1": 1, "S2": 1, "S3": -2, "S4": 0}
    assert (funnel["metric"], funnel["spread"], funnel["target"]) == (
        "sensitivity",
        None,
        175 / 203,
    )
    told = tell(said)
    assert "of S3 is 60.0 % over 50 cases, below the 99.8 % limit around the common 86.2 %" in told.sentences[0]  # fmt: skip
    assert any("fewer than ten units" in sentence for sentence in told.sentences)
    assert "outside the 99.8 % limits: S3" in told.charts[0].summary


def test_ten_scanners_that_differ_as_a_rule_leave_none_apart(analysed) -> None:
    """The limits are widened by what ten scanners differ among themselves, and say so."""
    rates = [40, 45, 50, 35, 44, 47, 38, 49, 41, 46]
    said = analysed([row for n, right in enumerate(rates) for row in scanner(f"S{n}", right, 50 - right)])["funnel"]  # fmt: skip
    (funnel,) = (one for one in said["funnels"] if one["by"] == "device_serial_number")
    assert funnel["spread"] > 0.02
    assert not any(abs(unit["outside"]) == 2 for unit in funnel["units"])
    assert "differ by" in tell(said).charts[0].note


def test_models_that_are_one_scanner_each_are_compared_once(analysed) -> None:
    """The same points twice say nothing more."""
    three = [row for n in "ABC" for row in scanner(f"S{n}", 9, 1, manufacturer_model_name=f"Model {n}")]  # fmt: skip
    assert [one["by"] for one in analysed(three)["funnel"]["funnels"]] == [
        "manufacturer_model_name"
    ]


def test_two_scanners_make_no_funnel(analysed) -> None:
    """What two are held against would be themselves."""
    assert "funnel" not in analysed([*scanner("S1", 9, 1), *scanner("S2", 5, 5)])


@pytest.fixture
def at_four_sites(database_url: str, tmp_path: Path) -> str:
    """The head CT algorithm at four sites, each with verified cases: here 60 % are found, elsewhere 95 %."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    here = written["deployments"][0]
    written["deployments"] = [{**here, "key": f"ct-{n}", "site": f"site-{n}"} for n in range(4)]
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(tmp_path / "entry.yaml"), by="t", at=datetime(2026, 1, 2, tzinfo=UTC))  # fmt: skip
        found = [(n, case < (60 if n == 0 else 95), True) for n in range(4) for case in range(100)]
        immature = [(0, True, False)] * 300
        session.add_all(
            JudgedCase(
                inference_id=f"I{number}", deployment=f"ct-{n}", finding=FINDING, use_mode="triage", study_instance_uid=f"1.{number}",
                day=date(2026, 3, 1), matures_on=date(2026, 4, 1) if mature else date(2027, 1, 1), scope="in",
                call="positive" if right else "negative", truth="positive", tier="registry", site=f"site-{n}",
            )
            for number, (n, right, mature) in enumerate([*found, *immature])
        )  # fmt: skip
    return database_url


def test_a_site_sees_where_it_stands_and_no_name_of_another(at_four_sites: str) -> None:
    """The other three are points without a name; cases that are not mature count for nobody."""
    with unit_of_work(at_four_sites, by="t") as session:
        said = [_of(session, f"ct-{n}") for n in range(2)]
    units = [{unit["unit"]: unit for unit in one["funnels"][0]["units"] if unit["unit"]} for one in said]  # fmt: skip
    assert [list(one) for one in units] == [["site-0"], ["site-1"]]
    assert (units[0]["site-0"]["cases"], units[0]["site-0"]["outside"]) == (100, -2)
    assert units[1]["site-1"]["outside"] == 1
    assert "site-1" not in str(said[0])
    assert "this site (site-0) is 60.0 %" in tell(said[0]).sentences[0]


def test_what_was_judged_later_says_nothing_of_an_earlier_day(at_four_sites: str) -> None:
    """The other sites are known as the last cycle left them, so that at a data cut before it there is no funnel of sites."""
    with unit_of_work(at_four_sites, by="t") as session:
        session.add(Cycle(as_of=datetime(2026, 6, 2, tzinfo=UTC), judged={}))
        session.flush()
        assert _of(session, "ct-0") is None


def _of(session: Any, deployment: str) -> dict[str, Any] | None:
    with columns() as duck:
        draw_judged(duck, raw(session), deployment)
        (material,) = materials(duck, raw(session), view(session, deployment), as_of=datetime(2026, 6, 1, tzinfo=UTC))  # fmt: skip
        return analyse(material)
