"""A scope review that was withdrawn leaves its period to another opening."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

INDEX = "ix_scope_review_period"


def upgrade() -> None:
    op.add_column(
        "scope_review",
        sa.Column(
            "opening",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="Which opening of this period it is; 1 = the first, more after one was withdrawn",
        ),
    )
    op.alter_column("scope_review", "opening", server_default=None)
    op.drop_index(INDEX, "scope_review")
    op.create_index(INDEX, "scope_review", ["deployment", "period_from", "opening"], unique=True)


def downgrade() -> None:
    op.drop_index(INDEX, "scope_review")
    op.drop_column("scope_review", "opening")
    op.create_index(INDEX, "scope_review", ["deployment", "period_from"], unique=True)
