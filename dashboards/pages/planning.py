"""The form in which a local validation is fixed: what is filled in beforehand, and what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.pages.shown import shown, words
from register.entitlement import GOVERNING, who
from surveillance.view import DeploymentView

METRICS = ("sensitivity", "specificity")
LABELS = {
    "key": "Name of the validation",
    "finding": "Looked for",
    "population": "Population, in a sentence",
    "from": "First study day",
    "to": "Last study day",
    "use_mode": "Cases read in mode",
    "by": "A verdict for each",
    "prevalence": "Share of positives expected, 0 to 1",
    "minimum_positives": "Positives at least",
    "criteria": "Sensitivity expected, or specificity expected",
}
STRATA = {
    "device_serial_number": "scanner",
    "manufacturer_model_name": "scanner model",
    "setting": "setting",
    "age_band": "age band",
    "patient_sex": "sex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningForm:
    """Everything the form holds, as typed or as the register suggests it."""

    action: str = shown("Where the form is sent")
    labels: Mapping[str, str] = shown("Label of each field by its name")
    values: Mapping[str, str] = shown("Value of each field by its name")
    findings: tuple[tuple[str, str], ...] = shown("What it can be about: key and words")
    modes: tuple[tuple[str, str], ...] = shown("Modes of use whose cases are looked at")
    strata: tuple[tuple[str, str], ...] = shown("What the verdict is given for, one by one")
    claims: tuple[tuple[str, str, str, str], ...] = shown(
        "Each metric with its claim, its margin, and why less than the label is enough"
    )
    hindered: str = shown("Why this person cannot fix one; empty = can")
    problem: str = shown("Why the last one was refused; empty = it was not")


def planning_form(
    known: DeploymentView,
    *,
    today: date,
    role: str,
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> PlanningForm:
    """The form for a deployment; claims and margins are those of the label until something was typed."""
    finding = known.findings[0] if known.findings else ""
    labelled = {
        claim["metric"]: claim
        for indication in known.indications
        if indication.finding == finding
        for claim in indication.claims
    }
    values = {
        "key": f"{known.key}-{today:%Y}",
        "finding": finding,
        "population": "",
        "from": today.isoformat(),
        "to": (today + timedelta(days=90)).isoformat(),
        "use_mode": "shadow",
        "by": "device_serial_number",
        "minimum_positives": "30",
        "prevalence": "",
        **{f"claim-{m}": str(labelled.get(m, {}).get("value", "")) for m in METRICS},
        **{f"margin-{m}": str(labelled.get(m, {}).get("margin", "")) for m in METRICS},
        **(given or {}),
    }
    return PlanningForm(
        action=f"/deployments/{known.key}/validations",
        labels=LABELS,
        values=values,
        findings=tuple((one, words(one)) for one in known.findings),
        modes=tuple(
            (mode, words(mode)) for mode in dict.fromkeys(("shadow", known.entry.use_mode))
        ),
        strata=tuple(STRATA.items()),
        claims=tuple(
            (m, values[f"claim-{m}"], values[f"margin-{m}"], values.get(f"weaker-{m}", ""))
            for m in METRICS
        ),
        hindered="" if role in GOVERNING else f"{who('fixes a validation').capitalize()}.",
        problem=problem,
    )
