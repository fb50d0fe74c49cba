"""The annual scope review of a deployment: cleared against actual use, and the decision that follows.

No statute prescribes this title; its thirteen sections serve MDR Annex XIV 6.1(e), AI Act Articles 25 and
26(1) and (5), and the profession's ARCH-AI criteria. It is the hospital's own document.
"""

from collections import Counter
from collections.abc import Sequence

from dashboards.analyses.told import interval
from dashboards.dossiers import governance_passages, passages, signed, tables
from dashboards.dossiers.content import Block, Paragraph, Section, Signature, Status, Table
from dashboards.dossiers.facts import Facts
from dashboards.dossiers.overridden import overridden
from surveillance.identifiability import corrected_for
from surveillance.monitors.verdict import Verdict

KIND = "annual-scope-review"
TITLE = "Annual scope review"
WHOSE = "The hospital's own governance document, as deployer under the EU AI Act and user under the MDR."
BASIS = "MDR 2017/745 Annex XIV 6.1(e); Regulation (EU) 2024/1689 Articles 25, 26(1), 26(5)"
SIGNATURES = (
    Signature(role="Clinical lead or compliance officer", meaning="completed"),
    Signature(role="The other of the two", meaning="approved"),
)
NOT_KEPT = (
    "It applies, and no risk or hazard log is kept in this register. The answer of the person who completes the review "
    "stands under this section and is signed with it."
)


def sections(facts: Facts) -> tuple[Section, ...]:
    """The thirteen sections in order."""
    return (
        Section(number="1", title="Register snapshot and identity", blocks=(_standing(facts), tables.identity(facts), tables.clearances(facts))),
        Section(number="2", title="Cleared indication against observed use", blocks=_matrix(facts)),
        Section(number="3", title="Use outside the indication", blocks=_outside(facts)),
        Section(number="4", title="Population against the label", blocks=_population(facts)),
        Section(number="5", title="Equipment and protocols", blocks=_equipment(facts)),
        Section(number="6", title="Versions and configuration",
                blocks=(_changed(facts), governance_passages.versions(facts), *governance_passages.states(facts), *passages.changes(facts), governance_passages.grounds(facts))),
        Section(number="7", title="Performance against the claim", blocks=_performance(facts)),
        Section(number="8", title="Incidents, field safety notices and overdue actions",
                blocks=tuple(governance_passages.harm_and_overdue(facts))),
        Section(number="9", title="Oversight and training", blocks=tuple(governance_passages.training(facts))),
        Section(number="10", title="Interaction with other AI systems", blocks=tuple(governance_passages.companions(facts))),
        Section(number="11", title="Logs and audit trail", blocks=(*governance_passages.logs(facts), tables.provenance(facts))),
        Section(number="12", title="Risk and hazard log", status=Status.NOT_RECORDED, justification=NOT_KEPT),
        Section(number="13", title="Decision", blocks=_decision(facts)),
    )  # fmt: skip


def _standing(facts: Facts) -> Paragraph:
    """Version, identifier and clearances in a sentence."""
    day = facts.as_of.date()
    valid = [c for c in facts.clearances if c.expires is None or c.expires >= day]
    udi = facts.version.udi_di if facts.version else None
    return Paragraph(
        text=f"{facts.algorithm.name} {facts.view.version}, UDI-DI {udi or 'not recorded'}; {len(valid)} of "
        f"{len(facts.clearances)} clearances on record had not expired at the data cut."
    )


def _matrix(facts: Facts) -> tuple[Block, ...]:
    cases = facts.cases
    use = ["finding", "use_mode", "age_band", "setting", "scope"]
    observed = cases[use].fillna("not recorded").groupby(use).size().reset_index()
    counts: dict[tuple[str, ...], dict[str, int]] = {}
    for finding, mode, age, setting, scope, n in observed.itertuples(index=False, name=None):
        cell = counts.setdefault(
            (finding, mode, age, setting), {"in": 0, "out": 0, "undeterminable": 0}
        )
        cell[scope] += int(n)
    matrix = Table(
        key="use_matrix",
        caption="Observed use by finding, mode, age and setting, judged by the cleared indication",
        columns=(
            tables.text("finding", "Finding"), tables.text("use_mode", "Mode"), tables.text("age", "Age"),
            tables.text("setting", "Setting"), tables.number("in_scope", "In scope"),
            tables.number("out_of_scope", "Out of scope"), tables.number("undeterminable", "Undeterminable"),
        ),
        rows=tuple(
            (*map(tables.words, key), n["in"], n["out"], n["undeterminable"]) for key, n in sorted(counts.items())
        ),
    )  # fmt: skip
    told = Paragraph(
        text="; ".join(
            f"{tables.words(f).capitalize()}: studies received {m['flow']['received']:,}, of these in scope {m['flow']['in_scope']:,}, "
            f"out of scope {m['flow']['out_of_scope']:,}, undeterminable {m['flow']['undeterminable']:,}" for f, m in facts.measured.items()
        ) + "."
    )  # fmt: skip
    return (told, tables.indications(facts), matrix, governance_passages.use_by_protocol(facts))


def _outside(facts: Facts) -> tuple[Block, ...]:
    blocks = [*passages.outside_the_indication(facts), *overridden(facts)]
    blocks.append(
        Paragraph(
            text="Deliberate use outside the indication is abnormal use: it is documented here and is no incident. If it "
            "is intended to go on, assess under Article 25 of the AI Act whether the hospital becomes the provider."
        )
    )
    return tuple(blocks)


