"""The AI Act's questionnaire: every complete set of answers has one classification, an incomplete one has a next question."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.ai_act.classification import (
    AnswerNotUnderstood,
    Classification,
    NotYetClassified,
    asked,
    classify,
)
from register.ai_act.configuration import NoSuchVersion, newest, shipped, version

LAW = newest()
TODAY = date(2026, 11, 24)
DEPLOYER = {
    "union": "within", "system": "infers", "purpose": "care", "origin": "another", "name": "not_ours",
    "modification": "as_assessed", "intended_purpose": "as_intended", "device": "notified_body",
    "annex_iii": "none", "people": "neither", "general_purpose": "none",
}  # fmt: skip
IN_HOUSE = {
    "union": "within", "system": "infers", "purpose": "care", "origin": "in_house", "in_house": "hold",
    "annex_iii": "none", "people": "neither", "general_purpose": "none",
}  # fmt: skip
ANYTHING = st.fixed_dictionaries({q.key: st.sampled_from(sorted(q.answers)) for q in LAW.questions})
"""An answer to every question, whether it arises or not."""


def found(answers: dict[str, str], on: date = TODAY) -> Classification:
    result = classify(LAW, answers, on=on)
    assert isinstance(result, Classification)
    return result


@given(ANYTHING)
def test_complete_answers_have_one_classification(answers: dict[str, str]) -> None:
    """Every obligation either binds or does not, with a reason, and answers that were not asked for count for nothing."""
    result = found(answers)
    on_both = [o.title for o in (*result.applies, *result.does_not)]
    assert sorted(on_both) == sorted(o.title for o in LAW.obligations)
    assert all(n.why for n in result.does_not)
    arising = {q.key for q in asked(LAW, answers)}
    assert result == found({key: answer for key, answer in answers.items() if key in arising})


@given(ANYTHING, st.data())
def test_one_answer_less_is_not_yet_classified(
    answers: dict[str, str], data: st.DataObject
) -> None:
    """The question that is open is named."""
    left_out = data.draw(st.sampled_from([q.key for q in asked(LAW, answers)]))
    fewer = {key: answer for key, answer in answers.items() if key != left_out}
    result = classify(LAW, fewer, on=TODAY)
    assert isinstance(result, NotYetClassified)
    assert result.next.key == left_out
    assert result.next.text in result.sentence()


@given(ANYTHING, st.dates(date(2021, 1, 1), date(2030, 1, 1)), st.dates(date(2021, 1, 1), date(2030, 1, 1)))  # fmt: skip
def test_what_is_in_force_stays_in_force(answers: dict[str, str], one: date, other: date) -> None:
    """The day asked changes nothing but whether a duty is in force, and later it only gains."""
    early, late = found(answers, min(one, other)), found(answers, max(one, other))
    assert [d.title for d in early.applies] == [d.title for d in late.applies]
    assert {d.title for d in early.applies if d.in_force} <= {
        d.title for d in late.applies if d.in_force
    }


def test_a_hospital_that_buys_a_class_iib_device_is_its_deployer() -> None:
    """High-risk by Annex I from August 2028; literacy now; no FRIA, no registration, no report by Article 73."""
    result = found(DEPLOYER)
    assert (result.role.value, result.route.value, result.high_risk) == ("deployer", "annex_i", True)  # fmt: skip
    binding = {d.article: (d.since, d.in_force) for d in result.applies}
    assert binding["Article 4"] == (date(2025, 2, 2), True)
    assert binding["Article 26(5)"] == (date(2028, 8, 2), False)
    not_binding = {n.article for n in result.does_not}
    assert {"Article 27", "Articles 26(8) and 49(3)", "Article 72", "Article 73(10)"} <= not_binding
    on_the_day = {d.article: d.in_force for d in found(DEPLOYER, date(2028, 8, 2)).applies}
    assert on_the_day["Article 26(5)"]


def test_in_house_by_the_mdr_is_not_high_risk() -> None:
    """Provider and deployer, without the duties of either for high-risk systems; Article 5(5) of the MDR binds now."""
    result = found(IN_HOUSE)
    assert (result.role.value, result.route.value, result.high_risk) == ("in_house_manufacturer", "in_house", False)  # fmt: skip
    assert {d.article: d.in_force for d in result.applies}["MDR Article 5(5)"]
    assert not any(d.article.startswith("Article 26") for d in result.applies)


def test_a_condition_of_the_exception_that_lacks_brings_the_device_back() -> None:
    """The class is asked for again."""
    result = classify(LAW, {**IN_HOUSE, "in_house": "lacking"}, on=TODAY)
    assert isinstance(result, NotYetClassified)
    assert result.next.key == "device"
    high = found({**IN_HOUSE, "in_house": "lacking", "device": "notified_body"})
    assert (high.role.value, high.route.value) == ("in_house_manufacturer", "annex_i")


@pytest.mark.parametrize(
    ("change", "article"),
    [({"name": "ours"}, "Article 25(1)(a)"), ({"modification": "modified"}, "Article 25(1)(b)"),
     ({"intended_purpose": "changed"}, "Article 25(1)(c)")],
)  # fmt: skip
def test_article_25_makes_the_deployer_a_provider(change: dict[str, str], article: str) -> None:
    """Each of the three ways, and only for a high-risk system; a device reports by Article 73(10)."""
    result = found({**DEPLOYER, **change})
    assert (result.role.value, result.role.article) == ("provider_by_article_25", article)
    assert {"Article 72", "Article 73(10)", "Article 26(5)"} <= {d.article for d in result.applies}
    harmless = found({**DEPLOYER, **change, "device": "no_notified_body"})
    assert harmless.role.value == "deployer"


def test_triage_of_emergency_patients_by_a_public_hospital() -> None:
    """Annex III, from December 2027, with FRIA; registration only where the deployer is a public authority."""
    triage = {**DEPLOYER, "device": "no_notified_body", "annex_iii": "emergency", "derogation": "significant", "body": "public_law"}  # fmt: skip
    result = found(triage)
    binding = {d.article: d.since for d in result.applies}
    assert result.route.value == "annex_iii"
    assert binding["Article 27"] == date(2027, 12, 2)
    assert "Articles 26(8) and 49(3)" not in binding
    authority = found({**triage, "body": "public_authority"})
    assert "Articles 26(8) and 49(3)" in {d.article for d in authority.applies}


@pytest.mark.parametrize(
    ("answers", "article"),
    [({"union": "not_within", "system": "infers", "purpose": "care"}, "Article 2(1)"),
     ({"union": "within", "system": "does_not_infer", "purpose": "care"}, "Article 3(1)"),
     ({"union": "within", "system": "infers", "purpose": "research"}, "Article 2(6)")],
)  # fmt: skip
def test_what_lies_outside_the_act_owes_nothing_under_it(answers: dict[str, str], article: str) -> None:  # fmt: skip
    """Three questions are enough."""
    result = found(answers)
    assert (result.scope.value, result.scope.article, result.applies) == ("outside", article, [])


def test_a_model_that_drafts_reports_is_marked_by_its_provider() -> None:
    """Article 50(2) binds whoever provides it, not the hospital that uses it."""
    drafts = {**DEPLOYER, "people": "produces"}
    assert "Article 50(2)" in {n.article for n in found(drafts).does_not}
    ours = {k: v for k, v in drafts.items() if k not in ("name", "modification", "intended_purpose")}  # fmt: skip
    made = found({**ours, "origin": "ourselves", "use": "used"})
    assert {d.article: d.in_force for d in made.applies}["Article 50(2)"]


def test_an_answer_that_is_none_is_refused_with_those_that_are() -> None:
    """By question and value."""
    with pytest.raises(AnswerNotUnderstood, match=r"union: .maybe. is not an answer\. Use one of: within, not_within"):  # fmt: skip
        classify(LAW, {"union": "maybe"}, on=TODAY)


def test_each_obligation_names_its_source_and_every_route_its_day() -> None:
    """No rule without a source; versions are found by their name."""
    assert all(o.source and o.article for o in LAW.obligations)
    assert version(LAW.version) is list(shipped().values())[-1]
    with pytest.raises(NoSuchVersion, match=r"There are: 2026-07"):
        version("1999-01")
