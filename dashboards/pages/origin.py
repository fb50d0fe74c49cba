"""Whether the cases behind a figure are real: said with a badge wherever the figure stands."""

from collections.abc import Sequence

from dashboards.pages.shown import sentence_case, words
from dashboards.pages.verdict_shown import Badge, Tone
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.provenance import STUDY_DATES

REAL = Badge(word="REAL", icon="disc", tone=Tone.PLAIN)
REAL_DATES_MADE_UP = Badge(word="REAL, dates simulated", icon="half", tone=Tone.PLAIN)
SIMULATED = Badge(word="SIMULATED", icon="hatch", tone=Tone.NEUTRAL)
MIXED = Badge(word="REAL and SIMULATED", icon="half", tone=Tone.NEUTRAL)
NO_OUTPUT = Badge(word="No output yet", icon="dots", tone=Tone.COMMON)
NONE = Badge(word="No evidence yet", icon="dots", tone=Tone.COMMON)


def origin(batches: Sequence[EvidenceBatch]) -> Badge:
    """The badge of everything that came through some imports."""
    kinds = {batch.origin for batch in batches}
    if not kinds:
        return NONE
    if kinds == {"simulated"}:
        return SIMULATED
    if len(kinds) > 1:
        return MIXED
    return REAL_DATES_MADE_UP if dates_made_up(batches) else REAL


def dates_made_up(batches: Sequence[EvidenceBatch]) -> bool:
    """Whether the study dates of real cases stand in for dates that nobody knows."""
    return any(b.origin == "real" and STUDY_DATES in b.simulated for b in batches)


def made_up(batch: EvidenceBatch) -> str:
    """Which columns of an import were made up, in words."""
    if batch.origin == "simulated":
        return "Everything is simulated."
    names = sorted({name.split(".", 1)[-1] for name in batch.simulated})
    if not names:
        return "Nothing was made up."
    return sentence_case(f"made up are: {', '.join(words(name) for name in names)}.")
