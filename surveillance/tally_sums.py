"""Sums of tallies: they add up, so a page asks for months and never for cases."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import text as statement
from sqlmodel import Session, col, select

from surveillance.tallies import SCOPE_REASON, SCORE_BINS, Tally

BINS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfScope:
    """How many studies one attribute kept out of scope, by its value or because it was missing."""

    attribute: str
    out: int
    undeterminable: int


def received_by_month(
    session: Session, deployment: str, finding: str, by: str
) -> dict[str, dict[str, int]]:
    """Studies received per level of a stratum and month (YYYY-MM); the empty level is *not known*."""
    month = func.to_char(col(Tally.day), "YYYY-MM")
    rows = session.exec(
        select(Tally.level, month, func.sum(col(Tally.received)))
        .where(Tally.deployment == deployment, Tally.finding == finding, Tally.by == by)
        .group_by(col(Tally.level), month)
        .order_by(col(Tally.level), month)
    ).all()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for level, name, total in rows:
        found[level or "not known"][name] = int(total)
    return dict(found)


def scores_by_month(session: Session, deployment: str, finding: str) -> dict[str, list[int]]:
    """Processed cases per score bin of 1/20 and month."""
    rows = session.execute(
        statement(
            "SELECT to_char(day, 'YYYY-MM') AS month, (place - 1) / :wide AS bin, sum(cases) "
            "FROM tally, unnest(scores) WITH ORDINALITY AS s (cases, place) "
            "WHERE deployment = :deployment AND finding = :finding AND by = '' GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {"deployment": deployment, "finding": finding, "wide": SCORE_BINS // BINS},
    ).all()
    found: dict[str, list[int]] = {}
    for month, place, cases in rows:
        found.setdefault(month, [0] * BINS)[place] = int(cases)
    return {month: bins for month, bins in found.items() if sum(bins)}


def out_of_scope(session: Session, deployment: str, finding: str) -> list[OutOfScope]:
    """Why studies were not in scope, the commonest attribute first."""
    rows = session.exec(
        select(
            Tally.level,
            func.sum(col(Tally.out_of_scope)),
            func.sum(col(Tally.undeterminable)),
        )
        .where(
            Tally.deployment == deployment,
            Tally.finding == finding,
            Tally.by == SCOPE_REASON,
            Tally.level != "",
        )
        .group_by(col(Tally.level))
    ).all()
    found = [
        OutOfScope(attribute=level, out=int(out), undeterminable=int(missing))
        for level, out, missing in rows
    ]
    return sorted(found, key=lambda one: (-one.out - one.undeterminable, one.attribute))


def calls_by_month(session: Session, deployment: str, finding: str) -> dict[str, tuple[int, int]]:
    """Processed cases and those called positive, by month."""
    month = func.to_char(col(Tally.day), "YYYY-MM")
    rows = session.exec(
        select(month, func.sum(col(Tally.processed)), func.sum(col(Tally.called_positive)))
        .where(Tally.deployment == deployment, Tally.finding == finding, Tally.by == "")
        .group_by(month)
        .order_by(month)
    ).all()
    return {name: (int(processed), int(called)) for name, processed, called in rows}
