"""A dossier that was built: what it is about, its data cut, and the hash of its manifest."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, select

from register.columns import Privacy, column


class FiledDossier(SQLModel, table=True):
    """One bundle on disk; its manifest names the hash of every file in it."""

    __tablename__ = "dossier"

    id: str = column("Identifier printed on every page", Privacy.OPERATIONAL, primary_key=True)
    kind: str = column("Which document", Privacy.OPERATIONAL)
    title: str = column("Its title", Privacy.OPERATIONAL)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL)
    period_from: date = column("First day covered", Privacy.OPERATIONAL)
    period_to: date = column("Last day covered", Privacy.OPERATIONAL)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    built_at: datetime = column(
        "When it was built", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    built_by: str = column("Who built it", Privacy.PERSON)
    folder: str = column("Folder of the bundle, below the home folder", Privacy.OPERATIONAL)
    manifest_sha256: str = column("Hash of manifest.json", Privacy.OPERATIONAL)


def follow(session: Session, bundles: Path) -> None:
    """Point each dossier to its bundle below a folder: a home that was moved or restored brings its bundles along."""
    for one in session.exec(select(FiledDossier)).all():
        here = bundles / one.id
        if here.is_dir():
            one.folder = str(here)
    session.flush()
