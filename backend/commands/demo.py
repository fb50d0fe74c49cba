"""`catamnesis demo`: the whole chain on real and simulated evidence, from an empty folder to pages."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any

import typer

from backend.commands.telling import AsJson, counted, short, tell_json, tell_table

BY = "demo"
SEED = 2026
DOSSIERS_OF = "ctbrain-north-ed"
DICOM_JUDGED_BY = ("ctbrain-north-ed", "chest-films", "ptx-north-xr")
ACCOUNT, LEAD = "demo", "demo-lead"
PEOPLE = {
    ACCOUNT: ("Demonstration", "compliance_officer"),
    LEAD: ("Demonstration Lead", "clinical_lead"),
}
VALIDATION = {
    "key": "nodule-south-local",
    "deployment": "nodule-south",
    "population": "Consecutive chest CT of adults at South Clinic, in shadow mode",
    "use_mode": "shadow",
    "prevalence": 0.5,
    "minimum_positives": 60,
    "criteria": [
        {"metric": "sensitivity", "claim": 0.90, "margin": 0.06},
        {"metric": "specificity", "claim": 0.88, "margin": 0.06},
    ],
}
"""A local validation with a verdict for each of three scanners; it waits for a signature."""


def demo(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of published data sets; docs/how-to/real-data.md lists them."),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages at the end.")
    ] = True,
    port: Annotated[int | None, typer.Option(help="Port of the pages; refused if in use.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set up, import, judge, measure, write two dossiers and serve the pages. Safe to repeat.

    Example: catamnesis demo --data ./published-data
    """
    from backend.database import database

    told: dict[str, Any] = {}
    with database() as url:
        sources = _sources(data)
        told["register"] = _register(url, sources)
        told["evidence"] = _evidence(url, sources, data)
        told["scope"] = _scope(url, data)
        told["cycle"] = _cycle(url)
        told["validation"] = _validation(url)
        told["figures"] = _figures(url)
        told["truth"] = _truth(url, told)
        told["dossiers"] = _dossiers(url)
        passwords = _accounts(url)
        _taken_over(url)
        tell_json(told) if as_json else _tell(told)
        _tell_accounts(passwords, err=as_json)
        if serve:
            from backend.web.serving import serve_pages

            serve_pages(url, port=port)


def _step(text: str) -> None:
    typer.echo(f"· {text}", err=True)


def _sources(data: Path | None) -> list[Any]:
    from demo.sources import SOURCES
    from register.refusal import Refusal

    if data is not None and not data.is_dir():
        raise Refusal(
            f"{data} is not a folder; DATA names one with published data sets, or is left out."
        )
    chosen = []
    for source in SOURCES:
        if not source.needs or (data is not None and (data / source.needs).is_dir()):
            chosen.append(source)
        elif data is not None:
            _step(f"{source.title}: left out, {data / source.needs} is not there")
    return chosen


def _anchor() -> date:
    """The last simulated day: yesterday at the first run, and the same ever after."""
    from backend.clock import now
    from backend.settings import settings

    path = settings().home / "demo" / "anchor"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text((now().date() - timedelta(days=1)).isoformat())
        draft.rename(path)
    return date.fromisoformat(path.read_text())


def _register(url: str, sources: Sequence[Any]) -> list[dict[str, Any]]:
    from backend.clock import now
    from backend.database import unit_of_work
    from demo.sources import REGISTER
    from register import catalogue

    _step("Register entries")
    names = dict.fromkeys(name for source in sources for name in source.register)
    done = []
    with unit_of_work(url, by=BY) as session:
        for name in names:
            counted = catalogue.record(session, catalogue.read(REGISTER / name), by=BY, at=now())
            done.append(
                {
                    "entry": name,
                    "added": counted.added,
                    "revised": counted.revised,
                    "unchanged": counted.unchanged,
                }
            )
    return done


def _evidence(url: str, sources: Sequence[Any], data: Path | None) -> list[dict[str, Any]]:
    from tempfile import TemporaryDirectory

    from backend.intake import take
    from demo.put_in import truth_beside

    done = []
    for source in sources:
        _step(f"Evidence: {source.title} ({source.origin})")
        with TemporaryDirectory(prefix="catamnesis-") as folder:
            batch_folder = Path(folder) / source.key
            batch_folder.mkdir()
            source.write(batch_folder, data, _anchor(), SEED)
            taken = take(url, batch_folder, by=BY).as_json()
            done.append(taken | {"truth": truth_beside(batch_folder)})
    return done


