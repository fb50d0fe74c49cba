"""The page of a monitoring plan: its rules, how their false alarms add up, what they would have rung, and who put it in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from dashboards.pages.plan_tried import Tried, of_rule, tells, warning
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import SignatureShown, signature_shown
from register.entitlement import GOVERNING, who
from register.monitoring_plan import CADENCES, EITHER, HIGHER, LOWER, STRATA, WATCHES
from register.refusal import Refusal
from register.stop_rules import stop_rules
from surveillance.monitors.beside_the_plan import beside_the_plan, taken
from surveillance.monitors.chart_record import drawn, standing_reference
from surveillance.plan_activation import BudgetLine, activated, alarm_budget, understood
from surveillance.reference_window import signatures_under
from surveillance.view import DeploymentView, view

if TYPE_CHECKING:
    from surveillance.plan_back_test import BackTest

BLANK_ROWS = 2
ANSWERS = ("owner", "cadence")
"""Who answers for what rings, and how often somebody looks, for the whole plan."""
COLUMNS = (
    "watch",
    "finding",
    "by",
    "detect",
    "direction",
    "false_alarms_per_year",
    "action",
    "owner",
    "cadence",
)
"""The fields of a rule that the form holds, each with the number of its row."""
ITS_OWN = ("false_alarms_per_year", "action", "owner", "cadence")
"""What a rule says only where it differs from the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule as it is edited; an empty `watch` is a row to write in."""

    number: int = shown("Number of the row")
    values: Mapping[str, str] = shown("What is written, by field")
    usual: tuple[str, str] = shown(
        "The change and the direction that apply where none is written; empty = nothing is watched"
    )
    charts: int = shown("How many charts it keeps here")
    gets: str = shown("False alarms a year that its charts together may give")
    cases: str = shown("Cases it sees in a year; empty before it was tried")
    finds: str = shown(
        "Days in the mean from the first changed study to the alarm, or why it is not charted; empty before it was tried"
    )
    rang: str = shown("What it would have rung; empty before it was tried")


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowShown:
    """A locked reference window."""

    number: int = shown("Its number; 0 = not locked yet")
    finding: str = shown("What is looked for")
    told: str = shown("Its days, its cases, and when it was locked")
    unsteady: tuple[str, ...] = shown("What its own charts rang within it")
    signature: SignatureShown | None = shown("Who takes it as normal")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """Everything the page of a plan shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    back: str = shown("The page of the deployment")
    rows: tuple[RuleRow, ...] = shown("The rules, and rows to write in")
    budget: str = shown("False alarms a year for the whole deployment")
    answers: tuple[str, str] = shown(
        "Who answers for what rings, and how often the plan is looked at"
    )
    stops: tuple[str, ...] = shown("The stop rules that were agreed")
    enter: str = shown("The page on which a change of stop rules is proposed")
    reference: tuple[str, str] = shown(
        "First and last day of a stated reference window; empty = the first 180 days"
    )
    charts: int = shown("How many charts the rules keep together")
    total: str = shown("What all rules together may give a year")
    drawn: str = shown(
        "How many charts are drawn since the last lock, and of those set then which are not; empty = none was locked"
    )
    beside: tuple[tuple[str, str, str], ...] = shown(
        "What else may ring: the monitor, how, and false alarms a year"
    )
    whole: str = shown("What rules and the rest of a stated rate may give a year together")
    cadences: tuple[str, ...] = shown("How often charts can be looked at")
    watches: tuple[tuple[str, str], ...] = shown("What can be watched")
    findings: tuple[tuple[str, str], ...] = shown("What is looked for")
    strata: tuple[tuple[str, str], ...] = shown("By what")
    directions: tuple[str, ...] = shown("In which direction")
    tried: tuple[Tried, ...] = shown("What it would have done, once it was tried")
    untried: str = shown("Why it cannot be tried here yet; empty = it can")
    ready: Mapping[str, str] | None = shown(
        "The plan as it was tried, ready to be put in force; none = not tried"
    )
    warning: str = shown("What speaks against putting it in force as it is; empty = nothing does")
    in_force: SignatureShown | None = shown("Who put the plan in force")
    entered: str = shown("In which revision of the entry it stands")
    windows: tuple[WindowShown, ...] = shown("The reference windows that were locked")
    reason: str = shown("Why it is changed, as typed")
    hindered: str = shown("Why this person cannot change it; empty = can")
    problem: str = shown("Why it was refused; empty = it was not")


