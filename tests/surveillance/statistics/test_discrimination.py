"""Areas under the ROC curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from surveillance.statistics.discrimination import (
    TOO_FEW,
    auc,
    auc_difference,
    auc_difference_unpaired,
    auc_from_histograms,
)
from surveillance.statistics.estimate import ArrayError

cases = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 1), st.integers(0, 9)),
    min_size=4, max_size=60,
).filter(lambda rows: 2 <= sum(row[2] for row in rows) <= len(rows) - 2)  # fmt: skip


def _kernel(scores, labels):
    x, y = scores[labels == 1], scores[labels == 0]
    return (x[:, None] > y) + 0.5 * (x[:, None] == y)


@given(cases=cases, seed=st.integers(0, 99))
def test_auc_equals_scikit_learn_holds_its_estimate_and_ignores_order(cases, seed):
    """Mid-rank AUC with ties, inside its interval, the same for shuffled rows."""
    scores, _, labels, _ = np.array(cases).T
    first = auc(scores=scores, labels=labels)
    assert first.estimate == pytest.approx(roc_auc_score(labels, scores))
    assert 0 <= first.lower <= first.estimate <= first.upper <= 1
    order = np.random.default_rng(seed).permutation(len(scores))
    second = auc(scores=scores[order], labels=labels[order])
    assert second.numbers() == pytest.approx(first.numbers(), abs=1e-9)


@given(cases=cases)
def test_fast_variance_equals_the_kernel_over_all_pairs(cases):
    """The width is that of DeLong's variance computed from every pair."""
    scores, _, labels, _ = np.array(cases).T
    k = _kernel(scores, labels)
    variance = k.mean(1).var(ddof=1) / k.shape[0] + k.mean(0).var(ddof=1) / k.shape[1]
    result = auc(scores=scores, labels=labels)
    if "logit" in result.method:
        a = result.estimate
        spread = norm.ppf(0.975) * np.sqrt(variance) / (a * (1 - a))
        expected = np.log(a / (1 - a)) + spread * np.array([-1, 1])
        assert (result.lower, result.upper) == pytest.approx(1 / (1 + np.exp(-expected)), abs=1e-9)
    else:
        assert variance == pytest.approx(0, abs=1e-12)


@given(cases=cases)
def test_singleton_clusters_give_delong(cases):
    """Obuchowski's interval with one case per cluster is DeLong's."""
    scores, _, labels, _ = np.array(cases).T
    plain = auc(scores=scores, labels=labels)
    clustered = auc(scores=scores, labels=labels, clusters=np.arange(len(scores)))
    assert clustered.numbers() == pytest.approx(plain.numbers(), abs=1e-9)


def test_clustered_variance_follows_obuchowski_term_by_term():
    """The interval equals one computed by loops from the formulas of the 1997 paper."""
    rng = np.random.default_rng(3)
    clusters, labels = np.repeat(np.arange(25), 4), rng.integers(0, 2, 100)
    scores = (labels + np.repeat(rng.normal(size=25), 4) + rng.normal(size=100)).round(1)
    k = _kernel(scores, labels)
    a, m, n = k.mean(), *k.shape
    x_ids, y_ids = clusters[labels == 1], clusters[labels == 0]
    s10 = s01 = s11 = 0.0
    for i in range(25):
        x = k.mean(1)[x_ids == i].sum() - (x_ids == i).sum() * a
        y = k.mean(0)[y_ids == i].sum() - (y_ids == i).sum() * a
        s10, s01, s11 = s10 + x * x, s01 + y * y, s11 + x * y
    i10, i01 = len(set(x_ids)), len(set(y_ids))
    s10, s01, s11 = i10 / ((i10 - 1) * m) * s10, i01 / ((i01 - 1) * n) * s01, 25 / 24 * s11
    variance = s10 / m + s01 / n + 2 * s11 / (m * n)
    spread = norm.ppf(0.975) * np.sqrt(variance) / (a * (1 - a))
    result = auc(scores=scores, labels=labels, clusters=clusters)
    assert np.log(result.upper / (1 - result.upper)) - np.log(a / (1 - a)) == pytest.approx(spread)
    assert "Obuchowski" in result.method


@pytest.mark.parametrize("scores", [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [1] * 6])
def test_variance_0_still_has_width(scores):
    """AUC 1, AUC 0 and all scores tied give Newcombe's score interval, and say so."""
    result = auc(scores=scores, labels=[0, 0, 0, 1, 1, 1])
    assert result.upper - result.lower > 0.3
    assert "Newcombe" in result.method


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1], []])
def test_too_few_of_a_class_is_not_estimable(labels):
    """No or one case of a class has a reason instead of a number."""
    result = auc(scores=range(len(labels)), labels=labels)
    assert result.reason == TOO_FEW
    difference = auc_difference(scores_1=range(len(labels)), scores_2=range(len(labels)),
                                labels=labels)  # fmt: skip
    assert difference.reason == TOO_FEW


