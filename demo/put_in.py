"""What was put into the simulated evidence, beside what surveillance made of it.

The sources of the demo know the truth; no import ever reads it. Here the two meet.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import nodule_clinic, screening_programme
from demo.hospital_services import SERVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class PutIn:
    """One property of the simulated evidence, and where surveillance tells its own figure of it.

    `told` is the path to that figure in the measurement (`corrected`, …) or among the analyses.
    """

    deployment: str
    finding: str
    what: str
    value: float
    told: tuple[str, ...]

    def beside(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """The property with the figure found at its path; `held` says whether its interval holds it."""
        figure: Any = said
        for step in self.told:
            figure = (figure or {}).get(step)
        figure = figure or {"estimate": None, "lower": None, "upper": None, "n": 0}
        lower, upper = figure["lower"], figure["upper"]
        return {
            "deployment": self.deployment,
            "finding": self.finding,
            "what": self.what,
            "put_in": self.value,
            "came_out": {name: figure.get(name) for name in ("estimate", "lower", "upper", "n")},
            "held": None if lower is None else lower <= self.value <= upper,
        }


def put_in(hospital: Mapping[str, Any]) -> Iterator[PutIn]:
    """Everything that surveillance has to find again; `hospital` is what `truth.json` of that source holds."""
    for service in SERVICES:
        later = {scanner.serial for scanner in service.scanners if scanner.installed_on}
        counted = [
            row for row in hospital["services"][service.deployment]["came_out"]
            if row["adult"] and row["serial"] not in later
        ]  # fmt: skip
        cases, positives, hits, cleared = (
            sum(row[name] for row in counted)
            for name in ("cases", "positives", "true_positives", "true_negatives")
        )
        for metric, value in (
            ("sensitivity", hits / positives),
            ("specificity", cleared / (cases - positives)),
        ):
            yield PutIn(
                deployment=service.deployment, finding=service.finding, value=value,
                what=f"{metric} in all cases, verified or not", told=("corrected", metric),
            )  # fmt: skip
    yield PutIn(
        deployment=nodule_clinic.DEPLOYMENT, finding=nodule_clinic.FINDING, what="sensitivity per nodule",
        value=sum(scanner[3] * scanner[4] for scanner in nodule_clinic.SCANNERS),
        told=("detection", "sensitivity"),
    )  # fmt: skip
    seen, arising = screening_programme.DETECTABLE, screening_programme.ARISING
    for who, rates in (
        ("programme", screening_programme.READER),
        ("algorithm", screening_programme.ALGORITHM),
    ):
        yield PutIn(
            deployment=screening_programme.DEPLOYMENT, finding=screening_programme.FINDING,
            what=f"sensitivity of the {who}, interval cancers included",
            value=seen * rates[0] / (seen + arising * (1 - seen)),
            told=("screening", "so_far", who, "sensitivity"),
        )  # fmt: skip


def truth_beside(batch: Path) -> dict[str, Any] | None:
    """What a source wrote beside its batch about the truth, if it wrote anything."""
    path = batch / "truth.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
