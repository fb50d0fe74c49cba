"""The files of the interchange, filled from the cases of one service of the simulated hospital."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from demo import hospital_services as facts
from demo.hospital_services import Service
from demo.simulated_dates import delayed, end_of

STILL_OPEN = 15
"""Days between the last day that the registry covers and the anchor."""


def studies(service: Service, cases: pd.DataFrame) -> pd.DataFrame:
    """The examinations."""
    scanner = cases["scanner"].to_numpy()

    def of_scanner(name: str) -> Any:
        return np.array([getattr(s, name) for s in service.scanners], dtype=object)[scanner]

    tomography = service.body_part == "HEAD"
    return pd.DataFrame(
        {
            "study_instance_uid": cases["study"],
            "accession_number": cases["accession"],
            "patient_id": cases["patient"],
            "patient_age": cases["age"].astype(int),
            "patient_sex": cases["sex"],
            "site": facts.SITE,
            "study_datetime": cases["taken"],
            "modality": of_scanner("modality"),
            "body_part_examined": service.body_part,
            "view_position": "" if tomography else np.where(of_scanner("bedside"), "AP", "PA"),
            "protocol_name": service.protocol,
            "contrast_bolus_agent": np.where(cases["contrast"], "IOMERON 350", ""),
            "manufacturer": of_scanner("manufacturer"),
            "manufacturer_model_name": of_scanner("model"),
            "device_serial_number": of_scanner("serial"),
            "software_versions": of_scanner("software"),
            "slice_thickness": of_scanner("slice_thickness"),
            "kvp": 120,
            "convolution_kernel": of_scanner("kernel"),
            "patient_position": "HFS" if tomography else "",
            "setting": cases["setting"],
            "priority": np.where(cases["setting"] == "emergency", "urgent", "routine"),
        }
    )


def inferences(service: Service, cases: pd.DataFrame) -> pd.DataFrame:
    """What the algorithm said of them; the runs that failed and those of the outage too."""
    visible = cases["visible"]
    seen = cases["opened"].where(cases["opened"] > cases["completed"], cases["completed"])
    agreed = cases["call"] == cases["read"]
    former = cases["day"] < facts.RELEASE
    failed = {"failed": "no brain or lung found in the series", "not_processed": "feed was down"}
    return pd.DataFrame(
        {
            "inference_id": cases["id"] + "-ai",
            "study_instance_uid": cases["study"],
            "deployment": service.deployment,
            "version": np.where(former, service.former_version, service.version),
            "finding": service.finding,
            "score": cases["score"],
            "call": cases["call"],
            "threshold": service.threshold,
            "failure_reason": cases["call"].map(failed).fillna(""),
            "received_at": cases["received"],
            "started_at": cases["started"].where(cases["call"] != "not_processed"),
            "completed_at": cases["completed"],
            "shown_at": seen.where(visible),
            "user_action": np.where(visible, np.where(agreed, "accepted", "rejected"), "not_shown"),
            "action_at": cases["reported"].where(visible),
        }
    )


def reports(rng: np.random.Generator, service: Service, cases: pd.DataFrame) -> pd.DataFrame:
    """What the radiologists wrote."""
    positive = cases["read"] == "positive"
    told = pd.Series(delayed(rng, cases["reported"].to_numpy(), 0.001, 0.02))
    return pd.DataFrame(
        {
            "report_id": cases["id"] + "-report",
            "study_instance_uid": cases["study"],
            "finding": service.finding,
            "call": cases["read"],
            "reader": cases["reader"],
            "reader_role": "radiologist",
            "read": "first",
            "reported_at": cases["reported"],
            "status": "final",
            "ai_visible": np.where(cases["visible"], "true", "false"),
            "opened_at": cases["opened"],
            "communicated_at": told.where(positive),
            "recommended_action": np.where(positive, "imaging", "none"),
        }
    )


def follow_up(service: Service, cases: pd.DataFrame, anchor: date) -> pd.DataFrame:
    """Linked patients in whom the registry knows of no finding."""
    found = cases.groupby("person")["truth"].transform("any")
    last = end_of(anchor) - np.timedelta64(STILL_OPEN + 1, "D")
    absent = cases[cases["linked"] & ~found & (cases["taken"] < last)]
    return pd.DataFrame(
        {
            "patient_id": absent["patient"].drop_duplicates(),
            "finding": service.finding,
            "followed_to": str(last.astype("datetime64[D]")),
            "source": "simulated registry",
        }
    )


def investigations(rng: np.random.Generator, service: Service, cases: pd.DataFrame) -> pd.DataFrame:
    """What was done because of a positive call, seen or own."""
    ai, reader = cases["call"] == "positive", cases["read"] == "positive"
    chosen = (ai & cases["visible"] | reader) & (rng.random(len(cases)) < 0.3)
    ordered = cases["reported"].to_numpy()
    harmed = rng.random(len(cases)) < 0.005
    kinds = ["ct", "mri", "admission"] if service.body_part == "HEAD" else ["ct", "xray"]
    return pd.DataFrame(
        {
            "investigation_id": cases["id"] + "-investigation",
            "patient_id": cases["patient"],
            "accession_number": cases["accession"],
            "finding": service.finding,
            "kind": rng.choice(kinds, len(cases)),
            "trigger": np.select([ai & reader, ai], ["both", "ai"], "reader"),
            "ordered_at": ordered,
            "performed_at": delayed(rng, ordered, 0.02, 4),
            "result": np.where(cases["truth"], "positive", "negative"),
            "harm": np.where(harmed, "minor", "none"),
        }
    )[chosen]
