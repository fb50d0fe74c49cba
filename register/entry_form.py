"""The written form of a register entry (YAML), field by field; anything it does not know is an error."""

import json
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from register import identifiers, scope
from register.algorithm import PURPOSES, SPECIALTIES
from register.change_plan import GROUNDS
from register.clearance import PATHWAYS
from register.deployment import USE_MODES
from register.indication import least_labelled
from register.monitoring_plan import monitoring_plan
from register.reference_standard import protocol, written_out
from register.stop_rules import stop_rules


def _choice(allowed: tuple[str, ...]) -> Any:
    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"'{value}' is not one of {', '.join(allowed)}")
        return value

    return Annotated[str, AfterValidator(check)]


def _executable(rules: dict[str, Any]) -> dict[str, Any]:
    scope.parse(rules)
    return rules


def _resolvable(rules: dict[str, Any]) -> dict[str, Any]:
    protocol(rules)
    return written_out(rules)


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _watchable(plan: dict[str, Any]) -> dict[str, Any]:
    stop_rules(plan)
    monitoring_plan(plan)
    return plan


Json = Annotated[dict[str, Any], AfterValidator(_as_json)]
"""Free-form facts; dates in them become text."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Berlin") from unknown
    return name


class Form(BaseModel):
    """Every level of the form: unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def _registered(manufacturer: Json) -> Json:
    if manufacturer.get("srn") is not None:
        identifiers.srn(str(manufacturer["srn"]))
    return manufacturer


class Claim(Form):
    """One line of the label: a metric with its interval, the margin we allow and where it is written."""

    metric: Literal["sensitivity", "specificity", "ppv", "npv", "auc"]
    value: float = Field(ge=0, le=1)
    lower: float | None = Field(default=None, ge=0, le=1)
    upper: float | None = Field(default=None, ge=0, le=1)
    margin: float = Field(default=0.05, gt=0, lt=1)
    source: str
    n: int | None = Field(default=None, gt=0)


class IndicationForm(Form):
    """A cleared indication: sentence, clause, executable scope, claims, reference standard."""

    key: str
    finding: str
    statement: str
    clause: str
    scope: Annotated[dict[str, Any], AfterValidator(_executable)]
    claims: list[Claim] = []
    reference_standard: Annotated[dict[str, Any], AfterValidator(_resolvable)]


class PlannedChange(Form):
    """One item of a predetermined change control plan: what may change, and how that is verified."""

    key: str
    modification: str
    verification: str


class ChangeForm(Form):
    """What a release changed and the ground its manufacturer gives: an item of a change plan, or another one."""

    ground: str
    summary: str
    users_informed: date | None = None


class ClearanceForm(Form):
    """A clearance in one jurisdiction with its indications."""

    key: str
    jurisdiction: str
    pathway: _choice(PATHWAYS)  # type: ignore[valid-type]
    number: str | None = None
    notified_body: Annotated[str, AfterValidator(identifiers.notified_body)] | None = None
    device_class: str | None = None
    rule: str | None = None
    issued: date | None = None
    expires: date | None = None
    conditions: str | None = None
    ai_act: Json | None = None
    change_plan: list[PlannedChange] = []
    indications: list[IndicationForm] = []

    @model_validator(mode="after")
    def _numbered_as_its_pathway_numbers(self) -> Self:
        """The number of a clearance has the form that its pathway gives it."""
        if self.number is not None:
            identifiers.clearance_number(self.number, self.pathway)
        return self


class DeviceForm(Form):
    """One released version."""

    version: str
    basic_udi_di: Annotated[str, AfterValidator(identifiers.basic_udi_di)] | None = None
    udi_di: Annotated[str, AfterValidator(identifiers.udi_di)] | None = None
    udi_pi: str | None = None
    released: date | None = None
    digest: str | None = None
    change: ChangeForm | None = None


class CommitmentForm(Form):
    """Something the manufacturer promised."""

    kind: str
    due: str | None = None
    next: date | None = None
    within_days: int | None = None
    source: str


class AlgorithmForm(Form):
    """A device family with its versions, clearances and commitments."""

    key: str
    name: str
    manufacturer: Annotated[Json, AfterValidator(_registered)]
    purpose: _choice(PURPOSES)  # type: ignore[valid-type]
    specialty: _choice(SPECIALTIES)  # type: ignore[valid-type]
    devices: list[DeviceForm] = []
    clearances: list[ClearanceForm] = []
    commitments: list[CommitmentForm] = []


