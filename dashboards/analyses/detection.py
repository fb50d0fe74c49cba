"""Detection lesion by lesion, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """Found, missed and false marks, and what another score would have done."""
    return Told(
        key="detection",
        title="Lesion by lesion",
        question="Which lesions were found, which were missed, and what was marked where nothing was?",
        sentences=(
            f"{said['lesions']:,} lesions in {said['studies']:,} studies with marks or lesion-wise outcomes: {said['found']:,} "
            f"found, {said['missed_below_threshold']:,} marked below the operating point, "
            f"{said['missed_without_mark']:,} without any mark. Sensitivity per lesion {interval(said['sensitivity'])}.",
            f"{said['false_marks']:,} marks where nothing was, {interval(said['false_per_study'], 2)} studies; of "
            f"{said['unsettled_marks']:,} marks nobody knows. Share of marks that were right: {interval(said['ppv'])}.",
        ),
        tables=(
            table(
                "lesions",
                "Lesions and marks",
                {"row": "", "lesions": "Count"},
                [
                    ("found", said["found"]),
                    ("missed, marked below the operating point", said["missed_below_threshold"]),
                    ("missed, no mark", said["missed_without_mark"]),
                    ("false mark", said["false_marks"]),
                    ("mark not settled", said["unsettled_marks"]),
                ],
            ),
            table(
                "froc",
                "Sensitivity per lesion and false marks per study by score",
                {"score": "Score", "sensitivity": "Sensitivity", "false": "False marks per study"},
                [
                    (
                        f"{p['score']:.3f}",
                        interval(p["sensitivity"]),
                        interval(p["false_per_study"], 2),
                    )
                    for p in said["froc"]
                ],
            ),
        ),
    )
