"""Agreement of measurements: Bland–Altman, concordance, reliability, overlap."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveillance.statistics.agreement import fleiss_kappa
from surveillance.statistics.estimate import ArgumentError, ArrayError
from surveillance.statistics.intraclass import icc, repeatability
from surveillance.statistics.measurement_agreement import (
    bland_altman,
    bland_altman_repeated,
    lin_ccc,
)
from surveillance.statistics.overlap import dice, hausdorff_95

pairs = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=30)
FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@given(rows=pairs)
def test_bland_altman_mirrors_when_the_methods_swap(rows):
    """Swapping negates the bias and exchanges the limits; adding a constant to both does nothing."""
    x, y = (np.array(v, dtype=float) for v in zip(*rows, strict=True))
    b, s = bland_altman(first=x, second=y), bland_altman(first=y, second=x)
    assert b.bias.estimable == (len(x) >= 3)
    if b.bias.estimable:
        assert b.bias.estimate == pytest.approx(-s.bias.estimate, abs=1e-9)
        assert b.upper_limit.upper == pytest.approx(-s.lower_limit.lower, abs=1e-9)
        assert b.lower_limit.estimate <= b.bias.estimate <= b.upper_limit.estimate
        moved = bland_altman(first=x + 7, second=y + 7)
        assert moved.upper_limit.numbers() == pytest.approx(b.upper_limit.numbers(), abs=1e-9)


def test_bland_altman_edges():
    """Equal differences, equal means, no acceptable difference, a negative one."""
    b = bland_altman(first=[1, 2, 3], second=[0, 1, 2])
    assert b.sd == 0
    assert b.upper_limit.numbers() == (1, 1, 1)
    assert b.within_acceptable.reason == "No acceptable difference was given."
    level = bland_altman(first=[1, 2, 3], second=[3, 2, 1])
    assert "nothing to rise with" in level.proportional_bias.reason
    with pytest.raises(ArgumentError, match="`acceptable_difference`"):
        bland_altman(first=[1, 2, 3], second=[0, 1, 2], acceptable_difference=-1)
    none = bland_altman_repeated(first=[1, 2, 3], second=[1, 2, 3], subjects=[1, 2, 3])
    assert "two pairs" in none.bias.reason


def test_bland_altman_covers_bias_limits_and_slope():
    """1500 seeded samples of 12: exact intervals keep their level."""
    rng, held, runs = np.random.default_rng(7), np.zeros(3), 1500
    truth = 0.5 + 1.959963984540054 * 2
    for _ in range(runs):
        level = rng.normal(size=12) * 10
        d = rng.normal(0.5, 2, size=12)
        b = bland_altman(first=level + d / 2, second=level - d / 2)
        held += [
            b.bias.lower <= 0.5 <= b.bias.upper,
            b.upper_limit.lower <= truth <= b.upper_limit.upper,
            b.proportional_bias.lower <= 0 <= b.proportional_bias.upper,
        ]
    assert (abs(held / runs - 0.95) < 0.018).all()


def test_repeated_limits_cover_and_plain_ones_are_too_narrow():
    """15 subjects with 3 pairs each; the bias and upper limit are held, ignoring subjects is not."""
    rng, held, runs = np.random.default_rng(8), np.zeros(3), 800
    ids, truth = np.repeat(np.arange(15), 3), 1.959963984540054 * np.sqrt(5)
    for _ in range(runs):
        d = np.repeat(rng.normal(size=15) * 2, 3) + rng.normal(size=45)
        b = bland_altman_repeated(first=d, second=np.zeros(45), subjects=ids)
        p = bland_altman(first=d, second=np.zeros(45))
        held += [
            b.bias.lower <= 0 <= b.bias.upper,
            b.upper_limit.lower <= truth <= b.upper_limit.upper,
            p.bias.lower <= 0 <= p.bias.upper,
        ]
    assert (held[:2] / runs > 0.925).all()
    assert held[2] / runs < 0.85


@given(rows=pairs)
def test_concordance_is_bounded_symmetric_and_no_more_than_the_correlation(rows):
    """|CCC| <= |r|; swapping changes nothing."""
    x, y = map(list, zip(*rows, strict=True))
    c, s = lin_ccc(first=x, second=y), lin_ccc(first=y, second=x)
    assert c.ccc.reason == s.ccc.reason
    if c.ccc.estimable:
        assert -1 <= c.ccc.lower <= c.ccc.estimate <= c.ccc.upper <= 1
        assert abs(c.ccc.estimate) <= abs(c.precision) + 1e-12
        assert s.ccc.numbers() == pytest.approx(c.ccc.numbers(), abs=1e-9)


def test_concordance_and_kappa_cover():
    """Seeded normal pairs of 40 with a shift; Fleiss' kappa of 60 subjects and 4 readers."""
    rng, runs, held = np.random.default_rng(9), 800, np.zeros(2)
    truth, share = 2 * 0.8 / (2 + 0.25), 0.3
    # a reader copies the subject's status with chance 0.7, else calls at the same rate
    kappa = 0.7**2
    for _ in range(runs):
        pair = rng.multivariate_normal([0, 0.5], [[1, 0.8], [0.8, 1]], size=40)
        c = lin_ccc(first=pair[:, 0], second=pair[:, 1])
        status = rng.random(60) < share
        calls = np.where(rng.random((60, 4)) < 0.7, status[:, None], rng.random((60, 4)) < share)
        k = fleiss_kappa(counts=np.c_[calls.sum(1), 4 - calls.sum(1)])
        held += [c.ccc.lower <= truth <= c.ccc.upper, k.lower <= kappa <= k.upper]
    assert (held / runs > 0.925).all()
    assert (held / runs < 0.98).all()


