"""The tables that both documents share, each made from the facts of one deployment."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from dashboards.dossiers.content import Column, Table
from dashboards.dossiers.facts import Facts
from dashboards.pages.register import PATHWAYS
from surveillance.identifiability import corrected_for, how_it_stands

METRICS = ("sensitivity", "specificity", "ppv", "npv", "auc")
_NAMES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "auc": "AUC",
}
_INTERVAL = (
    Column(
        key="estimate",
        head="Estimate",
        meaning="Point estimate, 0 to 1; empty = not estimable",
        numeric=True,
        places=3,
    ),
    Column(key="lower", head="Lower", meaning="Lower 95 % limit", numeric=True, places=3),
    Column(key="upper", head="Upper", meaning="Upper 95 % limit", numeric=True, places=3),
    Column(key="n", head="n", meaning="Verified cases of its kind", numeric=True),
    Column(
        key="worth",
        head="Worth",
        meaning="Independent cases the interval rests on; empty = n",
        numeric=True,
    ),
    Column(key="method", head="Method", meaning="Method of the interval", wide=1),
)


def text(key: str, head: str, meaning: str = "", *, wide: int = 0) -> Column:
    """A column of words."""
    return Column(key=key, head=head, meaning=meaning or head, wide=wide)


def number(key: str, head: str, meaning: str = "", *, places: int = 0) -> Column:
    """A column of numbers, printed with so many decimals."""
    return Column(key=key, head=head, meaning=meaning or head, numeric=True, places=places)


def pairs(key: str, caption: str, rows: Iterable[tuple[str, Any]]) -> Table:
    """Facts by name, one a row; what is not recorded says so."""
    shown = tuple(
        (name, "not recorded" if value in (None, "", {}) else str(value)) for name, value in rows
    )
    return Table(
        key=key,
        caption=caption,
        columns=(text("item", "Item"), text("value", "As recorded", wide=1)),
        rows=shown,
    )


def identity(facts: Facts) -> Table:
    """What runs where: manufacturer to deployment."""
    entry, version = facts.view.entry, facts.version
    return pairs(
        "identity",
        "Product, version and deployment as known at the data cut",
        (
            ("Product", facts.algorithm.name),
            ("Manufacturer", facts.algorithm.manufacturer.get("name")),
            ("SRN", facts.algorithm.manufacturer.get("srn")),
            ("Basic UDI-DI", version.basic_udi_di if version else None),
            ("UDI-DI", version.udi_di if version else None),
            ("UDI-PI", version.udi_pi if version else None),
            ("Version", facts.view.version),
            ("Image digest", version.digest if version else None),
            (
                "Site",
                f"{facts.site.name} ({facts.site.key}), {facts.site.jurisdiction}, {facts.view.time_zone}",
            ),
            ("Deployment", facts.view.key),
            ("Mode of use", words(entry.use_mode)),
            (
                "Operating points",
                ", ".join(f"{words(f)}: {entry.threshold_for(f)}" for f in facts.view.findings),
            ),
            ("Routing", entry.routing),
            ("Shadow from", entry.shadow_from),
            ("Live from", entry.live_from),
            ("PACS", ", ".join(f"{words(k)} {_yes(v)}" for k, v in (entry.pacs or {}).items())),
        ),
    )


def clearances(facts: Facts) -> Table:
    """The clearances of the product, with expiry against the data cut."""
    return Table(
        key="clearances",
        caption="Clearances",
        columns=(
            text("jurisdiction", "Jurisdiction"), text("pathway", "Pathway"), text("number", "Number"),
            text("device_class", "Class"), text("expires", "Expires"),
            text("standing", "At the data cut", "valid, expired, or no expiry recorded"),
            text("conditions", "Conditions", wide=1),
        ),
        rows=tuple(
            (c.jurisdiction, PATHWAYS.get(c.pathway, c.pathway), c.number or "none", c.device_class or "none", str(c.expires or "not recorded"),
             "no expiry recorded" if c.expires is None else "valid" if c.expires >= facts.as_of.date() else "expired",
             c.conditions or "none")
            for c in facts.clearances
        ),
    )  # fmt: skip


def indications(facts: Facts) -> Table:
    """Each cleared indication: the manufacturer's sentence beside the executable scope."""
    parsed = {i.key: i for i in facts.view.indications}
    return Table(
        key="indications",
        caption="Cleared indications, as written and as executed",
        columns=(
            text("finding", "Finding"), text("statement", "As the manufacturer wrote it", wide=3),
            text("scope", "As executed", "Clauses of the executable scope", wide=4), text("clause", "Source", wide=2),
        ),
        rows=tuple(
            (words(i.finding), i.statement, "; ".join(c.sentence() for c in parsed[i.key].scope), i.clause)
            for i in facts.indications
        ),
    )  # fmt: skip