def _scope(url: str, data: Path | None) -> list[dict[str, Any]]:
    """DICOM files judged by three scopes, and every stored study by the scope of its site's deployments."""
    from backend.clock import now
    from backend.database import raw, unit_of_work
    from demo.adapters.dicom_files import files
    from surveillance.eligibility import check_study, dry_run
    from surveillance.intake.dicom import DicomNotReadable, attributes
    from surveillance.view import views

    _step("Scope: DICOM files, and every stored study")
    today, found = now().date(), []
    with unit_of_work(url, by=BY) as session:
        known = views(session)
        stored = [
            {"deployment": view.key, "over": "stored studies of its site", "scope": scope, "attribute": attribute,
             "studies": n}
            for view in known
            for scope, attribute, n in dry_run(raw(session), view, day=today)
        ]  # fmt: skip
    for path in files(data):
        try:
            said = attributes(path)
        except DicomNotReadable as wrong:
            found.append(
                {"file": path.name, "deployment": "", "scope": "unreadable", "sentence": str(wrong)}
            )
            continue
        for view in (v for v in known if v.key in DICOM_JUDGED_BY):
            decision = check_study(view, said, day=today)[0].label
            found.append(
                {"file": path.name, "deployment": view.key, "scope": str(decision.scope),
                 "attribute": decision.attribute, "sentence": decision.sentence()}
            )  # fmt: skip
    return stored + found


def _cycle(url: str) -> dict[str, Any]:
    from backend.clock import now
    from backend.database import raw, unit_of_work
    from surveillance import cycle

    _step("Cycle: link, resolve, tally, monitor, signal")
    with unit_of_work(url, by=BY) as session:
        done = cycle.run(
            session, raw(session), as_of=now(), progress=lambda text: _step(f"  {text}")
        )
    return {"judged": done.judged, "verdicts": done.verdicts, "signals_opened": done.signals_opened}


def _figures(url: str) -> list[dict[str, Any]]:
    from backend.database import unit_of_work
    from surveillance.measurement import latest_measurement
    from surveillance.view import views

    with unit_of_work(url, by=BY) as session:
        found = [
            latest_measurement(session, view.key, finding)
            for view in views(session)
            for finding in view.findings
        ]
        return [{**m.content, "strata": []} for m in found if m is not None]


