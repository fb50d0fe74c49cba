"""Subgroups, case mix and many tests at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.statistics.case_mix import (
    breslow_day,
    direct_standardisation,
    mantel_haenszel,
)
from surveillance.statistics.comparisons import odds_ratio
from surveillance.statistics.estimate import ArrayError, CountError, ProportionError
from surveillance.statistics.multiplicity import benjamini_hochberg, holm
from surveillance.statistics.proportions import wilson
from surveillance.statistics.subgroups import partial_pooling, subgroup_gap

groups = st.lists(
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=12,
)
tables = st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=8)


def test_the_gap_is_against_the_rest_and_says_whether_there_is_enough():
    """Small groups still get their interval; an empty one has a reason."""
    g = subgroup_gap(successes=9, trials=10, successes_rest=80, trials_rest=100, minimum_n=10)
    assert g.enough
    assert g.gap.estimate == pytest.approx(0.1)
    assert g.gap.lower < 0 < g.gap.upper
    empty = subgroup_gap(successes=0, trials=0, successes_rest=8, trials_rest=10)
    assert not empty.enough
    assert empty.gap.reason == "There were no trials."


@settings(deadline=None, max_examples=40)
@given(rows=groups)
def test_pooling_draws_towards_the_mean(rows):
    """Estimates lie between own share and prior mean, inside their limits."""
    y, n = map(np.array, zip(*rows, strict=True))
    p = partial_pooling(successes=y, trials=n)
    assert (p.reason is None) == ((n > 0).sum() >= 3 and 0 < y.sum() < n.sum())
    for i, e in enumerate(p.estimates):
        own = y[i] / n[i] if n[i] else p.prior_mean
        low, high = sorted((own, p.prior_mean))
        assert low - 1e-9 <= e <= high + 1e-9
        assert 0 <= p.lower[i] <= e <= p.upper[i] <= 1
    if p.reason is None:
        turned = partial_pooling(successes=y[::-1], trials=n[::-1])
        assert turned.estimates[::-1] == pytest.approx(p.estimates, abs=2e-3)


def test_pooled_intervals_cover_on_average_with_and_without_differences():
    """12 subgroups of 5 to 60 trials, 80 seeded draws each."""
    n = np.linspace(5, 60, 12).astype(int)
    for strength in (15, 1e6):
        rng, held, error, raw = np.random.default_rng(3), 0, 0.0, 0.0
        for _ in range(80):
            truth = rng.beta(0.8 * strength, 0.2 * strength, size=12)
            y = rng.binomial(n, truth)
            p = partial_pooling(successes=y, trials=n)
            if p.reason is None:
                held += ((np.array(p.lower) <= truth) & (truth <= np.array(p.upper))).sum()
                error += ((np.array(p.estimates) - truth) ** 2).sum()
                raw += ((y / n - truth) ** 2).sum()
        assert held / 960 > 0.9, strength
        assert error < raw


@given(rows=tables)
def test_common_odds_ratio_inverts_when_groups_swap(rows):
    """Swapping the groups inverts the ratio and keeps both tests; order of strata is nothing."""
    a, b, c, d = (list(v) for v in zip(*rows, strict=True))
    m, s = mantel_haenszel(a=a, b=b, c=c, d=d), mantel_haenszel(a=c, b=d, c=a, d=b)
    assert (m.chi2 is None) == (s.chi2 is None)
    if m.chi2 is not None:
        assert s.chi2 == pytest.approx(m.chi2, abs=1e-9)
    if m.odds_ratio.estimable:
        assert s.odds_ratio.lower == pytest.approx(1 / m.odds_ratio.upper)
    h = breslow_day(a=a, b=b, c=c, d=d)
    turned = breslow_day(a=a[::-1], b=b[::-1], c=c[::-1], d=d[::-1])
    assert h.reason == turned.reason
    if h.reason is None:
        assert 0 <= h.p_value <= 1
        assert turned.chi2 == pytest.approx(h.chi2, abs=1e-7)


def test_one_stratum_is_the_plain_odds_ratio_and_has_nothing_to_compare():
    """Mantel–Haenszel of one table; Breslow–Day says why not."""
    m = mantel_haenszel(a=8, b=5, c=4, d=9)
    assert m.odds_ratio.estimate == pytest.approx(odds_ratio(a=8, b=5, c=4, d=9).estimate)
    assert "two strata" in breslow_day(a=8, b=5, c=4, d=9).reason
    assert "no common odds ratio" in mantel_haenszel(a=[0], b=[5], c=[4], d=[9]).odds_ratio.reason
    assert mantel_haenszel(a=[0], b=[0], c=[0], d=[0]).chi2 is None
    same = breslow_day(a=[10, 20], b=[5, 10], c=[4, 8], d=[6, 12])
    assert same.chi2 == pytest.approx(0, abs=1e-9)


def test_stratified_tests_keep_their_level_and_the_interval_covers():
    """1000 seeded studies of three strata with a common odds ratio of 2."""
    rng, runs, held = np.random.default_rng(13), 1000, np.zeros(2)
    base = np.array([0.2, 0.4, 0.6])
    odds = 2 * base / (1 - base)
    for _ in range(runs):
        c, a = rng.binomial(50, base), rng.binomial(50, odds / (1 + odds))
        m, h = (f(a=a, b=50 - a, c=c, d=50 - c) for f in (mantel_haenszel, breslow_day))
        held += [m.odds_ratio.lower <= 2 <= m.odds_ratio.upper, h.p_value > 0.05]
    assert (abs(held / runs - 0.95) < 0.021).all()


@given(rows=groups)
def test_standardised_share_lies_among_the_strata(rows):
    """Scaling the weights is nothing; equal weights of one stratum are Wilson's."""
    y, n = map(np.array, zip(*rows, strict=True))
    p = direct_standardisation(successes=y, trials=n, weights=np.ones(len(n)))
    assert p.estimable == (n > 0).all()
    if p.estimable:
        assert 0 <= p.lower <= p.estimate <= p.upper <= 1
        again = direct_standardisation(successes=y, trials=n, weights=np.full(len(n), 9))
        assert again.numbers() == pytest.approx(p.numbers())
        one = direct_standardisation(successes=y[:1], trials=n[:1], weights=[3])
        assert one.numbers() == pytest.approx(
            wilson(successes=y[0], trials=n[0]).numbers(), abs=1e-12
        )


