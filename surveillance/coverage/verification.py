"""Settings for intervals where not all were verified, the reference errs, or misses are rare."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import ndtri

from surveillance.coverage import Draw, Scenario

Generator = np.random.Generator
PREVALENCE, SENSITIVITY, SPECIFICITY = 0.2, 0.9, 0.85


def verification() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _verification()
    yield from _reference()
    yield from _rare_events()
    yield from _both()


def two_by_two(
    n: int, se: float = SENSITIVITY, sp: float = SPECIFICITY, prevalence: float = PREVALENCE
) -> Draw:
    """Draw the four cells of a test in a population."""
    shares = (
        prevalence * se,
        (1 - prevalence) * (1 - sp),
        prevalence * (1 - se),
        (1 - prevalence) * sp,
    )
    return lambda rng: dict(
        zip(("tp", "fp", "fn", "tn"), map(int, rng.multinomial(n, shares)), strict=True)
    )


def _verification() -> Iterator[Scenario]:
    for method in ("begg_greenes", "multiple_imputation"):
        for audit in (0.1, 0.5):
            for output, truth in (("sensitivity", SENSITIVITY), ("specificity", SPECIFICITY)):
                yield Scenario(
                    method=method, output=output, truth=truth,
                    setting=f"1,000 cases, 90 % of positive and {audit:.0%} of negative calls verified",
                    draw=lambda rng, a=audit: _partly_verified(rng, 1000, a),  # type: ignore[misc]
                )  # fmt: skip
    for output, truth in (("sensitivity", SENSITIVITY), ("specificity", SPECIFICITY)):
        yield Scenario(
            method="weighted_accuracy", output=output, truth=truth, draw=_designed,
            setting="1,000 cases, all positive and a random tenth of negative calls verified",
        )  # fmt: skip
        yield Scenario(
            method="missing_not_at_random_bounds", output=output, truth=truth,
            setting="1,000 cases, 90 % of positive and 30 % of negative calls verified, nothing assumed",
            draw=lambda rng: _partly_verified(rng, 1000, 0.3),
        )  # fmt: skip
    for hidden in (10, 40):
        yield Scenario(
            method="weighted_accuracy", output="sensitivity", truth=400 / (400 + 40 + hidden),
            setting=f"400 found, 40 misses known, {hidden} more hidden among 3,600 of which 300 are audited",
            draw=lambda rng, hidden=hidden: _audited(rng, hidden),  # type: ignore[misc]
        )  # fmt: skip
    yield Scenario(
        method="weighted_proportion",
        setting="2,000 cases sampled with 0.1 or 0.5",
        truth=0.3,
        draw=_sampled,
    )

    for area in (0.8, 0.95):
        yield Scenario(
            method="weighted_auc", truth=area, draw=lambda rng, a=area: _scored(rng, a),  # type: ignore[misc]
            setting="1,000 cases, 20 % diseased, binormal, the upper fifth of scores and a random tenth of the others verified",
        )  # fmt: skip


def _scored(rng: Generator, area: float) -> dict[str, Any]:
    ill = rng.random(1000) < PREVALENCE
    scores = rng.normal(0, 1, 1000) + ill * float(ndtri(area)) * np.sqrt(2)
    chance = np.where(scores > np.quantile(scores, 0.8), 1.0, 0.1)
    taken = rng.random(1000) < chance
    return {
        "scores": scores[taken],
        "labels": ill[taken].astype(int),
        "probabilities": chance[taken],
    }


def _partly_verified(rng: Generator, n: int, audit: float) -> dict[str, int]:
    whole = two_by_two(n)(rng)
    seen = {k: int(rng.binomial(v, 0.9 if k in ("tp", "fp") else audit)) for k, v in whole.items()}
    return {
        **seen,
        "unverified_positive": whole["tp"] + whole["fp"] - seen["tp"] - seen["fp"],
        "unverified_negative": whole["fn"] + whole["tn"] - seen["fn"] - seen["tn"],
    }


def _designed(rng: Generator) -> dict[str, Any]:
    whole = two_by_two(1000)(rng)
    seen = {k: v if k in ("tp", "fp") else int(rng.binomial(v, 0.1)) for k, v in whole.items()}
    order = ("tp", "fp", "fn", "tn")
    counts = [seen[k] for k in order]
    return {
        "called": np.repeat([1, 1, 0, 0], counts),
        "diseased": np.repeat([1, 0, 1, 0], counts),
        "probabilities": np.repeat([1.0, 1.0, 0.1, 0.1], counts),
    }


def _audited(rng: Generator, hidden: int) -> dict[str, Any]:
    """A year in which few misses hide in the large stratum that only an audit looks into."""
    found, known, more = (int(rng.poisson(mean)) for mean in (400, 40, hidden))
    seen = int(rng.hypergeometric(more, 3600 - more, 300))
    counts = [found, 200, known + seen, 300 - seen]
    return {
        "called": np.repeat([1, 1, 0, 0], counts),
        "diseased": np.repeat([1, 0, 1, 0], counts),
        "probabilities": np.r_[np.ones(found + 200 + known), np.full(300, 300 / 3600)],
    }


def _sampled(rng: Generator) -> dict[str, Any]:
    probability = rng.choice([0.1, 0.5], 2000)
    taken = rng.random(2000) < probability
    return {
        "values": (rng.random(2000) < 0.3)[taken].astype(int),
        "probabilities": probability[taken],
    }


def _reference() -> Iterator[Scenario]:
    def apparent(rng: Generator) -> dict[str, Any]:
        return {"positives": int(rng.binomial(500, 0.1 * 0.9 + 0.9 * 0.05)), "trials": 500}

    def validated(rng: Generator) -> dict[str, Any]:
        return {"sensitivity_positives": int(rng.binomial(150, 0.9)), "sensitivity_trials": 150,
                "specificity_negatives": int(rng.binomial(300, 0.95)), "specificity_trials": 300}  # fmt: skip

    yield Scenario(
        method="rogan_gladen", setting="500 cases, prevalence 0.1, test 0.9 and 0.95, known", truth=0.1,
        draw=lambda rng: {**apparent(rng), "sensitivity": 0.9, "specificity": 0.95},
    )  # fmt: skip
    yield Scenario(
        method="rogan_gladen_uncertain", setting="500 cases, prevalence 0.1, test 0.9 and 0.95, validated on 150 and 300",
        truth=0.1, draw=lambda rng: {**apparent(rng), **validated(rng)},
    )  # fmt: skip
    for output, truth in (("sensitivity", SENSITIVITY), ("specificity", SPECIFICITY)):
        yield Scenario(
            method="corrected_accuracy", output=output, truth=truth, setting="1,000 cases, reference 0.9 and 0.95, known",
            draw=lambda rng: {**_judged(rng), "reference_sensitivity": 0.9, "reference_specificity": 0.95},
        )  # fmt: skip
        yield Scenario(
            method="corrected_accuracy_uncertain", output=output, truth=truth,
            setting="1,000 cases, reference 0.9 and 0.95, validated on 150 and 300",
            draw=lambda rng: {**_judged(rng), **validated(rng), "draws": 2000},
        )  # fmt: skip
    for test, sp in (("a perfect test", 1.0), ("a test of specificity 0.998", 0.998)):
        for output, truth in (("sensitivity", 1.0), ("specificity", sp)):
            yield Scenario(
                method="corrected_accuracy", output=output, truth=truth,
                setting=f"1,000 cases, prevalence 0.1, {test}, reference 1.0 and 0.9, known",
                draw=lambda rng, sp=sp: {  # type: ignore[misc]
                    **_judged(rng, 1.0, sp, 0.1, 1.0, 0.9), "reference_sensitivity": 1.0, "reference_specificity": 0.9},
            )  # fmt: skip


def _judged(
    rng: Generator,
    se: float = SENSITIVITY,
    sp: float = SPECIFICITY,
    prevalence: float = PREVALENCE,
    reference_se: float = 0.9,
    reference_sp: float = 0.95,
) -> dict[str, int]:
    """1,000 cases judged by a reference that errs independently of the test."""
    true = two_by_two(1000, se, sp, prevalence)(rng)
    tp, fn = (int(rng.binomial(true[k], reference_se)) for k in ("tp", "fn"))
    fp, tn = (int(rng.binomial(true[k], reference_sp)) for k in ("fp", "tn"))
    return {"tp": tp + true["fp"] - fp, "fp": fp + true["tp"] - tp, "fn": fn + true["tn"] - tn,
            "tn": tn + true["fn"] - fn}  # fmt: skip


def _rare_events() -> Iterator[Scenario]:
    yield Scenario(
        method="hypergeometric_upper", setting="300 of 2,000 sampled, 20 events among them", truth=20, one_sided=True,
        draw=lambda rng: {"events": int(rng.hypergeometric(20, 1980, 300)), "sampled": 300, "population": 2000},
    )  # fmt: skip
    population, missed, audited = (
        np.array([1000, 300, 100]),
        np.array([4, 6, 8]),
        np.array([100, 60, 50]),
    )
    yield Scenario(
        method="false_negative_rate_post_stratified", output="rate", truth=18 / 1400,
        setting="three strata of 1,400 negative reads, 210 audited, 18 misses",
        draw=lambda rng: {"audited": audited, "population": population,
                          "misses": rng.hypergeometric(missed, population - missed, audited)},
    )  # fmt: skip
    chance = np.repeat([0.05, 0.5], [1200, 200])
    miss = np.zeros(1400, dtype=int)
    miss[[*range(10), *range(1200, 1210)]] = 1

    def designed(rng: Generator) -> dict[str, Any]:
        taken = rng.random(1400) < chance
        return {"misses": miss[taken], "probabilities": chance[taken], "population": 1400}

    yield Scenario(
        method="false_negative_rate_horvitz_thompson", output="rate", truth=20 / 1400, draw=designed,
        setting="1,400 negative reads audited with 0.05 or 0.5, 20 misses",
    )  # fmt: skip
    values = (np.arange(400) < 80).astype(int)
    probability = np.where(np.arange(400) % 2, 0.3, 0.6)

    def total(rng: Generator) -> dict[str, Any]:
        taken = rng.random(400) < probability
        return {"values": values[taken], "probabilities": probability[taken]}

    yield Scenario(
        method="horvitz_thompson",
        setting="total of 400 cases sampled with 0.3 or 0.6",
        truth=80,
        draw=total,
    )


def _both() -> Iterator[Scenario]:
    """Verified in part, by a reference that errs: every call or report that is positive, few of the others."""
    for n, reference, validated, audit in (
        (2000, (0.95, 0.98), 0, 0.1), (2000, (0.9, 0.95), 150, 0.3), (2000, (1.0, 1.0), 0, 0.1),
    ):  # fmt: skip
        errs = f"a reference of {reference[0]:g} and {reference[1]:g}" + (
            f", validated on {validated} and {2 * validated}" if validated else ""
        )
        ppv = PREVALENCE * SENSITIVITY / (PREVALENCE * SENSITIVITY + (1 - PREVALENCE) * (1 - SPECIFICITY))  # fmt: skip
        for output, truth in (
            ("sensitivity", SENSITIVITY),
            ("specificity", SPECIFICITY),
            ("ppv", ppv),
        ):
            yield Scenario(
                method="imperfectly_verified", output=output, truth=truth, cost=4,
                setting=f"{n:,} cases, 90 % of those with a positive call or report and {audit:.0%} of the others verified by {errs}",
                draw=lambda rng, n=n, r=reference, v=validated, a=audit: _both_wrong(rng, n, r, v, a),  # type: ignore[misc]
            )  # fmt: skip


def _both_wrong(
    rng: Generator, n: int, reference: tuple[float, float], validated: int, audit: float
) -> dict[str, Any]:
    ill = rng.random(n) < PREVALENCE
    call, report, judged = (
        np.where(ill, rng.random(n) < se, rng.random(n) > sp)
        for se, sp in ((SENSITIVITY, SPECIFICITY), (0.9, 0.97), reference)
    )
    verified = rng.random(n) < np.where(call | report, 0.9, audit)
    stratum = 2 * call + report
    (of_ill, of_well) = (validated, 2 * validated) if validated else (10**9, 10**9)
    right = [
        rng.binomial(of, rate) if validated else of * rate
        for of, rate in zip((of_ill, of_well), reference, strict=True)
    ]
    return {
        "stratum_called": [0, 0, 1, 1],
        "strata": [0, 1, 2, 3],
        "stratum_cases": np.bincount(stratum, minlength=4),
        "stratum_positives": np.bincount(stratum[verified & judged], minlength=4),
        "stratum_negatives": np.bincount(stratum[verified & ~judged], minlength=4),
        "sensitivity_positives": right[0],
        "sensitivity_trials": of_ill,
        "specificity_negatives": right[1],
        "specificity_trials": of_well,
        "draws": 1000,
    }
