"""Whether an intended use says what it must: six items, and what to ask the manufacturer where it does not.

Of 139 CE-marked products whose statements were read, 7 stated all six (Insights into Imaging 2024,
doi:10.1186/s13244-024-01616-9). Pure: what the register says goes in, findings and a letter come out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from register.indication import Indication

FINDING = "finding"
EQUIPMENT = (
    "manufacturer", "manufacturer_model_name", "device_serial_number", "slice_thickness", "kvp",
    "protocol_name", "convolution_kernel", "magnetic_field_strength", "software_versions",
)  # fmt: skip
ITEMS: Mapping[str, tuple[str, ...]] = {
    "modality": ("modality",),
    "body part": ("body_part_examined",),
    "population": ("patient_age", "patient_sex"),
    "setting or mode of use": ("setting", "priority", "use_mode"),
    "equipment": EQUIPMENT,
}
"""What an intended use states beside the finding, and the attributes that state it."""
_ASKED: Mapping[str, str] = {
    FINDING: "Which finding does the output concern?",
    "modality": "On images of which modality is the device intended to be used?",
    "body part": "Which body part must have been examined?",
    "population": "For patients of which age and sex is it intended, and for whom is it not?",
    "setting or mode of use": "In which setting (emergency, ward, outpatient, screening) and in which mode of use (triage, beside the reader, second reader, alone)?",
    "equipment": "With which scanners, protocols and acquisition parameters is it compatible, and with which is it not?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """A finding to send back: an item that an indication never states."""

    indication: str
    item: str
    statement: str
    clause: str
    question: str

    def sentence(self) -> str:
        """The finding in words; what is not stated cannot be decided."""
        return (
            f"{self.indication} does not state the {self.item} ({self.clause}): nobody can decide whether a study lies "
            "within it in that respect."
        )


def lacking(indication: Indication) -> tuple[str, ...]:
    """The items of the six that an indication does not state."""
    found = () if indication.finding else (FINDING,)
    return found + tuple(
        item for item, attributes in ITEMS.items() if not set(attributes) & set(indication.scope)
    )


def omissions(indications: Sequence[Indication]) -> tuple[Omission, ...]:
    """Every item that an indication leaves open, as a finding with its question."""
    return tuple(
        Omission(indication=i.name, item=item, statement=i.statement, clause=i.clause, question=_ASKED[item])
        for i in indications
        for item in lacking(i)
    )  # fmt: skip


def letter(
    *, product: str, manufacturer: str, found: Sequence[Omission], on: date, sender: str = "…"
) -> str:
    """The letter that asks the manufacturer for what the intended use leaves open; empty where it leaves nothing."""
    if not found:
        return ""
    parts = [
        f"To: {manufacturer}\nDate: {on}\nSubject: {product}: intended use, items not stated",
        f"We keep {product} in our register of AI systems and check each study against its intended use before it runs. The statement "
        f"below leaves {len(found)} {'item' if len(found) == 1 else 'items'} open. Until you state {'it' if len(found) == 1 else 'them'}, "
        "nobody here can decide whether a study lies within the intended use in that respect.",
    ]  # fmt: skip
    for name in dict.fromkeys(o.indication for o in found):
        about = [o for o in found if o.indication == name]
        asked = "\n".join(f"  - {o.item}: {o.question}" for o in about)
        parts.append(f'{name}: "{about[0].statement}" ({about[0].clause})\n{asked}')
    parts += [
        "Please answer with the passage of the instructions for use or of the technical documentation that states it, or "
        "say that it is not restricted and on what evidence (MDR Annex I, section 23.4; AI Act, Article 13(3)).",
        f"{sender}",
    ]
    return "\n\n".join(parts) + "\n"
