"""An inventory as a table: taken, refused by line and column, given back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue, inventory
from register.entry_form import EntryForm

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
HEAD = "key,name,manufacturer,purpose,specialty,version,clearance,jurisdiction,pathway,number"
FIRST = "ich,Brain Triage,Example,triage,radiology,2.0,us,US,fda_510k,K201234"


def _table(folder: Path, *lines: str) -> Path:
    path = folder / "inventory.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _take(url: str, path: Path) -> list[EntryForm]:
    with unit_of_work(url, by="t") as session:
        forms = [inventory.completed(session, stated) for stated in inventory.read(path)]
        for form in forms:
            catalogue.record(session, form, by="t", at=AT)
        return forms


def test_lines_of_one_algorithm_are_one_entry(database_url: str, tmp_path: Path) -> None:
    """A second line adds a version and a clearance; what it leaves empty is as said before."""
    lines = (HEAD, FIRST, "ich,,,,,2.1,eu,EU,mdr_certificate,", ",,,,,,,,,")
    forms = _take(database_url, _table(tmp_path, *lines))
    assert len(forms) == 1
    algorithm = forms[0].algorithm
    assert algorithm is not None
    assert [device.version for device in algorithm.devices] == ["2.0", "2.1"]
    assert [clearance.key for clearance in algorithm.clearances] == ["us", "eu"]
    assert algorithm.name == "Brain Triage"


def test_a_table_with_semicolons_is_read_alike(tmp_path: Path) -> None:
    """As spreadsheets of some countries write it."""
    with_semicolons = [line.replace(",", ";") for line in (HEAD, FIRST)]
    assert inventory.read(_table(tmp_path, *with_semicolons)) == inventory.read(
        _table(tmp_path, HEAD, FIRST)
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((HEAD + ",colour", FIRST + ",red"), "line 1: column 'colour' is not known here"),
        ((HEAD, FIRST.replace("triage,rad", "miracle,rad")), "line 2: algorithm.purpose: 'miracle' is not one of"),
        ((HEAD, FIRST, "ich,Other,,,,,,,,"), "line 3, column name: 'Other', but an earlier line says 'Brain Triage'"),
        ((HEAD, FIRST.replace("ich,", ",", 1)), "line 2, column key: it is empty"),
        ((HEAD, FIRST.replace(",us,", ",,")), "line 2, column clearance: it is empty; name what jurisdiction, pathway, number"),
        ((HEAD, FIRST + ",more"), "line 2: more cells than columns"),
        ((HEAD, FIRST.replace("K201234", "K20")), "line 2: algorithm.clearances.0: 'K20' is no number of this pathway"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_line_and_column(
    database_url: str, tmp_path: Path, lines: tuple[str, ...], says: str
) -> None:
    """Nothing of a table with a fault is taken."""
    with pytest.raises(catalogue.EntryNotUnderstood, match=says):
        _take(database_url, _table(tmp_path, *lines))


def test_a_table_changes_what_it_states_and_leaves_the_rest(
    database_url: str, tmp_path: Path
) -> None:
    """A new expiry leaves indications, conditions and the AI Act's assessment as they were."""
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(REGISTER / "ctbrain-triage.yaml"), by="t", at=AT)
        before = catalogue.written(session, "ctbrain-triage")
    clearance = before["algorithm"]["clearances"][0]
    _take(
        database_url,
        _table(tmp_path, "key,clearance,expires", f"ctbrain-triage,{clearance['key']},2031-01-01"),
    )
    with unit_of_work(database_url, by="t") as session:
        after = catalogue.written(session, "ctbrain-triage")
    clearance["expires"] = "2031-01-01"
    assert after == before


def test_the_register_as_a_table_comes_back_unchanged(database_url: str, tmp_path: Path) -> None:
    """Export gives a table in which import finds nothing new."""
    with unit_of_work(database_url, by="t") as session:
        for path in sorted(REGISTER.glob("*.yaml")):
            catalogue.record(session, catalogue.read(path), by="t", at=AT)
        (tmp_path / "all.csv").write_text(inventory.export(session), encoding="utf-8")
        forms = [inventory.completed(session, one) for one in inventory.read(tmp_path / "all.csv")]
        again = [catalogue.record(session, form, by="t", at=AT) for form in forms]
    assert len(forms) > 5
    assert [(one.added, one.revised) for one in again] == [(0, 0)] * len(forms)
