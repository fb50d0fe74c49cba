"""What the algorithm set in motion, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.pages.shown import words

WHO = {
    "ai": "algorithm alone",
    "both": "algorithm and reader",
    "reader": "reader alone",
    "unknown": "not stated",
}


def tell(said: Mapping[str, Any]) -> Told:
    """Investigations by who triggered them, with yield and harm."""
    alone = next((one for one in said["by_trigger"] if one["trigger"] == "ai"), None)
    sentences = ["No investigation was triggered by the algorithm alone."]
    if alone:
        needed = alone["number_needed_to_investigate"]
        found = (
            f"one finding for every {needed:.1f} of them with a result" if needed else "no finding"
        )
        sentences = [
            f"The algorithm alone triggered {alone['investigations']:,} investigations, {alone['per_1000']:.1f} cases per "
            f"1,000 processed; they yielded {found}. Harm was recorded in {alone['harm']['minor']:,} (minor) and "
            f"{alone['harm']['serious']:,} (serious); of {alone['harm']['not recorded']:,} nothing is recorded.",
            "Of the cases investigated for the algorithm alone whose truth is known, this share was negative: "
            f"{interval(said['ai_only_false_positives'])}.",
        ]
    rows = [
        (WHO[one["trigger"]], one["investigations"], one["cases"], f"{one['per_1000']:.1f}",
         interval(one["share"]), interval(one["yield"]),
         one["without_result"], one["harm"]["minor"], one["harm"]["serious"],
         ", ".join(f"{words(kind)} {n:,}" for kind, n in one["by_kind"].items()))
        for one in said["by_trigger"]
    ]  # fmt: skip
    return Told(
        key="over_reading",
        title="Over-reading",
        question="What was done because of the algorithm, and to what good?",
        sentences=tuple(sentences),
        tables=(
            table(
                "investigations_by_trigger",
                f"Investigations of {said['processed']:,} processed cases by who triggered them",
                {"trigger": "Triggered by", "investigations": "Investigations", "cases": "Cases",
                 "per_1000": "Per 1,000", "share": "Share of cases (95 %)", "yield": "Positive of those with a result",
                 "without_result": "Without result", "minor": "Minor harm", "serious": "Serious harm", "kinds": "Kinds"},
                rows,
            ),
        ),
    )  # fmt: skip
