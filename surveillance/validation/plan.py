"""The protocol of a local validation: population, size and acceptance criteria, fixed and time-stamped."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.refusal import Refusal
from surveillance.judged_case import STRATA
from surveillance.statistics.claims import buderer
from surveillance.view import view


class ValidationNotPossible(Refusal):
    """A validation that cannot be planned, run or signed; the sentence says why and what would do."""


class ValidationPlan(SQLModel, table=True):
    """A protocol as it was fixed; another one needs another key."""

    __tablename__ = "validation_plan"

    key: str = column("Key of the validation", Privacy.OPERATIONAL, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    version: str = column("Software version it is about", Privacy.OPERATIONAL)
    threshold: float | None = column("Operating point it is about", Privacy.OPERATIONAL)
    content: dict[str, Any] = column(
        "Population, period, strata, criteria and sizes", Privacy.OPERATIONAL, sa_type=JSON
    )
    author: str = column("Who fixed it", Privacy.PERSON)
    fixed_at: datetime = column(
        "When it was fixed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


class Form(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Criterion(Form):
    """A metric shown to be no worse than a value by more than a margin."""

    metric: Literal["sensitivity", "specificity"]
    claim: float = Field(gt=0, lt=1)
    margin: float = Field(gt=0, lt=1)


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
        return PlanForm.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise ValidationNotPossible(f"{path}: not readable as YAML in UTF-8.") from wrong
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ValidationNotPossible(f"{path}: {field}: {first['msg']}.") from wrong


def fix(session: Session, form: PlanForm, *, author: str, at: datetime) -> ValidationPlan:
    """Fix a protocol: from now on neither its criteria nor its period change.

    `sizes` holds the cases Buderer's formula asks for, with the margin as the half-width.
    """
    known = view(session, form.deployment)
    finding = known.finding(form.finding)
    if session.get(ValidationPlan, form.key) is not None:
        raise ValidationNotPossible(
            f"The validation '{form.key}' is fixed already and cannot be changed; plan another under a new key."
        )
    expected = {c.metric: c.claim for c in form.criteria}
    size = buderer(
        sensitivity=expected.get("sensitivity", 0.9),
        specificity=expected.get("specificity", 0.9),
        prevalence=form.prevalence,
        half_width=min(c.margin for c in form.criteria),
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
        },
        author=author,
        fixed_at=at,
    )
    session.add(plan)
    session.flush()
    return plan


def plans(session: Session, deployment: str | None = None) -> list[ValidationPlan]:
    """Every protocol, of one deployment if given, in the order they were fixed."""
    found = select(ValidationPlan).order_by(col(ValidationPlan.fixed_at))
    if deployment is not None:
        found = found.where(ValidationPlan.deployment == deployment)
    return list(session.exec(found))


def plan_of(session: Session, key: str) -> ValidationPlan:
    """The protocol of that key; a refusal that names the others."""
    plan = session.get(ValidationPlan, key)
    if plan is None:
        known = ", ".join(one.key for one in plans(session)) or "none yet"
        raise ValidationNotPossible(f"No validation '{key}'. There are: {known}.")
    return plan
