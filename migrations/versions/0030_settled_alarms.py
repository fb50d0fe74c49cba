"""What a chart told and people settled."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "settled_alarm",
        sa.Column("id", sa.Integer(), primary_key=True, comment="Number"),
        sa.Column(
            "step",
            sa.Integer(),
            nullable=False,
            comment="Number of the step about a signal by which it was settled",
        ),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("watch", sa.String(), nullable=False, comment="What is watched"),
        sa.Column("by", sa.String(), nullable=False, comment="By which column; empty = all cases"),
        sa.Column("level", sa.String(), nullable=False, comment="On which level of it"),
        sa.Column(
            "up_to", sa.Date(), nullable=False, comment="Day of the last alarm that is settled"
        ),
        sa.Column("settled_on", sa.Date(), nullable=False, comment="Day on which it was settled"),
    )
    op.create_index("ix_settled_alarm_deployment", "settled_alarm", ["deployment"])
    op.execute(
        "CREATE TRIGGER settled_alarm_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settled_alarm "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("settled_alarm")
