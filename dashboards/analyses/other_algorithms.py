"""Other algorithms on the same studies, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """Whether the two come apart, and who was right where they did."""
    moved = [
        f"It and {one['deployment']} differ {'more' if one['change']['estimate'] > 0 else 'less'} often in the last {said['days']} study days than before: "
        f"by {100 * abs(one['change']['estimate']):.1f} points ({100 * one['change']['lower']:+.1f} to {100 * one['change']['upper']:+.1f})."
        for one in said["others"] if one["enough"] and (one["change"]["lower"] > 0 or one["change"]["upper"] < 0)
    ]  # fmt: skip
    if not moved:
        judged = any(one["enough"] for one in said["others"])
        moved = [
            "It is not shown to come apart from another algorithm lately."
            if judged
            else f"Too few studies that both read to say whether they come apart: {said['others'][0]['fewest']} are needed in either period."
        ]
    return Told(
        key="other_algorithms",
        title="Other algorithms on the same studies",
        question="Does it come apart from another algorithm?",
        sentences=(
            *moved,
            "This is agreement and no accuracy: a change says that one of the two has changed, or the studies have, and not which; where both fail alike it "
            "says nothing. It rings only where the monitoring plan watches *contradiction*.",
        ),
        tables=(
            table(
                "other_algorithms",
                "Share of cases that the two call differently, and who was right where the truth is known",
                {"other": "Other deployment", "lately": f"Last {said['days']} study days", "before": "Before", "change": "Change",
                 "right": "This one was right", "other_right": "The other was right"},
                [
                    (one["deployment"], interval(one["lately"]), interval(one["before"]), interval(one["change"]), one["right"], one["other_right"])
                    for one in said["others"]
                ],
            ),
        ),
    )  # fmt: skip
