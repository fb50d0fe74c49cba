"""Accounts limited to sites, and a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column(
            "sites",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="Keys of the sites it is limited to; empty = all",
        ),
    )
    op.alter_column("account", "sites", server_default=None)
    op.add_column(
        "account",
        sa.Column(
            "totp_secret",
            sa.String(),
            nullable=True,
            comment="Secret of the authenticator app; empty = no second factor",
        ),
    )
    op.add_column(
        "account",
        sa.Column(
            "totp_used",
            sa.BigInteger(),
            nullable=True,
            comment="Half-minute since 1970 of the last code taken; none is taken twice",
        ),
    )


def downgrade() -> None:
    op.drop_column("account", "totp_used")
    op.drop_column("account", "totp_secret")
    op.drop_column("account", "sites")
