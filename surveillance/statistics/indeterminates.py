"""Accuracy of a test that sometimes gives no answer: 3x2 tables."""

from __future__ import annotations

from dataclasses import dataclass

from surveillance.statistics.accuracy import Accuracy, sensitivity, specificity
from surveillance.statistics.estimate import check_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Indeterminates:
    """One table counted four ways; see `with_indeterminates`."""

    excluded: Accuracy
    intention_to_diagnose: Accuracy
    as_positive: Accuracy
    as_negative: Accuracy


def with_indeterminates(
    *,
    tp: float,
    fp: float,
    fn: float,
    tn: float,
    indeterminate_diseased: float,
    indeterminate_healthy: float,
    level: float = 0.95,
) -> Indeterminates:
    """Sensitivity and specificity of a 3x2 table, indeterminate calls counted four ways.

    `excluded` leaves them out, the flattering way. `intention_to_diagnose` counts each as a wrong
    call, whichever the disease: the worst case, and what Schuetz et al. recommend. `as_positive`
    and `as_negative` count each as the call the clinic acts on. Intervals are Wilson's; each side
    is not estimable without cases of its kind.

    Source: Schuetz, Schlattmann & Dewey (2012), doi:10.1136/bmj.e6717.

    >>> t = with_indeterminates(
    ...     tp=90, fp=5, fn=5, tn=80, indeterminate_diseased=5, indeterminate_healthy=15)
    >>> round(t.excluded.sensitivity.estimate, 3), t.intention_to_diagnose.sensitivity.estimate
    (0.947, 0.9)
    """
    check_counts(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        indeterminate_diseased=indeterminate_diseased,
        indeterminate_healthy=indeterminate_healthy,
    )

    def counted(*, diseased_right: bool | None, healthy_right: bool | None) -> Accuracy:
        ill, well = indeterminate_diseased, indeterminate_healthy
        return Accuracy(
            sensitivity=sensitivity(
                tp=tp + ill * (diseased_right is True),
                fn=fn + ill * (diseased_right is False),
                level=level,
            ),
            specificity=specificity(
                tn=tn + well * (healthy_right is True),
                fp=fp + well * (healthy_right is False),
                level=level,
            ),
        )

    return Indeterminates(
        excluded=counted(diseased_right=None, healthy_right=None),
        intention_to_diagnose=counted(diseased_right=False, healthy_right=False),
        as_positive=counted(diseased_right=True, healthy_right=False),
        as_negative=counted(diseased_right=False, healthy_right=True),
    )
