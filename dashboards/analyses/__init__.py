"""How each analysis is told: a question, sentences, tables and charts, the same on a page and in a terminal."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dashboards.analyses import discordance, maturity, verification
from dashboards.analyses.told import Told

TELL: dict[str, Callable[[Mapping[str, Any]], Told]] = {
    "verification": verification.tell,
    "maturity": maturity.tell,
    "discordance": discordance.tell,
}


def shown(analyses: Mapping[str, Mapping[str, Any]]) -> Iterator[Told]:
    """Each analysis as it is told, in the order of the questions."""
    for kind, tell in TELL.items():
        if kind in analyses:
            yield tell(analyses[kind])
