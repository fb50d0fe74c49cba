"""`catamnesis orthanc`: the scope gate in front of an algorithm's DICOM node."""

from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from register.refusal import Refusal

if TYPE_CHECKING:
    from backend.orthanc.server import Mark, Study

app = typer.Typer(help="Forward to an algorithm only what may run.", no_args_is_help=True)
NUMBER = 4601


class TokenNotReadable(Refusal):
    """The file of a token is not there or empty; make a token with `catamnesis token add`."""


@app.callback()
def group() -> None:
    """Forward to an algorithm only what may run."""


@app.command()
def guard(
    deployment: Annotated[str, typer.Option(help="Key of the deployment whose algorithm it is.")],
    to: Annotated[str, typer.Option(help="Its node: a name among Orthanc's DicomModalities.")],
    token_file: Annotated[Path, typer.Option(help="File with a token for the gate.")],
    orthanc: Annotated[
        str,
        typer.Option(
            envvar="CATAMNESIS_ORTHANC", help="Address, with name:password@ where it asks for them."
        ),
    ] = "http://127.0.0.1:8042",
    gate: Annotated[
        str, typer.Option(help="Where Catamnesis is served.")
    ] = "http://127.0.0.1:8000",
    setting: Annotated[
        str, typer.Option(help="Where this server's patients are; DICOM does not say.")
    ] = "",
    metadata: Annotated[
        int,
        typer.Option(
            min=1024, max=65535, help="Number of the metadata that tells where a study stands."
        ),
    ] = NUMBER,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two rounds.")] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
) -> None:
    """Ask the gate about every study that is complete in Orthanc, and send on only what may run.

    Without an answer nothing is sent, and it is asked again. Where a study stands, and why, is in its metadata.

    Example: catamnesis orthanc guard --deployment ctbrain-north-ed --to ctbrain --token-file router.token
    """
    from urllib.parse import quote

    from backend.orthanc.exchange import NoAnswer, Refused, peer
    from backend.orthanc.guard import Guard
    from backend.orthanc.position import kept_in
    from backend.orthanc.server import Orthanc
    from backend.settings import settings

    guarding = Guard(
        orthanc=Orthanc(peer=peer("Orthanc", orthanc), metadata=metadata),
        gate=peer("The scope gate", gate, token=_token(token_file)),
        deployment=deployment, to=to, setting=setting, tell=_tell,
    )  # fmt: skip
    file = settings().home / "orthanc" / f"{quote(deployment, safe='')}.json"
    told = ""
    with kept_in(file) as position:
        while True:
            try:
                guarding.round(position)
                told = ""
            except (NoAnswer, Refused) as failed:
                if once:
                    raise
                if str(failed) != told:
                    typer.echo(f"catamnesis: {failed} Nothing is sent; trying again.", err=True)
                told = str(failed)
            if once:
                return
            sleep(every)


def _token(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as missing:
        raise TokenNotReadable(
            f"{file}: {missing.strerror}. {TokenNotReadable.__doc__}"
        ) from missing
    if not text:
        raise TokenNotReadable(f"{file} is empty. {TokenNotReadable.__doc__}")
    return text


def _tell(study: "Study", mark: "Mark") -> None:
    """A line of the log, which names no patient and nothing of one: the decision is told in its metadata."""
    why = f"decision {mark.decision_id}" if mark.decision_id else mark.sentence
    typer.echo(f"{mark.standing} study {study.key}: {why}")
