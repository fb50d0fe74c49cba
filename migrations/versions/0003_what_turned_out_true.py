"""Sides, lesions and merged patients; the protocol that decided; analyses and restatements."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

APPEND_ONLY = (
    "patient_merge",
    "analysis",
    "restatement",
)


def upgrade() -> None:
    op.create_table(
        "analysis",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("kind", sa.String(), nullable=False, comment="Which analysis"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column("content", sa.JSON(), nullable=False, comment="The analysis, in its public form"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_analysis_deployment"), "analysis", ["deployment"], unique=False)
    op.create_table(
        "patient_merge",
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement, 2 for its first correction",
        ),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When we learned it"
        ),
        sa.Column("batch", sa.Integer(), nullable=False, comment="The batch that brought it"),
        sa.Column(
            "digest",
            sa.String(),
            nullable=False,
            comment="MD5 of the content, to tell a repetition from a correction",
        ),
        sa.Column("extra", sa.JSON(), nullable=True, comment="The x_ columns of the site"),
        sa.Column(
            "prior_patient",
            sa.String(),
            nullable=False,
            comment="Keyed digest of the retired identifier",
        ),
        sa.Column(
            "patient",
            sa.String(),
            nullable=False,
            comment="Keyed digest of the surviving identifier",
        ),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When they were merged",
        ),
        sa.Column("source", sa.String(), nullable=True, comment="Where it came from"),
        sa.PrimaryKeyConstraint("prior_patient", "revision"),
    )
    op.create_index(op.f("ix_patient_merge_patient"), "patient_merge", ["patient"], unique=False)
    op.create_index(
        "ix_patient_merge_recorded_at",
        "patient_merge",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "restatement",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column(
            "as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut that knew better"
        ),
        sa.Column("inference_id", sa.String(), nullable=False, comment="The case"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the study at the site"),
        sa.Column("before", sa.String(), nullable=False, comment="What was held to be true"),
        sa.Column("before_tier", sa.String(), nullable=False, comment="On what evidence"),
        sa.Column(
            "before_protocol",
            sa.String(),
            nullable=False,
            comment="By which version of the protocol",
        ),
        sa.Column(
            "after",
            sa.String(),
            nullable=True,
            comment="What is held now; empty = not known any more",
        ),
        sa.Column("after_tier", sa.String(), nullable=True, comment="On what evidence"),
        sa.Column(
            "after_protocol",
            sa.String(),
            nullable=False,
            comment="By which version of the protocol",
        ),
        sa.Column("outcome_id", sa.String(), nullable=True, comment="The outcome that decides now"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_restatement_deployment_day",
        "restatement",
        ["deployment", "finding", "day"],
        unique=False,
    )
    op.add_column(
        "clinical_report", sa.Column("laterality", sa.String(), nullable=True, comment="Which side")
    )
    op.add_column(
        "inference",
        sa.Column(
            "laterality",
            sa.String(),
            nullable=True,
            comment="Which side, where an output concerns one",
        ),
    )
    op.add_column(
        "inference",
        sa.Column(
            "lesion",
            sa.String(),
            nullable=True,
            comment="The lesion a mark concerns; empty = the output on the whole study",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the deciding fact was so",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column("accession_number", sa.String(), nullable=True, comment="Keyed digest"),
    )
    op.add_column(
        "judged_case", sa.Column("laterality", sa.String(), nullable=True, comment="Which side")
    )
    op.add_column(
        "judged_case",
        sa.Column("measurement", sa.Float(), nullable=True, comment="What it measured"),
    )
    op.add_column(
        "judged_case",
        sa.Column("measurement_unit", sa.String(), nullable=True, comment="UCUM unit"),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "protocol", sa.String(), nullable=True, comment="Version of the protocol that decided"
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "reference_measurement",
            sa.Float(),
            nullable=True,
            comment="What the reference measured, in the same unit",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "study_datetime",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the study was taken",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it reached the algorithm",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the output was there",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column(
            "shown_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a reader first saw it",
        ),
    )
    op.add_column(
        "judged_case",
        sa.Column("priority", sa.String(), nullable=True, comment="How urgent it was ordered"),
    )
    op.add_column(
        "judged_read",
        sa.Column("read", sa.String(), nullable=True, comment="First, second or arbitration"),
    )
    op.add_column(
        "judged_read",
        sa.Column(
            "reported_at", sa.DateTime(timezone=True), nullable=True, comment="When it was signed"
        ),
    )
    op.add_column(
        "judged_read",
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the reader opened the study",
        ),
    )
    op.add_column(
        "judged_read",
        sa.Column(
            "communicated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a critical finding was told",
        ),
    )
    op.add_column(
        "judged_read",
        sa.Column("recommended_action", sa.String(), nullable=True, comment="What was recommended"),
    )
    op.add_column(
        "judged_read",
        sa.Column("measurement", sa.Float(), nullable=True, comment="What the reader measured"),
    )
    op.add_column(
        "judged_read",
        sa.Column("measurement_unit", sa.String(), nullable=True, comment="UCUM unit"),
    )
    op.add_column(
        "outcome",
        sa.Column(
            "lesion",
            sa.String(),
            nullable=True,
            comment="The lesion it settles, by the name the inferences give it",
        ),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_column("outcome", "lesion")
    op.drop_column("judged_read", "measurement_unit")
    op.drop_column("judged_read", "measurement")
    op.drop_column("judged_read", "recommended_action")
    op.drop_column("judged_read", "communicated_at")
    op.drop_column("judged_read", "opened_at")
    op.drop_column("judged_read", "reported_at")
    op.drop_column("judged_read", "read")
    op.drop_column("judged_case", "occurred_at")
    op.drop_column("judged_case", "priority")
    op.drop_column("judged_case", "shown_at")
    op.drop_column("judged_case", "completed_at")
    op.drop_column("judged_case", "received_at")
    op.drop_column("judged_case", "study_datetime")
    op.drop_column("judged_case", "reference_measurement")
    op.drop_column("judged_case", "protocol")
    op.drop_column("judged_case", "measurement_unit")
    op.drop_column("judged_case", "measurement")
    op.drop_column("judged_case", "laterality")
    op.drop_column("judged_case", "accession_number")
    op.drop_column("inference", "lesion")
    op.drop_column("inference", "laterality")
    op.drop_column("clinical_report", "laterality")
    op.drop_index("ix_restatement_deployment_day", table_name="restatement")
    op.drop_table("restatement")
    op.drop_index(
        "ix_patient_merge_recorded_at", table_name="patient_merge", postgresql_using="brin"
    )
    op.drop_index(op.f("ix_patient_merge_patient"), table_name="patient_merge")
    op.drop_table("patient_merge")
    op.drop_index(op.f("ix_analysis_deployment"), table_name="analysis")
    op.drop_table("analysis")
