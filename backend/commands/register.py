"""`catamnesis register`: algorithms, clearances, indications and deployments."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, KnownAsOf, tell_json, tell_table, whoami

app = typer.Typer(help="Import, export, list and show register entries.", no_args_is_help=True)


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="Entries (YAML), an inventory (CSV) or the FDA's list.", exists=True),
    ],
    as_json: AsJson = False,
) -> None:
    """Record register entries. Example: catamnesis register import ctbrain.yaml"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register import catalogue, fda_list, inventory
    from register.entering import refuse_what_two_decide
    from register.task import open_once
    from surveillance.taking_over import unconfirmed

    done, snapshots, taken_over = [], [], []
    with database() as url, unit_of_work(url, by=whoami()) as session:
        for path in files:
            if path.suffix.lower() == ".csv" and fda_list.is_fda_list(path):
                rows = fda_list.read(path)
                snapshots.append((path.name, fda_list.record(session, rows, by=whoami(), at=now())))
                continue
            forms = (
                [inventory.completed(session, stated) for stated in inventory.read(path)]
                if path.suffix.lower() == ".csv"
                else [catalogue.read(path)]
            )
            for form in forms:
                at = now()
                counted = catalogue.record(session, form, by=whoami(), at=at)
                refuse_what_two_decide(session, form.algorithm.key if form.algorithm else None, at)
                entry = form.algorithm.key if form.algorithm else "sites"
                done.append((path.name, entry, counted.added, counted.revised, counted.unchanged))
        today = now().date()
        for called in unconfirmed(session, today):
            open_once(session, called, at=now())
            taken_over.append(called.sentence)
    if as_json:
        heads = ("file", "entry", "added", "revised", "unchanged")
        tell_json(
            [dict(zip(heads, row, strict=True)) for row in done]
            + [{"file": name, **asdict(taken)} for name, taken in snapshots]
        )
        return
    if done:
        tell_table("Register entries", ("file", "entry", "added", "revised", "unchanged"), done)
    for sentence in taken_over:
        typer.echo(sentence, err=True)
    for name, taken in snapshots:
        typer.echo(
            f"{name}: the FDA's list to {taken.until}: {len(taken.added):,} devices added, {len(taken.revised):,} said "
            f"otherwise than before, {len(taken.gone):,} no longer on it, {taken.unchanged:,} as they were."
        )
        for word, numbers in (("said otherwise", taken.revised), ("no longer on it", taken.gone)):
            if numbers:
                typer.echo(f"  {word}: {', '.join(numbers)}")


@app.command()
def fda(
    text: Annotated[str, typer.Argument(help="Part of a number, device, company or product code.")],
    as_json: AsJson = False,
) -> None:
    """Find devices on the FDA's list as last imported. Example: catamnesis register fda QAS"""
    from backend.database import database, unit_of_work
    from register.fda_list import find

    with database() as url, unit_of_work(url, by=whoami()) as session:
        found = [{"number": one.key, **one.facts()} for one in find(session, text)]
    for one in found:
        one.pop("effective_from")
    if as_json:
        tell_json(found)
        return
    tell_table(
        "On the FDA's list, which lags: what is not on it may be cleared all the same",
        ("number", "decided", "device", "company", "code", "listed"),
        [
            (d["number"], d["decided"], d["device"], d["company"], d["product_code"], "yes" if d["listed"] else "no more")
            for d in found
        ],
    )  # fmt: skip


@app.command()
def draft(
    number: Annotated[str, typer.Argument(help="Submission number on the FDA's list.")],
) -> None:
    """Print the beginning of an entry for a listed device. Example: catamnesis register draft K251406"""
    from backend.database import database, unit_of_work
    from register.fda_list import drafted

    with database() as url, unit_of_work(url, by=whoami()) as session:
        typer.echo(drafted(session, number), nl=False)


@app.command()
def table(as_of: KnownAsOf = None) -> None:
    """Print every algorithm as a table (CSV) that `import` takes. Example: catamnesis register table > register.csv"""
    from backend.database import database, unit_of_work
    from register import inventory

    with database() as url, unit_of_work(url, by=whoami()) as session:
        typer.echo(inventory.export(session, as_of), nl=False)


