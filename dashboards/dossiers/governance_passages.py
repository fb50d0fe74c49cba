"""Tables of people, versions, decisions and logs: what an annual review asks beyond the cases."""

from datetime import date, timedelta

from dashboards.dossiers.content import Block, Paragraph, Table
from dashboards.dossiers.facts import Facts
from dashboards.dossiers.tables import number, text, words
from register.change_plan import ground_of
from register.training import LITERACY

SIX_MONTHS = timedelta(days=184)
"""How long logs are kept at least: AI Act, Article 26(6)."""


def versions(facts: Facts) -> Table:
    """Every released version the register knows, and which one runs."""
    return Table(
        key="versions",
        caption="Versions of the product in the register",
        columns=(
            text("version", "Version"), text("udi_di", "UDI-DI"), text("udi_pi", "UDI-PI"), text("released", "Released"),
            text("digest", "Image digest"), text("installed", "Here"),
        ),
        rows=tuple(
            (v.version, v.udi_di or "not recorded", v.udi_pi or "not recorded", str(v.released or "not recorded"),
             v.digest or "not recorded", "installed" if v.version == facts.view.version else "not installed")
            for v in facts.governance.versions
        ),
    )  # fmt: skip


def states(facts: Facts) -> list[Block]:
    """The changes of state that were decided up to the data cut; a sentence where there is none."""
    if not facts.governance.changes:
        return [
            Paragraph(
                text="No change of state was decided here: the deployment is taken over as its entry states it."
            )
        ]
    return [
        Table(
            key="states",
            caption="Changes of state, each with the signature that decided it",
            columns=(
                number("decision", "Decision"), text("effective_from", "From"), text("from_state", "State before"),
                text("to_state", "State since"), text("evidence", "Rests on", wide=2), text("signature", "Signed", wide=2),
            ),
            rows=tuple(
                (row.id, str(row.effective_from), words(row.from_state), words(row.to_state), row.evidence or "not stated",
                 f"{signed.name}, {signed.signed_at:%Y-%m-%d}: {signed.meaning}. {signed.reason}")
                for row, signed in facts.governance.changes
            ),
        )
    ]  # fmt: skip


def use_by_protocol(facts: Facts) -> Table:
    """Observed use by modality and protocol: the drill-down of the matrix."""
    cases = facts.cases[["finding", "study_instance_uid", "protocol_name", "scope"]].copy()
    cases["modality"] = cases["study_instance_uid"].map(facts.governance.modalities)
    keys = ["finding", "modality", "protocol_name", "scope"]
    counts: dict[tuple[str, ...], dict[str, int]] = {}
    for *key, scope, n in (
        cases[keys]
        .fillna("not recorded")
        .groupby(keys)
        .size()
        .reset_index()
        .itertuples(index=False, name=None)
    ):
        cell = counts.setdefault(tuple(key), {"in": 0, "out": 0, "undeterminable": 0})
        cell[scope] += int(n)
    return Table(
        key="use_by_protocol",
        caption="The same use by modality and protocol",
        columns=(
            text("finding", "Finding"), text("modality", "Modality"), text("protocol", "Protocol"),
            number("in_scope", "In scope"), number("out_of_scope", "Out of scope"),
            number("undeterminable", "Undeterminable"),
        ),
        rows=tuple(
            (words(finding), *rest, n["in"], n["out"], n["undeterminable"])
            for (finding, *rest), n in sorted(counts.items())
        ),
    )  # fmt: skip


def training(facts: Facts) -> list[Block]:
    """Who is named, and what training of theirs on this version counts at the data cut."""
    people = facts.view.entry.oversight
    on, version = facts.as_of.date(), facts.view.version
    subjects = (facts.view.algorithm, LITERACY)
    rows = []
    for role, person in people.items():
        for subject in subjects:
            held = [
                t
                for t in facts.governance.trainings
                if t.person == person and t.counts(subject, version, on)
            ]
            last = max(held, key=lambda t: t.completed_on, default=None)
            rows.append(
                (words(role), person, words(subject), str(last.completed_on) if last else "none on file that counts",
                 (str(last.expires_on) if last.expires_on else "without end") if last else "", last.source if last else "")
            )  # fmt: skip
    if not rows:
        return [Paragraph(text="Nobody is named for oversight in the register.", strong=True)]
    lacking = sorted(
        {row[1] for row in rows if row[2] == words(subjects[0]) and row[3].startswith("none")}
    )
    return [
        Table(
            key="training",
            caption=f"Named oversight and its training on version {version}, as on file at the data cut",
            columns=(
                text("role", "Role"), text("person", "Person"), text("subject", "Training on"), text("completed", "Completed"),
                text("counts_until", "Counts until"), text("source", "Source", wide=1),
            ),
            rows=tuple(rows),
        ),
        Paragraph(
            text=f"Without a current training on this version: {', '.join(lacking)}."
            if lacking
            else "Everybody named is trained on this version.",
            strong=bool(lacking),
        ),
    ]  # fmt: skip


