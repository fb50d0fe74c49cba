"""Locked reference windows and their charts; a signal is a matter, with every verdict that rings about it."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

MATTER = """CASE split_part(cause, '|', 3)
    WHEN 'performance' THEN split_part(cause, '|', 1) || '|' || split_part(cause, '|', 2) || ': ' || split_part(cause, '|', 4)
    WHEN 'equipment' THEN split_part(cause, '|', 1) || '|scanner ' || split_part(cause, '|', 6)
    WHEN 'drift' THEN split_part(cause, '|', 1) || '|' || CASE
        WHEN split_part(cause, '|', 4) IN ('manufacturer_model_name', 'slice_thickness', 'view_position') THEN 'acquisition'
        WHEN split_part(cause, '|', 4) IN ('setting', 'patient_age', 'patient_sex') THEN 'patients'
        ELSE split_part(cause, '|', 2) || ': scores' END
    ELSE cause END"""
FIRST_OF_ITS_MATTER = (
    f"SELECT DISTINCT ON ({MATTER}) id FROM signal WHERE closed_at IS NULL ORDER BY {MATTER}, id"
)


def upgrade() -> None:
    op.create_table(
        "locked_reference",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column(
            "plan",
            sa.String(),
            nullable=False,
            comment="SHA-256 of the plan that it was locked for",
        ),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First study day of the window"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last study day of the window"),
        sa.Column("mature_on", sa.Date(), nullable=False, comment="When all its cases were mature"),
        sa.Column(
            "locked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Data cut at which it was locked",
        ),
        sa.Column("cases", sa.Integer(), nullable=False, comment="Cases in the window"),
        sa.Column("charts", sa.JSON(), nullable=False, comment="The charts with their limits"),
    )
    op.create_index("ix_locked_reference_deployment", "locked_reference", ["deployment"])
    op.execute(
        "CREATE TRIGGER locked_reference_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON locked_reference "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "drawn_chart",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column(
            "reference",
            sa.Integer(),
            nullable=False,
            comment="Number of the locked reference window",
        ),
        sa.Column("watch", sa.String(), nullable=False, comment="What is watched"),
        sa.Column("by", sa.String(), nullable=False, comment="By which column; empty = all cases"),
        sa.Column("level", sa.String(), nullable=False, comment="On which level of it"),
        sa.Column("side", sa.String(), nullable=False, comment="In which direction"),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="Limit, days with the highest value of each, days of alarms, cases behind the last",
        ),
    )
    op.create_index("ix_drawn_chart_deployment", "drawn_chart", ["deployment"])
    op.add_column(
        "signal",
        sa.Column(
            "joined_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Data cut at which the last verdict joined those that ring",
        ),
    )
    op.add_column(
        "signal",
        sa.Column(
            "verdicts",
            sa.JSON(),
            nullable=True,
            comment="Numbers of the verdicts that ring, the foremost first",
        ),
    )
    op.execute("UPDATE signal SET joined_at = opened_at, verdicts = json_build_array(verdict)")
    op.alter_column("signal", "joined_at", nullable=False)
    op.alter_column("signal", "verdicts", nullable=False)
    op.drop_column("signal", "verdict")
    op.execute(
        f"UPDATE signal SET closed_at = now() WHERE closed_at IS NULL AND id NOT IN ({FIRST_OF_ITS_MATTER})"
    )
    op.execute(f"UPDATE signal SET cause = {MATTER} WHERE closed_at IS NULL")


def downgrade() -> None:
    op.add_column(
        "signal",
        sa.Column(
            "verdict",
            sa.Integer(),
            nullable=True,
            comment="The verdict that stands behind it",
        ),
    )
    op.execute("UPDATE signal SET verdict = (verdicts->>0)::integer")
    op.execute(
        "UPDATE signal SET cause = verdict.cause FROM verdict WHERE verdict.id = signal.verdict AND closed_at IS NULL"
    )
    op.alter_column("signal", "verdict", nullable=False)
    op.drop_column("signal", "joined_at")
    op.drop_column("signal", "verdicts")
    op.drop_table("drawn_chart")
    op.drop_table("locked_reference")
