"""The FDA's list of AI-enabled devices, as one snapshot after another."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "fda_listing",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("decided", sa.Date(), nullable=False, comment="Date of final decision"),
        sa.Column("device", sa.String(), nullable=False, comment="Device"),
        sa.Column("company", sa.String(), nullable=False, comment="Company"),
        sa.Column("panel", sa.String(), nullable=False, comment="Lead review panel"),
        sa.Column("product_code", sa.String(), nullable=False, comment="Primary product code"),
        sa.Column(
            "listed", sa.Boolean(), nullable=False, comment="Whether the last snapshot still has it"
        ),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.execute(
        "CREATE TRIGGER fda_listing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fda_listing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("fda_listing")
