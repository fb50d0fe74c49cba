"""The life of a deployment: changes of state, trainings, tasks, and the monitoring plan."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

APPEND_ONLY = ("transition", "training")


def upgrade() -> None:
    op.add_column(
        "deployment",
        sa.Column(
            "monitoring",
            sa.JSON(),
            nullable=False,
            server_default="{}",
            comment="Monitoring plan: owner, cadence, what is watched",
        ),
    )
    op.alter_column("deployment", "monitoring", server_default=None)
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("from_state", sa.String(), nullable=False, comment="State before"),
        sa.Column("to_state", sa.String(), nullable=False, comment="State it leads to"),
        sa.Column(
            "effective_from", sa.Date(), nullable=False, comment="First day of the new state"
        ),
        sa.Column("evidence", sa.String(), nullable=False, comment="What the decision rests on"),
        sa.Column(
            "configuration",
            sa.JSON(),
            nullable=False,
            comment="Version, operating points, routing, scanners and PACS at the time",
        ),
        sa.Column("proposed_by", sa.String(), nullable=False, comment="Sign-in name of its author"),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was proposed",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_transition_deployment"), "transition", ["deployment"], unique=False)
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column(
            "person",
            sa.String(),
            nullable=False,
            comment="Who was trained, as named in the oversight",
        ),
        sa.Column(
            "subject", sa.String(), nullable=False, comment="Key of the algorithm, or ai_literacy"
        ),
        sa.Column(
            "version",
            sa.String(),
            nullable=True,
            comment="Version it is about; empty = every version",
        ),
        sa.Column("completed_on", sa.Date(), nullable=False, comment="When it was completed"),
        sa.Column(
            "expires_on",
            sa.Date(),
            nullable=True,
            comment="Last day it counts; empty = without end",
        ),
        sa.Column("source", sa.String(), nullable=False, comment="Certificate, course or trainer"),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who recorded it"),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was recorded",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_training_person"), "training", ["person"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column(
            "cause",
            sa.String(),
            nullable=False,
            comment="What called for it; one open task a cause",
        ),
        sa.Column("kind", sa.String(), nullable=False, comment="What is to be done"),
        sa.Column("deployment", sa.String(), nullable=True, comment="Deployment it concerns"),
        sa.Column("algorithm", sa.String(), nullable=True, comment="Algorithm it concerns"),
        sa.Column("sentence", sa.String(), nullable=False, comment="Why, and what to do"),
        sa.Column("owner", sa.String(), nullable=True, comment="Who answers for it"),
        sa.Column("due", sa.Date(), nullable=True, comment="By when"),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True), nullable=False, comment="When it was opened"
        ),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True), nullable=True, comment="When it was closed"
        ),
        sa.Column("closed_by", sa.String(), nullable=True, comment="Who closed it"),
        sa.Column("outcome", sa.String(), nullable=True, comment="What was done"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_task_open_cause",
        "task",
        ["cause"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("task")
    op.drop_table("training")
    op.drop_table("transition")
    op.drop_column("deployment", "monitoring")
