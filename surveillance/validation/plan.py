"""The protocol of a local validation: population, size and acceptance criteria, fixed and time-stamped."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlmodel import Session

from register.entitlement import entitled
from register.fault import told
from register.indication import least_labelled
from register.signature import Signer, put
from surveillance.judged_case import STRATA
from surveillance.validation.kept import ValidationNotPossible, ValidationPlan
from surveillance.view import DeploymentView, view


class Form(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


FIXED = "fixed the protocol"
READER_GAIN = "reader_auc_gain"
"""Mean area under the readers' curves with the algorithm in sight less that without."""


class Criterion(Form):
    """A metric shown to be no worse than a value by more than a margin."""

    metric: Literal["sensitivity", "specificity", "reader_auc_gain"]
    claim: float = Field(gt=-1, lt=1)
    margin: float = Field(gt=0, lt=1)
    weaker_because: str = ""

    @model_validator(mode="after")
    def _claims_a_proportion(self) -> Self:
        """A sensitivity or specificity lies above 0; a gain may be none."""
        if self.metric != READER_GAIN and self.claim <= 0:
            raise ValueError(
                f"`claim` of {self.metric} is {self.claim}; give one above 0 and below 1"
            )
        return self


class PlanForm(Form):
    """The protocol as a site writes it, in YAML."""

    key: str
    deployment: str
    finding: str | None = None
    population: str = Field(min_length=10)
    from_: date = Field(alias="from")
    to: date
    use_mode: str = "shadow"
    by: str = "device_serial_number"
    criteria: list[Criterion] = Field(min_length=1)
    minimum_positives: int = Field(default=30, ge=1)
    prevalence: float = Field(gt=0, lt=1)
    alpha: float = Field(default=0.025, gt=0, le=0.25)

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        """The period does not end before it begins, and the stratum is one."""
        if self.to < self.from_:
            raise ValueError(f"`to` {self.to} lies before `from` {self.from_}")
        if self.by not in STRATA:
            raise ValueError(f"`by` is '{self.by}'; strata are {', '.join(STRATA)}")
        return self


def read(path: Path) -> PlanForm:
    """The protocol written in a YAML file, checked field by field."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise ValidationNotPossible(f"{path}: not readable as YAML in UTF-8.") from wrong
    return understood(said, f"{path}: ")


def understood(said: object, where: str = "", labels: Mapping[str, str] | None = None) -> PlanForm:
    """The protocol that is stated, checked field by field; a fault names the field, by its label where it has one."""
    try:
        return PlanForm.model_validate(said)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the protocol"
        raise ValidationNotPossible(
            f"{where}{told(first, (labels or {}).get(field, field))}."
        ) from wrong


def fix(session: Session, form: PlanForm, *, author: Signer, at: datetime) -> ValidationPlan:
    """Fix a protocol, signed: from now on neither its criteria nor its period change.

    `sizes` holds the cases Buderer's formula asks for, with the margin as the half-width; for a gain of
    readers none is planned. `labelled` holds what each metric must keep above by the label; a criterion that
    accepts less says why. `without_criterion` names what the label claims and nobody asks for.
    """
    from surveillance.statistics.claims import buderer

    entitled(author.name, author.role, "fixes a validation", refusal=ValidationNotPossible)
    known = view(session, form.deployment)
    finding = known.finding(form.finding)
    if session.get(ValidationPlan, form.key) is not None:
        raise ValidationNotPossible(
            f"The validation '{form.key}' is fixed already and cannot be changed; plan another under a new key."
        )
    labelled = _held_against_the_label(form, known, finding)
    proportions = [c for c in form.criteria if c.metric != READER_GAIN]
    expected = {c.metric: c.claim for c in proportions}
    size = buderer(
        sensitivity=expected.get("sensitivity", 0.9),
        specificity=expected.get("specificity", 0.9),
        prevalence=form.prevalence,
        half_width=min((c.margin for c in proportions), default=0.1),
        level=1 - 2 * form.alpha,
    )
    needed = {"sensitivity": size.diseased, "specificity": size.healthy}
    plan = ValidationPlan(
        key=form.key,
        deployment=form.deployment,
        finding=finding,
        version=known.version,
        threshold=known.entry.threshold_for(finding),
        content={
            **form.model_dump(mode="json", by_alias=True, exclude={"key", "deployment", "finding"}),
            "sizes": {metric: needed[metric] for metric in expected},
            "labelled": labelled,
            "without_criterion": _unasked(form, known, finding),
        },
        author=author.key,
        fixed_at=at,
    )
    session.add(plan)
    session.flush()
    put(
        session, record=f"validation plan {plan.key}", content=plan.model_dump(mode="json"), signer=author, meaning=FIXED,
        reason=form.population, at=at,
    )  # fmt: skip
    return plan


def short_of_label(plan: ValidationPlan) -> tuple[str, ...]:
    """Where a protocol asks for less than the label claims: a criterion that accepts less, with its author's reason, or none at all."""
    labelled = plan.content.get("labelled", {})
    weaker = (
        f"{c['metric'].capitalize()} need only keep above {c['claim'] - c['margin']:g}, which is weaker than the label's "
        f"{labelled[c['metric']]:g}: {c['weaker_because']}"
        for c in plan.content["criteria"]
        if _is_weaker(c["claim"], c["margin"], labelled.get(c["metric"]))
    )
    unasked = (
        f"{metric.replace('_', ' ').capitalize()} is claimed by the label, without a criterion here."
        for metric in plan.content.get("without_criterion", ())
    )
    return (*weaker, *unasked)


def _held_against_the_label(
    form: PlanForm, known: DeploymentView, finding: str
) -> dict[str, float]:
    claims = [c for i in known.indications if i.finding == finding for c in i.claims]
    labelled = {c.metric: least_labelled(claims, c.metric) for c in form.criteria}
    for number, criterion in enumerate(form.criteria):
        least = labelled[criterion.metric]
        if _is_weaker(criterion.claim, criterion.margin, least) and not criterion.weaker_because.strip():  # fmt: skip
            raise ValidationNotPossible(
                f"criteria.{number}: {criterion.metric} {criterion.claim:g} less {criterion.margin:g} accepts less than the label, "
                f"which claims {least:g} with its margin taken off. Ask for that at least, or say in `weaker_because` why less is "
                "enough here."
            )
    return {metric: least for metric, least in labelled.items() if least is not None}


def _unasked(form: PlanForm, known: DeploymentView, finding: str) -> list[str]:
    """The metrics that the label claims and the protocol has no criterion for."""
    claimed = {c["metric"] for i in known.indications if i.finding == finding for c in i.claims}
    return sorted(claimed - {criterion.metric for criterion in form.criteria})


def _is_weaker(claim: float, margin: float, least: float | None) -> bool:
    return least is not None and claim - margin < least - 1e-9
