"""Readers and the output, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.discordance import FEW, SEEN
from dashboards.analyses.told import Told, errs, interval, table

SIGHT = {"true": SEEN["ai_visible"], "false": SEEN["blind"], "unknown": SEEN["unknown"]}


def tell(said: Mapping[str, Any]) -> Told:
    """Acceptance and override, deference where the algorithm was wrong, and readers over time."""
    sentences = [
        "Readers are compared with the outcome of verified cases only; who was verified differs by what they said.",
        *errs(said.get("erring", ())),
    ]
    deference = said["deference"]
    if deference and min(deference["in_sight"]["n"], deference["blind"]["n"]) < FEW:
        sentences.append(
            f"Reports of cases in which the algorithm was wrong: {deference['in_sight']['n']:,} with it in sight and "
            f"{deference['blind']['n']:,} without. Fewer than {FEW} of either are not compared."
        )
    elif deference:
        sentences.append(
            "Where the algorithm was wrong, the report said the same in "
            f"{interval(deference['in_sight'])} with it in sight, and in {interval(deference['blind'])} without. A higher "
            "share in sight is a sign of automation bias; a low number of blind reads cannot show it."
        )
    return Told(
        key="reading",
        title="Readers and the output",
        question="Is the output followed, overruled or left unopened, and do readers stay as good?",
        sentences=tuple(sentences),
        tables=(
            table(
                "reader_actions",
                "What was done with outputs shown to a reader",
                {"call": "Output", "outputs": "Outputs", "accepted": "Accepted", "overridden": "Rejected or modified",
                 "ignored": "Ignored", "not_opened": "Not opened", "not_recorded": "Not recorded"},
                [
                    (a["call"], a["outputs"], interval(a["accepted"]), interval(a["overridden"]), interval(a["ignored"]),
                     interval(a["not_opened"]), a["not_recorded"])
                    for a in said["actions"]
                ],
            ),
            table(
                "readers_by_quarter",
                "Reports against the outcome, by quarter of the examination and by what the reader had seen",
                {"quarter": "Quarter", "seen": "Reads", "reads": "Verified", "sensitivity": "Sensitivity",
                 "specificity": "Specificity"},
                [
                    (q["quarter"], SIGHT.get(q["ai_visible"], q["ai_visible"]), q["reads"], interval(q["sensitivity"]),
                     interval(q["specificity"]))
                    for q in said["by_quarter"]
                ],
            ),
            table(
                "readers_one_by_one",
                "Reports against the outcome, reader by reader",
                {"reader": "Reader", "reads": "Verified", "sensitivity": "Sensitivity", "specificity": "Specificity"},
                [
                    (r["reader"], r["reads"], interval(r["sensitivity"]), interval(r["specificity"]))
                    for r in said["readers"]
                ],
            ),
        ),
    )  # fmt: skip
