"""The scanners that send studies, in scope or not: one that was not there before or has new software, one that says too little."""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from surveillance.material import Material
from surveillance.monitors.chart_record import STANDING_DAYS
from surveillance.monitors.verdict import Answer, Verdict

REFERENCE_MONTHS = 3
MINIMUM_STUDIES = 10
SCANNER, SOFTWARE = "manufacturer_model_name", "software_versions"
_NEW = (
    f"a model with {MINIMUM_STUDIES} studies or more that sent none in the first {REFERENCE_MONTHS} months "
    "rings until the register names it among the deployment's scanners"
)
_UPDATED = (
    f"a software version with {MINIMUM_STUDIES} studies or more that a known model did not have in the first {REFERENCE_MONTHS} months "
    f"rings for {STANDING_DAYS} days"
)
_OUTSIDE = "a scanner of which no study can be judged within the indication is named"


def watch(context: Material) -> Iterator[Verdict]:
    """Look at every study received: what lies outside the indication reaches no other monitor.

    A scanner model that comes later is a change of equipment. It rings once and stays open until a person
    has named it in the register, whatever share of the studies it sends. New software of a known model is told for a while.
    A model of the first months whose studies are all out of scope or undeterminable is described: no figure is about it.
    """
    received = context.cases[context.cases[SCANNER].notna()]
    if received.empty or context.dates_made_up:
        return
    days = pd.to_datetime(received["day"])
    months = days.dt.to_period("M")
    settled = months < months.min() + REFERENCE_MONTHS
    before = set(received.loc[settled, SCANNER])
    named = {str(scanner.get("model")) for scanner in context.view.entry.scanners}
    for model, sent in received.groupby(SCANNER, sort=True):
        window = (days[sent.index].min().date(), days[sent.index].max().date())
        if model not in before:
            yield _new(context, str(model), sent, window, named=str(model) in named)
        elif not (sent["scope"] == "in").any():
            yield _outside(context, str(model), sent, window)
    yield from _updated(context, received[received[SCANNER].isin(before)], settled)


def _updated(
    context: Material, received: pd.DataFrame, settled: "pd.Series[bool]"
) -> Iterator[Verdict]:
    """Software versions of known models that the first months did not hold; nothing where these say none."""
    stated = received[received[SOFTWARE].notna()]
    before = set(stated.loc[settled.loc[stated.index], SOFTWARE])
    for version, sent in stated.groupby(SOFTWARE, sort=True):
        if not before or version in before or len(sent) < MINIMUM_STUDIES:
            continue
        days = pd.to_datetime(sent["day"])
        window = (days.min().date(), days.max().date())
        recent = context.as_of.date() <= window[0] + timedelta(days=STANDING_DAYS)
        models = ", ".join(sorted(sent[SCANNER].unique()))
        yield _verdict(
            context, str(version), sent, window, metric=SOFTWARE, rule=_UPDATED,
            answer=Answer.SHIFTED if recent else Answer.DESCRIBED,
            sentence=f"New scanner software {version} on {models}: {len(sent):,} studies since {window[0]}; {_scope(sent)}.",
            action="Check the acceptance of the algorithm on it, and whether its manufacturer knows this version.",
        )  # fmt: skip


def _new(
    context: Material, model: str, sent: pd.DataFrame, window: tuple[date, date], *, named: bool
) -> Verdict:
    inside = int((sent["scope"] == "in").sum())
    told = f"New scanner model {model}: {len(sent):,} studies since {window[0]}; {_scope(sent)}."
    if len(sent) < MINIMUM_STUDIES:
        answer, action = Answer.TOO_FEW, "Wait: a few studies may be of a mistaken header."
    elif named:
        answer, action = Answer.STEADY, "Nothing: the deployment names it."
    else:
        answer, action = Answer.SHIFTED, _remedy(inside)
    return _verdict(
        context, model, sent, window, answer=answer, rule=_NEW, sentence=told, action=action
    )


def _outside(
    context: Material, model: str, sent: pd.DataFrame, window: tuple[date, date]
) -> Verdict:
    return _verdict(
        context, model, sent, window, answer=Answer.DESCRIBED, rule=_OUTSIDE,
        sentence=f"{model} sent {len(sent):,} studies; {_scope(sent)}. No figure here is about it.",
        action="Mend what the scanner sends or what is routed; until then nobody knows how the algorithm does there.",
    )  # fmt: skip


def _verdict(
    context: Material, model: str, sent: pd.DataFrame, window: tuple[date, date], *, answer: Answer,
    rule: str, sentence: str, action: str, metric: str = SCANNER,
) -> Verdict:  # fmt: skip
    return Verdict(
        deployment=context.view.key,
        finding=context.finding,
        monitor="equipment",
        metric=metric,
        matter=f"scanner {'software ' if metric == SOFTWARE else ''}{model}",
        by=metric,
        level=model,
        answer=answer,
        window_from=window[0],
        window_to=window[1],
        n=len(sent),
        rule=rule,
        sentence=sentence,
        action=action,
    )


def _scope(sent: pd.DataFrame) -> str:
    """How many of the studies lie within the indication, and what keeps most of the others out."""
    outside = sent[sent["scope"] != "in"]
    inside = len(sent) - len(outside)
    if outside.empty:
        return "all of them within the indication"
    scope, attribute = outside[["scope", "scope_attribute"]].value_counts().index[0]
    what = str(attribute).replace("_", " ")
    why = (
        f"undeterminable: {what} missing" if scope == "undeterminable" else f"outside it by {what}"
    )
    share = "none of them" if inside == 0 else f"{inside:,} of them"
    return f"{share} within the indication (most {why})"


def _remedy(inside: int) -> str:
    if inside == 0:
        return (
            "Stop sending its studies to the algorithm, or ask the manufacturer whether it is cleared for them; "
            "then name it among the deployment's scanners in the register."
        )
    return (
        "Check the indication and the acceptance of the algorithm on it, then name it among the deployment's "
        "scanners in the register."
    )
