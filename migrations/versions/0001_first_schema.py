"""The first schema: register, evidence, derived tables, verdicts, dossiers, accounts and audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


APPEND_ONLY = (
    "study", "inference", "clinical_report", "outcome", "follow_up", "investigation", "event",
    "evidence_batch", "quarantined_row", "site", "algorithm", "product_version", "clearance", "indication",
    "commitment", "deployment", "measurement", "verdict", "cycle", "audit_event",
)  # fmt: skip
"""Tables in which no row is ever changed or deleted; the trigger says so to whoever tries."""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("key", sa.String(), nullable=False, comment="Sign-in name"),
        sa.Column("name", sa.String(), nullable=False, comment="Printed name"),
        sa.Column("role", sa.String(), nullable=False, comment="What the person may do"),
        sa.Column("password_hash", sa.String(), nullable=False, comment="Argon2id"),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made"
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "algorithm",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("name", sa.String(), nullable=False, comment="Trade name"),
        sa.Column(
            "manufacturer", sa.JSON(), nullable=False, comment="Legal manufacturer: name, srn"
        ),
        sa.Column("purpose", sa.String(), nullable=False, comment="What its output is used for"),
        sa.Column("specialty", sa.String(), nullable=False, comment="Whose images it reads"),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), nullable=False, comment="Place in the chain"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("by", sa.String(), nullable=False, comment="Who"),
        sa.Column("event", sa.String(), nullable=False, comment="What happened, in the past tense"),
        sa.Column("subject", sa.String(), nullable=False, comment="To what"),
        sa.Column("before", sa.JSON(), nullable=True, comment="State before"),
        sa.Column("after", sa.JSON(), nullable=True, comment="State after"),
        sa.Column("previous_hash", sa.String(), nullable=False, comment="Hash of the line before"),
        sa.Column(
            "hash",
            sa.String(),
            nullable=False,
            comment="SHA-256 over this line and the hash before",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "clearance",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column(
            "jurisdiction", sa.String(), nullable=False, comment="Where it holds: EU, GB, US …"
        ),
        sa.Column("pathway", sa.String(), nullable=False, comment="Route to the market"),
        sa.Column("number", sa.String(), nullable=True, comment="Certificate or submission number"),
        sa.Column("notified_body", sa.String(), nullable=True, comment="Four digits"),
        sa.Column("device_class", sa.String(), nullable=True, comment="Risk class"),
        sa.Column("rule", sa.String(), nullable=True, comment="Classification rule"),
        sa.Column("issued", sa.Date(), nullable=True, comment="First day"),
        sa.Column("expires", sa.Date(), nullable=True, comment="Last day"),
        sa.Column(
            "conditions",
            sa.String(),
            nullable=True,
            comment="Conditions and limitations as written",
        ),
        sa.Column(
            "ai_act",
            sa.JSON(),
            nullable=True,
            comment="AI Act assessment: high_risk, route, assessed_by, assessed_on, rationale",
        ),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "clinical_report",
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
        sa.Column("report_id", sa.String(), nullable=False, comment="Identifier of the document"),
        sa.Column("finding", sa.String(), nullable=False, comment="Which finding"),
        sa.Column(
            "study_instance_uid", sa.String(), nullable=True, comment="The study it describes"
        ),
        sa.Column(
            "accession_number",
            sa.String(),
            nullable=True,
            comment="Keyed digest, where the source knows no study UID",
        ),
        sa.Column("call", sa.String(), nullable=False, comment="What the reader said"),
        sa.Column("reader", sa.String(), nullable=True, comment="Who read"),
        sa.Column(
            "reader_role",
            sa.String(),
            nullable=True,
            comment="In which role; study_reader = read for a study, not for care",
        ),
        sa.Column("read", sa.String(), nullable=True, comment="Which read"),
        sa.Column(
            "reported_at", sa.DateTime(timezone=True), nullable=False, comment="When it was signed"
        ),
        sa.Column("status", sa.String(), nullable=True, comment="State of the document"),
        sa.Column(
            "ai_visible", sa.String(), nullable=True, comment="Whether the reader saw the AI"
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the reader opened the study",
        ),
        sa.Column(
            "communicated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a critical finding was communicated",
        ),
        sa.Column(
            "recommended_action", sa.String(), nullable=True, comment="What the reader recommended"
        ),
        sa.Column("measurement", sa.Float(), nullable=True, comment="Measured value"),
        sa.Column("measurement_unit", sa.String(), nullable=True, comment="UCUM unit"),
        sa.Column("text", sa.String(), nullable=True, comment="The text, scrubbed of identifiers"),
        sa.PrimaryKeyConstraint("report_id", "finding", "revision"),
    )
    op.create_index(
        op.f("ix_clinical_report_accession_number"),
        "clinical_report",
        ["accession_number"],
        unique=False,
    )
    op.create_index(
        "ix_clinical_report_recorded_at",
        "clinical_report",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        op.f("ix_clinical_report_study_instance_uid"),
        "clinical_report",
        ["study_instance_uid"],
        unique=False,
    )
    op.create_table(
        "commitment",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column("kind", sa.String(), nullable=False, comment="What was promised"),
        sa.Column("due", sa.String(), nullable=True, comment="How often"),
        sa.Column("next", sa.Date(), nullable=True, comment="When it is next due"),
        sa.Column(
            "within_days",
            sa.Integer(),
            nullable=True,
            comment="Days after the event that calls for it",
        ),
        sa.Column("source", sa.String(), nullable=False, comment="Contract clause"),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column(
            "judged",
            sa.JSON(),
            nullable=False,
            comment="Per deployment: days and cases judged anew, and the register it was judged by",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deployment",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column("site", sa.String(), nullable=False, comment="Key of the site"),
        sa.Column("version", sa.String(), nullable=False, comment="Installed version"),
        sa.Column(
            "indications",
            sa.JSON(),
            nullable=False,
            comment="Names of the indications it is used for",
        ),
        sa.Column(
            "use_mode", sa.String(), nullable=False, comment="How its output is used once live"
        ),
        sa.Column("threshold", sa.Float(), nullable=True, comment="Operating point, 0 to 1"),
        sa.Column(
            "thresholds",
            sa.JSON(),
            nullable=False,
            comment="Operating point per finding where they differ",
        ),
        sa.Column("routing", sa.String(), nullable=False, comment="Which studies are sent to it"),
        sa.Column(
            "pacs",
            sa.JSON(),
            nullable=True,
            comment="PACS: vendor, version, certified, certificate",
        ),
        sa.Column("shadow_from", sa.Date(), nullable=True, comment="First day in shadow"),
        sa.Column("shadow_to", sa.Date(), nullable=True, comment="Last day in shadow"),
        sa.Column("live_from", sa.Date(), nullable=True, comment="First day live"),
        sa.Column("live_to", sa.Date(), nullable=True, comment="Last day live"),
        sa.Column("oversight", sa.JSON(), nullable=False, comment="Role -> person"),
        sa.Column(
            "scanners",
            sa.JSON(),
            nullable=False,
            comment="Scanners that send: manufacturer, model, serial",
        ),
        sa.Column(
            "acceptance",
            sa.JSON(),
            nullable=False,
            comment="Acceptance criteria fixed before the data were seen",
        ),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.String(), nullable=False, comment="Identifier printed on every page"),
        sa.Column("kind", sa.String(), nullable=False, comment="Which document"),
        sa.Column("title", sa.String(), nullable=False, comment="Its title"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("period_from", sa.Date(), nullable=False, comment="First day covered"),
        sa.Column("period_to", sa.Date(), nullable=False, comment="Last day covered"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column(
            "built_at", sa.DateTime(timezone=True), nullable=False, comment="When it was built"
        ),
        sa.Column("built_by", sa.String(), nullable=False, comment="Who built it"),
        sa.Column(
            "folder",
            sa.String(),
            nullable=False,
            comment="Folder of the bundle, below the home folder",
        ),
        sa.Column("manifest_sha256", sa.String(), nullable=False, comment="Hash of manifest.json"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "event",
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
        sa.Column("event_id", sa.String(), nullable=False, comment="Identifier"),
        sa.Column("site", sa.String(), nullable=True, comment="Where"),
        sa.Column(
            "deployment", sa.String(), nullable=True, comment="Which deployment, if only one"
        ),
        sa.Column("kind", sa.String(), nullable=False, comment="What changed"),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("manufacturer_model_name", sa.String(), nullable=True, comment="Scanner model"),
        sa.Column(
            "software_versions", sa.String(), nullable=True, comment="Software of the scanner"
        ),
        sa.Column("description", sa.String(), nullable=True, comment="What happened"),
        sa.PrimaryKeyConstraint("event_id", "revision"),
    )
    op.create_index(
        "ix_event_recorded_at", "event", ["recorded_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "evidence_batch",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the batch"),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it was taken"
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who imported it"),
        sa.Column("source", sa.String(), nullable=False, comment="Key of the source"),
        sa.Column("title", sa.String(), nullable=False, comment="The source in words"),
        sa.Column("origin", sa.String(), nullable=False, comment="Real cases or simulated ones"),
        sa.Column("citation", sa.String(), nullable=False, comment="Where the data are published"),
        sa.Column(
            "simulated",
            sa.JSON(),
            nullable=False,
            comment="Columns of a real source that were made up",
        ),
        sa.Column("note", sa.String(), nullable=False, comment="What a reader must know"),
        sa.Column(
            "counts",
            sa.JSON(),
            nullable=False,
            comment="Per file: read = accepted + unchanged + corrected + quarantined",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "follow_up",
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
            "patient", sa.String(), nullable=False, comment="Keyed digest of patient and issuer"
        ),
        sa.Column("finding", sa.String(), nullable=False, comment="Which finding"),
        sa.Column("followed_to", sa.Date(), nullable=False, comment="Last day of the follow-up"),
        sa.Column("source", sa.String(), nullable=True, comment="Where it came from"),
        sa.PrimaryKeyConstraint("patient", "finding", "followed_to", "revision"),
    )
    op.create_index(
        "ix_follow_up_recorded_at",
        "follow_up",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "indication",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("clearance", sa.String(), nullable=False, comment="Key of the clearance"),
        sa.Column(
            "name", sa.String(), nullable=False, comment="Key of the indication within the entry"
        ),
        sa.Column("finding", sa.String(), nullable=False, comment="What is looked for"),
        sa.Column("statement", sa.String(), nullable=False, comment="The manufacturer's sentence"),
        sa.Column("clause", sa.String(), nullable=False, comment="Where it is written"),
        sa.Column("scope", sa.JSON(), nullable=False, comment="The sentence as executable clauses"),
        sa.Column(
            "claims",
            sa.JSON(),
            nullable=False,
            comment="Labelled performance: metric, value, lower, upper, margin, source, n",
        ),
        sa.Column(
            "reference_standard",
            sa.JSON(),
            nullable=False,
            comment="Protocol: positive, negative, order, matures_after_days",
        ),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "inference",
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
        sa.Column("inference_id", sa.String(), nullable=False, comment="Identifier of the run"),
        sa.Column("study_instance_uid", sa.String(), nullable=False, comment="The study it ran on"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("version", sa.String(), nullable=True, comment="Software version that ran"),
        sa.Column("finding", sa.String(), nullable=False, comment="What it looked for"),
        sa.Column("score", sa.Float(), nullable=True, comment="Output before the threshold"),
        sa.Column("call", sa.String(), nullable=True, comment="Output after the threshold"),
        sa.Column("threshold", sa.Float(), nullable=True, comment="Operating point in force"),
        sa.Column("measurement", sa.Float(), nullable=True, comment="Measured value"),
        sa.Column("measurement_unit", sa.String(), nullable=True, comment="UCUM unit"),
        sa.Column("failure_reason", sa.String(), nullable=True, comment="Why there is no output"),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the study reached the algorithm",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True, comment="When it began"),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=False, comment="When it ended"
        ),
        sa.Column(
            "shown_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a reader first saw it; empty = shadow",
        ),
        sa.Column("user_action", sa.String(), nullable=True, comment="What the reader did with it"),
        sa.Column(
            "action_at", sa.DateTime(timezone=True), nullable=True, comment="When the reader did"
        ),
        sa.Column(
            "config_digest", sa.String(), nullable=True, comment="Digest of threshold and routing"
        ),
        sa.Column("embedding", sa.ARRAY(sa.REAL()), nullable=True, comment="Image embedding"),
        sa.PrimaryKeyConstraint("inference_id", "revision"),
    )
    op.create_index(
        "ix_inference_recorded_at",
        "inference",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_index(
        op.f("ix_inference_study_instance_uid"), "inference", ["study_instance_uid"], unique=False
    )
    op.create_table(
        "investigation",
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
            "investigation_id", sa.String(), nullable=False, comment="Identifier at the source"
        ),
        sa.Column(
            "patient", sa.String(), nullable=False, comment="Keyed digest of patient and issuer"
        ),
        sa.Column(
            "accession_number",
            sa.String(),
            nullable=True,
            comment="Keyed digest of the examination that led to it",
        ),
        sa.Column("finding", sa.String(), nullable=False, comment="Which finding"),
        sa.Column("kind", sa.String(), nullable=False, comment="What was done"),
        sa.Column("trigger", sa.String(), nullable=True, comment="Who asked for it"),
        sa.Column(
            "ordered_at", sa.DateTime(timezone=True), nullable=True, comment="When it was ordered"
        ),
        sa.Column(
            "performed_at", sa.DateTime(timezone=True), nullable=False, comment="When it was done"
        ),
        sa.Column("result", sa.String(), nullable=True, comment="What it showed"),
        sa.Column("harm", sa.String(), nullable=True, comment="Harm to the patient"),
        sa.PrimaryKeyConstraint("investigation_id", "revision"),
    )
    op.create_index(op.f("ix_investigation_patient"), "investigation", ["patient"], unique=False)
    op.create_index(
        "ix_investigation_recorded_at",
        "investigation",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "judged_case",
        sa.Column(
            "inference_id", sa.String(), nullable=False, comment="The run that stands for the study"
        ),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("indication", sa.String(), nullable=True, comment="Indication that covers it"),
        sa.Column("version", sa.String(), nullable=True, comment="Software version that ran"),
        sa.Column(
            "use_mode", sa.String(), nullable=False, comment="How the output was used that day"
        ),
        sa.Column("study_instance_uid", sa.String(), nullable=False, comment="The study"),
        sa.Column("patient", sa.String(), nullable=True, comment="Keyed digest"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the study at the site"),
        sa.Column(
            "matures_on",
            sa.Date(),
            nullable=False,
            comment="From this day on, no outcome means not verified",
        ),
        sa.Column("scope", sa.String(), nullable=False, comment="Scope decision"),
        sa.Column("scope_attribute", sa.String(), nullable=True, comment="What decided it"),
        sa.Column("scope_value", sa.String(), nullable=True, comment="Its value"),
        sa.Column(
            "scope_clause", sa.String(), nullable=True, comment="The clause it was judged by"
        ),
        sa.Column("call", sa.String(), nullable=False, comment="What the algorithm said"),
        sa.Column("score", sa.Float(), nullable=True, comment="Its score"),
        sa.Column("failure_reason", sa.String(), nullable=True, comment="Why there is no output"),
        sa.Column("user_action", sa.String(), nullable=True, comment="What the reader did with it"),
        sa.Column(
            "truth",
            sa.String(),
            nullable=True,
            comment="What turned out to be true; empty = not known",
        ),
        sa.Column("tier", sa.String(), nullable=True, comment="Kind of evidence that decided"),
        sa.Column("outcome_id", sa.String(), nullable=True, comment="The outcome that decided"),
        sa.Column(
            "known_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the truth was known",
        ),
        sa.Column(
            "verification_reason",
            sa.String(),
            nullable=True,
            comment="Why the truth was looked for",
        ),
        sa.Column(
            "verification_probability",
            sa.Float(),
            nullable=True,
            comment="Chance of being verified",
        ),
        sa.Column("site", sa.String(), nullable=True, comment="Key of the site"),
        sa.Column("age_band", sa.String(), nullable=True, comment="Age in decades"),
        sa.Column("patient_sex", sa.String(), nullable=True, comment="DICOM (0010,0040)"),
        sa.Column("setting", sa.String(), nullable=True, comment="Where the patient was"),
        sa.Column("view_position", sa.String(), nullable=True, comment="DICOM (0018,5101)"),
        sa.Column("protocol_name", sa.String(), nullable=True, comment="DICOM (0018,1030)"),
        sa.Column("manufacturer", sa.String(), nullable=True, comment="DICOM (0008,0070)"),
        sa.Column(
            "manufacturer_model_name", sa.String(), nullable=True, comment="DICOM (0008,1090)"
        ),
        sa.Column("device_serial_number", sa.String(), nullable=True, comment="DICOM (0018,1000)"),
        sa.Column("software_versions", sa.String(), nullable=True, comment="DICOM (0018,1020)"),
        sa.Column("slice_thickness", sa.Float(), nullable=True, comment="DICOM (0018,0050)"),
        sa.Column("patient_age", sa.Float(), nullable=True, comment="Age at the examination"),
        sa.Column(
            "extra", sa.String(), nullable=True, comment="The x_ columns of the study, as JSON"
        ),
        sa.PrimaryKeyConstraint("inference_id"),
    )
    op.create_index(
        "ix_judged_case_deployment_day", "judged_case", ["deployment", "day"], unique=False
    )
    op.create_table(
        "judged_read",
        sa.Column("inference_id", sa.String(), nullable=False, comment="The case"),
        sa.Column("report_id", sa.String(), nullable=False, comment="The document"),
        sa.Column("call", sa.String(), nullable=False, comment="What the reader said"),
        sa.Column("reader", sa.String(), nullable=True, comment="Who read"),
        sa.Column("reader_role", sa.String(), nullable=True, comment="In which role"),
        sa.Column(
            "ai_visible", sa.String(), nullable=False, comment="Whether the reader saw the AI"
        ),
        sa.Column(
            "deciding",
            sa.Boolean(),
            nullable=False,
            comment="Whether this read stands for the clinical report",
        ),
        sa.PrimaryKeyConstraint("inference_id", "report_id"),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column(
            "content", sa.JSON(), nullable=False, comment="The performance, in its public form"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_measurement_deployment"), "measurement", ["deployment"], unique=False)
    op.create_table(
        "outcome",
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
        sa.Column("outcome_id", sa.String(), nullable=False, comment="Identifier at the source"),
        sa.Column(
            "patient", sa.String(), nullable=False, comment="Keyed digest of patient and issuer"
        ),
        sa.Column(
            "study_instance_uid",
            sa.String(),
            nullable=True,
            comment="The study it settles, where the source knows",
        ),
        sa.Column(
            "accession_number",
            sa.String(),
            nullable=True,
            comment="Keyed digest, where the source knows no study UID",
        ),
        sa.Column("finding", sa.String(), nullable=False, comment="Which finding"),
        sa.Column("value", sa.String(), nullable=False, comment="What was true"),
        sa.Column("evidence", sa.String(), nullable=False, comment="What the statement rests on"),
        sa.Column(
            "occurred_at", sa.DateTime(timezone=True), nullable=False, comment="When it was so"
        ),
        sa.Column(
            "known_at", sa.DateTime(timezone=True), nullable=True, comment="When the source knew"
        ),
        sa.Column("measurement", sa.Float(), nullable=True, comment="Measured value"),
        sa.Column("measurement_unit", sa.String(), nullable=True, comment="UCUM unit"),
        sa.Column("code_system", sa.String(), nullable=True, comment="Code system and version"),
        sa.Column("code", sa.String(), nullable=True, comment="Code"),
        sa.Column("source", sa.String(), nullable=True, comment="Where it came from"),
        sa.Column(
            "verification_reason",
            sa.String(),
            nullable=True,
            comment="Why the truth was looked for",
        ),
        sa.Column(
            "verification_probability",
            sa.Float(),
            nullable=True,
            comment="Chance of being looked at, for a designed sample",
        ),
        sa.Column("laterality", sa.String(), nullable=True, comment="Which side"),
        sa.PrimaryKeyConstraint("outcome_id", "revision"),
    )
    op.create_index(op.f("ix_outcome_patient"), "outcome", ["patient"], unique=False)
    op.create_index(
        "ix_outcome_recorded_at", "outcome", ["recorded_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "product_version",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("algorithm", sa.String(), nullable=False, comment="Key of the algorithm"),
        sa.Column(
            "version", sa.String(), nullable=False, comment="Version as the manufacturer writes it"
        ),
        sa.Column("basic_udi_di", sa.String(), nullable=True, comment="Key of the device family"),
        sa.Column(
            "udi_di", sa.String(), nullable=True, comment="Device identifier of model and version"
        ),
        sa.Column(
            "udi_pi",
            sa.String(),
            nullable=True,
            comment="Production identifier: the software release",
        ),
        sa.Column("released", sa.Date(), nullable=True, comment="Release date"),
        sa.Column("digest", sa.String(), nullable=True, comment="Digest of the installed image"),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "quarantined_row",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("batch", sa.Integer(), nullable=False, comment="The batch it came with"),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, comment="When it came"
        ),
        sa.Column("source", sa.String(), nullable=False, comment="Key of the source"),
        sa.Column("file", sa.String(), nullable=False, comment="File of the batch"),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="Line in the file; 1 is the header"
        ),
        sa.Column(
            "rows",
            sa.BigInteger(),
            nullable=False,
            comment="How many rows wait behind this entry: more than 1 when the file as a whole could not be read",
        ),
        sa.Column("column_name", sa.String(), nullable=False, comment="The column at fault"),
        sa.Column(
            "value",
            sa.String(),
            nullable=False,
            comment="The value found there; patient identifiers are masked",
        ),
        sa.Column(
            "reason", sa.String(), nullable=False, comment="What is wrong and how to mend it"
        ),
        sa.Column(
            "content", sa.JSON(), nullable=False, comment="The row as it came, identifiers replaced"
        ),
        sa.Column(
            "fingerprint",
            sa.String(),
            nullable=False,
            comment="Same row, same reason, same fingerprint: a repeated import adds nothing",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index(op.f("ix_quarantined_row_batch"), "quarantined_row", ["batch"], unique=False)
    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("cause", sa.String(), nullable=False, comment="What it is about"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Data cut at which it rang",
        ),
        sa.Column(
            "verdict", sa.Integer(), nullable=False, comment="The verdict that stands behind it"
        ),
        sa.Column("sentence", sa.String(), nullable=False, comment="Why"),
        sa.Column("action", sa.String(), nullable=False, comment="What to do"),
        sa.Column("seen", sa.Integer(), nullable=False, comment="In how many cycles it rang"),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Data cut at which it no longer rang",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_signal_deployment"), "signal", ["deployment"], unique=False)
    op.create_index(
        "signal_one_open_per_cause",
        "signal",
        ["cause"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "site",
        sa.Column("key", sa.String(), nullable=False, comment="Stable identifier of the entry"),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first statement of this key",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the register learned it",
        ),
        sa.Column("recorded_by", sa.String(), nullable=False, comment="Who entered it"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="From when it holds; empty = from the day it was recorded",
        ),
        sa.Column("name", sa.String(), nullable=False, comment="Name"),
        sa.Column("jurisdiction", sa.String(), nullable=False, comment="Whose law holds"),
        sa.Column(
            "time_zone",
            sa.String(),
            nullable=True,
            comment="IANA time zone of its clocks; empty = not configured",
        ),
        sa.PrimaryKeyConstraint("key", "revision"),
    )
    op.create_table(
        "study",
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
        sa.Column("study_instance_uid", sa.String(), nullable=False, comment="DICOM (0020,000D)"),
        sa.Column(
            "accession_number",
            sa.String(),
            nullable=True,
            comment="Keyed digest of (0008,0050) and its issuer",
        ),
        sa.Column(
            "patient",
            sa.String(),
            nullable=False,
            comment="Keyed digest of (0010,0020) and its issuer",
        ),
        sa.Column("patient_age", sa.Float(), nullable=True, comment="Age at the examination"),
        sa.Column("patient_sex", sa.String(), nullable=True, comment="DICOM (0010,0040)"),
        sa.Column(
            "patient_ethnicity", sa.String(), nullable=True, comment="Where it may lawfully be kept"
        ),
        sa.Column("site", sa.String(), nullable=False, comment="Key of the site"),
        sa.Column(
            "study_datetime",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the images were made",
        ),
        sa.Column("modality", sa.String(), nullable=False, comment="DICOM (0008,0060)"),
        sa.Column("body_part_examined", sa.String(), nullable=True, comment="DICOM (0018,0015)"),
        sa.Column("view_position", sa.String(), nullable=True, comment="DICOM (0018,5101)"),
        sa.Column("laterality", sa.String(), nullable=True, comment="DICOM (0020,0060)"),
        sa.Column("protocol_name", sa.String(), nullable=True, comment="DICOM (0018,1030)"),
        sa.Column("contrast_bolus_agent", sa.String(), nullable=True, comment="DICOM (0018,0010)"),
        sa.Column("manufacturer", sa.String(), nullable=True, comment="DICOM (0008,0070)"),
        sa.Column(
            "manufacturer_model_name", sa.String(), nullable=True, comment="DICOM (0008,1090)"
        ),
        sa.Column("device_serial_number", sa.String(), nullable=True, comment="DICOM (0018,1000)"),
        sa.Column("software_versions", sa.String(), nullable=True, comment="DICOM (0018,1020)"),
        sa.Column("slice_thickness", sa.Float(), nullable=True, comment="DICOM (0018,0050)"),
        sa.Column("kvp", sa.Float(), nullable=True, comment="DICOM (0018,0060)"),
        sa.Column("convolution_kernel", sa.String(), nullable=True, comment="DICOM (0018,1210)"),
        sa.Column(
            "magnetic_field_strength", sa.Float(), nullable=True, comment="DICOM (0018,0087)"
        ),
        sa.Column("exposure_index", sa.Float(), nullable=True, comment="DICOM (0018,1411)"),
        sa.Column("patient_position", sa.String(), nullable=True, comment="DICOM (0018,5100)"),
        sa.Column("setting", sa.String(), nullable=True, comment="Where the patient was"),
        sa.Column("priority", sa.String(), nullable=True, comment="How urgent the request was"),
        sa.PrimaryKeyConstraint("study_instance_uid", "revision"),
    )
    op.create_index(op.f("ix_study_accession_number"), "study", ["accession_number"], unique=False)
    op.create_index(op.f("ix_study_patient"), "study", ["patient"], unique=False)
    op.create_index(
        "ix_study_recorded_at", "study", ["recorded_at"], unique=False, postgresql_using="brin"
    )
    op.create_index(op.f("ix_study_study_datetime"), "study", ["study_datetime"], unique=False)
    op.create_table(
        "tally",
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the study at the site"),
        sa.Column("by", sa.String(), nullable=False, comment="Stratum; empty = all"),
        sa.Column(
            "level", sa.String(), nullable=False, comment="Level of the stratum; empty = not known"
        ),
        sa.Column("version", sa.String(), nullable=False, comment="Software version that ran"),
        sa.Column(
            "matures_on",
            sa.Date(),
            nullable=False,
            comment="From this day on, not known means not verified",
        ),
        sa.Column(
            "received",
            sa.BigInteger(),
            nullable=False,
            comment="Studies that reached the deployment",
        ),
        sa.Column(
            "in_scope", sa.BigInteger(), nullable=False, comment="Within the cleared indication"
        ),
        sa.Column("out_of_scope", sa.BigInteger(), nullable=False, comment="Outside of it"),
        sa.Column(
            "undeterminable", sa.BigInteger(), nullable=False, comment="An attribute was missing"
        ),
        sa.Column("processed", sa.BigInteger(), nullable=False, comment="In scope with an output"),
        sa.Column("failed", sa.BigInteger(), nullable=False, comment="In scope without an output"),
        sa.Column(
            "called_positive",
            sa.BigInteger(),
            nullable=False,
            comment="Processed and called positive",
        ),
        sa.Column(
            "verified",
            sa.BigInteger(),
            nullable=False,
            comment="Processed, and what turned out to be true is known",
        ),
        sa.Column("tp", sa.BigInteger(), nullable=False, comment="Called positive, was positive"),
        sa.Column("fp", sa.BigInteger(), nullable=False, comment="Called positive, was negative"),
        sa.Column("fn", sa.BigInteger(), nullable=False, comment="Called negative, was positive"),
        sa.Column("tn", sa.BigInteger(), nullable=False, comment="Called negative, was negative"),
        sa.Column(
            "indeterminate",
            sa.BigInteger(),
            nullable=False,
            comment="Verified, but call or truth is indeterminate",
        ),
        sa.Column(
            "both_positive",
            sa.BigInteger(),
            nullable=False,
            comment="Algorithm and report positive",
        ),
        sa.Column(
            "ai_only",
            sa.BigInteger(),
            nullable=False,
            comment="Algorithm positive, report negative",
        ),
        sa.Column(
            "report_only",
            sa.BigInteger(),
            nullable=False,
            comment="Algorithm negative, report positive",
        ),
        sa.Column(
            "both_negative",
            sa.BigInteger(),
            nullable=False,
            comment="Algorithm and report negative",
        ),
        sa.Column(
            "scores",
            sa.ARRAY(sa.Integer()),
            nullable=True,
            comment="Processed cases per score bin of 1/100; only where `by` is empty",
        ),
        sa.PrimaryKeyConstraint("deployment", "finding", "day", "by", "level", "version"),
    )
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number"),
        sa.Column("cause", sa.String(), nullable=False, comment="What it is about"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="Data cut"),
        sa.Column("deployment", sa.String(), nullable=False, comment="Key of the deployment"),
        sa.Column("finding", sa.String(), nullable=False, comment="What was looked for"),
        sa.Column("monitor", sa.String(), nullable=False, comment="Which monitor"),
        sa.Column("answer", sa.String(), nullable=False, comment="The answer"),
        sa.Column("digest", sa.String(), nullable=False, comment="SHA-256 of the content"),
        sa.Column("content", sa.JSON(), nullable=False, comment="The verdict"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_verdict_cause"), "verdict", ["cause"], unique=False)
    op.create_index(op.f("ix_verdict_deployment"), "verdict", ["deployment"], unique=False)
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%_is_append_only: % is refused; record a new revision instead', "
        "TG_TABLE_NAME, TG_OP; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_verdict_deployment"), table_name="verdict")
    op.drop_index(op.f("ix_verdict_cause"), table_name="verdict")
    op.drop_table("verdict")
    op.drop_table("tally")
    op.drop_index(op.f("ix_study_study_datetime"), table_name="study")
    op.drop_index("ix_study_recorded_at", table_name="study", postgresql_using="brin")
    op.drop_index(op.f("ix_study_patient"), table_name="study")
    op.drop_index(op.f("ix_study_accession_number"), table_name="study")
    op.drop_table("study")
    op.drop_table("site")
    op.drop_index(
        "signal_one_open_per_cause",
        table_name="signal",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(op.f("ix_signal_deployment"), table_name="signal")
    op.drop_table("signal")
    op.drop_index(op.f("ix_quarantined_row_batch"), table_name="quarantined_row")
    op.drop_table("quarantined_row")
    op.drop_table("product_version")
    op.drop_index("ix_outcome_recorded_at", table_name="outcome", postgresql_using="brin")
    op.drop_index(op.f("ix_outcome_patient"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(op.f("ix_measurement_deployment"), table_name="measurement")
    op.drop_table("measurement")
    op.drop_table("judged_read")
    op.drop_index("ix_judged_case_deployment_day", table_name="judged_case")
    op.drop_table("judged_case")
    op.drop_index(
        "ix_investigation_recorded_at", table_name="investigation", postgresql_using="brin"
    )
    op.drop_index(op.f("ix_investigation_patient"), table_name="investigation")
    op.drop_table("investigation")
    op.drop_index(op.f("ix_inference_study_instance_uid"), table_name="inference")
    op.drop_index("ix_inference_recorded_at", table_name="inference", postgresql_using="brin")
    op.drop_table("inference")
    op.drop_table("indication")
    op.drop_index("ix_follow_up_recorded_at", table_name="follow_up", postgresql_using="brin")
    op.drop_table("follow_up")
    op.drop_table("evidence_batch")
    op.drop_index("ix_event_recorded_at", table_name="event", postgresql_using="brin")
    op.drop_table("event")
    op.drop_table("dossier")
    op.drop_table("deployment")
    op.drop_table("cycle")
    op.drop_table("commitment")
    op.drop_index(op.f("ix_clinical_report_study_instance_uid"), table_name="clinical_report")
    op.drop_index(
        "ix_clinical_report_recorded_at", table_name="clinical_report", postgresql_using="brin"
    )
    op.drop_index(op.f("ix_clinical_report_accession_number"), table_name="clinical_report")
    op.drop_table("clinical_report")
    op.drop_table("clearance")
    op.drop_table("audit_event")
    op.drop_table("algorithm")
    op.drop_table("account")
    op.execute("DROP FUNCTION refuse_change()")
