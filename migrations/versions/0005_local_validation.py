"""Local validations: protocols fixed beforehand, their runs, the signatures under them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

APPEND_ONLY = (
    "validation_plan",
    "validation_run",
    "validation_signature",
)


def upgrade() -> None:
    op.create_table(
        "validation_plan",
        sa.Column("key", sa.String(), nullable=False, comment="Key of the validation"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("version", sa.String(), nullable=False, comment="Software version it is about"),
        sa.Column("threshold", sa.Float(), nullable=True, comment="Operating point it is about"),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="Population, period, strata, criteria and sizes",
        ),
        sa.Column("author", sa.String(), nullable=False, comment="Who fixed it"),
        sa.Column(
            "fixed_at", sa.DateTime(timezone=True), nullable=False, comment="When it was fixed"
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        op.f("ix_validation_plan_deployment"), "validation_plan", ["deployment"], unique=False
    )
    op.create_table(
        "validation_run",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("plan", sa.String(), nullable=False, comment="Key of the validation"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column("content", sa.JSON(), nullable=False, comment="Verdicts and counts"),
        sa.Column("run_by", sa.String(), nullable=False, comment="Who ran it"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_validation_run_plan"), "validation_run", ["plan"], unique=False)
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
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_validation_signature_run"), table_name="validation_signature")
    op.drop_table("validation_signature")
    op.drop_index(op.f("ix_validation_run_plan"), table_name="validation_run")
    op.drop_table("validation_run")
    op.drop_index(op.f("ix_validation_plan_deployment"), table_name="validation_plan")
    op.drop_table("validation_plan")