def flow(facts: Facts, finding: str) -> Table:
    """The flow of studies from received to verified."""
    steps = facts.measured[finding]["flow"]
    names = {
        "received": "reached the deployment", "in_scope": "within the cleared indication",
        "out_of_scope": "outside of it", "undeterminable": "an attribute was missing",
        "processed": "in scope with an output", "failed": "in scope without an output",
        "matured": "old enough for outcomes to be complete", "pending": "not yet", "verified": "truth is known",
    }  # fmt: skip
    return Table(
        key=f"flow_{finding}",
        caption=f"Flow of studies: {words(finding)}",
        columns=(text("step", "Step"), text("meaning", "Meaning"), number("studies", "Studies")),
        rows=tuple((name.replace("_", " "), names[name], n) for name, n in steps.items()),
    )


def performance(facts: Facts, finding: str) -> Table:
    """Performance against the reference standard: all tiers together, each tier, and corrected."""
    measured = facts.measured[finding]
    rows = [
        (_of_all(measured, m), _NAMES[m], *_interval(measured["performance"][m])) for m in METRICS
    ]
    for tier, part in measured["by_tier"].items():
        readings = {
            _of_a_tier(measured, part): part["performance"],
            ", corrected for its errors": part.get("corrected_for_reference", {}),
        }
        rows += [
            (f"{words(tier)}{kind}", _NAMES[m], *_interval(found[m]))
            for kind, found in readings.items()
            for m in METRICS[:2]
            if m in found
        ]
    name, corrected = corrected_for(measured), measured["corrected"] or {}
    rows += [(name, _NAMES[m], *_interval(corrected[m])) for m in METRICS if m in corrected]
    return Table(
        key=f"performance_{finding}",
        caption=f"Performance against the reference standard: {words(finding)}",
        columns=(
            text("evidence", "Evidence", "Tier of the reference standard"),
            text("metric", "Metric"),
            *_INTERVAL,
        ),
        rows=tuple(rows),
    )


def _of_a_tier(measured: dict[str, Any], part: dict[str, Any]) -> str:
    """Why the figures of a tier are raw: it errs, or who was verified was not chosen by chance."""
    partly = measured["flow"]["verified"] < measured["flow"]["matured"]
    return ", raw" if partly or "corrected_for_reference" in part else ""


def _of_all(measured: dict[str, Any], metric: str) -> str:
    """The evidence of a raw figure, and why it is raw where it does not speak for all cases."""
    stands = how_it_stands(measured, metric)
    if stands.startswith("corrected"):
        return "all tiers, raw"
    return f"all tiers, {stands}" if stands else "all tiers"


def confusion(facts: Facts, finding: str) -> Table:
    """Calls against truth, with what stayed indeterminate, per tier and together."""
    measured = facts.measured[finding]
    parts = [("all tiers", measured["counts"])]
    parts += [(words(tier), part["counts"]) for tier, part in measured["by_tier"].items()]
    return Table(
        key=f"confusion_{finding}",
        caption=f"Calls against what turned out to be true: {words(finding)}",
        columns=(
            text("evidence", "Evidence", "Tier of the reference standard"),
            number("tp", "TP", "Called positive, was positive"), number("fp", "FP", "Called positive, was negative"),
            number("fn", "FN", "Called negative, was positive"), number("tn", "TN", "Called negative, was negative"),
            number("indeterminate", "Indeterminate", "Call or truth is indeterminate"),
        ),
        rows=tuple((name, *(c[k] for k in ("tp", "fp", "fn", "tn", "indeterminate"))) for name, c in parts),
    )  # fmt: skip


def agreement(facts: Facts, finding: str) -> Table:
    """Agreement with the reports, apart for reads that had seen the AI. Not accuracy."""
    said = facts.measured[finding]["agreement"]
    seen = {
        "true": "AI visible to the reader",
        "false": "reader blind to the AI",
        "unknown": "not known",
    }
    parts = [
        ("all reports", said),
        *((seen[level], part) for level, part in said["ai_visible"].items()),
    ]
    return Table(
        key=f"agreement_{finding}",
        caption=f"Agreement with the radiologist (not accuracy): {words(finding)}",
        columns=(
            text("reads", "Reads"), number("both_positive", "Both +"), number("ai_only", "AI only"),
            number("report_only", "Report only"), number("both_negative", "Both −"),
            number("indeterminate", "Indeterminate", "Call or read left open: not in kappa"),
            number("n", "n", "Reads that took a side, beside a call that did"),
            number("kappa", "Kappa", "Cohen's kappa", places=3),
            number("lower", "Lower", "Lower 95 % limit", places=3),
            number("upper", "Upper", "Upper 95 % limit", places=3),
        ),
        rows=tuple(
            (name, *(p["counts"][k] for k in ("both_positive", "ai_only", "report_only", "both_negative", "indeterminate")),
             p["kappa"]["n"], p["kappa"]["estimate"], p["kappa"]["lower"], p["kappa"]["upper"])
            for name, p in parts
        ),
    )  # fmt: skip


