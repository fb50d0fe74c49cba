"""The page of a signal: why it rang, what changed at that moment, what to do, and what people did about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from dashboards.figures.chart import Chart
from dashboards.figures.control_chart import control_chart
from dashboards.pages.estimated import Estimated
from dashboards.pages.happened import Happened, happened, onset, pins, recorded_then
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.state_shown import state_badge
from dashboards.pages.verdict_shown import Badge, badge, verdict_shown
from dashboards.pages.watch import href, standing_badge
from register.entitlement import GOVERNING, who
from register.refusal import Refusal
from surveillance.handling import (
    ACKNOWLEDGED,
    ASSIGNED,
    LINKED,
    LINKS,
    NOTED,
    PUT_OFF,
    SETTLED,
    SignalStep,
    handling,
    rung_charts,
)
from surveillance.monitors.chart_record import STANDING_DAYS, behind_verdict
from surveillance.monitors.verdict import StoredVerdict
from surveillance.signals import Signal, behind, matter_of, stood_behind
from surveillance.view import view

BEFORE = timedelta(days=120)
"""How long before the window of a verdict a change is looked for."""
MOST_ANSWERS = 50
"""How many of the last answers are listed."""
_STEPS = {
    ACKNOWLEDGED: "I have seen it and look into it", ASSIGNED: "Hand it to", PUT_OFF: "Put it off until",
    LINKED: "Link it to a record", NOTED: "Note what was found", SETTLED: "Settle it: what made the chart ring is dealt with",
}  # fmt: skip


class NoSuchSignal(Refusal):
    """No signal of that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOnce:
    """The answer at one data cut."""

    as_of: datetime = shown("Data cut")
    badge: Badge = shown("The answer")
    figure: Estimated | None = shown(
        "The estimate with its interval; none where there is no figure"
    )
    question: str = shown("What was asked, and of which cases")
    sentence: str = shown("Why")
    rule: str = shown("The rule with its limit as it stood then")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """What somebody did about it."""

    at: datetime = shown("When")
    by: str = shown("Who")
    what: str = shown("What was done")
    reason: str = shown("Why")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPage:
    """Everything the page of a signal shows."""

    at: datetime = shown("When the page was made")
    number: int = shown("Number of the signal")
    deployment: str = shown("Key of the deployment")
    matter: str = shown("What it is about")
    finding: str = shown("What is looked for")
    charts_page: str = shown("All charts of the deployment and finding")
    back: str = shown("The page of the deployment and finding")
    lifecycle: str = shown("The page on which it is suspended or restricted")
    badge: Badge = shown("Whether it is open, put off or closed")
    state: Badge = shown("Where the deployment stands")
    sentence: str = shown("Why it rang, in one sentence")
    action: str = shown("What to do")
    window: str = shown("Study days the last verdict looked at")
    opened_at: datetime = shown("Data cut at which it first rang")
    closed_at: datetime | None = shown("Data cut at which it no longer rang; empty = it is open")
    seen: int = shown("In how many cycles it rang")
    owner: str = shown("Who answers for it")
    also: tuple[VerdictOnce, ...] = shown("What else rings about the same matter now")
    past: tuple[VerdictOnce, ...] = shown("What rang about it and does no more")
    charts: tuple[Chart, ...] = shown("The charts of the plan behind it, with the changes pinned")
    happened: tuple[Happened, ...] = shown("What changed before and in the window")
    recorded: str = shown(
        "Which changes are recorded for when it began, or that none is; empty = no chart rang"
    )
    compared: str = shown("Where all that was compared before and after stands")
    since: str = shown("From which day changes are listed")
    verdicts: tuple[VerdictOnce, ...] = shown("The answers over time, the last first")
    steps: tuple[StepShown, ...] = shown("What people did about it, the last first")
    choices: tuple[tuple[str, str], ...] = shown(
        "The steps that can be taken; none once it is closed"
    )
    settled: str = shown("What settling it means, or that it was settled; empty = no chart rings")
    links: tuple[str, ...] = shown("What it may be linked to")
    today: str = shown("The first day to which it may be put off")
    given: dict[str, str] = shown("What was typed, after a refusal")
    hindered: str = shown("Why this person cannot act; empty = can")
    problem: str = shown("Why the last step was refused; empty = it was not")


