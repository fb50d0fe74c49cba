"""What is true of the simulated hospital: scanners, performance, and what goes wrong.

Everything here is invented. Algorithms and their makers do not exist; scanners carry real trade
names because the scope of an indication asks for them.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

SITE = "north"

SENSITIVITY_DROP = 213
"""Day of the year (0 is the first) from which one scanner's images are judged worse: month 8."""
SCANNER_INSTALLED = 243
"""Day on which a scanner the label does not name is installed: start of month 9."""
CHILDREN = 122
"""Day from which children are sent to an algorithm for adults: start of month 5."""
OUTAGE = (180, 183)
"""First day of the outage of the feed, and the day it is over."""
RELEASE = 150
"""Day on which the maker of the chest film algorithm releases a version that changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """A scanner, its share of the examinations, and how well the algorithm does on its adults.

    `sensitivity_later` holds from `SENSITIVITY_DROP` on; a scanner installed later has share 0
    before.
    """

    manufacturer: str
    model: str
    serial: str
    software: str
    modality: str
    share: float
    sensitivity: float
    specificity: float
    sensitivity_later: float | None = None
    slice_thickness: float | None = None
    kernel: str = ""
    bedside: bool = False
    installed_on: int = 0


@dataclass(frozen=True, kw_only=True)
class Service:
    """One deployment: whom it sees, how common the finding is, how well readers do alone."""

    deployment: str
    finding: str
    version: str
    former_version: str
    threshold: float
    examinations: int
    body_part: str
    protocol: str
    prevalence: float
    scanners: tuple[Scanner, ...]
    reader_sensitivity: float
    reader_specificity: float
    deferring: float
    """Share of reads in which a reader who sees the algorithm's call takes it over."""
    settings: dict[str, float] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    contrast: float = 0.0
    children_from: int | None = None
    children: float = 0.0
    children_sensitivity: float = 0.0
    children_specificity: float = 0.0
    outage: tuple[int, int] | None = None
    audited: float = 0.05
    """Probability that a case which reader and algorithm call negative goes to the panel."""
    verified_flagged: float = 0.9
    """Probability of an established truth where either calls positive, whatever the truth."""
    discovered: float = 0.25
    """Probability that a finding missed by both comes to light within a month."""
    linked: float = 0.4
    """Share of patients linked to the registry, where every finding becomes known."""
    failing: float = 0.012


HEAD_CT = Service(
    deployment="ctbrain-north-ed",
    finding="intracranial_haemorrhage",
    version="2.3.1",
    former_version="2.3.1",
    threshold=0.62,
    examinations=10_000,
    body_part="HEAD",
    protocol="HEAD ROUTINE",
    prevalence=0.08,
    scanners=(
        Scanner(
            manufacturer="SIEMENS", model="SOMATOM Force", serial="73211", software="VA50A",
            modality="CT", share=0.38, sensitivity=0.92, sensitivity_later=0.55, specificity=0.90,
            slice_thickness=3.0, kernel="Hr40",
        ),
        Scanner(
            manufacturer="SIEMENS", model="SOMATOM Definition AS+", serial="66120",
            software="VA48A", modality="CT", share=0.30, sensitivity=0.93, specificity=0.90,
            slice_thickness=4.0, kernel="H31s",
        ),
        Scanner(
            manufacturer="GE MEDICAL SYSTEMS", model="Revolution CT", serial="REV40812",
            software="revo_ct_22bc.50", modality="CT", share=0.25, sensitivity=0.91,
            specificity=0.91, slice_thickness=2.5, kernel="STANDARD",
        ),
        Scanner(
            manufacturer="GE MEDICAL SYSTEMS", model="Optima CT660", serial="OPT05520",
            software="optima_ct_15", modality="CT", share=0.07, sensitivity=0.91,
            specificity=0.90, kernel="STANDARD",
        ),
        Scanner(
            manufacturer="Canon Medical Systems", model="Aquilion ONE", serial="AQ1-3307",
            software="V10.12", modality="CT", share=0.25, sensitivity=0.80, specificity=0.84,
            slice_thickness=3.0, kernel="FC26", installed_on=SCANNER_INSTALLED,
        ),
    ),
    reader_sensitivity=0.94,
    reader_specificity=0.98,
    deferring=0.12,
    settings={"emergency": 0.8, "inpatient": 0.2},
    codes=("I60.9", "I61.9", "I62.0"),
    contrast=0.02,
    children_from=CHILDREN,
    children=0.05,
    children_sensitivity=0.76,
    children_specificity=0.84,
    outage=OUTAGE,
)  # fmt: skip

CHEST_FILM = Service(
    deployment="ptx-north-xr",
    finding="pneumothorax",
    version="1.5.0",
    former_version="1.4.0",
    threshold=0.5,
    examinations=10_000,
    body_part="CHEST",
    protocol="CHEST",
    prevalence=0.035,
    scanners=(
        Scanner(
            manufacturer="Philips", model="DigitalDiagnost C90", serial="C90-2207",
            software="1.1.6", modality="DX", share=0.40, sensitivity=0.89, specificity=0.96,
        ),
        Scanner(
            manufacturer="SIEMENS", model="Ysio Max", serial="71904", software="VE10Y",
            modality="DX", share=0.35, sensitivity=0.88, specificity=0.95,
        ),
        Scanner(
            manufacturer="Agfa", model="DX-D 100", serial="A6017", software="NX 21.4",
            modality="CR", share=0.25, sensitivity=0.80, specificity=0.93, bedside=True,
        ),
    ),
    reader_sensitivity=0.86,
    reader_specificity=0.985,
    deferring=0.12,
    settings={"emergency": 0.5, "inpatient": 0.3, "outpatient": 0.2},
    codes=("J93.0", "J93.1", "S27.0"),
)  # fmt: skip

SERVICES = (HEAD_CT, CHEST_FILM)


def truth_of(service: Service) -> dict[str, Any]:
    """The properties that were put into a service, for comparison with what surveillance finds."""
    said = asdict(service)
    said["verification"] = {
        name: said.pop(name) for name in ("audited", "verified_flagged", "discovered", "linked")
    }
    for scanner in said["scanners"]:
        scanner["sensitivity_later"] = scanner["sensitivity_later"] or scanner["sensitivity"]
    return said
