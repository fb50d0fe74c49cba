"""Asking the scope gate: decided, signed with the site's secret and in the audit trail, in one transaction."""

from collections.abc import Sequence
from typing import Any

from backend import audit
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.settings import settings
from surveillance.scope_gate import Check, NotForThisSite, ask
from surveillance.scope_override import unused
from surveillance.view import view

SECRET = "scope-decision"


def asked(
    url: str,
    checks: Sequence[Check],
    *,
    account: str,
    by: str,
    token: int | None = None,
    sites: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The answers in the order asked; they are recorded when they are given, or there are none."""
    with unit_of_work(url, by=by) as session:
        answers = ask(
            session, checks, by=account, token=token, sites=sites, secret=settings().secret(SECRET), at=now()
        )  # fmt: skip
        said = [answer.as_json() for answer in answers]
        audit.note(
            raw(session), by=by, event="scope checked", subject=f"scope_decision {said[0]['decision_id']}",
            after={"decisions": len(said), "may_run": sum(one["may_run"] for one in said)},
        )  # fmt: skip
    return said


def overridden(
    url: str, deployment: str, *, by: str, sites: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The overrides of a deployment that wait to be used, with decision and study."""
    with unit_of_work(url, by=by) as session:
        site = view(session, deployment).site
        if sites and site not in sites:
            raise NotForThisSite(
                f"{deployment} runs at {site}; this token is for {', '.join(sites)} only."
            )
        waiting = [
            {"override": row.id, "decision_id": row.decision, "study_instance_uid": row.study_instance_uid}
            for row in unused(session, deployment)
        ]  # fmt: skip
        audit.note_read(
            raw(session), by=by, subject=f"scope_override of {deployment}", rows=len(waiting)
        )
        return waiting
