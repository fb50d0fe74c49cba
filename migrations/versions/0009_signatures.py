"""Signatures under any record, and decisions on operating points."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

APPEND_ONLY = ("signature", "operating_point_decision")


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column(
            "record", sa.String(), nullable=False, comment="What was signed: kind and number"
        ),
        sa.Column("digest", sa.String(), nullable=False, comment="SHA-256 of what was signed"),
        sa.Column("signer", sa.String(), nullable=False, comment="Sign-in name"),
        sa.Column("name", sa.String(), nullable=False, comment="Printed name"),
        sa.Column("role", sa.String(), nullable=False, comment="Role of the signer at the time"),
        sa.Column("meaning", sa.String(), nullable=False, comment="What the signature means"),
        sa.Column("reason", sa.String(), nullable=False, comment="Why"),
        sa.Column(
            "signed_at", sa.DateTime(timezone=True), nullable=False, comment="When it was signed"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_signature_record"), "signature", ["record"], unique=False)
    op.execute(
        "INSERT INTO signature (record, digest, signer, name, role, meaning, reason, signed_at) "
        "SELECT 'validation_run ' || run, '', signer, name, '', meaning, reason, signed_at "
        "FROM validation_signature ORDER BY id"
    )
    op.drop_table("validation_signature")
    op.create_table(
        "operating_point_decision",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("use_mode", sa.String(), nullable=False, comment="How the output was used then"),
        sa.Column("in_force", sa.Float(), nullable=False, comment="Operating point in force then"),
        sa.Column("chosen", sa.Float(), nullable=False, comment="Operating point decided on"),
        sa.Column(
            "figures",
            sa.JSON(),
            nullable=False,
            comment="The figures of both, as the explorer showed them",
        ),
        sa.Column(
            "as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut of the figures"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_operating_point_decision_deployment"),
        "operating_point_decision",
        ["deployment"],
        unique=False,
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("operating_point_decision")
    op.create_table(
        "validation_signature",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("run", sa.Integer(), nullable=False, comment="The run signed"),
        sa.Column("signer", sa.String(), nullable=False, comment="Who signed"),
        sa.Column("name", sa.String(), nullable=False, comment="Printed name"),
        sa.Column("meaning", sa.String(), nullable=False, comment="What the signature means"),
        sa.Column("reason", sa.String(), nullable=False, comment="Why"),
        sa.Column(
            "signed_at", sa.DateTime(timezone=True), nullable=False, comment="When it was signed"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_validation_signature_run"), "validation_signature", ["run"], unique=False
    )
    op.execute(
        "INSERT INTO validation_signature (run, signer, name, meaning, reason, signed_at) "
        "SELECT substr(record, 16)::int, signer, name, meaning, reason, signed_at FROM signature "
        "WHERE record LIKE 'validation_run %' ORDER BY id"
    )
    op.drop_table("signature")
    op.execute(
        "CREATE TRIGGER validation_signature_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
        "validation_signature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
