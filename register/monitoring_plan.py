"""The rules of a monitoring plan, and how often they may ring for nothing.

Pure: what is written under `monitoring:` goes in, rules come out. A plan has one budget of false alarms a year for the whole
deployment. What rules claim for themselves is taken off; the rest is shared out evenly over the charts of all other rules,
so that a plan with more rules or more scanners rings later, never more often.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

BUDGET = 1.0
"""False alarms a year of a whole deployment, where the plan states none."""
REFERENCE_DAYS = 180
"""Length of the reference window, from the first study day on, where the plan states none."""
LOWER, HIGHER, EITHER = "lower", "higher", "either"
_DIRECTIONS = (LOWER, HIGHER, EITHER)


@dataclass(frozen=True, slots=True)
class Watch:
    """What can be watched: which way by default, the change worth ringing (0 to 1), among what, and what is flagged of it."""

    direction: str
    detect: float
    among: str
    flagged: str

    @property
    def words(self) -> str:
        """What is watched, in words."""
        return f"share of {self.among} {self.flagged}"


WATCHES = {
    "sensitivity": Watch(LOWER, 0.10, "verified positives", "missed"),
    "specificity": Watch(LOWER, 0.05, "verified negatives", "called positive"),
    "reference": Watch(HIGHER, 0.10, "verified cases on which AI and report agree", "contradicted by the outcome"),
    "calibration": Watch(EITHER, 0.10, "verified cases", "on the wrong side of the score of their like"),
    "agreement": Watch(EITHER, 0.05, "reported cases", "on which AI and report differ"),
    "case_mix": Watch(EITHER, 0.05, "reported cases", "reported positive"),
    "score": Watch(EITHER, 0.10, "report-negative cases", "with a score above the reference median"),
    "operating_point": Watch(HIGHER, 0.02, "scored cases", "called as the reference's threshold would not have"),
    "out_of_scope": Watch(HIGHER, 0.03, "studies of known scanners", "outside the indication"),
    "failure": Watch(HIGHER, 0.03, "runs", "without an output"),
    "missingness": Watch(HIGHER, 0.05, "studies of known scanners", "with an attribute missing"),
    "study_feed": Watch(HIGHER, 0.5, "days", "with hardly any study"),
    "report_feed": Watch(HIGHER, 0.5, "days", "with hardly any report"),
    "outcome_feed": Watch(HIGHER, 0.5, "weeks", "in which hardly any outcome became known"),
    "new_scanner": Watch(HIGHER, 1.0, "scanners", "that the reference does not know"),
    "overruled": Watch(HIGHER, 0.10, "outputs that a reader acted on", "rejected or modified"),
    "ignored": Watch(HIGHER, 0.10, "outputs that a reader could act on", "ignored or not opened"),
    "turnaround": Watch(HIGHER, 0.10, "reported cases that the algorithm flagged", "reported later than the reference's median"),
    "over_reading": Watch(HIGHER, 0.02, "mature cases", "with an investigation that the algorithm alone set in motion"),
    "contradiction": Watch(HIGHER, 0.05, "studies that another algorithm read for the same finding", "on which the two contradict each other"),
    "called_positive": Watch(EITHER, 0.05, "outputs", "called positive"),
    "latency": Watch(HIGHER, 0.10, "outputs", "later after the study than the reference's median"),
}  # fmt: skip
CERTAIN = frozenset({"new_scanner"})
"""What is counted and not estimated: it has no chart and takes nothing of the budget."""
ON_REQUEST = frozenset(
    {
        "overruled",
        "ignored",
        "turnaround",
        "over_reading",
        "contradiction",
        "called_positive",
        "latency",
    }
)
"""What is watched only where a plan says so: what it needs is not recorded everywhere."""
FEEDS = frozenset({"study_feed", "report_feed", "outcome_feed"})
"""What is counted in days or weeks and not in cases: it has no strata."""
STRATA = (
    "use_mode", "version", "manufacturer_model_name", "device_serial_number", "patient_sex", "age_band", "setting", "view_position",
    "protocol_name", "site",
)  # fmt: skip
CADENCES = {"weekly": 7, "monthly": 30, "quarterly": 91, "yearly": 365}
"""How often somebody looks at a chart also while it does not ring, in days."""
_OWN = re.compile(r"x_[a-z0-9_]{1,60}")
"""A column that a site sends beside its studies."""
_KNOWN = {
    "watch", "finding", "by", "detect", "direction", "false_alarms_per_year", "owner", "cadence", "action",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing watched for a change of `detect` (a difference of shares) in a direction.

    `finding` None is every finding, `by` None all cases; else each level of the column is held against
    the pooled reference of the deployment. `false_alarms_per_year` None takes an equal share of what the plan has left.
    `cadence` is how often `owner` looks at its charts whatever they say, empty = only when they ring.
    """

    watch: str
    detect: float
    direction: str
    finding: str | None = None
    by: str | None = None
    false_alarms_per_year: float | None = None
    owner: str = ""
    cadence: str = ""
    action: str = ""

    @property
    def question(self) -> tuple[str | None, ...]:
        """What it asks; a plan asks each once."""
        return self.watch, self.finding, self.by, self.direction

    @property
    def sides(self) -> tuple[str, ...]:
        """The directions it is charted in; none where nothing is estimated."""
        if self.watch in CERTAIN:
            return ()
        return (LOWER, HIGHER) if self.direction == EITHER else (self.direction,)

    def words(self) -> str:
        """The rule as it is told."""
        where = f" by {self.by}" if self.by else ""
        about = f" for {self.finding}" if self.finding else ""
        if self.watch in CERTAIN:
            watch = WATCHES[self.watch]
            return f"{self.watch}: {watch.among} {watch.flagged}{about}"
        return f"{self.watch}{where}{about} {self.detect:g} {self.direction}"

    def charts(self, strata: Mapping[str, int]) -> int:
        """How many charts it keeps, with so many findings and levels of each column."""
        findings = strata.get("finding", 1) if self.finding is None else 1
        return len(self.sides) * findings * (strata.get(self.by, 1) if self.by else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringPlan:
    """The rules of a deployment, its budget of false alarms a year, and its locked reference window (days inclusive).

    `beside` is what monitors that are no rules take of the budget: claims, stop rules, drift.
    """

    rules: tuple[Rule, ...]
    false_alarms_per_year: float = BUDGET
    reference: tuple[date, date] | None = None
    beside: float = 0.0

    def shared_out(self, strata: Mapping[str, int]) -> tuple[Rule, ...]:
        """The rules, each with the false alarms a year that all its charts together may give.

        `strata` holds how many findings (`finding`) and how many levels of each column there are. ValueError where
        rules claim more than the budget, or leave nothing of it for the others. What watches beside them comes first, up to half of what
        rules do not claim: a claim that rings all the time must not silence the charts.
        """
        claimed = sum(rule.false_alarms_per_year or 0 for rule in self.rules)
        open_charts = sum(r.charts(strata) for r in self.rules if r.false_alarms_per_year is None)
        left = self.false_alarms_per_year - claimed
        if left < -1e-9 or (open_charts and left <= 1e-9):
            raise ValueError(
                f"rules: they claim {claimed:g} of {self.false_alarms_per_year:g} false alarms a year"
                f"{' and leave nothing to the other rules' if open_charts else ''}; raise the plan's "
                "false_alarms_per_year or lower theirs"
            )
        left -= min(self.beside, left / 2)
        return tuple(
            rule if rule.false_alarms_per_year is not None
            else replace(rule, false_alarms_per_year=left * rule.charts(strata) / open_charts if open_charts else 0.0)
            for rule in self.rules
        )  # fmt: skip


DEFAULT = MonitoringPlan(
    rules=tuple(
        Rule(watch=name, detect=watch.detect, direction=watch.direction, by=by)
        for name, watch in WATCHES.items()
        if name not in ON_REQUEST
        for by in ((None, "device_serial_number") if name in ("sensitivity", "specificity") else (None,))
    )
)  # fmt: skip
"""What is watched where the entry writes no rules."""


def expected_false_alarms(plan: MonitoringPlan, strata: Mapping[str, int]) -> float:
    """How many false alarms a year the whole plan may be expected to give, over all findings and levels.

    >>> round(expected_false_alarms(DEFAULT, {"device_serial_number": 4}), 9)
    1.0
    """
    return sum(rule.false_alarms_per_year or 0.0 for rule in plan.shared_out(strata))


def monitoring_plan(monitoring: Mapping[str, Any]) -> MonitoringPlan:
    """The plan written in an entry, the default rules where it writes none.

    ValueError for what cannot be watched, with place, value and remedy.
    """
    written = monitoring.get("rules")
    if written is not None and (not isinstance(written, list) or not written):
        raise ValueError(
            "rules: write a list, each rule with `- {watch: …}`, or leave it out for the default ones"
        )
    budget = _number("monitoring", monitoring, "false_alarms_per_year", BUDGET, most=1000)
    common: dict[str, Any] = {
        name: str(monitoring[name]) for name in ("owner", "cadence", "action") if name in monitoring
    }
    _known_cadence("monitoring", common)
    if written is None:
        rules = tuple(replace(rule, **common) for rule in DEFAULT.rules)
    else:
        rules = tuple(_rule(f"rules.{n}", said, common) for n, said in enumerate(written))
    for place, rule in enumerate(rules):
        for before in rules[:place]:
            if rule.question == before.question:
                raise ValueError(
                    f"rules.{place}: {rule.words()} asks what a rule before asks; take one out"
                )
    plan = MonitoringPlan(
        rules=rules, false_alarms_per_year=budget, reference=_reference(monitoring)
    )
    plan.shared_out({})
    return plan


def _rule(where: str, said: Any, common: Mapping[str, str]) -> Rule:
    if not isinstance(said, dict) or said.get("watch") not in WATCHES:
        given = said.get("watch") if isinstance(said, dict) else said
        raise ValueError(f"{where}: watch is '{given}'; use one of {', '.join(WATCHES)}")
    unknown = set(said) - _KNOWN
    if unknown:
        raise ValueError(f"{where}: '{min(map(str, unknown))}' is not known here; use {', '.join(sorted(_KNOWN))}")  # fmt: skip
    watch = WATCHES[said["watch"]]
    by, direction = said.get("by"), said.get("direction", watch.direction)
    if by is not None and by not in STRATA and not _OWN.fullmatch(str(by)):
        raise ValueError(f"{where}: by is '{by}'; use one of {', '.join(STRATA)}, an x_ column of the site's own, or leave it out for all cases")  # fmt: skip
    if by is not None and said["watch"] in FEEDS:
        raise ValueError(f"{where}: {said['watch']} counts days and not cases; leave out `by`")
    if direction not in _DIRECTIONS:
        raise ValueError(
            f"{where}: direction is '{direction}'; use one of {', '.join(_DIRECTIONS)}"
        )
    finding = said.get("finding")
    if finding is not None and not isinstance(finding, str):
        raise ValueError(
            f"{where}: finding is {finding!r}; write the name of one, or leave it out for all"
        )
    _known_cadence(where, said)
    claimed = None
    if "false_alarms_per_year" in said:
        claimed = _number(where, said, "false_alarms_per_year", 0, most=1000)
    return Rule(
        watch=said["watch"],
        detect=_number(where, said, "detect", watch.detect, most=1),
        direction=direction,
        finding=finding,
        by=by,
        false_alarms_per_year=claimed,
        **{**common, **{n: str(said[n]) for n in ("owner", "cadence", "action") if n in said}},
    )


def _known_cadence(where: str, said: Mapping[str, Any]) -> None:
    if said.get("cadence", "") not in ("", *CADENCES):
        raise ValueError(
            f"{where}: cadence is '{said['cadence']}'; use one of {', '.join(CADENCES)}, or leave it out: only what rings calls then"
        )


def _number(
    where: str, said: Mapping[str, Any], name: str, default: float, *, most: float
) -> float:
    value = said.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise ValueError(
            f"{where}: {name} is {value!r}; give a number above 0 and at most {most:g}"
        )
    return float(value)


def _reference(monitoring: Mapping[str, Any]) -> tuple[date, date] | None:
    said = monitoring.get("reference")
    if said is None:
        return None
    try:
        first, last = (date.fromisoformat(str(said[side])) for side in ("from", "to"))
    except (TypeError, KeyError, ValueError):
        raise ValueError(
            f"reference window: {_sides(said)}; give both days, as 2026-01-31, or neither: it is then the first {REFERENCE_DAYS} days"
        ) from None
    if last <= first:
        raise ValueError(f"reference window: it is to end on {last} and begins on {first}; give a later last day")  # fmt: skip
    return first, last


def _sides(said: Any) -> str:
    if not isinstance(said, Mapping):
        return f"it is '{said}'"
    return " and ".join(f"{side} is {said.get(side) or 'empty'}" for side in ("from", "to"))