def plan_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    role: str,
    monitoring: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
    tried: Sequence["BackTest"] | None = None,
    untried: str = "",
    reason: str = "",
    problem: str = "",
) -> PlanPage:
    """The plan in force, or one that is being written, with its budget and, once it was tried, what it would have rung."""
    known = view(session, key)
    written = known.entry.monitoring if monitoring is None else monitoring
    lines: tuple[BudgetLine, ...] = ()
    others = beside_the_plan(session, known)
    try:
        plan = replace(understood(written), beside=taken(others))
        lines = alarm_budget(session, known, plan)
    except Refusal as wrong:
        problem = problem or str(wrong)
    signed = activated(session, known)
    given = dict(typed) if typed else _fields(written, lines)
    total = sum(line.false_alarms_per_year for line in lines)
    return PlanPage(
        at=at,
        key=key,
        back=f"/deployments/{key}",
        rows=_rows(given, lines, tried or ()),
        budget=given.get("budget", ""),
        answers=(given.get("owner", ""), given.get("cadence", "")),
        stops=tuple(rule.words() for rule in stop_rules(written)),
        enter=f"/enter?algorithm={known.algorithm}",
        reference=(given.get("from", ""), given.get("to", "")),
        charts=sum(line.charts for line in lines),
        total=f"{total:.3g}" if lines else "",
        drawn=_drawn(session, known),
        beside=tuple((one.monitor, one.told, _rate(one.false_alarms_per_year)) for one in others),
        whole=f"{total + taken(others):.3g}" if lines else "",
        cadences=tuple(CADENCES),
        watches=tuple((name, f"{words(name)}: {watch.among} {watch.flagged}") for name, watch in WATCHES.items()),
        findings=tuple((finding, words(finding)) for finding in known.findings),
        strata=tuple((name, words(name)) for name in STRATA),
        directions=(LOWER, HIGHER, EITHER),
        tried=tuple(tells(one) for one in tried or ()),
        untried=untried,
        ready=_without_proofs(given) if tried is not None and lines else None,
        warning=warning([line.rule for line in lines], tried or (), untried),
        in_force=signature_shown(signed) if signed else None,
        entered=f"revision {known.entry.revision} of the entry, recorded by {known.entry.recorded_by} on {known.entry.recorded_at:%Y-%m-%d}",
        windows=tuple(_window(session, known, finding) for finding in known.findings),
        reason=reason,
        hindered="" if role in GOVERNING else f"{sentence_case(who('activates a monitoring plan'))}.",
        problem=problem,
    )  # fmt: skip


def _rate(per_year: float | None) -> str:
    return "not stated" if per_year is None else f"{per_year:.2g}"


