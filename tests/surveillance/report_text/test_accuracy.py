"""The error rate of the readings: measured, kept, and the site's own before what ships."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.database import raw, unit_of_work
from surveillance.report_text.accuracy import (
    Labelled,
    LabelsNotUnderstood,
    keep,
    known,
    labelled,
    measure,
)
from surveillance.report_text.pack import pack

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def report(text: str, call: str) -> Labelled:
    return Labelled(text=text, finding="pneumothorax", call=call)


REPORTS = [report("Pneumothorax.", "positive"), report("No pneumothorax.", "positive"), report("No PTX.", "negative"),
           report("Clear lungs.", "negative"), report("Possible pneumothorax.", "positive"),
           report("Pneumothorax.", "indeterminate")]  # fmt: skip


def test_right_and_wrong_are_counted_among_definite_readings() -> None:
    """One of two positives right, both negatives; doubt counts for neither and is listed."""
    found, wrong = measure(REPORTS, language="en", source="test")
    m = found["pneumothorax"]
    assert (m.positives_right, m.positives, m.negatives_right, m.negatives) == (1, 2, 2, 2)
    assert [(one.text, said.call) for one, said in wrong] == [
        ("No pneumothorax.", "negative"), ("Possible pneumothorax.", "indeterminate"), ("Pneumothorax.", "positive"),
    ]  # fmt: skip


def test_the_sites_own_measurement_goes_before_what_ships(database_url: str) -> None:
    """English ships with a measured rate, German with none."""
    english, german = pack("en").version, pack("de").version
    with unit_of_work(database_url, by="t") as session:
        shipped = known(raw(session), "pneumothorax", english)
        assert shipped is not None
        assert shipped.positives > 1000
        assert known(raw(session), "pneumothorax", german) is None
        found, _ = measure(REPORTS, language="en", source="our own reports")
        keep(session, found, language="en", by="t", at=NOW)
        own = known(raw(session), "pneumothorax", english)
        assert own is not None
        assert own.source == "our own reports"
        assert known(raw(session), "pulmonary_embolism", english) == shipped


@pytest.mark.parametrize(
    ("content", "says"),
    [("text,finding,call\nx,pneumothorax,maybe\n", "line 2, call: 'maybe'"), ("text,finding\nx,y\n", "line 2: call is missing")],
)  # fmt: skip
def test_labels_that_cannot_be_read_are_refused(tmp_path: Path, content: str, says: str) -> None:
    """The sentence names line, column and remedy."""
    path = tmp_path / "labels.csv"
    path.write_text(content)
    with pytest.raises(LabelsNotUnderstood, match=says):
        labelled(path)


def test_a_file_of_labels_is_read(tmp_path: Path) -> None:
    """Commas and line breaks within the text included."""
    path = tmp_path / "labels.csv"
    path.write_text('text,finding,call\n"No\npneumothorax, none.",pneumothorax,negative\n')
    assert labelled(path) == [report("No\npneumothorax, none.", "negative")]
