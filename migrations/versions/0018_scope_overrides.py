"""Overrides of the scope gate by a named clinician, and the one run each let through."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

APPEND_ONLY = ("scope_override", "scope_override_use")


def upgrade() -> None:
    op.create_table(
        "scope_override",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column(
            "decision",
            sa.String(),
            nullable=False,
            comment="Identifier of the decision it overrides",
        ),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("study_instance_uid", sa.String(), nullable=False, comment="DICOM (0020,000D)"),
        sa.Column("clause", sa.String(), nullable=False, comment="Condition that is overridden"),
        sa.Column("reason", sa.String(), nullable=False, comment="Why"),
        sa.Column(
            "overridden_by", sa.String(), nullable=False, comment="Sign-in name of the clinician"
        ),
        sa.Column(
            "overridden_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was overridden",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision"),
    )
    op.create_index(
        op.f("ix_scope_override_deployment"), "scope_override", ["deployment"], unique=False
    )
    op.create_table(
        "scope_override_use",
        sa.Column("override", sa.Integer(), nullable=False, comment="Number of the override"),
        sa.Column(
            "decision",
            sa.String(),
            nullable=False,
            comment="Identifier of the decision that used it",
        ),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the gate let it through",
        ),
        sa.PrimaryKeyConstraint("override"),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("scope_override_use")
    op.drop_table("scope_override")
