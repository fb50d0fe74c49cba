"""Lesion by lesion, derived."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "judged_lesion",
        sa.Column("inference_id", sa.String(), nullable=False, comment="The case"),
        sa.Column(
            "lesion", sa.String(), nullable=False, comment="The lesion, by the name its marks have"
        ),
        sa.Column("laterality", sa.String(), nullable=True, comment="Which side"),
        sa.Column(
            "call",
            sa.String(),
            nullable=False,
            comment="What the algorithm said of it; none = no mark",
        ),
        sa.Column("score", sa.Float(), nullable=True, comment="Its score"),
        sa.Column(
            "truth",
            sa.String(),
            nullable=True,
            comment="What it turned out to be; empty = not known",
        ),
        sa.Column("tier", sa.String(), nullable=True, comment="Kind of evidence that decided"),
        sa.PrimaryKeyConstraint("inference_id", "lesion"),
    )


def downgrade() -> None:
    op.drop_table("judged_lesion")