def strata(facts: Facts, finding: str, by: str, caption: str) -> Table:
    """Sensitivity and specificity in each level of a stratum, raw and corrected where they can be."""
    rows: list[tuple[Any, ...]] = []
    for part in (s for s in facts.measured[finding]["strata"] if s["by"] == by):
        readings = {"": part["performance"], ", corrected": part["corrected"] or {}}
        rows += [
            (part["level"], part["flow"]["verified"], f"{_NAMES[m]}{kind}", *_interval(found[m]))
            for m in METRICS[:2]
            for kind, found in readings.items()
            if m in found
        ]
    return Table(
        key=f"by_{by}_{finding}",
        caption=f"{caption}: {words(finding)}",
        columns=(
            text("level", "Level"), number("verified", "Verified", "Mature cases whose truth is known"),
            text("metric", "Metric"), *_INTERVAL,
        ),
        rows=tuple(rows),
    )  # fmt: skip


def out_of_scope(facts: Facts, finding: str) -> Table:
    """Why studies were not in scope, by the attribute that decided and its value."""
    cases = facts.cases[(facts.cases["finding"] == finding) & (facts.cases["scope"] != "in")]
    shown = (
        cases["scope_value"]
        .where(cases["scope_attribute"] != "patient_age", cases["age_band"])
        .fillna("missing")
    )
    decided = ["scope", "scope_attribute", "shown", "scope_clause"]
    counted = cases.assign(shown=shown).groupby(decided, sort=True).size().reset_index()
    rows = [
        (row[0], words(row[1]), *row[2:4], int(row[4]))
        for row in counted.itertuples(index=False, name=None)
    ]
    rows.sort(key=lambda row: (-row[4], row))
    return Table(
        key=f"out_of_scope_{finding}",
        caption=f"Studies that were not in scope, each under the first clause that kept it out: {words(finding)}",
        columns=(
            text("decision", "Decision"), text("attribute", "Deciding attribute", "First attribute that kept the study out"), text("value", "Value", "Value; ages in bands"),
            text("clause", "Clause", wide=2), number("studies", "Studies"),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def provenance(facts: Facts) -> Table:
    """The imports behind the figures, with counts that add up."""
    rows = []
    for batch in facts.batches:
        for file, c in batch.counts.items():
            rows.append((batch.id, batch.title or batch.source, batch.origin, file, c["read"], c["accepted"],
                         c["unchanged"], c["corrected"], c["quarantined"]))  # fmt: skip
    return Table(
        key="provenance",
        caption="Imports: read = accepted + unchanged + corrected + quarantined",
        columns=(
            number("batch", "Batch"), text("source", "Source", wide=1), text("origin", "Origin"), text("file", "File"),
            number("read", "Read"), number("accepted", "Accepted"), number("unchanged", "Unchanged"),
            number("corrected", "Corrected"), number("quarantined", "Quarantined"),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def verdicts(facts: Facts) -> Table:
    """Every question the monitors asked and the answer that stands at the data cut."""
    return Table(
        key="verdicts",
        caption="Monitors: the verdict that stands at the data cut",
        columns=(
            text("finding", "Finding"), text("question", "Question", "Monitor, metric and stratum", wide=2),
            text("answer", "Verdict"), text("sentence", "Why", wide=5), text("rule", "Rule", wide=3),
        ),
        rows=tuple(
            (words(v.finding), f"{v.monitor}: {words(v.metric)}" + (f", {v.level}" if v.level else ""),
             words(v.answer), v.sentence, v.rule)
            for v in facts.verdicts
        ),
    )  # fmt: skip


def counted(key: str, caption: str, head: str, values: "pd.Series[Any]") -> Table:
    """How many studies carry each value."""
    found = values.fillna("not recorded").value_counts()
    total = int(found.sum()) or 1
    rows = sorted(
        ((str(value), int(n), round(100 * int(n) / total, 1)) for value, n in found.items()),
        key=lambda r: r[0],
    )
    return Table(
        key=key,
        caption=caption,
        columns=(
            text("value", head),
            number("studies", "Studies"),
            number("percent", "%", "Share of studies, per cent", places=1),
        ),
        rows=tuple(rows),
    )


def words(code: str) -> str:
    """A code as words: follow_up_imaging -> follow-up imaging."""
    return str(code).replace("follow_up", "follow-up").replace("_", " ")


def _yes(value: Any) -> Any:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _interval(figure: dict[str, Any]) -> tuple[Any, ...]:
    """An estimate with its limits; where there is none, the reason stands in place of the method."""
    method = figure["method"] if figure["estimate"] is not None else figure.get("reason", "none")
    worth = figure.get("effective_n")
    return (
        figure["estimate"], figure["lower"], figure["upper"], figure["n"],
        None if worth is None else round(worth), method,
    )  # fmt: skip