def harm_and_overdue(facts: Facts) -> list[Block]:
    """What the record holds of harm, of promises that are overdue and of tasks left open; and what it does not."""
    blocks: list[Block] = [
        Paragraph(
            text="Incident reports to authorities are not kept in this register. The answer of the person who completes the review "
            "stands under this section and is signed with it."
        ),
        *_notices(facts),
        Paragraph(
            text=f"{len(facts.harmed)} of the investigations in the period are recorded with harm to the patient."
        ),
    ]
    if facts.harmed:
        blocks.append(
            Table(
                key="harm",
                caption="Investigations with harm",
                columns=(
                    text("day", "Day"), text("kind", "Investigation"), text("harm", "Harm"), text("trigger", "Called for by"),
                    text("result", "Result"),
                ),
                rows=tuple(
                    tuple(words(h[name]) for name in ("day", "kind", "harm", "trigger", "result")) for h in facts.harmed
                ),
            )
        )  # fmt: skip
    cut = facts.as_of.date()
    overdue = [c for c in facts.commitments if c.next is not None and c.next < cut]
    blocks.append(
        Paragraph(
            text=f"{len(overdue)} of {len(facts.commitments)} promises of the manufacturer on record are overdue"
            + (": " + "; ".join(f"{words(c.kind)}, {c.next} ({c.source})" for c in overdue) if overdue else "")
            + "."
        )
    )  # fmt: skip
    blocks.append(
        Table(
            key="open_tasks",
            caption="Tasks open at the data cut",
            columns=(number("task", "Task"), text("kind", "Kind"), text("opened", "Opened"), text("cause", "Cause", wide=1)),
            rows=tuple(
                (task.id, words(task.kind), f"{task.opened_at:%Y-%m-%d}", words(task.cause)) for task in facts.governance.open_tasks
            ),
        )
        if facts.governance.open_tasks
        else Paragraph(text="No task was open at the data cut.")
    )  # fmt: skip
    return blocks


def _notices(facts: Facts) -> list[Block]:
    if not facts.governance.notices:
        return [Paragraph(text="No field safety notice on this algorithm is on file.")]
    return [
        Table(
            key="safety_notices",
            caption="Field safety notices on this algorithm, as on file at the data cut",
            columns=(
                text("reference", "Reference"), text("issued", "Issued"), text("versions", "Versions"), text("summary", "What is wrong", wide=2),
                text("action", "What is asked for", wide=2), text("acknowledged", "Acknowledged", wide=2),
            ),
            rows=tuple(
                (n.reference, str(n.issued), ", ".join(n.versions) or "all", n.summary, n.action,
                 f"{signed.name}, {signed.signed_at:%Y-%m-%d}: {signed.reason}" if signed else f"open, due {n.respond_by}")
                for n, signed in facts.governance.notices
            ),
        )
    ]  # fmt: skip


def grounds(facts: Facts) -> Block:
    """On what ground each later release may differ from what was cleared, matched with the change plans on record."""
    released = sorted(facts.governance.versions, key=lambda v: (v.released or date.min, v.version))
    if len(released) < 2:
        return Paragraph(text="No later release of the product is on record.")
    return Table(
        key="grounds",
        caption="Later releases and the predetermined changes of the clearance",
        columns=(text("version", "Version"), text("planned", "Covered by a change plan"), text("ground", "Ground", wide=4)),
        rows=tuple(
            (version.version, "yes" if ground.planned else "no", ground.sentence)
            for version in released[1:]
            for ground in [ground_of(version, facts.clearances)]
        ),
    )  # fmt: skip


def companions(facts: Facts) -> list[Block]:
    """Other deployments with output on the same studies, as counted from the evidence."""
    if not facts.governance.companions:
        return [
            Paragraph(
                text="No other deployment of this register gave an output on the same studies in the period. Systems that are not "
                "in the register are not seen."
            )
        ]
    return [
        Table(
            key="companions",
            caption="Other deployments with output on the same studies in the period",
            columns=(text("deployment", "Deployment"), number("studies", "Studies in common")),
            rows=tuple(facts.governance.companions),
        ),
        Paragraph(text="Whether one output was read by another system is not recorded."),
    ]


def logs(facts: Facts) -> list[Block]:
    """How far the logs reach back, whether that is the six months of the law, and what the gate decided."""
    first, last, n = facts.governance.logged
    reach = facts.as_of.date() - first
    enough = (
        "Outputs of more than six months ago are on record, as Article 26(6) of the AI Act asks."
        if reach >= SIX_MONTHS
        else "They do not yet reach back six months, the least that Article 26(6) of the AI Act asks to be kept."
    )
    gate = ", ".join(f"{words(scope)} {count:,}" for scope, count in facts.governance.gate)
    return [
        Paragraph(
            text=f"{n:,} outputs are on record, from {first} to {last}. {enough} Nothing is deleted: evidence is append-only and "
            "a correction stands beside what it corrects."
        ),
        Paragraph(
            text=f"Decisions of the scope gate in the period, each signed and kept: {gate}."
            if gate
            else "The scope gate was not asked in the period."
        ),
        Paragraph(
            text="The audit trail is hash-chained; whether it is whole is checked with catamnesis audit verify."
        ),
    ]


def reviewed(facts: Facts) -> list[Block]:
    """The reviews that were approved before, with both signatures."""
    if not facts.governance.reviewed:
        return [Paragraph(text="No earlier scope review is on record.")]
    return [
        Table(
            key="reviews",
            caption="Earlier scope reviews",
            columns=(
                number("review", "Review"), text("to", "Covers to"), text("decision", "Decision"), text("conditions", "Conditions", wide=1),
                text("next", "Next"), text("signatures", "Signed", wide=2),
            ),
            rows=tuple(
                (done.said.review, str(done.said.period_to), done.said.decision, done.said.conditions or "none", str(done.said.next_review),
                 "; ".join(f"{s.name}, {s.signed_at:%Y-%m-%d}: {s.meaning}" for s in done.signatures))
                for done in facts.governance.reviewed
            ),
        )
    ]  # fmt: skip
