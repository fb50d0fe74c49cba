"""What a report says of a finding, and which sentence decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.report_text.pack import NoSuchPack, languages, pack
from surveillance.report_text.reading import read, sentences

ENGLISH = [
    ("No evidence of pneumothorax or effusion.", "pneumothorax", "negative", "no evidence of"),
    ("No effusion, consolidation or pneumothorax.", "pneumothorax", "negative", "no"),
    ("No effusion, but there is a small pneumothorax.", "pneumothorax", "positive", ""),
    ("Small apical pneumothorax on the left.", "pneumothorax", "positive", ""),
    ("A tiny pneumothorax cannot be excluded.", "pneumothorax", "indeterminate", "cannot be excluded"),
    ("Possible small PTX.", "pneumothorax", "indeterminate", "possible"),
    ("No change in the small right pneumothorax.", "pneumothorax", "positive", ""),
    ("The previously seen pneumothorax has resolved.", "pneumothorax", "negative", "has resolved"),
    ("History of pneumothorax.", "pneumothorax", "not_mentioned", ""),
    ("Is there a pneumothorax?", "pneumothorax", "not_mentioned", ""),
    ("INDICATION: rule out pneumothorax. FINDINGS: Clear lungs.", "pneumothorax", "not_mentioned", ""),
    ("Comparison: Pneumothorax in March. Impression: No pneumothorax.", "pneumothorax", "negative", "no"),
    ("Acute subdural hematoma, 8 mm.", "intracranial_haemorrhage", "positive", ""),
    ("No acute intracranial abnormality.", "intracranial_haemorrhage", "negative", ""),
    ("Filling defect in the right lower lobe artery.", "pulmonary_embolism", "positive", ""),
    ("Negative for PE.", "pulmonary_embolism", "negative", "negative for"),
    ("Vertebral body heights are maintained.", "vertebral_fracture", "negative", ""),
    ("Spiculated nodule, suspicious for malignancy.", "nodule_or_mass", "positive", ""),
    ("The heart is normal.", "pneumothorax", "not_mentioned", ""),
]  # fmt: skip
GERMAN = [
    ("Kein Pneumothorax. Kein Erguss.", "pneumothorax", "negative", "kein"),
    ("Ohne Nachweis eines Pneumothorax.", "pneumothorax", "negative", "ohne nachweis eines"),
    ("Z.n. Pneumothorax links. Aktuell V.a. Restpneumothorax.", "pneumothorax", "indeterminate", "v.a."),
    ("Fragestellung: Pneumothorax? Befund: Apikaler Pneumothorax rechts.", "pneumothorax", "positive", ""),
    ("Keine Größenzunahme des bekannten Pneumothorax.", "pneumothorax", "positive", ""),
    ("Eine Blutung ist nicht sicher auszuschließen.", "intracranial_haemorrhage", "indeterminate", "nicht sicher auszuschließen"),
    ("Ausschluss einer intrakraniellen Blutung.", "intracranial_haemorrhage", "negative", "ausschluss einer"),
    ("Frische Subarachnoidalblutung.", "intracranial_haemorrhage", "positive", ""),
    ("Keine zentrale, jedoch segmentale Embolie im Unterlappen.", "pulmonary_embolism", "positive", ""),
    ("Lungenarterienembolie beidseits ausgeschlossen.", "pulmonary_embolism", "negative", "ausgeschlossen"),
    ("Deckplattenfraktur LWK 1.", "vertebral_fracture", "positive", ""),
    ("Keine Rundherde.", "nodule_or_mass", "negative", "keine"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "finding", "call", "trigger"), ENGLISH)
def test_english(text: str, finding: str, call: str, trigger: str) -> None:
    """Negation, doubt, past and supposition, and the sections that do not describe the images."""
    said = read(text, finding, language="en")
    assert said.call == call
    assert not trigger or said.trigger == trigger


@pytest.mark.parametrize(("text", "finding", "call", "trigger"), GERMAN)
def test_german(text: str, finding: str, call: str, trigger: str) -> None:
    """The same in German, with its compounds and abbreviations."""
    said = read(text, finding, language="de")
    assert said.call == call
    assert not trigger or said.trigger == trigger


def test_the_sentence_that_decided_is_given() -> None:
    """Of several sentences the one that made the call, word for word."""
    text = "Heart normal. Small pneumothorax at the apex. No effusion."
    assert read(text, "pneumothorax", language="en").sentence == "Small pneumothorax at the apex."


def test_an_affirmed_naming_outweighs_a_negated_one() -> None:
    """No pneumothorax on the right and one on the left is a positive report."""
    text = "No pneumothorax on the right. Left apical pneumothorax."
    assert read(text, "pneumothorax", language="en").call == "positive"


def test_an_abbreviation_ends_no_sentence() -> None:
    """V.a. and Z.n. stay with what they qualify."""
    found = list(sentences("Aktuell V.a. Pneumothorax li. apikal. Kein Erguss.", pack("de")))
    assert found == ["Aktuell V.a. Pneumothorax li. apikal.", "Kein Erguss."]


def test_the_rules_that_decided_are_named() -> None:
    """Language, version and digest of the pack."""
    assert read("x", "pneumothorax", language="en").rules == pack("en").version
    assert pack("en").version.startswith("en/1+")
    assert languages() == ("de", "en")


@pytest.mark.parametrize(("finding", "language"), [("gout", "en"), ("pneumothorax", "fr")])
def test_what_there_are_no_rules_for_is_refused(finding: str, language: str) -> None:
    """With what there is."""
    with pytest.raises(NoSuchPack, match="there are"):
        read("x", finding, language=language)


@given(st.text(max_size=300), st.sampled_from(["en", "de"]))
def test_any_text_is_read(text: str, language: str) -> None:
    """Whatever the text: a call, and a sentence where there is one."""
    said = read(text, "pneumothorax", language=language)
    assert said.call in ("positive", "negative", "indeterminate", "not_mentioned")
    assert bool(said.sentence) == (said.call != "not_mentioned")


@given(st.permutations(["No effusion.", "No pneumothorax.", "Heart normal.", "Tube in place."]))
def test_the_order_of_sentences_does_not_matter(parts: list[str]) -> None:
    """Each sentence is a clause of its own."""
    said = read(" ".join(parts), "pneumothorax", language="en")
    assert (said.call, said.sentence) == ("negative", "No pneumothorax.")
