"""Scope reviews as they were opened, and each completion of them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

APPEND_ONLY = ("scope_review", "scope_review_completion")


def upgrade() -> None:
    op.create_table(
        "scope_review",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("due", sa.Date(), nullable=False, comment="By when"),
        sa.Column("period_from", sa.Date(), nullable=False, comment="First study day it covers"),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True), nullable=False, comment="When it was opened"
        ),
        sa.Column(
            "opened_by",
            sa.String(),
            nullable=True,
            comment="Who opened it before its time; empty = the cycle, when it fell due",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_scope_review_deployment"), "scope_review", ["deployment"], unique=False
    )
    op.create_index(
        "ix_scope_review_period", "scope_review", ["deployment", "period_from"], unique=True
    )
    op.create_table(
        "scope_review_completion",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("review", sa.Integer(), nullable=False, comment="Number of the review"),
        sa.Column("period_to", sa.Date(), nullable=False, comment="Last study day it covers"),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Data cut of the dossier",
        ),
        sa.Column(
            "dossier",
            sa.String(),
            nullable=False,
            comment="Identifier of the dossier it rests on",
        ),
        sa.Column(
            "dossier_sha256",
            sa.String(),
            nullable=False,
            comment="Hash of the manifest of that dossier",
        ),
        sa.Column(
            "remarks",
            sa.JSON(),
            nullable=False,
            comment="Section -> what a person says of it",
        ),
        sa.Column("conclusion", sa.String(), nullable=False, comment="Conclusion, with reasons"),
        sa.Column("decision", sa.String(), nullable=False, comment="What is decided"),
        sa.Column(
            "conditions",
            sa.String(),
            nullable=False,
            comment="Under which conditions; empty = none",
        ),
        sa.Column(
            "despite",
            sa.String(),
            nullable=False,
            comment="Why it continues although a claim is breached; empty = none is",
        ),
        sa.Column("next_review", sa.Date(), nullable=False, comment="Day of the next review"),
        sa.Column(
            "configuration",
            sa.JSON(),
            nullable=False,
            comment="Version, operating points, routing, scanners and PACS at the time",
        ),
        sa.Column(
            "completed_by", sa.String(), nullable=False, comment="Sign-in name of its author"
        ),
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was completed",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_scope_review_completion_review"),
        "scope_review_completion",
        ["review"],
        unique=False,
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("scope_review_completion")
    op.drop_table("scope_review")