def _truth(url: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """What was put into the simulated evidence, beside what came out."""
    from backend.database import unit_of_work
    from demo.put_in import put_in
    from surveillance.measurement import latest_analyses

    simulated = next(b["truth"] for b in told["evidence"] if b["truth"])
    figures = {(f["deployment"], f["finding"]): f for f in told["figures"]}
    with unit_of_work(url, by=BY) as session:
        return [
            one.beside(
                figures[one.deployment, one.finding]
                | {
                    k: a.content
                    for k, a in latest_analyses(session, one.deployment, one.finding).items()
                }
            )
            for one in put_in(simulated)
        ]


def _dossiers(url: str) -> list[dict[str, str]]:
    from backend.documents import KINDS, build, filed

    done = []
    for kind in KINDS:
        found = next(
            (d for d in filed(url) if d.kind == kind and d.deployment == DOSSIERS_OF), None
        )
        if found is None:
            _step(f"Dossier: {kind} of {DOSSIERS_OF}")
            found = build(url, kind, DOSSIERS_OF, by=BY)
        done.append({"id": found.id, "kind": found.kind, "folder": found.folder})
    return done


def _validation(url: str) -> dict[str, Any]:
    """The local validation of the nodule detector, fixed and run once."""
    from backend.clock import now
    from backend.database import raw, unit_of_work
    from register.signature import Signer
    from surveillance.validation import run as validation
    from surveillance.validation.kept import ValidationPlan, runs
    from surveillance.validation.plan import PlanForm, fix

    period = {"from": _anchor() - timedelta(days=364), "to": _anchor()}
    with unit_of_work(url, by=LEAD) as session:
        plan = session.get(ValidationPlan, VALIDATION["key"])
        if plan is None:
            _step("Local validation of nodule-south, per scanner")
            lead = Signer(key=LEAD, name=LEAD, role="clinical_lead")
            plan = fix(session, PlanForm.model_validate(VALIDATION | period), author=lead, at=now())
            validation.run(session, raw(session), plan, by=LEAD, as_of=now())
        return {"key": plan.key, "verdict": runs(session, plan.key)[-1].content["verdict"]}


def _accounts(url: str) -> dict[str, str | None]:
    from backend.access import give_account
    from backend.clock import now
    from backend.database import unit_of_work

    with unit_of_work(url, by=BY) as session:
        return {
            key: give_account(session, key=key, name=name, role=role, at=now())
            for key, (name, role) in PEOPLE.items()
        }


def _taken_over(url: str) -> None:
    """Both accounts confirm what ran before the register began."""
    from backend.clock import now
    from backend.database import unit_of_work
    from register.deployment import Deployment
    from register.revision import as_known
    from register.signature import Signer
    from surveillance.taking_over import awaits, confirm

    for key, (name, role) in PEOPLE.items():
        with unit_of_work(url, by=key) as session:
            for entry in as_known(session, Deployment):
                if awaits(session, entry, now().date()):
                    confirm(session, entry.key, signer=Signer(key=key, name=name, role=role), reason="It ran before this register began.", at=now())  # fmt: skip


def _tell_accounts(passwords: dict[str, str | None], *, err: bool) -> None:
    typer.echo("", err=err)
    for key, password in passwords.items():
        role = PEOPLE[key][1].replace("_", " ")
        if password:
            typer.echo(
                f"Sign in as '{key}' ({role}) with the password {password} (shown this once)."
            )
        else:
            typer.echo(
                f"Sign in as '{key}' ({role}). Password lost? catamnesis account renew {key}",
                err=err,
            )


def _tell(told: dict[str, Any]) -> None:
    tell_table(
        "Evidence: read = accepted + unchanged + corrected + quarantined",
        ("source", "origin", "file", "read", "accepted", "unchanged", "corrected", "quarantined"),
        [
            (batch["source"], batch["origin"], name, *counts.values())
            for batch in told["evidence"]
            for name, counts in batch["files"].items()
        ],
    )
    for batch in told["evidence"]:
        if batch["quarantined"]:
            first = batch["quarantined"][0]
            more = len(batch["quarantined"]) - 1
            where = f", column {first['column']}" if first["column"] else ""
            typer.echo(f"{first['file']}, line {first['line']}{where}: {first['reason']}"
                       + (f" (and {more} more)" if more else ""))  # fmt: skip
    _tell_scope(told["scope"])
    tell_table(
        "Performance against what turned out to be true: estimate (95 % interval) n",
        ("deployment", "finding", "in scope", "verified", "sensitivity", "specificity", "sens. corrected", "spec. corrected"),
        [
            (f["deployment"], f["finding"], f["flow"]["in_scope"], f["flow"]["verified"],
             *(short(f["performance"][m]) for m in ("sensitivity", "specificity")),
             *(short(f["corrected"][m]) if f["corrected"] else _uncorrected(f["reason"])
               for m in ("sensitivity", "specificity")))
            for f in told["figures"]
        ],
    )  # fmt: skip
    tell_table(
        "Simulated evidence: what was put in, and what came out (95 % interval) n",
        ("deployment", "of", "put in", "came out", "held"),
        [
            (t["deployment"], t["what"], f"{t['put_in']:.3f}", short(t["came_out"]), "yes" if t["held"] else "NO")
            for t in told["truth"]
        ],
    )  # fmt: skip
    tell_table(
        "Agreement with the reports (not accuracy)",
        ("deployment", "finding", "kappa"),
        [(f["deployment"], f["finding"], short(f["agreement"]["kappa"])) for f in told["figures"]],
    )
    cycle = told["cycle"]
    typer.echo(
        f"{counted(cycle['verdicts'], 'verdict')} given, {counted(cycle['signals_opened'], 'new signal')}."
    )
    validation = told["validation"]
    typer.echo(
        f"Local validation {validation['key']}: {validation['verdict'].replace('_', ' ')} "
        "(demo may sign it off on its page)."
    )
    for dossier in told["dossiers"]:
        typer.echo(f"Dossier {dossier['id']}: {dossier['folder']}")


def _uncorrected(reason: str) -> str:
    """Why a figure is not corrected, in the first words of the reason."""
    return shorten(re.split("[:;.]", reason)[0], width=60, placeholder=" …").lower()


def _tell_scope(decisions: Sequence[dict[str, Any]]) -> None:
    from collections import Counter

    counted: Counter[tuple[str, str, str, str]] = Counter()
    for said in decisions:
        over = said.get("over", "DICOM files")
        key = (said["deployment"] or "any", over, said["scope"], said.get("attribute", ""))
        counted[key] += said.get("studies", 1)
    tell_table(
        "Scope: in, out or undeterminable, and the attribute that decided",
        ("deployment", "judged", "scope", "decided by", "studies"),
        [(*key, n) for key, n in sorted(counted.items(), key=lambda pair: (pair[0][:2], -pair[1]))],
    )
