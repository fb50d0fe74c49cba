"""Accuracy under partial verification."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.designed_samples import (
    horvitz_thompson,
    weighted_accuracy,
    weighted_auc,
    weighted_proportion,
)
from surveillance.statistics.estimate import CountError, ProportionError
from surveillance.statistics.proportions import wilson
from surveillance.statistics.verification import NO_NEGATIVE, NO_POSITIVE, begg_greenes

cell = st.integers(0, 3000)
CELLS = "tp", "fp", "fn", "tn", "unverified_positive", "unverified_negative"


@given(counts=st.tuples(*[cell] * 6))
def test_begg_greenes_is_a_proportion_or_has_a_reason(counts):
    """Any counts give limits in 0 to 1 around the estimate, or a sentence."""
    result = begg_greenes(**dict(zip(CELLS, counts, strict=True)))
    for side in (result.sensitivity, result.specificity):
        assert side.reason or 0 <= side.lower <= side.estimate <= side.upper <= 1


@given(counts=st.tuples(*[st.integers(1, 3000)] * 4))
def test_complete_verification_needs_no_correction(counts):
    """When everything was verified the estimates are the raw shares."""
    tp, fp, fn, tn = counts
    result = begg_greenes(tp=tp, fp=fp, fn=fn, tn=tn, unverified_positive=0, unverified_negative=0)
    assert result.sensitivity.estimate == pytest.approx(tp / (tp + fn))
    assert result.specificity.estimate == pytest.approx(tn / (tn + fp))


@pytest.mark.parametrize("open_negatives", [0, 500])
def test_no_verified_negative_is_not_identifiable(open_negatives):
    """Without one verified negative the answer is a sentence that asks for an audit."""
    result = begg_greenes(tp=90, fp=20, fn=0, tn=0, unverified_positive=0,
                          unverified_negative=open_negatives)  # fmt: skip
    assert result.sensitivity.reason == result.specificity.reason == NO_NEGATIVE
    assert "random audit of test-negatives" in NO_NEGATIVE


def test_no_verified_positive_is_not_identifiable():
    """The same holds for positives."""
    result = begg_greenes(tp=0, fp=0, fn=5, tn=90, unverified_positive=40, unverified_negative=0)
    assert result.sensitivity.reason == NO_POSITIVE


def test_no_disease_found_leaves_sensitivity_without_estimate():
    """Zero diseased among the verified is a reason; specificity is 1 minus nothing wrong."""
    result = begg_greenes(tp=0, fp=20, fn=0, tn=80, unverified_positive=0, unverified_negative=0)
    assert result.sensitivity.reason == "No verified case was diseased."
    assert result.specificity.estimable


def test_a_clean_audit_is_not_a_perfect_sensitivity():
    """No miss in 200 of 10 000 negatives: estimate 1, lower limit far below it."""
    result = begg_greenes(
        tp=100, fp=50, fn=0, tn=200, unverified_positive=0, unverified_negative=9800
    )
    assert result.sensitivity.estimate == 1
    assert 0.3 < result.sensitivity.lower < 0.45
    assert "zero cell" in result.sensitivity.method


def test_nothing_found_by_the_test_mirrors_a_clean_audit():
    """No hit and some misses: sensitivity 0 with an upper limit above it."""
    result = begg_greenes(tp=0, fp=50, fn=10, tn=200, unverified_positive=0, unverified_negative=0)
    assert result.sensitivity.estimate == result.sensitivity.lower == 0
    assert 0 < result.sensitivity.upper < 0.6


def test_strata_add_up():
    """Two equal strata have the estimate of one; a driver of verification removes its bias."""
    one = {"tp": 40, "fp": 10, "fn": 5, "tn": 45, "unverified_positive": 10,
           "unverified_negative": 150}  # fmt: skip
    single = begg_greenes(**one)
    double = begg_greenes(**{name: [count, count] for name, count in one.items()})
    assert double.sensitivity.estimate == pytest.approx(single.sensitivity.estimate)
    width = [r.sensitivity.upper - r.sensitivity.lower for r in (single, double)]
    assert width[1] < width[0]


def test_negative_counts_are_refused():
    """The message names the cell."""
    with pytest.raises(CountError, match="`fn` is -1"):
        begg_greenes(tp=1, fp=1, fn=-1, tn=1, unverified_positive=0, unverified_negative=0)


def _hospital(rng, n=4000, prevalence=0.1, sensitivity=0.85, specificity=0.9, audit=0.15):
    ill = rng.random(n) < prevalence
    called = np.where(ill, rng.random(n) < sensitivity, rng.random(n) < 1 - specificity)
    chance = np.where(called, 0.9, audit)
    return ill, called, chance, rng.random(n) < chance


def test_corrected_intervals_cover_where_the_raw_share_fails():
    """15 % of negatives audited: both corrections cover near 95 %, the raw share hardly ever."""
    rng, held = np.random.default_rng(21), np.zeros(5)
    for _ in range(400):
        ill, called, chance, seen = _hospital(rng)
        count = lambda c, i: int((seen & (called == c) & (ill == i)).sum())  # noqa: B023, E731
        bg = begg_greenes(
            tp=count(True, True), fp=count(True, False), fn=count(False, True),
            tn=count(False, False), unverified_positive=int((called & ~seen).sum()),
            unverified_negative=int((~called & ~seen).sum()),
        )  # fmt: skip
        ipw = weighted_accuracy(called=called[seen], diseased=ill[seen], probabilities=chance[seen])
        raw = wilson(successes=count(True, True), trials=int((seen & ill).sum()))
        held += [
            bg.sensitivity.lower <= 0.85 <= bg.sensitivity.upper,
            bg.specificity.lower <= 0.9 <= bg.specificity.upper,
            ipw.sensitivity.lower <= 0.85 <= ipw.sensitivity.upper,
            ipw.specificity.lower <= 0.9 <= ipw.specificity.upper,
            raw.lower <= 0.85 <= raw.upper,
        ]
    assert (held[:4] / 400 >= 0.92).all()
    assert (held[:4] / 400 <= 0.98).all()
    assert held[4] / 400 < 0.05


def test_a_rare_miss_is_still_covered():
    """With an expected one and a half misses in the audit the interval covers at least 93 %."""
    rng, held, estimable = np.random.default_rng(22), 0, 0
    for _ in range(400):
        ill, called, chance, seen = _hospital(rng, n=2000, sensitivity=0.9, audit=0.08)
        a = weighted_accuracy(called=called[seen], diseased=ill[seen], probabilities=chance[seen])
        estimable += a.sensitivity.estimable
        held += a.sensitivity.lower <= 0.9 <= a.sensitivity.upper
    assert estimable == 400
    assert held / 400 >= 0.93


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.floats(0.01, 1)), min_size=1, max_size=60
)


@given(rows=rows, seed=st.integers(0, 99))
def test_weighted_shares_ignore_row_order(rows, seed):
    """Shuffled cases give the same numbers, all within 0 to 1."""
    called, ill, chance = np.array(rows).T
    order = np.random.default_rng(seed).permutation(len(called))
    p = weighted_proportion(values=called, probabilities=chance)
    q = weighted_proportion(values=called[order], probabilities=chance[order])
    assert p.numbers() == pytest.approx(q.numbers(), abs=1e-9)
    assert 0 <= p.lower <= p.estimate <= p.upper <= 1
    assert p.n <= len(called) * (1 + 1e-9)
    a = weighted_accuracy(called=called, diseased=ill, probabilities=chance)
    for side in (a.sensitivity, a.specificity):
        assert side.reason or 0 <= side.lower <= side.estimate <= side.upper <= 1


def test_equal_weights_are_no_weights():
    """With one probability for all, the weighted share has Wilson's interval."""
    p = weighted_proportion(values=[1] * 30 + [0] * 10, probabilities=[0.25] * 40)
    assert p.numbers() == pytest.approx(wilson(successes=30, trials=40).numbers())


