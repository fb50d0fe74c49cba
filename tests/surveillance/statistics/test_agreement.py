"""Agreement of two readers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from surveillance.statistics.agreement import (
    cohen_kappa,
    gwet_ac1,
    mcnemar,
    negative_agreement,
    overall_agreement,
    positive_agreement,
)
from surveillance.statistics.estimate import ArrayError

cell = st.integers(0, 1000)
tables = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(cell, min_size=k, max_size=k), min_size=k, max_size=k)
)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@given(table=tables)
def test_kappa_is_bounded_and_symmetric_in_the_readers(weights, table):
    """Swapping the readers changes nothing; numbers lie in -1 to 1 or there is a reason."""
    k = cohen_kappa(table=table, weights=weights)
    swapped = cohen_kappa(table=np.transpose(table), weights=weights)
    assert k.reason == swapped.reason
    if k.estimable:
        assert -1 <= k.lower <= k.estimate <= k.upper <= 1
        assert swapped.numbers() == pytest.approx(k.numbers(), abs=1e-6)


def test_kappa_equals_scikit_learn():
    """Plain and weighted estimates equal those of an independent package."""
    table = np.array([[44, 5, 1], [7, 20, 6], [3, 9, 12]])
    rows, columns = (np.repeat(i, table.ravel()) for i in np.indices((3, 3)).reshape(2, -1))
    for ours, theirs in (("none", None), ("linear", "linear"), ("quadratic", "quadratic")):
        expected = cohen_kappa_score(rows, columns, weights=theirs)
        assert cohen_kappa(table=table, weights=ours).estimate == pytest.approx(expected)


def test_perfect_agreement_is_not_certainty():
    """Ten of ten agreements leave room below 1, for kappa and AC1."""
    for function in (cohen_kappa, gwet_ac1):
        k = function(table=[[5, 0], [0, 5]])
        assert k.estimate == k.upper == 1
        assert 0.3 < k.lower < 0.6
        assert "perfect agreement" in k.method


def test_one_category_only_is_not_estimable_for_kappa_but_is_for_ac1():
    """Chance agreement 1 leaves nothing for kappa to measure."""
    table = [[30, 0], [0, 0]]
    assert "one category" in cohen_kappa(table=table).reason
    assert gwet_ac1(table=table).estimate == 1


def test_no_cases_and_wrong_tables():
    """An empty table has a reason; one that is not square, or negative, is refused."""
    assert cohen_kappa(table=[[0, 0], [0, 0]]).reason == "There were no cases."
    assert gwet_ac1(table=[[0, 0], [0, 0]]).reason == "There were no cases."
    with pytest.raises(ArrayError, match="square"):
        cohen_kappa(table=[[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ArrayError, match="negative"):
        gwet_ac1(table=[[1, -2], [3, 4]])
    with pytest.raises(ArrayError, match="`weights` is 'cubic'"):
        cohen_kappa(table=[[1, 2], [3, 4]], weights="cubic")


def test_ac1_survives_the_paradox_that_sinks_kappa():
    """94 % agreement on a rare finding: kappa below 0, AC1 above 0.9."""
    table = [[118, 5], [2, 0]]
    assert cohen_kappa(table=table).estimate < 0
    assert gwet_ac1(table=table).estimate > 0.9


@given(a=cell, b=cell, c=cell, d=cell)
def test_specific_agreement_is_a_proportion(a, b, c, d):
    """Overall agreement lies between agreement on positives and on negatives."""
    positive = positive_agreement(both=a, only_first=b, only_second=c)
    negative = negative_agreement(neither=d, only_first=b, only_second=c)
    overall = overall_agreement(both=a, only_first=b, only_second=c, neither=d)
    if positive.estimable and negative.estimable:
        low, high = sorted((positive.estimate, negative.estimate))
        assert low - 1e-12 <= overall.estimate <= high + 1e-12
        assert 0 <= positive.lower <= positive.upper <= 1
    if a + b + c == 0:
        assert positive.reason == "No reader gave any case this call."


@given(b=st.integers(0, 3000), c=st.integers(0, 3000))
def test_mid_p_is_never_above_exact(b, c):
    """Both are probabilities and mid-P is the smaller; no discordance gives 1."""
    m = mcnemar(both=10, only_first=b, only_second=c, neither=10)
    assert 0 <= m.p_mid <= m.p_exact <= 1
    if b + c == 0:
        assert m.p_mid == m.p_exact == 1


def test_kappa_and_ac1_cover():
    """Asymptotic intervals cover near 95 % of 1000 seeded samples of 150 pairs."""
    rng, truth = np.random.default_rng(2), np.array([[0.5, 0.1], [0.1, 0.3]])
    expected = np.trace(truth), truth.sum(1) @ truth.sum(0)
    kappa = (expected[0] - expected[1]) / (1 - expected[1])
    chance = 2 * 0.6 * 0.4
    ac1 = (0.8 - chance) / (1 - chance)
    held = np.zeros(2)
    for _ in range(1000):
        table = rng.multinomial(150, truth.ravel()).reshape(2, 2)
        k, g = cohen_kappa(table=table), gwet_ac1(table=table)
        held += [k.lower <= kappa <= k.upper, g.lower <= ac1 <= g.upper]
    assert (held / 1000 >= 0.93).all()
    assert (held / 1000 <= 0.97).all()
