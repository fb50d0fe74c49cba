"""Small batches of evidence, written as a site would write them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

STUDY = {
    "study_instance_uid": "1.2.3", "patient_id": "P1", "site": "north",
    "study_datetime": "2026-01-10T10:00:00+00:00", "modality": "CT", "body_part_examined": "HEAD",
    "patient_age": "60", "manufacturer": "SIEMENS", "slice_thickness": "3", "setting": "emergency",
}  # fmt: skip
INFERENCE = {
    "inference_id": "I1", "study_instance_uid": "1.2.3", "deployment": "ctbrain-north-ed",
    "finding": "intracranial_haemorrhage", "score": "0.9", "completed_at": "2026-01-10T10:05:00+00:00",
}  # fmt: skip
REPORT = {
    "report_id": "R1", "study_instance_uid": "1.2.3", "finding": "intracranial_haemorrhage",
    "call": "positive", "reported_at": "2026-01-10T11:00:00+00:00", "status": "final",
}  # fmt: skip
OUTCOME = {
    "outcome_id": "O1", "patient_id": "P1", "finding": "intracranial_haemorrhage", "value": "positive",
    "evidence": "surgery", "occurred_at": "2026-01-12T10:00:00+00:00",
}  # fmt: skip


def write(folder: Path, origin: str = "real", **files: Sequence[Mapping[str, str]]) -> Path:
    """Write each file of a batch from its rows; columns are those of all rows together."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "batch.yaml").write_text(yaml.safe_dump({"source": "test", "origin": origin}))
    for name, rows in files.items():
        heads = list(dict.fromkeys(head for row in rows for head in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
    return folder
