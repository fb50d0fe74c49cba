"""Random audits of what nobody called positive, and the cases drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

APPEND_ONLY = (
    "random_audit",
    "audited_case",
)


def upgrade() -> None:
    op.create_table(
        "audited_case",
        sa.Column("audit", sa.Integer(), nullable=False, comment="The sample"),
        sa.Column("inference_id", sa.String(), nullable=False, comment="The case"),
        sa.Column(
            "study_instance_uid", sa.String(), nullable=False, comment="The study to look at"
        ),
        sa.Column("stratum", sa.String(), nullable=False, comment="Level of the stratum"),
        sa.Column(
            "probability", sa.Float(), nullable=False, comment="Chance it had of being drawn"
        ),
        sa.PrimaryKeyConstraint("audit", "inference_id"),
    )
    op.create_table(
        "random_audit",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("first", sa.Date(), nullable=False, comment="First study day of the frame"),
        sa.Column("last", sa.Date(), nullable=False, comment="Last study day of the frame"),
        sa.Column(
            "by",
            sa.String(),
            nullable=False,
            comment="Stratum the sample was spread over; empty = none",
        ),
        sa.Column("frame", sa.Integer(), nullable=False, comment="Cases it was drawn from"),
        sa.Column(
            "frame_digest",
            sa.String(),
            nullable=False,
            comment="SHA-256 over those cases, in order",
        ),
        sa.Column("size", sa.Integer(), nullable=False, comment="Cases drawn"),
        sa.Column("seed", sa.Integer(), nullable=False, comment="Seed of the draw"),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("drawn_by", sa.String(), nullable=False, comment="Who drew it"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_random_audit_deployment"), "random_audit", ["deployment"], unique=False
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_random_audit_deployment"), table_name="random_audit")
    op.drop_table("random_audit")
    op.drop_table("audited_case")
