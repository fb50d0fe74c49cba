"""Reports read by rules, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.dossiers.content import Interval
from dashboards.pages.shown import words


def tell(said: Mapping[str, Any]) -> Told:
    """How many reports were read, by which rules, how often those err, and what agreement is then."""
    calls = ", ".join(f"{words(call)} {n:,}" for call, n in said["by_call"].items())
    sentences = [
        f"The call of {said['read']:,} of {said['reports']:,} reports was read out of their text by rules: {calls}.",
        "This is agreement with what the reports say, not accuracy.",
    ]
    sentences += [
        f"The rules {r['rules']} are right in {interval(r['errors']['sensitivity'])} of positive and in "
        f"{interval(r['errors']['specificity'])} of negative statements ({r['errors']['source']})."
        if r["errors"]
        else f"How often the rules {r['rules']} are wrong has not been measured: catamnesis reports measure."
        for r in said["rules"]
    ]
    return Told(
        key="report_text",
        title="Reports read by rules",
        question="What do reports whose text was read say, and what do errors of the reading change?",
        sentences=tuple(sentences),
        tables=(
            table(
                "report_text",
                "Algorithm beside reports read by rules, raw and corrected for the errors of the reading",
                {"rules": "Rules", "pairs": "Pairs", "positive": "Positive agreement", "positive_corrected": "Corrected",
                 "negative": "Negative agreement", "negative_corrected": "Corrected"},
                [
                    (r["rules"], r["pairs"], interval(r["positive_agreement"]), _corrected(r, "positive_agreement"),
                     interval(r["negative_agreement"]), _corrected(r, "negative_agreement"))
                    for r in said["rules"]
                ],
            ),
        ),
    )  # fmt: skip


def _corrected(rules: Mapping[str, Any], kind: str) -> Interval | str:
    return interval(rules["corrected"][kind]) if rules["corrected"] else "error rate not known"
