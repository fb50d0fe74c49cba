"""Who got verified: what is corrected, what is bounded, and what nobody can know."""

import pytest

from surveillance.identifiability import BOTH
from tests.surveillance.analyses.conftest import PANEL


def test_verification_of_positives_only_is_not_identifiable(analysed) -> None:
    """The usual hospital: raw sensitivity is perfect, and the page says it cannot be known."""
    said = analysed([("+", "+", "+")] * 8 + [("+", "-", "-")] * 4 + [("-", "-", "")] * 30)[
        "verification"
    ]
    assert not said["identifiable"]
    assert "random audit" in said["reason"]
    found = {e["name"]: e["sensitivity"] for e in said["estimates"]}
    assert found["raw"]["estimate"] == 1
    assert found["Begg–Greenes"]["estimate"] is None
    assert "Not identifiable" in found["Begg–Greenes"]["reason"]
    assert found["bounds, worst case"]["smallest"] == pytest.approx(8 / 38)
    assert found["bounds, worst case"]["largest"] == 1


def test_an_audit_of_the_silent_makes_it_identifiable(analysed) -> None:
    """Ten of thirty silent cases audited, one of them a miss: three are estimated to be missed."""
    said = analysed(
        [("+", "+", "+")] * 8 + [("-", "-", "+")] + [("-", "-", "-")] * 9 + [("-", "-", "")] * 20
    )["verification"]
    assert said["identifiable"]
    found = {e["name"]: e["sensitivity"] for e in said["estimates"]}
    assert found["raw"]["estimate"] == pytest.approx(8 / 9)
    assert found["Begg–Greenes"]["estimate"] == pytest.approx(8 / 11)
    assert found["multiple imputation"]["lower"] < 8 / 11 < found["multiple imputation"]["upper"]
    mild, worst = found["bounds, mild selection"], found["bounds, worst case"]
    assert worst["smallest"] < mild["smallest"] < 8 / 11 < mild["largest"] < worst["largest"]


def test_strata_add_up_to_the_mature_cases(analysed) -> None:
    """Call and report cut the cases into parts; an indeterminate outcome is verified but settles nothing."""
    said = analysed([("+", "+", "+"), ("+", "-", "?"), ("-", "+", ""), ("-", "-", "-")])[
        "verification"
    ]
    strata = {
        (s["call"], s["report"]): (s["cases"], s["verified"], s["settled"]) for s in said["strata"]
    }
    assert strata == {
        ("positive", "positive"): (1, 1, 1),
        ("positive", "not positive"): (1, 1, 0),
        ("negative", "positive"): (1, 0, 0),
        ("negative", "not positive"): (1, 1, 1),
    }


def test_with_everyone_verified_nothing_is_to_correct(analysed) -> None:
    """The raw figures stand alone: no row says the same again."""
    said = analysed([("+", "+", "+"), ("-", "-", "-"), ("-", "+", "+"), ("+", "+", "-")])[
        "verification"
    ]
    assert said["complete"]
    assert [(e["name"], e["sensitivity"]["estimate"]) for e in said["estimates"]] == [("raw", 0.5)]


def test_a_sample_chosen_by_protocol_is_neither_corrected_nor_imputed(analysed) -> None:
    """Nobody knows the chances with which a protocol chose; only bounds speak of all cases."""
    chosen = {"outcomes": {"verification_reason": "protocol"}}
    cases = [("+", "+", "+", chosen)] * 6 + [("-", "-", "-", chosen)] * 6 + [("-", "-", "")] * 20
    found = analysed(cases)
    said = found["verification"]
    assert not said["identifiable"]
    assert said["reason"].startswith("This verification was not a designed sample.")
    assert [e["name"] for e in said["estimates"]] == [
        "raw",
        "bounds, mild selection",
        "bounds, worst case",
    ]
    assert found["operating_points"]["reason"] == said["reason"]
    assert all(p["corrected"] is None for p in found["operating_points"]["points"])


ERRING = PANEL | {
    "accuracy": {
        "adjudication_panel": {
            "sensitivity": {"right": 1000, "of": 1000},
            "specificity": {"right": 900, "of": 1000},
            "source": "A panel of its own (fictional)",
        }
    }
}


def test_an_erring_reference_is_corrected_for_here_too(analysed) -> None:
    """A perfect algorithm under a reference of specificity 0.90 at 10 % prevalence: raw near 0.53, corrected holds 1."""
    cases = [("+", "", "+")] * 40 + [("-", "", "+")] * 36 + [("-", "", "-")] * 324
    said = analysed(cases, standard=ERRING)["verification"]
    rows = {e["name"]: e for e in said["estimates"]}
    assert rows["raw"]["sensitivity"]["estimate"] == pytest.approx(40 / 76)
    whole = rows["corrected for the errors of the reference"]["sensitivity"]
    assert whole["lower"] < 1 <= whole["upper"]
    assert "A panel of its own" in said["reason"]
    assert "nothing to correct" not in said["reason"]
    assert list(rows) == ["raw", "corrected for the errors of the reference"]


def test_both_faults_are_corrected_at_every_operating_point(analysed) -> None:
    """Half of the negative calls were verified by a panel that errs: a threshold that calls the same has the same figures."""
    said = {"high": {"inferences": {"score": "0.9"}}, "low": {"inferences": {"score": "0.1"}}}
    cases = [("+", "", "+", said["high"])] * 20 + [("-", "", "+", said["low"])] * 18
    cases += [("-", "", "-", said["low"])] * 162 + [("-", "", "", said["low"])] * 180
    cases += [("+", "", "+", {"inferences": {"score": "0.7"}})] * 20
    points = analysed(cases, standard=ERRING)["operating_points"]
    assert points["for"] == BOTH
    in_force = next(p for p in points["points"] if p["threshold"] == points["in_force"])
    alike = [p for p in points["points"] if p["counts"] == in_force["counts"]]
    assert len(alike) > 1
    for point in alike:
        for metric in ("sensitivity", "specificity"):
            assert point["corrected"][metric]["estimate"] == pytest.approx(
                in_force["corrected"][metric]["estimate"]
            )
    assert in_force["corrected"]["sensitivity"]["estimate"] > 0.95 > 40 / 58


def test_a_stratum_of_which_nobody_was_verified_is_called_one(analysed) -> None:
    """Other negative calls were verified; the reason does not say that none was."""
    cases = [("+", "+", "+")] * 5 + [("-", "+", "-")] * 5 + [("-", "-", "")] * 20
    said = analysed(cases)["verification"]
    by_chance = next(e for e in said["estimates"] if e["name"] == "Begg–Greenes")
    assert (
        "in one of the strata no test-negative case was verified"
        in by_chance["sensitivity"]["reason"]
    )
