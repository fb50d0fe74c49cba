"""Change plans and grounds of releases; safety notices; addresses and digests."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

APPEND_ONLY = ("safety_notice", "contact", "digest_sent")


def upgrade() -> None:
    op.add_column(
        "product_version",
        sa.Column(
            "change",
            sa.JSON(),
            nullable=True,
            comment="What changed against the version before, and on what ground it may",
        ),
    )
    op.add_column(
        "clearance",
        sa.Column(
            "change_plan",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="Predetermined changes that the clearance covers",
        ),
    )
    op.alter_column("clearance", "change_plan", server_default=None)
    op.create_table(
        "safety_notice",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column(
            "reference", sa.String(), nullable=False, comment="Reference of the manufacturer"
        ),
        sa.Column("versions", sa.JSON(), nullable=False, comment="Versions concerned; empty = all"),
        sa.Column("issued", sa.Date(), nullable=False, comment="Day it was issued"),
        sa.Column("received", sa.Date(), nullable=False, comment="Day it reached the site"),
        sa.Column("respond_by", sa.Date(), nullable=False, comment="Day by which it is answered"),
        sa.Column("summary", sa.String(), nullable=False, comment="What is wrong"),
        sa.Column("action", sa.String(), nullable=False, comment="What the manufacturer asks for"),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was entered"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("algorithm", "reference"),
    )
    op.create_index(
        op.f("ix_safety_notice_algorithm"), "safety_notice", ["algorithm"], unique=False
    )
    op.create_table(
        "contact",
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
        sa.Column("email", sa.String(), nullable=False, comment="E-mail address"),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "digest_sent",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("person", sa.String(), nullable=False, comment="Who it was for"),
        sa.Column("tasks", sa.Integer(), nullable=False, comment="Tasks in it"),
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the mail server took it",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_digest_sent_person"), "digest_sent", ["person"], unique=False)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.drop_table(table)
    op.drop_column("clearance", "change_plan")
    op.drop_column("product_version", "change")
