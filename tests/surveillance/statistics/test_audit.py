"""Misses in a population of which a random part was audited."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from surveillance.statistics.audit import (
    false_negative_rate_horvitz_thompson,
    false_negative_rate_post_stratified,
)
from surveillance.statistics.estimate import ArrayError, CountError, ProportionError
from surveillance.statistics.rare_events import hypergeometric_upper

stratum = st.integers(1, 60).flatmap(
    lambda size: st.integers(1, size).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(size))
    )
)
strata = st.lists(stratum, min_size=1, max_size=5)


@given(strata=strata, seed=st.integers(0, 9))
def test_the_number_lies_in_what_is_possible(strata, seed):
    """Limits hold the estimate and what was seen, and strata may come in any order."""
    table = np.array(strata)
    found = _post_stratified(table)
    seen, audited, size = table.sum(axis=0)
    assert seen <= found.number.lower <= found.number.estimate + 1e-9
    assert found.number.estimate <= found.number.upper + 1e-9 <= size - audited + seen + 2e-9
    assert found.rate.estimate == pytest.approx(found.number.estimate / size)
    shuffled = _post_stratified(np.random.default_rng(seed).permutation(table))
    assert shuffled.number.numbers() == pytest.approx(found.number.numbers())


def _post_stratified(table, **options):
    misses, audited, population = np.asarray(table).T
    return false_negative_rate_post_stratified(
        audited=audited, misses=misses, population=population, **options
    )


@given(stratum=stratum)
def test_one_stratum_is_exact(stratum):
    """The upper limit is the hypergeometric bound, and neither limit is refuted by the data."""
    misses, audited, size = stratum
    found = _post_stratified([stratum]).number
    bound = hypergeometric_upper(events=misses, sampled=audited, population=size, level=0.975)
    assert found.upper == pytest.approx(bound.upper)
    if found.lower < found.estimate:
        assert hypergeom.sf(misses - 1, size, int(found.lower), audited) > 0.025 * (1 - 1e-8)


def test_a_clean_audit_keeps_its_width():
    """No miss anywhere still leaves the misses that one of the strata alone could hide."""
    clean = _post_stratified([(0, 100, 1000), (0, 50, 4000)])
    alone = hypergeometric_upper(events=0, sampled=50, population=4000, level=0.975).upper
    assert clean.number.estimate == clean.number.lower == 0
    assert alone < clean.number.upper < 1.2 * alone


def test_a_census_has_no_width():
    """When everything was audited the misses are known, by either method."""
    assert _post_stratified([(2, 50, 50), (1, 30, 30)]).number.numbers() == (3, 3, 3)
    all_seen = false_negative_rate_horvitz_thompson(
        misses=[1, 0, 1], probabilities=[1, 1, 1], population=3
    )
    assert all_seen.number.numbers() == (2, 2, 2)


def test_an_unaudited_stratum_is_not_identifiable():
    """Its misses are unknown; an empty stratum says nothing and does not matter."""
    assert "none was audited" in _post_stratified([(2, 100, 1000), (0, 0, 5)]).rate.reason
    assert _post_stratified([(2, 100, 1000), (0, 0, 0)]).number.estimate == 20
    assert _post_stratified([(0, 0, 0)]).rate.reason == "There were no cases."


def test_parts_cannot_exceed_wholes():
    """More misses than audited, more audited than there are, and half cases are refused."""
    for broken in ([(3, 2, 9)], [(1, 9, 5)], [(0, 4, 9), (1, 9, 5)]):
        with pytest.raises(CountError, match="cannot exceed"):
            _post_stratified(broken)
    with pytest.raises(CountError, match="whole number"):
        _post_stratified([(0.5, 2, 9)])
    with pytest.raises(CountError, match="`population` is 1"):
        false_negative_rate_horvitz_thompson(misses=[0, 0], probabilities=[1, 1], population=1)
    with pytest.raises(ProportionError, match="`probabilities`"):
        false_negative_rate_horvitz_thompson(misses=[1], probabilities=[0], population=9)
    with pytest.raises(ArrayError, match="`misses`"):
        false_negative_rate_horvitz_thompson(misses=[2], probabilities=[0.5], population=9)
    nobody = false_negative_rate_horvitz_thompson(misses=[], probabilities=[], population=9)
    assert nobody.rate.reason == "Nothing was audited."


rows = st.lists(st.tuples(st.integers(0, 1), st.floats(0.02, 1)), min_size=1, max_size=60)


@given(rows=rows, spare=st.integers(0, 5000), seed=st.integers(0, 9))
def test_horvitz_thompson_lies_in_what_is_possible(rows, spare, seed):
    """Limits hold the estimate, between the misses seen and all that was not cleared."""
    misses, chance = np.array(rows).T
    population = len(rows) + spare
    order = np.random.default_rng(seed).permutation(len(rows))
    found, shuffled = (
        false_negative_rate_horvitz_thompson(
            misses=m, probabilities=p, population=population
        ).number
        for m, p in ((misses, chance), (misses[order], chance[order]))
    )
    cleared = len(rows) - misses.sum()
    assert misses.sum() <= found.lower <= found.estimate <= found.upper <= population - cleared
    assert shuffled.numbers() == pytest.approx(found.numbers())


def test_no_miss_is_bounded_by_the_rarest_draw():
    """No miss with chances of 1 % and more: near -log(0.025) / 0.01 may have been missed."""
    clean = false_negative_rate_horvitz_thompson(
        misses=[0] * 60, probabilities=[0.01, 0.2, 0.9] * 20, population=3000
    )
    assert clean.number.estimate == 0
    assert clean.number.upper == pytest.approx(369, rel=0.02)


@pytest.mark.parametrize(
    ("sizes", "missed", "audited"),
    [
        ([1000], [10], [50]),
        ([500] * 4, [5] * 4, [25] * 4),
        ([2000] * 5, [40, 20, 10, 5, 1], [200] * 5),
        ([50, 50], [10, 20], [20, 20]),
    ],
)
def test_post_stratified_covers(sizes, missed, audited):
    """Fixed populations, common and rare misses: at least 95 % of 400 audits hold the number."""
    rng, held = np.random.default_rng(9), 0
    for _ in range(400):
        seen = [int(rng.hypergeometric(bad, size - bad, n))
                for size, bad, n in zip(sizes, missed, audited, strict=True)]  # fmt: skip
        found = false_negative_rate_post_stratified(
            audited=audited, misses=seen, population=sizes
        ).number
        held += found.lower <= sum(missed) <= found.upper
    assert held / 400 >= 0.95


@pytest.mark.parametrize(
    ("missed", "chances"),
    [(1, [0.1]), (3, [0.5]), (5, [0.9]), (30, [0.05, 0.5]), (100, [0.1, 0.3])],
)
def test_horvitz_thompson_covers(missed, chances):
    """One to a hundred misses among 1000 fixed cases: at least 95 % of 800 audits hold them."""
    rng, held = np.random.default_rng(10), 0
    chance, misses = np.resize(chances, 1000), np.zeros(1000, dtype=int)
    misses[rng.choice(1000, missed, replace=False)] = 1
    for _ in range(800):
        seen = rng.random(1000) < chance
        found = false_negative_rate_horvitz_thompson(
            misses=misses[seen], probabilities=chance[seen], population=1000
        ).number
        held += found.lower <= missed <= found.upper
    assert held / 800 >= 0.95
