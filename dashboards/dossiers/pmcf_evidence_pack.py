"""The site's PMCF evidence pack: what a hospital hands to the manufacturer for the PMCF evaluation report.

Its twelve sections map to MDCG 2020-8 (1 to B, 3 and 4 to C, 6 to aim (e) of MDR Annex XIV B 6.1) and to
MDCG 2022-21 (2 to 5 and 6, 5 to 7). The PMCF evaluation report itself is the manufacturer's.
"""

import pandas as pd

from dashboards.dossiers import passages, signed, tables
from dashboards.dossiers.content import Block, Figure, Paragraph, Section, Signature, Status, Table
from dashboards.dossiers.facts import Facts
from dashboards.figures import vector
from surveillance.judged_case import RAN

KIND = "pmcf-evidence-pack"
TITLE = "Site PMCF evidence pack"
WHOSE = (
    "Evidence of the deploying hospital for the manufacturer's post-market clinical follow-up. The PMCF "
    "evaluation report (MDR Annex XIV Part B) and the PSUR (MDR Article 86) are the manufacturer's documents."
)
BASIS = "MDR 2017/745 Annex XIV Part B; MDCG 2020-8; MDCG 2022-21"
SIGNATURES = (
    Signature(role="Clinical lead", meaning="author"),
    Signature(role="Compliance officer", meaning="review"),
    Signature(role="Head of department", meaning="approval"),
)


def sections(facts: Facts) -> tuple[Section, ...]:
    """The twelve sections in order."""
    return (
        Section(
            number="1",
            title="Site and deployment",
            blocks=(tables.identity(facts), tables.clearances(facts), tables.indications(facts)),
        ),
        Section(number="2", title="Exposure", blocks=_exposure(facts)),
        Section(
            number="3",
            title="Data provenance and quality",
            blocks=(*_provenance(facts), *passages.analysed(facts, VERIFIED)),
        ),
        Section(
            number="4",
            title="Clinical performance and agreement",
            blocks=(
                *_performance(facts),
                *signed.validations(facts),
                *passages.analysed(facts, COMPARED),
            ),
        ),
        Section(number="5", title="Safety events and near misses", blocks=_safety(facts)),
        Section(number="6", title="Use outside the indication", blocks=_off_label(facts)),
        _drift(facts),
        _oversight(facts),
        _downstream(facts),
        _changes(facts),
        Section(number="11", title="Limitations", blocks=_limitations(facts)),
        Section(
            number="12",
            title="Sign-off",
            blocks=(
                Paragraph(
                    text="Draft until every line of the signature table on the first page is signed."
                ),
            ),
        ),
    )


def _exposure(facts: Facts) -> tuple[Block, ...]:
    first = facts.view.findings[0]
    cases = facts.cases[facts.cases["finding"] == first]
    blocks: list[Block] = [
        Paragraph(
            text=f"{len(cases):,} studies of {cases['patient'].nunique():,} patients reached the deployment from "
            f"{facts.first} to {facts.last}. Exposure is counted in studies, the criterion kept throughout."
        )
    ]
    for finding in facts.view.findings:
        steps = facts.measured[finding]["flow"]
        blocks.append(tables.flow(facts, finding))
        blocks.append(
            Figure(
                key=f"flow_{finding}",
                caption=f"From received to verified: {tables.words(finding)}",
                alt=", ".join(f"{name.replace('_', ' ')} {n}" for name, n in steps.items()),
                svg=vector.flow(
                    [
                        (n.replace("_", " "), steps[n])
                        for n in ("received", "in_scope", "processed", "matured", "verified")
                    ]
                ),
            )
        )
    for column, head, caption in (
        ("age_band", "Age", "Studies by age"),
        ("patient_sex", "Sex", "Studies by sex"),
        ("setting", "Setting", "Studies by setting"),
        ("manufacturer_model_name", "Scanner", "Studies by scanner model"),
    ):
        blocks.append(tables.counted(f"exposure_{column}", caption, head, cases[column]))
    return tuple(blocks)


