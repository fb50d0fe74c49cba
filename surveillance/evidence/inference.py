"""One output of one algorithm on one study, shadow or live."""

from datetime import datetime

from sqlalchemy import ARRAY, REAL, DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import LATERALITIES, Recorded

CALLS = ("positive", "negative", "indeterminate", "failed", "not_processed")
USER_ACTIONS = ("accepted", "rejected", "modified", "ignored", "not_shown")


class Inference(Recorded, table=True):
    """What the algorithm said, when, and what the reader did with it. Runs that failed are rows too."""

    __table_args__ = (
        PrimaryKeyConstraint("inference_id", "revision"),
        Index("ix_inference_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    inference_id: str = column("Identifier of the run", Privacy.PSEUDONYM)
    study_instance_uid: str = column("The study it ran on", Privacy.PSEUDONYM, index=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL)
    version: str | None = column("Software version that ran", Privacy.OPERATIONAL, default=None)
    finding: str = column("What it looked for", Privacy.CLINICAL)
    laterality: str | None = column(
        "Which side, where an output concerns one",
        Privacy.CLINICAL,
        choices=LATERALITIES,
        default=None,
    )
    lesion: str | None = column(
        "The lesion a mark concerns; empty = the output on the whole study",
        Privacy.CLINICAL,
        default=None,
    )
    score: float | None = column(
        "Output before the threshold", Privacy.CLINICAL, minimum=0, maximum=1, default=None
    )
    call: str | None = column(
        "Output after the threshold", Privacy.CLINICAL, choices=CALLS, default=None
    )
    threshold: float | None = column(
        "Operating point in force", Privacy.OPERATIONAL, minimum=0, maximum=1, default=None
    )
    measurement: float | None = column("Measured value", Privacy.CLINICAL, default=None)
    measurement_unit: str | None = column("UCUM unit", Privacy.CLINICAL, default=None)
    failure_reason: str | None = column("Why there is no output", Privacy.OPERATIONAL, default=None)
    received_at: datetime | None = column(
        "When the study reached the algorithm",
        Privacy.OPERATIONAL,
        sa_type=DateTime(timezone=True),
        default=None,
    )
    started_at: datetime | None = column(
        "When it began", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )
    completed_at: datetime = column(
        "When it ended", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    shown_at: datetime | None = column(
        "When a reader first saw it; empty = shadow",
        Privacy.OPERATIONAL,
        sa_type=DateTime(timezone=True),
        default=None,
    )
    user_action: str | None = column(
        "What the reader did with it", Privacy.OPERATIONAL, choices=USER_ACTIONS, default=None
    )
    action_at: datetime | None = column(
        "When the reader did", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )
    config_digest: str | None = column(
        "Digest of threshold and routing", Privacy.OPERATIONAL, default=None
    )
    embedding: list[float] | None = column(
        "Image embedding", Privacy.CLINICAL, sa_type=ARRAY(REAL), default=None
    )
