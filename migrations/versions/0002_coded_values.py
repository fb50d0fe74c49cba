"""Coded values: PostgreSQL repeats what the evidence contract allows."""

from alembic import op

revision = "0002"
down_revision = "0001"

CODED = {
    ("study", "patient_sex"): ("M", "F", "O"),
    ("study", "setting"): ("emergency", "inpatient", "outpatient", "screening"),
    ("study", "priority"): ("stat", "urgent", "routine"),
    ("inference", "call"): ("positive", "negative", "indeterminate", "failed", "not_processed"),
    ("inference", "user_action"): ("accepted", "rejected", "modified", "ignored", "not_shown"),
    ("clinical_report", "call"): ("positive", "negative", "indeterminate", "not_mentioned"),
    ("clinical_report", "read"): ("first", "second", "arbitration"),
    ("clinical_report", "status"): ("preliminary", "final", "amended"),
    ("clinical_report", "ai_visible"): ("true", "false", "unknown"),
    ("clinical_report", "recommended_action"): ("none", "recall", "imaging", "biopsy", "referral"),
    ("outcome", "value"): ("positive", "negative", "indeterminate"),
    ("outcome", "evidence"): (
        "histopathology",
        "surgery",
        "autopsy",
        "laboratory",
        "reference_assay",
        "adjudication_panel",
        "follow_up_imaging",
        "clinical_follow_up",
        "registry",
        "discharge_code",
        "second_read",
    ),
    ("outcome", "verification_reason"): (
        "clinical",
        "random_audit",
        "discordance_review",
        "protocol",
    ),
    ("investigation", "kind"): (
        "ct",
        "mri",
        "ultrasound",
        "xray",
        "biopsy",
        "referral",
        "admission",
        "procedure",
        "other",
    ),
    ("investigation", "trigger"): ("ai", "reader", "both", "unknown"),
    ("investigation", "result"): ("positive", "negative", "indeterminate"),
    ("investigation", "harm"): ("none", "minor", "serious"),
    ("event", "kind"): (
        "scanner_installed",
        "scanner_upgraded",
        "protocol_changed",
        "vendor_release",
        "threshold_changed",
        "routing_changed",
        "outage",
        "pacs_upgrade",
        "guideline_changed",
    ),
}
"""Table and column, and the codes it may hold."""


def upgrade() -> None:
    for (table, column), codes in CODED.items():
        listed = ", ".join(f"'{code}'" for code in codes)
        op.create_check_constraint(f"{table}_{column}_coded", table, f'"{column}" IN ({listed})')


def downgrade() -> None:
    for table, column in CODED:
        op.drop_constraint(f"{table}_{column}_coded", table)