@given(
    table=st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=12),
    form=st.sampled_from(FORMS),
)
@example(table=[[0, 0, 1], [0, 1, 0]], form="2,1")
def test_icc_holds_its_estimate_whatever_the_order(table, form):
    """Rows and columns may be permuted; the estimate is at most 1."""
    i = icc(ratings=table, form=form)
    turned = icc(ratings=[row[::-1] for row in table[::-1]], form=form)
    assert i.reason == turned.reason
    if i.estimable:
        assert i.lower <= i.estimate <= i.upper <= 1
        assert turned.estimate == pytest.approx(i.estimate, abs=1e-9)


def test_icc_edges():
    """Perfect agreement, one rater, gaps, an unknown form."""
    for form in FORMS:
        assert icc(ratings=[[1, 1], [2, 2], [3, 3]], form=form).numbers() == (1, 1, 1)
    assert "two raters" in icc(ratings=[[1], [2]]).reason
    with pytest.raises(ArrayError, match="complete table"):
        icc(ratings=[[1, None], [2, 3]])
    with pytest.raises(ArrayError, match="`form`"):
        icc(ratings=[[1, 2], [2, 3]], form="4,1")


def test_icc_and_repeatability_cover():
    """1000 seeded tables of 20 subjects and 3 raters with rater bias."""
    rng, runs, held = np.random.default_rng(11), 1000, np.zeros(4)
    for _ in range(runs):
        s, r, e = rng.normal(size=(20, 1)) * 2, rng.normal(size=3) * 0.5, rng.normal(size=(20, 3))
        absolute, plain = icc(ratings=s + r + e), icc(ratings=s + e, form="3,1")
        one = icc(ratings=s + e, form="1,1")
        w = repeatability(values=(s + e).ravel(), subjects=np.repeat(np.arange(20), 3)).within_sd
        held += [
            absolute.lower <= 4 / 5.25 <= absolute.upper,
            plain.lower <= 0.8 <= plain.upper,
            one.lower <= 0.8 <= one.upper,
            w.lower <= 1 <= w.upper,
        ]
    assert (held / runs > 0.93).all()
    assert (held[1:] / runs < 0.97).all()


def test_repeatability_ignores_single_measurements_and_needs_a_double():
    """A subject seen once adds nothing."""
    r = repeatability(values=[1, 3, 99], subjects=["a", "a", "b"])
    assert r.within_sd.estimate == pytest.approx(np.sqrt(2))
    assert r.within_sd.n == 1
    assert repeatability(values=[1, 2], subjects=[1, 2]).within_sd.reason


masks = st.lists(st.lists(st.integers(0, 1), min_size=6, max_size=6), min_size=5, max_size=5)


@given(a=masks, b=masks)
def test_overlap_and_distance_are_symmetric(a, b):
    """Dice and Jaccard agree with each other; distance 0 means equal surfaces."""
    d = dice(first=a, second=b)
    assert d == dice(first=b, second=a)
    if d.dice is not None:
        assert 0 <= d.jaccard <= d.dice <= 1
        assert d.dice == pytest.approx(2 * d.jaccard / (1 + d.jaccard))
    h = hausdorff_95(first=a, second=b)
    assert h == hausdorff_95(first=b, second=a)
    if h.reason is None:
        assert 0 <= h.hausdorff_95 <= h.hausdorff
        scaled = hausdorff_95(first=a, second=b, spacing=[2, 2])
        assert scaled.hausdorff_95 == pytest.approx(2 * h.hausdorff_95)
    assert hausdorff_95(first=a, second=a).hausdorff in (0, None)


def test_masks_are_checked():
    """Empty masks have a reason; other values, shapes and spacings are refused."""
    assert dice(first=[0], second=[0]).reason == "Both masks are empty."
    assert dice(first=[1], second=[0]).dice == 0
    assert "empty" in hausdorff_95(first=[1], second=[0]).reason
    with pytest.raises(ArrayError, match="other than 0 and 1"):
        dice(first=[2], second=[1])
    with pytest.raises(ArrayError, match="equal shapes"):
        dice(first=[1, 1], second=[1])
    with pytest.raises(ArgumentError, match="`spacing`"):
        hausdorff_95(first=[1, 1], second=[1, 0], spacing=[0])


def test_fleiss_kappa_edges():
    """Perfect agreement leaves room; one category and unlike rows do not work."""
    k = fleiss_kappa(counts=[[3, 0], [0, 3], [3, 0], [0, 3]])
    assert k.estimate == k.upper == 1
    assert k.lower < 0.6
    assert "not all the same" in fleiss_kappa(counts=[[3, 0], [3, 0]]).reason
    assert fleiss_kappa(counts=[[3, 0]]).reason
    with pytest.raises(ArrayError, match="unlike sums"):
        fleiss_kappa(counts=[[3, 0], [1, 1]])
