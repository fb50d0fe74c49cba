"""The clinical lead's decision on an operating point, with the figures it was taken on, signed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.refusal import Refusal
from register.signature import Signature, Signer, put, under
from surveillance.measurement import latest_analyses
from surveillance.view import view

DECIDES = "clinical_lead"
MEANINGS = {True: "keep the operating point", False: "move the operating point"}


class NotDecided(Refusal):
    """A decision that cannot be taken; the sentence says why and what would do."""


class OperatingPointDecision(SQLModel, table=True):
    """What was decided of an operating point; written once, together with its signature."""

    __tablename__ = "operating_point_decision"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    use_mode: str = column("How the output was used then", Privacy.OPERATIONAL)
    in_force: float = column("Operating point in force then", Privacy.OPERATIONAL)
    chosen: float = column("Operating point decided on", Privacy.OPERATIONAL)
    figures: dict[str, Any] = column(
        "The figures of both, as the explorer showed them", Privacy.OPERATIONAL, sa_type=JSON
    )
    as_of: datetime = column(
        "Data cut of the figures", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


def explored(session: Session, deployment: str, finding: str) -> tuple[float, ...]:
    """The operating points of which the last analysis holds figures."""
    found = latest_analyses(session, deployment, finding).get("operating_points")
    return tuple(p["threshold"] for p in found.content["points"]) if found else ()


def decide(
    session: Session,
    deployment: str,
    finding: str | None,
    *,
    threshold: float,
    signer: Signer,
    reason: str,
    at: datetime,
) -> tuple[OperatingPointDecision, Signature]:
    """Decide on one of the operating points that the last analysis explored, and sign.

    The decision changes nothing by itself: the register holds the operating point in force, and is revised
    by its own import.
    """
    known = view(session, deployment)
    chosen = known.finding(finding)
    if signer.role != DECIDES:
        raise NotDecided(
            f"{signer.name} is {signer.role.replace('_', ' ')}; the clinical lead decides on an operating point."
        )
    found = latest_analyses(session, deployment, chosen).get("operating_points")
    if found is None:
        raise NotDecided(
            f"There are no figures of other operating points of '{deployment}' for {chosen}: scores, an operating "
            "point in the register and verified cases are needed. Then: catamnesis cycle"
        )
    points = {p["threshold"]: p for p in found.content["points"]}
    if threshold not in points:
        raise NotDecided(
            f"{threshold:g} was not explored; there are figures for {', '.join(f'{p:g}' for p in points)}."
        )
    in_force = found.content["in_force"]
    decision = OperatingPointDecision(
        deployment=deployment, finding=chosen, use_mode=known.use_mode_on(at.date()), in_force=in_force,
        chosen=threshold, as_of=found.as_of,
        figures={"in_force": points[in_force], "chosen": points[threshold]},
    )  # fmt: skip
    session.add(decision)
    session.flush()
    signed = put(
        session, record=_record(decision), content=decision.model_dump(mode="json"), signer=signer,
        meaning=MEANINGS[threshold == in_force], reason=reason, at=at,
    )  # fmt: skip
    return decision, signed


def decisions(
    session: Session, deployment: str, finding: str
) -> list[tuple[OperatingPointDecision, Signature]]:
    """What was decided so far, the last first."""
    rows = session.exec(
        select(OperatingPointDecision)
        .where(OperatingPointDecision.deployment == deployment, OperatingPointDecision.finding == finding)
        .order_by(col(OperatingPointDecision.id).desc())
    )  # fmt: skip
    return [(row, under(session, _record(row))[0]) for row in rows]


def _record(decision: OperatingPointDecision) -> str:
    return f"operating_point_decision {decision.id}"
