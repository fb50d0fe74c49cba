"""The batches that the demo can write, and the register entries each of them needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from demo import nodule_clinic, screening_programme, simulated_hospital
from demo.adapters import (
    breast_ultrasound,
    chest_film_reads,
    chest_films,
    cytology,
    ddsm,
    lidc,
    mammography_cad,
    viper,
)
from demo.batch import About

Write = Callable[[Path, Path | None, date, int], None]

REGISTER = Path(__file__).parent / "register"
"""Folder of the register entries that `Source.register` names."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One batch: `write(folder, data, anchor, seed)` fills a folder, always the same way.

    `data` is the user's folder of published data sets, of which the subfolder `needs` is read
    (empty: none).
    `anchor` is the last day that simulated dates reach.
    """

    key: str
    title: str
    origin: str
    needs: str
    register: tuple[str, ...]
    write: Write


def _source(about: About, write: Write, *register: str, needs: str = "") -> Source:
    return Source(
        key=about.source,
        title=about.title,
        origin=about.origin,
        needs=needs,
        register=register,
        write=write,
    )


SOURCES: tuple[Source, ...] = (
    _source(
        simulated_hospital.ABOUT,
        simulated_hospital.write,
        "ctbrain-triage.yaml",
        "ptx-triage.yaml",
    ),
    _source(nodule_clinic.ABOUT, nodule_clinic.write, "nodule-shadow.yaml"),
    _source(screening_programme.ABOUT, screening_programme.write, "mammo-screening.yaml"),
    _source(cytology.ABOUT, cytology.write, "cytology-classifier.yaml"),
    _source(
        chest_films.ABOUT,
        chest_films.write,
        "reproduce-chexnet.yaml",
        needs=chest_film_reads.NEEDS,
    ),
    _source(
        mammography_cad.ABOUT,
        mammography_cad.write,
        "mammo-cad.yaml",
        needs=mammography_cad.NEEDS,
    ),
    _source(lidc.ABOUT, lidc.write, "nodule-ct.yaml", needs=lidc.NEEDS),
    _source(viper.ABOUT, viper.write, "sites.yaml", needs=viper.NEEDS),
    _source(ddsm.ABOUT, ddsm.write, "sites.yaml", needs=ddsm.NEEDS),
    _source(
        breast_ultrasound.ABOUT,
        breast_ultrasound.write,
        "sites.yaml",
        needs=breast_ultrasound.NEEDS,
    ),
)
"""Every batch, those that need no data first."""
