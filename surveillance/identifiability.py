"""Why the figures of verified cases can, or cannot, stand for all cases: the sentences every page repeats."""

from collections.abc import Mapping
from typing import Any

NEEDS_AUDIT = (
    "Not identifiable: of the cases that neither the algorithm nor the report called positive, none was "
    "verified. Only a random audit of such cases can show what was missed."
)
UNDESIGNED = (
    "This verification was not a designed sample. The verified cases were chosen by a study protocol and not "
    "drawn with known probabilities; no correction for partial verification applies, and the figures hold for "
    "the verified cases only."
)
COMPLETE = "Every mature case was verified; there is nothing to correct."
NONE_VERIFIED = "No mature case is verified yet."
PARTIAL, ERRING = "partial verification", "the errors of the reference"
BOTH = f"{PARTIAL} and {ERRING}"
"""What a figure can be corrected for."""
VERIFIED_ONLY = "It is of the verified cases only: who was verified is not corrected for here."
NOT_CORRECTED_FOR_REFERENCE = (
    "It is how the scores rank cases by a reference that errs, which makes them look less apart than they "
    "are; it is not corrected for that."
)
RAW_STANDS = (COMPLETE, UNDESIGNED)
"""Reasons for which nothing is corrected and the raw figure may be held against a claim."""


def corrected_for(measured: Mapping[str, Any]) -> str:
    """What the figures of a measurement are corrected for, in words; empty where they are not."""
    corrected = measured["corrected"]
    return f"corrected for {corrected.get('for', PARTIAL)}" if corrected else ""


def how_it_stands(measured: Mapping[str, Any], metric: str) -> str:
    """How the best figure of a metric stands: corrected, raw and why, or empty where the raw one holds."""
    corrected, reason = measured["corrected"], measured["reason"]
    if metric in measured.get("stands", ()):
        return ""
    if corrected:
        return corrected_for(measured) if metric in corrected else "raw: not corrected"
    if reason == UNDESIGNED:
        return "raw: of a sample chosen by protocol"
    return "" if reason in (COMPLETE, NONE_VERIFIED) else "raw: not identifiable for all cases"
