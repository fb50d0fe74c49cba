"""The page of all charts of a plan: where each stands, what each rang and when, and what changed then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from sqlmodel import Session

from dashboards.figures.chart import Chart
from dashboards.figures.control_chart import control_chart
from dashboards.pages.happened import Happened, happened, onset, pins, recorded_then
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.watch import href
from register.monitoring_plan import WATCHES
from register.refusal import Refusal
from surveillance.handling import SignalStep
from surveillance.monitors.chart_record import (
    CHARTS,
    DrawnChart,
    LockedReference,
    drawn,
    settled,
    standing_reference,
)
from surveillance.monitors.verdict import Verdict
from surveillance.signals import signals_on
from surveillance.view import view

Question = tuple[str, str, str]


class NoSuchChart(Refusal):
    """No chart is kept of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLine:
    """Where the charts of one question stand."""

    question: str = shown("What is watched, and where")
    href: str = shown("Where it is drawn")
    current: bool = shown("Whether it is drawn now")
    stands: float = shown("How far it has come towards its limit, in per cent")
    normal: str = shown("The share that the reference window leads to expect, and of what")
    rang: int = shown("How often it rang")
    last: str = shown("When it rang last; empty = never")
    set_for: str = shown("The change it is set for, and how often it may ring for nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Alarms of one question that found a change which began at one time."""

    sentence: str = shown("Why it rang, and when")
    signals: tuple[int, ...] = shown("The signals about it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartsPage:
    """Everything the page of the charts shows."""

    at: datetime = shown("When the page was made")
    deployment: str = shown("Key of the deployment")
    finding: str = shown("What is looked for")
    back: str = shown("The page of the deployment and finding")
    plan: str = shown("The page of the monitoring plan")
    reference: str = shown(
        "The reference window they are held against; empty = there are no charts"
    )
    lines: tuple[ChartLine, ...] = shown("Each question, the one nearest to its limit first")
    asked: str = shown("The question that is drawn")
    chart: Chart | None = shown("The chart that was asked for; none = there are no charts")
    episodes: tuple[Episode, ...] = shown("What it rang, the last first")
    settled: tuple[str, ...] = shown("When somebody settled what it rang, the last first")
    happened: tuple[Happened, ...] = shown("What changed around the deployment, the last first")
    recorded: str = shown(
        "Which changes are recorded for when it began, or that none is; empty = it never rang"
    )


def charts_page(
    session: Session, key: str, finding: str | None, asked: Question | None, *, at: datetime
) -> ChartsPage:
    """The charts of a deployment and finding as the last cycle left them, one of them drawn: that asked for, else what stands first."""
    known = view(session, key)
    chosen = known.finding(finding)
    kept = sorted(drawn(session, key, chosen), key=DrawnChart.question)
    questions = [tuple(sides) for _, sides in groupby(kept, key=DrawnChart.question)]
    questions.sort(key=_stands, reverse=True)
    sides = _asked(questions, asked)
    began = onset(sides)
    reference = standing_reference(session, key, chosen)
    normal = _normal(reference) if reference else {}
    changes: tuple[Happened, ...] = ()
    if reference is not None and sides:
        changes = happened(
            session, known, chosen, since=reference.first_day, until=at.date(), began=began, at=at
        )
    return ChartsPage(
        at=at,
        deployment=key,
        finding=words(chosen),
        back=href(key, chosen),
        plan=f"/deployments/{key}/plan",
        reference=f"{reference.first_day} to {reference.last_day}" if reference and sides else "",
        lines=tuple(
            _line(one, key, chosen, normal.get(one[0].question()), current=one is sides)
            for one in questions
        ),
        asked=_named(sides) if sides else "",
        chart=control_chart(sides, pins=pins(changes)) if sides else None,
        episodes=tuple(_episodes(session, sides)),
        settled=tuple(_settled(session, sides)),
        happened=tuple(reversed(changes)),
        recorded=recorded_then(changes, began),
    )


def _asked(
    questions: Sequence[tuple[DrawnChart, ...]], asked: Question | None
) -> tuple[DrawnChart, ...]:
    if asked is None:
        return questions[0] if questions else ()
    for sides in questions:
        if sides[0].question() == asked:
            return sides
    raise NoSuchChart(
        f"No chart is kept of {words(' '.join(filter(None, asked)))}; the page lists those that are."
    )


def _stands(sides: Sequence[DrawnChart]) -> float:
    """How far the furthest direction has come; one that rang last has started anew."""
    heights = (float(side.content["values"][-1] / side.content["limit"]) for side in sides)
    return max(0.0 if height >= 1 else height for height in heights)


def _named(sides: Sequence[DrawnChart]) -> str:
    return f"{sentence_case(words(sides[0].watch))}{sides[0].content['where']}"


def _normal(reference: LockedReference) -> dict[Question, float]:
    """The share in control of each chart's flag."""
    return {
        (said["rule"]["watch"], said["rule"]["by"] or "", said["level"]): said["rate"]
        for said in reference.charts
    }


def _line(
    sides: Sequence[DrawnChart], key: str, finding: str, normal: float | None, *, current: bool
) -> ChartLine:
    watch, by, level = sides[0].question()
    rung = sorted(alarm["on"] for side in sides for alarm in side.content["alarms"])
    return ChartLine(
        question=_named(sides),
        href=f"{href(key, finding, 'charts')}&{urlencode({'watch': watch, 'by': by, 'level': level})}#chart",
        current=current,
        stands=int(100 * _stands(sides)),
        normal="" if normal is None else f"{100 * normal:.1f} % {WATCHES[watch].flagged}",
        rang=len(rung),
        last=rung[-1] if rung else "",
        set_for="; ".join(side.content["words"] for side in sides),
    )


def _episodes(session: Session, sides: Sequence[DrawnChart]) -> Iterator[Episode]:
    """What a direction rang of one change is told once, by its last alarm: a change that lasts rings again and again."""
    if not sides:
        return
    asked = Verdict.cause_of(sides[0].deployment, sides[0].finding, CHARTS, *sides[0].question())
    about = tuple(signal.id or 0 for signal in signals_on(session, asked))
    last = {
        (side.side, alarm["change"]): alarm for side in sides for alarm in side.content["alarms"]
    }
    for alarm in sorted(last.values(), key=lambda alarm: str(alarm["on"]), reverse=True):
        yield Episode(sentence=alarm["sentence"], signals=about)


def _settled(session: Session, sides: Sequence[DrawnChart]) -> Iterator[str]:
    for one in reversed(settled(session, sides[0].deployment, sides[0].finding) if sides else []):
        if one.question() == sides[0].question():
            step = session.get_one(SignalStep, one.step)
            yield f"Settled on {one.settled_on} by {step.by}, and follows studies of that day and later alone since. “{step.reason}”"
