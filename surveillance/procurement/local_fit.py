"""How the studies of a site fit a cleared scope, as it was counted at a data cut."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column


class LocalFit(SQLModel, table=True):
    """One count for one deployment and finding; written once."""

    __tablename__ = "local_fit"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.PUBLIC)
    first: date = column("First study day counted", Privacy.OPERATIONAL)
    last: date = column("Last study day counted", Privacy.OPERATIONAL)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    content: dict[str, Any] = column(
        "Studies, elsewhere, counts by decision, deciding clauses, and strata",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )

    @property
    def candidates(self) -> int:
        """Studies of a modality and body part that the scope is about."""
        return int(self.content["studies"]) - int(self.content["elsewhere"])

    def sentence(self) -> str:
        """The count in words, with its denominator and what keeps most studies out."""
        found, total = self.content["counts"], self.candidates
        about = f"{self.deployment}, {self.finding.replace('_', ' ')}, studies of {self.first} to {self.last}"
        if total == 0:
            return (
                f"{about}: {self.content['studies']:,} are stored and none is of the modality and body part of the scope. "
                "Import studies of them first."
            )
        parts = ", ".join(f"{found[name]:,} {name} ({found[name] / total:.1%})" for name in found)
        why = "; ".join(
            f"{one['clause']}: {one['studies']:,} {one['scope']}" for one in self.content["clauses"][:3]
        )  # fmt: skip
        return f"{about}: of {total:,} of its modality and body part {parts}." + (f" Decided by {why}." if why else "")  # fmt: skip


def latest_fits(session: Session, deployment: str) -> list[LocalFit]:
    """The last count of each finding of a deployment."""
    rows = session.exec(
        select(LocalFit).where(LocalFit.deployment == deployment).order_by(col(LocalFit.id))
    )
    return list({row.finding: row for row in rows}.values())
