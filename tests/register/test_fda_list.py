"""The FDA's list: snapshots with their known faults, one after another."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backend.database import unit_of_work
from dashboards.pages.register_entry import register_entry_page
from register import catalogue, fda_list
from register.entry_form import EntryForm
from register.revision import as_known

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
HEAD = (
    "Date of Final Decision,Submission Number ,Device,Company,Panel (Lead),Primary Product Code\r\n"
)
ROW = '9/24/2024,K242292,uAI Easy Triage ICH,"Shanghai United Imaging Intelligence Co., Ltd.",Radiology,QAS\r\n'


def _list(folder: Path, *rows: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes((head + "".join(rows)).encode(encoding))
    return path


def _take(url: str, path: Path, at: datetime = AT) -> fda_list.SnapshotTaken:
    with unit_of_work(url, by="t") as session:
        return fda_list.record(session, fda_list.read(path), by="t", at=at)


def test_blanks_spellings_and_encodings_are_seen_through(tmp_path: Path) -> None:
    """A trailing blank in a head, tabs and breaks in a cell, hard blanks, Windows text, two ways to write a panel."""
    odd = '12/12/2023,DEN230027,Scan\xae\xa0Pro,"\t\nAnkon, ltd",\tGastroenterology/Urology,QZF\r\n'
    rows = fda_list.read(_list(tmp_path, ROW, odd, ",,,,,\r\n", encoding="cp1252"))
    assert [row["key"] for row in rows] == ["K242292", "DEN230027"]
    assert rows[1] == {
        "decided": "2023-12-12", "key": "DEN230027", "device": "Scan® Pro", "company": "Ankon, ltd",
        "panel": "Gastroenterology-Urology", "product_code": "QZF",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ROW.replace("K242292", "X242292"), "row 2, submission number: 'X242292' begins with none of K, DEN, P"),
        (ROW.replace("K242292", "K24229"), "K and six digits"),
        (ROW.replace("9/24/2024", "24.9.2024"), "row 2: '24.9.2024' is no date; the list writes month/day/year"),
        (ROW.replace("9/24/2024", "24/9/2024"), "is no date"),
        (ROW.replace("QAS", ""), "row 2: 'primary product code' is empty"),
        (ROW + ROW.replace("QAS", "QFM"), "row 3: K242292 stands in an earlier row with other content"),
        ("", "has no device"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_so_is_refused_by_its_place(
    tmp_path: Path, row: str, says: str
) -> None:
    """The sentence names row, value and remedy."""
    with pytest.raises(fda_list.ListNotUnderstood, match=says):
        fda_list.read(_list(tmp_path, row))


def test_a_file_without_its_columns_is_not_the_list(tmp_path: Path) -> None:
    """Another table is not taken for it."""
    other = _list(tmp_path, ROW, head=HEAD.replace("Company", "Firm"))
    assert not fda_list.is_fda_list(other)
    with pytest.raises(fda_list.ListNotUnderstood, match="no column 'company'"):
        fda_list.read(other)


def test_a_later_snapshot_says_what_changed(database_url: str, tmp_path: Path) -> None:
    """Added, said otherwise, gone, unchanged; the list as it was stays askable; an older one is refused."""
    later = datetime(2026, 3, 1, tzinfo=UTC)
    gone = ROW.replace("K242292", "K200001")
    stays = ROW.replace("K242292", "K200002")
    _take(database_url, _list(tmp_path, ROW, gone, stays))
    newer = ROW.replace("9/24/2024", "12/01/2025").replace("K242292", "P200003/S001")
    taken = _take(database_url, _list(tmp_path, ROW.replace("QAS", "QFM"), stays, newer), later)
    assert (taken.added, taken.revised, taken.gone, taken.unchanged) == (
        ("P200003/S001",), ("K242292",), ("K200001",), 1,
    )  # fmt: skip
    assert taken.until == date(2025, 12, 1)
    with unit_of_work(database_url, by="t") as session:
        then = {one.key: one for one in as_known(session, fda_list.FdaListing, AT)}
        now = {one.key: one for one in as_known(session, fda_list.FdaListing)}
        assert (then["K200001"].listed, now["K200001"].listed) == (True, False)
        assert (then["K242292"].product_code, now["K242292"].product_code) == ("QAS", "QFM")
        assert [one.key for one in fda_list.find(session, "qfm")] == ["K242292"]
    with pytest.raises(fda_list.ListNotUnderstood, match=r"goes to 2024-09-24.*2025-12-01"):
        _take(database_url, _list(tmp_path, ROW), later)


def test_a_draft_begins_an_entry_and_the_entry_is_held_against_the_list(
    database_url: str, tmp_path: Path
) -> None:
    """What the list does not say is missing, by name; the page says what the list says of the number."""
    import yaml

    _take(database_url, _list(tmp_path, ROW))
    with unit_of_work(database_url, by="t") as session:
        (tmp_path / "draft.yaml").write_text(fda_list.drafted(session, "K242292"))
        with pytest.raises(catalogue.EntryNotUnderstood, match=r"algorithm.purpose: needs a text"):
            catalogue.read(tmp_path / "draft.yaml")
        written = yaml.safe_load((tmp_path / "draft.yaml").read_text())
        written["algorithm"]["purpose"] = "triage"
        written["algorithm"]["devices"][0]["version"] = "1.0"
        catalogue.record(session, EntryForm.model_validate(written), by="t", at=AT)
        page = register_entry_page(session, "uai-easy-triage-ich", at=AT)
        assert dict(page.clearances[0])["FDA list"].startswith("uAI Easy Triage ICH, Shanghai")
        written["algorithm"]["clearances"][0]["number"] = "K999999"
        catalogue.record(session, EntryForm.model_validate(written), by="t", at=AT)
        page = register_entry_page(session, "uai-easy-triage-ich", at=AT)
        assert (
            "not there; the list goes to 2024-09-24 and lags"
            in dict(page.clearances[0])["FDA list"]
        )
    with (
        unit_of_work(database_url, by="t") as session,
        pytest.raises(fda_list.ListNotUnderstood, match="'K1' is not on the list"),
    ):
        fda_list.drafted(session, "K1")


def test_both_published_snapshots_are_taken(database_url: str, data: Path) -> None:
    """1,016 devices, then 1,247; every count adds up."""
    folder = data / "fda_ai_devices"
    first = _take(database_url, folder / "fda_ai_devices_LukLowG.csv")
    second = _take(database_url, folder / "fda_ai_devices_2025-05-30.csv")
    assert (len(first.added), first.unchanged) == (1016, 0)
    assert len(second.added) + len(second.revised) + second.unchanged == 1247
    assert len(second.revised) + len(second.gone) + second.unchanged == 1016
