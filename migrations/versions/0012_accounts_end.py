"""Accounts that end by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column(
            "expires_on",
            sa.Date(),
            nullable=True,
            comment="Last day it opens anything; empty = without end",
        ),
    )


def downgrade() -> None:
    op.drop_column("account", "expires_on")