def _population(facts: Facts) -> tuple[Block, ...]:
    cases = facts.cases[facts.cases["finding"] == facts.view.findings[0]]
    claims = [
        (i.finding, c["metric"], c["value"], c.get("n") or "not stated", c["source"])
        for i in facts.view.indications
        for c in i.claims
    ]
    blocks: list[Block] = [
        tables.counted(
            "population_age", "Age at the study, counted in studies", "Age", cases["age_band"]
        ),
        tables.counted(
            "population_sex", "Sex of the patient, counted in studies", "Sex", cases["patient_sex"]
        ),
    ]
    if claims:
        blocks.append(
            Table(
                key="claims",
                caption="What the label rests on",
                columns=(tables.text("finding", "Finding"), tables.text("metric", "Metric"), tables.number("value", "Claim", places=3),
                         tables.text("n", "n", "Cases behind the claim"), tables.text("source", "Source")),
                rows=tuple((tables.words(f), *rest) for f, *rest in claims),
            )
        )  # fmt: skip
    blocks.append(
        Paragraph(
            text="The label does not state the age and sex of its study population in the register; compare by hand with the instructions for use."
        )
    )
    return tuple(blocks)


def _equipment(facts: Facts) -> tuple[Block, ...]:
    cases = facts.cases[facts.cases["finding"] == facts.view.findings[0]]
    named = {str(s.get("model")) for s in facts.view.entry.scanners}
    sent = ["manufacturer", "manufacturer_model_name"]
    seen = cases[sent].fillna("not recorded").groupby(sent).size().reset_index()
    rows = tuple(
        (maker, model, int(n), _named(model, named))
        for maker, model, n in seen.itertuples(index=False, name=None)
    )
    table = Table(
        key="equipment",
        caption="Scanners that sent studies",
        columns=(tables.text("manufacturer", "Manufacturer"), tables.text("model", "Model"), tables.number("studies", "Studies"),
                 tables.text("named", "Named in the register")),
        rows=rows,
    )  # fmt: skip
    strangers = [row for row in rows if row[3].startswith("no:")]
    told = Paragraph(
        text=f"Scanner models that sent studies: {len(rows)}; not named in the register: {len(strangers)}, with "
        f"{sum(row[2] for row in strangers):,} studies."
        if named
        else f"Scanner models that sent studies: {len(rows)}; the register names no scanner to hold them against."
    )
    return (
        told,
        table,
        tables.counted("protocols", "Protocols", "Protocol", cases["protocol_name"]),
    )


def _changed(facts: Facts) -> Paragraph:
    since = [d for d in facts.history if d.recorded_at.date() >= facts.first]
    decided = [row for row, _ in facts.governance.changes if row.effective_from >= facts.first]
    return Paragraph(
        text=f"On record in the period: revisions of the entry {len(since)}, changes of state {len(decided)}, changes at the site "
        f"{len(facts.events)}. Versions of the product in the register: {len(facts.governance.versions)}."
    )


def _performance(facts: Facts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for finding in facts.view.findings:
        blocks += [
            _measured(facts, finding),
            tables.performance(facts, finding),
            *passages.over_time(facts, finding),
            *passages.by_scanner(facts, finding),
        ]
        for verdict in facts.verdicts:
            if verdict.finding == finding and verdict.monitor == "performance":
                blocks.append(
                    Paragraph(text=f"{verdict.sentence} Verdict: {tables.words(verdict.answer)}.")
                )
    revalidated = signed.validations(facts) or [
        Paragraph(text="No local validation of this deployment is on record.")
    ]
    return (*blocks, *revalidated, *signed.operating_points(facts))


def _measured(facts: Facts, finding: str) -> Paragraph:
    """Sensitivity and specificity in the period, and how the questions about the claim were answered."""
    measured = facts.measured[finding]
    told = [
        f"{name} {interval((measured['corrected'] or measured['performance'])[name])}"
        for name in ("sensitivity", "specificity")
    ]
    asked = [v for v in facts.verdicts if v.finding == finding and v.monitor == "performance"]
    return Paragraph(
        text=f"{tables.words(finding).capitalize()}: {' and '.join(told)}, "
        f"{corrected_for(measured) or 'verified cases only'}. {answered(asked)}"
    )


def answered(asked: Sequence[Verdict]) -> str:
    """How questions about a claim were answered; those that nothing could be estimated for are counted apart."""
    if not asked:
        return "No question about the claim was asked."
    estimated = Counter(tables.words(v.answer) for v in asked if v.estimate is not None)
    unknown = sum(v.estimate is None for v in asked)
    told = ", ".join(f"{n} {answer}" for answer, n in sorted(estimated.items())) or "none"
    apart = f" Not estimable, and so not counted among these: {unknown}." if unknown else ""
    return f"Questions about the claim at the data cut, of those that could be estimated: {told}.{apart}"


def _decision(facts: Facts) -> tuple[Block, ...]:
    rang = [v for v in facts.verdicts if v.answer in ("breached", "shifted", "broken")]
    blocks: list[Block] = [
        Paragraph(
            text="To be decided by the signatories: continue · restrict · retrain · suspend · retire. "
            f"{len(rang)} open {'matter stands' if len(rang) == 1 else 'matters stand'} before the decision:"
        )
    ]
    blocks += [Paragraph(text=f"{v.sentence} {v.action}") for v in rang]
    return (*blocks, *governance_passages.reviewed(facts))


def _named(model: str, named: set[str]) -> str:
    if not named:
        return "the register names no scanner"
    return "yes" if model in named else "no: not named in the register"
