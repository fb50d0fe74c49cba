"""An algorithm as its manufacturer sells it, and the versions of it that were released."""

from datetime import date
from typing import Any

from sqlalchemy import JSON

from register.columns import Privacy, column
from register.revision import Revised

PURPOSES = ("triage", "detection", "diagnosis", "quantification", "autonomous_read")
SPECIALTIES = ("radiology", "pathology", "ophthalmology", "dermatology")


class Algorithm(Revised, table=True):
    """A device family: who makes it and what it is for."""

    name: str = column("Trade name", Privacy.PUBLIC)
    manufacturer: dict[str, Any] = column(
        "Legal manufacturer: name, srn", Privacy.PUBLIC, sa_type=JSON
    )
    purpose: str = column("What its output is used for", Privacy.PUBLIC, choices=PURPOSES)
    specialty: str = column("Whose images it reads", Privacy.PUBLIC, choices=SPECIALTIES)


class ProductVersion(Revised, table=True):
    """One released version of an algorithm; its key is `algorithm:version`."""

    __tablename__ = "product_version"

    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC)
    version: str = column("Version as the manufacturer writes it", Privacy.PUBLIC)
    basic_udi_di: str | None = column("Key of the device family", Privacy.PUBLIC, default=None)
    udi_di: str | None = column(
        "Device identifier of model and version", Privacy.PUBLIC, default=None
    )
    udi_pi: str | None = column(
        "Production identifier: the software release", Privacy.PUBLIC, default=None
    )
    released: date | None = column("Release date", Privacy.PUBLIC, default=None)
    digest: str | None = column("Digest of the installed image", Privacy.PUBLIC, default=None)
    change: dict[str, Any] | None = column(
        "What changed against the version before, and on what ground it may",
        Privacy.PUBLIC,
        sa_type=JSON,
        default=None,
    )


class Commitment(Revised, table=True):
    """Something the manufacturer promised the site; its key is `algorithm:kind`."""

    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC)
    kind: str = column("What was promised", Privacy.PUBLIC)
    due: str | None = column("How often", Privacy.PUBLIC, default=None)
    next: date | None = column("When it is next due", Privacy.PUBLIC, default=None)
    within_days: int | None = column(
        "Days after the event that calls for it", Privacy.PUBLIC, default=None
    )
    source: str = column("Contract clause", Privacy.PUBLIC)
