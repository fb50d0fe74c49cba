"""Disagreement of the algorithm with a helper model, a sign of change that needs no outcome."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.estimate import Estimate, check_lengths, check_whole, flags
from surveillance.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperDivergence:
    """Share of cases decided differently now and in the reference period, and the change."""

    share: Estimate
    reference_share: Estimate
    change: Estimate
    enough: bool
    minimum_n: int


def helper_divergence(
    *,
    decisions: ArrayLike,
    helper_decisions: ArrayLike,
    reference_decisions: ArrayLike = (),
    reference_helper_decisions: ArrayLike = (),
    minimum_n: int = 30,
    level: float = 0.95,
) -> HelperDivergence:
    """Share of cases that the algorithm and a helper model decide differently, against a reference.

    One decision (1 positive, 0 negative) of each per case, for the period watched and for a
    reference period. Shares have Wilson intervals, `change` (now minus reference) Newcombe's.
    `enough` is whether both periods reach `minimum_n` cases. A rise says that one of the two has
    changed, or the cases have, not which; where both fail alike it says nothing. Cases are taken to
    be independent. The change is not estimable without cases in either period.

    Source: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I;
    disagreement of models as an error signal: Jiang et al. (2022), arXiv:2106.13799.

    >>> d = helper_divergence(decisions=[1, 0, 1, 0], helper_decisions=[1, 1, 1, 0],
    ...     reference_decisions=[1, 0, 0, 0], reference_helper_decisions=[1, 0, 0, 0])
    >>> d.share.estimate, d.change.estimate, d.enough
    (0.25, 0.25, False)
    """
    ours, helper = (
        flags(decisions, name="decisions"),
        flags(helper_decisions, name="helper_decisions"),
    )
    check_lengths(decisions=ours, helper_decisions=helper)
    before = flags(reference_decisions, name="reference_decisions")
    helper_before = flags(reference_helper_decisions, name="reference_helper_decisions")
    check_lengths(reference_decisions=before, reference_helper_decisions=helper_before)
    check_whole(minimum_n=minimum_n)
    now, then = int((ours != helper).sum()), int((before != helper_before).sum())
    return HelperDivergence(
        share=wilson(successes=now, trials=len(ours), level=level),
        reference_share=wilson(successes=then, trials=len(before), level=level),
        change=newcombe(
            successes_1=now, trials_1=len(ours), successes_2=then, trials_2=len(before), level=level
        ),
        enough=min(len(ours), len(before)) >= minimum_n,
        minimum_n=minimum_n,
    )
