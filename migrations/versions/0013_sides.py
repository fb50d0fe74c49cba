"""Sides are coded."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = ("study", "inference", "clinical_report", "outcome")


def upgrade() -> None:
    for table in TABLES:
        op.create_check_constraint(
            f"{table}_laterality_coded", table, "\"laterality\" IN ('L', 'R', 'B', 'U')"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint(f"{table}_laterality_coded", table)
