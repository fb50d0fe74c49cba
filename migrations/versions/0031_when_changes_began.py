"""Charts tell of each alarm when what it found began, and of a reference window whether it was steady; they are drawn anew in the next cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
_WAS = "Limit, days with the highest value of each, days of alarms, cases behind the last"
_IS = "Limit, days with the highest value of each, alarms with the days they tell of, cases behind the last"


def upgrade() -> None:
    op.alter_column("drawn_chart", "content", comment=_IS, existing_comment=_WAS)
    op.execute("DELETE FROM drawn_chart")
    op.add_column(
        "locked_reference",
        sa.Column("unsteady", sa.JSON(), nullable=False, server_default="[]",
                  comment="What its own charts rang within it, in sentences"),
    )  # fmt: skip
    op.alter_column("locked_reference", "unsteady", server_default=None)


def downgrade() -> None:
    op.drop_column("locked_reference", "unsteady")
    op.execute("DELETE FROM drawn_chart")
    op.alter_column("drawn_chart", "content", comment=_WAS, existing_comment=_IS)