@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 3), st.booleans(), st.sampled_from([0.1, 0.5, 1.0])),
        min_size=4,
        max_size=60,
    )
)
def test_a_weighted_area_is_an_area_and_turns_with_the_scores(rows):
    """Limits in 0 to 1 round the estimate; scores turned round give the complement; order is nothing."""
    scores, ill, chance = map(np.array, zip(*rows, strict=True))
    found = weighted_auc(scores=scores, labels=ill, probabilities=chance)
    if found.reason:
        assert min(ill.sum(), (~ill).sum()) < 2
        return
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1
    assert found.n <= len(rows) * (1 + 1e-9)
    turned = weighted_auc(scores=-scores[::-1], labels=ill[::-1], probabilities=chance[::-1])
    assert turned.numbers() == pytest.approx(
        (1 - found.estimate, 1 - found.upper, 1 - found.lower), abs=1e-6
    )


def test_a_weight_is_so_many_cases():
    """Half the healthy low scores, each standing for two, rank as all of them do."""
    low = [1.0, 2.0, 3.0, 4.0]
    all_ = weighted_auc(
        scores=[*low, *low, 2.5, 5, 5], labels=[0] * 8 + [1] * 3, probabilities=[1] * 11
    )
    half = weighted_auc(
        scores=[*low, 2.5, 5, 5], labels=[0] * 4 + [1] * 3, probabilities=[0.5] * 4 + [1] * 3
    )
    assert half.estimate == pytest.approx(all_.estimate)
    assert half.upper - half.lower > all_.upper - all_.lower


