"""Every batch of the demo obeys the evidence interchange."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from demo.batch import DataNotGiven, uid
from demo.sources import REGISTER, SOURCES, Source
from register.catalogue import read
from register.entry_form import EntryForm
from surveillance.intake.batch import describe
from surveillance.intake.sheet import sheets

Batch = Callable[[str], Any]
KEYS = [source.key for source in SOURCES]
every_source = pytest.mark.parametrize("key", KEYS)


def entries(source: Source) -> list[EntryForm]:
    """The register entries of a source, as the register reads them."""
    return [read(REGISTER / name) for name in source.register]


def test_keys_of_sources_are_unique() -> None:
    """No two batches go by the same name."""
    assert len(set(KEYS)) == len(KEYS)


@every_source
def test_columns_are_those_of_the_contract(batch: Batch, key: str) -> None:
    """Each file has every required column and none that the contract does not know."""
    for name, table in batch(key).tables.items():
        sheet = sheets()[name]
        known = {column.name for column in sheet.columns}
        assert {c for c in table if not c.startswith("x_")} <= known
        assert {column.name for column in sheet.columns if column.required} <= set(table)


@every_source
def test_values_are_those_of_the_contract(batch: Batch, key: str) -> None:
    """Required values are given, choices are allowed ones, numbers are within limits."""
    for name, table in batch(key).tables.items():
        for column in sheets()[name].columns:
            if column.name not in table:
                continue
            given = table[column.name][table[column.name] != ""]
            assert not column.required or len(given) == len(table), (name, column.name)
            assert not column.choices or set(given) <= set(column.choices), (name, column.name)
            if column.kind == "number":
                numbers = pd.to_numeric(given)
                assert column.minimum is None or (numbers >= column.minimum).all()
                assert column.maximum is None or (numbers <= column.maximum).all()


@every_source
def test_moments_have_an_offset_and_none_is_after_the_anchor(batch: Batch, key: str) -> None:
    """Timestamps say their offset from UTC, and nothing is known after the last day."""
    end = datetime.combine(batch(key).anchor + timedelta(days=1), time(), UTC)
    for name, table in batch(key).tables.items():
        for column in sheets()[name].columns:
            if column.kind == "timestamp" and column.name in table:
                given = table[column.name][table[column.name] != ""]
                assert given.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00").all()
                assert (pd.to_datetime(given) < end).all(), (name, column.name)


@every_source
def test_keys_of_rows_are_unique(batch: Batch, key: str) -> None:
    """No two rows of a file have the same key."""
    for name, table in batch(key).tables.items():
        assert not table.duplicated(list(sheets()[name].key)).any(), name


@every_source
def test_what_is_referred_to_exists(batch: Batch, key: str) -> None:
    """Whatever names a study or patient names one of the batch, and an outcome the study's."""
    tables = batch(key).tables
    patient = tables["studies"].set_index("study_instance_uid")["patient_id"]
    for name, table in tables.items():
        if name != "studies" and "study_instance_uid" in table:
            assert table["study_instance_uid"].isin(patient.index).all(), name
        if name != "studies" and "patient_id" in table:
            assert table["patient_id"].isin(patient).all(), name
        if name == "outcomes" and "study_instance_uid" in table:
            assert (table["study_instance_uid"].map(patient) == table["patient_id"]).all()


@every_source
def test_nothing_is_known_before_it_happened(batch: Batch, key: str) -> None:
    """A study is followed by its report and its outcome, and an outcome by our knowing of it."""
    tables = batch(key).tables
    taken = pd.to_datetime(tables["studies"].set_index("study_instance_uid")["study_datetime"])
    for name, column in (("reports", "reported_at"), ("outcomes", "occurred_at")):
        table = tables.get(name)
        if table is not None and "study_instance_uid" in table:
            happened = pd.to_datetime(table[column])
            assert (happened >= table["study_instance_uid"].map(taken)).all(), name
    if "outcomes" in tables:
        outcomes = tables["outcomes"][["occurred_at", "known_at"]].apply(pd.to_datetime)
        assert (outcomes["known_at"] >= outcomes["occurred_at"]).all()


