"""The one database: the embedded server, or the hospital's own by CATAMNESIS_DATABASE_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, NullPool, create_engine
from sqlmodel import Session

from backend import audit, embedded
from backend.settings import Settings, settings
from register.refusal import Refusal


class DatabaseUnreachable(Refusal):
    """The hospital's database does not answer."""


@contextmanager
def database() -> Iterator[str]:
    """The URL of a database that runs and whose schema is the one of this program, while the block runs."""
    with _server(settings()) as url:
        migrate(url)
        yield url


@contextmanager
def connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection in one transaction: committed when the block ends well, undone otherwise."""
    with database() as url, psycopg.connect(url, autocommit=False) as pg:
        yield pg


@contextmanager
def unit_of_work(url: str, *, by: str) -> Iterator[Session]:
    """A session in one transaction that writes the audit trail for `by`."""
    with Session(_engine(url), expire_on_commit=False) as session, session.begin():
        audit.attach(session, by=by)
        yield session


def raw(session: Session) -> psycopg.Connection[Any]:
    """The driver's connection under a session, in the same transaction: for COPY."""
    return session.connection().connection.driver_connection  # type: ignore[return-value]


def migrate(url: str) -> None:
    """Bring the schema to the revision of this program; nothing to do costs one query."""
    if _at_head(url):
        return
    from alembic import command

    command.upgrade(alembic_config(url), "head")


def alembic_config(url: str):  # type: ignore[no-untyped-def]  # alembic.config.Config, imported late
    """Alembic's configuration for a database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["url"] = url
    return config


def sqlalchemy_url(url: str) -> str:
    """The URL with the driver named, as SQLAlchemy wants it."""
    scheme, rest = url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    """The engine of a database: it remembers how statements are compiled, and holds no connection open."""
    return create_engine(sqlalchemy_url(url), poolclass=NullPool)


@contextmanager
def _server(current: Settings) -> Iterator[str]:
    if current.database_url is not None:
        url = current.database_url.get_secret_value()
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.Error as unreachable:
            raise DatabaseUnreachable(
                f"The database of CATAMNESIS_DATABASE_URL does not answer: {unreachable}"
            ) from unreachable
        yield url
    else:
        with embedded.running(current.home) as url:
            yield url


def _at_head(url: str) -> bool:
    newest = max(
        path.stem for path in (Path(__file__).parent.parent / "migrations/versions").glob("0*.py")
    )
    with psycopg.connect(url) as pg:
        if pg.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return False
        return pg.execute("SELECT version_num FROM alembic_version").fetchone() == (newest[:4],)