def signal_page(
    session: Session,
    number: int,
    *,
    at: datetime,
    role: str,
    given: dict[str, str] | None = None,
    problem: str = "",
) -> SignalPage:
    """The page of one signal as it stands."""
    signal = session.get(Signal, number)
    if signal is None:
        raise NoSuchSignal(f"There is no signal {number}.")
    known = view(session, signal.deployment)
    rung, rang = behind(session, signal), stood_behind(session, signal)
    answers = _answers(session, [stored.cause for stored in (*rung, *rang)])
    last = rung[0].verdict()
    handled = handling(session, signal, at.date())
    last_day = last.window_to or at.date()
    drawn = [tuple(behind_verdict(session, stored.verdict())) for stored in (*rung, *rang)]
    began = onset(next(filter(None, drawn), ()))
    first_day = last.window_from or last_day
    since = (min(first_day, began.earliest) if began else first_day) - BEFORE
    changes = happened(
        session, known, signal.finding, since=since, until=last_day, began=began, at=at
    )
    return SignalPage(
        at=at,
        number=number,
        deployment=signal.deployment,
        matter=matter_of(session, signal),
        finding=words(signal.finding),
        charts_page=href(signal.deployment, signal.finding, "charts"),
        back=href(signal.deployment, signal.finding),
        lifecycle=f"/deployments/{signal.deployment}/lifecycle",
        badge=standing_badge(signal, handled),
        state=state_badge(known.state_on(at.date())),
        sentence=signal.sentence,
        action=signal.action,
        window=f"{last.window_from} to {last.window_to}" if last.window_from else "",
        opened_at=signal.opened_at,
        closed_at=signal.closed_at,
        seen=signal.seen,
        owner=handled.answered_for_by,
        also=tuple(_once(stored) for stored in rung[1:]),
        past=tuple(_once(stored) for stored in rang),
        charts=tuple(control_chart(sides, pins=pins(changes)) for sides in drawn if sides),
        happened=tuple(reversed(changes)),
        recorded=recorded_then(changes, began),
        compared=f"{href(signal.deployment, signal.finding, 'analyses')}#changes"
        if any(change.after for change in changes)
        else "",
        since=since.isoformat(),
        verdicts=tuple(_once(answer) for answer in answers),
        steps=tuple(
            StepShown(at=s.at, by=s.by, what=_done(s.step, s.to, s.until), reason=s.reason)
            for s in reversed(handled.steps)
        ),
        choices=_choices(session, signal),
        settled=_settled(session, signal, handled.steps),
        links=LINKS,
        today=(at.date() + timedelta(days=1)).isoformat(),
        given=given or {},
        hindered="" if role in GOVERNING else f"{sentence_case(who('handles a signal'))}.",
        problem=problem,
    )  # fmt: skip


def _choices(session: Session, signal: Signal) -> tuple[tuple[str, str], ...]:
    if signal.closed_at:
        return ()
    charts = bool(rung_charts(session, signal))
    return tuple((step, label) for step, label in _STEPS.items() if step != SETTLED or charts)


def _settled(session: Session, signal: Signal, steps: Sequence[SignalStep]) -> str:
    rung = rung_charts(session, signal)
    last = next((s.at for s in reversed(steps) if s.step == SETTLED), None)
    if last is not None and last >= signal.joined_at:
        others = len(signal.verdicts) - len(rung)
        also = " What rings about it beside its charts is not settled by that, and stands until its own figures no longer show it." if others else ""  # fmt: skip
        since = (
            "the chart follows studies of that day and later alone, and rings if they show it again"
        )
        return (
            f"Settled on {last:%Y-%m-%d}: {'from the next cycle on ' if rung else ''}{since}.{also}"
        )
    if not rung:
        return ""
    return (
        f"A chart rings for {STANDING_DAYS} days after its alarm, or after the first cycle that could tell it. Settle it once its cause is dealt with: from then on the chart follows later studies alone, "
        "and rings again if nothing was mended."
    )


def _answers(session: Session, causes: Sequence[str]) -> Sequence[StoredVerdict]:
    return session.exec(
        select(StoredVerdict)
        .where(col(StoredVerdict.cause).in_(causes))
        .order_by(col(StoredVerdict.id).desc())
        .limit(MOST_ANSWERS)
    ).all()


def _once(answer: StoredVerdict) -> VerdictOnce:
    verdict = answer.verdict()
    told = verdict_shown(verdict)
    return VerdictOnce(
        as_of=answer.as_of,
        badge=badge(verdict.answer),
        figure=None
        if verdict.estimate is None
        else Estimated(
            estimate=verdict.estimate, lower=verdict.lower, upper=verdict.upper, n=round(verdict.n or 0),
            worth=None, method=verdict.method, reason="",
        ),
        question=f"{told.question} {told.where}",
        sentence=verdict.sentence,
        rule=verdict.rule,
    )  # fmt: skip


def _done(step: str, to: str, until: date | None) -> str:
    if step == ASSIGNED:
        return f"handed to {to}"
    if step == LINKED:
        kind, _, reference = to.partition(":")
        return f"linked to {kind} {reference.strip()}"
    return f"{step} until {until}" if until else step
