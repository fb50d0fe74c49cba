"""The written form of a question to the scope gate; anything it does not know is refused by name.

A sentence names the place and the remedy, never what was sent: that may hold what nobody should log.
"""

from functools import cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
)

from register.fault import told
from register.refusal import Refusal
from register.scope import ATTRIBUTES
from surveillance.intake.sheet import FileColumn, sheets
from surveillance.scope_gate import Check

MOST_CHECKS = 1000
MOST_BYTES = 2 << 20
LONGEST = 256
UID = "study_instance_uid"


class NotUnderstood(Refusal):
    """A question to the interface that is not in its form; the sentence names the place and the remedy."""


class TooLarge(Refusal):
    """A request that is larger than any question needs to be."""


def _known(study: dict[str, Any]) -> dict[str, Any]:
    """Attributes a scope may ask about, each as the evidence contract has it."""
    if "use_mode" in study:
        raise ValueError("'use_mode' is what the register says; leave it out")
    for name in study:
        if name not in ATTRIBUTES and name != UID:
            raise ValueError(
                f"'{name}' is not an attribute of a study. Use {UID} and any of: {', '.join(_contract())}"
            )
    if UID not in study:
        raise ValueError(f"{UID} is missing; add it")
    _uid(study[UID])
    for name, value in study.items():
        if name in ATTRIBUTES and value is not None:
            _fits(_contract()[name], value)
    return study


def _uid(value: object) -> None:
    parts = value.split(".") if isinstance(value, str) and len(value) <= 64 else [""]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{UID} is not a DICOM UID: digits and dots, 64 at most")


def _fits(contract: FileColumn, value: object) -> None:
    if contract.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            unit = f" in {contract.unit}" if contract.unit else ""
            raise ValueError(f"{contract.name} needs a number{unit}, or null where it is not known")
        low, high = contract.minimum, contract.maximum
        if not (float("-inf") if low is None else low) <= value <= (1e9 if high is None else high):
            raise ValueError(
                f"{contract.name} lies outside what it can be; give null where it is not known"
            )
    elif not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise ValueError(
            f"{contract.name} needs a printable text of {LONGEST} characters at most, or null"
        )
    elif contract.choices and value and value not in contract.choices:
        raise ValueError(f"{contract.name} is one of {', '.join(contract.choices)}, or null")  # fmt: skip


@cache
def _contract() -> dict[str, FileColumn]:
    return {c.name: c for c in sheets()["studies"].columns if c.name in ATTRIBUTES}


class Form(BaseModel):
    """Every level of the form: unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class CheckForm(Form):
    """One question."""

    deployment: Annotated[str, Field(max_length=LONGEST)]
    finding: Annotated[str, Field(pattern="^[a-z0-9_]{1,100}$")] | None = None
    study: Annotated[dict[str, Any], AfterValidator(_known)]
    idempotency_key: Annotated[str, Field(min_length=1, max_length=LONGEST)] | None = None

    def check(self) -> Check:
        """The question as a value."""
        return Check(
            deployment=self.deployment, finding=self.finding, study_instance_uid=self.study[UID],
            attributes={name: value for name, value in self.study.items() if name != UID},
            idempotency_key=self.idempotency_key,
        )  # fmt: skip


class ChecksForm(Form):
    """Many questions, answered together or not at all."""

    checks: Annotated[list[CheckForm], Field(min_length=1, max_length=MOST_CHECKS)]


def _which(body: object) -> str:
    return "many" if isinstance(body, dict) and "checks" in body else "one"


_FORM: TypeAdapter[CheckForm | ChecksForm] = TypeAdapter(
    Annotated[
        Annotated[CheckForm, Tag("one")] | Annotated[ChecksForm, Tag("many")],
        Discriminator(_which),
    ]
)


def read(body: bytes) -> CheckForm | ChecksForm:
    """What is asked, read from JSON."""
    try:
        return _FORM.validate_json(body)
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_url=False)
        error = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
        where = ".".join(str(part) for part in error["loc"][1:]) or "the body"
        raise NotUnderstood(f"{told(error, where)}.") from wrong