def _provenance(facts: Facts) -> tuple[Block, ...]:
    blocks: list[Block] = [tables.provenance(facts)]
    made_up = sorted({column for batch in facts.batches for column in batch.simulated})
    if facts.origin != "real":
        blocks.append(
            Paragraph(
                strong=True,
                text="The cases of this document are simulated. No statement about a product follows from it.",
            )
        )
    elif made_up:
        blocks.append(
            Paragraph(
                strong=True,
                text=f"The cases are real; these columns were not known and are simulated: {', '.join(made_up)}.",
            )
        )
    blocks.append(
        Paragraph(
            text=f"{facts.quarantined:,} rows of these sources wait in quarantine and enter no figure."
        )
    )
    for finding in facts.view.findings:
        measured = facts.measured[finding]
        steps, protocol = (
            measured["flow"],
            next(i.protocol for i in facts.view.indications if i.finding == finding),
        )
        mature = steps["matured"] or 1
        blocks.append(
            Paragraph(
                text=f"{tables.words(finding).capitalize()}: {steps['verified']:,} of {steps['matured']:,} mature cases are "
                f"verified ({100 * steps['verified'] / mature:.1f} %); {steps['pending']:,} are pending. A case is mature "
                f"{protocol.matures_after_days} days after the study; a case without a known outcome is pending or "
                f"unverified and never counted as negative. Order of evidence: "
                f"{', '.join(tables.words(e) for e in protocol.order)}."
            )
        )
        blocks.append(
            tables.counted(
                f"verification_{finding}",
                f"Why the truth was looked for: {tables.words(finding)}",
                "Reason",
                pd.Series(
                    [
                        tables.words(r)
                        for r, n in measured["verification"].items()
                        for _ in range(n)
                    ],
                    dtype="object",
                ),
            )
        )
    return tuple(blocks)


