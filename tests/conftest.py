"""A real PostgreSQL for every test that asks: the embedded one of the run, migrated once, a fresh database each."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from backend import embedded
from backend.settings import settings
from tests import run
from tests.forked import forked

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Whoever starts a test run makes its folder; the workers of pytest-xdist are told of it."""
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(config.workerinput["folder"])
    else:
        open_while_it_runs = ExitStack()
        config.stash[FOLDER] = open_while_it_runs.enter_context(run.folder())
        config.add_cleanup(open_while_it_runs.close)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker."""
    node.workerinput["folder"] = str(node.config.stash[FOLDER])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file that needs the demonstration comes first, the others last: one worker builds it and nobody waits for it.

    Among the rest files of slow tests come first, so that at the end both workers have something short to do.
    """
    needing = {item.path for item in items if "demo" in getattr(item, "fixturenames", ())}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    first = next((item.path for item in items if item.path in needing), None)
    items.sort(key=lambda i: (i.path != first, i.path in needing, i.path not in slow))


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Passwords are hashed at the least cost; tests/backend/test_people_commands.py pins what they cost in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.access._ARGON2", PasswordHasher.from_parameters(CHEAPEST))
        yield


@pytest.fixture(scope="session")
def home(pytestconfig: pytest.Config) -> Iterator[Path]:
    """The home folder of the test run; settings point at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATAMNESIS_HOME", str(pytestconfig.stash[FOLDER]))
        patch.delenv("CATAMNESIS_DATABASE_URL", raising=False)
        settings.cache_clear()
        yield pytestconfig.stash[FOLDER]
    settings.cache_clear()


@pytest.fixture(scope="session")
def server(home: Path) -> str:
    """The URL of the embedded server of the run; nothing of it need outlast a power cut."""

    def started() -> str:
        url = embedded.start(home)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
        return url

    return run.once(home, "server", started)


@pytest.fixture(scope="session")
def template(server: str, home: Path) -> str:
    """The name of a migrated, empty database to copy from."""
    from backend.database import migrate

    def migrated() -> str:
        name = "template_migrated"
        _create(server, name)
        migrate(_named(server, name))
        return name

    return run.once(home, "template", migrated)


@pytest.fixture
def database_url(server: str, template: str, worker_id: str) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own; the same for the next, which finds its engine warm."""
    name = f"test_{worker_id}"
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
def last_day(home: Path) -> str:
    """The last simulated day of the demonstration, yesterday: its last months are then immature, as in life."""
    return run.once(home, "last_day", lambda: f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}")


@pytest.fixture(scope="session")
def demo(server: str, template: str, home: Path, last_day: str, worker_id: str) -> tuple[str, str]:
    """URL of this process's copy of the demonstration, and the password of account `demo`."""

    def built() -> str:
        (home / "demo").mkdir(exist_ok=True)
        (home / "demo" / "anchor").write_text(last_day)
        _create(server, "demonstration", template)
        return _demonstrated(_named(server, "demonstration"))

    password = run.once(home, "demo", built)
    name = f"demonstration_{worker_id}"
    _create(server, name, "demonstration")
    return _named(server, name), password


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


def _demonstrated(url: str) -> str:
    """The simulated hospital and the cytology cases, cycled, filed; the password of account `demo`."""
    from backend.commands import demo as steps
    from backend.database import raw, unit_of_work
    from backend.documents import KINDS, build
    from demo.sources import SOURCES
    from surveillance import cycle

    sources = [source for source in SOURCES if not source.needs]
    steps._register(url, sources)
    steps._evidence(url, sources, None)
    with unit_of_work(url, by="demo") as session:
        cycle.run(session, raw(session), as_of=datetime.now(UTC))
    for kind in KINDS:
        build(url, kind, steps.DOSSIERS_OF, by="demo")
    password = steps._accounts(url)[steps.ACCOUNT]
    assert password is not None
    return password


def _create(server: str, name: str, template: str = "template0") -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


def _named(server: str, name: str) -> str:
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))
