"""Agreement with the radiologist: described, with its interval, and kept apart from performance."""

from collections.abc import Iterator
from datetime import date

from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict


def watch(context: Context) -> Iterator[Verdict]:
    """Cohen's kappa with the deciding clinical reports. It has no limit: nobody knows who was right."""
    said = context.measured["agreement"]
    kappa, counts = said["kappa"], said["counts"]
    n = sum(counts[name] for name in ("both_positive", "ai_only", "report_only", "both_negative"))
    if not n:
        sentence = "No clinical report that takes a side is linked to these cases: agreement cannot be described."
    elif kappa["estimate"] is None:
        sentence = (
            f"Agreement with the reports cannot be described: {kappa.get('reason', 'no reports')}"
        )
    else:
        visible = said["ai_visible"].get("true", {}).get("counts", {})
        seen = sum(
            visible.get(name, 0)
            for name in ("both_positive", "ai_only", "report_only", "both_negative")
        )
        sentence = (
            f"Kappa with the reports is {kappa['estimate']:.2f} ({kappa['lower']:.2f} to {kappa['upper']:.2f}) "
            f"over {n:,} studies; in {seen:,} of them the reader had seen the AI. This is agreement, not accuracy."
        )
    window = context.measured
    yield Verdict(
        deployment=context.view.key,
        finding=context.finding,
        monitor="agreement",
        metric="kappa",
        answer=Answer.DESCRIBED if kappa["estimate"] is not None else Answer.TOO_FEW,
        window_from=date.fromisoformat(window["from"]) if window["from"] else None,
        window_to=date.fromisoformat(window["to"]) if window["to"] else None,
        estimate=kappa["estimate"],
        lower=kappa["lower"],
        upper=kappa["upper"],
        n=n,
        method=kappa["method"],
        rule="described only: without the truth, disagreement does not say who is wrong",
        sentence=sentence,
        action="Look into discordant cases; only outcomes decide who was right.",
    )
