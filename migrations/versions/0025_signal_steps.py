"""What people did about a signal."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "signal_step",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column("signal", sa.Integer(), nullable=False, comment="Number of the signal"),
        sa.Column("step", sa.String(), nullable=False, comment="What was done"),
        sa.Column(
            "to",
            sa.String(),
            nullable=False,
            comment="Whom or what it was given or linked to; empty = none",
        ),
        sa.Column("until", sa.Date(), nullable=True, comment="Until when it was put off"),
        sa.Column("reason", sa.String(), nullable=False, comment="Why, in a sentence"),
        sa.Column("by", sa.String(), nullable=False, comment="Who took the step"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When"),
    )
    op.create_index("ix_signal_step_signal", "signal_step", ["signal"])
    op.execute(
        "CREATE TRIGGER signal_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signal_step "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("signal_step")
