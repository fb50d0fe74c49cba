"""Another version in place of the one that runs: one signed act, and everything that depended on it reopened."""

from datetime import date, datetime

from sqlmodel import Session

from register.algorithm import ProductVersion
from register.deployment import Deployment
from register.entitlement import entitled
from register.refusal import Refusal
from register.revision import as_known, revise
from register.signature import Signer, put
from surveillance.changing_state import reopen_stale
from surveillance.view import DeploymentView, view

SWITCHED = "switched the version"


class NotSwitched(Refusal):
    """A switch that is refused; the sentence says why and what would do."""


def others(session: Session, known: DeploymentView) -> list[ProductVersion]:
    """The versions that a deployment could be switched to, the latest release first."""
    found = [
        v for v in as_known(session, ProductVersion, algorithm=known.algorithm)
        if v.version != known.version
    ]  # fmt: skip
    return sorted(found, key=lambda v: (v.released or date.min, v.version), reverse=True)


def switch(
    session: Session,
    deployment: str,
    version: str,
    *,
    signer: Signer,
    reason: str,
    at: datetime,
) -> Deployment:
    """Record that a deployment runs another version from today; its approval is stale until it is validated anew."""
    known = view(session, deployment)
    entitled(signer.name, signer.role, "switches the version", refusal=NotSwitched)
    if version == known.version:
        raise NotSwitched(f"{deployment} runs version {version} already.")
    if version not in {one.version for one in others(session, known)}:
        listed = ", ".join(one.version for one in others(session, known)) or "none"
        raise NotSwitched(f"Version {version} of {known.algorithm} is not in the register; others are: {listed}. Import it: catamnesis register import FILE")  # fmt: skip
    stated = known.entry.model_dump(exclude={"revision", "recorded_at", "recorded_by", "version", "effective_from"})  # fmt: skip
    entry = Deployment(
        **stated, version=version, effective_from=at.date(), revision=0, recorded_at=at, recorded_by=signer.key
    )  # fmt: skip
    revise(session, entry)
    put(
        session, record=f"deployment {deployment} revision {entry.revision}", content=entry.facts(), signer=signer,
        meaning=SWITCHED, reason=reason, at=at,
    )  # fmt: skip
    reopen_stale(session, view(session, deployment), at=at)
    return entry