def _performance(facts: Facts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for finding in facts.view.findings:
        measured = facts.measured[finding]
        blocks += [tables.confusion(facts, finding), tables.performance(facts, finding)]
        pooled = len(measured["by_tier"]) > 1
        told = measured["reason"] or measured["corrected"]["assumption"]
        clustered = (
            " Patients came more than once; intervals are clustered by patient."
            if measured["clustered"]
            else ""
        )
        blocks.append(
            Paragraph(
                text=(
                    "The rows of all tiers pool reference standards of different strength, and each tier has its own "
                    "cases: who was operated on, followed up or audited was not chosen by chance, so that sensitivity "
                    "and specificity within a tier say who got that evidence as much as how the algorithm did. "
                    if pooled
                    else ""
                )
                + f"{told}{clustered}"
            )
        )
        blocks += _claims(facts, finding)
        blocks += [
            Paragraph(text=f"Calls for action: {told}", strong=True)
            for told in passages.calls_for_action(facts, finding)
        ]
        blocks += passages.over_time(facts, finding)
        blocks += passages.by_scanner(facts, finding)
        blocks.append(tables.agreement(facts, finding))
        blocks.append(
            Paragraph(
                text="Agreement compares the algorithm with the radiologist's report and does not say who was right. "
                "A report written with the AI in view is not independent of it."
            )
        )
    return tuple(blocks)


VERIFIED = ("verification", "maturity")
COMPARED = (
    "discordance", "multi_reader", "episodes", "detection", "measurement", "quantification", "screening", "autonomous", "report_text",
)  # fmt: skip
DOWNSTREAM = ("turnaround", "over_reading")


def _claims(facts: Facts, finding: str) -> list[Block]:
    judged = [
        v
        for v in facts.verdicts
        if v.finding == finding and v.monitor == "performance" and not v.by
    ]
    return [
        Paragraph(text=f"{v.sentence} Verdict: {tables.words(v.answer)}. Rule: {v.rule}.")
        for v in judged
    ]


def _safety(facts: Facts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for finding in facts.view.findings:
        missed = facts.measured[finding]["counts"]["fn"]
        blocks.append(
            Paragraph(
                text=f"{tables.words(finding).capitalize()}: {missed:,} verified cases were missed by the algorithm. Under "
                "MDCG 2023-3 a missed finding can be an indirect harm; each is to be assessed as a candidate incident. "
                "The register of this version records no incident assessments, so their result is not stated here."
            )
        )
    harmed = sum(int(row["harmed"]) for row in facts.investigations)
    blocks.append(
        Paragraph(text=f"{harmed:,} investigations of these patients are recorded with harm.")
    )
    if facts.harmed:
        blocks.append(
            Table(
                key="harmed",
                caption="Investigations recorded with harm",
                columns=(
                    tables.text("day", "Day (UTC)"), tables.text("kind", "Kind"), tables.text("harm", "Harm"),
                    tables.text("trigger", "Asked for by"), tables.text("result", "Result"),
                ),
                rows=tuple(
                    (h["day"], *(tables.words(h[k]) for k in ("kind", "harm", "trigger", "result")))
                    for h in facts.harmed
                ),
            )
        )  # fmt: skip
    return tuple(blocks)


def _off_label(facts: Facts) -> tuple[Block, ...]:
    blocks = passages.outside_the_indication(facts)
    blocks.append(
        Paragraph(
            text="Studies outside the indication are counted here and enter no estimate of performance (MDR Annex XIV B 5)."
        )
    )
    return tuple(blocks)


def _drift(facts: Facts) -> Section:
    if not facts.verdicts:
        return Section(
            number="7", title="Monitors and their disposition", status=Status.NONE_IDENTIFIED,
            justification="No cycle of the monitors lies before the data cut.",
        )  # fmt: skip
    rang = [v for v in facts.verdicts if v.answer in ("breached", "shifted", "broken")]
    return Section(
        number="7",
        title="Monitors and their disposition",
        blocks=(
            Paragraph(text=f"{len(facts.verdicts)} questions were asked; {len(rang)} of the answers call for action. "
                      "Dispositions are not recorded in this version."),
            tables.verdicts(facts),
        ),
    )  # fmt: skip


def _oversight(facts: Facts) -> Section:
    people = facts.view.entry.oversight
    actions = facts.cases[facts.cases["user_action"].notna()]
    blocks: list[Block] = [
        tables.pairs(
            "oversight", "Named oversight", ((tables.words(r), p) for r, p in people.items())
        )
    ]
    if len(actions):
        blocks.append(_reader_actions(actions))
    blocks += passages.analysed(facts, ("reading",))
    decided = signed.operating_points(facts)
    blocks += decided
    if not people and not len(actions) and not decided:
        return Section(
            number="8", title="Human oversight and usability", status=Status.NONE_IDENTIFIED,
            justification="The register names no oversight and no reader action was reported.",
        )  # fmt: skip
    return Section(number="8", title="Human oversight and usability", blocks=tuple(blocks))


def _reader_actions(cases: pd.DataFrame) -> Table:
    failed = (cases["scope"] == "in") & ~cases["call"].isin(RAN)
    counted = pd.crosstab(cases["user_action"], cases["scope"].mask(failed, "failed"))
    scopes = ("in", "failed", "out", "undeterminable")
    return Table(
        key="user_actions",
        caption="What readers did with the output, by whether the study was in scope",
        columns=(
            tables.text("action", "Action"), tables.number("in_scope", "In scope", "In scope, with an output"),
            tables.number("failed", "Failed", "In scope, but the algorithm failed"),
            tables.number("out_of_scope", "Out of scope"), tables.number("undeterminable", "Undeterminable"),
        ),
        rows=tuple(
            (tables.words(str(action)), *(int(row.get(scope, 0)) for scope in scopes))
            for action, row in counted.iterrows()
        ),
    )  # fmt: skip


def _downstream(facts: Facts) -> Section:
    analysed = passages.analysed(facts, DOWNSTREAM)
    if not facts.investigations and not analysed:
        return Section(
            number="9", title="Workflow and downstream effects", status=Status.NONE_IDENTIFIED,
            justification="No investigations of these patients were reported for the period.",
        )  # fmt: skip
    if not facts.investigations:
        return Section(number="9", title="Workflow and downstream effects", blocks=tuple(analysed))
    table = Table(
        key="investigations",
        caption="Investigations of these patients in the period",
        columns=(tables.text("kind", "Kind"), tables.text("trigger", "Asked for by"), tables.text("result", "Result"),
                 tables.number("n", "Investigations"), tables.number("harmed", "With harm")),
        rows=tuple((*(tables.words(r[k]) for k in ("kind", "trigger", "result")), int(r["n"]), int(r["harmed"])) for r in facts.investigations),
    )  # fmt: skip
    return Section(number="9", title="Workflow and downstream effects", blocks=(table, *analysed))


def _changes(facts: Facts) -> Section:
    return Section(number="10", title="Changes", blocks=passages.changes(facts))


def _limitations(facts: Facts) -> tuple[Block, ...]:
    said = [
        "Only verified cases enter sensitivity and specificity; who was verified is stated in section 3 and the "
        "correction, where one can be made, in section 4.",
        "Incident assessments, dispositions of alerts, training records and signatures are not kept by this version.",
        "Subgroups with few cases have wide intervals; a missing difference there is not evidence of equality.",
    ]
    said += [
        f"{tables.words(finding).capitalize()}: {measured['reason']}"
        for finding, measured in facts.measured.items()
        if measured["reason"]
    ]
    return tuple(Paragraph(text=text) for text in said)
