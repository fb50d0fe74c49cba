"""The monitors that watch beside the rules of a plan, and how often they may ring for nothing."""

from dataclasses import dataclass

from register.stop_rules import stop_rules
from surveillance.view import DeploymentView

DRIFT_COLUMNS = {
    "score": "the score distribution",
    "manufacturer_model_name": "the mix of scanner models",
    "slice_thickness": "the slice thickness",
    "view_position": "the mix of view positions",
    "setting": "the mix of settings",
    "patient_age": "the age of the patients",
    "patient_sex": "the mix of sexes",
}
DRIFT_CHANCE = 0.001
"""How often a column of equal months is told to have shifted, at most, each month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A monitor beside the plan: what it does, and false alarms a year at most; None where it is no matter of chance or has no rate."""

    monitor: str
    told: str
    false_alarms_per_year: float | None


def beside_the_plan(known: DeploymentView) -> tuple[Beside, ...]:
    """What else may ring for a deployment, with its rate."""
    findings = max(1, len(known.findings))
    claims = sum(len(indication.claims) for indication in known.indications)
    rules = len(stop_rules(known.entry.monitoring))
    return (
        Beside(
            monitor="drift",
            told=f"each month {len(DRIFT_COLUMNS)} columns against the first three months, each with a chance of {DRIFT_CHANCE:g} at most",
            false_alarms_per_year=12 * len(DRIFT_COLUMNS) * findings * DRIFT_CHANCE,
        ),
        Beside(
            monitor="performance",
            told=f"{claims} claim{'' if claims == 1 else 's'} of the label: breached at one-sided 0.025 below claim and margin, so far more rarely while the claim itself "
            "holds; looked at in every cycle",
            false_alarms_per_year=None,
        ),
        Beside(
            monitor="stop rule",
            told=f"{rules} agreed: met when a whole 95 % interval lies beyond the limit; looked at in every cycle",
            false_alarms_per_year=None,
        ),
        Beside(
            monitor="equipment", told="counted: a new scanner is one", false_alarms_per_year=0.0
        ),
    )
