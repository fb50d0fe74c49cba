"""The charts of the monitoring plan, followed in each cycle: one verdict per question, whichever way it rang."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from register.monitoring_plan import WATCHES, monitoring_plan
from surveillance.monitors.alarms import Said, Told
from surveillance.monitors.chart_record import CHARTS, STANDING_DAYS
from surveillance.monitors.charted import Charted
from surveillance.monitors.context import Context
from surveillance.monitors.sequential import Path, Question
from surveillance.monitors.streams import Watched
from surveillance.monitors.verdict import Answer, Verdict

ACTIONS = {
    Said.PERFORMANCE: "Look at the cases behind it, decide whether to restrict or suspend, and tell the manufacturer.",
    Said.AGREEMENT: "Look into discordant cases; only outcomes decide who was right.",
    Said.REFERENCE: "Find out what changed in how the truth is established before anything is said of the algorithm.",
    Said.CASE_MIX: "Find out who is sent now; figures that depend on prevalence move with it, sensitivity need not.",
    Said.SCORES: "Ask the manufacturer whether anything was updated, and compare version and configuration on the machine.",
    Said.CALLS: "Find out who is sent now, and compare version and operating point on the machine with those of the register.",
    Said.OPERATING_POINT: "Compare the threshold on the machine with that of the register; suspend if nobody meant it.",
    Said.USE: "Find out who sends these studies, and stop the routing or ask for the indication to be widened.",
    Said.INPUT: "Find out what the scanners or the connection no longer send.",
    Said.FEED: "Ask whoever runs the connection; until it is back nothing is watched.",
    Said.READERS: "Talk with the readers before anything is changed: either they have found a fault, or they no longer look.",
    Said.TURNAROUND: "Find out whether the worklist, the staffing or the routing changed; a flag that nobody opens saves no time.",
    Said.OVER_READING: "Look at what the investigations yielded, and whether the operating point still fits.",
    Said.CONTRADICTION: "Look at the studies on which they differ; only outcomes decide who was right.",
    Said.EQUIPMENT: "Name the scanner in the register once it is accepted.",
}
DEPLOYMENT_WIDE = frozenset({Said.INPUT, Said.FEED})


def watch(context: Context) -> Iterator[Verdict]:
    """One verdict per thing watched and level; what rang stands for 90 days after its last alarm, or until it is settled."""
    charted = context.charted()
    if charted.reference is None:
        yield _verdict(
            context, "reference", Answer.TOO_FEW, sentence=f"No chart is followed: {charted.why_not}",
            action="Wait, or state a reference window in the monitoring plan.", rule="a locked reference window is needed",
        )  # fmt: skip
        return
    asked: dict[Question, list[Path]] = defaultdict(list)
    for path in charted.paths:
        asked[path.chart.question].append(path)
    today = pd.Timestamp(context.as_of.date())
    for question, paths in asked.items():
        rung = [
            one for one in charted.alarms
            if one.path.chart.question == question and today <= one.stands_until
        ]  # fmt: skip
        yield _judge(context, charted, paths, rung, question, today)
    followed = {(name, by) for name, by, _ in asked}
    for rule in monitoring_plan(context.view.entry.monitoring).rules:
        concerns = rule.sides and rule.finding in (None, context.finding)
        if concerns and (rule.watch, rule.by or "") not in followed:
            yield _verdict(
                context, rule.watch, Answer.TOO_FEW, by=rule.by or "", rule=rule.words(),
                sentence=f"{rule.words().capitalize()} keeps no chart: no case of the reference window says its {(rule.by or '').replace('_', ' ')}.",
                action="Send it with the studies, or take the rule out of the plan.",
            )  # fmt: skip


def _judge(
    context: Context,
    charted: Charted,
    paths: Sequence[Path],
    rung: Sequence[Told],
    question: Question,
    today: pd.Timestamp,
) -> Verdict:
    name, by, level = question
    drawn = [path for path in paths if path.chart.design.arl0 is not None]
    stream = paths[0].stream
    since = charted.reference.last_day if charted.reference else None
    window = (since, context.as_of.date())
    rule = "; ".join(path.chart.words() for path in drawn) or "no chart"
    if not drawn:
        sentence, answer, action = f"{paths[0].chart.name.capitalize()} is not charted: {paths[0].chart.silent}", Answer.TOO_FEW, "Nothing; a later reference window may hold enough."  # fmt: skip
    elif rung:
        last = rung[-1]
        sentence, answer, action = (
            _told(charted, last, today),
            Answer.SHIFTED,
            _action(context, last),
        )
        window = (last.path.since(last.alarm)["day"].min().date(), last.alarm.on.date())
    else:
        flags, led = int(stream["flag"].sum()), drawn[0].expected.sum()
        sentence, answer, action = (
            f"{WATCHES[name].among.capitalize()}{drawn[0].where}: {flags:,} of {len(stream):,} {WATCHES[name].flagged} since the reference "
            f"window, {led:.1f} to be expected by it.{_rang_before(charted, question)}", Answer.STEADY, "Nothing.",
        )  # fmt: skip
    return _verdict(
        context, name, answer, by=by, level=level, window=window, n=len(stream), sentence=sentence, action=action, rule=rule,
        matter=_matter(context.finding, rung[-1]) if rung else "", began=_began(rung[-1]) if rung else "",
    )  # fmt: skip


def _rang_before(charted: Charted, question: Question) -> str:
    """When it rang that stands no more; nothing where it never did."""
    days = [one.alarm.on.date() for one in charted.alarms if one.path.chart.question == question]
    if not days:
        return ""
    times = f"{len(days)} times from {min(days)} to {max(days)}" if len(days) > 1 else f"on {days[0]}"  # fmt: skip
    return f" It rang {times}, more than {STANDING_DAYS} days ago or settled since, and has not rung again."


def _began(one: Told) -> str:
    what = f"{one.path.chart.rule.watch.replace('_', ' ')}{one.path.where}"
    return f"By the chart of {what} it most likely began on {one.path.began(one.alarm).words()}."


def _told(charted: Charted, one: Told, today: pd.Timestamp) -> str:
    said = [one.path.sentence(one.alarm)]
    if one.own is Said.USE and charted.seen is not None:
        said.append(f"{_what_keeps_out(charted.seen, one)}.")
    settled_on = [day for day in one.path.settled if day <= one.alarm.on]
    if settled_on:
        said.append(
            f"It was settled on {settled_on[-1]:%Y-%m-%d} and rings again, for studies since."
        )
    if today > one.seen + pd.Timedelta(days=STANDING_DAYS):
        said.append(
            f"That was before the charts were first followed; it has not rung again, and is told from {charted.followed_since} on."
        )
    if charted.reference and one.path.began(one.alarm).latest.date() <= charted.reference.last_day:
        said.append(
            f"The reference window, up to {charted.reference.last_day}, holds it already, so that it leads to expect too much like it."
        )
    if one.own is not one.said:
        said.append(
            f"It is told as {one.said.value}, not as {one.own.value}, since that rang as well."
        )
    return " ".join(said)


def _what_keeps_out(seen: Watched, one: Told) -> str:
    """The attribute that keeps out the most studies beyond its like in the reference window, with their number and values."""
    since = one.path.since(one.alarm)
    outside = seen.cases.loc[since.loc[since["flag"], "row"]]
    locked = one.path.before
    before = seen.cases.loc[locked.loc[locked["flag"], "row"], "scope_attribute"].value_counts()
    now = outside["scope_attribute"].value_counts()
    more = now.sub(before * len(since) / max(1, len(locked)), fill_value=0)
    attribute = str(more.idxmax())
    name, part = attribute.replace("_", " "), outside[outside["scope_attribute"] == attribute]
    values = part[attribute].dropna() if attribute in part else part[:0]
    if attribute in part and values.empty:
        of = ", not known"
    elif values.empty:
        of = ""
    elif pd.api.types.is_numeric_dtype(values):
        of = f", from {values.min():g} to {values.max():g}"
    else:
        of = f", most often {values.mode()[0]}"
    return f"What keeps out more than before is {name} ({len(part):,} of them{of})"


def _action(context: Context, one: Told) -> str:
    """What the plan in force says to do; else what is usual."""
    rung = one.path.chart.rule
    for rule in monitoring_plan(context.view.entry.monitoring).rules:
        same = (rule.watch, rule.by, rule.finding) == (rung.watch, rung.by, rung.finding)
        if same and rule.action:
            return rule.action
    return ACTIONS[one.said]


def _matter(finding: str, one: Told) -> str:
    return one.matter if one.said in DEPLOYMENT_WIDE else f"{finding}: {one.matter}"


def _verdict(
    context: Context,
    metric: str,
    answer: Answer,
    *,
    sentence: str,
    action: str,
    rule: str,
    by: str = "",
    level: str = "",
    window: tuple[date | None, date | None] = (None, None),
    n: float | None = None,
    matter: str = "",
    began: str = "",
) -> Verdict:
    return Verdict(
        deployment=context.view.key, finding=context.finding, monitor=CHARTS, metric=metric, by=by, level=level,
        answer=answer, window_from=window[0], window_to=window[1], n=n, method="risk-adjusted CUSUM",
        rule=rule, sentence=sentence, action=action, matter=matter, began=began,
    )  # fmt: skip
