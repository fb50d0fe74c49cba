"""Random audits of what neither algorithm nor report called positive: designed, drawn and queued.

Without them sensitivity is not identifiable: what both missed stays unknown, however many cases there are.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import DateTime, PrimaryKeyConstraint
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.refusal import Refusal
from surveillance.judged_case import STRATA


class AuditNotPossible(Refusal):
    """A random audit that cannot be designed or drawn; the sentence says why and what would do."""


class RandomAudit(SQLModel, table=True):
    """One drawn sample: what it was drawn from, how, and when; written once."""

    __tablename__ = "random_audit"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    first: date = column("First study day of the frame", Privacy.OPERATIONAL)
    last: date = column("Last study day of the frame", Privacy.OPERATIONAL)
    by: str = column("Stratum the sample was spread over; empty = none", Privacy.OPERATIONAL)
    frame: int = column("Cases it was drawn from", Privacy.OPERATIONAL)
    frame_digest: str = column("SHA-256 over those cases, in order", Privacy.OPERATIONAL)
    size: int = column("Cases drawn", Privacy.OPERATIONAL)
    seed: int = column("Seed of the draw", Privacy.OPERATIONAL)
    drawn_at: datetime = column("When", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    drawn_by: str = column("Who drew it", Privacy.PERSON)


class AuditedCase(SQLModel, table=True):
    """One case of a drawn sample, with the probability it had of being drawn."""

    __tablename__ = "audited_case"
    __table_args__ = (PrimaryKeyConstraint("audit", "inference_id"),)

    audit: int = column("The sample", Privacy.OPERATIONAL)
    inference_id: str = column("The case", Privacy.PSEUDONYM)
    study_instance_uid: str = column("The study to look at", Privacy.PSEUDONYM)
    stratum: str = column("Level of the stratum", Privacy.OPERATIONAL)
    probability: float = column("Chance it had of being drawn", Privacy.OPERATIONAL)

    @property
    def outcome_id(self) -> str:
        """What its outcome is called, whenever the list is made; it tells nothing of the case."""
        return f"audit-{self.audit}-{_shuffled(self.inference_id)[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One level of the frame and how many of it are drawn."""

    level: str
    cases: int
    drawn: int

    @property
    def probability(self) -> float:
        """The chance of each of its cases."""
        return self.drawn / self.cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A random audit not yet drawn: its frame, its size, and what it will be able to say.

    `upper_if_none` is the exact upper 95 % limit of the miss rate should the audit find no miss.
    """

    deployment: str
    finding: str
    first: date
    last: date
    by: str
    strata: tuple[Stratum, ...]
    upper_if_none: float
    frame: tuple[tuple[str, str, str], ...]

    @property
    def size(self) -> int:
        """Cases to draw."""
        return sum(stratum.drawn for stratum in self.strata)


def design(
    pg: psycopg.Connection[Any],
    deployment: str,
    finding: str,
    *,
    first: date,
    last: date,
    half_width: float | None = None,
    expected: float = 0.01,
    size: int | None = None,
    by: str = "",
) -> Design:
    """Design an audit of the concordant negatives of some study days whose truth is not known.

    Give a `size`, or the half-width wanted around an `expected` share of misses; the sample is spread
    over the levels of `by` in proportion, at least one case a level.
    """
    from surveillance.statistics.rare_events import sample_size, zero_events_upper

    if by and by not in STRATA:
        raise AuditNotPossible(f"'{by}' is not a stratum; there are {', '.join(STRATA)}.")
    frame = pg.execute(
        _FRAME.format(stratum=f"coalesce(c.{by}, '')" if by else "''"),
        {"deployment": deployment, "finding": finding, "first": first, "last": last},
    ).fetchall()
    if not frame:
        raise AuditNotPossible(
            f"{deployment} has no unverified case of {first} to {last} that neither the algorithm nor the report "
            "called positive. Run a cycle, or choose other days."
        )
    if size is None:
        if half_width is None:
            raise AuditNotPossible("Give the size of the audit, or the half-width wanted.")
        size = sample_size(proportion=expected, half_width=half_width, population=len(frame))
    if not 0 < size <= len(frame):
        raise AuditNotPossible(f"{size} cases cannot be drawn from {len(frame)}.")
    strata = _spread([level for *_, level in frame], size)
    smallest = min(stratum.probability for stratum in strata)
    upper = zero_events_upper(trials=smallest * len(frame)).numbers()[2]
    return Design(
        deployment=deployment,
        finding=finding,
        first=first,
        last=last,
        by=by,
        strata=strata,
        upper_if_none=upper,
        frame=tuple(frame),
    )


def draw(session: Session, designed: Design, *, seed: int, by: str, at: datetime) -> RandomAudit:
    """Draw a designed audit: the same frame and seed always give the same cases."""
    audit = RandomAudit(
        deployment=designed.deployment,
        finding=designed.finding,
        first=designed.first,
        last=designed.last,
        by=designed.by,
        frame=len(designed.frame),
        frame_digest=hashlib.sha256("\n".join(i for i, *_ in designed.frame).encode()).hexdigest(),
        size=designed.size,
        seed=seed,
        drawn_at=at,
        drawn_by=by,
    )
    session.add(audit)
    session.flush()
    rng = np.random.default_rng(seed)
    for stratum in designed.strata:
        members = [case for case in designed.frame if case[2] == stratum.level]
        for place in sorted(rng.choice(len(members), stratum.drawn, replace=False)):
            inference, study, level = members[place]
            session.add(
                AuditedCase(
                    audit=audit.id or 0,
                    inference_id=inference,
                    study_instance_uid=study,
                    stratum=level,
                    probability=stratum.probability,
                )
            )
    session.flush()
    return audit


def queue(session: Session, pg: psycopg.Connection[Any], audit: int) -> Sequence[AuditedCase]:
    """The cases of an audit that still wait for their outcome, in an order that tells nothing."""
    cases = session.exec(select(AuditedCase).where(col(AuditedCase.audit) == audit)).all()
    if not cases:
        raise AuditNotPossible(f"There is no audit {audit}.")
    done = {
        row[0]
        for row in pg.execute(
            "SELECT study_instance_uid FROM outcome WHERE verification_reason = 'random_audit' "
            "AND study_instance_uid = ANY(%s)",
            [[case.study_instance_uid for case in cases]],
        )
    }
    waiting = [case for case in cases if case.study_instance_uid not in done]
    return sorted(waiting, key=lambda case: _shuffled(case.inference_id))


def _shuffled(inference_id: str) -> str:
    return hashlib.sha256(inference_id.encode()).hexdigest()


def _spread(levels: Sequence[str], size: int) -> tuple[Stratum, ...]:
    """The sample over the levels in proportion, by largest remainders, at least one a level."""
    names, counts = np.unique(np.asarray(levels), return_counts=True)
    if size < len(names):
        raise AuditNotPossible(
            f"{size} cases cannot be spread over {len(names)} levels; draw at least {len(names)}."
        )
    wanted = counts / counts.sum() * size
    drawn = np.maximum(np.floor(wanted).astype(int), 1)
    order = np.argsort(-(wanted - np.floor(wanted)), kind="stable")
    place = 0
    while drawn.sum() != size:
        step = 1 if drawn.sum() < size else -1
        chosen = order[place % len(order)]
        if 1 <= drawn[chosen] + step <= counts[chosen]:
            drawn[chosen] += step
        place += 1
    return tuple(
        Stratum(level=str(name), cases=int(n), drawn=int(d))
        for name, n, d in zip(names, counts, drawn, strict=True)
    )


_FRAME = """
SELECT c.inference_id, c.study_instance_uid, {stratum} FROM judged_case c
WHERE c.deployment = %(deployment)s AND c.finding = %(finding)s AND c.day BETWEEN %(first)s AND %(last)s
  AND c.scope = 'in' AND c.call = 'negative' AND c.truth IS NULL
  AND NOT EXISTS (SELECT FROM judged_read r WHERE r.inference_id = c.inference_id AND r.deciding AND r.call = 'positive')
  AND NOT EXISTS (SELECT FROM audited_case a WHERE a.inference_id = c.inference_id)
ORDER BY c.inference_id
"""
