"""Accuracy with the unverified disease imputed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, CountError
from surveillance.statistics.imputation import multiple_imputation
from surveillance.statistics.verification import (
    NO_NEGATIVE,
    NO_POSITIVE,
    begg_greenes,
    of_a_stratum,
)

CELLS = "tp", "fp", "fn", "tn", "unverified_positive", "unverified_negative"
HEPATIC = {"tp": 231, "fp": 32, "fn": 27, "tn": 54, "unverified_positive": 166,
           "unverified_negative": 140}  # fmt: skip


@settings(max_examples=60)
@given(counts=st.tuples(*[st.integers(0, 3000)] * 6))
def test_it_is_a_proportion_or_has_a_reason(counts):
    """Any counts give limits in 0 to 1 around the estimate, or a sentence."""
    result = multiple_imputation(**dict(zip(CELLS, counts, strict=True)), imputations=20)
    for side in (result.sensitivity, result.specificity):
        assert side.reason or 0 <= side.lower <= side.estimate <= side.upper <= 1


def test_the_seed_decides_the_draws():
    """One seed gives one answer, another a slightly different one."""
    first = multiple_imputation(**HEPATIC, seed=1)
    assert first == multiple_imputation(**HEPATIC, seed=1)
    other = multiple_imputation(**HEPATIC, seed=2)
    assert first != other
    assert other.sensitivity.estimate == pytest.approx(first.sensitivity.estimate, abs=0.02)


def test_the_unverified_widen_the_interval():
    """Cases partly unverified tell less than the same cases all verified at the same rates."""
    more = {"tp": 377, "fp": 52, "fn": 74, "tn": 147}
    known = multiple_imputation(**more, unverified_positive=0, unverified_negative=0)
    partly = multiple_imputation(**HEPATIC)
    assert known.specificity.estimate == pytest.approx(147 / 199)
    assert known.specificity.estimate == pytest.approx(partly.specificity.estimate, abs=0.02)
    width = [a.specificity.upper - a.specificity.lower for a in (known, partly)]
    assert width[1] > 1.1 * width[0]


def test_many_strata_do_not_add_prior_misses():
    """No miss in 20 strata of 20 imputes about as many misses as none in one stratum of 400."""
    one = multiple_imputation(tp=100, fp=50, fn=0, tn=400, unverified_positive=0,
                              unverified_negative=4000, imputations=2000)  # fmt: skip
    twenty = multiple_imputation(
        tp=[5] * 20, fp=[3] * 20, fn=[0] * 20, tn=[20] * 20, unverified_positive=[0] * 20,
        unverified_negative=[200] * 20, imputations=2000,
    )  # fmt: skip
    assert twenty.sensitivity.estimate == pytest.approx(one.sensitivity.estimate, abs=0.02)
    assert one.sensitivity.estimate < 1 == one.sensitivity.upper


def test_what_nobody_verified_cannot_be_imputed():
    """A stratum with negatives and none verified is not identifiable; nor are positives."""
    blind = multiple_imputation(tp=[9, 9], fp=[1, 1], fn=[1, 0], tn=[9, 0],
                                unverified_positive=0 * np.ones(2), unverified_negative=[5, 5])  # fmt: skip
    assert blind.sensitivity.reason == blind.specificity.reason == of_a_stratum(NO_NEGATIVE, 2)
    missed = multiple_imputation(**HEPATIC | {"tp": 0, "fp": 0})
    assert missed.sensitivity.reason == NO_POSITIVE
    healthy = multiple_imputation(**HEPATIC | {"tp": 0, "fn": 0})
    assert healthy.sensitivity.reason == "No verified case was diseased."
    assert healthy.specificity.estimable


def test_half_a_case_cannot_be_imputed():
    """Fractional unverified counts, one imputation and negative counts are refused."""
    with pytest.raises(CountError, match="`unverified_negative`"):
        multiple_imputation(**HEPATIC | {"unverified_negative": 0.5})
    with pytest.raises(ArgumentError, match="`imputations` is 1"):
        multiple_imputation(**HEPATIC, imputations=1)
    with pytest.raises(CountError, match="`tp` is -1"):
        multiple_imputation(**HEPATIC | {"tp": -1})


def test_it_covers_and_agrees_with_begg_greenes():
    """15 % of negatives audited: 92 to 98 % coverage, estimates within 0.02 of Begg–Greenes."""
    rng, held, gap = np.random.default_rng(41), np.zeros(2), []
    for _ in range(300):
        ill = rng.random(4000) < 0.1
        called = np.where(ill, rng.random(4000) < 0.8, rng.random(4000) < 0.1)
        seen = rng.random(4000) < np.where(called, 0.9, 0.15)
        counts = {
            name: int((seen & (called == c) & (ill == i)).sum())
            for name, c, i in (("tp", 1, 1), ("fp", 1, 0), ("fn", 0, 1), ("tn", 0, 0))
        }
        counts["unverified_positive"] = int((called & ~seen).sum())
        counts["unverified_negative"] = int((~called & ~seen).sum())
        a, b = multiple_imputation(**counts, imputations=100), begg_greenes(**counts)
        gap.append(a.sensitivity.estimate - b.sensitivity.estimate)
        held += [a.sensitivity.lower <= 0.8 <= a.sensitivity.upper,
                 a.specificity.lower <= 0.9 <= a.specificity.upper]  # fmt: skip
    assert (held / 300 >= 0.92).all()
    assert (held / 300 <= 0.98).all()
    assert abs(np.mean(gap)) < 0.02
