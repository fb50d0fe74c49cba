"""The cases behind a signal: what a verdict that rings was about, one by one, for those who have to look at them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from surveillance.judged_case import JudgedCase, JudgedRead
from surveillance.monitors.chart_record import CHARTS, behind_verdict
from surveillance.monitors.verdict import Verdict

MOST = 200
"""How many cases are listed, the latest first."""
WRONG = {
    "sensitivity": (("positive", "negative"),), "specificity": (("negative", "positive"),),
    "ppv": (("negative", "positive"),), "npv": (("positive", "negative"),),
    "auc": (("positive", "negative"), ("negative", "positive")),
}  # fmt: skip
"""Truth and call of the cases that speak against a metric."""


def cases_behind(session: Session, verdict: Verdict) -> Sequence[JudgedCase]:
    """The cases that speak for a verdict, the latest first; none where it is about no single case (a feed, a distribution)."""
    chosen = _chosen(session, verdict)
    if chosen is None:
        return []
    return session.exec(
        select(JudgedCase)
        .where(JudgedCase.deployment == verdict.deployment, JudgedCase.finding == verdict.finding, chosen)
        .order_by(col(JudgedCase.day).desc(), col(JudgedCase.inference_id))
        .limit(MOST)
    ).all()  # fmt: skip


def reports_of(session: Session, cases: Sequence[JudgedCase]) -> dict[str, str]:
    """What the clinical report of each case said."""
    found = session.exec(
        select(JudgedRead).where(
            col(JudgedRead.inference_id).in_([case.inference_id for case in cases]),
            col(JudgedRead.deciding).is_(True),
        )
    )
    return {read.inference_id: read.call for read in found}


def _chosen(session: Session, verdict: Verdict) -> ColumnElement[bool] | None:
    if verdict.monitor == CHARTS:
        flagged = {
            one for chart in behind_verdict(session, verdict) for one in chart.content["cases"]
        }
        return col(JudgedCase.inference_id).in_(flagged) if flagged else None
    parts = [col(JudgedCase.scope) == "in"] if verdict.monitor != "equipment" else []
    if verdict.by and verdict.level:
        parts.append(col(getattr(JudgedCase, verdict.by)) == verdict.level)
    if verdict.window_from is not None and verdict.window_to is not None:
        parts.append(col(JudgedCase.day).between(verdict.window_from, verdict.window_to))
    if verdict.metric in WRONG and verdict.monitor in ("performance", "stop_rule"):
        wrong = [
            and_(col(JudgedCase.truth) == truth, col(JudgedCase.call) == call)
            for truth, call in WRONG[verdict.metric]
        ]
        return and_(*parts, wrong[0] if len(wrong) == 1 else wrong[0] | wrong[1])
    return and_(*parts) if verdict.monitor == "equipment" else None
