"""The scope gate: in, out or undeterminable, with the clause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.scope import Scope, ScopeNotExecutable, decide, parse

HEAD_CT = parse(
    {
        "modality": {"in": ["CT"]},
        "contrast_bolus_agent": {"absent": True},
        "patient_age": {"min": 18, "unit": "years"},
        "slice_thickness": {"max": 5.0, "unit": "mm"},
        "manufacturer": {"in": ["SIEMENS", "GE MEDICAL SYSTEMS"]},
    }
)
ADULT = {"modality": "CT", "patient_age": 54.0, "slice_thickness": 3.0, "manufacturer": "Siemens"}
SOURCE = "IFU rev 7, section 1.2"


def test_a_study_that_meets_every_clause_is_in() -> None:
    """All clauses hold, so the study is in scope; spelling of capitals does not matter."""
    assert decide(HEAD_CT, ADULT, source=SOURCE).scope is Scope.IN


def test_a_child_is_out_and_the_decision_names_the_clause() -> None:
    """A paediatric head CT is refused with attribute, value and clause."""
    decision = decide(HEAD_CT, {**ADULT, "patient_age": 9.0}, source=SOURCE)
    assert (decision.scope, decision.attribute, decision.value) == (Scope.OUT, "patient_age", "9")
    assert decision.sentence() == (
        "Out of scope: patient_age is 9; the indication asks for patient_age at least 18 years "
        "(IFU rev 7, section 1.2)."
    )


def test_a_missing_attribute_fails_closed() -> None:
    """Without a slice thickness nobody can tell, so the algorithm must not run."""
    known = {name: value for name, value in ADULT.items() if name != "slice_thickness"}
    decision = decide(HEAD_CT, known, source=SOURCE)
    assert (decision.scope, decision.attribute) == (Scope.UNDETERMINABLE, "slice_thickness")


def test_a_failed_clause_outweighs_a_missing_attribute() -> None:
    """A child without slice thickness is out: no value of the missing one could bring it in."""
    decision = decide(HEAD_CT, {"modality": "CT", "patient_age": 9.0}, source=SOURCE)
    assert decision.scope is Scope.OUT


def test_an_absent_attribute_can_be_asked_for() -> None:
    """Contrast given puts a non-contrast indication out of scope."""
    decision = decide(HEAD_CT, {**ADULT, "contrast_bolus_agent": "IOMERON"}, source=SOURCE)
    assert (decision.scope, decision.attribute) == (Scope.OUT, "contrast_bolus_agent")


def test_a_number_that_is_none_cannot_be_judged() -> None:
    """A slice thickness written as words is not a number and fails closed."""
    decision = decide(HEAD_CT, {**ADULT, "slice_thickness": "thin"}, source=SOURCE)
    assert (decision.scope, decision.value) == (Scope.UNDETERMINABLE, "thin")


@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "1e999"])
def test_a_number_without_end_cannot_be_judged(text: str) -> None:
    """What is beyond every limit is no measurement, and fails closed."""
    decision = decide(HEAD_CT, {**ADULT, "patient_age": text}, source=SOURCE)
    assert (decision.scope, decision.attribute) == (Scope.UNDETERMINABLE, "patient_age")


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({"shoe_size": {"min": 40}}, "'shoe_size' is not an attribute of a study"),
        ({"patient_age": {"at_least": 18}}, "'at_least' is not a condition"),
        (
            {"patient_age": {"min": 18, "unit": "months"}},
            "unit 'months' is not that of the evidence",
        ),
        ({"patient_age": {"min": "adult"}}, "min and max are numbers"),
        ({"modality": "CT"}, "write a condition such as"),
    ],
)
def test_a_scope_no_machine_can_execute_is_refused(scope: dict[str, object], told: str) -> None:
    """A clause that cannot be decided is refused when the entry is read, with the remedy."""
    with pytest.raises(ScopeNotExecutable, match=told):
        parse(scope)


@given(
    known=st.fixed_dictionaries(
        {},
        optional={
            "modality": st.sampled_from(["CT", "MR"]),
            "patient_age": st.floats(0, 120),
            "slice_thickness": st.floats(0.1, 10),
            "manufacturer": st.sampled_from(["SIEMENS", "Canon"]),
        },
    ),
    forgotten=st.sampled_from(sorted(ADULT)),
)
def test_forgetting_an_attribute_never_brings_a_study_in(
    known: dict[str, object], forgotten: str
) -> None:
    """Knowing less can only keep a study where it is or make it undeterminable."""
    before = decide(HEAD_CT, known, source=SOURCE).scope
    less = {name: value for name, value in known.items() if name != forgotten}
    after = decide(HEAD_CT, less, source=SOURCE).scope
    assert after in (before, Scope.UNDETERMINABLE)
