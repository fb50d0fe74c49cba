"""What the database and its migrations promise."""

import re

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from backend.database import alembic_config, migrate, sqlalchemy_url
from backend.tables import APPEND_ONLY, EVIDENCE, metadata
from register.columns import Privacy


def test_the_migrated_schema_is_the_one_the_tables_describe(database_url: str) -> None:
    """Nothing is left to migrate after the migrations."""
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_go_down_and_up_again(database_url: str) -> None:
    """Down to nothing and up again ends at the same schema."""
    command.downgrade(alembic_config(database_url), "base")
    with psycopg.connect(database_url) as pg:
        left = pg.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert left == (1,)  # Alembic's own
    migrate(database_url)
    test_the_migrated_schema_is_the_one_the_tables_describe(database_url)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_cannot_be_rewritten(database_url: str, table: str) -> None:
    """Tables of evidence, register and audit refuse UPDATE, DELETE and TRUNCATE, whoever asks."""
    column = "batch" if table == "study" else next(iter(metadata.tables[table].columns)).name
    for statement in (
        f'UPDATE {table} SET "{column}" = "{column}"', f"DELETE FROM {table}", f"TRUNCATE {table}",
    ):  # fmt: skip
        with (
            psycopg.connect(database_url) as pg,
            pytest.raises(psycopg.errors.RaiseException, match=f"{table}_is_append_only"),
        ):
            pg.execute(statement)


def test_every_column_says_what_it_is_and_what_it_may_reveal() -> None:
    """No column without a meaning and a privacy label."""
    for table in metadata.tables.values():
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name} has no meaning"
            assert isinstance(column.info.get("privacy"), Privacy), f"{table.name}.{column.name}"


def test_there_is_no_place_for_a_patient_identifier() -> None:
    """No column is named after an identifier in clear."""
    names = {column.name for table in metadata.tables.values() for column in table.columns}
    assert not names & {"patient_id", "patient_name", "birth_date", "patient_birth_date"}


@pytest.mark.parametrize("table", EVIDENCE)
def test_the_database_repeats_the_codes_of_the_contract(database_url: str, table: str) -> None:
    """A coded column refuses a code the contract does not know, whoever writes it."""
    coded = {c.name: c.info["choices"] for c in metadata.tables[table].columns if c.info["choices"]}
    with psycopg.connect(database_url) as pg:
        rows = pg.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'c'",
            [table],
        ).fetchall()
    found = {name.removeprefix(f"{table}_").removesuffix("_coded"): rule for name, rule in rows}
    assert set(found) == set(coded)
    for column, codes in coded.items():
        assert set(re.findall(r"'([^']+)'", found[column])) == set(codes)
