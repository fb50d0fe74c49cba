"""What the installation is asked to do, and the queue it waits in: Procrastinate's own tables, in a schema of their own."""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"

QUEUE = files("procrastinate").joinpath("sql", "schema.sql")


def upgrade() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column("kind", sa.String(), nullable=False, comment="What is to be done"),
        sa.Column("about", sa.String(), nullable=False, comment="About what; empty = everything"),
        sa.Column("asked_by", sa.String(), nullable=False, comment="Who asked for it"),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), nullable=False, comment="When it was asked for"
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last attempt began",
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was done or given up",
        ),
        sa.Column(
            "problem",
            sa.String(),
            nullable=False,
            comment="Why the last attempt failed; empty = it did not",
        ),
    )
    op.create_index("ix_work_kind", "work", ["kind"])
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path = jobs")
    op.get_bind().connection.driver_connection.execute(QUEUE.read_text(encoding="utf-8"))
    op.execute("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")
    op.drop_table("work")
