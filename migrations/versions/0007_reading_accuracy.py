"""How often the reading of report texts is wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

APPEND_ONLY = ("reading_accuracy",)


def upgrade() -> None:
    op.create_table(
        "reading_accuracy",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("language", sa.String(), nullable=False, comment="Language of the reports"),
        sa.Column("rules", sa.String(), nullable=False, comment="Version of the rules"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was read"),
        sa.Column(
            "positives_right",
            sa.Integer(),
            nullable=False,
            comment="Labelled positive, read as positive",
        ),
        sa.Column(
            "positives", sa.Integer(), nullable=False, comment="Labelled positive, read as definite"
        ),
        sa.Column(
            "negatives_right",
            sa.Integer(),
            nullable=False,
            comment="Labelled negative, not read as positive",
        ),
        sa.Column(
            "negatives",
            sa.Integer(),
            nullable=False,
            comment="Labelled negative, read as definite or not mentioned",
        ),
        sa.Column("source", sa.String(), nullable=False, comment="Where the labels are from"),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("measured_by", sa.String(), nullable=False, comment="Who measured"),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("reading_accuracy")
