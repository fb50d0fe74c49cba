"""A cleared indication: what the manufacturer wrote, as a sentence and as executable scope."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import JSON

from register.columns import Privacy, column
from register.revision import Revised


class Indication(Revised, table=True):
    """One finding, for one population, under one clearance; its key is `algorithm:clearance:indication`."""

    clearance: str = column("Key of the clearance", Privacy.PUBLIC)
    name: str = column("Key of the indication within the entry", Privacy.PUBLIC)
    finding: str = column("What is looked for", Privacy.PUBLIC)
    statement: str = column("The manufacturer's sentence", Privacy.PUBLIC)
    clause: str = column("Where it is written", Privacy.PUBLIC)
    scope: dict[str, Any] = column(
        "The sentence as executable clauses", Privacy.PUBLIC, sa_type=JSON
    )
    claims: list[dict[str, Any]] = column(
        "Labelled performance: metric, value, lower, upper, margin, source, n",
        Privacy.PUBLIC,
        sa_type=JSON,
    )
    reference_standard: dict[str, Any] = column(
        "Protocol: positive, negative, order, matures_after_days", Privacy.PUBLIC, sa_type=JSON
    )


def least_labelled(claims: Iterable[Mapping[str, Any]], metric: str) -> float | None:
    """What a metric must keep above to be no worse than its label: the highest claim less its margin; None without a claim."""
    floors = [float(c["value"]) - float(c["margin"]) for c in claims if c["metric"] == metric]
    return round(max(floors), 6) if floors else None
