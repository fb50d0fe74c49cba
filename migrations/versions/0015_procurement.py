"""Before an algorithm is taken on: answers on the AI Act and on due diligence, and how the studies of the site fit."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

APPEND_ONLY = ("ai_act_answer", "due_diligence_answer", "local_fit")


def upgrade() -> None:
    op.create_table(
        "ai_act_answer",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column("site", sa.String(), nullable=False, comment="Key of the site"),
        sa.Column(
            "configuration",
            sa.String(),
            nullable=False,
            comment="Version of the law it was answered under",
        ),
        sa.Column("question", sa.String(), nullable=False, comment="Key of the question"),
        sa.Column("answer", sa.String(), nullable=False, comment="Code of the answer"),
        sa.Column("reason", sa.String(), nullable=False, comment="Why"),
        sa.Column(
            "answered_by", sa.String(), nullable=False, comment="Sign-in name of who answered"
        ),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was answered",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_ai_act_answer_algorithm"), "ai_act_answer", ["algorithm"], unique=False
    )
    op.create_table(
        "due_diligence_answer",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column("site", sa.String(), nullable=False, comment="Key of the site"),
        sa.Column("item", sa.String(), nullable=False, comment="Key of the item"),
        sa.Column("answer", sa.String(), nullable=False, comment="What is found"),
        sa.Column("evidence", sa.String(), nullable=False, comment="What it rests on"),
        sa.Column(
            "known",
            sa.String(),
            nullable=False,
            comment="What the register and the site's own evidence said of it then; empty = nothing",
        ),
        sa.Column(
            "answered_by", sa.String(), nullable=False, comment="Sign-in name of who answered"
        ),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was answered",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_due_diligence_answer_algorithm"),
        "due_diligence_answer",
        ["algorithm"],
        unique=False,
    )
    op.create_table(
        "local_fit",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("first", sa.Date(), nullable=False, comment="First study day counted"),
        sa.Column("last", sa.Date(), nullable=False, comment="Last study day counted"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="Studies, elsewhere, counts by decision, deciding clauses, and strata",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_local_fit_deployment"), "local_fit", ["deployment"], unique=False)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("local_fit")
    op.drop_table("due_diligence_answer")
    op.drop_table("ai_act_answer")
