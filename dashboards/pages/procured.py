"""What was looked at before an algorithm is used, site by site, as its register entry shows it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.ai_act import ai_act_badge
from dashboards.pages.due_diligence import whole_badge
from dashboards.pages.shown import shown
from dashboards.pages.verdict_shown import Badge
from register.ai_act.answering import standing
from register.deployment import Site
from register.procurement.due_diligence import begun
from register.revision import as_known
from surveillance.procurement.diligence import checklist


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcuredShown:
    """What was looked at before the algorithm is used at a site."""

    site: str = shown("Key of the site")
    name: str = shown("Name of the site")
    due_diligence: Badge = shown("Where its due diligence stands")
    ai_act: Badge = shown("What the AI Act's questionnaire comes to")


def procured(
    session: Session, algorithm: str, deployed: AbstractSet[str], *, at: datetime
) -> tuple[ProcuredShown, ...]:
    """Every site where the algorithm is deployed or its due diligence was begun."""
    looked_at = {site for key, site in begun(session) if key == algorithm}
    return tuple(
        ProcuredShown(
            site=site.key,
            name=site.name,
            due_diligence=whole_badge(checklist(session, algorithm, site.key, on=at.date())),
            ai_act=ai_act_badge(standing(session, algorithm, site.key, on=at.date()).result),
        )
        for site in as_known(session, Site)
        if site.key in deployed | looked_at
    )
