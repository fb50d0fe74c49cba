"""Reads closed by the algorithm alone, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table

VERDICTS = {
    "stop": "Stop: even the lower limit lies above the agreed limit. Suspend the deployment and review every read since the last clean audit.",
    "met": "Met: the upper limit keeps the agreed limit.",
    "not shown": "Not shown: too few reads were audited to tell. Audit more.",
    "not audited": "Not audited: what was missed is unknown. Draw a random audit.",
    "no stop limit": "No stop limit is agreed: write acceptance.miss_rate.max into the register entry before going on.",
}


def tell(said: Mapping[str, Any]) -> Told:
    """The audit of what no human read, with its upper limit against the stop limit."""
    sentences = [VERDICTS[said["verdict"]]]
    if said["stop_limit"] is not None:
        sentences.append(
            f"The agreed limit is a miss rate of {said['stop_limit']:.2%}; without a single miss, {said['audits_needed']:,} "
            f"audited reads show it. {said['audited']:,} were audited."
        )
    sentences += [
        f"Of {said['received']:,} studies received {said['eligible']:,} were eligible to be closed and {said['closed']:,} "
        f"were closed. The audit found {said['misses_in_audit']:,} misses; {said['misses_by_themselves']:,} more came to "
        "light by themselves.",
        f"Misses among closed reads: {interval(said['miss_rate'], 4)}, which is {interval(said['misses'], 0)} reads.",
    ]
    return Told(
        key="autonomous",
        title="Reads closed alone",
        question="What was missed where nobody looked?",
        sentences=tuple(sentences),
        tables=(
            table(
                "closed_reads",
                "Closed and audited by month",
                {
                    "month": "Month",
                    "closed": "Closed",
                    "audited": "Audited",
                    "misses": "Misses found",
                },
                [(m["month"], m["closed"], m["audited"], m["misses"]) for m in said["by_month"]],
            ),
        ),
    )
