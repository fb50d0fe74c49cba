"""Evidently's report of a deployment and finding, up to the last cycle; who took it stands in the audit trail."""

from sqlmodel import Session

from backend import audit
from backend.database import raw
from surveillance.columnar import columns
from surveillance.material import draw_judged, materials
from surveillance.measurement import latest_cycle
from surveillance.monitors.drift_report import NotCompared, drift_report
from surveillance.view import UnknownFinding, view


def export_drift(session: Session, deployment: str, finding: str, *, by: str) -> str:
    """The report as a page of HTML."""
    known, cycle, pg = view(session, deployment), latest_cycle(session), raw(session)
    if finding not in known.findings:
        raise UnknownFinding(
            f"{deployment} is not cleared for '{finding}'. There are: {', '.join(known.findings)}."
        )
    if cycle is None:
        raise NotCompared("No cycle has run yet; run one on Watch.")
    with columns() as duck:
        draw_judged(duck, pg, deployment)
        found = materials(duck, pg, known, as_of=cycle.as_of)
        report = drift_report(next(one for one in found if one.finding == finding))
    audit.note(
        pg, by=by, event="exported", subject=f"drift report of {deployment}, {finding}",
        after={"reference": report.reference, "current": report.current},
    )  # fmt: skip
    return report.html
