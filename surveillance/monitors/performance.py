"""Performance against outcome, held against the labelled claim: met, not shown or breached."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from surveillance.claim import ONE_CASE, Figures, figures, rests_on_one_case
from surveillance.correction import Corrected
from surveillance.judged_case import DECIDED, TRUTHS
from surveillance.monitors.beside_the_plan import ALPHA, MINIMUM_CASES, RECENT_DAYS
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict, stated
from surveillance.statistics.estimate import Estimate

STRATUM = "manufacturer_model_name"
WORDS = {
    "sensitivity": "the share of verified positives it found",
    "specificity": "the share of verified negatives it left alone",
}
IF_CLAIMED = {
    "ppv": "the share of its positive calls that were right",
    "npv": "the share of its negative calls that were right",
    "auc": "how often a positive case scored above a negative one",
}
NAMES = {"ppv": "PPV", "npv": "NPV", "auc": "AUC"}
_ACTIONS = {
    Answer.MET: "Nothing.",
    Answer.NOT_SHOWN: "Nothing yet; verify more cases if the decision cannot wait.",
    Answer.BREACHED: "Look at the cases behind it, decide whether to restrict or suspend, and tell the "
    "manufacturer.",
    Answer.TOO_FEW: "Wait for outcomes, or verify more cases.",
    Answer.DESCRIBED: "Ask the manufacturer for a claim, or record that there is none.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What is judged: all cases, or one level of a stratum with as many others at once, which share the error rate."""

    cases: pd.DataFrame
    by: str = ""
    level: str = ""
    at_once: int = 1

    @property
    def alpha(self) -> float:
        return ALPHA / self.at_once

    @property
    def where(self) -> str:
        return f" on {self.level} in the last {RECENT_DAYS} mature days" if self.by else ""

    @property
    def window(self) -> tuple[date | None, date | None]:
        if self.cases.empty:
            return None, None
        days = pd.to_datetime(self.cases["day"])
        return days.min().date(), days.max().date()


def watch(context: Context) -> Iterator[Verdict]:
    """One verdict per metric over all mature cases, one per scanner model over the last of them.

    Sensitivity and specificity are always looked at, and by scanner; predictive values and AUC where the
    label claims them.

    A whole period hides a fault of its last months, so scanners are judged on the most recent days
    whose outcomes are complete. Figures corrected for partial verification are judged where they can be had; the raw ones only
    where all were verified or a protocol chose them, for else they describe those who were looked at. No claim is breached by one case alone. The error rate is shared out over the scanners (Bonferroni), so that
    more scanners do not ring more.
    """
    mature = context.mature
    days = pd.to_datetime(mature["day"])
    recent = mature[days > days.max() - pd.Timedelta(days=RECENT_DAYS)]
    levels = [(level, part) for level, part in recent.groupby(STRATUM, sort=True)]
    for metric in WORDS:
        yield _judge(context, metric, _Target(cases=mature))
        enough = [(level, part) for level, part in levels if _trials(part, metric) >= MINIMUM_CASES]
        if context.claim(metric) is not None and len(enough) > 1:
            for level, part in enough:
                target = _Target(cases=part, by=STRATUM, level=str(level), at_once=len(enough))
                yield _judge(context, metric, target)
    for metric in IF_CLAIMED:
        if context.claim(metric) is not None:
            yield _judge(context, metric, _Target(cases=mature))


def _judge(context: Context, metric: str, target: _Target) -> Verdict:
    errors = context.view.errors_of(context.finding)
    found = figures(target.cases, context.reads, errors, alpha=target.alpha)
    figure, n = found.figure(metric), found.trials(metric)
    claim = context.claim(metric)
    answer, rule, told = _answer(metric, found, claim, target)
    if answer is Answer.BREACHED and claim is not None and rests_on_one_case(
        target.cases, context.reads, errors, metric, alpha=target.alpha, threshold=claim["value"] - claim["margin"]
    ):  # fmt: skip
        answer, told = Answer.NOT_SHOWN, ONE_CASE.format(limit="claim by more than the margin")
    return Verdict(
        deployment=context.view.key,
        finding=context.finding,
        monitor="performance",
        metric=metric,
        matter=f"{context.finding}: {metric}",
        by=target.by,
        level=target.level,
        window_from=target.window[0],
        window_to=target.window[1],
        estimate=figure.estimate,
        lower=figure.lower,
        upper=figure.upper,
        n=n,
        method=figure.method,
        threshold=claim["value"] - claim["margin"] if claim else None,
        answer=answer,
        rule=rule,
        sentence=f"{_words(figure, metric, n, target, found.corrected)} {told}",
        action=_ACTIONS[answer],
    )


def _answer(
    metric: str, found: Figures, claim: dict[str, Any] | None, target: _Target
) -> tuple[Answer, str, str]:
    n = found.trials(metric)
    if claim is None:
        answer = Answer.DESCRIBED if n else Answer.TOO_FEW
        return (
            answer,
            "no claim in the register to hold it against",
            f"The register holds no claim on {metric}.",
        )
    if n < MINIMUM_CASES or found.figure(metric).estimate is None:
        told = f"{MINIMUM_CASES} verified cases are needed before it is judged."
        return Answer.TOO_FEW, f"at least {MINIMUM_CASES} verified cases are needed", told
    held = found.held(metric, claim=claim["value"], margin=claim["margin"])
    rule = (
        f"{held.test} against {stated(claim['value'])} − {stated(claim['margin'])} at α = {target.alpha:.3g} "
        f"({claim['source']})"
    )
    more = f" About {held.n_needed:,} more would decide." if held.n_needed else ""
    why = f" {held.reason}" if held.reason else ""
    told = {
        "met": f"The claim of {stated(claim['value'])} holds here within its margin.",
        "not_shown": f"The claim of {stated(claim['value'])} is neither shown to hold nor to fail here.{more}{why}",
        "breached": f"It is below the claim of {stated(claim['value'])} by more than the margin of "
        f"{stated(claim['margin'])}.",
    }[held.verdict.value]
    return Answer(held.verdict.value), rule, told


def _words(figure: Estimate, metric: str, n: int, target: _Target, corrected: Corrected) -> str:
    name = f"{NAMES.get(metric, metric.capitalize())}{target.where}"
    if figure.estimate is None:
        return f"{name} cannot be estimated ({figure.reason or 'too few cases'})"
    level = "" if figure.level == 0.95 else f", {100 * figure.level:.3g} % interval for {target.at_once} scanner models at once"  # fmt: skip
    said = f"{name} is {figure.estimate:.3f} ({figure.lower:.3f} to {figure.upper:.3f}{level})"
    if corrected.figure(metric) is not None:
        return f"{said}, corrected for {corrected.cause}, from {n:,} verified cases."
    return f"{said} over {n:,} cases: {(WORDS | IF_CLAIMED)[metric]}."


def _trials(cases: pd.DataFrame, metric: str) -> int:
    return int(((cases["truth"] == TRUTHS[metric]) & cases["call"].isin(DECIDED)).sum())
