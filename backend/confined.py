"""What an account that is limited to sites is shown: their deployments, and what is about these.

The limit is on the session, below every page: a query for what is elsewhere finds nothing, so that a page, its
JSON twin, a document or a decision of another site is answered as if it were not there.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import event, inspect, or_
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import Session

from register.deployment import Deployment, Site
from register.revision import as_known

_CONFINED = "confined to sites"


def confine(session: Session, sites: Sequence[str]) -> None:
    """Limit what a session finds to some sites; none = no limit. A limited session stays as it is."""
    if not sites or _CONFINED in session.info:
        return
    known = as_known(session, Deployment)
    for one in known:
        session.expunge(one)
    deployments = [one.key for one in known if one.site in sites]
    limits = tuple(_limits(sites, deployments))
    session.info[_CONFINED] = tuple(sites)

    @event.listens_for(session, "do_orm_execute")
    def limit(asked: ORMExecuteState) -> None:
        if asked.is_select:
            asked.statement = asked.statement.options(*limits)


def _limits(sites: Sequence[str], deployments: Sequence[str]) -> Iterator[ExecutableOption]:
    """The condition on each table that says of which site or deployment its rows are."""
    for mapper in inspect(Deployment).registry.mappers:
        table = mapper.class_
        columns = mapper.columns
        here = []
        if table in (Deployment, Site):
            here.append(columns["key"].in_(deployments if table is Deployment else sites))
        elif "deployment" in columns:
            here.append(columns["deployment"].in_(deployments))
            if columns["deployment"].nullable and "site" not in columns:
                here.append(columns["deployment"].is_(None))
        if "site" in columns and table is not Deployment:
            here.append(columns["site"].in_(sites))
        if here:
            yield with_loader_criteria(table, or_(*here), include_aliases=True)
