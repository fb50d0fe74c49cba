"""What an intended use never says becomes a finding and a question in a letter."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from register.indication import Indication
from register.procurement.intended_use import FINDING, ITEMS, lacking, letter, omissions
from register.scope import ATTRIBUTES


def indication(*attributes: str, finding: str = "nodule") -> Indication:
    """An indication whose scope asks about some attributes."""
    return Indication(
        key="a:c:i", revision=1, name="adult", finding=finding, statement="Chest CT of adults.", clause="IFU 1.2",
        clearance="a:c", scope={name: {"present": True} for name in attributes}, claims=[], reference_standard={},
    )  # fmt: skip


@given(st.sets(st.sampled_from(sorted(ATTRIBUTES))))
def test_an_item_is_open_when_none_of_its_attributes_is_asked_for(attributes: set[str]) -> None:
    """Each of the six is stated or open, and saying more closes none that was stated."""
    open_items = lacking(indication(*attributes))
    assert set(open_items) == {item for item, names in ITEMS.items() if not attributes & set(names)}
    assert set(lacking(indication(*ATTRIBUTES))) == set()


def test_the_letter_asks_for_what_is_not_stated() -> None:
    """With the sentence and its place; nothing stated counts six."""
    found = omissions([indication("modality", "patient_age")])
    assert [o.item for o in found] == ["body part", "setting or mode of use", "equipment"]
    said = letter(
        product="Nodule Finder", manufacturer="Maker AG", found=found, on=date(2026, 11, 24)
    )
    for text in ("To: Maker AG", "leaves 3 items open", '"Chest CT of adults." (IFU 1.2)', "Which body part", "compatible"):  # fmt: skip
        assert text in said
    assert "which modality" not in said
    assert len(omissions([indication(finding="")])) == len((FINDING, *ITEMS))


def test_a_complete_intended_use_calls_for_no_letter() -> None:
    """Nothing is sent."""
    assert omissions([indication(*ATTRIBUTES)]) == ()
    assert letter(product="x", manufacturer="y", found=(), on=date(2026, 11, 24)) == ""
