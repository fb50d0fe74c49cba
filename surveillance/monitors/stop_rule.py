"""The stop rules of a monitoring plan, held against the figures of the deployment as it runs now."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from register.lifecycle import RUNNING, State
from register.stop_rules import SHARE, StopRule, stop_rules
from surveillance.claim import ONE_CASE, figures, rests_on_one_case, side
from surveillance.monitors.beside_the_plan import ALPHA, MINIMUM_CASES
from surveillance.monitors.context import Context
from surveillance.monitors.performance import WORDS
from surveillance.monitors.verdict import Answer, Verdict
from surveillance.statistics.claims import Verdict as Side
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.proportions import wilson
from surveillance.view import DeploymentView

MONITOR = "stop_rule"
STOPS = (
    "The deployment is suspended. It runs again only by a decision on its page State and decisions."
)
_ACTIONS = {
    Answer.BREACHED: STOPS,
    Answer.STEADY: "Nothing.",
    Answer.NOT_SHOWN: "Nothing yet; the rule acts when the whole interval lies beyond its limit.",
    Answer.TOO_FEW: "Wait for cases: no rule acts on fewer.",
}


def watch(context: Context) -> Iterator[Verdict]:
    """One verdict per stop rule of the monitoring plan that is about a figure, while the deployment runs.

    A rule is met when the whole 95 % interval lies beyond its limit, over 30 cases or more: never by a point estimate.
    Figures corrected for partial verification are used where they can be had, unless they are beyond the limit by a single case; raw ones only where they stand for all cases. After a
    restart only study days since then count, so that the cases behind one stop do not stop it again. What is met
    suspends the deployment in the same cycle. The interval is not widened for being looked at in every cycle; how
    often that suspends for nothing stands on the page of the plan.
    """
    known, day = context.view, context.as_of.date()
    if known.state_on(day) not in RUNNING:
        return
    since = restarted(known, day)
    for rule in stop_rules(known.entry.monitoring):
        if rule.metric and rule.concerns(context.finding):
            yield _judge(context, rule, since)


def restarted(view: DeploymentView, day: date) -> date | None:
    """Since when a deployment runs again after it was last suspended; None if it never was."""
    again = [
        change.effective_from for change in view.changes
        if change.from_state == State.SUSPENDED and State(change.to_state) in RUNNING and change.effective_from <= day
    ]  # fmt: skip
    return again[-1] if again else None


def _judge(context: Context, rule: StopRule, since: date | None) -> Verdict:
    cases = _chosen(context.cases if rule.metric == SHARE else context.mature, rule, since)
    figure, n, why = _share(cases) if rule.metric == SHARE else _accuracy(context, rule, cases)
    answer = _answer(rule, figure, n, held=not why)
    told = (
        f"{figure.estimate:.3f} ({figure.lower:.3f} to {figure.upper:.3f})"
        if figure.estimate is not None
        else "not estimable"
    )
    days = pd.to_datetime(cases["day"])
    return Verdict(
        deployment=context.view.key, finding=context.finding, monitor=MONITOR, metric=rule.metric,
        by=rule.stratum[0] if rule.stratum else "", level=rule.stratum[1] if rule.stratum else "",
        window_from=days.min().date() if n else None, window_to=days.max().date() if n else None,
        estimate=figure.estimate, lower=figure.lower, upper=figure.upper, n=n, method=figure.method,
        threshold=rule.limit, answer=answer, rule=f"{rule.words()}; agreed in revision {context.view.entry.revision} of the entry",
        sentence=f"Stop rule '{rule.words()}': {told} over {n:,} cases{f' since {since}' if since else ''}. "
        + {
            Answer.BREACHED: "The whole interval lies beyond the limit: the rule is met.",
            Answer.STEADY: "The whole interval lies on the good side.",
            Answer.NOT_SHOWN: why or "The interval holds the limit: the rule is not met.",
            Answer.TOO_FEW: f"It needs {MINIMUM_CASES}.",
        }[answer],
        action=_ACTIONS[answer],
    )  # fmt: skip


def _chosen(cases: pd.DataFrame, rule: StopRule, since: date | None) -> pd.DataFrame:
    if since is not None:
        cases = cases[pd.to_datetime(cases["day"]) >= pd.Timestamp(since)]
    if rule.stratum is not None:
        cases = cases[cases[rule.stratum[0]].astype("string") == rule.stratum[1]]
    return cases


def _share(cases: pd.DataFrame) -> tuple[Estimate, int, str]:
    return wilson(successes=int((cases["scope"] == "out").sum()), trials=len(cases)), len(cases), ""


def _accuracy(context: Context, rule: StopRule, cases: pd.DataFrame) -> tuple[Estimate, int, str]:
    """The figure, its cases, and why it stands for nothing here, if so."""
    errors = context.view.errors_of(context.finding)
    found = figures(cases, context.reads, errors, alpha=ALPHA)
    why = found.describes_the_verified_only(rule.metric) or ""
    if rests_on_one_case(
        cases, context.reads, errors, rule.metric, alpha=ALPHA, threshold=rule.limit
    ):
        why = ONE_CASE.format(limit="limit")
    return found.figure(rule.metric), found.trials(rule.metric), why


def _answer(rule: StopRule, figure: Estimate, n: int, *, held: bool) -> Answer:
    if n < MINIMUM_CASES or figure.estimate is None:
        return Answer.TOO_FEW
    if not held:
        return Answer.NOT_SHOWN
    lies = side(figure.lower, figure.upper, threshold=rule.limit)
    if lies is Side.NOT_SHOWN:
        return Answer.NOT_SHOWN
    beyond = Side.BREACHED if rule.metric in WORDS else Side.MET
    return Answer.BREACHED if lies is beyond else Answer.STEADY
