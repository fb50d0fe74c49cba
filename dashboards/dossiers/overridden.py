"""Overrides of the scope gate: abnormal use, counted by clause, person and reason."""

from collections import Counter

from dashboards.dossiers.content import Block, Paragraph, Table
from dashboards.dossiers.facts import Facts
from dashboards.dossiers.tables import number, text


def overridden(facts: Facts) -> list[Block]:
    """The overrides of the period; a sentence where there is none."""
    found = facts.governance.overrides
    if not found:
        return [Paragraph(text="No decision of the scope gate was overridden in the period.")]
    given, ran = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for one in found:
        key = (one.override.clause, one.signature.name, one.override.reason)
        given[key] += 1
        ran[key] += one.used_at is not None
    return [
        Table(
            key="overrides",
            caption="Overrides of the scope gate in the period: abnormal use, in no figure of this document",
            columns=(
                text("clause", "Clause overridden", wide=1), number("overrides", "Overrides"),
                number("ran", "Ran", "Overrides that let their study through"), text("person", "Signed by"),
                text("reason", "Reason", wide=2),
            ),
            rows=tuple(
                (clause, n, ran[clause, person, reason], person, reason)
                for (clause, person, reason), n in sorted(given.items())
            ),
        )
    ]  # fmt: skip
