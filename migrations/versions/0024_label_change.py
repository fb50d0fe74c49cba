"""Changes of a label under which something runs: proposed by one person, decided by another."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "label_change",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column("entry", sa.String(), nullable=False, comment="The entry as it would stand"),
        sa.Column("name", sa.String(), nullable=False, comment="Name of the file it came as"),
        sa.Column("digest", sa.String(), nullable=False, comment="SHA-256 of what it would change"),
        sa.Column(
            "fields",
            sa.JSON(),
            nullable=False,
            comment="Every field that would change, with both values",
        ),
        sa.Column(
            "effects",
            sa.JSON(),
            nullable=False,
            comment="Stored studies of each deployment under it, by today's decision and the proposed one",
        ),
        sa.Column("proposed_by", sa.String(), nullable=False, comment="Sign-in name of its author"),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was proposed",
        ),
    )
    op.create_index("ix_label_change_algorithm", "label_change", ["algorithm"])
    op.execute(
        "CREATE TRIGGER label_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON label_change "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("label_change")
