"""Calls read out of the text of a report."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "clinical_report",
        sa.Column(
            "language",
            sa.String(),
            nullable=True,
            comment="Language of the text; with it an empty call is read out of the text",
        ),
    )
    op.add_column(
        "clinical_report",
        sa.Column(
            "read_by",
            sa.String(),
            nullable=True,
            comment="Rules that read the call out of the text; empty = the source gave it",
        ),
    )
    op.add_column(
        "clinical_report",
        sa.Column("read_from", sa.String(), nullable=True, comment="The sentence that decided"),
    )
    op.add_column(
        "judged_read",
        sa.Column(
            "read_by",
            sa.String(),
            nullable=True,
            comment="Rules that read the call out of the text",
        ),
    )
    op.create_check_constraint(
        "clinical_report_language_coded", "clinical_report", "\"language\" IN ('de', 'en')"
    )


def downgrade() -> None:
    op.drop_constraint("clinical_report_language_coded", "clinical_report")
    op.drop_column("judged_read", "read_by")
    op.drop_column("clinical_report", "read_from")
    op.drop_column("clinical_report", "read_by")
    op.drop_column("clinical_report", "language")
