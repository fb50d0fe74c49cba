"""Passages that both documents share: sentences, figures and tables made from the facts."""

import pandas as pd

from dashboards.dossiers import tables
from dashboards.dossiers.content import Block, Figure, Paragraph, Table
from dashboards.dossiers.facts import Facts
from dashboards.figures import vector
from surveillance.statistics.proportions import wilson


def over_time(facts: Facts, finding: str) -> list[Block]:
    """Sensitivity and specificity by month, beside the claim."""
    months = [part for part in facts.measured[finding]["strata"] if part["by"] == "month"]
    blocks: list[Block] = []
    for metric in ("sensitivity", "specificity"):
        claim = _claim_of(facts, finding, metric)
        figures = [part["performance"][metric] for part in months]
        blocks.append(
            Figure(
                key=f"{metric}_by_month_{finding}",
                caption=f"{metric.capitalize()} by month of study with 95 % intervals, verified cases only: "
                f"{tables.words(finding)}. "
                "Hollow grey: the month is not yet mature.",
                alt="; ".join(
                    f"{part['level']}: "
                    + (
                        "not estimable"
                        if f["estimate"] is None
                        else f"{f['estimate']:.2f} (n {f['n']})"
                    )
                    for part, f in zip(months, figures, strict=True)
                ),
                svg=vector.over_time(
                    [part["level"] for part in months],
                    figures,
                    mature=[part["flow"]["pending"] == 0 for part in months],
                    claim=claim["value"] if claim else None,
                    name=metric,
                ),
            )
        )
    return blocks


def by_scanner(facts: Facts, finding: str) -> list[Block]:
    """Sensitivity by scanner model, as a forest plot and a table."""
    parts = [p for p in facts.measured[finding]["strata"] if p["by"] == "manufacturer_model_name"]
    if len(parts) < 2:
        return []
    figures = [part["performance"]["sensitivity"] for part in parts]
    overall = facts.measured[finding]["performance"]["sensitivity"]["estimate"]
    return [
        Figure(
            key=f"sensitivity_by_scanner_{finding}",
            caption=f"Sensitivity by scanner model: {tables.words(finding)}. The line is all of them together.",
            alt="; ".join(f"{p['level']}: n {f['n']}" for p, f in zip(parts, figures, strict=True)),
            svg=vector.forest(
                [p["level"] for p in parts], figures, overall=overall, name="sensitivity"
            ),
        ),
        tables.strata(facts, finding, "manufacturer_model_name", "By scanner model"),
    ]


def _claim_of(facts: Facts, finding: str, metric: str) -> dict[str, float] | None:
    """The labelled claim on a metric, if there is one."""
    for indication in facts.view.indications:
        if indication.finding == finding:
            for claim in indication.claims:
                if claim["metric"] == metric:
                    return claim
    return None


def outside_the_indication(facts: Facts) -> list[Block]:
    """How many studies were outside the cleared indication, and why, for each finding."""
    blocks: list[Block] = []
    for finding in facts.view.findings:
        blocks.append(_off_label_sentence(facts, finding))
        table = tables.out_of_scope(facts, finding)
        if table.rows:
            blocks.append(table)
    return blocks


def _off_label_sentence(facts: Facts, finding: str) -> Paragraph:
    """The rate of studies outside the indication, with its interval."""
    steps = facts.measured[finding]["flow"]
    rate = wilson(successes=steps["out_of_scope"], trials=steps["received"])
    interval = (
        ""
        if rate.estimate is None
        else f" ({100 * rate.estimate:.1f} %, 95 % interval {100 * (rate.lower or 0):.1f} to {100 * (rate.upper or 0):.1f} %)"
    )
    return Paragraph(
        text=f"{tables.words(finding).capitalize()}: {steps['out_of_scope']:,} of {steps['received']:,} studies were outside "
        f"the cleared indication{interval}; {steps['undeterminable']:,} more could not be judged because an attribute was missing."
    )


def changes(facts: Facts) -> tuple[Block, ...]:
    """Events around the deployment, and the revisions of its register entry."""
    blocks: list[Block] = []
    if facts.events:
        blocks.append(
            Table(
                key="events",
                caption="Changes at the site in the period",
                columns=(
                    tables.text("occurred_at", "When (UTC)"),
                    tables.text("kind", "Kind"),
                    tables.text("description", "What"),
                ),
                rows=tuple(
                    (
                        f"{pd.Timestamp(e['occurred_at']):%Y-%m-%d %H:%M}",
                        tables.words(e["kind"]),
                        str(e["description"] or "not described"),
                    )
                    for e in facts.events
                ),
            )
        )
    blocks.append(
        Table(
            key="revisions",
            caption="Revisions of the deployment in the register",
            columns=(tables.number("revision", "Revision"), tables.text("recorded_at", "Recorded (UTC)"), tables.text("version", "Version"),
                     tables.text("use_mode", "Mode")),
            rows=tuple((d.revision, f"{d.recorded_at:%Y-%m-%d %H:%M}", d.version, d.use_mode) for d in facts.history),
        )
    )  # fmt: skip
    return tuple(blocks)
