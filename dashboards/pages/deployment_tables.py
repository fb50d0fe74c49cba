"""The tables of a deployment's page: calls against truth, tiers, agreement, and the flow of studies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.pages.estimated import Estimated, estimated
from dashboards.pages.judged import corrected_of
from dashboards.pages.shown import sentence_case, shown, words
from surveillance.identifiability import how_it_stands

_SEEN = {
    "true": "Reader saw the AI",
    "false": "Reader blind to the AI",
    "unknown": "Not known whether the AI was seen",
}
_PAIRS = ("both_positive", "ai_only", "report_only", "both_negative", "indeterminate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the flow, and what left the flow before the next one."""

    name: str = shown("Name of the step")
    n: int = shown("Studies at this step")
    meaning: str = shown("What the step means")
    share: float = shown("Share of the studies received, 0 to 1")
    left: tuple[tuple[str, int], ...] = shown("What left the flow after this step, and how many")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A predictive value or the AUC."""

    name: str = shown("PPV, NPV or AUC")
    figure: Estimated = shown("The corrected figure, or the raw one")
    stands: str = shown("How it stands: corrected, raw and why, or empty where the raw one holds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Calls against what turned out to be true, with the values that follow from it."""

    tp: int = shown("Called positive, was positive")
    fp: int = shown("Called positive, was negative")
    fn: int = shown("Called negative, was positive")
    tn: int = shown("Called negative, was negative")
    indeterminate: int = shown("Verified, but call or truth is indeterminate: left out of the rest")
    prevalence: str = shown(
        "Share of positives among the verified: those verified, not all patients"
    )
    ppv: Estimated = shown("Share of positive calls that were right, among the verified")
    npv: Estimated = shown("Share of negative calls that were right, among the verified")
    values: tuple[Value, ...] = shown("PPV, NPV and AUC, corrected where that can be had")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Performance by the kind of evidence that decided."""

    name: str = shown("Kind of evidence")
    sensitivity: Estimated = shown("Sensitivity within it")
    specificity: Estimated = shown("Specificity within it")
    verified: int = shown("Cases it decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Agreement with one kind of read."""

    name: str = shown("Which reads")
    counts: tuple[int, ...] = shown(
        "Both +, AI only, report only, both −, and call or read indeterminate: left out of kappa"
    )
    kappa: Estimated = shown("Cohen's kappa")


def flow_steps(flow: Mapping[str, int]) -> tuple[Step, ...]:
    """Received → in scope → processed → matured → verified, with what left on the way."""
    received = max(1, flow["received"])
    unverified = flow["matured"] - flow["verified"]
    told = (
        ("Received", "received", "reached the deployment",
         (("out of scope", flow["out_of_scope"]), ("undeterminable", flow["undeterminable"]))),
        ("In scope", "in_scope", "within the cleared indication", (("failed", flow["failed"]),)),
        ("Processed", "processed", "in scope with an output", (("still maturing", flow["pending"]),)),
        ("Matured", "matured", "old enough for outcomes to be complete", (("not verified", unverified),)),
        ("Verified", "verified", "what turned out to be true is known", ()),
    )  # fmt: skip
    return tuple(
        Step(name=name, n=flow[key], meaning=meaning, share=flow[key] / received, left=left)
        for name, key, meaning, left in told
    )


def confusion(measured: Mapping[str, Any]) -> Confusion:
    """The 2 × 2 of a measurement."""
    counts, performance = measured["counts"], measured["performance"]
    positive = counts["tp"] + counts["fn"]
    total = positive + counts["fp"] + counts["tn"]
    return Confusion(
        **counts,
        prevalence=f"{100 * positive / total:.1f} % ({positive:,} of {total:,})" if total else "–",
        ppv=estimated(performance["ppv"]),
        npv=estimated(performance["npv"]),
        values=tuple(
            Value(
                name=name.upper(),
                figure=corrected_of(measured, name) or estimated(performance[name]),
                stands=how_it_stands(measured, name),
            )
            for name in ("ppv", "npv", "auc")
        ),
    )


def tiers(measured: Mapping[str, Any]) -> tuple[Tier, ...]:
    """Performance by tier of the reference standard."""
    return tuple(
        Tier(
            name=sentence_case(words(name)),
            sensitivity=estimated(said["performance"]["sensitivity"]),
            specificity=estimated(said["performance"]["specificity"]),
            verified=sum(said["counts"].values()),
        )
        for name, said in measured["by_tier"].items()
    )


def reads(measured: Mapping[str, Any]) -> tuple[Reads, ...]:
    """Agreement with all reports, and apart for readers who saw the AI."""
    said = measured["agreement"]
    if not any(said["counts"].values()):
        return ()
    levels = [_reads(_SEEN[level], part) for level, part in said["ai_visible"].items()]
    return (_reads("All deciding reports", said), *levels)


def study_readers(measured: Mapping[str, Any]) -> tuple[Reads, ...]:
    """Agreement with readers who read for a study and not for care."""
    return tuple(
        _reads(f"Reader {name}", said)
        for name, said in measured["agreement"]["study_readers"].items()
    )


def _reads(name: str, said: Mapping[str, Any]) -> Reads:
    counts = tuple(said["counts"][pair] for pair in _PAIRS)
    return Reads(name=name, counts=counts, kappa=estimated(said["kappa"]))