def test_weights_need_a_chance_above_0():
    """A case that could not have been chosen is refused; no case at all has a reason."""
    with pytest.raises(ProportionError, match="`probabilities`"):
        weighted_proportion(values=[1], probabilities=[0])
    assert weighted_proportion(values=[], probabilities=[]).reason == "No case was sampled."
    nobody = weighted_accuracy(called=[1, 1], diseased=[1, 0], probabilities=[1, 1])
    assert nobody.sensitivity.reason == NO_NEGATIVE


def test_a_census_total_has_no_width_and_zeros_have_a_reason():
    """With probability 1 everywhere the total is known; only zeros call for an exact bound."""
    census = horvitz_thompson(values=[1, 0, 1], probabilities=[1, 1, 1])
    assert census.numbers() == (2, 2, 2)
    assert "upper bound" in horvitz_thompson(values=[0, 0], probabilities=[0.5, 1]).reason


def test_horvitz_thompson_total_covers():
    """A fixed population of 300 events, half sampled: Wald covers near 95 % of 600 samples."""
    rng, held = np.random.default_rng(8), 0
    values, chance = np.repeat([1, 0], [300, 700]), np.tile([0.3, 0.7], 500)
    for _ in range(600):
        seen = rng.random(1000) < chance
        t = horvitz_thompson(values=values[seen], probabilities=chance[seen])
        held += t.lower <= 300 <= t.upper
    assert 0.925 <= held / 600 <= 0.975


def test_an_audit_that_found_nothing_leaves_room_for_what_it_can_hide():
    """The heavy stratum without a miss reaches down as far as its exact limit; more audits narrow it."""
    known = {"called": [1] * 523 + [0] * 59, "diseased": [1] * 582}

    def lower(audited: int) -> float:
        a = weighted_accuracy(
            called=known["called"] + [0] * audited + [1] * 50, diseased=known["diseased"] + [0] * (audited + 50),
            probabilities=[1] * 582 + [audited / 3622] * audited + [1] * 50,
        ).sensitivity  # fmt: skip
        assert a.estimate == pytest.approx(523 / 582)
        return a.lower

    reach = [lower(n) for n in (100, 294, 1000, 3622)]
    assert reach == sorted(reach)
    assert reach[1] < 0.84 < 0.869
    assert reach[3] == pytest.approx(0.871, abs=0.002)


def test_a_stratum_verified_whole_hides_nothing():
    """Only what was not looked into widens; strata of like weight count as one."""
    args = {
        "tp": [90, 10],
        "fp": [10, 5],
        "fn": [10, 0],
        "tn": [90, 85],
        "unverified_positive": [0, 0],
    }
    complete = begg_greenes(**args, unverified_negative=[0, 0]).sensitivity
    partly = begg_greenes(**args, unverified_negative=[0, 1000]).sensitivity
    assert partly.estimate == complete.estimate
    assert partly.lower < complete.lower
    assert partly.upper == complete.upper