class Period(Form):
    """From a day, and to a day if it ended."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: date = Field(alias="from")
    to: date | None = None


class DeploymentForm(Form):
    """One version running at one site."""

    key: str
    site: str
    version: str
    indications: list[str]
    use_mode: _choice(USE_MODES)  # type: ignore[valid-type]
    threshold: float | None = Field(default=None, ge=0, le=1)
    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    routing: str = ""
    pacs: Json | None = None
    shadow: Period | None = None
    live: Period | None = None
    oversight: dict[str, str] = {}
    scanners: list[Json] = []
    monitoring: Annotated[Json, AfterValidator(_watchable)] = {}
    acceptance: Json = {}


def _accepts_no_less_than_the_label(
    where: str, acceptance: dict[str, Any], claims: list[dict[str, Any]]
) -> None:
    for metric, rule in acceptance.items():
        least = least_labelled(claims, metric)
        asked = rule.get("min") if isinstance(rule, dict) else None
        if least is None or asked is None or asked >= least or str(rule.get("weaker_because") or "").strip():  # fmt: skip
            continue
        raise ValueError(
            f"{where}: acceptance.{metric} asks for {asked:g}, less than the label, which claims {least:g} with its margin "
            f"taken off. Ask for that at least, or state `weaker_because:` beside it"
        )


class SiteForm(Form):
    """A site that sends evidence."""

    key: str
    name: str
    jurisdiction: str = "EU"
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None


class EntryForm(Form):
    """One YAML file: an algorithm with its deployments, the sites they run at, or both."""

    effective_from: date | None = None
    sites: list[SiteForm] = []
    algorithm: AlgorithmForm | None = None
    deployments: list[DeploymentForm] = []

    @model_validator(mode="after")
    def _changes_on_a_ground(self) -> Self:
        """The ground of a release is one there is: an item of a change plan of this entry, or one of the others."""
        if self.algorithm is not None:
            planned = [item.key for c in self.algorithm.clearances for item in c.change_plan]
            for device in self.algorithm.devices:
                if device.change and device.change.ground not in (*GROUNDS, *planned):
                    raise ValueError(
                        f"version '{device.version}' changes on the ground '{device.change.ground}', which is neither an item of a "
                        f"change plan ({', '.join(planned) or 'none'}) nor one of {', '.join(GROUNDS)}"
                    )
        return self

    @model_validator(mode="after")
    def _deploys_what_it_describes(self) -> Self:
        """A deployment runs a version and covers indications that the entry itself states."""
        if self.algorithm is None:
            if self.deployments:
                raise ValueError("deployments need the `algorithm:` they run, in the same file")
            return self
        versions = [device.version for device in self.algorithm.devices]
        stated = [i.key for c in self.algorithm.clearances for i in c.indications]
        for deployment in self.deployments:
            where = f"deployment '{deployment.key}'"
            if deployment.version not in versions:
                raise ValueError(
                    f"{where} runs version '{deployment.version}', which is not among the devices "
                    f"({', '.join(versions) or 'none'})"
                )
            unknown = [name for name in deployment.indications if name not in stated]
            if unknown or not deployment.indications:
                raise ValueError(
                    f"{where} needs indications that the entry states ({', '.join(stated) or 'none'})"
                    + (f"; '{unknown[0]}' is none of them" if unknown else "")
                )
            sought = {
                i.finding
                for c in self.algorithm.clearances
                for i in c.indications
                if i.key in deployment.indications
            }
            _accepts_no_less_than_the_label(
                where,
                deployment.acceptance,
                [
                    claim.model_dump()
                    for c in self.algorithm.clearances
                    for i in c.indications
                    if i.key in deployment.indications
                    for claim in i.claims
                ],
            )
            watched = monitoring_plan(deployment.monitoring).rules
            for kind, rules in (
                ("stop", stop_rules(deployment.monitoring)),
                ("monitoring", watched),
            ):
                for rule in rules:
                    if rule.finding not in (None, *sought):
                        raise ValueError(
                            f"{where}: a {kind} rule is about '{rule.finding}'; it looks for {', '.join(sorted(sought))}"
                        )
        return self
