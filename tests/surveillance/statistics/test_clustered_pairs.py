"""Two readings of cases in clusters: the same as of independent cases where they are, wider where not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.agreement import mcnemar
from surveillance.statistics.clustered_pairs import clustered_mcnemar

pair = st.tuples(st.booleans(), st.booleans(), st.integers(0, 8))


@given(rows=st.lists(pair, min_size=1, max_size=60))
def test_a_difference_between_minus_one_and_one_that_turns_with_the_readings(rows):
    """Limits round the estimate; readings exchanged turn the sign and leave the test; or a reason."""
    first, second, patient = map(np.array, zip(*rows, strict=True))
    found = clustered_mcnemar(first=first, second=second, clusters=patient)
    if len(set(patient)) < 2:
        assert "two" in found.difference.reason
        return
    estimate, lower, upper = found.difference.numbers()
    assert -1 <= lower <= estimate <= upper <= 1
    assert 0 <= found.p_value <= 1
    assert found.difference.n <= len(rows) * (1 + 1e-9)
    turned = clustered_mcnemar(first=second, second=first, clusters=patient)
    assert turned.difference.numbers() == pytest.approx((-estimate, -upper, -lower), abs=1e-9)
    assert turned.chi2 == pytest.approx(found.chi2)


def test_every_case_a_cluster_is_mcnemar():
    """Clusters of one give the plain paired interval, and the test to within (K - 1) / K."""
    counts = {"both": 40, "only_first": 12, "only_second": 4, "neither": 20}
    first = np.repeat([1, 1, 0, 0], list(counts.values()))
    second = np.repeat([1, 0, 1, 0], list(counts.values()))
    found = clustered_mcnemar(first=first, second=second, clusters=np.arange(76))
    plain = mcnemar(**counts)
    assert found.difference.n == pytest.approx(76, rel=0.02)
    assert found.difference.numbers() == pytest.approx(plain.difference.numbers(), abs=0.003)
    assert found.chi2 == pytest.approx(75 / 76 * (12 - 4) ** 2 / 16)


def test_a_patient_counted_twice_is_still_one_patient():
    """Each case sent twice under its patient changes neither interval nor test."""
    first, second = np.repeat([1, 1, 0, 0], [30, 9, 3, 10]), np.repeat([1, 0, 1, 0], [30, 9, 3, 10])
    patient = np.arange(52)
    once = clustered_mcnemar(first=first, second=second, clusters=patient)
    twice = clustered_mcnemar(
        first=np.tile(first, 2), second=np.tile(second, 2), clusters=np.tile(patient, 2)
    )
    assert twice.difference.numbers() == pytest.approx(once.difference.numbers(), abs=0.003)
    assert twice.p_value == pytest.approx(once.p_value)
