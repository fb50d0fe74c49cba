"""What went out, to whom and by which way, so that nothing goes out twice."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, select

from register.columns import Privacy, column

MAIL, WEBHOOK = "mail", "webhook"


class Told(SQLModel, table=True):
    """One thing told once."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    about: str = column("What it was about, such as signal 12", Privacy.OPERATIONAL, index=True)
    way: str = column("By which way", Privacy.OPERATIONAL, choices=(MAIL, WEBHOOK))
    to: str = column("Whom or what it went to", Privacy.PERSON)
    at: datetime = column(
        "When it was taken there", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


def was_told(session: Session, about: str, way: str, to: str) -> bool:
    """Whether something went out already."""
    asked = select(Told.id).where(Told.about == about, Told.way == way, Told.to == to)
    return session.exec(asked).first() is not None
