"""What was different after each recorded change, told."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboards.analyses.told import Told, interval, percent, table
from dashboards.pages.shown import sentence_case, words


def tell(said: Mapping[str, Any]) -> Told:
    """Each change with what is shown to differ, and all that was compared.

    A page that knows what charts found tells in `after` of a change what differs with a word on what began later.
    """
    changes = said["changes"]
    return Told(
        key="changes",
        title="Before and after each change",
        question="What was different after a recorded change?",
        sentences=(
            f"{said['days']} study days before a change against {said['days']} from its day on, fewer where the evidence holds fewer. The intervals of "
            f"one change hold together at 95 % (each is a {100 * said['level']:.2f} % interval), those of several changes do not: of twenty changes "
            "without an effect one is to be expected that seems to have one.",
            f"Below {said['fewest']} cases on either side nothing is said. Sensitivity and specificity are of verified mature cases, not corrected for who "
            "was verified. What differs after a change need not be its doing.",
            *(f"{_named(change)}: {change.get('after') or differences(change)}" for change in changes),
        ),
        tables=(
            table(
                "changes",
                "Shares before and after each change, and after less before",
                {"day": "Day", "change": "Change", "measure": "Share", "before": "Before (95 %)", "after": "After (95 %)", "difference": "Difference",
                 "said": "Verdict"},
                [
                    (change["day"], _kinds(change), m["measure"], interval(m["before"]), interval(m["after"]),
                     interval(m["difference"]), _verdict(m["differs"]))
                    for change in changes
                    for m in change["measures"]
                ],
            ),
        ),
    )  # fmt: skip


def differences(change: Mapping[str, Any]) -> str:
    """All differences that hold after a change, the clearest first, in what time, and what else changed then."""
    holds = sorted((m for m in change["measures"] if m["differs"]), key=_clearness, reverse=True)
    enough = any(m["enough"] for m in change["measures"])
    told = "; ".join(
        f"{m['measure']} {percent(m['before']['estimate'])} before and {percent(m['after']['estimate'])} after "
        f"({_points(m['difference']['lower'])} to {_points(m['difference']['upper'])} points)"
        for m in holds
    )  # fmt: skip
    none = "nothing is shown to differ" if enough else "too few cases to compare"
    return sentence_case(f"{told or none}{_also(change)}.")


def _clearness(measure: Mapping[str, Any]) -> float:
    """How far from 0 the interval of a difference lies, in units of its width."""
    lower, upper = (measure["difference"][end] for end in ("lower", "upper"))
    return float(min(abs(lower), abs(upper)) / (upper - lower))


def _also(change: Mapping[str, Any]) -> str:
    spans = [(date.fromisoformat(b) - date.fromisoformat(a)).days + 1 for a, b in (change["before"], change["after"])]  # fmt: skip
    others = change["others"]
    also = f"; {others} other change{'s' if others > 1 else ''} in these days" if others else ""
    return f" ({spans[0]} days before and {spans[1]} after{also})"


def _named(change: Mapping[str, Any]) -> str:
    return f"{change['day']}, {_kinds(change)}"


def _kinds(change: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(words(one["kind"]) for one in change["changes"]))


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _verdict(differs: bool | None) -> str:
    return "too few" if differs is None else "differs" if differs else "not shown to differ"
