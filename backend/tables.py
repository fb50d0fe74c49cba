"""Every table of the product, imported once so that Alembic and the session know them all."""

from sqlmodel import SQLModel

from backend.access import Account
from backend.audit import AuditEvent
from backend.digest import DigestSent
from backend.tokens import ApiToken
from backend.told import Told
from backend.web.ended import EndedSession
from dashboards.dossiers.filed import FiledDossier
from register.ai_act.answering import AiActAnswer
from register.algorithm import Algorithm, Commitment, ProductVersion
from register.clearance import Clearance
from register.contact import Contact
from register.deployment import Deployment, Site
from register.fda_list import FdaListing
from register.indication import Indication
from register.label_change import LabelChange
from register.procurement.due_diligence import DueDiligenceAnswer
from register.safety_notice import SafetyNotice
from register.scope_review import ScopeReview, ScopeReviewCompletion
from register.signature import Signature
from register.task import Task
from register.training import Training
from register.transition import Transition
from surveillance.evidence.recorded import EvidenceBatch, QuarantinedRow
from surveillance.handling import SignalStep
from surveillance.intake.sheet import sheets
from surveillance.judged_case import JudgedCase, JudgedRead
from surveillance.lesions import JudgedLesion
from surveillance.measurement import Analysis, Cycle, Measurement
from surveillance.monitors.chart_record import DrawnChart, LockedReference, SettledAlarm
from surveillance.monitors.verdict import StoredVerdict
from surveillance.operating_point import OperatingPointDecision
from surveillance.procurement.local_fit import LocalFit
from surveillance.random_audit import AuditedCase, RandomAudit
from surveillance.report_text.accuracy import ReadingAccuracy
from surveillance.restatement import Restatement
from surveillance.scope_decision import RecordedDecision
from surveillance.scope_override import ScopeOverride, ScopeOverrideUse
from surveillance.signals import Signal
from surveillance.tallies import Tally
from surveillance.validation.kept import ValidationPlan, ValidationRun
from surveillance.work import Work

metadata = SQLModel.metadata

REGISTER = (
    Site, Algorithm, ProductVersion, Clearance, Indication, Commitment, Deployment, FdaListing, Contact,
)  # fmt: skip
EVIDENCE = tuple(sheet.table for sheet in sheets().values())
DERIVED = (JudgedCase, JudgedRead, JudgedLesion, Tally)
KEPT = (
    EvidenceBatch, QuarantinedRow, Cycle, Measurement, Analysis, Restatement, StoredVerdict, Signal, SignalStep, LockedReference, DrawnChart, SettledAlarm,
    FiledDossier, RandomAudit, AuditedCase, ValidationPlan, ValidationRun, Signature,
    ReadingAccuracy, OperatingPointDecision, Transition, LabelChange, Training, Task,
    RecordedDecision, ScopeOverride, ScopeOverrideUse, ScopeReview, ScopeReviewCompletion, AiActAnswer, DueDiligenceAnswer, LocalFit, SafetyNotice,
    DigestSent, Told, Work,
)  # fmt: skip
ACCESS = (Account, ApiToken, AuditEvent, EndedSession)

APPEND_ONLY = (
    *EVIDENCE,
    *(str(table.__tablename__) for table in REGISTER),
    "evidence_batch",
    "quarantined_row",
    "audit_event",
    "measurement",
    "analysis",
    "restatement",
    "random_audit",
    "audited_case",
    "validation_plan",
    "validation_run",
    "signature",
    "operating_point_decision",
    "transition",
    "label_change",
    "signal_step",
    "locked_reference",
    "settled_alarm",
    "scope_decision",
    "scope_override",
    "scope_override_use",
    "safety_notice",
    "digest_sent",
    "told",
    "scope_review",
    "scope_review_completion",
    "ai_act_answer",
    "due_diligence_answer",
    "local_fit",
    "training",
    "reading_accuracy",
    "verdict",
    "cycle",
)
"""Tables in which PostgreSQL itself refuses to change or delete a row."""
