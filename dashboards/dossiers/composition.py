"""From facts to a document: cover, summary and the sections of its kind."""

import hashlib
import json
from types import ModuleType
from typing import Any

from dashboards.dossiers import annual_scope_review, pmcf_evidence_pack
from dashboards.dossiers.content import Dossier
from dashboards.dossiers.facts import Facts
from dashboards.dossiers.passages import calls_for_action
from dashboards.dossiers.tables import words
from surveillance.identifiability import how_it_stands

KINDS: dict[str, ModuleType] = {
    module.KIND: module for module in (pmcf_evidence_pack, annual_scope_review)
}
_SHORT = {"pmcf-evidence-pack": "PMCF", "annual-scope-review": "SCOPE"}


def compose(kind: str, facts: Facts, *, software: str) -> Dossier:
    """The document of a kind over some facts."""
    module = KINDS[kind]
    return Dossier(
        id=identifier(kind, request(kind, facts)),
        kind=kind,
        title=module.TITLE,
        subtitle=f"{facts.algorithm.name} {facts.view.version} at {facts.site.name}",
        whose=module.WHOSE,
        basis=module.BASIS,
        deployment=facts.view.key,
        period_from=facts.first.isoformat(),
        period_to=facts.last.isoformat(),
        as_of=facts.as_of.isoformat(),
        software=software,
        origin={"real": "real", "simulated": "simulated, not real patients"}.get(
            facts.origin, facts.origin
        ),
        state="draft",
        confidentiality="confidential",
        summary=_summary(facts),
        key_figures=_key_figures(facts),
        sections=module.sections(facts),
        signatures=module.SIGNATURES,
    )


def request(kind: str, facts: Facts) -> dict[str, Any]:
    """What a dossier was asked for; deriving it again needs nothing else."""
    return {
        "kind": kind,
        "deployment": facts.view.key,
        "from": facts.first.isoformat(),
        "to": facts.last.isoformat(),
        "as_of": facts.as_of.isoformat(),
    }


def identifier(kind: str, asked: dict[str, Any]) -> str:
    """An identifier that is the same for the same request."""
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    return f"{_SHORT[kind]}-{asked['deployment']}-{asked['to']}-{digest}"


def _summary(facts: Facts) -> tuple[str, ...]:
    said = []
    for finding in facts.view.findings:
        measured = facts.measured[finding]
        steps = measured["flow"]
        said.append(
            f"{words(finding).capitalize()}: {steps['received']:,} studies were received, {steps['in_scope']:,} lay within "
            f"the cleared indication, {steps['processed']:,} were processed and {steps['verified']:,} are verified."
        )
        said += [
            v.sentence
            for v in facts.verdicts
            if v.finding == finding and v.monitor == "performance" and not v.by
        ]
        said.append(measured["reason"] or measured["corrected"]["assumption"])
        said += [f"Calls for action: {told}" for told in calls_for_action(facts, finding)]
    rang = [v for v in facts.verdicts if v.answer in ("breached", "shifted", "broken")]
    said.append(
        f"{len(rang)} of {len(facts.verdicts)} monitor questions {'calls' if len(rang) == 1 else 'call'} for action."
    )
    if facts.origin != "real":
        said.append("All cases are simulated; nothing here is about a real product.")
    return tuple(said)


def _key_figures(facts: Facts) -> tuple[tuple[str, str, str], ...]:
    rows = []
    for finding in facts.view.findings:
        measured = facts.measured[finding]
        for metric in ("sensitivity", "specificity"):
            stands = how_it_stands(measured, metric)
            kind = "raw" if stands.startswith("corrected") else stands
            about = f"{metric.capitalize()}, {words(finding)}{f' ({kind})' if kind else ''}"
            rows.append(_row(about, measured["performance"][metric]))
            if measured["corrected"]:
                rows.append(
                    _row(
                        f"{metric.capitalize()} corrected, {words(finding)}",
                        measured["corrected"][metric],
                    )
                )
        rows.append(
            _row(
                f"Kappa with reports (agreement), {words(finding)}", measured["agreement"]["kappa"]
            )
        )
    return tuple(rows)


def _row(name: str, figure: dict[str, Any]) -> tuple[str, str, str]:
    if figure["estimate"] is None:
        return name, "not estimable", figure.get("reason", "")
    limits = (
        f"{figure['lower']:.3f} to {figure['upper']:.3f}, " if figure["lower"] is not None else ""
    )
    return name, f"{figure['estimate']:.3f}", f"{limits}n = {int(figure['n']):,}"