def written_plan(form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says as a plan, with all of the plan before that the form does not hold (stop rules)."""
    said = {
        name: value
        for name, value in before.items()
        if name not in ("rules", "reference", "false_alarms_per_year")
        and (name not in ANSWERS or name not in form)
    } | {name: form[name].strip() for name in ANSWERS if form.get(name, "").strip()}
    rules = [rule for number in _numbers(form) if (rule := _rule(form, number))]
    plan: dict[str, Any] = {**said, "rules": rules}
    if form.get("budget", "").strip():
        plan["false_alarms_per_year"] = _number(form["budget"])
    if form.get("from") or form.get("to"):
        plan["reference"] = {"from": form.get("from", ""), "to": form.get("to", "")}
    return plan


def _without_proofs(given: Mapping[str, str]) -> dict[str, str]:
    names = tuple(f"{name}-" for name in COLUMNS)
    return {
        name: value for name, value in given.items()
        if value and (name.startswith(names) or name in ("budget", "from", "to", *ANSWERS))
    }  # fmt: skip


def _rule(form: Mapping[str, str], number: int) -> dict[str, Any]:
    said = {name: form.get(f"{name}-{number}", "").strip() for name in COLUMNS}
    if not said["watch"]:
        return {}
    numbers = ("detect", "false_alarms_per_year")
    return {
        name: _number(value) if name in numbers else value for name, value in said.items() if value
    }


def _number(value: str) -> Any:
    """The number, or what was typed, which the plan then refuses by its place."""
    try:
        return float(value)
    except ValueError:
        return value


def _numbers(form: Mapping[str, str]) -> list[int]:
    found = [name.removeprefix("watch-") for name in form if name.startswith("watch-")]
    return sorted(int(number) for number in found if number.isdigit())


def _fields(written: Mapping[str, Any], lines: Sequence[BudgetLine]) -> dict[str, str]:
    """The form filled with a plan; the default rules are spelt out."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        rule = line.rule
        own = (written.get("rules") or [{}] * len(lines))[number]
        values = {
            "watch": rule.watch, "finding": rule.finding or "", "by": rule.by or "", "detect": f"{rule.detect:g}",
            "direction": rule.direction, **{name: own.get(name, "") for name in ITS_OWN},
        }  # fmt: skip
        found |= {f"{name}-{number}": str(value) for name, value in values.items()}
    reference = written.get("reference") or {}
    stated = written.get("false_alarms_per_year", "")
    answers = {name: str(written.get(name, "")) for name in ANSWERS}
    return found | answers | {
        "budget": str(stated), "from": str(reference.get("from", "")), "to": str(reference.get("to", ""))
    }  # fmt: skip


def _rows(
    given: Mapping[str, str], lines: Sequence[BudgetLine], tried: Sequence["BackTest"]
) -> tuple[RuleRow, ...]:
    written = [n for n in _numbers(given) if given.get(f"watch-{n}")]
    by_row = dict(zip(written, lines, strict=True)) if len(written) == len(lines) else {}
    blank = range(len(written), len(written) + BLANK_ROWS)
    rows = [
        RuleRow(
            number=place, values={name: given.get(f"{name}-{number}", "") for name in COLUMNS},
            usual=_usual(given.get(f"watch-{number}", "")),
            **_worked_out(by_row.get(number), tried),
        )
        for place, number in enumerate(written)
    ]  # fmt: skip
    empty = dict.fromkeys(COLUMNS, "")
    return (
        *rows,
        *(
            RuleRow(number=n, values=empty, usual=_usual(""), **_worked_out(None, ()))
            for n in blank
        ),
    )


def _usual(watch: str) -> tuple[str, str]:
    known = WATCHES.get(watch)
    return (f"{known.detect:g}", known.direction) if known else ("", "")


def _worked_out(line: BudgetLine | None, tried: Sequence["BackTest"]) -> dict[str, Any]:
    if line is None:
        return {"charts": 0, "gets": "", "cases": "", "finds": "", "rang": ""}
    gets = f"{line.false_alarms_per_year:.3g}" if line.charts else "counted"
    return {"charts": line.charts, "gets": gets, **of_rule(line.rule, tried)}


def _drawn(session: Session, known: DeploymentView) -> str:
    """The charts set at the last lock beside those that the page Charts can show: without a case, or a limit, none is drawn."""
    locked = [
        one
        for finding in known.findings
        if (one := standing_reference(session, known.key, finding))
    ]
    named = {
        (one.finding, said["rule"]["watch"], said["rule"]["by"] or "", said["level"], said["side"]): " ".join(
            filter(None, (words(said["rule"]["watch"]), said["level"], said["side"]))
        )
        for one in locked for said in one.charts
    }  # fmt: skip
    if not named:
        return ""
    shown_now = {
        (one.finding, *one.question(), one.side)
        for finding in known.findings for one in drawn(session, known.key, finding)
    }  # fmt: skip
    missing = [name for asked, name in named.items() if asked not in shown_now]
    told = f"The last lock set {len(named):,}; {len(named) - len(missing):,} of them are drawn on the page Charts, both directions on one line."
    if not missing:
        return told
    return f"{told} The rest have no case in the window or since, or no limit, or wait for the next cycle: {', '.join(missing)}."


def _window(session: Session, known: DeploymentView, finding: str) -> WindowShown:
    locked = standing_reference(session, known.key, finding)
    if locked is None:
        return WindowShown(
            number=0, finding=words(finding), told="Not locked: its cases are not mature, or no cycle has run since.",
            unsteady=(), signature=None,
        )  # fmt: skip
    signed = signatures_under(session, locked)
    return WindowShown(
        number=locked.id or 0,
        finding=words(finding),
        told=f"{locked.first_day} to {locked.last_day}, {locked.cases:,} cases, mature on {_day(locked.mature_on)}; locked at the data cut of {locked.locked_at:%Y-%m-%d}.",
        unsteady=tuple(locked.unsteady),
        signature=signature_shown(signed[-1]) if signed else None,
    )  # fmt: skip


def _day(day: date) -> str:
    return day.isoformat()
