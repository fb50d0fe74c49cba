"""The page of an intended use: which of the six items each indication states, and the letter about the rest."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.register import completeness
from dashboards.pages.shown import shown, words
from dashboards.pages.verdict_shown import Badge, Tone
from register.algorithm import Algorithm
from register.indication import Indication
from register.procurement.facts import indications_here
from register.procurement.intended_use import FINDING, ITEMS, lacking, letter, omissions
from register.procurement.parties import known_algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStated:
    """One item of the six."""

    name: str = shown("What should be stated")
    badge: Badge = shown("Whether it is")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementShown:
    """One indication with its six items."""

    name: str = shown("Key of the indication")
    finding: str = shown("What is looked for")
    statement: str = shown("The manufacturer's sentence")
    clause: str = shown("Where it is written")
    score: str = shown("How many of the six it states")
    items: tuple[ItemStated, ...] = shown("Each item")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedUsePage:
    """Everything the page of an intended use shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the algorithm")
    name: str = shown("Trade name")
    statements: tuple[StatementShown, ...] = shown("Each indication")
    findings: tuple[str, ...] = shown("What was never stated, a finding each")
    letter: str = shown("The letter to the manufacturer; empty = nothing to ask")


def intended_use_page(
    session: Session, key: str, *, at: datetime, sender: str = ""
) -> IntendedUsePage:
    """The completeness of an algorithm's intended use as the register states it now."""
    algorithm = known_algorithm(session, key)
    indications = indications_here(session, key, ())
    found = omissions(indications)
    return IntendedUsePage(
        at=at,
        key=key,
        name=algorithm.name,
        statements=tuple(_statement(one) for one in indications),
        findings=tuple(one.sentence() for one in found),
        letter=letter(
            product=algorithm.name, manufacturer=_maker(algorithm), found=found, on=at.date(), sender=sender or "…"
        ),
    )  # fmt: skip


def _statement(one: Indication) -> StatementShown:
    open_items = lacking(one)
    return StatementShown(
        name=one.name,
        finding=words(one.finding),
        statement=one.statement,
        clause=one.clause,
        score=completeness([one]).text,
        items=tuple(
            ItemStated(
                name=item,
                badge=Badge(word="Never stated", icon="triangle", tone=Tone.CONCERN)
                if item in open_items
                else Badge(word="Stated", icon="tick", tone=Tone.GOOD),
            )
            for item in (FINDING, *ITEMS)
        ),
    )


def _maker(algorithm: Algorithm) -> str:
    return str(algorithm.manufacturer.get("name", "the manufacturer"))
