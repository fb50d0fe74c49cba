"""Updates that nobody announced: a version the register does not hold, a configuration that moved, an alarm that nothing explains."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pandas as pd

from surveillance.change_ledger import LedgerEntry, around
from surveillance.monitors.alarms import Said, Told
from surveillance.monitors.chart_record import STANDING_DAYS
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict

MONITOR = "updates"
SWITCHED_WITHIN = timedelta(days=1)
RECORDED_WITHIN = timedelta(days=7)
MOST_NAMED = 3
_STANDS = f"rings until {STANDING_DAYS} days after the last such output"
_ASK = "Ask the manufacturer whether it updated anything; then enter the version, or the change as an event, with its day."


def watch(context: Context) -> Iterator[Verdict]:
    """Hold what each run says of itself, and what the charts of the plan say, against the register and the recorded changes.

    A version is held against that in force on the day, with a day's grace at a switch; before the register's first statement on a
    deployment nothing is held against it. A configuration digest that begins to appear is explained by any change recorded within a week of it. An
    alarm on scores, calibration or the operating point is explained by any change recorded within a week of when it may have begun; unexplained, it
    joins the signal of that chart. Where study dates are simulated nothing is said.
    """
    if context.dates_made_up:
        return
    yield _version(context)
    if context.runs["config_digest"].notna().any():
        yield _configuration(context)
    for kind in (Said.SCORES, Said.OPERATING_POINT):
        told = [one for one in context.charted().alarms if one.said is kind]
        if told:
            yield _alarm(context, kind, told[-1])


def _version(context: Context) -> Verdict:
    stated = context.runs[context.runs["version"].notna()]
    rule = f"each output carries the version in force in the register on its day; one that does not {_STANDS}"
    if stated.empty:
        return _verdict(
            context, "version", Answer.TOO_FEW, rule=rule, matter="version", action="Have the version sent with each output.",
            sentence="Whether the version in the register is the one that runs cannot be said: no output says which version made it.",
        )  # fmt: skip
    days = pd.to_datetime(stated["day"]).dt.date
    held = {day: _in_force(context.versions, day) for day in days.unique()}
    foreign = stated[[
        bool(held[day]) and version not in held[day] for day, version in zip(days, stated["version"], strict=True)
    ]]  # fmt: skip
    return _judge(
        context, "version", stated, foreign, rule=rule,
        well=f"All {len(stated):,} outputs that say their version carry the one in force on their day.",
        ill="the register has another in force",
    )  # fmt: skip


def _in_force(versions: Sequence[tuple[date, str]], day: date) -> set[str]:
    """The versions in force on a day or a day beside it; none before the first was stated."""
    if not any(since <= day for since, _ in versions):
        return set()
    near = (day - SWITCHED_WITHIN, day, day + SWITCHED_WITHIN)
    held = ([version for since, version in versions if since <= on] for on in near)
    return {of_a_day[-1] for of_a_day in held if of_a_day}


def _configuration(context: Context) -> Verdict:
    stated = context.runs[context.runs["config_digest"].notna()]
    began = pd.to_datetime(stated.groupby("config_digest")["day"].min()).dt.date.sort_values()
    silent = [
        digest for digest, day in began.items()
        if day > began.iloc[0] and not around(context.recorded, day - RECORDED_WITHIN, day + RECORDED_WITHIN)
    ]  # fmt: skip
    return _judge(
        context, "configuration", stated, stated[stated["config_digest"].isin(silent)], column="config_digest",
        rule=f"a digest of the configuration begins to appear within {RECORDED_WITHIN.days} days of a recorded change; one that does not {_STANDS}",
        well=f"{_times(len(began), 'configuration')} in {len(stated):,} outputs, each that came later beside a recorded change.",
        ill="no change is recorded around its first day",
    )  # fmt: skip


def _judge(
    context: Context,
    metric: str,
    stated: pd.DataFrame,
    silent: pd.DataFrame,
    *,
    rule: str,
    well: str,
    ill: str,
    column: str = "version",
) -> Verdict:
    days = pd.to_datetime(silent["day"]).groupby(silent[column])
    seen = days.agg(["min", "max", "count"]).sort_values("min", ascending=False)
    last = pd.Timestamp(context.as_of.date() - timedelta(days=STANDING_DAYS))
    rings = not seen.empty and seen["max"].max() >= last
    told = seen[seen["max"] >= last] if rings else seen
    named = "; ".join(
        f"{metric.capitalize()} {str(name)[:20]} from {first.date()} to {until.date()} ({_times(count, 'output')})"
        for name, first, until, count in told.head(MOST_NAMED).itertuples()
    )
    more = f"; {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return _verdict(
        context, metric, Answer.SHIFTED if rings else Answer.STEADY, rule=rule, matter=metric, n=len(stated),
        window=(told["min"].min().date(), told["max"].max().date()) if rings else (None, None),
        sentence=well if seen.empty else f"{named}{more}: {ill}{'' if rings else '; not seen since'}.",
        action=_ASK if rings else "Nothing.",
    )  # fmt: skip


def _alarm(context: Context, kind: Said, told: Told) -> Verdict:
    """The last alarm of a kind: what is recorded for when it may have begun, or that nothing is."""
    began = told.path.began(told.alarm)
    window = (began.earliest.date() - RECORDED_WITHIN, began.latest.date() + RECORDED_WITHIN)
    then = around(context.recorded, *window)
    stands = pd.Timestamp(context.as_of.date()) <= told.stands_until
    rang = f"What the chart of {told.path.chart.name} rang for on {told.alarm.on:%Y-%m-%d} most likely began on {began.words()}"
    if then:
        said = f"{rang}; recorded for then: {_recorded(then)}."
    else:
        said = f"{rang}, and nothing recorded within {RECORDED_WITHIN.days} days of that explains it: ask the manufacturer for an update that was not announced."
    rings = stands and not then
    return _verdict(
        context, kind.value, Answer.SHIFTED if rings else Answer.STEADY, sentence=said, matter=f"{context.finding}: {kind.value}",
        window=window, action=_ASK if rings else "Nothing.",
        rule=f"what an alarm on {kind.value} found began within {RECORDED_WITHIN.days} days of a recorded change; one without rings {STANDING_DAYS} days",
    )  # fmt: skip


def _recorded(entries: Sequence[LedgerEntry]) -> str:
    return ", ".join(f"{entry.kind.replace('_', ' ')} on {entry.day}" for entry in entries[-MOST_NAMED:])  # fmt: skip


def _times(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _verdict(
    context: Context,
    metric: str,
    answer: Answer,
    *,
    rule: str,
    sentence: str,
    action: str,
    matter: str,
    n: int | None = None,
    window: tuple[date | None, date | None] = (None, None),
) -> Verdict:
    return Verdict(
        deployment=context.view.key, finding=context.finding, monitor=MONITOR, metric=metric, answer=answer,
        window_from=window[0], window_to=window[1], n=n, rule=rule, sentence=sentence, action=action, matter=matter,
    )  # fmt: skip
