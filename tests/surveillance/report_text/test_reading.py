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

ENGLISH_AFTER = [
    ("Pneumothorax cannot be identified.", "pneumothorax", "negative"),
    ("No pneumothorax can be seen.", "pneumothorax", "negative"),
    ("Pneumothorax is not seen.", "pneumothorax", "negative"),
    ("A pneumothorax is not identified.", "pneumothorax", "negative"),
    ("A pneumothorax is not demonstrated.", "pneumothorax", "negative"),
    ("A pneumothorax is not appreciated.", "pneumothorax", "negative"),
    ("A pneumothorax was not definitely seen.", "pneumothorax", "negative"),
    ("A pneumothorax cannot be confidently excluded.", "pneumothorax", "indeterminate"),
    ("Pneumothorax: no.", "pneumothorax", "negative"),
    ("Pneumothorax not significantly changed.", "pneumothorax", "positive"),
    ("BI-RADS 5: highly suspicious for malignancy.", "breast_malignancy", "positive"),
    ("BI-RADS 4", "breast_malignancy", "positive"),
    ("BI-RADS category 4B: suspicious abnormality.", "breast_malignancy", "positive"),
    ("BI-RADS: 2", "breast_malignancy", "negative"),
    ("Suspicious for malignancy.", "breast_malignancy", "indeterminate"),
]  # fmt: skip
GERMAN_AFTER = [
    ("Ein Pneumothorax lässt sich nicht abgrenzen.", "pneumothorax", "negative"),
    ("Ein Pneumothorax lässt sich nicht nachweisen.", "pneumothorax", "negative"),
    ("Ein Pneumothorax stellt sich nicht dar.", "pneumothorax", "negative"),
    ("Ein Pneumothorax zeigt sich nicht.", "pneumothorax", "negative"),
    ("Ein Pneumothorax findet sich nicht.", "pneumothorax", "negative"),
    ("Ein Pneumothorax liegt nicht vor.", "pneumothorax", "negative"),
    ("Ein Pneumothorax liegt derzeit nicht mehr vor.", "pneumothorax", "negative"),
    ("Ein Pneumothorax ist nicht erkennbar.", "pneumothorax", "negative"),
    ("Pneumothorax nicht zu sehen", "pneumothorax", "negative"),
    ("Pneumothorax: nein.", "pneumothorax", "negative"),
    ("Pneumothorax: keiner", "pneumothorax", "negative"),
    ("Pneumothorax negativ.", "pneumothorax", "negative"),
    ("Pneumothorax: unauffällig", "pneumothorax", "negative"),
    ("Hinweise auf einen Pneumothorax ergeben sich nicht.", "pneumothorax", "negative"),
    ("Hinweise auf einen Pneumothorax finden sich nicht.", "pneumothorax", "negative"),
    ("Hinweise auf einen Pneumothorax ergeben sich keine.", "pneumothorax", "negative"),
    ("Der Verdacht auf einen Pneumothorax bestätigt sich nicht.", "pneumothorax", "negative"),
    ("Der Verdacht auf einen Pneumothorax kann nicht bestätigt werden.", "pneumothorax", "negative"),
    ("Für einen Pneumothorax besteht kein Anhalt.", "pneumothorax", "negative"),
    ("Anhalt für einen Pneumothorax besteht nicht.", "pneumothorax", "negative"),
    ("Es handelt sich nicht um einen Pneumothorax.", "pneumothorax", "negative"),
    ("Weder Pneumothorax noch Erguss.", "pneumothorax", "negative"),
    ("Weder Erguss noch Pneumothorax.", "pneumothorax", "negative"),
    ("Keinerlei Pneumothorax.", "pneumothorax", "negative"),
    ("Erguss und Pneumothorax liegen nicht vor.", "pneumothorax", "negative"),
    ("Ein Pneumothorax laesst sich nicht abgrenzen.", "pneumothorax", "negative"),
    ("Ein Pneumothorax laesst sich nicht ausschliessen.", "pneumothorax", "indeterminate"),
    ("Ein Pneumothorax lässt sich nicht sicher ausschließen.", "pneumothorax", "indeterminate"),
    ("Ein Pneumothorax kann nicht ausgeschlossen werden.", "pneumothorax", "indeterminate"),
    ("Ein Pneumothorax kann nicht mit letzter Sicherheit ausgeschlossen werden.", "pneumothorax", "indeterminate"),
    ("Ein Pneumothorax ist nicht auszuschließen.", "pneumothorax", "indeterminate"),
    ("Nicht auszuschließen ist ein kleiner Pneumothorax.", "pneumothorax", "indeterminate"),
    ("Kein sicherer Ausschluss eines Pneumothorax.", "pneumothorax", "indeterminate"),
    ("Der Ausschluss eines Pneumothorax ist nicht möglich.", "pneumothorax", "indeterminate"),
    ("Ein Pneumothorax lässt sich ausschließen.", "pneumothorax", "negative"),
    ("Ein Pneumothorax kann ausgeschlossen werden.", "pneumothorax", "negative"),
    ("Nicht mehr nachweisbarer Pneumothorax.", "pneumothorax", "negative"),
    ("Nicht mehr abgrenzbar ist der Pneumothorax.", "pneumothorax", "negative"),
    ("Der vorbekannte Pneumothorax ist nicht mehr abgrenzbar.", "pneumothorax", "negative"),
    ("Nicht mehr progredienter Pneumothorax.", "pneumothorax", "positive"),
    ("Nicht nur ein Pneumothorax, sondern auch ein Erguss.", "pneumothorax", "positive"),
    ("Pneumothorax im Vergleich nicht verändert.", "pneumothorax", "positive"),
    ("Der Pneumothorax ist im Vergleich zur Voraufnahme nicht größer.", "pneumothorax", "positive"),
    ("Der Pneumothorax hat nicht zugenommen.", "pneumothorax", "positive"),
    ("Der Pneumothorax verändert sich nicht.", "pneumothorax", "positive"),
    ("Der Pneumothorax nimmt nicht zu.", "pneumothorax", "positive"),
    ("Nicht raumfordernder Pneumothorax links.", "pneumothorax", "positive"),
    ("Keine wesentliche Rückbildung des Pneumothorax.", "pneumothorax", "positive"),
    ("Kleiner Pneumothorax rechts, ein Erguss ist nicht abgrenzbar.", "pneumothorax", "positive"),
    ("Pneumothorax rechts, Mittellinienverlagerung besteht nicht.", "pneumothorax", "positive"),
    ("Pneumothorax bei nicht vollständig entfalteter Lunge.", "pneumothorax", "positive"),
    ("Es zeigt sich noch ein kleiner Pneumothorax.", "pneumothorax", "positive"),
    ("Kein Erguss, rechts zeigt sich ein Pneumothorax.", "pneumothorax", "positive"),
    ("Pneumothorax rechts ohne Spannungskomponente.", "pneumothorax", "positive"),
    ("Eine Blutung ist nicht nachweisbar.", "intracranial_haemorrhage", "negative"),
    ("Eine intrakranielle Blutung stellt sich nicht dar.", "intracranial_haemorrhage", "negative"),
    ("Zeichen einer Blutung finden sich nicht.", "intracranial_haemorrhage", "negative"),
    ("Blutung oder Ischämie kommen nicht zur Darstellung.", "intracranial_haemorrhage", "negative"),
    ("Eine frische Blutung konnte nicht nachgewiesen werden.", "intracranial_haemorrhage", "negative"),
    ("Blutung ausgeschlossen.", "intracranial_haemorrhage", "negative"),
    ("Eine Blutung ist nicht ganz auszuschließen.", "intracranial_haemorrhage", "indeterminate"),
    ("Die Blutung ist nicht größenprogredient.", "intracranial_haemorrhage", "positive"),
    ("Subdurale Blutung, die Mittellinie ist nicht verlagert.", "intracranial_haemorrhage", "positive"),
    ("Eine Lungenembolie ist nicht zu erkennen.", "pulmonary_embolism", "negative"),
    ("Eine Lungenembolie liegt nicht vor.", "pulmonary_embolism", "negative"),
    ("Für eine Lungenembolie ergeben sich keine Hinweise.", "pulmonary_embolism", "negative"),
    ("Lungenembolie: negativ.", "pulmonary_embolism", "negative"),
    ("Ausschluss von Lungenembolie.", "pulmonary_embolism", "negative"),
    ("Eine periphere Lungenembolie ist nicht beurteilbar.", "pulmonary_embolism", "indeterminate"),
    ("Eine Lungenembolie kann nicht sicher ausgeschlossen werden.", "pulmonary_embolism", "indeterminate"),
    ("Es besteht kein Zweifel an einer Lungenembolie.", "pulmonary_embolism", "positive"),
    ("Nicht okkludierende Lungenembolie im Unterlappen.", "pulmonary_embolism", "positive"),
    ("Lungenembolie rechts, der rechte Ventrikel ist nicht dilatiert.", "pulmonary_embolism", "positive"),
    ("Lungenembolie unwahrscheinlich.", "pulmonary_embolism", "negative"),
    ("Füllungsdefekte lassen sich nicht abgrenzen.", "pulmonary_embolism", "negative"),
    ("Fuellungsdefekt im Unterlappen.", "pulmonary_embolism", "positive"),
    ("Eine Wirbelkörperfraktur ist nicht abgrenzbar.", "vertebral_fracture", "negative"),
    ("Eine Fraktur des LWK 1 besteht nicht.", "vertebral_fracture", "negative"),
    ("Eine Fraktur der Wirbelsäule ist nicht auszuschließen.", "vertebral_fracture", "indeterminate"),
    ("Nicht dislozierte Deckplattenfraktur LWK 1.", "vertebral_fracture", "positive"),
    ("Wirbelkoerperfraktur ohne Nachweis.", "vertebral_fracture", "negative"),
    ("Kein Nachweis einer Wirbelkoerperfraktur.", "vertebral_fracture", "negative"),
    ("Deckplattenfraktur, nicht frisch.", "vertebral_fracture", "positive"),
    ("Rundherde sind nicht nachweisbar.", "lung_nodule", "negative"),
    ("Rundherde sehe ich keine.", "lung_nodule", "negative"),
    ("Rundherde sieht man nicht.", "lung_nodule", "negative"),
    ("Suspekte Rundherde kommen nicht zur Darstellung.", "lung_nodule", "negative"),
    ("Nicht verkalkter Rundherd im Oberlappen.", "lung_nodule", "positive"),
    ("Der Rundherd ist nicht sicher größer.", "lung_nodule", "positive"),
    ("Ein Rundherd fehlt.", "lung_nodule", "negative"),
    ("Frei von Rundherden.", "lung_nodule", "negative"),
    ("Ein Rundherd läßt sich nicht mit Sicherheit ausschließen.", "lung_nodule", "indeterminate"),
    ("Ein Pneumothorax lässt sich weder rechts noch links nachweisen.", "pneumothorax", "negative"),
    ("Befund nicht vereinbar mit einem Pneumothorax.", "pneumothorax", "negative"),
    ("Erguss nicht nachweisbar, kleiner Pneumothorax rechts.", "pneumothorax", "positive"),
    ("Pneumothorax, wie in der Voraufnahme beschrieben, nicht mehr nachweisbar.", "pneumothorax", "negative"),
    ("Ein Pneumothorax liegt nach wie vor vor.", "pneumothorax", "positive"),
    ("BI-RADS 5: hochgradig suspekt auf Malignität.", "breast_malignancy", "positive"),
    ("Ein Pneumothorax la\u0308sst sich nicht abgrenzen.", "pneumothorax", "negative"),
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


@pytest.mark.parametrize(("text", "finding", "call"), ENGLISH_AFTER)
def test_english_after_the_name(text: str, finding: str, call: str) -> None:
    """What follows the name denies it, leaves it open or speaks of its change; a category is a call."""
    assert read(text, finding, language="en").call == call


@pytest.mark.parametrize(("text", "finding", "call"), GERMAN_AFTER)
def test_german_around_the_verb(text: str, finding: str, call: str) -> None:
    """The verb is split and its 'nicht' comes last: it denies, leaves open, or says there is no change."""
    assert read(text, finding, language="de").call == call


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
    assert pack("en").version.startswith("en/2+")
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