def test_standardised_interval_covers_small_strata():
    """2000 seeded draws of strata of 5, 12 and 50."""
    rng, held = np.random.default_rng(14), 0
    n, share, w = np.array([5, 12, 50]), np.array([0.9, 0.7, 0.5]), np.array([0.3, 0.3, 0.4])
    for y in rng.binomial(n, share, size=(2000, 3)):
        p = direct_standardisation(successes=y, trials=n, weights=w)
        held += p.lower <= w @ share <= p.upper
    assert 0.94 <= held / 2000 <= 0.985


def test_counts_weights_and_p_values_are_checked():
    """More successes than trials, negative weights, p above 1."""
    for function in (partial_pooling, direct_standardisation):
        extra = {"weights": [1]} if function is direct_standardisation else {}
        with pytest.raises(CountError, match="above its `trials`"):
            function(successes=[3], trials=[2], **extra)
    with pytest.raises(ArrayError, match="`weights`"):
        direct_standardisation(successes=[1], trials=[2], weights=[-1])
    with pytest.raises(ProportionError, match="`p_values`"):
        holm(p_values=[1.2])
    with pytest.raises(ProportionError, match="`alpha`"):
        benjamini_hochberg(p_values=[0.2], alpha=0)


@given(p=st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_only_rise_and_keep_their_order(p):
    """p <= BH <= Holm <= 1, in the order of p."""
    bh, h = benjamini_hochberg(p_values=p), holm(p_values=p)
    for raw, a, b in zip(p, bh.adjusted, h.adjusted, strict=True):
        assert raw <= a + 1e-12
        assert a <= b + 1e-12
        assert b <= 1
    for adjusted in (bh.adjusted, h.adjusted):
        assert list(np.array(adjusted)[np.argsort(p, kind="stable")]) == sorted(adjusted)


def test_procedures_keep_their_promises():
    """2000 families, 10 true of 20: false discovery share and familywise error at most 0.05."""
    rng, share, any_false = np.random.default_rng(15), 0.0, 0
    for _ in range(2000):
        p = np.concatenate([rng.random(10), rng.beta(0.1, 5, size=10)])
        bh, h = (np.array(f(p_values=p).rejected) for f in (benjamini_hochberg, holm))
        share += bh[:10].sum() / max(1, bh.sum())
        any_false += h[:10].any()
        assert bh.sum() >= h.sum()
    assert 0.01 < share / 2000 <= 0.05
    assert any_false / 2000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
