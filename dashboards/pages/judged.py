"""A metric beside its claim: the raw figure, the corrected one where there is one, and which is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.pages.estimated import Estimated, estimated
from dashboards.pages.shown import shown
from dashboards.pages.verdict_shown import Badge, badge
from surveillance.identifiability import NONE_VERIFIED, RAW_STANDS
from surveillance.monitors.verdict import Verdict
from surveillance.view import DeploymentView

METRICS = ("sensitivity", "specificity")
HITS = {"sensitivity": ("tp", "fn"), "specificity": ("tn", "fp")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the label claims of a metric."""

    value: float = shown("The claimed value")
    margin: float = shown("How far below it may lie")
    source: str = shown("Where it is written")

    @property
    def floor(self) -> float:
        """The lowest value that still fits the claim."""
        return self.value - self.margin


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One metric of one deployment and finding."""

    metric: str = shown("Which metric")
    raw: Estimated = shown("Over the verified cases")
    hits: int = shown("Numerator of the raw figure")
    identifiable: bool = shown("Whether a figure of all cases can be had at all")
    corrected: Estimated | None = shown(
        "Corrected for partial verification or an erring reference, where that can be had"
    )
    judged: str = shown("Which of the two is held against the claim: raw, corrected, or none")
    claim: Claim | None = shown("The claim of the label, if it makes one")
    verdict: Badge | None = shown("Whether the claim holds here")
    sentence: str = shown("Why")


def claim_of(view: DeploymentView, finding: str, metric: str) -> Claim | None:
    """The claim that the register states of a metric."""
    for indication in view.indications:
        for said in indication.claims:
            if indication.finding == finding and said["metric"] == metric:
                return Claim(value=said["value"], margin=said["margin"], source=said["source"])
    return None


def judged(
    view: DeploymentView,
    finding: str,
    metric: str,
    measured: Mapping[str, Any],
    verdicts: Sequence[Verdict],
) -> Judged:
    """A metric with its claim and the verdict that stands."""
    said = next(
        (
            v
            for v in verdicts
            if (v.finding, v.monitor, v.metric, v.by) == (finding, "performance", metric, "")
        ),
        None,
    )
    other, claim = corrected_of(measured, metric), claim_of(view, finding, metric)
    return Judged(
        metric=metric,
        raw=estimated(measured["performance"][metric]),
        hits=measured["counts"][HITS[metric][0]],
        corrected=other,
        identifiable=measured["corrected"] is not None
        or measured["reason"] in (*RAW_STANDS, NONE_VERIFIED),
        judged=_judged(measured, other) if claim else "none",
        claim=claim,
        verdict=badge(said.answer) if said else None,
        sentence=said.sentence if said else "No monitor has looked yet.",
    )


def _judged(measured: Mapping[str, Any], corrected: Estimated | None) -> str:
    if corrected is not None:
        return "corrected"
    return "raw" if measured["reason"] in RAW_STANDS else "none"


def equal_told(measured: Mapping[str, Any]) -> str:
    """Why a corrected figure is the raw one to three places, where it is so."""
    same = [
        metric
        for metric in METRICS
        if (other := corrected_of(measured, metric)) is not None
        and other.value == estimated(measured["performance"][metric]).value
    ]
    if not same:
        return ""
    return (
        f"Corrected and raw {' and '.join(same)} are equal to three places: the verified cases called right and "
        "those called wrong stand, on average, for equally many cases."
    )


def corrected_of(measured: Mapping[str, Any], metric: str) -> Estimated | None:
    """The corrected figure of a metric, where there is one."""
    said = (measured.get("corrected") or {}).get(metric)
    return estimated(said) if said else None
