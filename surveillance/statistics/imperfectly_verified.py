"""Accuracy when not every case was verified and the reference that verified the others errs itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    Floats,
    check_counts,
    check_lengths,
    check_part,
    check_whole,
    flags,
    not_estimable,
    vector,
)
from surveillance.statistics.imperfect_reference import USELESS
from surveillance.statistics.reference_uncertainty import UNVALIDATED, drawn_share
from surveillance.statistics.verification import NO_NEGATIVE, NO_POSITIVE, of_a_stratum

ACCOUNTED = "The errors of the reference account for all its {kind} cases."
VALIDATIONS = (
    ("sensitivity_positives", "sensitivity_trials"),
    ("specificity_negatives", "specificity_trials"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOfCalls:
    """Sensitivity, specificity and the predictive values of all cases, verified or not."""

    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate


def imperfectly_verified(
    *,
    strata: ArrayLike,
    stratum_called: ArrayLike,
    stratum_cases: ArrayLike,
    stratum_positives: ArrayLike,
    stratum_negatives: ArrayLike,
    sensitivity_positives: ArrayLike,
    sensitivity_trials: ArrayLike,
    specificity_negatives: ArrayLike,
    specificity_trials: ArrayLike,
    draws: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> AccuracyOfCalls:
    """Accuracy corrected at once for partial verification and for the errors of the reference.

    One entry per stratum and reference: the number of the stratum, its call (0/1), all its cases
    verified or not (both the same in each of its entries), and how many this reference called positive
    and negative, 0 and 0 where it verified none. The
    accuracy of each reference comes as counts of its validation, as in
    `rogan_gladen_uncertain`, one number for all entries or one for each; entries with the same counts share one
    reference, trials beyond all doubt stand for a known rate. Within a stratum Rogan–Gladen gives the share of diseased among the verified, and
    its cases carry it to all (Begg–Greenes); the audited cases of a stratum are a stratum of their own,
    beside those found otherwise. Holds if within a stratum chance decided who was verified and by what,
    and reference and call err independently given the disease. Interval: equal-tailed over `draws` (100 or more)
    from Jeffreys posteriors of the verified and of the references (beta 1/2) and gamma posteriors of
    the numbers of cases; a draw whose reference errors account for all its cases could be any value.
    A total below 0 is read as 0. `n` is the verified cases. Not identifiable when none of a
    stratum with cases was verified, or none of a call, or unless sensitivity + specificity of every
    reference exceeds 1; not estimable without validation cases of either kind, or where the reference's
    own errors account for all its positives (or negatives).

    Source: Begg & Greenes (1983), doi:10.2307/2530820, with prevalences by Rogan & Gladen (1978),
    doi:10.1093/oxfordjournals.aje.a112510.

    >>> a = imperfectly_verified(
    ...     strata=[0, 1], stratum_called=[1, 0], stratum_cases=[2600, 7400],
    ...     stratum_positives=[1340, 27], stratum_negatives=[1060, 345],
    ...     sensitivity_positives=9e8, sensitivity_trials=1e9,
    ...     specificity_negatives=9.5e8, specificity_trials=1e9)
    >>> round(a.sensitivity.estimate, 2), round(a.specificity.estimate, 2), round(a.ppv.estimate, 2)
    (0.89, 0.87, 0.6)
    """
    entries = _entries(
        strata=strata, stratum_called=stratum_called, stratum_cases=stratum_cases,
        stratum_positives=stratum_positives, stratum_negatives=stratum_negatives,
        sensitivity_positives=sensitivity_positives, sensitivity_trials=sensitivity_trials,
        specificity_negatives=specificity_negatives, specificity_trials=specificity_trials,
    )  # fmt: skip
    check_whole(draws=draws, seed=seed)
    if draws < 100:
        raise ArgumentError(f"`draws` is {draws!r}; give 100 or more.")
    n = float(entries["stratum_positives"].sum() + entries["stratum_negatives"].sum())
    method = (
        f"Rogan–Gladen within strata carried to all cases, {draws} draws from Jeffreys posteriors"
    )
    hindered = _hindered(entries)
    if hindered:
        none = not_estimable(reason=hindered, method=method, n=n, level=level)
        return AccuracyOfCalls(sensitivity=none, specificity=none, ppv=none, npv=none)
    seen = {name: values[entries["stratum_positives"] + entries["stratum_negatives"] > 0] for name, values in entries.items()}  # fmt: skip
    found, drawn = _counted(seen), _drawn(seen, draws, np.random.default_rng(seed))

    def side(right: str, wrong: str, empty: str) -> Estimate:
        hit, miss = (max(0.0, float(found[name][0])) for name in (right, wrong))
        if hit + miss == 0:
            return not_estimable(reason=empty, method=method, n=n, level=level)
        lower, upper = drawn_share(drawn[right], drawn[wrong], level=level)
        return Estimate.around(
            hit / (hit + miss), lower=lower, upper=upper, level=level, n=n, method=method
        )

    return AccuracyOfCalls(
        sensitivity=side("hits", "misses", ACCOUNTED.format(kind="diseased")),
        specificity=side("cleared", "alarms", ACCOUNTED.format(kind="healthy")),
        ppv=side("hits", "alarms", NO_POSITIVE),
        npv=side("cleared", "misses", NO_NEGATIVE),
    )


def _entries(**given: ArrayLike) -> dict[str, Floats]:
    """The arrays by name, or a refusal that names what does not fit together."""
    one_for_all = {name for pair in VALIDATIONS for name in pair if np.ndim(given[name]) == 0}
    entries = {name: vector(given[name], name=name) for name in given if name not in one_for_all}
    entries |= {
        name: vector(np.full(len(entries["strata"]), given[name]), name=name)
        for name in one_for_all
    }
    check_lengths(**entries)
    flags(entries["stratum_called"], name="stratum_called")
    for name, values in entries.items():
        check_counts(**{name: float(values.min(initial=0.0))})
    for part, of in VALIDATIONS:
        for right, trials in zip(entries[part], entries[of], strict=True):
            check_part(part=part, of=of, **{part: float(right), of: float(trials)})
    for number in np.unique(entries["strata"]):
        here = {name: values[entries["strata"] == number] for name, values in entries.items()}
        for name in ("stratum_called", "stratum_cases"):
            if len(np.unique(here[name])) > 1:
                raise ArgumentError(
                    f"`{name}` differs within stratum {number:g}; give the same in each of its entries."
                )
        verified = float(here["stratum_positives"].sum() + here["stratum_negatives"].sum())
        check_part(
            part="verified", of="stratum_cases",
            verified=verified, stratum_cases=float(here["stratum_cases"][0]),
        )  # fmt: skip
    return entries


def _hindered(entries: Mapping[str, Floats]) -> str | None:
    """Why nothing can be said of all cases, or None."""
    if not all(entries[of].all() for _, of in VALIDATIONS):
        return UNVALIDATED
    right_ill, right_well = (entries[part] / entries[of] for part, of in VALIDATIONS)
    if (right_ill + right_well <= 1).any():
        return USELESS
    _, first, at = np.unique(entries["strata"], return_index=True, return_inverse=True)
    verified = np.bincount(at, weights=entries["stratum_positives"] + entries["stratum_negatives"])
    called, waiting = entries["stratum_called"][first], entries["stratum_cases"][first] > 0
    for call, reason in ((0, NO_NEGATIVE), (1, NO_POSITIVE)):
        side = called == call
        if not verified[side].any():
            return reason
        if (waiting & (verified == 0))[side].any():
            return of_a_stratum(reason, int(side.sum()))
    return None


def _counted(entries: Mapping[str, Floats]) -> dict[str, Floats]:
    """The totals that the counts themselves give, as a single draw."""
    verified = entries["stratum_positives"] + entries["stratum_negatives"]
    strata = np.unique(entries["strata"], return_index=True)[1]
    return _totals(
        entries,
        cases=entries["stratum_cases"][None, strata],
        weight=verified[None],
        share=(entries["stratum_positives"] / verified)[None],
        rates=[(entries[part] / entries[of])[None] for part, of in VALIDATIONS],
    )


def _drawn(
    entries: Mapping[str, Floats], draws: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """The totals under `draws` draws from the posteriors of all counts."""
    positives, negatives = entries["stratum_positives"], entries["stratum_negatives"]
    shape = (draws, len(positives))
    validation = np.stack([entries[name] for pair in VALIDATIONS for name in pair])
    references, own = np.unique(validation, axis=1, return_inverse=True)
    strata = np.unique(entries["strata"], return_index=True)[1]
    return _totals(
        entries,
        cases=rng.gamma(entries["stratum_cases"][strata], size=(draws, len(strata))),
        weight=rng.gamma(positives + negatives, size=shape),
        share=rng.beta(positives + 0.5, negatives + 0.5, size=shape),
        rates=[
            rng.beta(right + 0.5, of - right + 0.5, size=(draws, len(right)))[:, own]
            for right, of in (references[:2], references[2:])
        ],
    )


def _totals(
    entries: Mapping[str, Floats],
    *,
    cases: Floats,
    weight: Floats,
    share: Floats,
    rates: list[Floats],
) -> dict[str, Floats]:
    """Hits, misses, false alarms and rightly cleared among all cases, one of each per draw.

    A draw whose reference tells nothing apart has none of them.
    """
    at = np.unique(entries["strata"], return_inverse=True)[1]
    of_stratum = (at[:, None] == np.arange(cases.shape[1])).astype(np.float64)
    stood_for = cases[:, at] * weight / (weight @ of_stratum)[:, at]
    gain = rates[0] + rates[1] - 1
    ill = stood_for * (share + rates[1] - 1) / np.where(gain > 0, gain, np.inf)
    well = stood_for - ill
    told = (gain > 0).all(axis=1)
    return {
        name: (kind[:, entries["stratum_called"] == call].sum(axis=1) * told)
        for name, kind, call in (("hits", ill, 1), ("misses", ill, 0), ("alarms", well, 1), ("cleared", well, 0))
    }  # fmt: skip
