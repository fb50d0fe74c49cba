"""Tokens of programs, and every decision of the scope gate."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

APPEND_ONLY = ("scope_decision",)


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("account", sa.String(), nullable=False, comment="Account it belongs to"),
        sa.Column("name", sa.String(), nullable=False, comment="What it is for"),
        sa.Column("digest", sa.String(), nullable=False, comment="SHA-256 of the token"),
        sa.Column(
            "sites",
            sa.JSON(),
            nullable=False,
            comment="Keys of the sites it is limited to; empty = all",
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made"
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="From when it is worth nothing",
        ),
        sa.Column(
            "revoked_at", sa.DateTime(timezone=True), nullable=True, comment="When it was revoked"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_api_token_account"), "api_token", ["account"], unique=False)
    op.create_index(op.f("ix_api_token_digest"), "api_token", ["digest"], unique=True)
    op.create_table(
        "scope_decision",
        sa.Column("id", sa.String(), nullable=False, comment="Drawn by chance"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("study_instance_uid", sa.String(), nullable=False, comment="DICOM (0020,000D)"),
        sa.Column(
            "attributes", sa.JSON(), nullable=False, comment="Attributes of the study as asked"
        ),
        sa.Column("scope", sa.String(), nullable=False, comment="In, out or undeterminable"),
        sa.Column(
            "attribute",
            sa.String(),
            nullable=False,
            comment="Attribute that decided; empty = none",
        ),
        sa.Column("value", sa.String(), nullable=False, comment="Its value"),
        sa.Column("clause", sa.String(), nullable=False, comment="Condition it was held against"),
        sa.Column("source", sa.String(), nullable=False, comment="Where the condition is written"),
        sa.Column("sentence", sa.String(), nullable=False, comment="The decision in words"),
        sa.Column(
            "indication",
            sa.String(),
            nullable=True,
            comment="Key of the indication it comes from; empty = none",
        ),
        sa.Column(
            "scope_version",
            sa.String(),
            nullable=False,
            comment="Digest of the indications, the deployment and its state as they stood",
        ),
        sa.Column(
            "decided_at", sa.DateTime(timezone=True), nullable=False, comment="When it was decided"
        ),
        sa.Column("decided_by", sa.String(), nullable=False, comment="Account that asked"),
        sa.Column(
            "token",
            sa.Integer(),
            nullable=True,
            comment="Number of the token it asked with; empty = command line",
        ),
        sa.Column(
            "idempotency_key",
            sa.String(),
            nullable=True,
            comment="Keyed digest of the key the question came with",
        ),
        sa.Column("question", sa.String(), nullable=False, comment="SHA-256 of the question"),
        sa.Column(
            "signature", sa.String(), nullable=False, comment="HMAC-SHA-256 of all the above"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_scope_decision_key", "scope_decision", ["decided_by", "idempotency_key"], unique=True
    )
    op.create_index("ix_scope_decision_study", "scope_decision", ["study_instance_uid"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("scope_decision")
    op.drop_table("api_token")
