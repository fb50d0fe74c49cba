"""Multi-reader multi-case analysis."""

import numpy as np
import pytest

from surveillance.statistics.discrimination import auc_difference
from surveillance.statistics.estimate import ArrayError
from surveillance.statistics.readers import obuchowski_rockette, single_modality_readers


def study(rng, *, readers=5, cases=60, reader_sd=0.3, gain=0.0):
    """Scores of a Roe–Metz-like study: case, reader and reader-by-modality effects."""
    labels = np.arange(cases) % 2
    case = rng.normal(size=cases) * 0.6
    by_modality = rng.normal(size=(2, cases)) * 0.4
    noise = rng.normal(size=(readers, 2, cases)) * 0.7
    skill = (
        1.5 + rng.normal(size=(readers, 1)) * reader_sd + rng.normal(size=(readers, 2)) * reader_sd
    )
    skill = skill + np.array([gain, 0])
    return skill[:, :, None] * labels + case + by_modality + noise, labels


@pytest.mark.parametrize("readers", ["random", "fixed"])
def test_swapping_modalities_or_shuffling_changes_only_the_sign(readers):
    """Order of readers and cases is nothing; ranks are all that counts."""
    rng = np.random.default_rng(1)
    scores, labels = study(rng)
    m = obuchowski_rockette(scores=scores, labels=labels, readers=readers)
    swapped = obuchowski_rockette(scores=scores[:, ::-1], labels=labels, readers=readers)
    assert swapped.difference.lower == pytest.approx(-m.difference.upper)
    assert swapped.p_value == pytest.approx(m.p_value)
    order, people = rng.permutation(60), rng.permutation(5)
    moved = obuchowski_rockette(
        scores=np.exp(scores[people][:, :, order]), labels=labels[order], readers=readers
    )
    assert moved.difference.numbers() == pytest.approx(m.difference.numbers())
    assert (m.p_value < 0.05) == (m.difference.lower > 0 or m.difference.upper < 0)


def test_identical_readers_give_delongs_paired_interval():
    """With no reader variation the fixed-reader answer is that of one reader."""
    rng = np.random.default_rng(2)
    scores, labels = study(rng, readers=1)
    m = obuchowski_rockette(scores=np.repeat(scores, 4, axis=0), labels=labels, readers="fixed")
    d = auc_difference(scores_1=scores[0, 0], scores_2=scores[0, 1], labels=labels)
    assert m.difference.numbers() == pytest.approx(d.numbers())


def test_means_are_those_of_the_single_modality_method():
    """auc_1 and auc_2 equal single_modality_readers."""
    scores, labels = study(np.random.default_rng(3))
    m = obuchowski_rockette(scores=scores, labels=labels)
    for i, auc in enumerate((m.auc_1, m.auc_2)):
        assert single_modality_readers(scores=scores[:, i], labels=labels).auc == auc


def test_degenerate_studies_have_reasons():
    """One reader, one diseased case, perfect readers, the same scores twice."""
    scores, labels = study(np.random.default_rng(4))
    assert "two readers" in obuchowski_rockette(scores=scores[:1], labels=labels).difference.reason
    few = obuchowski_rockette(scores=scores, labels=[1] + [0] * 59)
    assert "two diseased" in few.difference.reason
    perfect = np.broadcast_to(labels, (3, 2, 60))
    assert "no variance" in obuchowski_rockette(scores=perfect, labels=labels).difference.reason
    same = np.repeat(scores[:, :1], 2, axis=1)
    assert (
        "no variance"
        in obuchowski_rockette(scores=same, labels=labels, readers="fixed").difference.reason
    )


@pytest.mark.parametrize("perfect", [0, 1])
def test_a_perfect_modality_can_be_compared(perfect):
    """Only its own mean has no interval; the difference varies with the other, whichever comes first."""
    rng = np.random.default_rng(8)
    labels = np.arange(40) % 2
    flawed = labels + rng.normal(0, 1, (3, 40))
    flawless = labels + np.zeros((3, 40))
    pair = [flawless, flawed] if perfect == 0 else [flawed, flawless]
    found = obuchowski_rockette(scores=np.stack(pair, axis=1), labels=labels)
    assert found.difference.estimable
    assert not (found.auc_1, found.auc_2)[perfect].estimable
    assert (found.difference.estimate > 0) == (perfect == 0)


def test_refusals():
    """Ragged tables, three modalities, unequal labels, unknown options."""
    scores, labels = study(np.random.default_rng(5))
    for wrong, sentence in (
        ({"scores": [[[1, 2], [1]]]}, "complete table"),
        ({"scores": np.zeros((2, 3, 60))}, "3 modalities"),
        ({"labels": labels[:-1]}, "one label"),
        ({"readers": "some"}, "`readers`"),
        ({"covariance": "bootstrap"}, "`covariance`"),
    ):
        with pytest.raises(ArrayError, match=sentence):
            obuchowski_rockette(**({"scores": scores, "labels": labels} | wrong))


def test_random_reader_interval_covers_and_the_test_keeps_its_level():
    """600 seeded studies of no difference, five readers, 60 cases."""
    rng, runs, held = np.random.default_rng(6), 600, np.zeros(2)
    for _ in range(runs):
        scores, labels = study(rng)
        m = obuchowski_rockette(scores=scores, labels=labels)
        held += [m.difference.lower <= 0 <= m.difference.upper, m.p_value >= 0.05]
    assert held[0] == held[1]
    assert 0.93 <= held[0] / runs <= 0.985