@every_source
def test_calls_follow_from_score_and_threshold(batch: Batch, key: str) -> None:
    """An inference is positive exactly where its score reaches its threshold."""
    inferences = batch(key).tables.get("inferences")
    if inferences is None:
        pytest.skip("No algorithm ran on this set.")
    answered = inferences[inferences["score"] != ""]
    reached = answered["score"].astype(float) >= answered["threshold"].astype(float)
    assert (reached == (answered["call"] == "positive")).all()


@every_source
def test_the_batch_says_what_of_it_is_simulated(batch: Batch, key: str) -> None:
    """The description is one that the import takes, and names columns that exist."""
    written = batch(key)
    described = describe(written.folder)
    columns = {f"{name}.{column}" for name, table in written.tables.items() for column in table}
    assert described.source == key
    assert described.origin == written.source.origin
    assert described.note
    assert described.citation
    assert set(described.simulated) <= columns
    assert "studies.study_datetime" in described.simulated
    assert (set(described.simulated) == columns) == (described.origin == "simulated")


@every_source
def test_the_same_arguments_give_the_same_bytes(
    batch: Batch, key: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Anchor and seed decide every byte; another seed gives other dates."""
    written = batch(key)
    given = request.getfixturevalue("data") if written.source.needs else None
    written.source.write(tmp_path / "again", given, written.anchor, written.seed)
    written.source.write(tmp_path / "other", given, written.anchor, written.seed + 1)
    names = sorted(path.name for path in written.folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (written.folder / name).read_bytes()
    first = (written.folder / "studies.csv").read_bytes()
    assert (tmp_path / "other" / "studies.csv").read_bytes() != first


@every_source
def test_the_register_knows_sites_deployments_and_thresholds(batch: Batch, key: str) -> None:
    """Sites, deployments, findings, versions and thresholds are those of the register."""
    written = batch(key)
    forms = entries(written.source)
    sites = {site.key for form in forms for site in form.sites}
    assert set(written.tables["studies"]["site"]) <= sites
    deployments = {d.key: (form, d) for form in forms for d in form.deployments}
    inferences = written.tables.get("inferences", pd.DataFrame(columns=["deployment"]))
    for name, rows in inferences.groupby("deployment"):
        form, deployment = deployments[str(name)]
        assert form.algorithm is not None
        assert set(rows["version"]) <= {device.version for device in form.algorithm.devices}
        findings = {i.finding for c in form.algorithm.clearances for i in c.indications}
        assert set(rows["finding"]) <= findings
        for finding, of_finding in rows.groupby("finding"):
            threshold = deployment.thresholds.get(str(finding), deployment.threshold)
            assert set(of_finding["threshold"].astype(float)) == {threshold}


def test_every_register_entry_is_used() -> None:
    """Each register file of the demo belongs to a source."""
    used = {name for source in SOURCES for name in source.register}
    assert {path.name for path in REGISTER.glob("*.yaml")} == used


def test_fictional_makers_are_named_as_such() -> None:
    """A maker is either said to be fictional or said to be none."""
    for path in REGISTER.glob("*.yaml"):
        algorithm = yaml.safe_load(path.read_text(encoding="utf-8")).get("algorithm")
        name = algorithm["manufacturer"]["name"] if algorithm else "(fictional)"
        assert "(fictional)" in name or "no manufacturer" in name


@pytest.mark.parametrize("source", [s for s in SOURCES if s.needs], ids=lambda source: source.key)
def test_missing_data_are_asked_for_by_name(source: Source, tmp_path: Path) -> None:
    """Without its data set a source says which folder it needs."""
    for given in (None, tmp_path):
        with pytest.raises(DataNotGiven, match=source.needs):
            source.write(tmp_path / "out", given, date(2026, 6, 30), 1)


def test_a_made_up_identifier_is_a_valid_dicom_one() -> None:
    """Digits and dots, at most 64, always the same, different for different examinations."""
    assert uid("a", "1") == uid("a", "1")
    assert len({uid("a", "1"), uid("a", "2"), uid("b", "1")}) == 3
    assert uid("a", "1").replace(".", "").isdigit()
    assert len(uid("a", "1")) <= 64
