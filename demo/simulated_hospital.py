"""A year of a hospital that does not exist: two algorithms, known truth and known faults.

The truth put in is written to `truth.json` beside the batch, which no import reads: surveillance
has to find the faults by itself. Nothing becomes known after the anchor, so that the last weeks
are immature as in life.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demo import hospital_services as facts
from demo import hospital_tables as tables
from demo.batch import About, uids, write_batch
from demo.hospital_care import examine, infer, read, verify
from demo.hospital_services import SERVICES, Service, truth_of
from demo.simulated_dates import YEAR, end_of

ABOUT = About(
    source="hospital",
    title="A simulated hospital year with known truth and known faults",
    origin="simulated",
    citation="Made by the demo of Catamnesis; no patient, reader or algorithm in it exists.",
    note=(
        "Two algorithms in live use, head CT and chest film; every value is simulated. "
        "Its truth and the faults put in are known to those who made it and to no import."
    ),
)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch, and `truth.json` beside it."""
    rng = np.random.default_rng(seed)
    parts = []
    known_truth: dict[str, Any] = {"faults": _faults(anchor), "services": {}}
    for service in SERVICES:
        cases = examine(rng, service, anchor)
        cases["linked"] = (rng.random(len(cases)) < service.linked)[cases["person"]]
        infer(rng, service, cases)
        read(rng, service, cases)
        _name(service, cases)
        outcomes = verify(rng, service, cases)
        parts.append(_files(rng, service, cases, outcomes, anchor))
        known_truth["services"][service.deployment] = {
            "put_in": truth_of(service),
            "came_out": _realised(service, cases),
        }
    files = {
        name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]
    }
    files["events"] = _events(anchor)
    write_batch(folder, ABOUT, files)
    text = json.dumps(known_truth, indent=2, sort_keys=True)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def _day(anchor: date, number: int) -> np.datetime64:
    """The first second of a day of the year that ends with the anchor."""
    return end_of(anchor) - np.timedelta64(YEAR - number, "D")


def _name(service: Service, cases: pd.DataFrame) -> None:
    number = pd.Series(np.arange(len(cases)).astype(str)).str.zfill(5)
    prefix = service.deployment.split("-")[0]
    cases["id"] = prefix + "-" + number
    cases["accession"] = prefix.upper() + number
    cases["study"] = uids(ABOUT.source, cases["id"])
    cases["patient"] = prefix + "-p" + cases["person"].astype(str).str.zfill(5)


def _files(
    rng: np.random.Generator,
    service: Service,
    cases: pd.DataFrame,
    outcomes: pd.DataFrame,
    anchor: date,
) -> dict[str, pd.DataFrame]:
    """The files of one service, without what became known or was done after the anchor."""
    end = end_of(anchor)
    of = cases.loc[outcomes["row"]]
    settled = pd.DataFrame(
        {
            "outcome_id": of["id"].to_numpy() + "-truth",
            "patient_id": of["patient"].to_numpy(),
            "study_instance_uid": of["study"].to_numpy(),
            **{name: outcomes[name].to_numpy() for name in outcomes if name != "row"},
            "source": "simulated",
        }
    )
    investigations = tables.investigations(rng, service, cases)
    return {
        "studies": tables.studies(service, cases),
        "inferences": tables.inferences(service, cases),
        "reports": tables.reports(rng, service, cases),
        "outcomes": settled[settled["known_at"] < end],
        "follow_up": tables.follow_up(service, cases, anchor),
        "investigations": investigations[investigations["performed_at"] < end],
    }


def _faults(anchor: date) -> list[dict[str, Any]]:
    """What goes wrong, where, and from which day."""
    head, film = SERVICES
    falling = next(s for s in head.scanners if s.sensitivity_later is not None)
    installed = next(s for s in head.scanners if s.installed_on)
    silent = next(s for s in head.scanners if s.slice_thickness is None)
    fault: list[tuple[str, Service, int, dict[str, Any]]] = [
        ("sensitivity_drop", head, facts.SENSITIVITY_DROP, {"serial": falling.serial}),
        ("scanner_off_label", head, facts.SCANNER_INSTALLED, {"serial": installed.serial}),
        ("children_off_label", head, facts.CHILDREN, {"share": head.children}),
        ("outage", head, facts.OUTAGE[0], {"days": facts.OUTAGE[1] - facts.OUTAGE[0]}),
        ("slice_thickness_missing", head, 0, {"serial": silent.serial}),
        ("release_without_effect", film, facts.RELEASE, {"version": film.version}),
    ]
    return [
        {
            "fault": name,
            "deployment": service.deployment,
            "from": str(_day(anchor, day).astype("datetime64[D]")),
            **details,
        }
        for name, service, day, details in fault
    ]


def _events(anchor: date) -> pd.DataFrame:
    """What the site reports: not the fall in sensitivity nor the children, which nobody notices."""
    head, film = SERVICES
    installed = next(s for s in head.scanners if s.installed_on)
    rows = [
        ("north-outage", head.deployment, "outage", facts.OUTAGE[0], "", "",
         f"The feed to the algorithm was down for {facts.OUTAGE[1] - facts.OUTAGE[0]} days."),
        ("north-scanner", "", "scanner_installed", facts.SCANNER_INSTALLED, installed.model,
         installed.software, f"{installed.manufacturer} {installed.model} in use."),
        ("north-release", film.deployment, "vendor_release", facts.RELEASE, "", film.version,
         f"Version {film.version} replaces {film.former_version}."),
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "event_id": [row[0] for row in rows],
            "site": facts.SITE,
            "deployment": [row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "occurred_at": np.array([_day(anchor, row[3]) for row in rows]),
            "manufacturer_model_name": [row[4] for row in rows],
            "software_versions": [row[5] for row in rows],
            "description": [row[6] for row in rows],
        }
    )


def _realised(service: Service, cases: pd.DataFrame) -> list[dict[str, Any]]:
    """Counts of calls against the truth by scanner, age group, and before or after the fall."""
    answered = cases[cases["call"].isin(["positive", "negative"])]
    serials = [scanner.serial for scanner in service.scanners]
    groups = answered.assign(
        adult=answered["age"] >= 18,
        late=answered["day"] >= facts.SENSITIVITY_DROP,
        hit=answered["truth"] & (answered["call"] == "positive"),
        cleared=~answered["truth"] & (answered["call"] == "negative"),
    ).groupby(["scanner", "adult", "late"])
    counted = groups.agg(
        cases=("truth", "size"),
        positives=("truth", "sum"),
        true_positives=("hit", "sum"),
        true_negatives=("cleared", "sum"),
    ).reset_index()
    return [
        {
            "serial": serials[int(row["scanner"])],
            "adult": bool(row["adult"]),
            "period": "after" if row["late"] else "before",
            **{name: int(row[name]) for name in counted.columns[3:]},
        }
        for row in counted.to_dict("records")
    ]
