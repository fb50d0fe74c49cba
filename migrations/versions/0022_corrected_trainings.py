"""A training that takes the place of another, which stays on file."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "training",
        sa.Column(
            "supersedes",
            sa.Integer(),
            nullable=True,
            comment="Number of the record it takes the place of; empty = none",
        ),
    )
    op.create_unique_constraint("training_superseded_once", "training", ["supersedes"])


def downgrade() -> None:
    op.drop_constraint("training_superseded_once", "training")
    op.drop_column("training", "supersedes")
