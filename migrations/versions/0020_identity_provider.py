"""Accounts bound to a person of an identity provider, with or without a password."""

import secrets

import sqlalchemy as sa
from alembic import op
from argon2 import PasswordHasher

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.alter_column(
        "account",
        "password_hash",
        existing_type=sa.String(),
        nullable=True,
        existing_comment="Argon2id",
        comment="Argon2id; empty = no password, the identity provider alone",
    )
    op.add_column(
        "account",
        sa.Column(
            "issuer",
            sa.String(),
            nullable=True,
            comment="Identity provider that says who the person is; empty = none",
        ),
    )
    op.add_column(
        "account",
        sa.Column(
            "subject", sa.String(), nullable=True, comment="Who the person is at that provider"
        ),
    )
    op.create_unique_constraint("account_of_one_subject", "account", ["issuer", "subject"])
    op.create_check_constraint(
        "account_bound_whole", "account", "(issuer IS NULL) = (subject IS NULL)"
    )


def downgrade() -> None:
    op.drop_constraint("account_bound_whole", "account")
    op.drop_constraint("account_of_one_subject", "account")
    op.drop_column("account", "subject")
    op.drop_column("account", "issuer")
    nobody_knows = PasswordHasher().hash(secrets.token_hex(16))
    op.execute(
        sa.text("UPDATE account SET password_hash = :it WHERE password_hash IS NULL").bindparams(
            it=nobody_knows
        )
    )
    op.alter_column(
        "account",
        "password_hash",
        existing_type=sa.String(),
        nullable=False,
        existing_comment="Argon2id; empty = no password, the identity provider alone",
        comment="Argon2id",
    )
