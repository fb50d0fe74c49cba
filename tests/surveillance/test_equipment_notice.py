"""A change of equipment calls for one notice to each manufacturer beside it, while it is news."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from surveillance.change_ledger import ledger
from surveillance.equipment_notice import untold
from surveillance.tallies import COUNTS, Tally
from surveillance.view import view
from tests.batches import write

AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
EVENT = {
    "event_id": "E1", "site": "north", "kind": "scanner_upgraded", "occurred_at": "2026-05-01T08:00:00Z",
    "manufacturer_model_name": "SOMATOM Force", "software_versions": "VB30",
}  # fmt: skip


def tallied(deployment: str) -> Tally:
    """Ten studies of the scanner model in a deployment."""
    counts = dict.fromkeys(COUNTS, 0) | {"received": 10}
    return Tally(
        deployment=deployment, finding="f", day=date(2026, 4, 1), by="manufacturer_model_name", level="SOMATOM Force",
        version="1", matures_on=date(2026, 5, 1), **counts,
    )  # fmt: skip


def _called(url: str, on: date) -> list[tuple[str | None, str]]:
    with unit_of_work(url, by="t") as session:
        return [(one.deployment, one.sentence) for one in untold(session, on)]


def test_a_recent_upgrade_calls_for_a_notice(registered: str, take, tmp_path: Path) -> None:
    """With maker, day, scanner and software; not before the day, and not half a year after it."""
    take(write(tmp_path / "b", events=[EVENT]), at=LATER)
    ((deployment, sentence),) = _called(registered, date(2026, 5, 2))
    assert deployment == "ctbrain-north-ed"
    assert "on 2026-05-01 there was a scanner upgraded at north: SOMATOM Force VB30" in sentence
    assert _called(registered, date(2026, 4, 30)) == []
    assert _called(registered, date(2026, 11, 1)) == []


def test_what_was_entered_later_is_told_of_no_older_equipment(
    registered: str, take, tmp_path: Path
) -> None:
    """The scanner was there before the deployment; one that ran by then hears of it."""
    take(write(tmp_path / "b", events=[EVENT]), at=LATER)
    for live, told in ((None, []), ({"from": "2026-04-01"}, ["young"])):
        said = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text(encoding="utf-8"))
        said["deployments"][0] |= {"key": "young", "shadow": None, "live": live}
        (tmp_path / "young.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
        with unit_of_work(registered, by="t") as session:
            form = catalogue.read(tmp_path / "young.yaml")
            catalogue.record(session, form, by="t", at=datetime(2026, 5, 20, tzinfo=UTC))
        called = _called(registered, date(2026, 5, 21))
        assert [key for key, _ in called if key == "young"] == told


@pytest.mark.parametrize(("sends_to", "told"), [("ctbrain-north-ed", 1), ("ptx-north-xr", 0), (None, 1)])  # fmt: skip
def test_a_scanner_that_sends_only_to_others_is_no_news(
    registered: str, take, tmp_path: Path, sends_to: str | None, told: int
) -> None:
    """A CT scanner changes nothing for an algorithm on chest films; one that sent to nobody yet may concern all."""
    take(write(tmp_path / "b", events=[EVENT]), at=LATER)
    with unit_of_work(registered, by="t") as session:
        catalogue.record(session, catalogue.read(REGISTER / "ptx-triage.yaml"), by="t", at=AT)
        if sends_to:
            session.add(tallied(sends_to))
            session.flush()
        known = view(session, "ctbrain-north-ed")
        assert len(ledger(session, known, at=LATER)) == told
    assert len([one for one, _ in _called(registered, date(2026, 5, 2)) if one == "ctbrain-north-ed"]) == told  # fmt: skip


@pytest.mark.parametrize("change", [{"kind": "outage"}, {"site": "", "deployment": "another"}])
def test_what_concerns_no_equipment_here_calls_for_none(
    registered: str, take, tmp_path: Path, change: dict[str, str]
) -> None:
    """An outage, and a change at another deployment."""
    taken = take(write(tmp_path / "b", events=[EVENT | change]), at=LATER)
    assert taken.counts["events"].accepted == 1
    assert _called(registered, date(2026, 5, 2)) == []
