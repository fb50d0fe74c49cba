"""Passages that both documents share: sentences, figures and tables made from the facts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dashboards.analyses import shown
from dashboards.dossiers import tables
from dashboards.dossiers.content import Block, Figure, Paragraph, Table
from dashboards.dossiers.facts import Facts
from dashboards.figures import vector
from surveillance.identifiability import corrected_for
from surveillance.monitors.verdict import Verdict, stated
from surveillance.statistics.proportions import wilson


def over_time(facts: Facts, finding: str) -> list[Block]:
    """Sensitivity and specificity by month, beside the claim: corrected where the whole period is."""
    months = [part for part in facts.measured[finding]["strata"] if part["by"] == "month"]
    blocks: list[Block] = []
    for metric in ("sensitivity", "specificity"):
        claim = _claim_of(facts, finding, metric)
        figures, raw, kind = _series(facts, finding, months, metric)
        blocks.append(
            Figure(
                key=f"{metric}_by_month_{finding}",
                caption=f"{metric.capitalize()} by month of study with 95 % intervals, {kind}: {tables.words(finding)}. "
                f"Hollow grey: the month is not yet mature.{_empty_told(figures)}{_claim_told(claim)}",
                alt=_in_words(months, figures),
                svg=vector.over_time(
                    [part["level"] for part in months],
                    figures,
                    raw=raw,
                    mature=[part["flow"]["pending"] == 0 for part in months],
                    claim=(claim["value"], claim["value"] - claim["margin"]) if claim else None,
                    name=metric,
                ),
            )
        )
    return blocks


def by_scanner(facts: Facts, finding: str) -> list[Block]:
    """Sensitivity by scanner model, as a forest plot and a table: corrected where the whole period is."""
    parts = [p for p in facts.measured[finding]["strata"] if p["by"] == "manufacturer_model_name"]
    if len(parts) < 2:
        return []
    figures, raw, kind = _series(facts, finding, parts, "sensitivity")
    whole, _, _ = _series(facts, finding, [facts.measured[finding]], "sensitivity")
    return [
        Figure(
            key=f"sensitivity_by_scanner_{finding}",
            caption=f"Sensitivity by scanner model over the whole period, {kind}: {tables.words(finding)}. The line is all "
            "of them together. A change within the period shows in section 7 and in the figure by month.",
            alt=_in_words(parts, figures),
            svg=vector.forest(
                [p["level"] for p in parts], figures, raw=raw, overall=whole[0]["estimate"], name="sensitivity"
            ),
        ),
        *(Paragraph(text=v.sentence) for v in facts.verdicts if v.finding == finding and v.monitor == "equipment"),
        tables.strata(facts, finding, "manufacturer_model_name", "By scanner model, raw and corrected"),
    ]  # fmt: skip


def analysed(facts: Facts, kinds: Sequence[str]) -> list[Block]:
    """Some analyses of every finding, as the pages tell them: the question, sentences and tables."""
    blocks: list[Block] = []
    for finding in facts.view.findings:
        found = {kind: said for kind, said in facts.analyses[finding].items() if kind in kinds}
        for told in shown(found):
            about = f"{told.title}, {tables.words(finding)}. {told.question} "
            blocks.append(Paragraph(text=about + " ".join(told.sentences)))
            blocks += [
                replace(table, key=f"{table.key}_{finding}", caption=f"{table.caption}: {tables.words(finding)}")
                for table in told.tables
                if len(table.columns) <= WIDEST
            ]  # fmt: skip
    return blocks


WIDEST = 10
"""Columns a page holds; a wider table of an analysis stays with the pages and the command line."""


def calls_for_action(facts: Facts, finding: str) -> list[str]:
    """The answers of the monitors on a finding that call for action, each with what to do."""
    return [
        f"{v.sentence}{_window(v)} {v.action}"
        for v in facts.verdicts
        if v.finding == finding and v.answer in ("breached", "shifted", "broken")
    ]


def _window(verdict: Verdict) -> str:
    if verdict.window_from is None:
        return ""
    return f" Study days {verdict.window_from} to {verdict.window_to}."


def _series(
    facts: Facts, finding: str, parts: Sequence[Mapping[str, Any]], metric: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None, str]:
    """The figures to show, the raw ones beside them where those are corrected, and what they are."""
    raw = [part["performance"][metric] for part in parts]
    if not facts.measured[finding]["corrected"]:
        return raw, None, "verified cases only"
    figures = [part["corrected"][metric] if part["corrected"] else _NONE for part in parts]
    name = corrected_for(facts.measured[finding])
    return figures, raw, f"{name} (crosses: raw, verified cases only)"


_NONE = {"estimate": None, "lower": None, "upper": None, "n": 0}


def _in_words(parts: Sequence[Mapping[str, Any]], figures: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{part['level']}: "
        + ("not estimable" if f["estimate"] is None else f"{f['estimate']:.2f} (n {f['n']})")
        for part, f in zip(parts, figures, strict=True)
    )


def _empty_told(figures: Sequence[Mapping[str, Any]]) -> str:
    empty = sum(figure["estimate"] is None for figure in figures)
    return f" Without a figure: {empty} of {len(figures)} months." if empty else ""


def _claim_told(claim: Mapping[str, float] | None) -> str:
    if claim is None:
        return ""
    return (
        f" Dashed: the claim of {stated(claim['value'])}; dotted: the claim less its margin, "
        f"{stated(claim['value'] - claim['margin'])}."
    )


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
        f"the cleared indication{interval}; {steps['undeterminable']:,} more could not be judged because an attribute was missing. "
        "Each study is listed under the first clause that kept it out: a scanner that is not covered may have sent more."
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
            rows=tuple((d.revision, f"{d.recorded_at:%Y-%m-%d %H:%M}", d.version, tables.words(d.use_mode)) for d in facts.history),
        )
    )  # fmt: skip
    return tuple(blocks)
