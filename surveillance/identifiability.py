"""Why the figures of verified cases can, or cannot, stand for all cases: the sentences every page repeats."""

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
RAW_STANDS = (COMPLETE, UNDESIGNED)
"""Reasons for which nothing is corrected and the raw figure may be held against a claim."""
