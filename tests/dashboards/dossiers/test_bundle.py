"""Dossiers: the same numbers in every format, derived again to the byte, altered never unseen."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from backend.database import raw, unit_of_work
from backend.documents import KINDS, UnknownKind, build, filed, rebuild
from dashboards.dossiers import bundle
from dashboards.dossiers.content import Paragraph, Section, Status, Table
from dashboards.dossiers.facts import NothingToReport, gather
from dashboards.dossiers.filed import FiledDossier, follow
from dashboards.dossiers.governance_passages import grounds
from surveillance.figures import performance_of

DEPLOYMENT = "ctbrain-north-ed"


@pytest.fixture(params=list(KINDS))
def folder(request: pytest.FixtureRequest, demo_database_url: str, tmp_path: Path) -> Path:
    """A copy of the bundle of each kind."""
    found = next(d for d in filed(demo_database_url) if d.kind == request.param)
    return Path(shutil.copytree(found.folder, tmp_path / found.id))


def _text(folder: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(folder / "document.pdf").pages)


def test_a_bundle_matches_its_manifest(folder: Path) -> None:
    """As written, every file has the hash the manifest names."""
    assert bundle.verify(folder).whole


@pytest.mark.parametrize("name", ["document.pdf", "dossier.json", "tables/identity.csv"])
def test_an_altered_file_is_named(folder: Path, name: str) -> None:
    """One byte more and the file is named."""
    with (folder / name).open("ab") as file:
        file.write(b" ")
    found = bundle.verify(folder)
    assert found.faults == (f"{name} was altered",)


def test_a_missing_and_a_foreign_file_are_named(folder: Path) -> None:
    """What is gone and what does not belong there is told."""
    (folder / "tables" / "identity.csv").unlink()
    (folder / "extra.txt").write_text("hello")
    assert set(bundle.verify(folder).faults) == {
        "tables/identity.csv is missing", "extra.txt is not named in the manifest",
    }  # fmt: skip


@pytest.mark.slow
def test_another_version_that_derives_again_says_so(demo_database_url: str, folder: Path) -> None:
    """A bundle of another software version differs, and the sentence names both versions."""
    path = folder / bundle.MANIFEST
    ours = bundle.manifest_of(folder)["software"]
    path.write_text(path.read_text().replace(ours, "catamnesis 0.0.1"))
    found = rebuild(demo_database_url, folder)
    assert not found.whole
    assert f"written by catamnesis 0.0.1 and derived again by {ours}" in found.sentence


@pytest.mark.slow
def test_a_dossier_is_derived_again_to_the_byte(demo_database_url: str, folder: Path) -> None:
    """The same request on the same data cut gives the same bytes, PDF included."""
    found = rebuild(demo_database_url, folder)
    assert found.whole, found.sentence


def test_numbers_are_the_same_in_pdf_json_and_csv(demo_database_url: str, folder: Path) -> None:
    """The figure derived from the evidence stands in all three formats."""
    document = json.loads((folder / "dossier.json").read_text())
    with unit_of_work(demo_database_url, by="t") as session:
        derived = performance_of(
            session, raw(session), DEPLOYMENT, finding=None, first=None, last=None,
            as_of=datetime.fromisoformat(document["as_of"]),
        )  # fmt: skip
    expected = derived["performance"]["sensitivity"]
    table = folder / "tables" / "performance_intracranial_haemorrhage.csv"
    first = next(csv.DictReader(io.StringIO(table.read_text())))
    assert (first["metric"], float(first["estimate"]), int(first["n"])) == (
        "Sensitivity", expected["estimate"], expected["n"],
    )  # fmt: skip
    assert f"{expected['estimate']:.3f}" in _text(folder)


def test_the_figures_of_a_tier_say_that_they_are_raw(folder: Path) -> None:
    """Cases n are counted alike in every row, what they are worth beside them; who was verified was not chosen by chance."""
    table = folder / "tables" / "performance_intracranial_haemorrhage.csv"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    tiers = {row["evidence"] for row in rows if "corrected" not in row["evidence"]}
    assert all(tier.endswith("raw") or tier.startswith("all tiers") for tier in tiers), tiers
    raw, corrected = (
        next(r for r in rows if r["metric"] == "Sensitivity" and r["evidence"].startswith(kind))
        for kind in ("all tiers", "corrected")
    )
    assert raw["n"] == corrected["n"]
    assert all(not row["worth"] or float(row["worth"]) < float(row["n"]) for row in rows)


def test_every_row_of_agreement_says_how_many_reads(folder: Path) -> None:
    """The n of kappa is the pairs that both took a side."""
    tables = list((folder / "tables").glob("agreement_*.csv"))
    assert bool(tables) == folder.name.startswith("PMCF")
    for row in (r for t in tables for r in csv.DictReader(t.read_text().splitlines())):
        pairs = ("both_positive", "ai_only", "report_only", "both_negative")
        assert int(row["n"]) == sum(int(row[pair]) for pair in pairs)


def test_what_calls_for_action_stands_in_the_summary(folder: Path) -> None:
    """The breach with its scanner and what to do, and the scanner that is not covered."""
    summary = json.loads((folder / "dossier.json").read_text())["summary"]
    called = [sentence for sentence in summary if sentence.startswith("Calls for action: ")]
    assert any("SOMATOM Force" in said and "below the claim of 0.92" in said for said in called)
    assert any("New scanner model Aquilion ONE" in said for said in called)


def test_codes_are_told_in_words_and_numbers_alike(folder: Path) -> None:
    """No raw code is printed, thousands are grouped, and a column has one number of decimals."""
    text = _text(folder)
    for code in (
        "not_shown",
        "random_audit",
        "discordance_review",
        "mdr_certificate",
        "certified True",
    ):
        assert code not in text
    assert "9,995" in text


def test_what_readers_did_is_told_by_scope(folder: Path) -> None:
    """Actions on studies outside the indication stand apart from those within it."""
    if "PMCF" in folder.name:
        with (folder / "tables" / "user_actions.csv").open() as file:
            rows = list(csv.DictReader(file))
        steps = (folder / "tables" / "flow_intracranial_haemorrhage.csv").read_text().splitlines()
        flow = {row["step"]: int(row["studies"]) for row in csv.DictReader(steps)}
        assert list(rows[0]) == ["action", "in_scope", "failed", "out_of_scope", "undeterminable"]
        told = {name: sum(int(row[name]) for row in rows) for name in list(rows[0])[1:]}
        assert told == {
            "in_scope": flow["processed"], "failed": flow["failed"], "out_of_scope": flow["out of scope"],
            "undeterminable": flow["undeterminable"],
        }  # fmt: skip


def test_the_pdf_is_tagged_and_carries_what_a_reader_must_not_miss(folder: Path) -> None:
    """Every page bears id, data cut and page x of y; simulated cases are named as such."""
    reader = PdfReader(folder / "document.pdf")
    document = json.loads((folder / "dossier.json").read_text())
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"page {number} of {len(reader.pages)}" in text
        assert "Data cut" in text
    text = _text(folder)
    assert document["id"] in text
    assert "simulated" in text
    for section in document["sections"]:
        assert section["title"] in text


def test_every_csv_has_its_columns_in_the_data_dictionary(folder: Path) -> None:
    """No column of an annex without its meaning."""
    described: dict[str, list[str]] = {}
    for row in csv.DictReader((folder / "data-dictionary.csv").read_text().splitlines()):
        described.setdefault(row["table"], []).append(row["column"])
        assert row["meaning"]
    for path in (folder / "tables").glob("*.csv"):
        assert next(csv.reader(path.read_text().splitlines())) == described[path.stem]


def test_an_interval_is_text_on_the_page_and_numbers_in_the_csv(folder: Path) -> None:
    """Each interval of an analysis stands in columns of its own, and as the page prints it."""
    checked = 0
    for table in _document(folder)["tables"]:
        with (folder / "tables" / f"{table['key']}.csv").open() as file:
            rows = list(csv.DictReader(file))
        for column, name in enumerate(c["key"] for c in table["columns"]):
            for row, cells in zip(rows, table["rows"], strict=True):
                if not isinstance(cells[column], dict) or cells[column]["estimate"] is None:
                    continue
                numbers = [float(row[f"{name}{end}"]) for end in ("", "_lower", "_upper")]
                printed = [
                    "{:.{p}f} ({:.{p}f} to {:.{p}f})".format(*numbers, p=places)
                    for places in range(4)
                ]
                assert any(one in cells[column]["text"] for one in printed), printed
                checked += 1
    assert checked or folder.name.startswith("SCOPE")


def _document(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "dossier.json").read_text())
    blocks = [block for section in document["sections"] for block in section["blocks"]]
    return {"tables": [block for block in blocks if block["kind"] == "table"]}


def test_the_sections_are_those_of_the_guidance() -> None:
    """Twelve sections in the evidence pack, thirteen in the scope review, in order."""
    counts = {"pmcf-evidence-pack": 12, "annual-scope-review": 13}
    assert list(KINDS) == list(counts)


def test_each_document_has_its_sections_in_order(folder: Path) -> None:
    """Numbers run from 1 without a gap and absence is declared with a reason."""
    document = json.loads((folder / "dossier.json").read_text())
    numbers = [section["number"] for section in document["sections"]]
    wanted = 12 if document["kind"] == "pmcf-evidence-pack" else 13
    assert numbers == [str(n) for n in range(1, wanted + 1)]
    for section in document["sections"]:
        assert section["blocks"] or section["justification"]


def test_absence_must_be_declared() -> None:
    """A section that is empty without saying why cannot be made."""
    with pytest.raises(ValueError, match="declare its absence"):
        Section(number="1", title="Empty")
    with pytest.raises(ValueError, match="say why"):
        Section(number="1", title="Empty", status=Status.NONE_IDENTIFIED)
    assert Section(number="1", title="Full", blocks=(Paragraph(text="Here."),))


def test_an_unknown_kind_and_an_empty_period_are_refused(demo_database_url: str) -> None:
    """What cannot be built is told, not written empty."""
    with pytest.raises(UnknownKind, match="There are: pmcf-evidence-pack, annual-scope-review"):
        build(demo_database_url, "psur", DEPLOYMENT, by="t")
    with (
        unit_of_work(demo_database_url, by="t") as session,
        pytest.raises(NothingToReport, match="at least one study"),
    ):
        gather(
            session, raw(session), DEPLOYMENT, first=datetime(1990, 1, 1, tzinfo=UTC).date(),
            last=datetime(1990, 2, 1, tzinfo=UTC).date(), as_of=datetime.now(UTC),
        )  # fmt: skip


def test_a_home_that_was_moved_brings_its_bundles_along(
    demo_database_url: str, tmp_path: Path
) -> None:
    """Where the bundle stands below the home it is found, whatever was written of the old place."""
    one = filed(demo_database_url)[0]
    (tmp_path / one.id).mkdir()
    with unit_of_work(demo_database_url, by="t") as session:
        follow(session, tmp_path)
        moved = [found.folder for found in session.exec(select(FiledDossier)).all()]
        session.rollback()
    assert str(tmp_path / one.id) in moved
    assert len(moved) == 1 or one.folder not in moved


@pytest.mark.slow
def test_a_dossier_built_again_is_recorded_where_it_stands(
    demo_database_url: str, tmp_path: Path
) -> None:
    """The same request after the files went to another place: one record, and it names the new one."""
    one = filed(demo_database_url)[0]
    with unit_of_work(demo_database_url, by="t") as session:
        session.get_one(FiledDossier, one.id).folder = str(tmp_path / "gone")
    again = build(
        demo_database_url, one.kind, one.deployment, by="t", first=one.period_from, last=one.period_to,
        as_of=one.as_of,
    )  # fmt: skip
    assert again.id == one.id
    assert bundle.verify(Path(again.folder)).whole
    assert [d.folder for d in filed(demo_database_url) if d.id == one.id] == [again.folder]


@pytest.mark.slow
def test_only_later_releases_need_a_ground(demo_database_url: str) -> None:
    """The version that was cleared differs from nothing; the one after it is told with its ground, or the lack of it."""
    at = datetime.now(UTC)
    with unit_of_work(demo_database_url, by="t") as session:
        one, two = (
            grounds(gather(session, raw(session), key, first=None, last=None, as_of=at))
            for key in ("ctbrain-north-ed", "ptx-north-xr")
        )
    assert isinstance(one, Paragraph)
    assert isinstance(two, Table)
    assert [row[0] for row in two.rows] == ["1.5.0"]
