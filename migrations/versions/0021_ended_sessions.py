"""Sessions that were signed out, until their cookie would have expired."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "ended_session",
        sa.Column("id", sa.String(), nullable=False, comment="Identifier in the cookie"),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the cookie is too old in any case",
        ),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("ended_session")