def test_labels_must_be_flags_and_lengths_equal():
    """Wrong labels and lengths are refused by name."""
    with pytest.raises(ArrayError, match="`labels`"):
        auc(scores=[1, 2], labels=[1, 2])
    with pytest.raises(ArrayError, match="`scores` 3, `labels` 2"):
        auc(scores=[1, 2, 3], labels=[1, 0])


@given(cases=cases)
def test_difference_is_antisymmetric_and_bounded(cases):
    """Swapping the scores turns the sign; the interval stays in -1 to 1 and holds the estimate."""
    one, two, labels, ids = np.array(cases).T
    d = auc_difference(scores_1=one, scores_2=two, labels=labels)
    r = auc_difference(scores_1=two, scores_2=one, labels=labels)
    assert -1 <= d.lower <= d.estimate <= d.upper <= 1
    assert (d.lower, d.upper) == pytest.approx((-r.upper, -r.lower), abs=1e-9)
    clustered = auc_difference(scores_1=one, scores_2=two, labels=labels, clusters=ids)
    assert clustered.reason or clustered.estimate == pytest.approx(d.estimate)


def test_a_score_does_not_differ_from_itself():
    """Equal scores give difference 0 with 0 inside, as paired and as independent sets."""
    scores, labels = [1, 3, 2, 4, 6, 5], [0, 0, 1, 0, 1, 1]
    paired = auc_difference(scores_1=scores, scores_2=scores, labels=labels)
    unpaired = auc_difference_unpaired(
        scores_1=scores, labels_1=labels, scores_2=scores, labels_2=labels
    )
    assert paired.estimate == unpaired.estimate == 0
    assert paired.lower < 0 < paired.upper
    assert unpaired.lower < 0 < unpaired.upper


@given(cases=cases, width=st.integers(1, 5))
def test_binned_auc_is_within_its_stated_error(cases, width):
    """However coarse the bins, the raw AUC lies within the bound; unit bins lose nothing."""
    scores, _, labels, _ = np.array(cases).T
    bins = scores // width
    binned = auc_from_histograms(
        diseased=np.bincount(bins[labels == 1], minlength=9),
        healthy=np.bincount(bins[labels == 0], minlength=9),
    )
    raw = auc(scores=scores, labels=labels)
    assert abs(binned.auc.estimate - raw.estimate) <= binned.error_bound + 1e-12
    if width == 1:
        assert binned.auc.numbers() == pytest.approx(raw.numbers(), abs=1e-9)


def test_histograms_need_both_classes_and_counts():
    """An empty histogram has a reason; a negative count is refused."""
    assert auc_from_histograms(diseased=[0, 0], healthy=[3, 4]).auc.reason == TOO_FEW
    with pytest.raises(ArrayError, match="negative count"):
        auc_from_histograms(diseased=[-1, 3], healthy=[3, 4])


def test_auc_and_paired_difference_cover():
    """Binormal cases, correlated scores: intervals cover near 95 % of 1000 seeded samples."""
    rng, single, paired = np.random.default_rng(11), 0, 0
    labels = np.repeat([1, 0], [40, 80])
    truth_1, truth_2 = norm.cdf(1.5 / np.sqrt(2)), norm.cdf(1 / np.sqrt(2))
    for _ in range(1000):
        noise = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 120)
        s1, s2 = noise[:, 0] + 1.5 * labels, noise[:, 1] + labels
        a = auc(scores=s1, labels=labels)
        d = auc_difference(scores_1=s1, scores_2=s2, labels=labels)
        single += a.lower <= truth_1 <= a.upper
        paired += d.lower <= truth_1 - truth_2 <= d.upper
    assert 0.93 <= single / 1000 <= 0.97
    assert 0.93 <= paired / 1000 <= 0.97


def test_clustered_auc_covers_where_delong_fails():
    """With a strong patient effect on case and score, Obuchowski covers near 95 %."""
    rng, held, naive = np.random.default_rng(12), 0, 0
    ids = np.repeat(np.arange(60), 5)
    ill = np.repeat(np.arange(60) < 30, 5)
    truth = norm.cdf(1.5 / np.sqrt(2 * (1 + 1)))
    for _ in range(600):
        scores = 1.5 * ill + np.repeat(rng.normal(size=60), 5) + rng.normal(size=300)
        a = auc(scores=scores, labels=ill, clusters=ids)
        b = auc(scores=scores, labels=ill)
        held += a.lower <= truth <= a.upper
        naive += b.lower <= truth <= b.upper
    assert 0.925 <= held / 600 <= 0.975
    assert naive / 600 < 0.85
