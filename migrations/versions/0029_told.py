"""What went out, to whom and by which way."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column(
            "about", sa.String(), nullable=False, comment="What it was about, such as signal 12"
        ),
        sa.Column("way", sa.String(), nullable=False, comment="By which way"),
        sa.Column("to", sa.String(), nullable=False, comment="Whom or what it went to"),
        sa.Column(
            "at", sa.DateTime(timezone=True), nullable=False, comment="When it was taken there"
        ),
    )
    op.create_index("ix_told_about", "told", ["about"])
    op.execute(
        "CREATE TRIGGER told_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON told "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("told")
