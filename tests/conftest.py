"""A real PostgreSQL for every test that asks: the embedded one, migrated once, a fresh database each."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest

from backend import embedded
from backend.settings import settings
from tests.forked import forked

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
ROOM = 2 * 2**30
"""Bytes in memory for the databases of a test session, of which it takes a fifth."""
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
"""The last simulated day of the demonstration: its last months are then immature, as in life."""


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The home folder of the test session; settings point at it.

    Not below pytest's own folder: that one is closed to the user under which root's server runs.
    """
    folder = Path(tempfile.mkdtemp(prefix="catamnesis-tests-", dir=_in_memory()))
    before = {name: os.environ.get(name) for name in ("CATAMNESIS_HOME", "CATAMNESIS_DATABASE_URL")}
    os.environ["CATAMNESIS_HOME"] = str(folder)
    os.environ.pop("CATAMNESIS_DATABASE_URL", None)
    settings.cache_clear()
    yield folder
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    settings.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    """The URL of the embedded server; it stops with the session, and nothing of it need outlast a power cut."""
    url = embedded.start(home)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
    yield url
    embedded.stop(home)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a migrated, empty database to copy from."""
    from backend.database import migrate

    name = "template_migrated"
    _create(server, name)
    migrate(_named(server, name))
    return name


@pytest.fixture
def database_url(server: str, template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}"
    _create(server, name, template)
    yield _named(server, name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def registered(database_url: str) -> str:
    """A database whose register knows the head CT deployment."""
    from backend.database import unit_of_work
    from demo.sources import REGISTER
    from register import catalogue

    with unit_of_work(database_url, by="t") as session:
        form = catalogue.read(REGISTER / "ctbrain-triage.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 1, 1, tzinfo=UTC))
    return database_url


@pytest.fixture(scope="session")
def demo(server: str, template: str, home: Path) -> tuple[str, str]:
    """URL and password of account `demo`: the simulated hospital and the cytology cases, cycled, filed."""
    from backend.commands import demo as steps
    from backend.database import raw, unit_of_work
    from backend.documents import KINDS, build
    from demo.sources import SOURCES
    from surveillance import cycle

    name = "demonstration"
    _create(server, name, template)
    url = _named(server, name)
    (home / "demo").mkdir(exist_ok=True)
    (home / "demo" / "anchor").write_text(YESTERDAY.isoformat())
    sources = [source for source in SOURCES if not source.needs]
    steps._register(url, sources)
    steps._evidence(url, sources, None)
    with unit_of_work(url, by="demo") as session:
        cycle.run(session, raw(session), as_of=datetime.now(UTC))
    for kind in KINDS:
        build(url, kind, steps.DOSSIERS_OF, by="demo")
    password = steps._accounts(url)[steps.ACCOUNT]
    assert password is not None
    return url, password


@pytest.fixture(scope="session")
def demo_database_url(demo: tuple[str, str]) -> str:
    """The URL of the filled demonstration database; tests leave it as they found it."""
    return demo[0]


@pytest.fixture(scope="session")
def demo_password(demo: tuple[str, str]) -> str:
    """The password of account `demo`."""
    return demo[1]


@pytest.fixture(scope="session")
def catamnesis() -> Iterator[Path]:
    """The command line, which need not import everything anew each time."""
    with forked() as command:
        yield command


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of published data sets: CATAMNESIS_DATA, or `shared/data` beside the checkout."""
    named = os.environ.get("CATAMNESIS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("No published data sets here; name their folder in CATAMNESIS_DATA.")
    return folder


def _in_memory() -> Path | None:
    """Where files are kept in memory, if there is room: making the files of a database is quick there."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def _create(server: str, name: str, template: str = "template0") -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _named(server: str, name: str) -> str:
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))
