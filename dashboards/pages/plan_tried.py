"""What a plan that was tried would have done here, as its page tells it: what rang, how soon it finds a change, and which charts are silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.pages.shown import sentence_case, shown, words
from register.monitoring_plan import Rule

if TYPE_CHECKING:
    from surveillance.monitors.alarms import Told
    from surveillance.monitors.sequential import Path
    from surveillance.plan_back_test import BackTest

TEN_YEARS = 3652.5
"""In days. What takes longer is not found while the algorithm is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the plan would have done on the deployment's own history, for one finding."""

    finding: str = shown("What is looked for")
    summary: str = shown(
        "Alarms beside the false ones that the charts drawn are to give in so long, and how many charts are silent"
    )
    silent: tuple[str, ...] = shown("Why charts are silent, and how many of them each time")
    changes: tuple[str, ...] = shown(
        "Each change that a chart found: what would have been told of it, when first, and why"
    )


def tells(one: "BackTest") -> Tried:
    """What is told of one finding."""
    silent = f" {_share_silent([one])}:" if one.silent else ""
    return Tried(
        finding=words(one.finding),
        summary=f"{_counted(len(one.alarms), 'alarm')}{_about(one)} in the {one.days:,} days since the reference window "
        f"({one.reference[0]} to {one.reference[1]}); {one.stated:.2g} false ones are to be expected in so long of the charts that are drawn.{silent}",
        silent=tuple(f"{_counted(count, 'chart')}: {_clause(why)}." for why, count in one.silent.most_common()),
        changes=tuple(_change(one, rung) for rung in one.changes),
    )  # fmt: skip


def _about(one: "BackTest") -> str:
    return f" about {_counted(len(one.changes), 'change')}" if one.alarms else ""


def _change(one: "BackTest", rung: Sequence["Told"]) -> str:
    """What would have been told of a change: a signal's matter, the day of the first cycle that saw it, and why."""
    first, last = rung[0], rung[-1]
    day = f"{first.seen:%Y-%m-%d}"
    when = f"The weekly cycle of {day} would have told it first."
    if first.seen.date() == one.mature_on:
        when = f"The first cycle would have told it, on {day}, when the cases of the reference window are mature."
    return f"{sentence_case(first.matter)}: {last.path.sentence(last.alarm)} {when}"


def warning(rules: Sequence[Rule], tried: Sequence["BackTest"], untried: str) -> str:
    """What whoever puts a plan in force must know: it could not be tried, or charts of it are silent; empty where all are drawn."""
    if untried:
        return (
            f"This plan was not tried: {_clause(untried)}. Whether its charts can be drawn at all, and what they ring, "
            "nobody knows before the first cycle that locks its reference window."
        )
    said = [f"{_share_silent(tried)} under this plan."] if any(one.silent for one in tried) else []
    said += [
        f"{sentence_case(words(rule.words()))}: {_keeps_none(rule)}."
        for rule in rules if tried and rule.sides and not _paths(rule, tried)
    ]  # fmt: skip
    if not said:
        return ""
    return f"{' '.join(said)} What they are to watch is not watched: that they never ring says nothing, and their share of the budget is spent on nothing."


def of_rule(rule: Rule, tried: Sequence["BackTest"]) -> dict[str, str]:
    """The cells of a rule's row: cases a year, how soon it finds the change, how often it rang; empty before it was tried, or where it is counted."""
    if not tried or not rule.sides:
        return {"cases": "", "finds": "", "rang": ""}
    paths = _paths(rule, tried)
    drawn = [(one, path) for one, path in paths if not path.silent]
    return {
        "cases": _range([path.chart.per_year for _, path in drawn]),
        "finds": _finds(
            [one.finds_in(path.chart) for one, path in drawn],
            [path.silent for _, path in paths if path.silent] or ([] if paths else [_keeps_none(rule)]),
        ),
        "rang": str(sum(len(path.alarms) for _, path in drawn)) if drawn else "",
    }  # fmt: skip


def _paths(rule: Rule, tried: Sequence["BackTest"]) -> list[tuple["BackTest", "Path"]]:
    return [
        (one, path) for one in tried for path in one.paths
        if path.chart.rule.question == rule.question
    ]  # fmt: skip


def _finds(days: Sequence[float], silent: Sequence[str]) -> str:
    within = [day for day in days if day <= TEN_YEARS]
    late, charts = len(days) - len(within), len(days) + len(silent)
    said = [f"{_range(within)} days"] if within else []
    if late:
        said.append(f"{_of(late, len(days))}not within ten years")
    if silent:
        why = "; ".join(map(_clause, dict.fromkeys(silent)))
        said.append(f"{_of(len(silent), charts)}not charted: {why}")
    return "; ".join(said)


def _of(some: int, all_of_them: int) -> str:
    return "" if some == all_of_them else f"{some} of {all_of_them} "


def _keeps_none(rule: Rule) -> str:
    of = f"says its {words(rule.by)}" if rule.by else "is of its finding"
    return f"no case of the reference window {of}"


def _share_silent(tried: Sequence["BackTest"]) -> str:
    silent = sum(one.silent.total() for one in tried)
    charts = sum(len(one.paths) for one in tried)
    return f"{silent:,} of {_counted(charts, 'chart')} {'is' if silent == 1 else 'are'} silent"


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _clause(sentence: str) -> str:
    """A sentence as the part of another."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def _range(values: Sequence[float]) -> str:
    if not values:
        return ""
    low, high = f"{min(values):,.0f}", f"{max(values):,.0f}"
    return low if low == high else f"{low} to {high}"
