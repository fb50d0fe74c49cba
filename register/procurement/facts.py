"""What the register itself knows of an item of due diligence, whatever anybody answers."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from register.ai_act.answering import standing
from register.ai_act.classification import NotYetClassified
from register.algorithm import Commitment
from register.clearance import Clearance
from register.deployment import Deployment
from register.indication import Indication
from register.lifecycle import cleared
from register.procurement.due_diligence import Known
from register.procurement.intended_use import omissions
from register.procurement.parties import known_pair
from register.revision import as_known

ENTER = "Enter it as proposed, without `shadow:` and `live:`, on the page Register."


def facts(session: Session, algorithm: str, site: str, *, on: date) -> dict[str, Known]:
    """Item -> what the register says of it on a day."""
    place = known_pair(session, algorithm, site)[1]
    here = deployments_here(session, algorithm, site)
    return {
        "clearance": _clearance(session, algorithm, place.jurisdiction, on),
        "completeness": _completeness(indications_here(session, algorithm, here)),
        "pacs": _pacs(here),
        "pmcf": _pmcf(as_known(session, Commitment, algorithm=algorithm)),
        "ai_act": _ai_act(session, algorithm, site, on),
    }


def deployments_here(session: Session, algorithm: str, site: str) -> list[Deployment]:
    """The deployments of an algorithm at a site that have not ended."""
    return [
        d for d in as_known(session, Deployment, algorithm=algorithm)
        if d.site == site and d.live_to is None
    ]  # fmt: skip


def indications_here(
    session: Session, algorithm: str, deployments: Sequence[Deployment]
) -> list[Indication]:
    """The indications that deployments are for; all of the algorithm's where there is no deployment."""
    under = {c.key for c in as_known(session, Clearance, algorithm=algorithm)}
    names = {name for d in deployments for name in d.indications}
    return [
        i for i in as_known(session, Indication)
        if i.clearance in under and (not names or i.name in names)
    ]  # fmt: skip


def _clearance(session: Session, algorithm: str, jurisdiction: str, on: date) -> Known:
    found = cleared(
        [one.held for one in as_known(session, Clearance, algorithm=algorithm)],
        jurisdiction=jurisdiction,
        on=on,
    )
    return Known(holds=found.holds, sentence=found.sentence)


def _completeness(indications: Sequence[Indication]) -> Known:
    if not indications:
        return Known(
            holds=False, sentence="No indication is recorded; state them below the clearance in the entry."
        )  # fmt: skip
    found = omissions(indications)
    if not found:
        return Known(holds=True, sentence="All six items are stated.")
    named = ", ".join(f"{o.item} ({o.indication})" for o in found)
    return Known(holds=False, sentence=f"Never stated: {named}. Send it back to the manufacturer.")


def _pacs(deployments: Sequence[Deployment]) -> Known:
    if not deployments:
        return Known(holds=False, sentence=f"No deployment at this site is entered. {ENTER}")
    known = [_pacs_of(d) for d in deployments]
    return Known(holds=all(k.holds for k in known), sentence=" ".join(k.sentence for k in known))


def _pacs_of(entry: Deployment) -> Known:
    pacs = entry.pacs or {}
    ours = f"{pacs.get('vendor', 'PACS')} {pacs.get('version', '')}".strip()
    if not pacs.get("version"):
        return Known(
            holds=False,
            sentence=f"{entry.key}: the version of the PACS is not recorded. State it: `pacs: {{vendor: …, version: …, "
            "certified_versions: […], certificate: …}`.",
        )  # fmt: skip
    versions = [str(one) for one in pacs.get("certified_versions", ())]
    certificate = f" ({pacs['certificate']})" if pacs.get("certificate") else ""
    if versions:
        holds = str(pacs["version"]) in versions
        said = f"{entry.key}: ours is {ours}; certified are {', '.join(versions)}{certificate}: ours is {'' if holds else 'not '}among them."
        return Known(holds=holds, sentence=said)
    holds = pacs.get("certified") is True
    word = "certified" if holds else "not certified"
    return Known(holds=holds, sentence=f"{entry.key}: {ours} is {word}{certificate}.")


def _pmcf(promises: Sequence[Commitment]) -> Known:
    found = [p for p in promises if "pmcf" in p.kind]
    if not found:
        return Known(
            holds=False,
            sentence="No PMCF commitment is recorded. State it: `commitments: [{kind: pmcf_evaluation_report, due: yearly, "
            "source: …}]`.",
        )
    named = "; ".join(f"{p.kind.replace('_', ' ')}, {p.due or 'on the event'} ({p.source})" for p in found)  # fmt: skip
    return Known(holds=True, sentence=f"Promised: {named}.")


def _ai_act(session: Session, algorithm: str, site: str, on: date) -> Known:
    found = standing(session, algorithm, site, on=on)
    if isinstance(found.result, NotYetClassified):
        return Known(holds=False, sentence=found.result.sentence())
    return Known(
        holds=True,
        sentence=f"{found.result.role.sentence} {found.result.route.sentence} (Version {found.law.version}.)",
    )
