"""Register entries: read, recorded, found as of any moment, given back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.deployment import Deployment, Site
from register.revision import as_known

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
ENTRY = REGISTER / "ctbrain-triage.yaml"


def _changed(tmp_path: Path, name: str = "entry.yaml", **deployment: object) -> Path:
    written = yaml.safe_load(ENTRY.read_text())
    written["deployments"][0].update(deployment)
    path = tmp_path / name
    path.write_text(yaml.safe_dump(written))
    return path


def test_an_entry_comes_back_as_it_was_taken(database_url: str, tmp_path: Path) -> None:
    """Export gives YAML that import takes back without finding anything new."""
    with unit_of_work(database_url, by="t") as session:
        first = catalogue.record(session, catalogue.read(ENTRY), by="t", at=AT)
        text = catalogue.export(session, "ctbrain-triage")
    (tmp_path / "again.yaml").write_text(text)
    with unit_of_work(database_url, by="t") as session:
        again = catalogue.record(session, catalogue.read(tmp_path / "again.yaml"), by="t", at=AT)
    assert first.added > 0
    assert (again.added, again.revised) == (0, 0)


def test_a_change_is_a_revision_and_the_past_stays_askable(
    database_url: str, tmp_path: Path
) -> None:
    """A new threshold stands beside the old one; each is found at its time."""
    later = AT + timedelta(days=30)
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(ENTRY), by="t", at=AT)
        changed = catalogue.read(_changed(tmp_path, threshold=0.7))
        counted = catalogue.record(session, changed, by="t", at=later)
        now = as_known(session, Deployment, key="ctbrain-north-ed")[0]
        then = as_known(session, Deployment, AT, key="ctbrain-north-ed")[0]
    assert counted.revised == 1
    assert (then.threshold, then.revision) == (0.62, 1)
    assert (now.threshold, now.revision) == (0.7, 2)


def test_a_site_is_not_forgotten_by_an_entry_that_only_names_it(
    database_url: str, tmp_path: Path
) -> None:
    """An entry without `sites:` leaves the site's name and time zone as they were."""
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(ENTRY), by="t", at=AT)
        before = as_known(session, Site)[0].facts()
        written = yaml.safe_load(ENTRY.read_text())
        del written["sites"]
        (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
        catalogue.record(session, catalogue.read(tmp_path / "entry.yaml"), by="t", at=AT)
        assert as_known(session, Site)[0].facts() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"use_mode": "always"}, "deployments.0.use_mode: 'always' is not one of"),
        ({"threshold": 1.5}, "deployments.0.threshold"),
        ({"colour": "blue"}, "deployments.0.colour"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: dict[str, object], told: str) -> None:
    """An entry that cannot be taken is refused with file, field and what was given."""
    with pytest.raises(catalogue.EntryNotUnderstood, match=told):
        catalogue.read(_changed(tmp_path, **change))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "name: [\n",
            r"line 1: not readable as YAML: a bracket or quote opened before is not closed",
        ),
        (
            "algorithm:\n  key: a\n name: b\n",
            r"line 3: not readable as YAML from 'name: b' on; mend",
        ),
        ("algorithm: x\n", r"algorithm: needs fields of its own .* \(given: 'x'\)"),
        ("sites: x\n", r"sites: needs a list"),
        ("sites:\n- key: n\n", r"sites\.0\.name: is missing; add it"),
    ],
)
def test_a_broken_file_is_told_with_its_line_and_remedy(
    tmp_path: Path, text: str, told: str
) -> None:
    """Syntax by line, structure by field, in words of the file and not of its parser."""
    path = tmp_path / "entry.yaml"
    path.write_text(text)
    with pytest.raises(catalogue.EntryNotUnderstood, match=told):
        catalogue.read(path)


def test_what_is_not_yaml_is_refused(tmp_path: Path) -> None:
    """A broken file is told as such, by name."""
    (tmp_path / "broken.yaml").write_text("algorithm: [")
    with pytest.raises(catalogue.EntryNotUnderstood, match=r"broken\.yaml"):
        catalogue.read(tmp_path / "broken.yaml")


@pytest.mark.parametrize("path", sorted(REGISTER.glob("*.yaml")), ids=lambda path: path.name)
def test_every_entry_of_the_demo_can_be_read(path: Path) -> None:
    """The demo's own entries obey the form."""
    assert catalogue.read(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": "9.9"}, "runs version '9.9', which is not among the devices"),
        ({"indications": ["ich-children"]}, "'ich-children' is none of them"),
        ({"indications": []}, "needs indications that the entry states"),
        (
            {"acceptance": {"sensitivity": {"min": 0.06}}},
            r"acceptance\.sensitivity asks for 0\.06, less than the label",
        ),
    ],
)
def test_a_deployment_runs_what_its_entry_describes(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    """A version or an indication that the entry does not state is refused."""
    with pytest.raises(catalogue.EntryNotUnderstood, match=told):
        catalogue.read(_changed(tmp_path, **change))
