"""Identifiers by the rules of their issuers: published examples pass, a slip of the pen does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register import identifiers
from register.identifiers import GMN_CHARACTERS, IdentifierNotValid

PUBLISHED = [
    (identifiers.basic_udi_di, "1987654Ad4X4bL5ttr2310c2K"),  # GS1 General Specifications
    (identifiers.basic_udi_di, "++A999MODELIDENTIFIER11S8"),  # HIBCC, as EUDAMED quotes it
    (identifiers.basic_udi_di, "PP12345ABCD.12345678.9004"),  # IFA, November 2019
    (identifiers.udi_di, "+A123BJC5D6E71G"),  # HIBC standard
    (identifiers.udi_di, "+BLUEUNICORN7N"),  # ptw-udi
    (identifiers.udi_di, "111234567842"),  # IFA, PPN
    (identifiers.udi_di, "=/A9999XYZ100T0944"),  # ICCBBA
]  # fmt: skip


@pytest.mark.parametrize(("check", "text"), PUBLISHED)
def test_published_examples_are_taken(check, text: str) -> None:
    """As their issuers print them."""
    assert check(text) == text


@pytest.mark.parametrize(("check", "text"), PUBLISHED[:6])
def test_any_single_slip_is_found(check, text: str) -> None:
    """One digit or letter changed to another of its kind, at any place that the check covers."""
    for place, character in enumerate(text):
        if not character.isalnum() or (text[:2] == "PP" and place < 2):
            continue
        other = (
            chr((ord(character) - 48 + 1) % 10 + 48)
            if character.isdigit()
            else ("A" if character != "A" else "B")
        )
        with pytest.raises(IdentifierNotValid):
            check(text[:place] + other + text[place + 1 :])


@given(
    text=st.text(alphabet=GMN_CHARACTERS, min_size=4, max_size=23).filter(
        lambda t: not t.startswith("PP")
    )
)
def test_exactly_one_pair_of_check_characters_fits(text: str) -> None:
    """Whatever the model reference."""
    fitting = 0
    for first in identifiers.GMN_CHECKS:
        for second in identifiers.GMN_CHECKS:
            try:
                identifiers.basic_udi_di(text + first + second)
            except IdentifierNotValid:
                continue
            fitting += 1
    assert fitting == 1


@pytest.mark.parametrize(
    ("check", "text", "says"),
    [
        (identifiers.srn, "DE-MF-12345", "no SRN"),
        (identifiers.srn, "de-mf-000012345", "no SRN"),
        (identifiers.notified_body, "123", "four digits"),
        (identifiers.udi_di, "08712345678905", "its check must be 6"),
        (identifiers.udi_di, "banana", "no UDI-DI"),
        (identifiers.basic_udi_di, "++A", "6 to 25"),
        (identifiers.basic_udi_di, "++A999MÖDEL11", "which no such identifier has"),
    ],
)
def test_what_is_wrong_is_said(check, text: str, says: str) -> None:
    """With what it should look like."""
    with pytest.raises(IdentifierNotValid, match=says):
        check(text)


@pytest.mark.parametrize(
    ("number", "pathway", "taken"),
    [("K201234", "fda_510k", True), ("DEN170073", "fda_de_novo", True), ("P200001/S003", "fda_pma", True),
     ("K20123", "fda_510k", False), ("DEN170073", "fda_510k", False), ("anything 7", "mdr_certificate", True)],
)  # fmt: skip
def test_a_clearance_is_numbered_as_its_pathway_numbers(
    number: str, pathway: str, taken: bool
) -> None:
    """Only where the pathway gives the number a form."""
    if taken:
        assert identifiers.clearance_number(number, pathway) == number
    else:
        with pytest.raises(IdentifierNotValid):
            identifiers.clearance_number(number, pathway)
