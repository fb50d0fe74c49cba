"""Performance against what turned out to be true, and agreement with the radiologist: two types, never mixed.

`measure` turns judged cases into the public form of `catamnesis performance --json`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from register.error_rates import ErrorRates
from surveillance import agreement
from surveillance.agreement import beside_calls
from surveillance.clustering import (
    design_effects,
    patients_of,
    share,
    widened_accuracy,
    widened_all,
)
from surveillance.correction import Corrected, correct, verified_by_tier
from surveillance.identifiability import BOTH, COMPLETE, ERRING, UNDESIGNED, VERIFIED_ONLY
from surveillance.judged_case import DECIDED, RAN
from surveillance.reference_correction import (
    corrected_for_both,
    corrected_for_reference,
    predictive_values,
)
from surveillance.statistics.accuracy import Accuracy, npv, ppv, sensitivity, specificity
from surveillance.statistics.discrimination import auc
from surveillance.statistics.estimate import Estimate

CODED = ("scope", "call", "truth", "tier", "verification_reason")
REFERENCE_ERRS = (
    "The reference itself errs, as often as its validation says ({source}); holds if it and the algorithm "
    "err independently of each other."
)
SMALL_CLASS = 100
"""Patients of the rarer class below which the logit interval of an AUC is too short (see coverage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What became of every study that reached the deployment; each step adds up to the one before.

    received = in_scope + out_of_scope + undeterminable; in_scope = processed + failed;
    processed = matured + pending; verified is the part of matured whose truth is known.
    """

    received: int
    in_scope: int
    out_of_scope: int
    undeterminable: int
    processed: int
    failed: int
    matured: int
    pending: int
    verified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Calls of the algorithm against the reference standard; together they are the verified cases."""

    tp: int
    fp: int
    fn: int
    tn: int
    indeterminate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Against the reference standard only; `clustered` when patients came more than once."""

    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    auc: Estimate
    trials: dict[str, int]
    clustered: bool


def measure(
    cases: pd.DataFrame,
    reads: pd.DataFrame,
    *,
    deployment: str,
    finding: str,
    first: date | None,
    last: date | None,
    as_of: datetime,
    by: Sequence[str] = (),
    errors: Mapping[str, ErrorRates] = MappingProxyType({}),
) -> dict[str, Any]:
    """The performance of a deployment on one finding over the study days from `first` to `last`.

    `errors` says how often each kind of evidence is itself wrong, where that is known: the figures of
    its tier are then also given corrected, and those of all tiers where one such tier decided them all.
    `cases` and `reads` have the columns of `judged_case` and `judged_read`; `by` names the strata to
    break the figures down by: columns of a case, `month`, or a site's own x_ column.
    """
    chosen = cases[cases["finding"] == finding]
    days = pd.to_datetime(chosen["day"])
    if first is not None:
        chosen, days = chosen[days >= pd.Timestamp(first)], days[days >= pd.Timestamp(first)]
    if last is not None:
        chosen = chosen[days <= pd.Timestamp(last)]
    chosen = chosen.reset_index(drop=True).astype(dict.fromkeys(CODED, "category"))
    pairs = beside_calls(chosen, reads)
    found = {
        "deployment": deployment,
        "finding": finding,
        "from": _day(first, chosen, "min"),
        "to": _day(last, chosen, "max"),
        "as_of": as_of.isoformat(),
        **_figures(chosen, pairs, as_of, errors),
    }
    found["strata"] = [
        {"by": name, "level": level, **_figures(part, pairs, as_of, errors)}
        for name in by
        for level, part in _levels(chosen, name)
    ]
    return found


def flow(cases: pd.DataFrame, as_of: datetime) -> Flow:
    """Count the steps from study received to truth known."""
    scope, processed = cases["scope"], _processed(cases)
    matured = processed & _mature(cases, as_of)
    return Flow(
        received=len(cases),
        in_scope=int((scope == "in").sum()),
        out_of_scope=int((scope == "out").sum()),
        undeterminable=int((scope == "undeterminable").sum()),
        processed=int(processed.sum()),
        failed=int(((scope == "in") & ~processed).sum()),
        matured=int(matured.sum()),
        pending=int((processed & ~matured).sum()),
        verified=int((matured & cases["truth"].notna()).sum()),
    )


def confusion(verified: pd.DataFrame) -> Counts:
    """Calls against truth of verified cases."""
    call, truth = verified["call"], verified["truth"]
    tp, fp, fn, tn = (
        int(((call == c) & (truth == t)).sum())
        for c, t in (("positive", "positive"), ("positive", "negative"), ("negative", "positive"),
                     ("negative", "negative"))
    )  # fmt: skip
    return Counts(tp=tp, fp=fp, fn=fn, tn=tn, indeterminate=len(verified) - tp - fp - fn - tn)


def against_truth(verified: pd.DataFrame) -> Performance:
    """Sensitivity, specificity, predictive values and AUC; clustered by patient where one came twice.

    An indeterminate call or truth is left out here and counted in `Counts.indeterminate`.
    """
    decided = verified[verified["call"].isin(DECIDED) & verified["truth"].isin(DECIDED)]
    call = (decided["call"] == "positive").to_numpy()
    truth = (decided["truth"] == "positive").to_numpy()
    patient = patients_of(decided)
    clustered = len(patient) > len(np.unique(patient))
    counts = confusion(decided)
    plain = {
        "sensitivity": (sensitivity(tp=counts.tp, fn=counts.fn), truth, call),
        "specificity": (specificity(tn=counts.tn, fp=counts.fp), ~truth, ~call),
        "ppv": (ppv(tp=counts.tp, fp=counts.fp), call, truth),
        "npv": (npv(tn=counts.tn, fn=counts.fn), ~call, ~truth),
    }
    trials = {name: int(among.sum()) for name, (_, among, _) in plain.items()}
    estimates = {
        name: share(patient[among], hit[among]) if clustered and among.any() else estimate
        for name, (estimate, among, hit) in plain.items()
    }
    settled = verified[verified["truth"].isin(DECIDED) & verified["score"].notna()]
    groups = settled["patient"].fillna(settled["inference_id"])
    ill = settled["truth"] == "positive"
    smaller = min(groups[ill].nunique(), groups[~ill].nunique())
    area = auc(
        interval="newcombe" if smaller < SMALL_CLASS else "logit",
        scores=settled["score"].to_numpy(dtype=float),
        labels=ill.to_numpy(),
        clusters=pd.factorize(groups)[0] if groups.duplicated().any() else None,
    )
    trials["auc"] = len(settled)
    return Performance(**estimates, auc=area, trials=trials, clustered=clustered)


def as_json(estimate: Estimate, n: int | None = None) -> dict[str, Any]:
    """An estimate in its public form; `n` is the number of verified cases, where the interval rests on less."""
    said: dict[str, Any] = {
        "estimate": estimate.estimate,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "n": _whole(estimate.n) if n is None else n,
        "method": estimate.method,
    }
    if n is not None and estimate.n < n:
        said["effective_n"] = estimate.n
    if estimate.reason:
        said["reason"] = estimate.reason
    return said


def counted(estimate: Estimate, n: int) -> dict[str, Any]:
    """A corrected estimate in its public form: with its verified cases, and not with what each method makes of them."""
    return as_json(replace(estimate, n=n))


def _whole(n: float) -> float:
    return int(n) if n == int(n) else n


def _figures(
    cases: pd.DataFrame,
    pairs: pd.DataFrame,
    as_of: datetime,
    errors: Mapping[str, ErrorRates],
) -> dict[str, Any]:
    processed = cases[_processed(cases)]
    matured = processed[_mature(processed, as_of)]
    verified = matured[matured["truth"].notna()]
    among = np.zeros(int(pairs["case"].max()) + 1 if len(pairs) else 0, dtype=bool)
    among[processed.index[processed.index < len(among)]] = True
    mine = pairs[among[pairs["case"].to_numpy()]]
    found = against_truth(verified)
    return {
        "flow": asdict(flow(cases, as_of)),
        "counts": asdict(confusion(verified)),
        "performance": _performance(found),
        "clustered": found.clustered,
        "verification": _verification(verified),
        **_corrected(corrected(matured, mine, errors), found.trials),
        "by_tier": {
            str(tier): _tier(part, errors.get(str(tier)), whole=len(verified) == len(matured))
            for tier, part in verified.groupby("tier", sort=True, observed=True)
        },
        "agreement": _agreement(mine),
    }


def _agreement(pairs: pd.DataFrame) -> dict[str, Any]:
    clinical = agreement.clinical(pairs)
    readers = agreement.by_level(agreement.by_study_readers(pairs), "reader")
    visible = agreement.by_level(clinical, "ai_visible")
    return {
        **_shown(agreement.agreement(clinical)),
        "ai_visible": {level: _shown(said) for level, said in visible.items()},
        "study_readers": {reader: _shown(said) for reader, said in readers.items()},
    }


def _shown(said: agreement.Agreement) -> dict[str, Any]:
    pairs = sum(said.counts[name] for name in agreement.PAIRS)
    return {"counts": said.counts, "kappa": as_json(said.kappa, pairs)}


def _performance(found: Performance) -> dict[str, Any]:
    return {name: as_json(getattr(found, name), n) for name, n in found.trials.items()}


def _tier(verified: pd.DataFrame, error: ErrorRates | None, *, whole: bool) -> dict[str, Any]:
    counts = asdict(confusion(verified))
    raw = against_truth(verified)
    said = {"counts": counts, "performance": _performance(raw)}
    if error is not None:
        cells = {name: n for name, n in counts.items() if name != "indeterminate"}
        found = widened_accuracy(
            corrected_for_reference([cells], [error]), design_effects(verified)
        )
        said["corrected_for_reference"] = {
            "method": found.sensitivity.method,
            "assumption": REFERENCE_ERRS.format(source=error.source)
            + ("" if whole else f" {VERIFIED_ONLY}"),
            "sensitivity": counted(found.sensitivity, raw.trials["sensitivity"]),
            "specificity": counted(found.specificity, raw.trials["specificity"]),
        }
    return said


def corrected(
    matured: pd.DataFrame,
    reads: pd.DataFrame,
    errors: Mapping[str, ErrorRates],
    *,
    level: float = 0.95,
) -> Corrected:
    """Mature cases corrected for who was verified and for the errors of the reference, whichever there are.

    Each kind of evidence is corrected by its own error rates; one without stated rates counts as right.
    """
    found = correct(matured, reads, level=level)
    verified = matured[matured["truth"].notna()]
    parts = {str(tier): part for tier, part in verified.groupby("tier", sort=True, observed=True)}
    if not set(parts) & set(errors):
        return found
    if found.accuracy is None and found.reason not in (COMPLETE, UNDESIGNED):
        return replace(found, stands=frozenset())
    assumption, effects = _reference_errs(list(parts), errors), design_effects(verified)
    entries = None if found.accuracy is None else verified_by_tier(matured, reads)
    if isinstance(entries, pd.DataFrame):
        both = corrected_for_both(entries, errors, level=level)
        accuracy = Accuracy(sensitivity=both.sensitivity, specificity=both.specificity)
        others = {"ppv": both.ppv, "npv": both.npv}
        cause, assumption = BOTH, f"{found.reason} {assumption}"
    else:
        counts = [asdict(confusion(part)) for part in parts.values()]
        rates = [errors.get(tier) for tier in parts]
        accuracy = corrected_for_reference(counts, rates, level=level)
        others, cause = predictive_values(counts, rates, level=level), ERRING
    return Corrected(
        accuracy=widened_accuracy(accuracy, effects),
        cause=cause,
        others=widened_all(others, effects),
        method=accuracy.sensitivity.method,
        reason=assumption,
    )


def _reference_errs(tiers: Sequence[str], errors: Mapping[str, ErrorRates]) -> str:
    """Whose error rates are used, by which source, and who is taken to be right."""
    sources = "; ".join(
        f"{tier.replace('_', ' ')}: {errors[tier].source}" for tier in tiers if tier in errors
    )
    others = [tier.replace("_", " ") for tier in tiers if tier not in errors]
    trusted = f" {', '.join(others).capitalize()} is taken to be right." if others else ""
    return REFERENCE_ERRS.format(source=sources) + trusted


def _verification(verified: pd.DataFrame) -> dict[str, int]:
    """Why the truth of the verified cases was looked for: how many by each reason."""
    reasons = verified["verification_reason"].astype(object).fillna("not stated").value_counts()
    return {
        str(reason): int(n) for reason, n in sorted(reasons.items(), key=lambda pair: str(pair[0]))
    }


def _corrected(found: Corrected, trials: Mapping[str, int]) -> dict[str, Any]:
    """The corrected accuracy with what it assumes, or none and the reason."""
    if found.accuracy is None:
        return {"corrected": None, "reason": found.reason, "stands": sorted(found.stands)}
    return {
        "corrected": {
            "for": found.cause,
            "method": found.method,
            "assumption": found.reason,
            "sensitivity": counted(found.accuracy.sensitivity, trials["sensitivity"]),
            "specificity": counted(found.accuracy.specificity, trials["specificity"]),
            **{name: counted(figure, trials[name]) for name, figure in found.others.items()},
        },
        "reason": None,
        "stands": sorted(found.stands),
    }


def share_of(cases: pd.DataFrame, hit: "pd.Series[bool]") -> dict[str, Any]:
    """The share of cases that are a hit, as an estimate; clustered where a patient came more than once."""
    right = hit.to_numpy(dtype=bool)
    return as_json(share(patients_of(cases), right), len(right))


def _processed(cases: pd.DataFrame) -> "pd.Series[bool]":
    return (cases["scope"] == "in") & cases["call"].isin(RAN)


def _mature(cases: pd.DataFrame, as_of: datetime) -> "pd.Series[bool]":
    return pd.to_datetime(cases["matures_on"]) <= pd.Timestamp(as_of.date())


def _levels(cases: pd.DataFrame, by: str) -> list[tuple[str, pd.DataFrame]]:
    if by == "month":
        level = pd.to_datetime(cases["day"]).dt.strftime("%Y-%m")
    elif by.startswith("x_"):
        level = cases["extra"].map(lambda said: _own(said, by))
    else:
        level = cases[by]
    return [(str(name), part) for name, part in cases.groupby(level.fillna("not known"), sort=True)]


def _own(extra: object, name: str) -> str | None:
    return json.loads(extra).get(name) if isinstance(extra, str) else None


def _day(said: date | None, cases: pd.DataFrame, end: str) -> str | None:
    if said is not None:
        return said.isoformat()
    if cases.empty:
        return None
    return pd.Timestamp(getattr(pd.to_datetime(cases["day"]), end)()).date().isoformat()
