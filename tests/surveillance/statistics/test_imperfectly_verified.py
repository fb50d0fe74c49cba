"""Verified in part, by a reference that errs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, CountError
from surveillance.statistics.imperfect_reference import USELESS
from surveillance.statistics.imperfectly_verified import imperfectly_verified
from surveillance.statistics.reference_uncertainty import UNVALIDATED
from surveillance.statistics.verification import begg_greenes

KNOWN = 10**9


def _validated(n, sensitivity=(90, 100), specificity=(95, 100)):
    return {
        "sensitivity_positives": [sensitivity[0]] * n, "sensitivity_trials": [sensitivity[1]] * n,
        "specificity_negatives": [specificity[0]] * n, "specificity_trials": [specificity[1]] * n,
    }  # fmt: skip


def _cells(rows):
    """Rows of (called, stratum, cases, positives, negatives)."""
    names = ("stratum_called", "strata", "stratum_cases", "stratum_positives", "stratum_negatives")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


HOSPITAL = [(1, 3, 400, 300, 60), (1, 2, 300, 30, 100), (0, 1, 80, 40, 30), (0, 0, 5000, 10, 190)]
count = st.integers(0, 300)


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(count, count, count), min_size=2, max_size=4),
       validation=st.tuples(count, count, count, count))  # fmt: skip
def test_any_counts_give_proportions_or_a_sentence(cells, validation):
    """Limits lie within 0 to 1 on either side of the estimate, or there is a reason."""
    rows = [(i % 2, i, pos + neg + more, pos, neg) for i, (pos, neg, more) in enumerate(cells)]
    right_ill, wrong_ill, right_well, wrong_well = validation
    rates = _validated(
        len(rows), (right_ill, right_ill + wrong_ill), (right_well, right_well + wrong_well)
    )
    found = imperfectly_verified(**_cells(rows), **rates, draws=100)
    for figure in (found.sensitivity, found.specificity, found.ppv, found.npv):
        assert figure.reason or 0 <= figure.lower <= figure.estimate <= figure.upper <= 1


def test_a_reference_without_error_leaves_begg_and_greenes():
    """Estimate and interval of either kind come together."""
    perfect = _validated(4, (KNOWN, KNOWN), (KNOWN, KNOWN))
    found = imperfectly_verified(**_cells(HOSPITAL), **perfect)
    known = begg_greenes(tp=[30, 300], fp=[100, 60], fn=[10, 40], tn=[190, 30],
                         unverified_positive=[170, 40], unverified_negative=[4800, 10])  # fmt: skip
    assert found.sensitivity.estimate == pytest.approx(known.sensitivity.estimate)
    assert found.sensitivity.numbers() == pytest.approx(known.sensitivity.numbers(), abs=0.03)
    assert found.specificity.numbers() == pytest.approx(known.specificity.numbers(), abs=0.01)


def test_two_kinds_of_evidence_of_one_stratum_are_both_heard():
    """A tier that errs beside one that does not: each by its own rates; the order of entries is indifferent."""
    split = [(1, 3, 400, 200, 40), (1, 3, 400, 100, 20), *HOSPITAL[1:]]
    rates = _validated(5, (KNOWN, KNOWN), (KNOWN, KNOWN))
    for name in rates:
        rates[name][1] = {"sensitivity_positives": 80, "specificity_negatives": 90}.get(name, 100)
    found = imperfectly_verified(**_cells(split), **rates)
    turned = imperfectly_verified(
        **_cells(split[::-1]), **{name: values[::-1] for name, values in rates.items()}
    )
    alone = imperfectly_verified(
        **_cells(HOSPITAL), **_validated(4, (KNOWN, KNOWN), (KNOWN, KNOWN))
    )
    assert found.ppv.estimate != pytest.approx(alone.ppv.estimate, abs=1e-4)
    assert found.ppv.estimate == pytest.approx(turned.ppv.estimate)
    assert found.ppv.numbers() == pytest.approx(turned.ppv.numbers(), abs=0.01)


def test_entries_that_share_a_reference_share_its_doubt():
    """A small validation widens the interval, as one doubt over all strata and not one a stratum."""
    small, large = _validated(4, (18, 20), (38, 40)), _validated(4, (900, 1000), (950, 1000))
    wide, narrow = (
        imperfectly_verified(**_cells(HOSPITAL), **rates).specificity for rates in (small, large)
    )
    assert wide.estimate == pytest.approx(narrow.estimate)
    assert wide.upper - wide.lower > 1.5 * (narrow.upper - narrow.lower)


@pytest.mark.parametrize(
    ("rows", "rates", "reason"),
    [
        ([(1, 1, 10, 5, 5), (0, 0, 90, 0, 0)], {}, "no test-negative case was verified"),
        ([(1, 1, 10, 0, 0), (0, 0, 90, 5, 5)], {}, "no test-positive case was verified"),
        ([*HOSPITAL, (0, 9, 7, 0, 0)], {}, "in one of the strata no test-negative"),
        (HOSPITAL, {"sensitivity": (5, 100)}, USELESS),
        (HOSPITAL, {"sensitivity": (0, 0)}, UNVALIDATED),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_said(rows, rates, reason):
    """Each way of not being identifiable has its sentence."""
    found = imperfectly_verified(**_cells(rows), **_validated(len(rows), **rates))
    assert reason in found.sensitivity.reason
    assert found.npv.estimate is None


def test_errors_that_account_for_all_its_positives():
    """Fewer positives than the reference makes by error: no diseased case is left to speak of."""
    found = imperfectly_verified(
        **_cells([(1, 1, 100, 1, 99), (0, 0, 900, 0, 900)]), **_validated(2)
    )
    assert "account for all its diseased" in found.sensitivity.reason
    assert found.specificity.estimable


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ([(1, 1, 10, 9, 5), (0, 0, 90, 5, 5)], CountError, "stratum_cases"),
        (
            [(1, 1, 50, 9, 5), (0, 1, 50, 5, 5)],
            ArgumentError,
            "`stratum_called` differs within stratum 1",
        ),
        ([(1, 1, 50, 9, 5), (1, 1, 60, 5, 5)], ArgumentError, "`stratum_cases` differs"),
    ],
)
def test_counts_that_do_not_fit_are_refused(rows, error, said):
    """More verified than there are, and strata that contradict themselves."""
    with pytest.raises(error, match=said):
        imperfectly_verified(**_cells(rows), **_validated(2))
