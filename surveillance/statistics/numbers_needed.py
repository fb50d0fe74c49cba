"""Numbers needed to harm and to diagnose: reciprocals, whose limits may pass infinity."""

from __future__ import annotations

from dataclasses import dataclass

from surveillance.statistics.accuracy import youden
from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNeededToHarm:
    """The reciprocal of a risk difference; values of the interval on the side of harm and benefit.

    `estimate` is below 0 where the estimate is a benefit. `harm_lower` to `harm_upper` and
    `benefit_lower` to `benefit_upper` are numbers of patients, None where the interval has no such
    side; an upper end of None beside a lower one is infinity. `interval` says it in words.
    """

    difference: Estimate
    estimate: float | None
    harm_lower: float | None
    harm_upper: float | None
    benefit_lower: float | None
    benefit_upper: float | None
    through_infinity: bool
    interval: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNeededToDiagnose:
    """The reciprocal of Youden's index; an `upper` of None beside an estimate is infinity."""

    youden: Estimate
    estimate: float | None
    lower: float | None
    upper: float | None
    through_infinity: bool
    reason: str | None = None


def number_needed_to_harm(
    *, events_1: float, trials_1: float, events_2: float, trials_2: float, level: float = 0.95
) -> NumberNeededToHarm:
    """Patients exposed for one more to be harmed: the reciprocal of the risk difference.

    `events_1` of `trials_1` exposed (such as read with the AI) and `events_2` of `trials_2`
    unexposed patients were harmed. The limits are the reciprocals of Newcombe's hybrid score limits
    of the difference. When those hold 0 the interval runs from harm through infinity to benefit,
    as Altman writes it, and is no range of one kind: read `interval`. Without a difference the
    estimate is infinite, told by `reason`; not estimable either when a group is empty.

    Source: Altman (1998), doi:10.1136/bmj.317.7168.1309; Bender (2001),
    doi:10.1016/S0197-2456(00)00134-3.

    >>> n = number_needed_to_harm(events_1=15, trials_1=100, events_2=10, trials_2=100)
    >>> round(n.estimate), n.interval
    (20, 'NNTH 6.94 to infinity to NNTB 22.9')
    """
    difference = newcombe(
        successes_1=events_1,
        trials_1=trials_1,
        successes_2=events_2,
        trials_2=trials_2,
        level=level,
    )
    if not difference.estimable:
        return NumberNeededToHarm(
            difference=difference,
            estimate=None,
            harm_lower=None,
            harm_upper=None,
            benefit_lower=None,
            benefit_upper=None,
            through_infinity=False,
            interval=None,
            reason="A group had no patients.",
        )
    change, low, high = difference.numbers()
    harm, benefit = _side(low, high), _side(-high, -low)
    return NumberNeededToHarm(
        difference=difference,
        estimate=1 / change if change else None,
        harm_lower=harm[0],
        harm_upper=harm[1],
        benefit_lower=benefit[0],
        benefit_upper=benefit[1],
        through_infinity=low <= 0 <= high,
        interval=_in_words(harm, benefit, harmful=change >= 0),
        reason=None if change else "The risks are equal, so the number needed is infinite.",
    )


def _side(low: float, high: float) -> tuple[float | None, float | None]:
    """Numbers needed of the part of a difference above 0; without an upper one it is infinite."""
    if high <= 0:
        return None, None
    return 1 / high, 1 / low if low > 0 else None


def _in_words(
    harm: tuple[float | None, float | None],
    benefit: tuple[float | None, float | None],
    *,
    harmful: bool,
) -> str:
    for name, (nearest, farthest) in (("NNTH", harm), ("NNTB", benefit)):
        if farthest is not None:
            return f"{name} {nearest:.3g} to {farthest:.3g}"
    ends = [
        None if harm[0] is None else f"NNTH {harm[0]:.3g}",
        "infinity",
        None if benefit[0] is None else f"NNTB {benefit[0]:.3g}",
    ]
    return " to ".join(end for end in (ends if harmful else ends[::-1]) if end)


def number_needed_to_diagnose(
    *, tp: float, fp: float, fn: float, tn: float, level: float = 0.95
) -> NumberNeededToDiagnose:
    """Diseased patients to test for one correct positive beyond chance: 1 / Youden's index.

    1 for a perfect test, larger the less it tells. The limits are the reciprocals of those of
    `youden` (Newcombe's hybrid score); where they hold 0 the interval runs from `lower` through
    infinity, and `upper` is None. Not estimable where Youden's index is not, nor when it is 0 or
    below: then the test tells nothing, or the opposite.

    Source: Larner (2018) Dement Geriatr Cogn Disord Extra 8:321; Altman (1998), doi:10.1136/bmj.317.7168.1309.

    >>> n = number_needed_to_diagnose(tp=670, fp=202, fn=74, tn=640)
    >>> round(n.estimate, 2), round(n.lower, 2), round(n.upper, 2)
    (1.51, 1.44, 1.61)
    """
    index = youden(tp=tp, fp=fp, fn=fn, tn=tn, level=level)
    reason, estimate, lower, upper = index.reason, None, None, None
    through = False
    if index.estimate is not None:
        value, low, high = index.numbers()
        through = low <= 0 <= high
        if value > 0:
            estimate, lower, upper = 1 / value, 1 / high, 1 / low if low > 0 else None
        else:
            reason = "Youden's index is not above 0: the calls tell nothing of the disease."
    return NumberNeededToDiagnose(
        youden=index,
        estimate=estimate,
        lower=lower,
        upper=upper,
        through_infinity=through,
        reason=reason,
    )