@app.command("exit-pack")
def exit_pack(
    algorithm: str,
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Write everything on record about an algorithm to a folder, to keep after the supplier has gone.

    Example: catamnesis register exit-pack ctbrain-triage exit-ctbrain
    """
    from backend import exit_pack
    from backend.database import database

    with database() as url:
        pack = exit_pack.write(url, algorithm, folder, by=whoami())
    if as_json:
        tell_json({"folder": str(pack.folder), "rows": pack.rows, "dossiers": pack.dossiers})
        return
    tell_table(f"{pack.folder}: rows by table", ("table", "rows"), sorted(pack.rows.items()))
    typer.echo(
        f"{pack.dossiers} dossiers beside them. Check it anywhere: catamnesis dossier verify {pack.folder}"
    )


@app.command()
def export(algorithm: str, as_of: KnownAsOf = None, as_json: AsJson = False) -> None:
    """Print an entry in the form `import` takes. Example: catamnesis register export ctbrain-triage"""
    _tell_entry(algorithm, as_of, as_json=as_json)


@app.command()
def diff(
    algorithm: str,
    since: Annotated[datetime, typer.Option("--from", help="The earlier moment.")],
    to: Annotated[datetime | None, typer.Option(help="The later moment; now if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """What changed between two dates, field by field. Example: catamnesis register diff ctbrain-triage --from 2026-01-01"""
    from datetime import UTC

    from backend.clock import now
    from backend.database import database, unit_of_work
    from register.difference import difference

    before, after = since.astimezone(UTC), to.astimezone(UTC) if to else now()
    with database() as url, unit_of_work(url, by=whoami()) as session:
        found = difference(session, algorithm, before, after)
    if as_json:
        tell_json([one.as_json() for one in found])
    elif not found:
        typer.echo(
            f"Nothing of {algorithm} changed between {before:%Y-%m-%d %H:%M} and {after:%Y-%m-%d %H:%M} UTC."
        )
    else:
        tell_table(
            f"{algorithm}, {before:%Y-%m-%d %H:%M} to {after:%Y-%m-%d %H:%M} UTC",
            ("field", "before", "after"),
            [
                (c.field, *("–" if v is None else str(v) for v in (c.before, c.after)))
                for c in found
            ],
        )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List algorithms with their clearances and deployments. Example: catamnesis register list"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.register import register_page

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = register_page(session, at=now())
    if as_json:
        tell_json([row.as_json() for row in page.rows])
        return
    tell_table(
        "Algorithm register",
        ("algorithm", "version", "status", "clearance", "expires", "deployments"),
        [
            (
                r.key,
                r.versions,
                r.status,
                r.clearance,
                r.expires or "–",
                ", ".join(f"{d.key} ({d.state.word.lower()})" for d in r.deployments) or "–",
            )
            for r in page.rows
        ],
    )


@app.command()
def show(algorithm: str, as_of: KnownAsOf = None, as_json: AsJson = False) -> None:
    """Show an entry: each indication as written beside its executable clauses.

    Example: catamnesis register show ctbrain-triage
    """
    if as_json:
        _tell_entry(algorithm, as_of, as_json=True)
        return
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.register_entry import register_entry_page

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = register_entry_page(
            session, algorithm, at=as_of or now(), looked_back=as_of is not None
        )
    tell_table(f"{page.name} ({page.badge.word})", ("item", "as recorded"), page.identity)
    for number, clearance in enumerate(page.clearances, start=1):
        tell_table(f"Clearance {number}", ("item", "as recorded"), clearance)
    for said in page.indications:
        written = f"{said.statement} ({said.clause})"
        tell_table(
            f"Indication {said.name}: {said.finding}",
            ("as the manufacturer wrote it", "as it is executed"),
            [(written, "\n".join(said.scope))],
        )
    tell_table(
        "Deployments",
        ("deployment", "site", "version", "mode", "since"),
        [(d.key, d.site, d.version, d.mode, d.since) for d in page.deployments],
    )


def _tell_entry(algorithm: str, as_of: datetime | None, *, as_json: bool) -> None:
    import yaml

    from backend.database import database, unit_of_work
    from register import catalogue

    with database() as url, unit_of_work(url, by=whoami()) as session:
        text = catalogue.export(session, algorithm, as_of)
    tell_json(yaml.safe_load(text)) if as_json else typer.echo(text, nl=False)
